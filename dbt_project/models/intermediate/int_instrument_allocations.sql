-- One row per instrument, facility and month that it serves, and step of the waterfall: first the facility that it names,
-- then the other facilities of its base, then its country; within a step over the months of its claim.
with recursive

eligible as (

    select
        instruments.activity_id,
        instruments.instrument_id,
        instruments.instrument_type,
        instruments.facility_id,
        instruments.country,
        instruments.claim_start,
        instruments.claim_end,
        instruments.quantity_mwh
    from {{ ref('int_instruments') }} as instruments
    where instruments.failed_criterion is null

),

demand as (

    select * from {{ ref('int_electricity_demand') }}

),

bases as (

    select facility_id, max(base) as base, max(country) as country
    from {{ ref('stg_facilities') }}
    group by facility_id

),

facility_cells as (

    select facility_id as pool, facility_id, period, demand_mwh as open_mwh, country
    from demand

),

-- Same market: an instrument of another country serves nobody.
facility_supply as (

    select
        eligible.facility_id as pool, eligible.activity_id, eligible.instrument_id, eligible.claim_start, eligible.claim_end,
        eligible.quantity_mwh as available_mwh
    from eligible
    inner join bases on eligible.facility_id = bases.facility_id and eligible.country = bases.country

),

{{ waterfall_step('facility_cells', 'facility_supply') }},

after_facility as (

    select activity_id, sum(allocated_mwh) as allocated_mwh
    from turns_facility_supply
    where activity_id is not null
    group by activity_id

),

facility_served as (

    select facility_id, period, sum(allocated_mwh) as allocated_mwh
    from turns_facility_supply
    group by facility_id, period

),

base_cells as (

    select
        demand.country || '|' || demand.base as pool,
        demand.facility_id,
        demand.period,
        demand.demand_mwh - coalesce(facility_served.allocated_mwh, 0) as open_mwh
    from demand
    left join facility_served
        on demand.facility_id = facility_served.facility_id and demand.period = facility_served.period
    where demand.base is not null

),

base_supply as (

    select
        eligible.country || '|' || bases.base as pool, eligible.activity_id, eligible.instrument_id, eligible.claim_start,
        eligible.claim_end, eligible.quantity_mwh - coalesce(after_facility.allocated_mwh, 0) as available_mwh
    from eligible
    inner join bases on eligible.facility_id = bases.facility_id and eligible.country = bases.country
    left join after_facility on eligible.activity_id = after_facility.activity_id
    -- What is generated on site reaches no other site.
    where bases.base is not null and eligible.instrument_type <> 'on_site'

),

{{ waterfall_step('base_cells', 'base_supply') }},

after_base as (

    select activity_id, sum(allocated_mwh) as allocated_mwh
    from turns_base_supply
    where activity_id is not null
    group by activity_id

),

base_served as (

    select facility_id, period, sum(allocated_mwh) as allocated_mwh
    from turns_base_supply
    group by facility_id, period

),

country_cells as (

    select
        demand.country as pool,
        demand.facility_id,
        demand.period,
        demand.demand_mwh - coalesce(facility_served.allocated_mwh, 0) - coalesce(base_served.allocated_mwh, 0) as open_mwh
    from demand
    left join facility_served
        on demand.facility_id = facility_served.facility_id and demand.period = facility_served.period
    left join base_served
        on demand.facility_id = base_served.facility_id and demand.period = base_served.period

),

country_supply as (

    select
        eligible.country as pool, eligible.activity_id, eligible.instrument_id, eligible.claim_start, eligible.claim_end,
        eligible.quantity_mwh - coalesce(after_facility.allocated_mwh, 0) - coalesce(after_base.allocated_mwh, 0)
            as available_mwh
    from eligible
    left join after_facility on eligible.activity_id = after_facility.activity_id
    left join after_base on eligible.activity_id = after_base.activity_id
    where eligible.instrument_type <> 'on_site'

),

{{ waterfall_step('country_cells', 'country_supply') }},

steps as (

    select activity_id, facility_id, period, allocated_mwh, 1 as step, 'facility' as step_name from turns_facility_supply
    union all
    select activity_id, facility_id, period, allocated_mwh, 2, 'base' from turns_base_supply
    union all
    select activity_id, facility_id, period, allocated_mwh, 3, 'country' from turns_country_supply

)

select
    activity_id,
    facility_id,
    period,
    step,
    step_name,
    allocated_mwh
from steps
where activity_id is not null and allocated_mwh > 0
