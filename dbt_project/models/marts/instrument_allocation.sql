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

),

rows_of_instruments as (

    select
        activity_id,
        facility_id,
        period,
        sum(allocated_mwh) as allocated_mwh,
        sum(surplus_mwh) as surplus_mwh,
        min(step_name) as step_name
    from positions
    group by activity_id, facility_id, period

)

select
    instruments.instrument_id,
    instruments.instrument_type,
    found.facility_id,
    found.period,
    cast(found.allocated_mwh + found.surplus_mwh as decimal(19, 6)) as purchased,
    cast(found.allocated_mwh as decimal(19, 6)) as allocated,
    cast(found.surplus_mwh as decimal(19, 6)) as surplus,
    'MWh' as unit,
    cast(found.step_name as string) as waterfall_step,
    instruments.failed_criterion,
    instruments.activity_id,
    instruments.submission_id,
    instruments.source_sheet,
    instruments.source_row,
    instruments.vintage_start,
    instruments.vintage_end,
    instruments.technology,
    instruments.commissioned_on,
    instruments.grid_region,
    instruments.generated_from,
    instruments.generated_to,
    instruments.tradable,
    instruments.contract_date,
    instruments.retired_for_year
from rows_of_instruments as found
inner join instruments
    on found.activity_id = instruments.activity_id
