-- One row per target of targets.csv.
{{ config(materialized='view') }}
select * from {{ source('raw', 'reference_targets') }}
