-- One row per month, facility and carrier (and unit, where one cannot be converted): energy consumed, before consolidation. green_share is the part of the
-- electricity that was generated on site from renewable sources or is served by retired certificates and green contracts.
with

served as (

    select allocations.facility_id, allocations.period, sum(allocations.allocated_mwh) as served_mwh
    from {{ ref('int_instrument_allocations') }} as allocations
    inner join {{ ref('int_instruments') }} as instruments
        on allocations.activity_id = instruments.activity_id
    where instruments.factor_kgco2e_per_kwh = 0
    group by allocations.facility_id, allocations.period

),

-- A carrier that came in several units stands in the canonical one, if all of them lead to it.
units as (

    select
        period,
        facility_id,
        carrier,
        count(distinct unit) > 1 and count(distinct canonical_unit) = 1 and count(canonical_quantity) = count(*) as is_converted
    from {{ ref('int_energy') }}
    group by period, facility_id, carrier

),

consumed as (

    select
        energy.period,
        energy.facility_id,
        energy.carrier,
        case when units.is_converted then energy.canonical_unit else energy.unit end as unit,
        sum(case when units.is_converted then energy.canonical_quantity else energy.quantity end) as quantity,
        sum(energy.energy_gj) as energy_gj,
        sum(energy.energy_tce) as energy_tce,
        sum(case when energy.source_class = 'stationary_combustion' then energy.energy_gj end) as stationary_gj,
        sum(case when energy.source_class = 'mobile_combustion' then energy.energy_gj end) as mobile_gj
    from {{ ref('int_energy') }} as energy
    inner join units
        on energy.period = units.period and energy.facility_id = units.facility_id and energy.carrier = units.carrier
    group by
        energy.period, energy.facility_id, energy.carrier,
        case when units.is_converted then energy.canonical_unit else energy.unit end

),

-- All units of a carrier count together in its green share.
electricity as (

    select
        period,
        facility_id,
        sum(energy_gj) as energy_gj,
        sum(case when is_onsite_renewable then energy_gj else 0 end) as onsite_gj
    from {{ ref('int_energy') }}
    where carrier = 'electricity'
    group by period, facility_id

)

select
    consumed.period,
    consumed.facility_id,
    consumed.carrier,
    consumed.unit,
    cast(consumed.quantity as decimal(25, 6)) as quantity,
    cast(consumed.energy_gj as decimal(38, 18)) as gj,
    cast(consumed.energy_tce as decimal(38, 18)) as tce,
    cast(case
        when consumed.carrier = 'electricity' and electricity.energy_gj > 0 then {{ part_of_total(
            'electricity.onsite_gj + coalesce(served.served_mwh, 0) * 3.6', 'electricity.energy_gj'
        ) }}
    end as decimal(18, 12)) as green_share,
    cast(consumed.stationary_gj as decimal(38, 18)) as stationary_gj,
    cast(consumed.mobile_gj as decimal(38, 18)) as mobile_gj
from consumed
left join electricity
    on consumed.period = electricity.period and consumed.facility_id = electricity.facility_id
left join served
    on consumed.period = served.period and consumed.facility_id = served.facility_id
