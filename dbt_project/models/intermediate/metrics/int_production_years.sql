-- One row per year, facility, workshop, product and dimension: what was produced, in the largest unit that the product was
-- ever counted in, cross-year reports spread by days: on the days on which the facility is in the boundary, as the
-- emissions that are divided by it.
with

reports as (

    select
        delivered.facility_id,
        delivered.workshop,
        delivered.product,
        delivered.coverage_start,
        delivered.coverage_end,
        coalesce(units.dimension, delivered.unit) as dimension,
        coalesce(units.to_base, 1) as to_base,
        first_value(delivered.unit) over product_and_dimension as unit,
        first_value(coalesce(units.to_base, 1)) over product_and_dimension as unit_to_base,
        {{ days_inclusive('delivered.coverage_start', 'delivered.coverage_end') }} as coverage_days,
        cast(delivered.quantity as decimal(19, 6)) as counted_quantity
    from {{ ref('stg_production') }} as delivered
    left join {{ ref('int_units') }} as units
        on delivered.unit = units.unit
    where
        delivered.row_status = 'accepted'
        and delivered.activity_id not in (select activity_id from {{ ref('int_repeated_reports') }} where is_total)
    window product_and_dimension as (
        partition by delivered.facility_id, delivered.workshop, delivered.product, coalesce(units.dimension, delivered.unit)
        order by units.to_base desc, delivered.unit
        rows between unbounded preceding and unbounded following
    )

),

years as (

    select
        cast(extract(year from month_start) as integer) as year,
        min(month_start) as year_start,
        max(month_end) as year_end
    from {{ ref('int_months') }}
    group by extract(year from month_start)

),

boundary as (

    select facility_id, valid_from, valid_to
    from {{ ref('int_consolidation_shares') }}
    where boundary_route = 'consolidated' and share > 0

),

spread_out as (

    select
        years.year,
        reports.facility_id,
        reports.workshop,
        reports.product,
        reports.dimension,
        reports.unit,
        reports.to_base,
        reports.unit_to_base,
        cast(
            {{ cumulative_share(
                'reports.counted_quantity',
                '(' ~ dbt.datediff('reports.coverage_start',
                    'cast(least(reports.coverage_end, years.year_end, boundary.valid_to) as date)', 'day') ~ ' + 1)',
                'reports.coverage_days'
            ) }}
            - {{ cumulative_share(
                'reports.counted_quantity',
                dbt.datediff('reports.coverage_start',
                    'cast(greatest(reports.coverage_start, years.year_start, boundary.valid_from) as date)', 'day'),
                'reports.coverage_days'
            ) }}
        as decimal(19, 6)) as quantity
    from reports
    inner join years
        on reports.coverage_start <= years.year_end and reports.coverage_end >= years.year_start
    inner join boundary
        on
            reports.facility_id = boundary.facility_id
            and boundary.valid_from <= least(reports.coverage_end, years.year_end)
            and boundary.valid_to >= greatest(reports.coverage_start, years.year_start)

)

select
    year,
    facility_id,
    workshop,
    product,
    dimension,
    unit,
    unit_to_base,
    cast(sum(case
        when to_base = unit_to_base then quantity
        else cast({{ share_of_value(
            'quantity', 'cast(' ~ exact_quotient('to_base', 'unit_to_base') ~ ' as decimal(19, 18))'
        ) }} as decimal(19, 6))
    end) as decimal(25, 6)) as quantity
from spread_out
group by year, facility_id, workshop, product, dimension, unit, unit_to_base
