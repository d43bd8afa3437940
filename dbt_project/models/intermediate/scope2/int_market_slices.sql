-- One row per purchased-electricity segment and instrument that serves a part of it. The segments of one stretch (days on which
-- nothing changes, with or without a supplier's factor) are served in proportion to their MWh; within what is served of them
-- segments and instruments are laid side by side, so that neither gives away more than it has.
with

segments as (

    select
        activity_id, segment_start, facility_id, period, factor_date, has_supplier_factor, quantity, units_per_mwh, quantity_mwh,
        sum(quantity_mwh) over (
            partition by facility_id, period, factor_date, has_supplier_factor order by segment_start, activity_id
            rows between unbounded preceding and current row
        ) as through_mwh,
        sum(quantity_mwh) over (partition by facility_id, period, factor_date, has_supplier_factor) as total_mwh
    from {{ ref('int_electricity_segments') }}
    where quantity > 0 and facility_id in (select facility_id from {{ ref('int_instrument_allocations') }})

),

placed_allocations as (

    select
        activity_id as instrument_activity_id,
        facility_id,
        period,
        factor_date,
        has_supplier_factor,
        allocated_mwh,
        sum(allocated_mwh) over (
            partition by facility_id, period, factor_date, has_supplier_factor order by step, activity_id
            rows between unbounded preceding and current row
        ) as upper_mwh,
        sum(allocated_mwh) over (partition by facility_id, period, factor_date, has_supplier_factor) as served_mwh
    from {{ ref('int_instrument_allocations') }}

),

served as (

    select facility_id, period, factor_date, has_supplier_factor, max(served_mwh) as served_mwh
    from placed_allocations
    group by facility_id, period, factor_date, has_supplier_factor

),

-- Where the served part of a segment lies among those of its stretch.
placed_segments as (

    select
        segments.*,
        {{ proportional_share('served.served_mwh', 'segments.through_mwh - segments.quantity_mwh', 'segments.total_mwh') }}
            as from_mwh,
        {{ proportional_share('served.served_mwh', 'segments.through_mwh', 'segments.total_mwh') }} as upper_mwh
    from segments
    inner join served
        on
            segments.facility_id = served.facility_id
            and segments.period = served.period
            and segments.factor_date = served.factor_date
            and segments.has_supplier_factor = served.has_supplier_factor

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
        greatest(allocations.upper_mwh - allocations.allocated_mwh - segments.from_mwh, 0) as lower_mwh,
        least(allocations.upper_mwh, segments.upper_mwh) - segments.from_mwh as upper_mwh
    from placed_segments as segments
    inner join placed_allocations as allocations
        on
            segments.facility_id = allocations.facility_id
            and segments.period = allocations.period
            and segments.factor_date = allocations.factor_date
            and segments.has_supplier_factor = allocations.has_supplier_factor
            and segments.upper_mwh > allocations.upper_mwh - allocations.allocated_mwh
            and allocations.upper_mwh > segments.from_mwh
    where segments.upper_mwh > segments.from_mwh

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
