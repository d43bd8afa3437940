-- One row per counted stretch of an activity type that facilities.csv expects: the days that it speaks for, none where it is a
-- correction. Empty where
-- estimation_methods is: then nothing below has anything to do.
with

expected as (

    select distinct facility_id, activity_type
    from {{ ref('int_expected_types') }}
    where
        exists (select 1 from {{ source('raw', 'estimation_methods') }})
        -- More of these is not the cautious side: energy that is sold, or generated on site.
        and activity_type not like 'exported%'
        and activity_type <> 'onsite_renewable_electricity'

),

counted as (

    select
        activity_id, facility_id, activity_type, feed, meter_id, coverage_days, data_quality,
        coverage_start as part_start, coverage_end as part_end
    from {{ ref('int_delivered_activities') }}
    where role = 'consumption'
    union all
    select
        activities.activity_id, activities.facility_id, activities.activity_type, activities.feed, activities.meter_id,
        activities.coverage_days, activities.data_quality, parts.part_start, parts.part_end
    from {{ ref('int_counted_parts') }} as parts
    inner join {{ ref('int_delivered_activities') }} as activities
        on parts.activity_id = activities.activity_id

),

stretches as (

    select
        activities.activity_id,
        activities.facility_id,
        activities.activity_type,
        main_meters.meter_id as main_meter_id,
        activities.part_start,
        activities.part_end,
        -- A reading or an invoice speaks for its days; a record of the activity log, and whatever is dated on a single
        -- day, for its months: nobody logs the days on which nothing was refuelled.
        activities.feed in ('energy_ledger', 'invoices') and activities.coverage_days > 1 as by_days,
        coalesce(activities.data_quality, '') = 'correction' as is_correction
    from counted as activities
    inner join expected
        on activities.facility_id = expected.facility_id and activities.activity_type = expected.activity_type
    left join {{ ref('int_meters') }} as main_meters
        on
            activities.feed = 'energy_ledger'
            and activities.facility_id = main_meters.facility_id
            and activities.meter_id = main_meters.meter_id
            and main_meters.parent_meter_id is null

)

select
    activity_id,
    facility_id,
    activity_type,
    main_meter_id,
    part_start,
    part_end,
    case when is_correction then null when by_days then part_start else {{ month_of('part_start') }} end as stated_from,
    case
        when is_correction then null
        when by_days then part_end
        else cast(cast({{ dbt.dateadd('month', 1, month_of('part_end')) }} as date) - 1 as date)
    end as stated_to
from stretches
