-- One row per activity, month, stage, Scope 2 method, market slice and boundary route (cut inside a month where a factor
-- or a share changes there).
{%- set gases = ['co2', 'ch4', 'n2o', 'hfcs', 'pfcs', 'sf6', 'nf3', 'unspecified'] %}
with

lines as (

    select
        factors.*,
        shares.boundary_route,
        shares.outside_category,
        outside_categories.iso_14064_category as outside_iso_category,
        shares.share
    from {{ ref('int_line_factors') }} as factors
    inner join {{ ref('int_consolidation_shares') }} as shares
        on
            factors.facility_id = shares.facility_id
            and factors.factor_date between shares.valid_from and shares.valid_to
    left join {{ ref('ghg_protocol_categories') }} as outside_categories
        on shares.outside_category = outside_categories.ghg_protocol_category
    cross join {{ ref('stg_organization') }} as organization
    where
        factors.failure is null
        and factors.quantity is not null
        -- What is left out of the boundary stands once in its Scope 3 category: Scope 1 and Scope 2 by the target's method.
        and (
            shares.boundary_route = 'consolidated'
            or (factors.stage = 'direct' and factors.scope = 1)
            or (factors.stage = 'direct' and factors.scope = 2 and factors.scope2_method = organization.target_scope2_method)
        )

),

shared as (

    select
        lines.*,
        {%- for gas in gases + ['other_gases', 'biogenic_co2'] %}
        case when lines.share = 1 then lines.{{ gas }} else cast(cast(lines.{{ gas }} as decimal(20, 12)) * lines.share as decimal(18, 12)) end
            as {{ gas }}_factor,
        {%- endfor %}
        cast({% for gas in gases %}lines.{{ gas }}{{ ' + ' if not loop.last }}{% endfor %} as decimal(18, 12))
            as gross_factor
    from lines

)

select
    cast({{ hash_id([
        'shared.activity_id', 'shared.segment_start', 'shared.stage', 'shared.scope2_method', 'shared.market_basis',
        'shared.instrument_activity_id', 'shared.boundary_route'
    ]) }} as string) as emission_id,
    shared.activity_id,
    activities.submission_id,
    activities.source_sheet,
    activities.source_row,
    activities.feed,
    shared.period,
    shared.facility_id,
    shared.activity_type,
    types.source_class,
    shared.stage,
    case when shared.outside_category is not null then 3 else shared.scope end as scope,
    case when shared.outside_category is null then shared.scope2_method end as scope2_method,
    case when shared.outside_category is null then shared.market_basis end as market_basis,
    shared.instrument_id,
    coalesce(shared.outside_category, shared.ghg_protocol_category) as ghg_protocol_category,
    coalesce(shared.outside_iso_category, shared.iso_14064_category) as iso_14064_category,
    shared.quantity,
    shared.unit,
    shared.factor_id,
    shared.factor_row_id,
    shared.factor_table,
    shared.factor_level,
    shared.factor_distance,
    cast(shared.gross_factor as decimal(18, 12)) as factor_kgco2e_per_unit,
    activities.given_quantity,
    activities.given_unit,
    cast(case
        when activities.unit_bridge is null then shared.unit_bridge
        when shared.unit_bridge is null then activities.unit_bridge
        else activities.unit_bridge || '; ' || shared.unit_bridge
    end as string) as unit_bridge,
    shared.gwp_set,
    shared.boundary_route,
    cast(shared.share as decimal(13, 12)) as consolidation_share,
    cast(shared.quantity * shared.gross_factor as decimal(38, 18)) as gross_co2e_kg,
    {%- for gas, column in {
        'co2': 'co2_kg', 'ch4': 'ch4_kg_co2e', 'n2o': 'n2o_kg_co2e', 'hfcs': 'hfcs_kg_co2e', 'pfcs': 'pfcs_kg_co2e',
        'sf6': 'sf6_kg_co2e', 'nf3': 'nf3_kg_co2e', 'unspecified': 'co2e_unspecified_kg'
    }.items() %}
    cast(shared.quantity * shared.{{ gas }}_factor as decimal(38, 18)) as {{ column }},
    {%- endfor %}
    cast(
        shared.quantity
        * cast({% for gas in gases %}shared.{{ gas }}_factor{{ ' + ' if not loop.last }}{% endfor %} as decimal(18, 12))
    as decimal(38, 18)) as co2e_kg,
    cast(shared.quantity * shared.other_gases_factor as decimal(38, 18)) as other_gases_kg_co2e,
    cast(shared.quantity * shared.biogenic_co2_factor as decimal(38, 18)) as biogenic_co2_kg,
    cast(coalesce(activities.data_quality, 'measured') as string) as data_quality,
    shared.segment_start,
    shared.segment_end
from shared
inner join {{ ref('int_activities') }} as activities
    on shared.activity_id = activities.activity_id
inner join {{ ref('stg_activity_types') }} as types
    on shared.activity_type = types.activity_type
