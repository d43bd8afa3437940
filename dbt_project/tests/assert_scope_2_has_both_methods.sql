-- Scope 2 is computed both ways: the same activities, months and quantities location-based and market-based, whose slices
-- are the consumption, no more and no less. A contract's factor on the row alone may stand without the location-based figure where
-- no table has a factor for that (finding no_location_factor).
{{ config(meta={'dagster': {'ref': {'name': 'emissions'}}}) }}

with

contracts as (

    select activity_id from {{ ref('int_activities') }} where own_factor is not null

)

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
    sum(case when scope2_method = 'location' then quantity end) as location_quantity,
    sum(case when scope2_method = 'market' then quantity end) as market_quantity
from {{ ref('emissions') }}
where scope = 2
group by
    activity_id, submission_id, source_sheet, source_row, facility_id, activity_type, stage, boundary_route, period
having
    (
        count(case when scope2_method = 'location' then 1 end) = 0
        and activity_id not in (select activity_id from contracts)
    )
    or count(case when scope2_method = 'market' then 1 end) = 0
    or sum(case when scope2_method = 'location' then quantity end)
    <> sum(case when scope2_method = 'market' then quantity end)
    or count(case when scope2_method is null then 1 end) > 0
