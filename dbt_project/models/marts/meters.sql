-- One row per meter of meters.csv or of an accepted ledger row: what it measures, its calibration and its readings.
with

readings as (

    select * from {{ ref('int_meter_readings') }}

),

known as (

    select facility_id, meter_id from {{ ref('int_meters') }}
    union
    select facility_id, meter_id from readings

)

select
    cast(known.facility_id as string) as facility_id,
    cast(known.meter_id as string) as meter_id,
    cast(meters.meter_id is not null as boolean) as is_registered,
    cast(meters.workshop as string) as workshop,
    cast(meters.activity_type as string) as activity_type,
    cast(meters.parent_meter_id as string) as parent_meter_id,
    cast(meters.model as string) as model,
    cast(meters.accuracy as string) as accuracy,
    meters.calibrated_on,
    meters.calibration_due,
    cast(meters.calibration_due < readings.last_day_read as boolean) as is_calibration_overdue,
    readings.first_day_read,
    readings.last_day_read,
    coalesce(readings.readings, 0) as readings
from known
left join {{ ref('int_meters') }} as meters
    on known.facility_id = meters.facility_id and known.meter_id = meters.meter_id
left join readings
    on known.facility_id = readings.facility_id and known.meter_id = readings.meter_id
