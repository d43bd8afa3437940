-- One row per year from the base year to the last year with a figure or a target: what Scope 1 + 2 of that year are compared with,
-- in the target's Scope 2 method. Reported before calculated, with the recalculations that count until then (Corporate
-- Standard, chapter 5): an event counts from the year of its date, on its own where it reaches the significance threshold,
-- together with the other small ones where the sum of their absolute sizes does; one that was waived never. A base year that was
-- closed stays what it was closed with first: a later close holds what an event corrected, and the event would count twice.
with

organization as (

    select * from {{ ref('int_organization') }}

),

closed as (

    select year, target_scope2_method, base_co2e_t
    from (
        select *, row_number() over (partition by year, target_scope2_method order by number) as place
        from {{ source('raw', 'closes') }}
        where action = 'close' and base_co2e_t is not null
    ) as closes
    where place = 1

),

figures as (

    select
        organization.base_year,
        organization.significance_threshold,
        coalesce(
            closed.base_co2e_t, years.reported_co2e_t, case when years.months_covered = 12 then years.calculated_co2e_t end
        ) as as_reported_t
    from organization
    left join {{ ref('int_scope12_years') }} as years
        on organization.base_year = years.year
    left join closed
        on organization.base_year = closed.year and organization.target_scope2_method = closed.target_scope2_method

),

base as (

    select
        base_year,
        as_reported_t,
        cast(as_reported_t as decimal(24, 9)) * cast(significance_threshold as decimal(14, 9)) as threshold_t
    from figures

),

-- The greatest of those that there are.
last_years as (

    select
        greatest(base.base_year, max(figures.year), max(targets.to_year)) as last_year,
        greatest(base.base_year, max(figures.year)) as latest_year
    from base
    left join {{ ref('int_scope12_years') }} as figures
        on figures.reported_co2e_t is not null or figures.months_covered = 12
    left join {{ ref('int_target_points') }} as targets
        on true
    group by base.base_year

),

years as (

    select base.*, last_years.latest_year, cast(base.base_year + numbers.i as integer) as year
    from base
    cross join last_years
    cross join (select cast(i as integer) as i from range(0, 200) as numbers_from_zero(i)) as numbers
    where base.base_year + numbers.i <= last_years.last_year

),

sums as (

    select
        years.year,
        years.base_year,
        years.as_reported_t,
        years.year = years.latest_year as is_latest,
        sum(events.delta_t) as event_delta_t,
        coalesce(sum(case when abs(events.delta_t) >= years.threshold_t then events.delta_t end), 0) as large_t,
        coalesce(sum(case when abs(events.delta_t) < years.threshold_t then events.delta_t end), 0) as small_t,
        coalesce(sum(case when abs(events.delta_t) < years.threshold_t then abs(events.delta_t) end), 0)
        >= max(years.threshold_t) as small_count
    from years
    left join {{ ref('int_base_year_events') }} as events
        on
            events.waived_reason is null
            and (events.counts_on is null or extract(year from events.counts_on) <= years.year)
    group by years.year, years.base_year, years.as_reported_t, years.year = years.latest_year

)

select
    year,
    base_year,
    as_reported_t,
    cast(
        as_reported_t + cast(large_t + case when small_count then small_t else 0 end as decimal(28, 9))
    as decimal(38, 18)) as base_co2e_t,
    cast(event_delta_t as decimal(28, 9)) as event_delta_t,
    coalesce(small_count, false) as small_events_count,
    is_latest
from sums
