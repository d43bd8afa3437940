-- One row per facility, activity type and day inside a month on which ownership, a factor or a fuel property changes, or
-- the claim of an instrument on purchased electricity begins or has ended.
with

used as (

    select distinct
        activities.facility_id, activities.activity_type, types.fuel,
        coalesce({{ is_purchased_electricity('types') }}, false) as is_purchased_electricity
    from {{ ref('int_activities') }} as activities
    inner join {{ ref('int_activity_types') }} as types
        on activities.activity_type = types.activity_type

),

changes as (

    select used.facility_id, used.activity_type, intervals.valid_from, intervals.valid_to
    from used
    inner join {{ ref('int_facilities') }} as intervals on used.facility_id = intervals.facility_id
    union all
    select used.facility_id, used.activity_type, intervals.valid_from, intervals.valid_to
    from used
    inner join {{ ref('int_emission_factors') }} as intervals on used.activity_type = intervals.activity_type
    union all
    select used.facility_id, used.activity_type, intervals.valid_from, intervals.valid_to
    from used
    inner join {{ ref('int_fuel_properties') }} as intervals on used.fuel = intervals.fuel
    union all
    select used.facility_id, used.activity_type, intervals.valid_from, intervals.valid_to
    from used
    inner join {{ ref('int_fuel_densities') }} as intervals on used.fuel = intervals.fuel
    union all
    select used.facility_id, used.activity_type, claims.claim_start, claims.claim_end
    from used
    cross join (
        select distinct claim_start, claim_end from {{ ref('int_instruments') }} where failed_criterion is null
    ) as claims
    where used.is_purchased_electricity

),

days as (

    select facility_id, activity_type, valid_from as change_day from changes
    union
    select facility_id, activity_type, cast(valid_to + 1 as date) as change_day from changes

)

select facility_id, activity_type, change_day
from days
where extract(day from change_day) <> 1
