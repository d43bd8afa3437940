-- One row per year, facility, workshop, product and unit: what was produced, cross-year reports spread by days.
with

reports as (

    select
        *,
        {{ days_inclusive('coverage_start', 'coverage_end') }} as coverage_days,
        cast(quantity as decimal(19, 6)) as counted_quantity
    from {{ ref('stg_production') }}
    where row_status = 'accepted'

),

years as (

    select
        cast(extract(year from month_start) as integer) as year,
        min(month_start) as year_start,
        max(month_end) as year_end
    from {{ ref('int_months') }}
    group by extract(year from month_start)

)

select
    years.year,
    reports.facility_id,
    reports.workshop,
    reports.product,
    reports.unit,
    cast(sum(
        {{ cumulative_share(
            'reports.counted_quantity',
            '(' ~ dbt.datediff('reports.coverage_start',
                'cast(least(reports.coverage_end, years.year_end) as date)', 'day') ~ ' + 1)',
            'reports.coverage_days'
        ) }}
        - {{ cumulative_share(
            'reports.counted_quantity',
            dbt.datediff('reports.coverage_start',
                'cast(greatest(reports.coverage_start, years.year_start) as date)', 'day'),
            'reports.coverage_days'
        ) }}
    ) as decimal(25, 6)) as quantity
from reports
inner join years
    on reports.coverage_start <= years.year_end and reports.coverage_end >= years.year_start
group by years.year, reports.facility_id, reports.workshop, reports.product, reports.unit
