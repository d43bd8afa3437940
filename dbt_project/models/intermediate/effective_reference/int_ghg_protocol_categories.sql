-- One row per Scope 3 category of the GHG Protocol.
{{ config(materialized='view') }}
select * from {{ ref('ghg_protocol_categories') }}
