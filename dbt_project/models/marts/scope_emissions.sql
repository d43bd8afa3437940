-- One row per month, scope and Scope 2 method (calculated), and per year, scope and method with month NULL (reported).
select
    year,
    month,
    scope,
    scope2_method,
    'calculated' as basis,
    {{ tonnes('co2e_kg') }} as co2e_t
from {{ ref('int_calculated_months') }}
union all
select
    year,
    cast(null as integer) as month,
    scope,
    scope2_method,
    'reported' as basis,
    cast(co2e_t as decimal(38, 21)) as co2e_t
from {{ ref('int_reported_totals') }}
where scope is not null and co2e_t is not null
