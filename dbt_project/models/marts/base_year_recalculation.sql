-- One row per event and scope (`1;2` for the two together, `1;2;3` for all where the base year has a Scope 3, 1, 2 and 3 where the lines of
-- the facility or the event tell): what the event does to the
-- base year, what was decided, and what the targets become. The two Scope 2 methods are alternatives: this is the target's.
with

organization as (

    select * from {{ ref('int_organization') }}

),

base as (

    select * from {{ ref('int_base_year') }} where is_latest

),

events as (

    select
        events.*,
        coalesce(decisions.counts_for_scopes_1_and_2, false) as counts_for_scopes_1_and_2,
        coalesce(decisions.counts_for_scope_3, false) as counts_for_scope_3,
        events.counts_on is null or extract(year from events.counts_on) <= base.year as has_happened
    from {{ ref('int_base_year_events') }} as events
    cross join base
    left join {{ ref('int_base_year_decisions') }} as decisions
        on events.source_row = decisions.source_row and decisions.is_latest

),

by_category as (

    select source_row, cast(scope as string) as scope, ghg_protocol_category, sum(co2e_kg) as co2e_kg
    from {{ ref('int_base_year_effects') }}
    cross join organization
    where
        year = organization.base_year
        and coalesce(scope2_method, organization.target_scope2_method) = organization.target_scope2_method
    group by source_row, scope, ghg_protocol_category

),

effects as (

    select source_row, '1;2' as scope, cast(delta_t as decimal(38, 18)) as effect_t, cast(delta_t as decimal(38, 18)) as counted_t, is_computed
    from events
    where coalesce(given_scope, '') <> '3'
    union all
    select
        by_category.source_row, by_category.scope, cast(sum(by_category.co2e_kg) * 0.001 as decimal(38, 18)),
        cast(sum(by_category.co2e_kg) * 0.001 as decimal(38, 18)), events.is_computed
    from by_category
    inner join events
        on by_category.source_row = events.source_row
    group by by_category.source_row, by_category.scope, events.is_computed
    union all
    -- All scopes together.
    select
        events.source_row, '1;2;3',
        cast(events.delta_t + coalesce(sum(by_category.co2e_kg) * 0.001, 0) as decimal(38, 18)),
        cast(
            case when events.counts_for_scopes_1_and_2 then events.delta_t else 0 end
            + case when events.counts_for_scope_3 then coalesce(sum(by_category.co2e_kg) * 0.001, 0) else 0 end
        as decimal(38, 18)),
        events.is_computed
    from events
    left join by_category
        on events.source_row = by_category.source_row and by_category.scope = '3'
    group by
        events.source_row, events.delta_t, events.is_computed, events.counts_for_scopes_1_and_2, events.counts_for_scope_3

),

scope_figures as (

    select cast(figures.scope as string) as scope, cast(figures.co2e_t as decimal(38, 18)) as as_reported_t
    from (
        {{ figures_to_recalculate() }}
    ) as figures
    cross join organization
    where figures.year = organization.base_year
    union all
    select '1;2', cast(as_reported_t as decimal(38, 18)) from base

),

figures as (

    select scope, as_reported_t from scope_figures
    union all
    select '1;2;3', sum(as_reported_t)
    from scope_figures
    where scope in ('1;2', '3')
    having count(as_reported_t) = 2

),

-- Categories 1 to 14, of which SBTi takes the share.
categories as (

    select ghg_protocol_category, cast(max_by(co2e_t, basis) as decimal(38, 18)) as co2e_t
    from (
        select year, scope, ghg_protocol_category, 'closed ' || basis as basis, co2e_t from {{ ref('int_base_year_closed') }}
        union all
        select year, scope, ghg_protocol_category, basis, co2e_t
        from {{ ref('category_emissions') }}
        where (select count(*) from {{ ref('int_base_year_closed') }} where ghg_protocol_category is not null) = 0
    ) as figures
    cross join organization
    where year = organization.base_year and scope = 3 and co2e_t is not null and ghg_protocol_category < 15
    group by ghg_protocol_category

),

moved_categories as (

    select source_row, ghg_protocol_category, co2e_kg * 0.001 as effect_t
    from by_category
    where scope = '3' and ghg_protocol_category < 15

),

-- What one event adds to a category takes from the shares of the others: each event is held against all of them, after the events
-- before it that count or wait.
category_steps as (

    select
        events.source_row,
        listed.ghg_protocol_category,
        coalesce(moved_categories.effect_t, 0) as effect_t,
        coalesce(categories.co2e_t, 0) + coalesce(sum(
            case
                when events.waived_reason is null and events.has_happened
                    and not coalesce({{ is_before_base_year('events', 'organization.base_year') }}, false)
                    then moved_categories.effect_t
            end
        ) over (
            partition by listed.ghg_protocol_category order by events.effective_on nulls first, events.event_id
            rows between unbounded preceding and 1 preceding
        ), 0) as before_t
    from events
    cross join organization
    cross join (
        select ghg_protocol_category from categories union select ghg_protocol_category from moved_categories
    ) as listed
    left join categories
        on listed.ghg_protocol_category = categories.ghg_protocol_category
    left join moved_categories
        on events.source_row = moved_categories.source_row and listed.ghg_protocol_category = moved_categories.ghg_protocol_category
    where
        events.source_row in (select source_row from moved_categories)
        -- Without a figure of a category there is no share.
        and (select count(*) from categories) > 0

),

-- A category of Scope 3 that comes over, or falls below, the threshold by the event.
crossings as (

    select
        sides.source_row,
        {{ texts_together('cast(sides.ghg_protocol_category as string)', ';', 'sides.ghg_protocol_category') }} as crossed
    from (
        select
            source_row,
            ghg_protocol_category,
            cast(before_t as decimal(24, 9)) as before_t,
            cast(before_t + effect_t as decimal(24, 9)) as after_t,
            cast(sum(before_t) over (partition by source_row) as decimal(24, 9)) as all_before_t,
            cast(sum(before_t + effect_t) over (partition by source_row) as decimal(24, 9)) as all_after_t
        from category_steps
    ) as sides
    cross join organization
    where
        (sides.before_t >= sides.all_before_t * cast(organization.significance_threshold as decimal(14, 9)))
        <> (sides.after_t >= sides.all_after_t * cast(organization.significance_threshold as decimal(14, 9)))
    group by sides.source_row

),

decided as (

    select
        events.event_id,
        effects.scope,
        events.kind,
        events.facility_id,
        events.effective_on,
        organization.base_year,
        organization.significance_threshold,
        figures.as_reported_t,
        effects.effect_t,
        effects.counted_t,
        effects.is_computed,
        case when effects.scope = '3' then crossings.crossed end as crossed_categories,
        case
            when events.is_withdrawn then 'withdrawn'
            when events.waived_reason is not null then 'waived'
            when {{ is_before_base_year('events', 'organization.base_year') }} then 'before_base_year'
            when effects.effect_t is null then 'unknown'
            when not events.has_happened then 'not_yet'
            when case effects.scope
                when '3' then events.counts_for_scope_3
                when '1;2;3' then events.counts_for_scopes_1_and_2 or events.counts_for_scope_3
                else events.counts_for_scopes_1_and_2
            end then 'recalculated'
            else 'accumulated'
        end as decision,
        events.waived_reason,
        events.document,
        row_number() over (
            partition by effects.scope order by events.effective_on nulls first, events.event_id
        ) as place
    from effects
    inner join events
        on effects.source_row = events.source_row
    cross join organization
    left join figures
        on effects.scope = figures.scope
    left join crossings
        on effects.source_row = crossings.source_row
    -- Without a figure of Scope 3 there is nothing to hold all scopes against.
    where effects.scope <> '1;2;3' or figures.scope is not null

),

running as (

    select
        decided.*,
        sum(case when decision in ('recalculated', 'accumulated') then abs(effect_t) else 0 end)
            over (partition by scope order by place) as moved_t,
        as_reported_t + coalesce(
            sum(case when decision = 'recalculated' then counted_t else 0 end)
                over (partition by scope order by place rows between unbounded preceding and 1 preceding), 0
        ) as before_t,
        as_reported_t + sum(case when decision = 'recalculated' then counted_t else 0 end) over (partition by scope order by place)
            as after_t
    from decided

),

target as (

    select to_year, to_reduction
    from {{ ref('int_target_points') }}
    where pathway_id = 'scope12'
    order by to_year
    limit 1

)

select
    cast(running.event_id as string) as event_id,
    cast(running.scope as string) as scope,
    cast(running.kind as string) as kind,
    cast(running.facility_id as string) as facility_id,
    running.effective_on,
    cast(running.base_year as integer) as base_year,
    cast(running.as_reported_t as decimal(38, 18)) as as_reported_t,
    cast(running.effect_t as decimal(38, 18)) as effect_t,
    cast(running.is_computed as boolean) as is_computed,
    {{ share('running.effect_t', 'running.as_reported_t') }} as share_of_scope,
    {{ share('running.moved_t', 'running.as_reported_t') }} as cumulative_share,
    cast(coalesce(
        cast(running.moved_t as decimal(28, 9))
        >= cast(running.as_reported_t as decimal(24, 9)) * cast(running.significance_threshold as decimal(14, 9)),
        false
    ) or running.crossed_categories is not null as boolean) as is_significant_by_scope,
    cast(running.crossed_categories as string) as crossed_categories,
    cast(running.decision as string) as decision,
    cast(running.waived_reason as string) as waived_reason,
    cast(running.before_t as decimal(38, 18)) as before_t,
    cast(running.after_t as decimal(38, 18)) as recalculated_t,
    cast(case when running.scope = '1;2' then target.to_year end as integer) as target_year,
    cast(case
        when running.scope = '1;2'
            then {{ share_of_value('running.before_t', 'cast(1 - target.to_reduction as decimal(19, 18))') }}
    end as decimal(38, 18)) as target_before_t,
    cast(case
        when running.scope = '1;2'
            then {{ share_of_value('running.after_t', 'cast(1 - target.to_reduction as decimal(19, 18))') }}
    end as decimal(38, 18)) as target_recalculated_t,
    cast(running.document as string) as document
from running
left join target
    on true
