-- One row per month after the data, to the near-term target year, and scope set that a near-term absolute target on Scope 1 or 2
-- names: what the present course makes of it. DOUBLE inside: a seasonal model (additive errors, damped trend, additive season) of
-- the calculated months without a gap before the last complete one. Fewer than 24 of them make no projection, and say so.
with

organization as (

    select * from {{ ref('int_organization') }}

),

sets as (

    select
        case when targets.scopes like '%1%' and targets.scopes like '%2%' then '1;2' else trim(targets.scopes) end as scopes,
        case when targets.scopes like '%2%' then coalesce(targets.scope2_method, organization.target_scope2_method) end
            as scope2_method,
        max(targets.target_year) as last_year
    from {{ ref('int_targets') }} as targets
    cross join organization
    where targets.kind = 'absolute' and targets.scopes not like '%3%' and targets.effective_term = 'near'
    group by 1, 2

),

months as (

    select
        sets.scopes,
        sets.scope2_method,
        sets.last_year,
        months.year * 12 + months.month as month_number,
        {{ tonnes('sum(months.co2e_kg)') }} as co2e_t
    from sets
    inner join {{ ref('int_calculated_months') }} as months
        on
            sets.scopes like '%' || cast(months.scope as string) || '%'
            and (months.scope2_method is null or months.scope2_method = sets.scope2_method)
    inner join {{ ref('int_covered_months') }} as covered
        on
            months.period = covered.period
            and covered.is_covered
            and covered.figure = case sets.scopes when '1' then 'scope_1' when '2' then 'scope_2' else 'scope_1_and_2' end
    group by sets.scopes, sets.scope2_method, sets.last_year, months.year, months.month

),

runs as (

    select
        *,
        month_number - row_number() over (partition by scopes, scope2_method order by month_number) as run,
        max(month_number) over (partition by scopes, scope2_method) as last_month
    from months

),

trained as (

    select
        scopes,
        scope2_method,
        last_year,
        last_month,
        min(month_number) as first_month,
        cast(count(*) as integer) as training_months,
        {{ values_in_order('cast(co2e_t as double)', 'month_number') }} as training
    from runs
    group by scopes, scope2_method, last_year, last_month, run
    having max(month_number) = last_month

),

forecasts as {{ 'materialized ' if target.type == 'duckdb' }}(

    select
        *,
        last_year * 12 + 12 - last_month as steps,
        seasonal_forecast(
            training, cast(last_month % 12 + 1 as integer), cast(last_year * 12 + 12 - last_month as integer)
        ) as forecast
    from trained
    where last_year * 12 + 12 > last_month

),

steps as (

    select
        forecasts.*,
        numbers.i as step,
        forecasts.last_month + numbers.i as month_number,
        {{ value_at('forecasts.forecast', 'numbers.i') }} as found
    from forecasts
    inner join (select cast(i as integer) as i from range(1, 1300) as numbers_from_one(i)) as numbers
        on numbers.i <= forecasts.steps

)

{%- set month_start = 'make_date(cast(floor((%s - 1) / 12) as integer), cast((%s - 1) % 12 + 1 as integer), 1)' %}
select
    {{ month_start | replace('%s', 'month_number') }} as period,
    cast(scopes as string) as scopes,
    cast(scope2_method as string) as scope2_method,
    {{ decimal_of_double('found.expected', 28, 9) }} as expected_t,
    -- What was never below zero is not expected there.
    {{ decimal_of_double(
        'case when ' ~ smallest_of('training') ~ ' >= 0'
        ~ ' then greatest(found.expected - 1.959963984540054 * found.deviation, least(found.expected, 0))'
        ~ ' else found.expected - 1.959963984540054 * found.deviation end',
        28, 9
    ) }} as lower_95_t,
    {{ decimal_of_double('found.expected + 1.959963984540054 * found.deviation', 28, 9) }} as upper_95_t,
    cast(found.year_deviation as double) as year_deviation_t,
    cast(case when found is null then 'none' else 'ETS(A,Ad,A)' end as string) as model,
    cast(found.parameters as string) as parameters,
    {{ month_start | replace('%s', 'first_month') }} as training_from,
    {{ month_start | replace('%s', 'last_month') }} as training_to,
    training_months,
    cast(case
        when found is null and training_months >= 24 then 'Cannot tell: the model does not fit the series'
        when found is null then 'Cannot tell: ' || cast(training_months as string) || ' months without a gap, 24 are needed'
    end as string) as note_en,
    cast(case
        when found is null and training_months >= 24 then '无法判断：模型无法拟合该序列'
        when found is null then '无法判断：连续 ' || cast(training_months as string) || ' 个月的数据，至少需要 24 个月'
    end as string) as note_zh
from steps
