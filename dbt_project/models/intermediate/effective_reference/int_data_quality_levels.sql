-- One row per level of data quality.
{{ config(materialized='view') }}
select * from {{ ref('data_quality_levels') }}
