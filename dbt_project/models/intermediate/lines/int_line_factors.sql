-- One row per activity segment, stage, Scope 2 method and market slice: the effective factors that its emission line uses, or the reason
-- why it has none.
with

named_suppliers as (

    select distinct geography from {{ ref('stg_emission_factors') }}

),

segments as (

    select
        segments.*,
        coalesce(places.factor_place, segments.facility_id) as factor_place,
        coalesce(named_suppliers.geography, '') as factor_supplier,
        activities.own_factor,
        activities.feed,
        activities.payer
    from {{ ref('int_activity_segments') }} as segments
    inner join {{ ref('int_activities') }} as activities
        on segments.activity_id = activities.activity_id
    left join {{ ref('int_factor_places') }} as places
        on segments.facility_id = places.facility_id
    left join named_suppliers
        on segments.supplier = named_suppliers.geography

),

{%- set gases = ['co2', 'ch4', 'n2o', 'hfcs', 'pfcs', 'sf6', 'nf3', 'unspecified', 'other_gases', 'biogenic_co2'] %}

-- The Scope 3 category of an activity type without a factor that applies here: the one that all its factor rows of other
-- places and times name, else the one of its source class.
type_categories as (

    select
        types.activity_type,
        coalesce(named.ghg_protocol_category, case types.source_class
            when 'purchased_goods' then 1
            when 'capital_goods' then 2
            when 'freight' then 4
            when 'waste' then 5
            when 'business_travel' then 6
            when 'commuting' then 7
            when 'end_of_life' then 12
        end) as ghg_protocol_category
    from {{ ref('stg_activity_types') }} as types
    left join (
        select activity_type, min(ghg_protocol_category) as ghg_protocol_category
        from {{ ref('stg_emission_factors') }}
        where stage = 'direct' and ghg_protocol_category is not null
        group by activity_type
        having min(ghg_protocol_category) = max(ghg_protocol_category)
    ) as named
        on types.activity_type = named.activity_type

),

-- A factor that stands on the row itself (a supplier's, a carrier's) comes before every table; scope and category still
-- come from the factor row of its activity type, or from the type. Purchases without either are purchased goods.
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
        cast(null as string) as factor_row_id,
        case
            when factors.scope is not null then factors.scope
            when segments.feed = 'procurement' or type_categories.ghg_protocol_category is not null then 3
        end as scope,
        case
            when coalesce(factors.scope, 3) <> 3 then factors.ghg_protocol_category
            else coalesce(
                factors.ghg_protocol_category, type_categories.ghg_protocol_category,
                case when segments.feed = 'procurement' then 1 end
            )
        end as ghg_protocol_category,
        case
            when coalesce(factors.scope, 3) <> 3 then factors.iso_14064_category
            else coalesce(
                factors.iso_14064_category, categories.iso_14064_category,
                case when segments.feed = 'procurement' then 4 end
            )
        end as iso_14064_category,
        cast(null as string) as gwp_set,
        false as is_other_gwp_set,
        cast(null as string) as unit_bridge,
        case
            when segments.own_factor >= 999999 then 'factor_out_of_range'
            when
                segments.feed <> 'procurement' and factors.scope is null
                and type_categories.ghg_protocol_category is null then 'no_scope'
        end as failure,
        cast(case when segments.own_factor < 999999 then segments.own_factor end as decimal(18, 12)) as unspecified
    from segments
    left join {{ ref('int_effective_factors') }} as factors
        on
            segments.factor_place = factors.facility_id
            and segments.factor_supplier = factors.supplier
            and segments.activity_type = factors.activity_type
            and segments.process = factors.process
            and segments.unit = factors.unit
            and segments.factor_date = factors.factor_date
            and factors.stage = 'direct'
    left join type_categories
        on segments.activity_type = type_categories.activity_type
    left join {{ ref('ghg_protocol_categories') }} as categories
        on coalesce(factors.ghg_protocol_category, type_categories.ghg_protocol_category) = categories.ghg_protocol_category
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
            segments.factor_place = factors.facility_id
            and segments.factor_supplier = factors.supplier
            and segments.activity_type = factors.activity_type
            and segments.process = factors.process
            and segments.unit = factors.unit
            and segments.factor_date = factors.factor_date
    where segments.own_factor is null

),

combined as (

    select
        activity_id, segment_start, stage, scope2_method, market_basis, factor_table, factor_level, factor_distance,
        factor_id, factor_row_id, scope, ghg_protocol_category, iso_14064_category, gwp_set, is_other_gwp_set, unit_bridge,
        failure,
        {{ gases | join(', ') }}
    from from_tables
    union all
    select
        activity_id, segment_start, stage, scope2_method, market_basis, factor_table, factor_level, factor_distance,
        factor_id, factor_row_id, scope, ghg_protocol_category, iso_14064_category, gwp_set, is_other_gwp_set, unit_bridge,
        failure,
        {%- for gas in gases %}
        {{ 'unspecified' if gas == 'unspecified' else 'cast(0 as decimal(18, 12))' }} as {{ gas }}{{ ',' if not loop.last }}
        {%- endfor %}
    from from_own_factor

),

-- Market-based lines are split into the slices that instruments serve and what is left of them.
sliced as (

    select
        combined.*,
        cast(null as string) as instrument_activity_id,
        cast(null as decimal(18, 9)) as instrument_factor,
        cast(null as decimal(19, 6)) as slice_quantity,
        cast(0 as decimal(19, 6)) as served_quantity
    from combined
    where coalesce(combined.scope2_method, '') <> 'market' or combined.failure is not null
    union all
    select
        combined.*,
        null,
        null,
        null,
        cast(coalesce(served.quantity, 0) as decimal(19, 6))
    from combined
    left join (
        select activity_id, segment_start, sum(quantity) as quantity
        from {{ ref('int_market_slices') }}
        group by activity_id, segment_start
    ) as served
        on combined.activity_id = served.activity_id and combined.segment_start = served.segment_start
    where combined.scope2_method = 'market' and combined.failure is null
    union all
    select
        combined.*,
        slices.instrument_activity_id,
        instruments.factor_kgco2e_per_kwh,
        slices.quantity,
        null
    from combined
    inner join {{ ref('int_market_slices') }} as slices
        on combined.activity_id = slices.activity_id and combined.segment_start = slices.segment_start
    inner join {{ ref('int_instruments') }} as instruments
        on slices.instrument_activity_id = instruments.activity_id
    where combined.scope2_method = 'market' and combined.failure is null

)

select
    combined.activity_id,
    combined.segment_start,
    segments.segment_end,
    segments.is_whole_month,
    segments.period,
    segments.factor_date,
    segments.facility_id,
    segments.activity_type,
    cast(coalesce(combined.slice_quantity, segments.quantity - combined.served_quantity) as decimal(19, 6)) as quantity,
    segments.unit,
    combined.stage,
    combined.scope2_method,
    case when combined.instrument_activity_id is null then combined.market_basis else 'instrument' end as market_basis,
    instruments.instrument_id,
    combined.instrument_activity_id,
    case when combined.instrument_activity_id is null then combined.factor_table else 'instrument' end as factor_table,
    case when combined.instrument_activity_id is null then combined.factor_level else 'instrument' end as factor_level,
    case when combined.instrument_activity_id is null then combined.factor_distance end as factor_distance,
    case
        when combined.instrument_activity_id is null then combined.factor_id
        else 'instrument:' || instruments.instrument_id
    end as factor_id,
    case when combined.instrument_activity_id is null then combined.factor_row_id end as factor_row_id,
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
    -- A leased asset whose own energy is in Scopes 1 and 2 is not counted again in category 8 or 13.
    case
        when combined.failure is null and leased_assets.facility_id is not null then 'leased_asset_in_boundary'
        else combined.failure
    end as failure,
    -- The emission rate of an instrument is CO2e of its generation, without gases.
    {%- for gas in gases %}
    case
        when combined.instrument_activity_id is null then combined.{{ gas }}
        {%- if gas == 'unspecified' %}
        else cast(cast(combined.instrument_factor as decimal(20, 9)) * kilowatt_hours.factor as decimal(18, 12))
        {%- else %}
        else cast(0 as decimal(18, 12))
        {%- endif %}
    end as {{ gas }}{{ ',' if not loop.last }}
    {%- endfor %}
from sliced as combined
inner join segments
    on combined.activity_id = segments.activity_id and combined.segment_start = segments.segment_start
left join {{ ref('int_unit_conversions') }} as kilowatt_hours
    on segments.unit = kilowatt_hours.from_unit and kilowatt_hours.to_unit = 'kWh'
left join {{ ref('int_instruments') }} as instruments
    on combined.instrument_activity_id = instruments.activity_id
left join {{ ref('int_consolidation_shares') }} as leased_assets
    on
        combined.ghg_protocol_category in (8, 13)
        and segments.supplier = leased_assets.facility_id
        and leased_assets.boundary_route = 'consolidated'
        and leased_assets.share > 0
        and segments.factor_date between leased_assets.valid_from and leased_assets.valid_to
-- A line that instruments serve whole leaves nothing over.
where
    combined.instrument_activity_id is not null
    or combined.served_quantity = 0
    or combined.served_quantity <> segments.quantity
