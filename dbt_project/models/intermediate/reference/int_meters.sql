-- One row per meter (facility, meter_id).
select
    facility_id,
    meter_id,
    workshop,
    activity_type,
    parent_meter_id,
    model,
    accuracy,
    calibrated_on,
    calibration_due
from {{ source('raw', 'reference_meters') }}
