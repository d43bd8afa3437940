-- One row per event of base_year_events.csv: what it changes in the base year, and whether the base was recalculated.
-- Changes below the threshold accumulate: they are listed, and count when they reach it together.
select
    cast(events.event_id as string) as event_id,
    cast(events.kind as string) as kind,
    cast(events.facility_id as string) as facility_id,
    events.effective_on,
    events.delta_t as delta_base_co2e_t,
    cast(events.is_computed as boolean) as is_computed,
    cast({{ exact_quotient('events.delta_t', 'base.as_reported_t') }} as decimal(18, 12)) as share_of_base,
    cast({{ exact_quotient('base.event_delta_t', 'base.as_reported_t') }} as decimal(18, 12)) as share_of_all_events,
    cast(coalesce(base.base_co2e_t <> base.as_reported_t, false) as boolean) as is_recalculated,
    cast(given.document as string) as document
from {{ ref('int_base_year_events') }} as events
inner join {{ source('raw', 'reference_base_year_events') }} as given
    on events.source_row = given.source_row
cross join {{ ref('int_base_year') }} as base
