-- One row per month, scope and Scope 2 method: calculated kilograms of CO2e.
select
    period,
    cast(extract(year from period) as integer) as year,
    cast(extract(month from period) as integer) as month,
    scope,
    scope2_method,
    sum(co2e_kg) as co2e_kg,
    sum(case when data_quality = 'estimated' then co2e_kg else 0 end) as estimated_kg
from {{ ref('int_line_sums') }}
where scope is not null
group by period, scope, scope2_method
