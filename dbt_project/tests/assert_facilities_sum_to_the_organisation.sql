-- The facilities of a month sum to the organisation's figure, per scope and Scope 2 method, to the last decimal.
{{ config(meta={'dagster': {'ref': {'name': 'facility_emissions'}}}) }}

with

facilities as (

    select period, scope, scope2_method, sum(co2e_t) as co2e_t
    from {{ ref('facility_emissions') }}
    group by period, scope, scope2_method

),

organisation as (

    select
        year,
        month,
        scope,
        scope2_method,
        co2e_t
    from {{ ref('scope_emissions') }}
    where basis = 'calculated'

)

select
    coalesce(organisation.year, cast(extract(year from facilities.period) as integer)) as year,
    coalesce(organisation.month, cast(extract(month from facilities.period) as integer)) as month,
    coalesce(organisation.scope, facilities.scope) as scope,
    coalesce(organisation.scope2_method, facilities.scope2_method) as scope2_method,
    facilities.co2e_t as facilities_co2e_t,
    organisation.co2e_t as organisation_co2e_t
from facilities
full outer join organisation
    on
        extract(year from facilities.period) = organisation.year
        and extract(month from facilities.period) = organisation.month
        and facilities.scope = organisation.scope
        and coalesce(facilities.scope2_method, '') = coalesce(organisation.scope2_method, '')
where facilities.co2e_t is null or organisation.co2e_t is null or facilities.co2e_t <> organisation.co2e_t
