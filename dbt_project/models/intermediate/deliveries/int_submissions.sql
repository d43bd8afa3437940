-- One row per version of a submission: what became of its rows. rows_in = rows_accepted + rows_rejected + rows_duplicate.
{{ config(materialized='view') }}
with

outcomes as (

    {%- for feed in [
        'energy_ledger', 'invoices', 'procurement', 'activity_log', 'production', 'energy_instruments',
        'business_metrics'
    ] %}
    select submission_id, row_status from {{ ref('stg_' ~ feed) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

counted as (

    select
        submission_id,
        count(case when row_status = 'accepted' then 1 end) as rows_accepted,
        count(case when row_status = 'duplicate' then 1 end) as rows_duplicate,
        count(case when row_status = 'held_back' then 1 end) as rows_held_back
    from outcomes
    group by submission_id

),

refused_files as (

    select distinct load_id
    from {{ source('raw', 'intake_findings') }}
    where severity = 'error' and source_row is null

)

select
    versions.submission_id,
    versions.path,
    versions.sha256,
    versions.received_at,
    cast(case
        when current_submissions.path is null then 'withdrawn'
        when unread.unread_submission_id is not null then 'refused'
        when current_submissions.submission_id <> versions.submission_id then 'superseded'
        when current_versions.is_held_back then 'held_back'
        when current_versions.rows_in = 0 and refused_files.load_id is not null then 'refused'
        when current_versions.rows_in = 0 then 'empty'
        when current_versions.rows_rejected = current_versions.rows_in then 'rejected'
        when coalesce(counted.rows_duplicate, 0) = current_versions.rows_in then 'duplicate'
        when current_versions.rows_rejected > 0 or refused_files.load_id is not null then 'partly_accepted'
        else 'accepted'
    end as string) as status,
    cast(coalesce(current_versions.rows_in, 0) as bigint) as rows_in,
    cast(coalesce(counted.rows_accepted, 0) as bigint) as rows_accepted,
    cast(coalesce(current_versions.rows_rejected, 0) + coalesce(counted.rows_held_back, 0) as bigint) as rows_rejected,
    cast(coalesce(counted.rows_duplicate, 0) as bigint) as rows_duplicate,
    cast(case
        when current_submissions.submission_id <> versions.submission_id and unread.unread_submission_id is null
            then current_submissions.submission_id
    end as string) as superseded_by
from {{ source('raw', 'submission_versions') }} as versions
left join {{ source('raw', 'current_submissions') }} as current_submissions
    on versions.path = current_submissions.path
left join {{ ref('stg_current_submissions') }} as current_versions
    on versions.submission_id = current_versions.submission_id
-- A version that cannot be read: the one before it counts.
left join {{ source('raw', 'landing_findings') }} as unread
    on versions.submission_id = unread.unread_submission_id
left join counted
    on versions.submission_id = counted.submission_id
left join refused_files
    on current_versions.load_id = refused_files.load_id
