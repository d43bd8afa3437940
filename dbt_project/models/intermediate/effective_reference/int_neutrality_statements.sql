-- One row per statement of neutrality_statements.csv.
{{ config(materialized='view') }}
select * from {{ source('raw', 'reference_neutrality_statements') }}
