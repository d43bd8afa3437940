-- One row per publication: when which inputs gave which content.
{{ config(materialized='view') }}
select
    publication_id,
    published_at,
    release_id,
    digest,
    previous_id as previous_publication_id,
    previous_digest,
    state_id,
    inputs
from {{ source('raw', 'publications') }}
