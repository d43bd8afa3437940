-- One row per line of avoided_emissions.csv.
{{ config(materialized='view') }}
select * from {{ source('raw', 'reference_avoided_emissions') }}
