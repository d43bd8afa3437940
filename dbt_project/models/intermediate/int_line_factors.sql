-- One row per activity segment, stage and Scope 2 method: the effective factors that its emission line uses, or the reason
-- why it has none.
with

segments as (

    select
        segments.*,
        activities.own_factor,
        activities.feed,
        activities.payer
    from {{ ref('int_activity_segments') }} as segments
    inner join {{ ref('int_activities') }} as activities
        on segments.activity_id = activities.activity_id

),

{%- set gases = ['co2', 'ch4', 'n2o', 'hfcs', 'pfcs', 'sf6', 'nf3', 'unspecified', 'other_gases', 'biogenic_co2'] %}

-- A factor that stands on the row itself (a supplier's, a carrier's) comes before every table; scope and category still
-- come from the factor row of its activity type. Purchases without one are purchased goods.
from_own_factor as (

    select
        segments.activity_id,
        segments.segment_start,
        'direct' as stage,
        factors.scope2_method,
        case when factors.scope = 2 and factors.scope2_method = 'market' then 'supplier' end as market_basis,
        'row' as factor_table,
        'row' as factor_level,
        cast(null as integer) as factor_distance,
        'row' as factor_id,
        case when segments.feed = 'procurement' then coalesce(factors.scope, 3) else factors.scope end as scope,
        case
            when segments.feed = 'procurement' and coalesce(factors.scope, 3) = 3
                then coalesce(factors.ghg_protocol_category, 1)
            else factors.ghg_protocol_category
        end as ghg_protocol_category,
        case
            when segments.feed = 'procurement' then coalesce(factors.iso_14064_category, 4)
            else factors.iso_14064_category
        end as iso_14064_category,
        cast(null as string) as gwp_set,
        false as is_other_gwp_set,
        cast(null as string) as unit_bridge,
        case
            when segments.own_factor >= 999999 then 'factor_out_of_range'
            when segments.feed <> 'procurement' and factors.scope is null then 'no_scope'
        end as failure,
        cast(case when segments.own_factor < 999999 then segments.own_factor end as decimal(18, 12)) as unspecified
    from segments
    left join {{ ref('int_effective_factors') }} as factors
        on
            segments.facility_id = factors.facility_id
            and segments.supplier = factors.supplier
            and segments.activity_type = factors.activity_type
            and segments.unit = factors.unit
            and segments.factor_date = factors.factor_date
            and factors.stage = 'direct'
    where segments.own_factor is not null

),

from_tables as (

    select
        segments.activity_id,
        segments.segment_start,
        factors.*
    from segments
    inner join {{ ref('int_effective_factors') }} as factors
        on
            segments.facility_id = factors.facility_id
            and segments.supplier = factors.supplier
            and segments.activity_type = factors.activity_type
            and segments.unit = factors.unit
            and segments.factor_date = factors.factor_date
    where segments.own_factor is null

),

combined as (

    select
        activity_id, segment_start, stage, scope2_method, market_basis, factor_table, factor_level, factor_distance,
        factor_id, scope, ghg_protocol_category, iso_14064_category, gwp_set, is_other_gwp_set, unit_bridge, failure,
        {{ gases | join(', ') }}
    from from_tables
    union all
    select
        activity_id, segment_start, stage, scope2_method, market_basis, factor_table, factor_level, factor_distance,
        factor_id, scope, ghg_protocol_category, iso_14064_category, gwp_set, is_other_gwp_set, unit_bridge, failure,
        {%- for gas in gases %}
        {{ 'unspecified' if gas == 'unspecified' else 'cast(0 as decimal(18, 12))' }} as {{ gas }}{{ ',' if not loop.last }}
        {%- endfor %}
    from from_own_factor

)

select
    combined.activity_id,
    combined.segment_start,
    segments.segment_end,
    segments.period,
    segments.factor_date,
    segments.reason as counted_because,
    segments.facility_id,
    segments.activity_type,
    segments.quantity,
    segments.unit,
    combined.stage,
    combined.scope2_method,
    combined.market_basis,
    combined.factor_table,
    combined.factor_level,
    combined.factor_distance,
    combined.factor_id,
    combined.scope,
    -- Transport that somebody else pays for is downstream: the payer decides, not the direction.
    case
        when combined.ghg_protocol_category = 4 and segments.payer = 'other' then 9
        when combined.ghg_protocol_category = 9 and segments.payer = 'reporter' then 4
        else combined.ghg_protocol_category
    end as ghg_protocol_category,
    combined.iso_14064_category,
    combined.gwp_set,
    combined.is_other_gwp_set,
    combined.unit_bridge,
    combined.failure,
    {%- for gas in gases %}
    combined.{{ gas }}{{ ',' if not loop.last }}
    {%- endfor %}
from combined
inner join segments
    on combined.activity_id = segments.activity_id and combined.segment_start = segments.segment_start
