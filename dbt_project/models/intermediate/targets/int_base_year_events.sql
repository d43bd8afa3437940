-- One row per event of base_year_events.csv: by how much it changes Scope 1 + 2 of the base year, as given, else computed
-- from the facility's own base-year data (Corporate Standard, chapter 5); empty where neither is possible. Nothing, where the tonnes
-- that are given are of Scope 3.
with

organization as (

    select * from {{ ref('int_organization') }}

),

-- What a facility emitted in the base year, before consolidation, and the share of it that the base year holds: none on
-- days before or after the facility belonged to the boundary.
base_year_lines as (

    select
        factors.facility_id,
        factors.factor_date,
        {{ line_product('factors.quantity', 'factors.quantity_rest', 'cast(factors.co2 + factors.ch4 + factors.n2o + factors.hfcs + factors.pfcs'
            ~ ' + factors.sf6 + factors.nf3 + factors.unspecified as decimal(18, 12))', 'factors.factor_units') }} as gross_kg,
        coalesce(shares.share, 0) as share
    from {{ ref('int_line_factors') }} as factors
    cross join organization
    left join {{ ref('int_consolidation_shares') }} as shares
        on
            factors.facility_id = shares.facility_id
            and shares.boundary_route = 'consolidated'
            and factors.factor_date between shares.valid_from and shares.valid_to
    where
        factors.failure is null
        and factors.stage = 'direct'
        and (
            factors.scope = 1
            or (factors.scope = 2 and factors.scope2_method = organization.target_scope2_method)
        )
        and extract(year from factors.period) = organization.base_year

),

{{ base_year_event_steps() }}

calculated as (

    select
        source_row,
        sum(cast(
            cast(gross_kg as decimal(25, 12)) * cast(share_after - share_before as decimal(13, 12))
        as decimal(38, 18))) as delta_kg
    from line_changes
    group by source_row

),

-- The share with which the base year's published figure holds a facility: the mean of its days in the boundary.
base_shares as (

    select
        facility_id,
        cast({{ exact_quotient('sum(share * days)', 'sum(days)') }} as decimal(13, 12)) as share
    from (
        select
            shares.facility_id,
            shares.share,
            {{ days_inclusive(
                'greatest(shares.valid_from, ' ~ first_day_of('organization.base_year') ~ ')',
                'cast(least(shares.valid_to, ' ~ first_day_of('organization.base_year + 1') ~ ' - 1) as date)'
            ) }} as days
        from {{ ref('int_consolidation_shares') }} as shares
        cross join organization
        where
            shares.boundary_route = 'consolidated'
            and shares.share > 0
            and extract(year from shares.valid_from) <= organization.base_year
            and extract(year from shares.valid_to) >= organization.base_year
    ) as in_base_year
    group by facility_id

),

-- Published facility figures come before calculated ones, as the base year's total does.
reported as (

    select reported.facility_id, sum(reported.co2e_t) as co2e_t
    from {{ ref('int_reported_figures') }} as reported
    cross join organization
    where
        reported.year = organization.base_year
        and reported.part = 'facility_id'
        and reported.scope in (1, 2)
        and (reported.scope2_method is null or reported.scope2_method = organization.target_scope2_method)
    group by reported.facility_id
    having count(distinct reported.scope) = 2

),

-- Of a facility that came in during the base year the published figure has the days since: its event adds the missing ones, and
-- what happens later changes both.
inside as (

    select
        steps.facility_id,
        max(steps.share) as share,
        sum(coalesce(events.delta_base_co2e_t, calculated.delta_kg * 0.001)) as delta_t
    from steps
    inner join {{ source('raw', 'reference_base_year_events') }} as events
        on steps.source_row = events.source_row
    cross join organization
    left join calculated
        on steps.source_row = calculated.source_row
    where
        events.kind in ('acquisition', 'merger', 'insourcing')
        and coalesce(events.withdrawn_reason, events.waived_reason) is null
        and extract(year from steps.counts_on) = organization.base_year
    group by steps.facility_id

)

select
    events.source_row,
    events.event_id,
    events.kind,
    events.facility_id,
    events.effective_on,
    coalesce(steps.counts_on, events.effective_on) as counts_on,
    events.delta_base_co2e_t is null as is_computed,
    cast(case
        when {{ is_before_base_year('events', 'organization.base_year') }} then 0
        when events.delta_base_co2e_t is not null and events.scope = '3' then 0
        when events.delta_base_co2e_t is not null then events.delta_base_co2e_t
        -- Inside the base year the published figure has the days since: only the missing ones are added, by their lines.
        when
            events.kind in ('acquisition', 'merger', 'insourcing') and reported.co2e_t is not null
            and extract(year from steps.counts_on) = organization.base_year
            then calculated.delta_kg * 0.001
        when
            reported.co2e_t is not null and coalesce(inside.share, base_shares.share) > 0
            and abs(cast(coalesce(inside.delta_t, 0) as double)) < 1e12
            then cast({{ exact_quotient(
                'cast(reported.co2e_t + coalesce(inside.delta_t, 0) as decimal(22, 9))'
                ~ ' * cast(steps.share - coalesce(steps.previous_share, base_shares.share) as decimal(13, 12))',
                'coalesce(inside.share, base_shares.share)'
            ) }} as decimal(28, 9)) - case when steps.share = 0 then coalesce(steps.parts_before_t, 0) else 0 end
        when reported.co2e_t is not null and steps.share = 0 then -reported.co2e_t - coalesce(steps.parts_before_t, 0)
        -- Nothing changes and facilities.csv knows of no change on that day: the event contradicts it.
        when not steps.is_dated and calculated.delta_kg = 0 then null
        else calculated.delta_kg * 0.001 - case when steps.share = 0 then coalesce(steps.parts_before_t, 0) else 0 end
    end as decimal(28, 9)) as delta_t,
    events.scope as given_scope,
    coalesce(events.withdrawn_reason, events.waived_reason) as waived_reason,
    events.withdrawn_reason is not null as is_withdrawn,
    events.document
from {{ source('raw', 'reference_base_year_events') }} as events
cross join organization
left join steps
    on events.source_row = steps.source_row
left join calculated
    on events.source_row = calculated.source_row
left join reported
    on events.facility_id = reported.facility_id
left join base_shares
    on events.facility_id = base_shares.facility_id
left join inside
    on events.facility_id = inside.facility_id
