-- One row per facility, validity interval and activity type that facilities.csv expects data for every month.
with

numbers as (

    select cast(i as integer) as i from range(1, 200) as numbers_from_one(i)

)

select distinct
    facilities.facility_id,
    trim(split_part(facilities.expected_activity_types, ';', numbers.i)) as activity_type,
    facilities.valid_from,
    facilities.valid_to
from {{ ref('int_facilities') }} as facilities
cross join numbers
where trim(split_part(facilities.expected_activity_types, ';', numbers.i)) <> ''
