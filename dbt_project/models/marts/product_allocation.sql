-- One row per year, facility, workshop (or `unallocated`), activity type and unit: Scope 1 and 2 broken down by the
-- sub-meters. The rows of a year sum to the entity. Scope 2 is in the target's method, the other beside it.
select
    year,
    facility_id,
    workshop,
    activity_type,
    unit,
    cast(sum(quantity) as decimal(25, 6)) as quantity,
    cast(sum(co2e_kg) as decimal(38, 18)) as co2e_kg,
    cast(sum(other_method_co2e_kg) as decimal(38, 18)) as other_method_co2e_kg,
    cast(sum(gross_co2e_kg) as decimal(38, 18)) as gross_co2e_kg
from {{ ref('int_allocation') }}
group by year, facility_id, workshop, activity_type, unit
