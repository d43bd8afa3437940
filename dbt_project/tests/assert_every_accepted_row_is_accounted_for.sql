-- Every accepted row of energy_ledger, activity_log and procurement is an emission line, part of the breakdown by
-- workshop, or a finding that says why it could not be computed or needed no line of its own.
{{ config(meta={'dagster': {'ref': {'name': 'emissions'}}}) }}

with

accepted as (

    {%- for feed in ['energy_ledger', 'activity_log', 'procurement'] %}
    select
        '{{ feed }}' as feed, activity_id, path, submission_id, source_sheet, source_row, facility_id, activity_type
    from {{ ref('stg_' ~ feed) }}
    where row_status = 'accepted'
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- Facilities and types at which every accepted row has one line of its own, as nearly everywhere: the hashes of their names add up to
-- the same. Only the others are looked for one by one.
in_lines as (

    select facility_id, activity_type
    from (
        {%- for feed in ['energy_ledger', 'activity_log', 'procurement'] %}
        select facility_id, activity_type, 1 as activities, {{ hash_as_decimal(['activity_id']) }} as signed_hash
        from {{ ref('stg_' ~ feed) }}
        where row_status = 'accepted'
        union all
        {%- endfor %}
        select facility_id, activity_type, -1, -{{ hash_as_decimal(['activity_id']) }}
        from {{ ref('emissions') }}
        where stage = 'direct' and boundary_route = 'consolidated' and coalesce(scope2_method, 'market') = 'market' and feed <> 'invoices'
    ) as both_sides
    group by facility_id, activity_type
    having sum(activities) = 0 and sum(signed_hash) = 0

),

-- Only a sub-meter's reading may stand in the breakdown alone.
broken_down as (

    select distinct parts.activity_id
    from {{ ref('int_allocation') }} as parts
    inner join {{ ref('int_activities') }} as activities
        on parts.activity_id = activities.activity_id and activities.role = 'sub_meter'

),

-- Rows that are the total of others, with a finding on the first of each piece.
totals as (

    select distinct activity_id from {{ ref('int_shared_days') }} where is_total

),

explained as (

    select distinct submission_id, source_sheet, source_row
    from {{ ref('findings') }}
    where
        source_row is not null
        and (severity = 'error' or rule in ('evidence_covered', 'facility_not_valid', 'sub_meter_not_allocated'))

),

left_over as (

    select accepted.*
    from accepted
    left join in_lines
        on accepted.facility_id = in_lines.facility_id and accepted.activity_type = in_lines.activity_type
    where in_lines.facility_id is null

)

select accepted.*
from left_over as accepted
where
    activity_id not in (
        select activity_id from {{ ref('emissions') }} where activity_id in (select distinct activity_id from left_over)
    )
    and not exists (select 1 from broken_down where broken_down.activity_id = accepted.activity_id)
    and not exists (select 1 from totals where totals.activity_id = accepted.activity_id)
    and not exists (
        select 1 from explained
        where
            explained.submission_id = accepted.submission_id
            and explained.source_row = accepted.source_row
            and coalesce(explained.source_sheet, '') = coalesce(accepted.source_sheet, '')
    )
