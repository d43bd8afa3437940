-- Every MWh of an instrument is allocated once or surplus: per instrument, what was purchased is what `instrument_allocation`
-- shows, row by row and in sum, and neither part is negative. An instrument without a quantity in MWh has no rows.
{{ config(meta={'dagster': {'ref': {'name': 'instrument_allocation'}}}) }}

with

instruments as (

    select activity_id, instrument_id, quantity_mwh
    from {{ ref('int_instruments') }}
    where quantity_mwh <> 0

),

positions as (

    select
        activity_id,
        min(instrument_id) as instrument_id,
        sum(purchased) as purchased,
        sum(allocated) as allocated,
        sum(surplus) as surplus,
        min(least(purchased, allocated, surplus)) as smallest_part,
        count(case when purchased <> allocated + surplus then 1 end) as unequal_rows
    from {{ ref('instrument_allocation') }}
    group by activity_id

)

select
    coalesce(instruments.activity_id, positions.activity_id) as activity_id,
    coalesce(instruments.instrument_id, positions.instrument_id) as instrument_id,
    instruments.quantity_mwh,
    positions.purchased,
    positions.allocated,
    positions.surplus,
    positions.unequal_rows
from instruments
full outer join positions
    on instruments.activity_id = positions.activity_id
where
    instruments.activity_id is null
    or positions.activity_id is null
    or instruments.quantity_mwh <> positions.purchased
    or instruments.quantity_mwh <> positions.allocated + positions.surplus
    or positions.unequal_rows > 0
    or positions.smallest_part < 0
