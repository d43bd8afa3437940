-- One row per facility and name of a meter as rows write it: the meter that is meant, as meters.csv writes it, else as the first of
-- its names by their letters.
with

written as (

    select facility_id, meter_id from {{ ref('stg_energy_ledger') }} where meter_id is not null
    union
    select facility_id, meter_id from {{ ref('stg_invoices') }} where meter_id is not null

),

keyed as (

    select facility_id, meter_id, {{ meter_key('meter_id') }} as meter_key
    from written

),

registered as (

    select facility_id, {{ meter_key('meter_id') }} as meter_key, min(meter_id) as meter_id
    from {{ ref('int_meters') }}
    group by facility_id, {{ meter_key('meter_id') }}

)

select
    keyed.facility_id,
    keyed.meter_id as written_as,
    coalesce(
        as_written.meter_id, registered.meter_id, min(keyed.meter_id) over (partition by keyed.facility_id, keyed.meter_key)
    ) as meter_id
from keyed
left join {{ ref('int_meters') }} as as_written
    on keyed.facility_id = as_written.facility_id and keyed.meter_id = as_written.meter_id
left join registered
    on keyed.facility_id = registered.facility_id and keyed.meter_key = registered.meter_key
