-- One row per sub-meter reading (or invoice, for days without a reading of the meter) and month: the quantity that breaks
-- its parent meter down there, on the days on which the facility is in the boundary, as the parent's line counts it. A month
-- wholly outside the boundary has no line that could be broken down, and stands here whole for the finding that says so.
with

readings as (

    select activities.*
    from {{ ref('int_delivered_activities') }} as activities
    -- A reading that could not be converted has a finding, and breaks nothing down.
    where activities.role = 'sub_meter' and activities.quantity is not null

),

read_days as (

    select facility_id, meter_id, activity_type, coverage_start, coverage_end
    from readings
    where feed = 'energy_ledger'

),

unread_days as (

    {{ coverage_gaps('read_days', ['facility_id', 'meter_id', 'activity_type']) }}

),

stretches as (

    select
        readings.*,
        greatest(readings.coverage_start, unread_days.gap_start) as part_start,
        least(readings.coverage_end, unread_days.gap_end) as part_end
    from readings
    left join unread_days
        on
            readings.feed = 'invoices'
            and readings.facility_id = unread_days.facility_id
            and readings.meter_id = unread_days.meter_id
            and readings.activity_type = unread_days.activity_type

),

-- The days of a facility's months on which it is in the boundary; of a month without any, all of them.
boundary_months as (

    select
        facilities.facility_id,
        months.month_start,
        greatest(shares.valid_from, months.month_start) as first_day,
        least(shares.valid_to, months.month_end) as last_day
    from (select distinct facility_id from readings) as facilities
    cross join {{ ref('int_months') }} as months
    left join {{ ref('int_consolidation_shares') }} as shares
        on
            facilities.facility_id = shares.facility_id
            and shares.boundary_route = 'consolidated'
            and shares.share > 0
            and shares.valid_from <= months.month_end
            and shares.valid_to >= months.month_start

),

spread_out as (

    select
        stretches.activity_id,
        stretches.facility_id,
        stretches.meter_id,
        stretches.activity_type,
        stretches.unit,
        months.month_start as period,
        cast(case
            when inside.facility_id is null then 0
            else {{ cumulative_share(
                'stretches.quantity',
                '(' ~ dbt.datediff('stretches.coverage_start',
                    'cast(least(stretches.part_end, inside.last_day) as date)', 'day') ~ ' + 1)',
                'stretches.coverage_days'
            ) }}
            - {{ cumulative_share(
                'stretches.quantity',
                dbt.datediff('stretches.coverage_start',
                    'cast(greatest(stretches.part_start, inside.first_day) as date)', 'day'),
                'stretches.coverage_days'
            ) }}
        end as decimal(19, 6)) as quantity
    from stretches
    inner join {{ ref('int_months') }} as months
        on stretches.part_start <= months.month_end and stretches.part_end >= months.month_start
    left join boundary_months as inside
        on
            stretches.facility_id = inside.facility_id
            and months.month_start = inside.month_start
            and stretches.part_start <= inside.last_day
            and stretches.part_end >= inside.first_day
    where stretches.part_start <= stretches.part_end

),

-- Days that the parent lacks count as consumption and are no breakdown.
counted as (

    select segments.activity_id, segments.period, cast(sum(segments.quantity) as decimal(19, 6)) as quantity
    from {{ ref('int_activity_segments') }} as segments
    inner join boundary_months
        on
            segments.facility_id = boundary_months.facility_id
            and segments.period = boundary_months.month_start
            and segments.factor_date between boundary_months.first_day and boundary_months.last_day
    where segments.activity_id in (select activity_id from readings)
    group by segments.activity_id, segments.period

)

select
    spread_out.activity_id,
    spread_out.facility_id,
    spread_out.meter_id,
    spread_out.activity_type,
    spread_out.unit,
    spread_out.period,
    cast(sum(spread_out.quantity) - coalesce(counted.quantity, 0) as decimal(19, 6)) as quantity
from spread_out
left join counted
    on spread_out.activity_id = counted.activity_id and spread_out.period = counted.period
group by
    spread_out.activity_id, spread_out.facility_id, spread_out.meter_id, spread_out.activity_type, spread_out.unit,
    spread_out.period, counted.quantity
