-- One row per year, scope (empty: all scopes), Scope 2 method and group: the total, a facility, a source class, an ISO 14064-1 category, and of the total
-- each factor and each source of activity data, with what it contributes. Statistics are DOUBLE; what is added up is DECIMAL
-- until then, so that the order of rows changes nothing.
{%- set squared = decimal_of_double('cast(half_width_t as double) * cast(half_width_t as double)', 38, 9) %}
{%- set group_columns = 'year, scope, scope2_method, group_kind, group_id' %}
with

organization as (

    select base_year from {{ ref('int_organization') }}

),

-- Lines that share a factor row, an instrument or the readings of a facility are as uncertain as what they share.
-- Millions of lines are added up before anything is looked up for them.
summed as (

    select
        cast(extract(year from period) as integer) as year,
        scope, scope2_method, facility_id, source_class, iso_14064_category, activity_type, data_quality, factor_row_id, factor_table,
        factor_level,
        case when factor_table = 'instrument' then factor_id end as instrument,
        unit_bridge,
        sum(co2e_kg) as co2e_kg
    from {{ ref('int_line_sums') }}
    where scope is not null
    group by all

),

lines as (

    select
        year, scope, scope2_method, facility_id, source_class, iso_14064_category, activity_type, data_quality, factor_row_id, co2e_kg,
        coalesce(factor_row_id, instrument, factor_table || ':' || facility_id || ':' || activity_type) as factor,
        facility_id || ':' || activity_type || ':' || data_quality as activity_data,
        case
            when factor_table = 'instrument' then 'instrument'
            when factor_level in ('row', 'supplier') then 'equipment_supplier'
            when factor_level = 'facility' then 'measured'
            when factor_table = 'gwp' then case when source_class = 'process' then 'process_gas' else 'released_gas' end
            when factor_level = 'formula' then 'fuel'
            when unit_bridge like '%exchange rate%' or unit_bridge like '%prices %' then 'spend'
            when scope = 2 then 'regional'
            else 'national'
        end as factor_class
    from summed

),

stated_factors as (

    select factor_row_id, max(uncertainty_share) as uncertainty_share
    from {{ ref('factor_register') }}
    where uncertainty_share is not null
    group by factor_row_id

),

-- An accuracy class, as 0.5S, 2.0 % or class 1; a resolution such as 0.01 kWh is none.
metered as (

    select
        facility_id,
        activity_type,
        max(try_cast(
            nullif(regexp_extract(lower(accuracy), '^(?:class|±|[+]/-)? ?([0-9]+(?:[.][0-9]+)?) ?(?:s|%|级|s级)?$', 1), '')
        as double)) * 0.01 as accuracy_share
    from {{ ref('int_meters') }}
    where parent_meter_id is null
    group by facility_id, activity_type

),

-- What the assessments of a year say of its data, other than of its gaps; of several the least certain counts.
assessed as (

    select
        rows_of_year.year, rows_of_year.facility_id, rows_of_year.activity_type, rows_of_year.scope, rows_of_year.scope2_method,
        max(activity_bands.half_width_share) as activity_share,
        max(factor_bands.half_width_share) as factor_share
    from {{ ref('data_quality') }} as rows_of_year
    inner join {{ ref('int_data_quality_assessments') }} as assessments
        on rows_of_year.assessment_row = assessments.source_row
    left join {{ ref('int_uncertainty_bands') }} as activity_bands
        on activity_bands.quantity = 'activity_data' and assessments.activity_data_class = activity_bands.class
    left join {{ ref('int_uncertainty_bands') }} as factor_bands
        on factor_bands.quantity = 'factor' and assessments.factor_class = factor_bands.class
    group by
        rows_of_year.year, rows_of_year.facility_id, rows_of_year.activity_type, rows_of_year.scope, rows_of_year.scope2_method

),

rated as (

    select
        lines.*,
        cast(lines.co2e_kg * 0.001 as decimal(38, 9)) as t,
        cast(
            coalesce(stated_factors.uncertainty_share, assessed.factor_share, factor_bands.half_width_share) as double
        ) as factor_share,
        coalesce(
            case when lines.data_quality = 'measured' then metered.accuracy_share end,
            cast(case when lines.data_quality <> 'estimated' then assessed.activity_share end as double),
            cast(activity_bands.half_width_share as double)
        ) as activity_share,
        stated_factors.uncertainty_share is not null as has_stated_factor,
        lines.data_quality = 'measured' and metered.accuracy_share is not null as has_stated_accuracy
    from lines
    left join stated_factors
        on lines.factor_row_id = stated_factors.factor_row_id
    left join metered
        on lines.facility_id = metered.facility_id and lines.activity_type = metered.activity_type
    left join assessed
        on
            lines.year = assessed.year
            and lines.facility_id = assessed.facility_id
            and lines.activity_type = assessed.activity_type
            and lines.scope = assessed.scope
            and coalesce(lines.scope2_method, '') = coalesce(assessed.scope2_method, '')
    left join {{ ref('int_uncertainty_bands') }} as factor_bands
        on factor_bands.quantity = 'factor' and lines.factor_class = factor_bands.class
    left join {{ ref('int_uncertainty_bands') }} as activity_bands
        on
            activity_bands.quantity = 'activity_data' and lines.data_quality = activity_bands.class

),

scoped as (

    select *, cast(scope as integer) as of_scope, scope2_method as of_method from rated
    union all
    select rated.*, cast(null as integer), methods.method
    from rated
    cross join (values ('location'), ('market')) as methods (method)
    where rated.scope2_method is null or rated.scope2_method = methods.method

),

grouped as (

    {%- for kind, id in {
        'total': "''", 'facility': 'facility_id', 'source_class': 'source_class',
        'iso_14064_category': 'cast(iso_14064_category as string)'
    }.items() %}
    select
        year, of_scope as scope, of_method as scope2_method, '{{ kind }}' as group_kind, {{ id }} as group_id, factor,
        activity_data, co2e_kg, t, factor_share, activity_share, has_stated_factor, has_stated_accuracy
    from scoped
    {{ 'where iso_14064_category is not null' if kind == 'iso_14064_category' }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- What is shared counts once: its users' tonnes are added before they are squared.
parts as (

    {%- for kind, share in {'factor': 'factor_share', 'activity_data': 'activity_share'}.items() %}
    select
        {{ group_columns }}, '{{ kind }}' as part_kind, {{ kind }} as part_id,
        sum(co2e_kg) as co2e_kg, sum(t) as t, sum({{ decimal_of_double('cast(t as double) * ' ~ share, 38, 9) }}) as half_width_t
    from grouped
    group by {{ group_columns }}, {{ kind }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

levels as (

    select {{ group_columns }}, sqrt(cast(sum({{ squared }}) as double)) as half_width_t
    from parts
    group by {{ group_columns }}

),

-- Between two years the same factor errs alike, and its error counts for what it is used more or less; readings of another
-- year err by themselves.
changes as (

    select {{ group_columns }}, part_kind, part_id, sum(half_width_t) as half_width_t
    from (
        select
            {{ group_columns }}, part_kind, part_id || case part_kind when 'activity_data' then ':now' else '' end as part_id,
            half_width_t
        from parts
        inner join organization on parts.year <> organization.base_year
        union all
        select
            levels.year, base.scope, base.scope2_method, base.group_kind, base.group_id, base.part_kind, base.part_id,
            -base.half_width_t
        from parts as base
        inner join organization on base.year = organization.base_year
        inner join levels
            on
                base.year <> levels.year
                and coalesce(base.scope, 0) = coalesce(levels.scope, 0)
                and coalesce(base.scope2_method, '') = coalesce(levels.scope2_method, '')
                and base.group_kind = levels.group_kind and base.group_id = levels.group_id
    ) as both_years
    group by {{ group_columns }}, part_kind, part_id

),

trends as (

    select {{ group_columns }}, sqrt(cast(sum({{ squared }}) as double)) as half_width_t
    from changes
    group by {{ group_columns }}

),

totals as (

    select
        {{ group_columns }},
        sum(co2e_kg) as co2e_kg,
        sum(t) as t,
        sum(abs(t)) as absolute_t,
        sum(case when has_stated_factor then abs(t) else 0 end) as with_stated_factor_t,
        sum(case when has_stated_accuracy then abs(t) else 0 end) as with_stated_accuracy_t
    from grouped
    group by {{ group_columns }}

),

contributions as (

    select
        parts.year, parts.scope, parts.scope2_method, parts.part_kind as group_kind, parts.part_id as group_id,
        parts.co2e_kg, parts.t, cast(abs(parts.half_width_t) as double) as half_width_t,
        cast(parts.half_width_t as double) * cast(parts.half_width_t as double)
        / nullif(levels.half_width_t * levels.half_width_t, 0) as contribution_share
    from parts
    inner join levels
        on
            parts.year = levels.year
            and coalesce(parts.scope, 0) = coalesce(levels.scope, 0)
            and coalesce(parts.scope2_method, '') = coalesce(levels.scope2_method, '')
            and levels.group_kind = 'total'
    where parts.group_kind = 'total'

)

select
    totals.year,
    totals.scope,
    totals.scope2_method,
    totals.group_kind,
    totals.group_id,
    {{ tonnes('totals.co2e_kg') }} as co2e_t,
    levels.half_width_t,
    levels.half_width_t / nullif(cast(abs(totals.t) as double), 0) as half_width_share,
    cast(null as double) as contribution_share,
    case when bases.year is not null and totals.year <> bases.year then bases.year end as trend_from_year,
    case when totals.year <> bases.year then cast(totals.t - bases.t as double) / nullif(cast(bases.t as double), 0) end as trend_share,
    case when totals.year <> bases.year then trends.half_width_t / nullif(cast(abs(bases.t) as double), 0) end as trend_half_width_share,
    cast(totals.with_stated_factor_t as double) / nullif(cast(totals.absolute_t as double), 0) as stated_factor_share,
    cast(totals.with_stated_accuracy_t as double) / nullif(cast(totals.absolute_t as double), 0) as stated_accuracy_share
from totals
inner join levels
    on
        totals.year = levels.year
        and coalesce(totals.scope, 0) = coalesce(levels.scope, 0)
        and coalesce(totals.scope2_method, '') = coalesce(levels.scope2_method, '')
        and totals.group_kind = levels.group_kind and totals.group_id = levels.group_id
left join trends
    on
        totals.year = trends.year
        and coalesce(totals.scope, 0) = coalesce(trends.scope, 0)
        and coalesce(totals.scope2_method, '') = coalesce(trends.scope2_method, '')
        and totals.group_kind = trends.group_kind and totals.group_id = trends.group_id
left join (select totals.* from totals inner join organization on totals.year = organization.base_year) as bases
    on
        coalesce(totals.scope, 0) = coalesce(bases.scope, 0)
        and coalesce(totals.scope2_method, '') = coalesce(bases.scope2_method, '')
        and totals.group_kind = bases.group_kind and totals.group_id = bases.group_id
union all
select
    year, scope, scope2_method, group_kind, group_id, {{ tonnes('co2e_kg') }}, half_width_t,
    half_width_t / nullif(cast(abs(t) as double), 0), contribution_share, null, null, null, null, null
from contributions
