-- Vertical integrity, second half: every mart of calculated tonnes says per year, scope and Scope 2 method what the
-- emission lines add up to, to the last decimal.
{{ config(meta={'dagster': {'ref': {'name': 'annual_inventory'}}}) }}

{%- set marts_of_a_basis = ['annual_inventory', 'scope_emissions', 'category_emissions', 'source_class_emissions'] %}
with

lines as (

    select
        cast(extract(year from period) as integer) as year,
        scope,
        scope2_method,
        {{ tonnes('sum(co2e_kg)') }} as co2e_t
    from {{ ref('emissions') }}
    where scope is not null
    group by extract(year from period), scope, scope2_method

),

marts as (

    {%- for mart in marts_of_a_basis %}
    select '{{ mart }}' as mart, year, scope, scope2_method, sum(co2e_t) as co2e_t
    from {{ ref(mart) }}
    where basis = 'calculated' and co2e_t is not null
    group by year, scope, scope2_method
    union all
    {%- endfor %}
    select
        'facility_emissions' as mart, cast(extract(year from period) as integer) as year, scope, scope2_method,
        sum(co2e_t) as co2e_t
    from {{ ref('facility_emissions') }}
    group by extract(year from period), scope, scope2_method
    {%- for method in ['location', 'market'] %}
    union all
    -- Any sum of the inventory is a total: each method of Scope 2 in its column.
    select
        'inventory' as mart, year, scope, case when scope = 2 then '{{ method }}' end as scope2_method,
        sum(co2e_{{ method }}_t) as co2e_t
    from {{ ref('inventory') }}
    where (scope = 2{{ ' or scope <> 2' if method == 'location' }}) and co2e_{{ method }}_t is not null
    group by year, scope
    {%- endfor %}
    union all
    select 'data_quality', year, scope, scope2_method, sum(co2e_t)
    from {{ ref('data_quality') }}
    group by year, scope, scope2_method

),

names as (

    {%- for mart in marts_of_a_basis + ['facility_emissions', 'inventory', 'data_quality'] %}
    select '{{ mart }}' as mart
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

expected as (

    select names.mart, lines.*
    from names
    cross join lines

)

select
    coalesce(expected.mart, marts.mart) as mart,
    coalesce(expected.year, marts.year) as year,
    coalesce(expected.scope, marts.scope) as scope,
    coalesce(expected.scope2_method, marts.scope2_method) as scope2_method,
    marts.co2e_t as mart_co2e_t,
    expected.co2e_t as lines_co2e_t
from expected
full outer join marts
    on
        expected.mart = marts.mart
        and expected.year = marts.year
        and expected.scope = marts.scope
        and coalesce(expected.scope2_method, '') = coalesce(marts.scope2_method, '')
where expected.co2e_t is null or marts.co2e_t is null or expected.co2e_t <> marts.co2e_t
