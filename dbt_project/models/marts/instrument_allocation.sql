-- One row per instrument, facility and month: what was purchased = allocated + surplus, in MWh. The surplus of an instrument
-- stands at the facility that it names (else without one) in the last month of its claim. It changes no emission.
with

instruments as (

    select *
    from {{ ref('int_instruments') }}
    where quantity_mwh is not null

),

allocated as (

    select activity_id, facility_id, period, step_name, allocated_mwh
    from {{ ref('int_instrument_allocations') }}

),

surpluses as (

    select
        instruments.activity_id,
        instruments.facility_id,
        {{ month_of('instruments.claim_end') }} as period,
        instruments.quantity_mwh - coalesce(totals.allocated_mwh, 0) as surplus_mwh
    from instruments
    left join (
        select activity_id, sum(allocated_mwh) as allocated_mwh
        from allocated
        group by activity_id
    ) as totals
        on instruments.activity_id = totals.activity_id

),

positions as (

    select activity_id, facility_id, period, step_name, allocated_mwh, 0 as surplus_mwh from allocated
    union all
    select activity_id, facility_id, period, null, 0, surplus_mwh from surpluses where surplus_mwh <> 0

)

select
    instruments.instrument_id,
    instruments.instrument_type,
    positions.facility_id,
    positions.period,
    cast(sum(positions.allocated_mwh + positions.surplus_mwh) as decimal(19, 6)) as purchased,
    cast(sum(positions.allocated_mwh) as decimal(19, 6)) as allocated,
    cast(sum(positions.surplus_mwh) as decimal(19, 6)) as surplus,
    'MWh' as unit,
    cast(min(positions.step_name) as string) as waterfall_step,
    instruments.failed_criterion,
    instruments.activity_id,
    instruments.submission_id,
    instruments.source_sheet,
    instruments.source_row,
    min(instruments.vintage_start) as vintage_start,
    min(instruments.vintage_end) as vintage_end,
    min(instruments.technology) as technology,
    min(instruments.commissioned_on) as commissioned_on,
    min(instruments.grid_region) as grid_region,
    min(instruments.generated_from) as generated_from,
    min(instruments.generated_to) as generated_to,
    min(instruments.tradable) as tradable,
    min(instruments.contract_date) as contract_date,
    min(instruments.retired_for_year) as retired_for_year
from positions
inner join instruments
    on positions.activity_id = instruments.activity_id
group by
    instruments.instrument_id, instruments.instrument_type, positions.facility_id, positions.period,
    instruments.failed_criterion, instruments.activity_id, instruments.submission_id, instruments.source_sheet,
    instruments.source_row
