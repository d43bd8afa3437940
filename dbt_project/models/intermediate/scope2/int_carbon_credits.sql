-- One row per accepted row of energy_instruments that is a carbon credit, which no electricity is served with.
{{ config(materialized='view') }}
select *
from {{ ref('stg_energy_instruments') }}
where row_status = 'accepted' and instrument_type in ('vcu', 'ccer', 'carbon_credit')
