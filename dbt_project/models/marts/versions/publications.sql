-- One row per publication: when, of which inputs, with which digest, after which. What is published is brought up to the publication
-- that it is published with, when all else has been made (orchestration/release.py).
select
    cast(publication_id as string) as publication_id,
    published_at,
    cast(release_id as string) as release_id,
    cast(digest as string) as digest,
    cast(previous_publication_id as string) as previous_publication_id,
    cast(previous_digest as string) as previous_digest,
    cast(state_id as string) as state_id,
    cast(inputs as string) as inputs
from {{ ref('int_publications') }}
