-- One row per sub-meter reading and month: the quantity that breaks its parent meter down there.
with

readings as (

    select activities.*
    from {{ ref('int_delivered_activities') }} as activities
    -- A reading that could not be converted has a finding, and breaks nothing down.
    where activities.role = 'sub_meter' and activities.quantity is not null

),

spread_out as (

    select
        readings.activity_id,
        readings.facility_id,
        readings.meter_id,
        readings.activity_type,
        readings.unit,
        months.month_start as period,
        cast(
            {{ cumulative_share(
                'readings.quantity',
                '(' ~ dbt.datediff('readings.coverage_start',
                    'cast(least(readings.coverage_end, months.month_end) as date)', 'day') ~ ' + 1)',
                'readings.coverage_days'
            ) }}
            - {{ cumulative_share(
                'readings.quantity',
                dbt.datediff('readings.coverage_start',
                    'cast(greatest(readings.coverage_start, months.month_start) as date)', 'day'),
                'readings.coverage_days'
            ) }}
        as decimal(19, 6)) as quantity
    from readings
    inner join {{ ref('int_months') }} as months
        on readings.coverage_start <= months.month_end and readings.coverage_end >= months.month_start

),

-- Days that the parent lacks count as consumption and are no breakdown.
counted as (

    select activity_id, period, cast(sum(quantity) as decimal(19, 6)) as quantity
    from {{ ref('int_activity_segments') }}
    where reason = 'no_parent'
    group by activity_id, period

)

select
    spread_out.activity_id,
    spread_out.facility_id,
    spread_out.meter_id,
    spread_out.activity_type,
    spread_out.unit,
    spread_out.period,
    cast(spread_out.quantity - coalesce(counted.quantity, 0) as decimal(19, 6)) as quantity
from spread_out
left join counted
    on spread_out.activity_id = counted.activity_id and spread_out.period = counted.period
