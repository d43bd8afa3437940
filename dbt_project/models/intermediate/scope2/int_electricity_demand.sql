-- One row per facility, stretch of a month in which nothing changes (`factor_date` is its first day) and whether a supplier's factor
-- speaks of the electricity: the MWh purchased that instruments can serve.
with

consolidated as (

    select facility_id, valid_from
    from {{ ref('int_consolidation_shares') }}
    where boundary_route = 'consolidated' and share > 0

)

select
    segments.facility_id,
    segments.period,
    segments.factor_date,
    segments.has_supplier_factor,
    max(facilities.base) as base,
    max(facilities.country) as country,
    count(consolidated.facility_id) > 0 as is_in_boundary,
    cast(sum(segments.quantity_mwh) as decimal(19, 6)) as demand_mwh
from {{ ref('int_electricity_segments') }} as segments
inner join {{ ref('int_facilities') }} as facilities
    on segments.facility_id = facilities.facility_id and segments.valid_from = facilities.valid_from
left join consolidated
    on facilities.facility_id = consolidated.facility_id and facilities.valid_from = consolidated.valid_from
group by segments.facility_id, segments.period, segments.factor_date, segments.has_supplier_factor
having sum(segments.quantity_mwh) > 0
