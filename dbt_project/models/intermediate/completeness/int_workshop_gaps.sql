-- One row per year, facility, workshop, activity type and meter of a workshop that produced: the days of production that the
-- meter should have read and did not, while the facility is in the boundary. meter_id is empty for days that none of the workshop's meters of the type read.
with

produced as (

    select
        production.facility_id,
        production.workshop,
        months.month_start,
        bit_or({{ day_bits(
            'greatest(production.coverage_start, months.month_start, shares.valid_from)',
            'least(production.coverage_end, months.month_end, shares.valid_to)'
        ) }}) as production_bits
    from {{ ref('stg_production') }} as production
    inner join {{ ref('int_months') }} as months
        on production.coverage_start <= months.month_end and production.coverage_end >= months.month_start
    inner join {{ ref('int_consolidation_shares') }} as shares
        on
            production.facility_id = shares.facility_id
            and shares.boundary_route = 'consolidated'
            and shares.share > 0
            and shares.valid_from <= least(production.coverage_end, months.month_end)
            and shares.valid_to >= greatest(production.coverage_start, months.month_start)
    where production.row_status = 'accepted' and production.quantity > 0
    group by production.facility_id, production.workshop, months.month_start

),

readings as (

    select
        meters.facility_id,
        meters.workshop,
        activities.activity_type,
        meters.meter_id,
        -- What is dated on a single day speaks for its month.
        case
            when activities.coverage_days > 1 then activities.coverage_start
            else {{ month_of('activities.coverage_start') }}
        end as first_day,
        case
            when activities.coverage_days > 1 then activities.coverage_end
            else {{ dbt.last_day('activities.coverage_end', 'month') }}
        end as last_day
    from {{ ref('int_delivered_activities') }} as activities
    inner join {{ ref('int_meters') }} as meters
        on activities.facility_id = meters.facility_id and activities.meter_id = meters.meter_id
    where meters.workshop is not null and coalesce(activities.data_quality, '') <> 'correction'

),

lifetimes as (

    select
        facility_id, workshop, activity_type, meter_id, min(first_day) as first_day, max(last_day) as last_day
    from readings
    group by facility_id, workshop, activity_type, meter_id

),

-- A meter that takes over from another begins later, and one that another takes over from ends earlier, than the workshop.
terms as (

    select
        lifetimes.facility_id,
        lifetimes.workshop,
        lifetimes.activity_type,
        lifetimes.meter_id,
        case when count(case when others.last_day <= lifetimes.first_day then 1 end) > 0 then lifetimes.first_day end
            as due_from,
        case when count(case when others.first_day >= lifetimes.last_day then 1 end) > 0 then lifetimes.last_day end
            as due_to
    from lifetimes
    left join lifetimes as others
        on
            lifetimes.facility_id = others.facility_id
            and lifetimes.workshop = others.workshop
            and lifetimes.activity_type = others.activity_type
    group by
        lifetimes.facility_id, lifetimes.workshop, lifetimes.activity_type, lifetimes.meter_id, lifetimes.first_day,
        lifetimes.last_day
    union all
    select distinct
        facility_id, workshop, activity_type, '' as meter_id, cast(null as date) as due_from, cast(null as date) as due_to
    from lifetimes

),

read_months as (

    select
        readings.facility_id,
        readings.workshop,
        readings.activity_type,
        meters.meter_id,
        months.month_start,
        bit_or({{ day_bits(
            'greatest(readings.first_day, months.month_start)', 'least(readings.last_day, months.month_end)'
        ) }}) as read_bits
    from readings
    inner join {{ ref('int_months') }} as months
        on readings.first_day <= months.month_end and readings.last_day >= months.month_start
    inner join terms as meters
        on
            readings.facility_id = meters.facility_id
            and readings.workshop = meters.workshop
            and readings.activity_type = meters.activity_type
            and meters.meter_id in (readings.meter_id, '')
    group by
        readings.facility_id, readings.workshop, readings.activity_type, meters.meter_id, months.month_start

),

missing as (

    select
        terms.facility_id,
        terms.workshop,
        terms.activity_type,
        terms.meter_id,
        produced.month_start,
        produced.production_bits
        & {{ day_bits(
            'greatest(coalesce(terms.due_from, produced.month_start), produced.month_start)',
            'least(coalesce(terms.due_to, ' ~ dbt.last_day('produced.month_start', 'month') ~ '), '
            ~ dbt.last_day('produced.month_start', 'month') ~ ')'
        ) }}
        & ~coalesce(read_months.read_bits, 0) as missing_bits
    from terms
    inner join produced
        on terms.facility_id = produced.facility_id and terms.workshop = produced.workshop
    left join read_months
        on
            terms.facility_id = read_months.facility_id
            and terms.workshop = read_months.workshop
            and terms.activity_type = read_months.activity_type
            and terms.meter_id = read_months.meter_id
            and produced.month_start = read_months.month_start

)

select
    cast(extract(year from month_start) as integer) as year,
    facility_id,
    workshop,
    activity_type,
    meter_id,
    cast(sum(bit_count(missing_bits)) as integer) as missing_days,
    min(month_start) as first_month
from missing
where missing_bits <> 0
group by extract(year from month_start), facility_id, workshop, activity_type, meter_id
