-- The rows of a year, scope and Scope 2 method in `category_emissions` and `source_class_emissions`, and all rows of a year in
-- `iso_14064_statement`, sum to the reported total, to the last decimal: what a report does not divide is a row too.
{{ config(meta={'dagster': {'ref': {'name': 'category_emissions'}}}) }}

with

totals as (

    select year, scope, scope2_method, sum(co2e_t) as co2e_t
    from {{ ref('annual_inventory') }}
    where basis = 'reported'
    group by year, scope, scope2_method

),

parts as (

    {%- for mart in ['category_emissions', 'source_class_emissions'] %}
    select '{{ mart }}' as mart, year, scope, scope2_method, sum(co2e_t) as co2e_t
    from {{ ref(mart) }}
    where basis = 'reported'
    group by year, scope, scope2_method
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

statement as (

    select year, sum(co2e_t) as co2e_t
    from {{ ref('iso_14064_statement') }}
    where basis = 'reported'
    group by year

),

target_totals as (

    select totals.year, sum(totals.co2e_t) as co2e_t
    from totals
    cross join {{ ref('int_organization') }} as organization
    where totals.scope2_method is null or totals.scope2_method = organization.target_scope2_method
    group by totals.year

)

select parts.mart, totals.year, totals.scope, totals.scope2_method, totals.co2e_t, parts.co2e_t as parts_t
from totals
left join parts
    on
        totals.year = parts.year and totals.scope = parts.scope
        and coalesce(totals.scope2_method, '') = coalesce(parts.scope2_method, '')
where parts.co2e_t is null or parts.co2e_t <> totals.co2e_t
union all
select 'iso_14064_statement', totals.year, null, null, totals.co2e_t, statement.co2e_t
from target_totals as totals
left join statement
    on totals.year = statement.year
where
    statement.co2e_t is null
    -- Categories without a total of their scope are listed all the same.
    or (
        statement.co2e_t <> totals.co2e_t
        and not exists (
            select 1 from parts
            where
                parts.mart = 'category_emissions' and parts.year = totals.year
                and not exists (select 1 from totals as own where own.year = parts.year and own.scope = parts.scope)
        )
    )
