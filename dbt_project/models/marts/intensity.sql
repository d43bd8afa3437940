-- One row per year, basis, numerator and denominator (with its unit): tonnes of CO2e per unit of a business metric. Only
-- where both cover the whole year. The numerators are the figures of `headline`, Scope 2 in the target's method.
with

numerators as (

    {%- for basis, condition in {'calculated': 'months_covered = 12', 'reported': 'true'}.items() %}
    select
        year, '{{ basis }}' as basis,
        'scope_' || replace(replace(scope, '1+2+3', '1_2_and_3'), '1+2', '1_and_2') as numerator,
        {{ basis }}_co2e_t as co2e_t
    from {{ ref('headline') }}
    where {{ basis }}_co2e_t is not null and {{ condition }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

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
