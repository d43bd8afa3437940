-- Vertical integrity, first half: an accepted row of a feed that speaks of activities is exactly one activity, and the
-- freight that a purchase names one more.
{{ config(meta={'dagster': {'ref': {'name': 'int_delivered_activities'}}}) }}

with

accepted as (

    {%- for feed in ['energy_ledger', 'activity_log', 'procurement', 'invoices'] %}
    select '{{ feed }}' as feed, activity_id, path, source_sheet, source_row
    from {{ ref('stg_' ~ feed) }}
    where row_status = 'accepted'
    union all
    {%- endfor %}
    select
        'procurement' as feed, {{ hash_id(['freight.activity_id', "'freight'"]) }} as activity_id, purchases.path,
        freight.source_sheet, freight.source_row
    from {{ ref('int_procurement_freight') }} as freight
    inner join {{ ref('stg_procurement') }} as purchases
        on freight.activity_id = purchases.activity_id
    where freight.freight_type is not null

),

activities as (

    select activity_id, count(*) as activities_found
    from {{ ref('int_delivered_activities') }}
    group by activity_id

)

select
    accepted.feed,
    accepted.path,
    accepted.source_sheet,
    accepted.source_row,
    coalesce(activities.activity_id, accepted.activity_id) as activity_id,
    coalesce(activities.activities_found, 0) as activities_found
from accepted
full outer join activities
    on accepted.activity_id = activities.activity_id
where accepted.activity_id is null or coalesce(activities.activities_found, 0) <> 1
