-- One row per contribution to the breakdown by workshop: the consumption itself on its own meter's workshop, and every
-- sub-meter reading moved from its parent's workshop to its own. What belongs to no workshop is `unallocated`.
with

organization as (

    select * from {{ ref('stg_organization') }}

),

lines as (

    select
        emissions.activity_id,
        emissions.period,
        emissions.facility_id,
        emissions.activity_type,
        emissions.unit,
        emissions.scope,
        -- A market-based line may stand in several slices, which need not begin on the same day.
        sum(case
            when emissions.scope2_method is null or emissions.scope2_method = organization.target_scope2_method
                then emissions.quantity
        end) as quantity,
        sum(case
            when emissions.scope2_method is null or emissions.scope2_method = organization.target_scope2_method
                then emissions.co2e_kg
        end) as co2e_kg,
        sum(case
            when emissions.scope2_method is null or emissions.scope2_method = organization.other_scope2_method
                then emissions.co2e_kg
        end) as other_method_co2e_kg,
        sum(case
            when emissions.scope2_method is null or emissions.scope2_method = organization.target_scope2_method
                then emissions.gross_co2e_kg
        end) as gross_co2e_kg
    from {{ ref('emissions') }} as emissions
    cross join organization
    where
        emissions.scope in (1, 2) and emissions.stage = 'direct' and emissions.boundary_route = 'consolidated'
    group by
        emissions.activity_id, emissions.period, emissions.facility_id, emissions.activity_type, emissions.unit,
        emissions.scope

),

rates as (

    select
        facility_id,
        activity_type,
        unit,
        period,
        cast({{ exact_quotient('sum(co2e_kg)', 'sum(quantity)') }} as decimal(18, 12)) as rate,
        cast({{ exact_quotient('sum(other_method_co2e_kg)', 'sum(quantity)') }} as decimal(18, 12)) as other_rate,
        cast({{ exact_quotient('sum(gross_co2e_kg)', 'sum(quantity)') }} as decimal(18, 12)) as gross_rate
    from lines
    group by facility_id, activity_type, unit, period
    having sum(quantity) <> 0

),

contributions as (

    select
        lines.activity_id, lines.facility_id, lines.period, lines.activity_type, lines.unit,
        coalesce(meters.workshop, 'unallocated') as workshop,
        lines.quantity, lines.co2e_kg, lines.other_method_co2e_kg, lines.gross_co2e_kg
    from lines
    inner join {{ ref('int_activities') }} as activities
        on lines.activity_id = activities.activity_id
    left join {{ ref('stg_meters') }} as meters
        on activities.facility_id = meters.facility_id and activities.meter_id = meters.meter_id
    union all
    select
        readings.activity_id, readings.facility_id, readings.period, readings.activity_type, readings.unit,
        coalesce(case sides.side when 1 then meters.workshop else parents.workshop end, 'unallocated') as workshop,
        cast(sides.side * readings.quantity as decimal(19, 6)) as quantity,
        cast(sides.side * readings.quantity * coalesce(rates.rate, 0) as decimal(38, 18)) as co2e_kg,
        cast(sides.side * readings.quantity * coalesce(rates.other_rate, 0) as decimal(38, 18)) as other_method_co2e_kg,
        cast(sides.side * readings.quantity * coalesce(rates.gross_rate, 0) as decimal(38, 18)) as gross_co2e_kg
    from {{ ref('int_sub_meter_months') }} as readings
    left join rates
        on
            readings.facility_id = rates.facility_id
            and readings.activity_type = rates.activity_type
            and readings.unit = rates.unit
            and readings.period = rates.period
    inner join {{ ref('stg_meters') }} as meters
        on readings.facility_id = meters.facility_id and readings.meter_id = meters.meter_id
    inner join {{ ref('stg_meters') }} as parents
        on meters.facility_id = parents.facility_id and meters.parent_meter_id = parents.meter_id
    cross join (select 1 as side union all select -1 as side) as sides
    -- A meter that read nothing has its place even where its parent read nothing either.
    where rates.rate is not null or readings.quantity = 0

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
