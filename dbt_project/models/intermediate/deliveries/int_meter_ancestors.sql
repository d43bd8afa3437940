-- One row per sub-meter and meter above it in the same facility.
with recursive

ancestors as (

    select facility_id, meter_id, parent_meter_id as ancestor_meter_id, 1 as distance
    from {{ ref('int_meters') }}
    where parent_meter_id is not null
    union all
    select ancestors.facility_id, ancestors.meter_id, parents.parent_meter_id, ancestors.distance + 1
    from ancestors
    inner join {{ ref('int_meters') }} as parents
        on
            ancestors.facility_id = parents.facility_id
            and ancestors.ancestor_meter_id = parents.meter_id
    where parents.parent_meter_id is not null and ancestors.distance < 20

)

select facility_id, meter_id, ancestor_meter_id, distance
from ancestors
