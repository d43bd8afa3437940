-- One row per activity, month, stage, Scope 2 method, market slice and boundary route (two where another factor holds from
-- a day inside the month on).
{#- The lines have a key: an order that ends with it is as certain as one by all columns, and sorted at a fraction of their
    width. Lines that resemble each other stand together, so that the files are smaller, and a reader of one month or
    facility skips the rest. #}
{{ config(meta={
    'ordered_by': 'period, facility_id, activity_type, stage, emission_id',
    'identities': ['emission_id', 'activity_id'],
    'enumerated': [
        'submission_id', 'source_sheet', 'feed', 'facility_id', 'activity_type', 'source_class', 'stage', 'scope2_method',
        'market_basis', 'instrument_id', 'unit', 'factor_id', 'factor_row_id', 'factor_table', 'factor_level', 'given_unit',
        'unit_bridge', 'gwp_set', 'boundary_route', 'data_quality'
    ],
    'in_runs': [
        'period', 'scope', 'ghg_protocol_category', 'iso_14064_category', 'factor_distance', 'factor_kgco2e_per_unit',
        'consolidation_share', 'hfcs_kg_co2e', 'pfcs_kg_co2e', 'sf6_kg_co2e', 'nf3_kg_co2e', 'other_gases_kg_co2e', 'biogenic_co2_kg'
    ],
    'in_parts_of': 'intermediate.int_activity_segments',
    'parted_by': 'period'
}) }}
{%- set gases = ['co2', 'ch4', 'n2o', 'hfcs', 'pfcs', 'sf6', 'nf3', 'unspecified'] %}
{%- set kilograms = {
    'co2': 'co2_kg', 'ch4': 'ch4_kg_co2e', 'n2o': 'n2o_kg_co2e', 'hfcs': 'hfcs_kg_co2e', 'pfcs': 'pfcs_kg_co2e',
    'sf6': 'sf6_kg_co2e', 'nf3': 'nf3_kg_co2e', 'unspecified': 'co2e_unspecified_kg', 'other_gases': 'other_gases_kg_co2e',
    'biogenic_co2': 'biogenic_co2_kg'
} %}
{%- set sums = ['gross_co2e_kg', 'co2e_kg'] + (kilograms.values() | list) %}
{%- set line = [
    'activity_id', 'period', 'facility_id', 'activity_type', 'stage', 'scope', 'scope2_method', 'market_basis',
    'instrument_id', 'instrument_activity_id', 'ghg_protocol_category', 'iso_14064_category', 'boundary_route',
    'outside_category', 'outside_iso_category', 'unit', 'factor_units', 'factor_id', 'factor_row_id', 'factor_table', 'factor_level',
    'factor_distance', 'gwp_set', 'unit_bridge', 'submission_id', 'source_sheet', 'source_row', 'feed', 'given_quantity',
    'given_unit', 'activity_unit_bridge', 'data_quality'
] %}
with

-- Nearly all segments are whole months and only the others are added up. They are apart from the start: one set of
-- rows that is filtered twice is kept in memory in its whole width, with joins behind it planned for a fraction of it.
{%- for extent, condition in {
    'whole_months': 'factors.is_whole_month',
    'parts_of_months': 'not coalesce(factors.is_whole_month, false)'
}.items() %}

{{ extent }}_segments as (

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
    left join {{ ref('int_ghg_protocol_categories') }} as outside_categories
        on shares.outside_category = outside_categories.ghg_protocol_category
    cross join {{ ref('int_organization') }} as organization
    where
        {{ condition }}
        and factors.failure is null
        and factors.quantity is not null
        -- What is left out of the boundary stands once in its Scope 3 category: Scope 1 and Scope 2 by the target's method.
        and (
            shares.boundary_route = 'consolidated'
            or (factors.stage = 'direct' and factors.scope = 1)
            or (factors.stage = 'direct' and factors.scope = 2 and factors.scope2_method = organization.target_scope2_method)
        )

),

{{ extent }} as (

    select
        {%- for column in line %}
        shared.{{ column }},
        {%- endfor %}
        shared.segment_start,
        shared.segment_end,
        shared.quantity,
        shared.quantity_rest,
        shared.share,
        shared.gross_factor,
        {{ line_product('shared.quantity', 'shared.quantity_rest', 'shared.gross_factor', 'shared.factor_units') }} as gross_co2e_kg,
        {%- for gas, column in kilograms.items() %}
        {{ line_product('shared.quantity', 'shared.quantity_rest', 'shared.' ~ gas ~ '_factor', 'shared.factor_units') }} as {{ column }},
        {%- endfor %}
        cast(
            {%- for gas in gases %}
            {{ line_product('shared.quantity', 'shared.quantity_rest', 'shared.' ~ gas ~ '_factor', 'shared.factor_units') }}{{ ' +' if not loop.last }}
            {%- endfor %}
        as decimal(38, 18)) as co2e_kg
    from (
        select
            {{ extent }}_segments.*,
            {%- for gas in kilograms %}
            case
                when share = 1 then {{ gas }}
                else cast(cast({{ gas }} as decimal(20, 12)) * share as decimal(18, 12))
            end as {{ gas }}_factor,
            {%- endfor %}
            cast({{ gases | join(' + ') }} as decimal(18, 12)) as gross_factor
        from {{ extent }}_segments
    ) as shared

),
{%- endfor %}

-- The share of a month is the mean of its days. What instruments serve lies on days of its own: there a day weighs as much
-- as was served on it.
weighted as (

    select
        parts_of_months.*,
        case
            when max(instrument_activity_id) over (partition by activity_id, period, stage, scope2_method) is not null
                then quantity
            else cast({{ days_inclusive('segment_start', 'segment_end') }} as decimal(19, 6))
        end as weight
    from parts_of_months

),

lines as (

    select
        {{ line | join(', ') }}, gross_factor, segment_start, segment_end, quantity, quantity_rest, share,
        {{ sums | join(', ') }}
    from whole_months
    union all
    select
        {{ line | join(', ') }},
        gross_factor,
        min(segment_start) as segment_start,
        max(segment_end) as segment_end,
        cast(sum(quantity) as decimal(19, 6)) as quantity,
        cast(sum(quantity_rest) as decimal(18, 18)) as quantity_rest,
        case
            when min(share) = max(share) then min(share)
            else coalesce(cast({{ exact_quotient('sum(weight * share)', 'sum(weight)') }} as decimal(13, 12)), min(share))
        end as share,
        {%- for column in sums %}
        cast(sum({{ column }}) as decimal(38, 18)) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from weighted
    group by {{ line | join(', ') }}, gross_factor

)

select
    cast({{ hash_id([
        'lines.activity_id', 'lines.segment_start', 'lines.stage', 'lines.scope2_method', 'lines.market_basis',
        'lines.instrument_activity_id', 'lines.boundary_route'
    ]) }} as string) as emission_id,
    lines.activity_id,
    lines.submission_id,
    lines.source_sheet,
    lines.source_row,
    lines.feed,
    lines.period,
    lines.facility_id,
    lines.activity_type,
    types.source_class,
    lines.stage,
    case when lines.outside_category is not null then 3 else lines.scope end as scope,
    case when lines.outside_category is null then lines.scope2_method end as scope2_method,
    case when lines.outside_category is null then lines.market_basis end as market_basis,
    lines.instrument_id,
    coalesce(lines.outside_category, lines.ghg_protocol_category) as ghg_protocol_category,
    coalesce(lines.outside_iso_category, lines.iso_14064_category) as iso_14064_category,
    lines.quantity,
    lines.unit,
    lines.factor_id,
    lines.factor_row_id,
    lines.factor_table,
    lines.factor_level,
    lines.factor_distance,
    case
        when lines.factor_units = 1000000 then cast(lines.gross_factor * 0.000001 as decimal(24, 18))
        else cast(lines.gross_factor as decimal(24, 18))
    end as factor_kgco2e_per_unit,
    lines.given_quantity,
    lines.given_unit,
    cast(case
        when lines.activity_unit_bridge is null then lines.unit_bridge
        when lines.unit_bridge is null then lines.activity_unit_bridge
        else lines.activity_unit_bridge || '; ' || lines.unit_bridge
    end as string) as unit_bridge,
    lines.gwp_set,
    lines.boundary_route,
    cast(lines.share as decimal(13, 12)) as consolidation_share,
    {%- for column in sums %}
    lines.{{ column }},
    {%- endfor %}
    cast(coalesce(lines.data_quality, 'measured') as string) as data_quality,
    lines.segment_start,
    lines.segment_end,
    cast(case
        when lines.quantity_rest <> 0 then cast(lines.quantity as decimal(31, 18)) + lines.quantity_rest
        else lines.quantity
    end as decimal(31, 18)) as exact_quantity
from lines
inner join {{ ref('int_activity_types') }} as types
    on lines.activity_type = types.activity_type
