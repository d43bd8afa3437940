-- One row per target and year of target_progress_published.csv.
{{ config(materialized='view') }}
select * from {{ source('raw', 'reference_target_progress_published') }}
