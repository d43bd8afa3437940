-- One row per year and scope that a recalculation of the base year changes: the figure as published beside the one that the events
-- which count give, from the lines of the facilities; a base year that was closed as it was closed first. The target's Scope 2 method.
with

figures as (

    {{ figures_to_recalculate() }}

),

effects as (

    select
        effects.year,
        effects.scope,
        {{ different_texts('given.event_id') }} as events,
        sum(effects.co2e_kg) as co2e_kg
    from {{ ref('int_base_year_effects') }} as effects
    inner join {{ ref('int_base_year_events') }} as given
        on effects.source_row = given.source_row
    inner join {{ ref('int_base_year_decisions') }} as decisions
        on
            effects.source_row = decisions.source_row and decisions.is_latest
            and case when effects.scope = 3 then decisions.counts_for_scope_3 else decisions.counts_for_scopes_1_and_2 end
    cross join {{ ref('int_organization') }} as organization
    where coalesce(effects.scope2_method, organization.target_scope2_method) = organization.target_scope2_method
    group by effects.year, effects.scope

)

select
    effects.year,
    effects.scope,
    cast(effects.events as string) as events,
    cast(figures.co2e_t as decimal(38, 21)) as published_co2e_t,
    {{ tonnes('effects.co2e_kg') }} as effect_co2e_t,
    cast(figures.co2e_t + {{ tonnes('effects.co2e_kg') }} as decimal(38, 21)) as recalculated_co2e_t
from effects
left join figures
    on effects.year = figures.year and effects.scope = figures.scope
