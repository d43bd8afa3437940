-- One row per year, basis, scope, Scope 2 method and category.
with

parts as (

    select
        cast(extract(year from period) as integer) as year,
        scope,
        scope2_method,
        'calculated' as basis,
        ghg_protocol_category,
        iso_14064_category,
        {{ tonnes('sum(co2e_kg)') }} as co2e_t
    from {{ ref('emissions') }}
    where scope is not null
    group by extract(year from period), scope, scope2_method, ghg_protocol_category, iso_14064_category
    union all
    select
        year, cast(scope as integer), cast(null as string), 'reported', ghg_protocol_category, cast(null as integer),
        cast(sum(co2e_t) as decimal(38, 21))
    from {{ ref('int_reported_inventories') }}
    where
        cast(scope as integer) = 3 and ghg_protocol_category is not null
        and iso_14064_category is null and source_class is null and facility_id is null
    group by year, scope, ghg_protocol_category
    union all
    select totals.year, totals.scope, totals.scope2_method, 'reported', null, null, cast(totals.co2e_t as decimal(38, 21))
    from {{ ref('int_reported_totals') }} as totals
    where
        totals.co2e_t is not null
        and (
            totals.scope in (1, 2)
            or not exists (
                select 1 from {{ ref('int_reported_inventories') }} as categories
                where
                    categories.year = totals.year and cast(categories.scope as integer) = 3
                    and categories.ghg_protocol_category is not null
            )
        )

),

-- A year with Scope 3 figures lists all fifteen categories; an empty one carries its reason.
empty_categories as (

    select years.year, years.basis, categories.ghg_protocol_category
    from (select distinct year, basis from parts where scope = 3 and ghg_protocol_category is not null) as years
    cross join {{ ref('int_ghg_protocol_categories') }} as categories
    where not exists (
        select 1 from parts
        where
            parts.year = years.year and parts.basis = years.basis
            and parts.ghg_protocol_category = categories.ghg_protocol_category
    )

),

all_parts as (

    select * from parts
    union all
    select year, 3, cast(null as string), basis, ghg_protocol_category, cast(null as integer), cast(null as decimal(38, 21))
    from empty_categories

),

totals as (

    select year, scope, scope2_method, basis, sum(co2e_t) as scope_t
    from parts
    group by year, scope, scope2_method, basis

)

select
    parts.year,
    parts.scope,
    parts.scope2_method,
    parts.basis,
    parts.ghg_protocol_category,
    coalesce(categories.name_en, 'Scope ' || cast(parts.scope as string)) as category_name_en,
    coalesce(categories.name_zh, '范围' || cast(parts.scope as string)) as category_name_zh,
    coalesce(
        parts.iso_14064_category,
        case when parts.scope in (1, 2) then parts.scope else categories.iso_14064_category end
    ) as iso_14064_category,
    parts.co2e_t,
    {{ share('parts.co2e_t', 'totals.scope_t') }} as share_of_scope,
    notes.treatment,
    notes.reason_en,
    notes.reason_zh
from all_parts as parts
inner join totals
    on
        parts.year = totals.year
        and parts.scope = totals.scope
        and parts.basis = totals.basis
        and coalesce(parts.scope2_method, '') = coalesce(totals.scope2_method, '')
left join {{ ref('int_ghg_protocol_categories') }} as categories
    on parts.ghg_protocol_category = categories.ghg_protocol_category
left join (
    select year, ghg_protocol_category, max(treatment) as treatment, max(reason_en) as reason_en, max(reason_zh) as reason_zh
    from {{ ref('int_category_notes') }}
    where ghg_protocol_category is not null
    group by year, ghg_protocol_category
) as notes
    on parts.year = notes.year and parts.ghg_protocol_category = notes.ghg_protocol_category
