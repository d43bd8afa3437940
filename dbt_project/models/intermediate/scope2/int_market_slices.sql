-- One row per purchased-electricity segment and instrument that serves a part of it: the two are laid side by side within
-- the facility's month (and within the stretch of it in which the share is one), so that neither an instrument nor a line
-- gives away more than it has.
with

segments as (

    select
        segments.activity_id,
        segments.segment_start,
        segments.facility_id,
        segments.period,
        facilities.valid_from,
        segments.quantity,
        cast(conversions.factor as decimal(19, 12)) as mwh_per_unit,
        cast(back.factor as decimal(19, 12)) as units_per_mwh,
        cast(segments.quantity * cast(conversions.factor as decimal(19, 12)) as decimal(19, 6)) as quantity_mwh
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
    where {{ is_purchased_electricity('types') }} and segments.quantity > 0

),

placed_segments as (

    select
        segments.*,
        sum(quantity_mwh) over (
            partition by facility_id, period, valid_from order by segment_start, activity_id
            rows between unbounded preceding and current row
        ) as upper_mwh
    from segments
    where facility_id in (select facility_id from {{ ref('int_instrument_allocations') }})

),

placed_allocations as (

    select
        allocations.activity_id as instrument_activity_id,
        allocations.facility_id,
        allocations.period,
        allocations.valid_from,
        allocations.allocated_mwh,
        sum(allocations.allocated_mwh) over (
            partition by allocations.facility_id, allocations.period, allocations.valid_from
            order by allocations.step, allocations.activity_id
            rows between unbounded preceding and current row
        ) as upper_mwh
    from {{ ref('int_instrument_allocations') }} as allocations

),

-- Where in its line a slice begins and ends, in MWh.
shared_parts as (

    select
        segments.activity_id,
        segments.segment_start,
        segments.quantity,
        segments.quantity_mwh as line_mwh,
        segments.units_per_mwh,
        allocations.instrument_activity_id,
        greatest(
            allocations.upper_mwh - allocations.allocated_mwh - (segments.upper_mwh - segments.quantity_mwh), 0
        ) as lower_mwh,
        least(allocations.upper_mwh - (segments.upper_mwh - segments.quantity_mwh), segments.quantity_mwh) as upper_mwh
    from placed_segments as segments
    inner join placed_allocations as allocations
        on
            segments.facility_id = allocations.facility_id
            and segments.period = allocations.period
            and segments.valid_from = allocations.valid_from
            and segments.upper_mwh > allocations.upper_mwh - allocations.allocated_mwh
            and allocations.upper_mwh > segments.upper_mwh - segments.quantity_mwh

),

-- The same in the unit of the line: its end is its quantity, whatever the conversion to MWh rounded away.
converted as (

    select
        shared_parts.*,
        {%- for side in ['lower', 'upper'] %}
        case
            when {{ side }}_mwh = line_mwh then quantity
            else least(quantity, cast(cast({{ side }}_mwh as decimal(19, 6)) * units_per_mwh as decimal(19, 6)))
        end as {{ side }}_quantity{{ ',' if not loop.last }}
        {%- endfor %}
    from shared_parts

)

select
    activity_id,
    segment_start,
    instrument_activity_id,
    cast(sum(upper_mwh - lower_mwh) as decimal(19, 6)) as quantity_mwh,
    cast(sum(upper_quantity - lower_quantity) as decimal(19, 6)) as quantity
from converted
group by activity_id, segment_start, instrument_activity_id
