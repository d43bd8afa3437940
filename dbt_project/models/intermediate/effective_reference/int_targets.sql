-- One row per target of targets.csv.
{{ config(materialized='view') }}
select
    targets.*,
    -- Who does not say whether a target is near- or long-term: up to fifteen years after its base year it is near-term.
    coalesce(targets.term, case when targets.target_year - targets.base_year <= 15 then 'near' else 'long' end)
        as effective_term
from {{ source('raw', 'reference_targets') }} as targets
