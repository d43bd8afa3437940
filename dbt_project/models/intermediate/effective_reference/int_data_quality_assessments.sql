-- One row per assessment of data_quality_assessments.csv.
{{ config(materialized='view') }}
select * from {{ source('raw', 'reference_data_quality_assessments') }}
