-- GHG Protocol categories and ISO 14064-1 categories of a year each sum to the calculated total of its scopes (Scope 2 in
-- the target's method). Published figures are rounded one by one and are checked against their total as findings.
{{ config(meta={'dagster': {'ref': {'name': 'iso_14064_statement'}}}) }}

with

organization as (

    select target_scope2_method from {{ ref('int_organization') }}

),

scopes as (

    select inventory.year, sum(inventory.co2e_t) as co2e_t
    from {{ ref('annual_inventory') }} as inventory
    cross join organization
    where
        inventory.basis = 'calculated'
        and (inventory.scope2_method is null or inventory.scope2_method = organization.target_scope2_method)
    group by inventory.year

),

ghg_protocol as (

    select categories.year, sum(categories.co2e_t) as co2e_t
    from {{ ref('category_emissions') }} as categories
    cross join organization
    where
        categories.basis = 'calculated'
        and (categories.scope2_method is null or categories.scope2_method = organization.target_scope2_method)
    group by categories.year

),

iso_14064 as (

    select year, sum(co2e_t) as co2e_t
    from {{ ref('iso_14064_statement') }}
    where basis = 'calculated'
    group by year

)

select
    coalesce(scopes.year, ghg_protocol.year, iso_14064.year) as year,
    scopes.co2e_t as scopes_co2e_t,
    ghg_protocol.co2e_t as ghg_protocol_categories_co2e_t,
    iso_14064.co2e_t as iso_14064_categories_co2e_t
from scopes
full outer join ghg_protocol
    on scopes.year = ghg_protocol.year
full outer join iso_14064
    on coalesce(scopes.year, ghg_protocol.year) = iso_14064.year
where
    scopes.co2e_t is null
    or ghg_protocol.co2e_t is null
    or iso_14064.co2e_t is null
    or scopes.co2e_t <> ghg_protocol.co2e_t
    or scopes.co2e_t <> iso_14064.co2e_t
