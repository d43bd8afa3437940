-- One row per figure of a verification statement.
{{ config(materialized='view') }}
select * from {{ source('raw', 'reference_verification') }}
