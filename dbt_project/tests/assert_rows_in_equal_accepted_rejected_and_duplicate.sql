-- Nothing vanishes: every data row of a submission is accepted, rejected or a duplicate.
{{ config(meta={'dagster': {'ref': {'name': 'submissions'}}}) }}

select
    path,
    submission_id,
    status,
    rows_in,
    rows_accepted,
    rows_rejected,
    rows_duplicate,
    rows_in - rows_accepted - rows_rejected - rows_duplicate as rows_unaccounted_for
from {{ ref('submissions') }}
where rows_in <> rows_accepted + rows_rejected + rows_duplicate
