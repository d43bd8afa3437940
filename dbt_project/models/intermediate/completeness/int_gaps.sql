-- One row per stretch of days inside a month for which nobody sent anything, of an activity type that facilities.csv
-- expects (meter_id empty) or of one of its main meters while others were read.
with

coverage as (

    select * from {{ ref('int_expected_coverage') }} where stated_from is not null

),

type_coverage as (

    select facility_id, activity_type, stated_from as coverage_start, stated_to as coverage_end
    from coverage

),

type_gaps as (

    {{ coverage_gaps('type_coverage', ['facility_id', 'activity_type']) }}

),

main_meters as (

    select
        facility_id,
        activity_type,
        main_meter_id as meter_id,
        min(stated_from) as first_day,
        max(stated_to) as last_day
    from coverage
    where main_meter_id is not null
    group by facility_id, activity_type, main_meter_id

),

-- A meter lacks a reading only while nothing but other main meters was read: an invoice, a sub-meter or a row that
-- names no known meter may hold its quantity. Days without anything at all are gaps of the type, not of each meter.
meter_coverage as (

    select
        main_meters.facility_id, main_meters.activity_type, main_meters.meter_id,
        coverage.stated_from as coverage_start, coverage.stated_to as coverage_end
    from main_meters
    inner join coverage
        on
            main_meters.facility_id = coverage.facility_id
            and main_meters.activity_type = coverage.activity_type
            and (coverage.main_meter_id is null or coverage.main_meter_id = main_meters.meter_id)
    union all
    select
        main_meters.facility_id, main_meters.activity_type, main_meters.meter_id,
        type_gaps.gap_start as coverage_start, type_gaps.gap_end as coverage_end
    from main_meters
    inner join type_gaps
        on
            main_meters.facility_id = type_gaps.facility_id
            and main_meters.activity_type = type_gaps.activity_type

),

meter_gaps as (

    {{ coverage_gaps('meter_coverage', ['facility_id', 'activity_type', 'meter_id']) }}

),

gaps as (

    select facility_id, activity_type, '' as meter_id, gap_start, gap_end
    from type_gaps
    union all
    -- Before its first and after its last reading a meter was not there yet, or no longer.
    select
        meter_gaps.facility_id,
        meter_gaps.activity_type,
        meter_gaps.meter_id,
        greatest(meter_gaps.gap_start, main_meters.first_day) as gap_start,
        least(meter_gaps.gap_end, main_meters.last_day) as gap_end
    from meter_gaps
    inner join main_meters
        on
            meter_gaps.facility_id = main_meters.facility_id
            and meter_gaps.activity_type = main_meters.activity_type
            and meter_gaps.meter_id = main_meters.meter_id

),

-- The whole months that the organisation's data of expected types reach over: the month that a reading cycle begins in,
-- and the one that is still under way, are not gaps of everybody else.
reach as (

    select
        cast({{ dbt.dateadd('month', 1, month_of('cast(min(part_start) - 1 as date)')) }} as date) as first_day,
        cast({{ month_of('cast(max(part_end) + 1 as date)') }} - 1 as date) as last_day
    from coverage

),

placed as (

    select
        gaps.facility_id,
        gaps.activity_type,
        gaps.meter_id,
        months.month_start as period,
        {{ days_inclusive('months.month_start', 'months.month_end') }} as days_of_month,
        greatest(gaps.gap_start, months.month_start, expected.valid_from) as first_day,
        least(gaps.gap_end, months.month_end, expected.valid_to) as last_day
    from gaps
    inner join {{ ref('int_expected_types') }} as expected
        on gaps.facility_id = expected.facility_id and gaps.activity_type = expected.activity_type
    cross join reach
    inner join {{ ref('int_months') }} as months
        on
            gaps.gap_start <= months.month_end and gaps.gap_end >= months.month_start
            and months.month_start between reach.first_day and reach.last_day

)

select
    facility_id,
    activity_type,
    meter_id,
    period,
    first_day,
    last_day,
    {{ days_inclusive('first_day', 'last_day') }} as days,
    days_of_month
from placed
where first_day <= last_day
