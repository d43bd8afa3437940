-- One row per current submission: a path of the landing folder and the version of its bytes that counts.
with

sheets as (

    select
        load_id,
        sum(rows_in) as rows_in,
        sum(rows_rejected) as rows_rejected
    from {{ source('raw', 'load_sheets') }}
    group by load_id

),

-- A file refused whole has no rows; it holds back nothing but itself.
settings as (

    select acceptance from {{ source('raw', 'organization') }}

)

select
    current_submissions.path,
    current_submissions.submission_id,
    current_submissions.load_id,
    coalesce(cast(sheets.rows_in as bigint), 0) as rows_in,
    coalesce(cast(sheets.rows_rejected as bigint), 0) as rows_rejected,
    settings.acceptance = 'submission' and coalesce(sheets.rows_rejected, 0) > 0 as is_held_back
from {{ source('raw', 'current_submissions') }} as current_submissions
cross join settings
left join sheets on current_submissions.load_id = sheets.load_id
