-- One row per observation about the targets and the base year that the trend is measured against.
with

left_out as (

    select
        targets.*,
        organization.base_year as organization_base_year,
        organization.target_scope2_method as organization_method
    from {{ ref('int_scope12_targets') }} as targets
    cross join {{ ref('int_organization') }} as organization
    where targets.left_out_because is not null

),

-- Targets of the joined pathway that ask for less than an earlier one: the line stays where that left it.
exceeded as (

    select
        target_id, target_year, reduction,
        max_by(target_id, reduction) over earlier as earlier_target_id,
        max(reduction) over earlier as earlier_reduction
    from {{ ref('int_scope12_targets') }}
    where left_out_because is null
    window earlier as (order by target_year rows between unbounded preceding and 1 preceding)

),

recalculated as (

    select
        base.*,
        organization.significance_threshold,
        base.base_co2e_t <> base.as_reported_t as is_recalculated
    from {{ ref('int_base_year') }} as base
    cross join {{ ref('int_organization') }} as organization
    where base.is_latest and base.event_delta_t <> 0 and base.as_reported_t is not null

)

select
    'target_not_joined' as rule,
    left_out_because as variant,
    cast(null as string) as facility_id,
    {{ first_day_of('target_year') }} as period,
    cast(null as string) as submission_id,
    cast(null as string) as source_sheet,
    cast(null as integer) as source_row,
    case when left_out_because = 'same_year' then 'target_year' else left_out_because end as column_name,
    target_id as source_value,
    {{ finding_values({
        'target_id': 'target_id', 'organization_method': 'organization_method', 'base_year': 'base_year',
        'organization_base_year': 'organization_base_year', 'binding_target_id': 'binding_target_id',
    }) }} as parameters,
    cast(null as decimal(38, 18)) as co2e_at_stake_t
from left_out
union all
select
    'target_not_joined', 'asks_for_less', null, {{ first_day_of('target_year') }}, null, null, null, 'reduction', target_id,
    {{ finding_values({
        'target_id': 'target_id', 'target_year': 'target_year', 'percent': plain_number('reduction * 100'),
        'earlier_target_id': 'earlier_target_id', 'earlier_percent': plain_number('earlier_reduction * 100'),
    }) }},
    null
from exceeded
where reduction < earlier_reduction
union all
select
    'base_year_event_not_computed',
    case when kind in ('acquisition', 'merger', 'divestiture', 'outsourcing', 'insourcing') then 'facility' else '' end,
    facility_id, {{ month_of('effective_on') }}, null, null, source_row,
    'delta_base_co2e_t', event_id,
    {{ finding_values({'event_id': 'event_id', 'kind': 'kind', 'kind_zh': event_kind_zh('kind')}) }},
    null
from {{ ref('int_base_year_events') }}
where delta_t is null
union all
-- What stops the run is said by its check.
select
    'base_year_event_changed', change, facility_id, {{ month_of('effective_on') }}, null, null, source_row,
    'event_id', event_id,
    {{ finding_values({
        'event_id': 'event_id', 'published_as': 'published_as', 'given_as': "coalesce(given_as, '')",
    }) }},
    cast(abs(published_t) as decimal(38, 18))
from {{ ref('int_base_year_event_changes') }}
where not stops
union all
select
    'base_year_event_before_base_year', '', events.facility_id, {{ month_of('events.effective_on') }}, null, null, events.source_row,
    'effective_on', events.event_id,
    {{ finding_values({
        'event_id': 'events.event_id', 'kind': 'events.kind', 'kind_zh': event_kind_zh('events.kind'), 'effective_on': 'events.effective_on', 'base_year': 'organization.base_year',
    }) }},
    null
from {{ source('raw', 'reference_base_year_events') }} as events
cross join {{ ref('int_organization') }} as organization
where {{ is_before_base_year('events', 'organization.base_year') }} and events.delta_base_co2e_t <> 0
union all
select
    case when is_recalculated then 'base_year_recalculated' else 'base_year_changes_accumulate' end, '', null,
    {{ first_day_of('base_year') }}, null, null, null, 'base_year', cast(base_year as string),
    {{ finding_values({
        'changes_t': plain_number('event_delta_t'), 'threshold_percent': plain_number('significance_threshold * 100'),
        'as_reported_t': plain_number('cast(as_reported_t as decimal(28, 3))'),
        'base_t': plain_number('cast(base_co2e_t as decimal(28, 3))'),
    }) }},
    cast(abs(event_delta_t) as decimal(38, 18))
from recalculated
union all
-- Published shares are rounded; half a percentage point is more than that.
select
    'published_progress_differs', '', null, {{ first_day_of('year') }}, null, null, null, 'progress',
    cast(published_progress as string),
    {{ finding_values({
        'target_id': 'target_id', 'year': 'year', 'published': plain_number('round(published_progress * 100, 2)'),
        'computed': plain_number('round(progress * 100, 2)'),
    }) }},
    null
from {{ ref('target_progress') }}
where abs(published_minus_progress) >= 0.005
union all
-- Without its denominator in the base year nothing of an intensity target can be followed.
select
    'target_without_denominator', '', null, {{ first_day_of('targets.base_year') }}, null, null, null, 'denominator', targets.denominator,
    {{ finding_values({
        'target_id': 'targets.target_id', 'denominator': 'targets.denominator', 'base_year': 'targets.base_year',
    }) }},
    null
from {{ ref('int_targets') }} as targets
left join {{ ref('int_metric_years') }} as metrics
    on
        targets.denominator = metrics.metric and targets.base_year = metrics.year and metrics.is_whole_year
        and metrics.value <> 0
where targets.kind = 'intensity' and metrics.metric is null
union all
-- Tonnes of both scopes together do not say what the base of a target on one of them, or in the other method, becomes.
select
    'base_year_event_not_divided', '', events.facility_id, {{ month_of('events.effective_on') }}, null, null, events.source_row,
    'scope', events.event_id,
    {{ finding_values({
        'event_id': 'events.event_id', 'delta_t': plain_number('events.delta_t'), 'target_id': 'targets.target_id',
        'scopes': 'targets.scopes',
    }) }},
    cast(abs(events.delta_t) as decimal(38, 18))
from {{ ref('int_base_year_events') }} as events
inner join {{ ref('int_base_year_decisions') }} as decisions
    on events.source_row = decisions.source_row and decisions.is_latest and decisions.counts_for_scopes_1_and_2
cross join {{ ref('int_organization') }} as organization
inner join {{ ref('int_targets') }} as targets
    on
        targets.kind = 'absolute'
        and targets.base_year = organization.base_year
        and (targets.scopes like '%1%' or targets.scopes like '%2%')
        and (
            targets.scopes not like '%1%' or targets.scopes not like '%2%'
            or coalesce(targets.scope2_method, organization.target_scope2_method) <> organization.target_scope2_method
        )
where not events.is_computed and events.given_scope is null and events.delta_t <> 0
