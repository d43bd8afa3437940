-- One row per note of category_notes.csv.
{{ config(materialized='view') }}
select * from {{ source('raw', 'reference_category_notes') }}
