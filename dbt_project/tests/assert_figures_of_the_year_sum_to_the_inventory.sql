-- What is compared is what was calculated: the calculated figures of `headline` and `scope12_trend` (years and months), and the
-- numerators of `intensity`, are sums of `inventory`, to the last decimal; a year that is not covered has no figure.
{{ config(meta={'dagster': {'ref': {'name': 'headline'}}}) }}

with

scopes as (

    {%- for scope, figure, parts in [
        ('1', 'scope_1', '1'), ('2', 'scope_2', '2'), ('3', 'scope_3', '3'), ('1+2', 'scope_1_and_2', '1, 2'),
        ('1+2+3', 'scope_1_2_and_3', '1, 2, 3')
    ] %}
    select '{{ scope }}' as scope, '{{ figure }}' as figure, year, sum(co2e_t) as co2e_t
    from {{ ref('inventory') }}
    where scope in ({{ parts }})
    group by year
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

compared as (

    select 'headline' as mart, headline.year, headline.scope as item, headline.calculated_co2e_t as figure, scopes.co2e_t as sum_t
    from {{ ref('headline') }} as headline
    left join scopes
        on headline.year = scopes.year and headline.scope = scopes.scope
    where headline.calculated_co2e_t is not null
    union all
    select 'headline', year, scope || ', a figure of a year that is not whole', co2e_t, null
    from {{ ref('headline') }}
    where co2e_t is not null and not is_whole_year
    union all
    select 'scope12_trend', trend.year, trend.grain, trend.calculated_co2e_t, scopes.co2e_t
    from {{ ref('scope12_trend') }} as trend
    left join scopes
        on trend.year = scopes.year and scopes.scope = '1+2'
    where trend.grain = 'year' and trend.calculated_co2e_t is not null
    union all
    select 'scope12_trend', trend.year, 'month ' || cast(trend.month as string), trend.calculated_co2e_t, months.co2e_t
    from {{ ref('scope12_trend') }} as trend
    left join (
        select year, month, sum(co2e_t) as co2e_t
        from {{ ref('inventory') }}
        where scope in (1, 2)
        group by year, month
    ) as months
        on trend.year = months.year and trend.month = months.month
    where trend.grain = 'month'
    union all
    select 'scope12_trend', year, 'an actual figure of a year that is not covered', actual_co2e_t, null
    from {{ ref('scope12_trend') }}
    where grain = 'year' and basis = 'calculated' and months_covered < 12
    union all
    select 'intensity', intensity.year, intensity.numerator || '/' || intensity.denominator, intensity.numerator_co2e_t, scopes.co2e_t
    from {{ ref('intensity') }} as intensity
    left join scopes
        on intensity.year = scopes.year and intensity.numerator = scopes.figure
    where intensity.basis = 'calculated'

)

select *
from compared
where sum_t is null or figure <> sum_t
