-- One row per month, scope and Scope 2 method: calculated kilograms of CO2e.
select
    period,
    cast(extract(year from period) as integer) as year,
    cast(extract(month from period) as integer) as month,
    scope,
    scope2_method,
    sum(co2e_kg) as co2e_kg
from {{ ref('emissions') }}
where scope is not null
group by period, scope, scope2_method
