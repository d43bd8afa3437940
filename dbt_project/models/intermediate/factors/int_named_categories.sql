-- One row per activity type whose direct factor rows, of whatever place and time, all name the same GHG Protocol category: that category.
{{ config(materialized='view') }}
select activity_type, min(ghg_protocol_category) as ghg_protocol_category
from {{ ref('int_emission_factors') }}
where stage = 'direct' and ghg_protocol_category is not null
group by activity_type
having min(ghg_protocol_category) = max(ghg_protocol_category)
