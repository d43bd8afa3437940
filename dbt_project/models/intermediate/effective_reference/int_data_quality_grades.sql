-- One row per grade of data quality.
{{ config(materialized='view') }}
select * from {{ ref('data_quality_grades') }}
