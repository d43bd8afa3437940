-- One row per year, metric and dimension of the organisation: flows spread by days and summed, stocks averaged over the days
-- of the year, in the largest unit that the metric was ever stated in. Figures of the organisation itself come before the sum
-- of its facilities, which count while they are in the boundary and with the share that their emissions count with.
{#- Facilities that report the same metric in something else, such as another currency, are missing from the sum. -#}
{%- set all_facilities = '(count(by_reporter.facility_id) = 0 or count(by_reporter.facility_id) = max(reporting_facilities.facilities))' %}
with

-- A metric of the workspace's metrics.csv goes before the shared one of the same name.
kinds as (

    select lower(trim(metric)) as metric, kind
    from {{ source('raw', 'reference_metrics') }}
    union all
    select shared.metric, shared.kind
    from {{ ref('metrics') }} as shared
    where
        not exists (
            select 1 from {{ source('raw', 'reference_metrics') }} as own
            where lower(trim(own.metric)) = shared.metric
        )

),

metrics as (

    select
        delivered.*,
        units.dimension,
        units.to_base,
        {{ days_inclusive('delivered.coverage_start', 'delivered.coverage_end') }} as coverage_days,
        cast(delivered.value as decimal(19, 6)) as counted_value,
        coalesce(kinds.kind = 'stock', false) as is_stock,
        first_value(delivered.unit) over metric_and_dimension as common_unit,
        first_value(units.to_base) over metric_and_dimension as common_to_base
    from {{ ref('stg_business_metrics') }} as delivered
    inner join {{ ref('int_units') }} as units
        on delivered.unit = units.unit
    left join kinds
        on lower(trim(delivered.metric)) = kinds.metric
    where
        delivered.row_status = 'accepted'
        and delivered.activity_id not in (select activity_id from {{ ref('int_repeated_reports') }} where is_total)
    window metric_and_dimension as (
        partition by delivered.metric, units.dimension order by units.to_base desc, delivered.unit
        rows between unbounded preceding and unbounded following
    )

),

years as (

    select
        cast(extract(year from month_start) as integer) as year,
        cast({{ dbt.date_trunc('year', 'min(month_start)') }} as date) as year_start,
        cast(cast({{ dbt.dateadd('year', 1, dbt.date_trunc('year', 'min(month_start)')) }} as date) - 1 as date) as year_end
    from {{ ref('int_months') }}
    group by extract(year from month_start)

),

-- The days of a year on which each facility is in the boundary, and the organisation (facility_id empty), which always is.
intervals as (

    select
        years.year,
        shares.facility_id,
        shares.share,
        greatest(shares.valid_from, years.year_start) as first_day,
        least(shares.valid_to, years.year_end) as last_day
    from {{ ref('int_consolidation_shares') }} as shares
    inner join years
        on shares.valid_from <= years.year_end and shares.valid_to >= years.year_start
    where shares.boundary_route = 'consolidated' and shares.share > 0
    union all
    select year, cast(null as string) as facility_id, cast(1 as decimal(13, 12)) as share, year_start, year_end
    from years

),

boundary_days as (

    select year, facility_id, sum({{ days_inclusive('first_day', 'last_day') }}) as due_days
    from intervals
    group by year, facility_id

),

pieces as (

    select
        metrics.*,
        intervals.year,
        intervals.share,
        cast(greatest(metrics.coverage_start, intervals.first_day) as date) as piece_start,
        cast(least(metrics.coverage_end, intervals.last_day) as date) as piece_end
    from metrics
    inner join intervals
        on
            coalesce(metrics.facility_id, '') = coalesce(intervals.facility_id, '')
            and metrics.coverage_start <= intervals.last_day
            and metrics.coverage_end >= intervals.first_day

),

weighted as (

    select
        year, metric, dimension, common_unit, facility_id, is_stock, to_base, common_to_base, piece_start, piece_end,
        {{ days_inclusive('piece_start', 'piece_end') }} as days,
        cast(counted_value * share as decimal(19, 6)) as stock_value,
        cast(
            cast(
                {{ cumulative_share(
                    'counted_value', '(' ~ dbt.datediff('coverage_start', 'piece_end', 'day') ~ ' + 1)', 'coverage_days'
                ) }}
                - {{ cumulative_share(
                    'counted_value', dbt.datediff('coverage_start', 'piece_start', 'day'), 'coverage_days'
                ) }}
            as decimal(19, 6)) * share
        as decimal(19, 6)) as flow_value
    from pieces

),

in_one_unit as (

    select
        year, metric, dimension, common_unit, facility_id, is_stock, piece_start, piece_end, days,
        {%- for value in ['stock_value', 'flow_value'] %}
        case
            when to_base = common_to_base then {{ value }}
            else cast({{ share_of_value(
                value, 'cast(' ~ exact_quotient('to_base', 'common_to_base') ~ ' as decimal(19, 18))'
            ) }} as decimal(19, 6))
        end as {{ value }}{{ ',' if not loop.last }}
        {%- endfor %}
    from weighted

),

-- Days that two rows speak for are covered once.
covered as (

    select year, metric, dimension, facility_id, sum(days) as days_covered
    from (
        select
            in_one_unit.year, in_one_unit.metric, in_one_unit.dimension, in_one_unit.facility_id,
            bit_count(bit_or({{ day_bits(
                'greatest(in_one_unit.piece_start, months.month_start)', 'least(in_one_unit.piece_end, months.month_end)'
            ) }})) as days
        from in_one_unit
        inner join (
            select year, cast({{ dbt.dateadd('month', 'i', 'year_start') }} as date) as month_start,
                {{ dbt.last_day(dbt.dateadd('month', 'i', 'year_start'), 'month') }} as month_end
            from years
            cross join (select cast(i as integer) as i from range(0, 12) as numbers_from_zero(i)) as numbers
        ) as months
            on
                in_one_unit.year = months.year
                and in_one_unit.piece_start <= months.month_end and in_one_unit.piece_end >= months.month_start
        group by
            in_one_unit.year, in_one_unit.metric, in_one_unit.dimension, in_one_unit.facility_id, months.month_start
    ) as month_days
    group by year, metric, dimension, facility_id

),

sums as (

    select
        year,
        metric,
        dimension,
        common_unit,
        facility_id,
        is_stock,
        sum(days) as reported_days,
        sum(stock_value * days) as stock_days,
        sum(flow_value) as flow_value
    from in_one_unit
    group by year, metric, dimension, common_unit, facility_id, is_stock

),

by_reporter as (

    select
        sums.year,
        sums.metric,
        sums.dimension,
        sums.common_unit,
        sums.facility_id,
        covered.days_covered >= boundary_days.due_days as is_covered,
        -- A facility that came in July is half a year's headcount.
        case
            when sums.is_stock
                then cast({{ share_of_value(
                    exact_quotient('sums.stock_days * 0.001', 'sums.reported_days * 0.001'),
                    'cast(' ~ exact_quotient('boundary_days.due_days', 'year_days.due_days') ~ ' as decimal(19, 18))'
                ) }} as decimal(28, 6))
            else cast(sums.flow_value as decimal(28, 6))
        end as value
    from sums
    inner join covered
        on
            sums.year = covered.year and sums.metric = covered.metric and sums.dimension = covered.dimension
            and coalesce(sums.facility_id, '') = coalesce(covered.facility_id, '')
    inner join boundary_days
        on sums.year = boundary_days.year and coalesce(sums.facility_id, '') = coalesce(boundary_days.facility_id, '')
    inner join boundary_days as year_days
        on sums.year = year_days.year and year_days.facility_id is null

),

reporting_facilities as (

    select year, metric, count(distinct facility_id) as facilities
    from by_reporter
    group by year, metric

),

-- Who has reported a metric owes it in every later year that it is in the boundary.
due_facilities as (

    select
        years.year,
        reporters.metric,
        count(*) as facilities,
        count(covered_facilities.facility_id) as covered_facilities,
        min(case when covered_facilities.facility_id is null then reporters.facility_id end) as missing_facility
    from years
    inner join (
        select metric, facility_id, min(year) as first_year
        from by_reporter
        where facility_id is not null
        group by metric, facility_id
    ) as reporters
        on years.year >= reporters.first_year
    inner join boundary_days
        on years.year = boundary_days.year and reporters.facility_id = boundary_days.facility_id
    left join (select distinct year, metric, facility_id from by_reporter where is_covered) as covered_facilities
        on
            years.year = covered_facilities.year
            and reporters.metric = covered_facilities.metric
            and reporters.facility_id = covered_facilities.facility_id
    group by years.year, reporters.metric

)

select
    by_reporter.year,
    by_reporter.metric,
    by_reporter.dimension,
    by_reporter.common_unit as unit,
    cast(sum(by_reporter.value) as decimal(28, 6)) as value,
    {{ all_facilities }} as has_all_facilities,
    min(case when by_reporter.is_covered then 1 else 0 end) = 1
    and (count(by_reporter.facility_id) = 0 or count(by_reporter.facility_id) = max(due_facilities.facilities))
        as is_whole_year,
    -- Of facilities that are due: how many have the metric on all days, how many have not, and one of these.
    case when count(by_reporter.facility_id) > 0 then max(due_facilities.covered_facilities) else 0 end as covered_facilities,
    case
        when count(by_reporter.facility_id) > 0
            then max(due_facilities.facilities) - max(due_facilities.covered_facilities)
        else 0
    end as missing_facilities,
    case when count(by_reporter.facility_id) > 0 then max(due_facilities.missing_facility) end as missing_facility
from by_reporter
inner join reporting_facilities
    on by_reporter.year = reporting_facilities.year and by_reporter.metric = reporting_facilities.metric
left join due_facilities
    on by_reporter.year = due_facilities.year and by_reporter.metric = due_facilities.metric
where
    by_reporter.facility_id is null
    or not exists (
        select 1 from by_reporter as entity
        where
            entity.year = by_reporter.year and entity.metric = by_reporter.metric
            and entity.dimension = by_reporter.dimension and entity.facility_id is null
    )
group by by_reporter.year, by_reporter.metric, by_reporter.dimension, by_reporter.common_unit
