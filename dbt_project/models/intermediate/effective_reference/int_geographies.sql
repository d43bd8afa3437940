-- One row per geography that has a parent. A row of the workspace replaces the shared one.
with

own as (

    select geography, parent from {{ source('raw', 'reference_geographies') }}

)

select geography, parent from own where parent is not null
union all
select shared.geography, shared.parent
from {{ ref('geographies') }} as shared
where
    shared.parent is not null
    and not exists (select 1 from own where own.geography = shared.geography)
