-- One row per event of base_year_events.csv: what it changes in the base year, and whether the base was recalculated.
-- An event counts from its year on: on its own where it reaches the threshold; smaller ones accumulate, and count when the sum
-- of their absolute sizes does.
select
    cast(events.event_id as string) as event_id,
    cast(events.kind as string) as kind,
    cast(events.facility_id as string) as facility_id,
    events.effective_on,
    events.delta_t as delta_base_co2e_t,
    cast(events.is_computed as boolean) as is_computed,
    {{ share('events.delta_t', 'base.as_reported_t') }} as share_of_base,
    {{ share('base.event_delta_t', 'base.as_reported_t') }} as share_of_all_events,
    cast(coalesce(
        events.waived_reason is null
        and coalesce(events.given_scope, '') <> '3'
        and (events.counts_on is null or extract(year from events.counts_on) <= base.year)
        and (
            base.small_events_count
            or abs(events.delta_t) >= cast(base.as_reported_t as decimal(24, 9))
            * cast(organization.significance_threshold as decimal(14, 9))
        ),
        false
    ) as boolean) as is_recalculated,
    cast(events.document as string) as document
from {{ ref('int_base_year_events') }} as events
inner join {{ ref('int_base_year') }} as base
    on base.is_latest
cross join {{ ref('int_organization') }} as organization
