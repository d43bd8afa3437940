-- One row per pair of calculated years, facility and driver: what it did to Scope 1 + 2 in the target's Scope 2 method (additive
-- logarithmic mean Divisia index I). The effects of a facility sum to its change, facilities to the organisation's. Effects are made as
-- DOUBLE, because of the logarithms; what that leaves in the ninth decimal goes to the largest of them, so that sums are exact.
-- The multiplicative index is the same effects over the logarithmic mean of the organisation's two totals.
with

factors as (

    select * from {{ ref('int_driver_factors') }}

),

effects as (

    select
        from_year, to_year, facility_id, driver,
        min(case when has_output then 1 else 0 end) = 1 as has_output,
        cast(sum(case
            when driver = 'not_decomposed' then cast(t1 - t0 as double)
            else {{ divisia_effect('cast(t0 as double)', 'cast(t1 as double)', 'x0', 'x1') }}
        end) as decimal(28, 9)) as effect_t
    from factors
    group by from_year, to_year, facility_id, driver

),

changes as (

    select
        from_year, to_year, facility_id,
        cast(sum(t0) as decimal(28, 9)) as from_co2e_t,
        cast(sum(t1) as decimal(28, 9)) as to_co2e_t
    from (select distinct from_year, to_year, facility_id, part, t0, t1 from factors) as parts
    group by from_year, to_year, facility_id

),

organisation as (

    select from_year, to_year, cast(sum(from_co2e_t) as double) as v0, cast(sum(to_co2e_t) as double) as v1
    from changes
    group by from_year, to_year

),

-- A facility that was bought, sold or merged, and nothing else of the kind.
events as (

    select facility_id, min(kind) as kind
    from (
        select distinct facility_id, kind
        from {{ source('raw', 'reference_base_year_events') }}
        where kind in ('acquisition', 'divestiture', 'merger')
    ) as known
    group by facility_id
    having count(*) = 1

),

ranked as (

    select
        effects.*,
        changes.from_co2e_t,
        changes.to_co2e_t,
        row_number() over (
            partition by effects.from_year, effects.to_year, effects.facility_id order by abs(effects.effect_t) desc, effects.driver
        ) as size_rank,
        changes.to_co2e_t - changes.from_co2e_t - sum(effects.effect_t) over (
            partition by effects.from_year, effects.to_year, effects.facility_id
        ) as residual_t
    from effects
    inner join changes
        on
            effects.from_year = changes.from_year and effects.to_year = changes.to_year
            and effects.facility_id = changes.facility_id

)

select
    cast(ranked.from_year as integer) as from_year,
    cast(ranked.to_year as integer) as to_year,
    cast(ranked.facility_id as string) as facility_id,
    cast(ranked.driver as string) as driver,
    cast(
        ranked.effect_t + case when ranked.size_rank = 1 and abs(ranked.residual_t) < 0.001 then ranked.residual_t else 0 end
    as decimal(28, 9)) as effect_t,
    ranked.from_co2e_t,
    ranked.to_co2e_t,
    cast(ranked.has_output as boolean) as has_output,
    cast(case
        when organisation.v0 > 0 and organisation.v1 > 0
            then exp(cast(ranked.effect_t as double) / ({{ logarithmic_mean('organisation.v0', 'organisation.v1') }}))
    end as decimal(38, 12)) as total_ratio,
    -- A change of activity that no output tells apart from one of efficiency is not identified.
    cast(case
        when ranked.driver = 'energy_per_output' and not ranked.has_output then unidentified.cdp_reason
        else coalesce(by_event.cdp_reason, causes.cdp_reason)
    end as string) as cdp_reason
from ranked
inner join organisation
    on ranked.from_year = organisation.from_year and ranked.to_year = organisation.to_year
cross join (
    select max(cdp_reason) as cdp_reason from {{ ref('restatement_causes') }} where cause = 'not_decomposed'
) as unidentified
left join {{ ref('restatement_causes') }} as causes
    on ranked.driver = causes.cause and causes.event_kind is null
left join events
    on ranked.facility_id = events.facility_id
left join {{ ref('restatement_causes') }} as by_event
    on ranked.driver = by_event.cause and events.kind = by_event.event_kind
