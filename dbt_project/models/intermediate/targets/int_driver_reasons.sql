-- One row per driver, with its reason of CDP 7.10.1, and one per facility that was bought, sold or merged, and nothing else of the
-- kind, with the reason of that event.
{{ config(materialized='view') }}
select cast(null as string) as facility_id, cause as driver, cdp_reason
from {{ ref('restatement_causes') }}
where event_kind is null
union all
select events.facility_id, causes.cause as driver, causes.cdp_reason
from (
    select facility_id, min(kind) as kind
    from (
        select distinct facility_id, kind
        from {{ source('raw', 'reference_base_year_events') }}
        where kind in ('acquisition', 'divestiture', 'merger')
    ) as known
    group by facility_id
    having count(*) = 1
) as events
inner join {{ ref('restatement_causes') }} as causes
    on events.kind = causes.event_kind
