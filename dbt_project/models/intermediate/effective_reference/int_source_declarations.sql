-- One row per row of source_declarations.csv.
{{ config(materialized='view') }}
select * from {{ source('raw', 'reference_source_declarations') }}
