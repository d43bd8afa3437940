-- One row per non-conformity of a verification.
{{ config(materialized='view') }}
select * from {{ source('raw', 'reference_nonconformities') }}
