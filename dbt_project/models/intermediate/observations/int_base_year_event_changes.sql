-- One row per event of base_year_events.csv that says something else than a publication said of it, and gives no reason: it is gone,
-- was given otherwise, or, given as it was, does not count any more, or from another year, or has another effect; and whether a figure of the base year
-- that is published changes by it, which stops the run. An event under another name is the same one.
{%- set counts = "decision = 'recalculated'" %}
{{ config(materialized='view') }}
with

latest as (

    select max_by(publication_id, published_at) as publication_id from {{ source('raw', 'publications') }}

),

published as (

    select
        events.publication_id,
        publications.published_at,
        events.event_id,
        events.kind,
        events.facility_id,
        events.effective_on,
        events.scope,
        events.as_reported_t,
        events.effect_t,
        events.decision,
        events.counts_from,
        {{ event_as_given('events.kind', 'events.facility_id', 'events.effective_on', 'events.delta_base_co2e_t',
            'events.given_scope', 'events.ghg_protocol_category') }} as said,
        events.publication_id = latest.publication_id as is_latest
    from {{ source('raw', 'published_events') }} as events
    inner join {{ source('raw', 'publications') }} as publications
        on events.publication_id = publications.publication_id
    inner join {{ ref('int_organization') }} as organization
        on
            events.base_year = organization.base_year
            and events.target_scope2_method = organization.target_scope2_method
    cross join latest

),

given as (

    select
        source_row,
        event_id,
        facility_id,
        {{ event_as_given('kind', 'facility_id', 'effective_on', 'delta_base_co2e_t', 'scope', 'ghg_protocol_category') }} as said,
        coalesce(withdrawn_reason, waived_reason) is not null as has_reason
    from {{ source('raw', 'reference_base_year_events') }}

),

-- What the latest publication with an event as it was given said of it.
versions as (

    select *
    from (
        select
            published.*,
            rank() over (partition by event_id, said order by published_at desc, publication_id desc) as age
        from published
    ) as ranked
    where age = 1

),

compared as (

    select
        versions.*,
        given.source_row,
        given.said as said_now,
        coalesce(given.has_reason, false) as has_reason,
        now.decision as decision_now,
        now.effect_t as effect_now_t,
        coalesce(versions.as_reported_t = figures.as_reported_t, false) as same_figure,
        coalesce(counted.counts_from, 0) <> coalesce(versions.counts_from, 0) as counts_otherwise,
        abs(coalesce(now.effect_t, 0) - coalesce(versions.effect_t, 0)) > 0.000001 as has_moved,
        coalesce(
            extract(year from versions.effective_on) = extract(year from now.effective_on)
            or versions.effective_on in (cast(now.effective_on - 1 as date), cast(now.effective_on + 1 as date)),
            versions.effective_on is null and now.effective_on is null
        ) as in_same_year
    from versions
    left join given
        on versions.event_id = given.event_id
    left join {{ ref('base_year_recalculation') }} as now
        on versions.event_id = now.event_id and versions.scope = now.scope
    left join (
        {%- for scope, counts_for in {'1;2': 'counts_for_scopes_1_and_2', '3': 'counts_for_scope_3'}.items() %}
        select source_row, '{{ scope }}' as scope, min(year) as counts_from
        from {{ ref('int_base_year_decisions') }}
        where {{ counts_for }}
        group by source_row
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ) as counted
        on given.source_row = counted.source_row and versions.scope = counted.scope
    left join (
        select scope, max(as_reported_t) as as_reported_t from {{ ref('base_year_recalculation') }} group by scope
    ) as figures
        on versions.scope = figures.scope

),

-- How many events were published as given, at once at most, and how many are given so now: of those under other names none is gone.
copies as (

    select published.said, max(published.events) as events, coalesce(max(counted.events), 0) as events_now
    from (
        select publication_id, said, count(distinct event_id) as events from published group by publication_id, said
    ) as published
    left join (select said, count(*) as events from given group by said) as counted
        on published.said = counted.said
    group by published.said

),

otherwise_given as (

    select
        compared.event_id,
        compared.said,
        case when max(compared.said_now) is null then 'gone' else 'altered' end as change,
        max(compared.said_now) as said_now,
        max(compared.kind) as kind,
        max(compared.facility_id) as facility_id,
        max(compared.effective_on) as effective_on,
        max(compared.source_row) as source_row,
        max_by(compared.effect_t, abs(compared.effect_t)) as published_t,
        max_by(compared.effect_now_t, abs(compared.effect_now_t)) as now_t,
        count(case
            when compared.in_same_year and not compared.has_moved and compared.decision = compared.decision_now then 1
        end) = count(*) as changes_nothing,
        count(case when compared.is_latest and compared.{{ counts }} then 1 end) > 0 as counted
    from compared
    inner join copies
        on compared.said = copies.said and copies.events > copies.events_now
    where not compared.has_reason and coalesce(compared.said_now, '') <> compared.said
    group by compared.event_id, compared.said

),

closed as (

    select count(*) > 0 as is_closed from {{ ref('int_base_year_closed') }}

),

-- Events that are new, or were taken back: what they do to others follows from them.
reasons as (

    select given.facility_id, given.has_reason
    from given
    left join (select distinct event_id, said from published where is_latest) as known
        on given.event_id = known.event_id and given.said = known.said
    left join (select distinct event_id from published where is_latest and {{ counts }}) as counted
        on given.event_id = counted.event_id
    where (known.event_id is null and not given.has_reason) or (given.has_reason and counted.event_id is not null)

),

-- What is given as it was: its decision and effect change with the data of a base year that was never closed, or with other events.
as_given as (

    select
        compared.*,
        compared.has_moved and (
            not closed.is_closed
            or compared.facility_id in (select facility_id from reasons where facility_id is not null)
        ) as moves_rightly
    from compared
    cross join closed
    where
        compared.is_latest and compared.{{ counts }}
        and compared.said = compared.said_now
        and not compared.has_reason
        and coalesce(compared.decision_now, '') <> 'not_yet'

),

otherwise_counted as (

    select
        event_id,
        said,
        case when has_moved then 'moved' else 'counts_otherwise' end as change,
        kind,
        facility_id,
        effective_on,
        source_row,
        effect_t as published_t,
        effect_now_t as now_t,
        row_number() over (partition by event_id order by scope) as place
    from (
        select
            as_given.*,
            count(case when moves_rightly then 1 end) over (partition by scope) > 0 as any_moves_rightly
        from as_given
    ) as judged
    where
        same_figure
        and (
            (has_moved and not moves_rightly)
            or (counts_otherwise and not any_moves_rightly and (select count(*) from reasons) = 0)
        )

)

select
    event_id, change, kind, facility_id, effective_on, source_row, said as published_as, said_now as given_as, published_t, now_t,
    counted as stops
from otherwise_given
where not changes_nothing
union all
select
    event_id, change, kind, facility_id, effective_on, source_row, said, said, published_t, now_t, true
from otherwise_counted
where place = 1
