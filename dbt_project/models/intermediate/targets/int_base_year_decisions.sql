-- One row per event and year that is compared with the base: whether the base is recalculated for it by then, for Scopes 1 and 2
-- and for Scope 3. In each an event counts from its year on: on its own where it reaches the threshold, with the other small ones where the sum
-- of their absolute sizes does; one that was waived never. Who recalculates Scopes 1 and 2 for a facility does so for its Scope 3.
with

covered as (

    select year, count(*) as months
    from {{ ref('int_covered_months') }}
    where figure = 'scope_3' and is_covered
    group by year

),

calculated_scope_3 as (

    select {{ tonnes('sum(months.co2e_kg)') }} as co2e_t
    from {{ ref('int_calculated_months') }} as months
    inner join {{ ref('int_organization') }} as organization
        on months.year = organization.base_year
    inner join covered
        on months.year = covered.year
    where months.scope = 3 and covered.months = 12

),

scope_3_figure as (

    select
        coalesce(max_by(closed.co2e_t, closed.basis), max(reported.co2e_t), max(calculated_scope_3.co2e_t)) as co2e_t
    from {{ ref('int_organization') }} as organization
    left join {{ ref('int_base_year_closed') }} as closed
        on closed.scope = 3 and closed.ghg_protocol_category is null
    left join {{ ref('int_reported_totals') }} as reported
        on organization.base_year = reported.year and reported.scope = 3
    left join calculated_scope_3
        on true

),

scope_3_effects as (

    select effects.source_row, cast(sum(effects.co2e_kg) * 0.001 as decimal(38, 18)) as effect_t
    from {{ ref('int_base_year_effects') }} as effects
    inner join {{ ref('int_organization') }} as organization
        on effects.year = organization.base_year
    where effects.scope = 3
    group by effects.source_row

),

happened as (

    select
        years.year,
        years.is_latest,
        years.small_events_count,
        events.source_row,
        events.is_computed,
        events.given_scope,
        events.delta_t,
        cast(years.as_reported_t as decimal(24, 9)) * cast(organization.significance_threshold as decimal(14, 9)) as threshold_t,
        scope_3_effects.effect_t as scope_3_t,
        cast(scope_3_figure.co2e_t as decimal(24, 9)) * cast(organization.significance_threshold as decimal(14, 9)) as scope_3_threshold_t
    from {{ ref('int_base_year') }} as years
    cross join {{ ref('int_organization') }} as organization
    cross join scope_3_figure
    inner join {{ ref('int_base_year_events') }} as events
        on
            events.waived_reason is null
            and (events.counts_on is null or extract(year from events.counts_on) <= years.year)
    left join scope_3_effects
        on events.source_row = scope_3_effects.source_row

),

sized as (

    select
        *,
        coalesce(given_scope, '') <> '3'
        and coalesce(small_events_count or abs(delta_t) >= threshold_t, false) as counts_for_scopes_1_and_2,
        sum(case when abs(scope_3_t) < scope_3_threshold_t then abs(scope_3_t) end) over (partition by year) as small_scope_3_t
    from happened

)

select
    source_row,
    year,
    is_latest,
    counts_for_scopes_1_and_2,
    (is_computed and counts_for_scopes_1_and_2)
    or coalesce(abs(scope_3_t) >= scope_3_threshold_t, false)
    or coalesce(scope_3_t is not null and small_scope_3_t >= scope_3_threshold_t, false) as counts_for_scope_3
from sized
