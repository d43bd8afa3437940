-- One row per segment of purchased electricity on days on which its facility is valid: its MWh, and whether a supplier's or a
-- contract's factor speaks of it (which certificates come after).
with

rated as (

    select facility_id, supplier, activity_type, factor_date
    from {{ ref('int_factor_matches') }}
    where stage = 'direct' and scope2_method = 'market' and market_basis = 'supplier'

)

select
    segments.activity_id,
    segments.segment_start,
    segments.facility_id,
    segments.period,
    segments.factor_date,
    facilities.valid_from,
    segments.own_factor is not null or rated.facility_id is not null as has_supplier_factor,
    segments.quantity,
    cast(back.factor as decimal(19, 12)) as units_per_mwh,
    case
        when conversions.factor = 1 then segments.quantity
        else cast(segments.quantity * cast(conversions.factor as decimal(19, 12)) as decimal(19, 6))
    end as quantity_mwh
from {{ ref('int_activity_segments') }} as segments
inner join {{ ref('int_activity_types') }} as types
    on segments.activity_type = types.activity_type
inner join {{ ref('int_unit_conversions') }} as conversions
    on segments.unit = conversions.from_unit and conversions.to_unit = 'MWh'
inner join {{ ref('int_unit_conversions') }} as back
    on back.from_unit = 'MWh' and back.to_unit = segments.unit
-- Days on which the facility is not valid have no emission line that an instrument could serve.
inner join {{ ref('int_facilities') }} as facilities
    on
        segments.facility_id = facilities.facility_id
        and segments.factor_date between facilities.valid_from and facilities.valid_to
left join {{ ref('int_factor_places') }} as places
    on segments.facility_id = places.facility_id
left join {{ ref('int_named_suppliers') }} as named_suppliers
    on segments.supplier = named_suppliers.supplier
left join rated
    on
        rated.facility_id = coalesce(places.factor_place, segments.facility_id)
        and rated.supplier = coalesce(named_suppliers.geography, '')
        and segments.activity_type = rated.activity_type
        and segments.factor_date = rated.factor_date
where {{ is_purchased_electricity('types') }}
