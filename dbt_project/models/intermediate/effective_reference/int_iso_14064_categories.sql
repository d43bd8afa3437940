-- One row per category of ISO 14064-1.
{{ config(materialized='view') }}
select * from {{ ref('iso_14064_categories') }}
