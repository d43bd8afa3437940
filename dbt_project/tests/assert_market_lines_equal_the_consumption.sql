-- The slices of the market-based method are the consumption, no more and no less: per activity, stage and month their
-- quantities sum to those of the location-based lines.
{{ config(meta={'dagster': {'ref': {'name': 'emissions'}}}) }}

select
    activity_id,
    submission_id,
    source_sheet,
    source_row,
    facility_id,
    activity_type,
    stage,
    boundary_route,
    period,
    coalesce(sum(case when scope2_method = 'location' then quantity end), 0) as location_quantity,
    coalesce(sum(case when scope2_method = 'market' then quantity end), 0) as market_quantity
from {{ ref('emissions') }}
where scope = 2
group by
    activity_id, submission_id, source_sheet, source_row, facility_id, activity_type, stage, boundary_route, period
having
    coalesce(sum(case when scope2_method = 'location' then quantity end), 0)
    <> coalesce(sum(case when scope2_method = 'market' then quantity end), 0)
