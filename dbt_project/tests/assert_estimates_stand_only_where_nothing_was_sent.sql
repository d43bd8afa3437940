-- An estimate gives way to data: no day of it is covered by anything that counts for the same facility and activity type
-- (for the estimate of a meter: by any reading of that meter).
{{ config(meta={'dagster': {'ref': {'name': 'estimates'}}}) }}

select
    estimates.facility_id,
    estimates.activity_type,
    estimates.meter_id,
    estimates.first_day,
    estimates.last_day,
    activities.activity_id,
    parts.part_start,
    parts.part_end
from {{ ref('estimates') }} as estimates
inner join {{ ref('int_delivered_activities') }} as activities
    on
        estimates.facility_id = activities.facility_id
        and estimates.activity_type = activities.activity_type
        and (estimates.meter_id is null or estimates.meter_id = activities.meter_id)
inner join (
    select activity_id, part_start, part_end from {{ ref('int_counted_parts') }}
    union all
    select activity_id, coverage_start, coverage_end from {{ ref('int_delivered_activities') }} where role = 'consumption'
) as parts
    on
        activities.activity_id = parts.activity_id
        and parts.part_start <= estimates.last_day
        and parts.part_end >= estimates.first_day
-- A correction says nothing about the days that it stands for.
where coalesce(activities.data_quality, '') <> 'correction'
