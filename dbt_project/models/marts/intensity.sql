-- One row per year, basis, numerator and denominator (with its unit): tonnes of CO2e per unit of a business metric. Only
-- where both cover the whole year. Scope 2 is in the target's method.
with

organization as (

    select * from {{ ref('int_organization') }}

),

totals as (

    select inventory.year, inventory.basis, inventory.scope, inventory.co2e_t
    from {{ ref('annual_inventory') }} as inventory
    cross join organization
    where
        inventory.months_covered = 12
        and (inventory.scope2_method is null or inventory.scope2_method = organization.target_scope2_method)

),

numerators as (

    select year, basis, 'scope_' || cast(scope as string) as numerator, co2e_t
    from totals
    union all
    select year, basis, 'scope_1_and_2', sum(co2e_t)
    from totals
    where scope in (1, 2)
    group by year, basis
    having count(distinct scope) = 2
    union all
    select year, basis, 'scope_1_2_and_3', sum(co2e_t)
    from totals
    group by year, basis
    having count(distinct scope) = 3

)

select
    cast(numerators.year as integer) as year,
    cast(numerators.basis as string) as basis,
    cast(numerators.numerator as string) as numerator,
    metrics.metric as denominator,
    {{ significant_quotient('numerators.co2e_t', 'metrics.value') }} as value,
    cast('tCO2e/' || metrics.unit as string) as unit,
    cast(numerators.co2e_t as decimal(38, 21)) as numerator_co2e_t,
    cast(metrics.value as decimal(28, 6)) as denominator_value,
    metrics.unit as denominator_unit
from numerators
inner join {{ ref('int_metric_years') }} as metrics
    on numerators.year = metrics.year
where metrics.is_whole_year and metrics.value <> 0
