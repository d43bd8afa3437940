-- One row per place, supplier, activity type, process, line unit and date for which factors are needed. A place is all
-- facilities that factors do not tell apart, named by the first of them (int_factor_places); a supplier is one that a
-- factor row names, else empty: what nothing depends on is not asked again for each of a million purchases.
with

needed as (

    select distinct
        coalesce(places.factor_place, segments.facility_id) as facility_id,
        coalesce(named.geography, '') as supplier,
        segments.activity_type,
        segments.process,
        segments.unit,
        segments.factor_date
    from {{ ref('int_activity_segments') }} as segments
    left join {{ ref('int_factor_places') }} as places
        on segments.facility_id = places.facility_id
    left join {{ ref('int_named_suppliers') }} as named
        on segments.supplier = named.supplier

)

select
    needed.*,
    types.method,
    types.fuel,
    types.gas,
    types.source_class,
    types.carrier_class,
    types.fuel_use
from needed
inner join {{ ref('int_activity_types') }} as types
    on needed.activity_type = types.activity_type
