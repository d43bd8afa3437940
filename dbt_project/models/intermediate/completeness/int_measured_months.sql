-- One row per month that was measured on every day, for an expected activity type of a facility (meter_id empty) and for
-- each of its main meters, where there is a gap to fill: what estimates may rest on.
with

gaps as (

    select * from {{ ref('int_gaps') }}

),

stretches as (

    select coverage.*
    from {{ ref('int_expected_coverage') }} as coverage
    inner join (select distinct facility_id, activity_type from gaps) as wanted
        on coverage.facility_id = wanted.facility_id and coverage.activity_type = wanted.activity_type

),

series_coverage as (

    select facility_id, activity_type, '' as meter_id, stated_from as coverage_start, stated_to as coverage_end
    from stretches
    where stated_from is not null
    union all
    select facility_id, activity_type, main_meter_id, stated_from, stated_to
    from stretches
    where main_meter_id is not null and stated_from is not null

),

unmeasured as (

    {{ coverage_gaps('series_coverage', ['facility_id', 'activity_type', 'meter_id']) }}

),

spread_out as (

    select
        stretches.facility_id,
        stretches.activity_type,
        stretches.main_meter_id,
        months.month_start as period,
        months.month_end,
        activities.unit,
        activities.data_quality,
        cast(
            {{ cumulative_share(
                'activities.quantity',
                '(' ~ dbt.datediff('activities.coverage_start',
                    'cast(least(stretches.part_end, months.month_end) as date)', 'day') ~ ' + 1)',
                'activities.coverage_days'
            ) }}
            - {{ cumulative_share(
                'activities.quantity',
                dbt.datediff('activities.coverage_start',
                    'cast(greatest(stretches.part_start, months.month_start) as date)', 'day'),
                'activities.coverage_days'
            ) }}
        as decimal(19, 6)) as quantity
    from stretches
    inner join {{ ref('int_delivered_activities') }} as activities
        on stretches.activity_id = activities.activity_id
    inner join {{ ref('int_months') }} as months
        on stretches.part_start <= months.month_end and stretches.part_end >= months.month_start

),

series as (

    select facility_id, activity_type, '' as meter_id, period, month_end, unit, data_quality, quantity
    from spread_out
    union all
    select facility_id, activity_type, main_meter_id, period, month_end, unit, data_quality, quantity
    from spread_out
    where main_meter_id is not null

),

months as (

    select
        facility_id,
        activity_type,
        meter_id,
        period,
        month_end,
        min(unit) as unit,
        sum(quantity) as quantity
    from series
    group by facility_id, activity_type, meter_id, period, month_end
    having
        -- An estimate does not rest on an estimate, nor on a quantity that could not be read or is of two kinds.
        max(case when data_quality = 'estimated' then 1 else 0 end) = 0
        and count(quantity) = count(*)
        and min(unit) = max(unit)
        and sum(quantity) >= 0
        and sum(quantity) < 1000000000000

)

select
    facility_id,
    activity_type,
    meter_id,
    period,
    {{ days_inclusive('period', 'month_end') }} as days,
    cast(quantity as decimal(19, 6)) as quantity,
    unit
from months
where
    not exists (
        select 1 from unmeasured
        where
            months.facility_id = unmeasured.facility_id
            and months.activity_type = unmeasured.activity_type
            and months.meter_id = unmeasured.meter_id
            and unmeasured.gap_start <= months.month_end
            and unmeasured.gap_end >= months.period
    )
    -- The sum of a facility lacks the meter that was not read.
    and not exists (
        select 1 from gaps
        where
            months.facility_id = gaps.facility_id
            and months.activity_type = gaps.activity_type
            and months.period = gaps.period
            and months.meter_id = ''
    )
