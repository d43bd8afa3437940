-- One row per meter (facility, meter_id). Its parent is written as the parent's own row writes it.
with

meters as (

    select * from {{ source('raw', 'reference_meters') }}

),

parents as (

    select facility_id, {{ meter_key('meter_id') }} as meter_key, min(meter_id) as meter_id
    from meters
    group by facility_id, {{ meter_key('meter_id') }}

)

select
    meters.facility_id,
    meters.meter_id,
    meters.workshop,
    meters.activity_type,
    coalesce(as_written.meter_id, parents.meter_id, meters.parent_meter_id) as parent_meter_id,
    meters.model,
    meters.accuracy,
    meters.calibrated_on,
    meters.calibration_due
from meters
left join meters as as_written
    on meters.facility_id = as_written.facility_id and meters.parent_meter_id = as_written.meter_id
left join parents
    on meters.facility_id = parents.facility_id and {{ meter_key('meters.parent_meter_id') }} = parents.meter_key
