-- One row per published figure of reported_inventories.csv.
{{ config(materialized='view') }}
select * from {{ source('raw', 'reference_reported_inventories') }}
