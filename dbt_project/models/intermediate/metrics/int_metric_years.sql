-- One row per year, metric and dimension of the organisation: flows spread by days and summed, stocks averaged over the
-- days they were reported for, all in the largest unit that was used in the year. Figures of the organisation itself come
-- before the sum of its facilities.
{#- Facilities that report the same metric in something else, such as another currency, are missing from the sum. -#}
{%- set all_facilities = '(count(by_reporter.facility_id) = 0 or count(by_reporter.facility_id) = max(reporting_facilities.facilities))' %}
with

metrics as (

    select
        delivered.*,
        units.dimension,
        units.to_base,
        {{ days_inclusive('delivered.coverage_start', 'delivered.coverage_end') }} as coverage_days,
        cast(delivered.value as decimal(19, 6)) as counted_value,
        delivered.metric in ('headcount', 'area', 'floor_area', 'fixed_assets') as is_stock
    from {{ ref('stg_business_metrics') }} as delivered
    inner join {{ ref('stg_units') }} as units
        on delivered.unit = units.unit
    where delivered.row_status = 'accepted'

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
        metrics.dimension,
        metrics.to_base,
        first_value(metrics.unit) over year_and_dimension as unit,
        first_value(metrics.to_base) over year_and_dimension as unit_to_base,
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
    window year_and_dimension as (
        partition by years.year, metrics.metric, metrics.dimension order by metrics.to_base desc, metrics.unit
        rows between unbounded preceding and unbounded following
    )

),

in_one_unit as (

    select
        year, year_days, metric, dimension, unit, facility_id, is_stock, days_in_year,
        {%- for value in ['counted_value', 'flow_value'] %}
        case
            when to_base = unit_to_base then {{ value }}
            else cast({{ share_of_value(
                value, 'cast(' ~ exact_quotient('to_base', 'unit_to_base') ~ ' as decimal(19, 18))'
            ) }} as decimal(19, 6))
        end as {{ value }}{{ ',' if not loop.last }}
        {%- endfor %}
    from shares

),

by_reporter as (

    select
        year,
        metric,
        dimension,
        unit,
        facility_id,
        is_stock,
        max(year_days) as year_days,
        sum(days_in_year) as days_covered,
        case
            when is_stock
                then cast({{ exact_quotient('sum(counted_value * days_in_year) * 0.001', 'sum(days_in_year) * 0.001') }} as decimal(28, 6))
            else cast(sum(flow_value) as decimal(28, 6))
        end as value
    from in_one_unit
    group by year, metric, dimension, unit, facility_id, is_stock

),

reporting_facilities as (

    select year, metric, count(distinct facility_id) as facilities
    from by_reporter
    group by year, metric

)

select
    by_reporter.year,
    by_reporter.metric,
    by_reporter.dimension,
    by_reporter.unit,
    cast(sum(by_reporter.value) as decimal(28, 6)) as value,
    {{ all_facilities }} as has_all_facilities,
    min(by_reporter.days_covered) >= max(by_reporter.year_days) and {{ all_facilities }} as is_whole_year
from by_reporter
inner join reporting_facilities
    on by_reporter.year = reporting_facilities.year and by_reporter.metric = reporting_facilities.metric
where
    by_reporter.facility_id is null
    or not exists (
        select 1 from by_reporter as entity
        where
            entity.year = by_reporter.year and entity.metric = by_reporter.metric
            and entity.dimension = by_reporter.dimension and entity.facility_id is null
    )
group by by_reporter.year, by_reporter.metric, by_reporter.dimension, by_reporter.unit
