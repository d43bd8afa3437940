-- One row per year, basis, scope, Scope 2 method and category; what a report does not divide is a row without category, so that
-- the rows of a year and scope sum to the reported total.
with

-- By GHG Protocol category, as printed or as the sum of its facilities; in a year without any, by ISO 14064-1 category.
reported_categories as (

    select
        year,
        ghg_protocol_category,
        cast(null as integer) as iso_14064_category,
        cast(coalesce(
            sum(case when part = 'ghg_protocol_category' then co2e_t end), sum(co2e_t)
        ) as decimal(38, 21)) as co2e_t
    from {{ ref('int_reported_figures') }}
    where part in ('ghg_protocol_category', 'facility_of_category')
    group by year, ghg_protocol_category
    union all
    select figures.year, null, figures.iso_14064_category, cast(sum(figures.co2e_t) as decimal(38, 21))
    from {{ ref('int_reported_figures') }} as figures
    where
        figures.part = 'iso_14064_category' and figures.scope = 3
        and not exists (
            select 1 from {{ ref('int_reported_figures') }} as categories
            where categories.year = figures.year and categories.ghg_protocol_category is not null and categories.part <> 'detail'
        )
    group by figures.year, figures.iso_14064_category

),

listed as (

    select year, sum(co2e_t) as listed_t
    from reported_categories
    group by year

),

parts as (

    select
        cast(extract(year from period) as integer) as year,
        scope,
        scope2_method,
        'calculated' as basis,
        ghg_protocol_category,
        iso_14064_category,
        {{ tonnes('sum(co2e_kg)') }} as co2e_t
    from {{ ref('int_line_sums') }}
    where scope is not null
    group by extract(year from period), scope, scope2_method, ghg_protocol_category, iso_14064_category
    union all
    select year, 3, cast(null as string), 'reported', ghg_protocol_category, iso_14064_category, co2e_t
    from reported_categories
    union all
    select
        totals.year, totals.scope, totals.scope2_method, 'reported', null, null,
        cast(totals.co2e_t - coalesce(listed.listed_t, 0) as decimal(38, 21))
    from {{ ref('int_reported_totals') }} as totals
    left join listed
        on totals.scope = 3 and totals.year = listed.year
    where totals.scope is not null and (listed.year is null or totals.co2e_t <> listed.listed_t)

),

-- A note without a year serves every year that has none of its own.
notes as (

    select
        years.year,
        notes.ghg_protocol_category,
        notes.treatment,
        notes.reason_en,
        notes.reason_zh,
        row_number() over (
            partition by years.year, notes.ghg_protocol_category
            order by notes.year nulls last, notes.treatment, notes.reason_en, notes.reason_zh
        ) as preference
    from (select distinct year from parts) as years
    inner join {{ ref('int_category_notes') }} as notes
        on notes.year is null or years.year = notes.year
    where notes.ghg_protocol_category is not null

),

-- A year with Scope 3 figures lists all fifteen categories; an empty one carries its reason. A year of data without any lists
-- those that a note declares.
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
    union all
    select notes.year, 'calculated', notes.ghg_protocol_category
    from notes
    where
        notes.preference = 1
        and notes.year in (select year from parts where basis = 'calculated')
        and notes.year not in (select year from parts where scope = 3 and ghg_protocol_category is not null)

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
    where basis = 'calculated'
    group by year, scope, scope2_method, basis
    union all
    select year, scope, scope2_method, 'reported', cast(co2e_t as decimal(38, 21))
    from {{ ref('int_reported_totals') }}
    where scope is not null

)

select
    parts.year,
    parts.scope,
    parts.scope2_method,
    parts.basis,
    parts.ghg_protocol_category,
    coalesce(
        categories.name_en,
        case when parts.scope = 3 and parts.basis = 'reported' then iso_categories.name_en end,
        'Scope ' || cast(parts.scope as string) || case when listed.year is not null then ', undivided' else '' end
    ) as category_name_en,
    coalesce(
        categories.name_zh,
        case when parts.scope = 3 and parts.basis = 'reported' then iso_categories.name_zh end,
        '范围' || cast(parts.scope as string) || case when listed.year is not null then '（未分类）' else '' end
    ) as category_name_zh,
    coalesce(
        parts.iso_14064_category,
        case when parts.scope in (1, 2) then parts.scope else categories.iso_14064_category end
    ) as iso_14064_category,
    parts.co2e_t,
    -- Parts that exceed the total are a finding; no share of it.
    cast(case
        when parts.basis = 'calculated' or parts.co2e_t between 0 and totals.scope_t
            then {{ share('parts.co2e_t', 'totals.scope_t') }}
    end as decimal(18, 12)) as share_of_scope,
    notes.treatment,
    notes.reason_en,
    notes.reason_zh
from all_parts as parts
left join totals
    on
        parts.year = totals.year
        and parts.scope = totals.scope
        and parts.basis = totals.basis
        and coalesce(parts.scope2_method, '') = coalesce(totals.scope2_method, '')
left join {{ ref('int_ghg_protocol_categories') }} as categories
    on parts.ghg_protocol_category = categories.ghg_protocol_category
left join {{ ref('int_iso_14064_categories') }} as iso_categories
    on parts.iso_14064_category = iso_categories.iso_14064_category
left join listed
    on parts.basis = 'reported' and parts.scope = 3 and parts.year = listed.year
left join notes
    on
        parts.year = notes.year and parts.ghg_protocol_category = notes.ghg_protocol_category
        and notes.preference = 1
