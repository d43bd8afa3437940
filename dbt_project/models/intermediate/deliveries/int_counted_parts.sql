-- One row per activity and stretch of days for which it counts as consumption.
with

activities as (

    select activity_id, feed, role, facility_id, activity_type, meter_id, coverage_start, coverage_end
    from {{ ref('int_delivered_activities') }}

),

-- An invoice gives way to the ledger, the posting of a purchase to the ledger and to invoices.
better_coverage as (

    select distinct 'invoices' as feed, facility_id, activity_type, coverage_start, coverage_end
    from {{ ref('int_delivered_activities') }}
    where feed = 'energy_ledger'
    union
    select distinct 'procurement' as feed, facility_id, activity_type, coverage_start, coverage_end
    from {{ ref('int_delivered_activities') }}
    where feed in ('energy_ledger', 'invoices')

),

better_gaps as (

    {{ coverage_gaps('better_coverage', ['feed', 'facility_id', 'activity_type']) }}

),

-- What the meters above a sub-meter were read for.
parent_coverage as (

    select distinct
        ancestors.facility_id,
        ancestors.meter_id,
        readings.activity_type,
        readings.coverage_start,
        readings.coverage_end
    from {{ ref('int_meter_ancestors') }} as ancestors
    inner join {{ ref('int_delivered_activities') }} as readings
        on
            ancestors.facility_id = readings.facility_id
            and ancestors.ancestor_meter_id = readings.meter_id
            and readings.feed = 'energy_ledger'

),

parent_gaps as (

    {{ coverage_gaps('parent_coverage', ['facility_id', 'meter_id', 'activity_type']) }}

),

parts as (

    select activity_id, coverage_start as part_start, coverage_end as part_end, 'whole' as reason
    from activities
    where role = 'consumption'
    union all
    select
        activities.activity_id,
        greatest(activities.coverage_start, coalesce(better_gaps.gap_start, activities.coverage_start)) as part_start,
        least(activities.coverage_end, coalesce(better_gaps.gap_end, activities.coverage_end)) as part_end,
        'no_ledger' as reason
    from activities
    left join better_gaps
        on
            activities.feed = better_gaps.feed
            and activities.facility_id = better_gaps.facility_id
            and activities.activity_type = better_gaps.activity_type
    where activities.role = 'evidence'
    union all
    select
        activities.activity_id,
        greatest(activities.coverage_start, coalesce(parent_gaps.gap_start, activities.coverage_start)) as part_start,
        least(activities.coverage_end, coalesce(parent_gaps.gap_end, activities.coverage_end)) as part_end,
        'no_parent' as reason
    from activities
    left join parent_gaps
        on
            activities.facility_id = parent_gaps.facility_id
            and activities.meter_id = parent_gaps.meter_id
            and activities.activity_type = parent_gaps.activity_type
    where activities.role = 'sub_meter'

)

select activity_id, part_start, part_end, reason
from parts
where part_start <= part_end
