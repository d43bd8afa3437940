-- Vertical integrity, first half: an accepted row of a feed that speaks of activities is exactly one activity, and the
-- freight that a purchase names one more.
{{ config(meta={'dagster': {'ref': {'name': 'int_delivered_activities'}}}) }}

{%- set feeds = ['energy_ledger', 'activity_log', 'procurement', 'invoices'] %}
{%- set freight_id = hash_id(['freight.activity_id', "'freight'"]) %}
with

-- Feeds of which the hashes of both sides do not add up to the same, or an activity stands twice; only their rows are looked at.
unequal as (

    select feed
    from (
        {%- for feed in feeds %}
        select '{{ feed }}' as feed, 1 as activities, {{ hash_as_decimal(['activity_id']) }} as signed_hash
        from {{ ref('stg_' ~ feed) }}
        where row_status = 'accepted'
        union all
        {%- endfor %}
        select 'procurement', 1, {{ hash_as_decimal([freight_id]) }}
        from {{ ref('int_procurement_freight') }} as freight
        where freight_type is not null
        union all
        select feed, -1, -{{ hash_as_decimal(['activity_id']) }}
        from {{ ref('int_delivered_activities') }}
    ) as both_sides
    group by feed
    having sum(activities) <> 0 or sum(signed_hash) <> 0
    union
    select feed
    from (
        select min(feed) as feed
        from {{ ref('int_delivered_activities') }}
        group by {{ content_hash(['activity_id']) }}
        having count(*) > 1
    ) as standing_twice

),

accepted as (

    {%- for feed in feeds %}
    select unequal.feed, rows_of_feed.activity_id, rows_of_feed.path, rows_of_feed.source_sheet, rows_of_feed.source_row
    from {{ ref('stg_' ~ feed) }} as rows_of_feed
    inner join unequal
        on unequal.feed = '{{ feed }}'
    where rows_of_feed.row_status = 'accepted'
    union all
    {%- endfor %}
    select unequal.feed, {{ freight_id }} as activity_id, purchases.path, freight.source_sheet, freight.source_row
    from {{ ref('int_procurement_freight') }} as freight
    inner join unequal
        on unequal.feed = 'procurement'
    inner join {{ ref('stg_procurement') }} as purchases
        on freight.activity_id = purchases.activity_id
    where freight.freight_type is not null

),

activities as (

    select activity_id, count(*) as activities_found
    from {{ ref('int_delivered_activities') }}
    where feed in (select feed from unequal)
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
