-- One row per tolerance between ledger and documents.
{{ config(materialized='view') }}
select * from {{ source('raw', 'reconciliation_tolerances') }}
