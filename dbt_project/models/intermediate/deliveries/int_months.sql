-- One row per month that an activity, a production report or a metric touches, without holes.
with

coverage as (

    select min(coverage_start) as first_day, max(coverage_end) as last_day
    from (
        select coverage_start, coverage_end from {{ ref('int_delivered_activities') }}
        union all
        select coverage_start, coverage_end from {{ ref('stg_production') }}
        union all
        select coverage_start, coverage_end from {{ ref('stg_business_metrics') }}
    ) as covered

),

numbers as (

    select cast(i as integer) as i from range(0, 2400) as numbers_from_zero(i)

),

months as (

    select cast({{ dbt.dateadd('month', 'i', "date '1950-01-01'") }} as date) as month_start
    from numbers

)

select
    months.month_start,
    cast(cast({{ dbt.dateadd('month', 1, 'months.month_start') }} as date) - 1 as date) as month_end
from months
cross join coverage
where
    months.month_start <= coverage.last_day
    and months.month_start > cast({{ dbt.dateadd('month', -1, 'coverage.first_day') }} as date)
