-- One row per meter of an accepted ledger row: its readings and the days between which it was read.
{{ config(materialized='view') }}
select
    facility_id,
    meter_id,
    min(coverage_start) as first_day_read,
    max(coverage_end) as last_day_read,
    cast(count(*) as integer) as readings
from {{ ref('stg_energy_ledger') }}
where row_status = 'accepted' and meter_id is not null
group by facility_id, meter_id
