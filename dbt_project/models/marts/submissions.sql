-- One row per version of a submission: what became of its rows. rows_in = rows_accepted + rows_rejected + rows_duplicate.
select
    submission_id,
    path,
    sha256,
    received_at,
    status,
    rows_in,
    rows_accepted,
    rows_rejected,
    rows_duplicate,
    superseded_by
from {{ ref('int_submissions') }}
