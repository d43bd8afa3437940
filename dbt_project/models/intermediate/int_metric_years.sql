-- One row per year, metric and unit of the organisation: flows spread by days and summed, stocks averaged over the days
-- they were reported for. Figures of the organisation itself come before the sum of its facilities, in whatever unit.
with

metrics as (

    select
        *,
        {{ days_inclusive('coverage_start', 'coverage_end') }} as coverage_days,
        cast(value as decimal(19, 6)) as counted_value,
        metric in ('headcount', 'area', 'floor_area', 'fixed_assets') as is_stock
    from {{ ref('stg_business_metrics') }}
    where row_status = 'accepted'

),

years as (

    select
        cast(extract(year from month_start) as integer) as year,
        cast({{ dbt.date_trunc('year', 'min(month_start)') }} as date) as year_start,
        cast(cast({{ dbt.dateadd('year', 1, dbt.date_trunc('year', 'min(month_start)')) }} as date) - 1 as date) as year_end
    from {{ ref('int_months') }}
    group by extract(year from month_start)

),

shares as (

    select
        years.year,
        {{ days_inclusive('years.year_start', 'years.year_end') }} as year_days,
        metrics.metric,
        metrics.unit,
        coalesce(units.dimension, metrics.unit) as dimension,
        metrics.facility_id,
        metrics.is_stock,
        metrics.counted_value,
        {{ days_inclusive(
            'cast(greatest(metrics.coverage_start, years.year_start) as date)',
            'cast(least(metrics.coverage_end, years.year_end) as date)'
        ) }} as days_in_year,
        cast(
            {{ cumulative_share(
                'metrics.counted_value',
                '(' ~ dbt.datediff('metrics.coverage_start',
                    'cast(least(metrics.coverage_end, years.year_end) as date)', 'day') ~ ' + 1)',
                'metrics.coverage_days'
            ) }}
            - {{ cumulative_share(
                'metrics.counted_value',
                dbt.datediff('metrics.coverage_start',
                    'cast(greatest(metrics.coverage_start, years.year_start) as date)', 'day'),
                'metrics.coverage_days'
            ) }}
        as decimal(19, 6)) as flow_value
    from metrics
    inner join years
        on metrics.coverage_start <= years.year_end and metrics.coverage_end >= years.year_start
    left join {{ ref('stg_units') }} as units
        on metrics.unit = units.unit

),

by_reporter as (

    select
        year,
        metric,
        unit,
        dimension,
        facility_id,
        is_stock,
        max(year_days) as year_days,
        sum(days_in_year) as days_covered,
        case
            when is_stock
                then cast({{ exact_quotient('sum(counted_value * days_in_year) * 0.001', 'sum(days_in_year) * 0.001') }} as decimal(28, 6))
            else cast(sum(flow_value) as decimal(28, 6))
        end as value
    from shares
    group by year, metric, unit, dimension, facility_id, is_stock

)

select
    year,
    metric,
    unit,
    cast(sum(value) as decimal(28, 6)) as value,
    min(days_covered) >= max(year_days) as is_whole_year
from by_reporter
where
    facility_id is null
    or not exists (
        select 1 from by_reporter as entity
        where
            entity.year = by_reporter.year and entity.metric = by_reporter.metric
            and entity.dimension = by_reporter.dimension and entity.facility_id is null
    )
group by year, metric, unit
