-- One row per facility, month and validity interval of the facility with purchased electricity: the MWh that instruments
-- can serve. A month in which the share of a facility changes has two.
with

segments as (

    select
        segments.facility_id,
        segments.period,
        segments.factor_date,
        cast(segments.quantity * cast(conversions.factor as decimal(19, 12)) as decimal(19, 6)) as quantity_mwh
    from {{ ref('int_activity_segments') }} as segments
    inner join {{ ref('int_activity_types') }} as types
        on segments.activity_type = types.activity_type
    inner join {{ ref('int_unit_conversions') }} as conversions
        on segments.unit = conversions.from_unit and conversions.to_unit = 'MWh'
    where {{ is_purchased_electricity('types') }}

),

facilities as (

    select
        facility_id, base, country, valid_from, valid_to
    from {{ ref('int_facilities') }}

),

consolidated as (

    select facility_id, valid_from
    from {{ ref('int_consolidation_shares') }}
    where boundary_route = 'consolidated' and share > 0

)

select
    segments.facility_id,
    segments.period,
    facilities.valid_from,
    max(facilities.base) as base,
    max(facilities.country) as country,
    count(consolidated.facility_id) > 0 as is_in_boundary,
    cast(sum(segments.quantity_mwh) as decimal(19, 6)) as demand_mwh
from segments
inner join facilities
    on
        segments.facility_id = facilities.facility_id
        and segments.factor_date between facilities.valid_from and facilities.valid_to
left join consolidated
    on facilities.facility_id = consolidated.facility_id and facilities.valid_from = consolidated.valid_from
group by segments.facility_id, segments.period, facilities.valid_from
having sum(segments.quantity_mwh) > 0
