-- Scope 2 is computed both ways: the same activities, months and quantities location-based and market-based, whose slices
-- are the consumption, no more and no less. The market-based figure may stand alone where no table has a location-based factor, and a
-- finding says so (no_location_factor); and what instruments serve of electricity of which nothing else is known (no_factor).
{{ config(meta={'dagster': {'ref': {'name': 'emissions'}}}) }}

with

said as (

    select distinct facility_id, source_value as activity_type
    from {{ ref('findings') }}
    where rule in ('no_location_factor', 'no_factor')

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
        and (facility_id, activity_type) not in (select facility_id, activity_type from said)
    )
    or count(case when scope2_method = 'market' then 1 end) = 0
    or sum(case when scope2_method = 'location' then quantity end)
    <> sum(case when scope2_method = 'market' then quantity end)
    or count(case when scope2_method is null then 1 end) > 0
