-- One row per row of measures.csv: a measure, or what was realised in a year.
{{ config(materialized='view') }}
select * from {{ source('raw', 'reference_measures') }}
