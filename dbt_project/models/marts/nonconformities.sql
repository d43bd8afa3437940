-- One row per non-conformity of a verification.
select
    nonconformity_id,
    statement_number,
    year,
    facility_id,
    raised_on,
    description_en,
    description_zh,
    cause_en,
    cause_zh,
    correction_en,
    correction_zh,
    closed_on,
    cast(closed_on is not null as boolean) as is_closed,
    conclusion_en,
    conclusion_zh,
    document
from {{ ref('int_nonconformities') }}
