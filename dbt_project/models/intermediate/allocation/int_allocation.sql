-- One row per contribution to the breakdown by workshop: the consumption of a month on its own meter's workshop, and every
-- sub-meter reading moved from the workshop of the nearest meter above it that measured to its own. What belongs to no
-- workshop is `unallocated`.
with

organization as (

    select * from {{ ref('int_organization') }}

),

readings as (

    select * from {{ ref('int_sub_meter_months') }}

),

-- Of whom a reading may be a part: the meters above it, and the rows without a meter.
above_readings as (

    select readings.facility_id, ancestors.ancestor_meter_id as meter_id, readings.activity_type
    from readings
    inner join {{ ref('int_meter_ancestors') }} as ancestors
        on readings.facility_id = ancestors.facility_id and readings.meter_id = ancestors.meter_id
    union
    select facility_id, '' as meter_id, activity_type from readings

),

-- The meters of activities, where they tell something: at facilities with workshops or sub-meters. A reading that counts by
-- itself is known by its own name, all other lines of a meter are added up.
metered as (

    select
        activities.activity_id,
        meters.meter_id,
        meters.workshop,
        case when activities.activity_id in (select activity_id from readings) then activities.activity_id end as reading
    from {{ ref('int_activities') }} as activities
    inner join {{ ref('int_meters') }} as meters
        on activities.facility_id = meters.facility_id and activities.meter_id = meters.meter_id
    where
        activities.facility_id in (
            select facility_id from {{ ref('int_meters') }} where workshop is not null
            union
            select facility_id from readings
        )

),

lines as (

    select
        metered.reading as activity_id,
        emissions.period,
        emissions.facility_id,
        emissions.activity_type,
        emissions.unit,
        emissions.scope,
        coalesce(metered.meter_id, '') as meter_id,
        metered.workshop,
        -- A market-based line may stand in several slices, which need not begin on the same day.
        {%- for name, column, method in [
            ('quantity', 'quantity', 'target'), ('co2e_kg', 'co2e_kg', 'target'), ('other_method_co2e_kg', 'co2e_kg', 'other'),
            ('gross_co2e_kg', 'gross_co2e_kg', 'target')
        ] %}
        sum(case
            when emissions.scope2_method is null or emissions.scope2_method = organization.{{ method }}_scope2_method
                then emissions.{{ column }}
        end) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('emissions') }} as emissions
    cross join organization
    left join metered
        on emissions.activity_id = metered.activity_id
    where
        emissions.scope in (1, 2) and emissions.stage = 'direct' and emissions.boundary_route = 'consolidated'
    group by
        metered.reading, emissions.period, emissions.facility_id, emissions.activity_type, emissions.unit, emissions.scope,
        metered.meter_id, metered.workshop

),

-- What a main meter measured has one supplier and its instruments: its sub-meters carry its rate, not the facility's mean.
rates as (

    select
        facility_id,
        meter_id,
        activity_type,
        unit,
        period,
        cast({{ exact_quotient('co2e_kg', 'quantity') }} as decimal(18, 12)) as rate,
        cast({{ exact_quotient('other_method_co2e_kg', 'quantity') }} as decimal(18, 12)) as other_rate,
        cast({{ exact_quotient('gross_co2e_kg', 'quantity') }} as decimal(18, 12)) as gross_rate
    from (
        select
            lines.facility_id,
            lines.meter_id,
            lines.activity_type,
            lines.unit,
            lines.period,
            sum(lines.quantity) as quantity,
            sum(lines.co2e_kg) as co2e_kg,
            sum(lines.other_method_co2e_kg) as other_method_co2e_kg,
            sum(lines.gross_co2e_kg) as gross_co2e_kg
        from lines
        inner join above_readings
            on
                lines.facility_id = above_readings.facility_id
                and lines.meter_id = above_readings.meter_id
                and lines.activity_type = above_readings.activity_type
        group by lines.facility_id, lines.meter_id, lines.activity_type, lines.unit, lines.period
    ) as sums

),

measured as (

    select facility_id, meter_id, activity_type, unit, period from rates
    union
    select facility_id, meter_id, activity_type, unit, period from readings

),

-- The meters above a reading that measured something in its month, the nearest first; after them the rows without a meter.
holders as (

    select
        above.activity_id,
        above.period,
        above.distance,
        measured.meter_id,
        rates.rate,
        rates.other_rate,
        rates.gross_rate
    from (
        select readings.*, ancestors.ancestor_meter_id, ancestors.distance
        from readings
        inner join {{ ref('int_meter_ancestors') }} as ancestors
            on readings.facility_id = ancestors.facility_id and readings.meter_id = ancestors.meter_id
        union all
        select readings.*, '' as ancestor_meter_id, 1000 as distance
        from readings
    ) as above
    inner join measured
        on
            above.facility_id = measured.facility_id
            and above.ancestor_meter_id = measured.meter_id
            and above.activity_type = measured.activity_type
            and above.unit = measured.unit
            and above.period = measured.period
    left join rates
        on
            measured.facility_id = rates.facility_id
            and measured.meter_id = rates.meter_id
            and measured.activity_type = rates.activity_type
            and measured.unit = rates.unit
            and measured.period = rates.period

),

nearest as (

    select
        activity_id,
        period,
        min_by(meter_id, distance) as holder_meter_id,
        min_by(rate, case when rate is not null then distance end) as rate,
        min_by(other_rate, case when rate is not null then distance end) as other_rate,
        min_by(gross_rate, case when rate is not null then distance end) as gross_rate
    from holders
    group by activity_id, period

),

contributions as (

    select
        activity_id, facility_id, period, activity_type, unit, coalesce(workshop, 'unallocated') as workshop,
        quantity, co2e_kg, other_method_co2e_kg, gross_co2e_kg
    from lines
    union all
    select
        readings.activity_id, readings.facility_id, readings.period, readings.activity_type, readings.unit,
        coalesce(case sides.side when 1 then meters.workshop else holder_meters.workshop end, 'unallocated') as workshop,
        cast(sides.side * readings.quantity as decimal(19, 6)) as quantity,
        cast(sides.side * readings.quantity * coalesce(nearest.rate, 0) as decimal(38, 18)) as co2e_kg,
        cast(sides.side * readings.quantity * coalesce(nearest.other_rate, 0) as decimal(38, 18)) as other_method_co2e_kg,
        cast(sides.side * readings.quantity * coalesce(nearest.gross_rate, 0) as decimal(38, 18)) as gross_co2e_kg
    from readings
    -- Where a year has no lines of the type and unit, as before a facility came, there is nothing to break down.
    inner join (
        select distinct facility_id, activity_type, unit, extract(year from period) as year from lines
    ) as with_lines
        on
            readings.facility_id = with_lines.facility_id
            and readings.activity_type = with_lines.activity_type
            and readings.unit = with_lines.unit
            and extract(year from readings.period) = with_lines.year
    left join nearest
        on readings.activity_id = nearest.activity_id and readings.period = nearest.period
    inner join {{ ref('int_meters') }} as meters
        on readings.facility_id = meters.facility_id and readings.meter_id = meters.meter_id
    left join {{ ref('int_meters') }} as holder_meters
        on readings.facility_id = holder_meters.facility_id and nearest.holder_meter_id = holder_meters.meter_id
    cross join (select 1 as side union all select -1 as side) as sides
    -- A meter that read nothing has its place even where its parent read nothing either.
    where nearest.rate is not null or readings.quantity = 0

)

select
    activity_id,
    facility_id,
    period,
    cast(extract(year from period) as integer) as year,
    workshop,
    activity_type,
    unit,
    quantity,
    co2e_kg,
    other_method_co2e_kg,
    gross_co2e_kg
from contributions
