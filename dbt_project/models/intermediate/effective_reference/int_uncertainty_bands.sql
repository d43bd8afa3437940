-- One row per class of activity data or of a factor: how uncertain it is where nothing nearer is known.
{{ config(materialized='view') }}
select * from {{ ref('uncertainty_bands') }}
