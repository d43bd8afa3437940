-- One row: Scope 1 + 2 of the base year in the target's Scope 2 method, reported before calculated, with the recalculations
-- that reach the significance threshold together (Corporate Standard, chapter 5).
with

organization as (

    select * from {{ ref('int_organization') }}

),

base as (

    select
        organization.base_year,
        organization.significance_threshold,
        coalesce(
            years.reported_co2e_t, case when years.months_covered = 12 then years.calculated_co2e_t end
        ) as as_reported_t
    from organization
    left join {{ ref('int_scope12_years') }} as years
        on organization.base_year = years.year

),

events as (

    select sum(delta_t) as delta_t
    from {{ ref('int_base_year_events') }}

)

select
    base.base_year,
    base.as_reported_t,
    cast(
        base.as_reported_t
        + case
            when abs(events.delta_t)
                >= cast(base.as_reported_t as decimal(24, 9)) * cast(base.significance_threshold as decimal(14, 9))
                then cast(events.delta_t as decimal(28, 9))
            else 0
        end
    as decimal(38, 18)) as base_co2e_t,
    cast(events.delta_t as decimal(28, 9)) as event_delta_t
from base
cross join events
