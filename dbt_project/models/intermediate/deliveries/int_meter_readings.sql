-- One row per meter of an accepted ledger row: its readings and the days between which it was read.
{{ config(materialized='view') }}
select
    ledger.facility_id,
    names.meter_id,
    min(coverage_start) as first_day_read,
    max(coverage_end) as last_day_read,
    cast(count(*) as integer) as readings
from {{ ref('stg_energy_ledger') }} as ledger
inner join {{ ref('int_meter_names') }} as names
    on ledger.facility_id = names.facility_id and ledger.meter_id = names.written_as
where ledger.row_status = 'accepted'
group by ledger.facility_id, names.meter_id
