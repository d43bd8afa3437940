-- One row per event of base_year_events.csv: by how much it changes Scope 1 + 2 of the base year, as given, else computed
-- from the facility's own base-year data (Corporate Standard, chapter 5); empty where neither is possible.
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
        {{ line_product('factors.quantity', 'cast(factors.co2 + factors.ch4 + factors.n2o + factors.hfcs + factors.pfcs'
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

-- The share with which a facility came in, or with which it stays: a sale of a part, or of shares without the control
-- that counts, leaves the rest in the base year. People give the last day before a change or the first one after it, so
-- what holds on the day after counts. A facility that is sold although facilities.csv shows no change goes whole.
structural as (

    select
        events.source_row,
        events.event_id,
        events.facility_id,
        events.kind,
        events.effective_on,
        max(case when shares.valid_from in (
            cast(events.effective_on - 1 as date), events.effective_on, cast(events.effective_on + 1 as date)
        ) or shares.valid_to in (cast(events.effective_on - 1 as date), events.effective_on) then 1 else 0 end) = 1
            as is_dated,
        -- Who outsources a part says which: the facility goes on, and its share does not tell.
        events.kind = 'outsourcing' and coalesce(max(case
            when cast(events.effective_on + 1 as date) between shares.valid_from and shares.valid_to then shares.share
        end), 0) > 0 as is_partial,
        max(case
            when cast(events.effective_on + 1 as date) between shares.valid_from and shares.valid_to then shares.share
        end) as share_then
    from {{ source('raw', 'reference_base_year_events') }} as events
    left join {{ ref('int_consolidation_shares') }} as shares
        on events.facility_id = shares.facility_id and shares.boundary_route = 'consolidated'
    where events.kind in ('acquisition', 'divestiture', 'outsourcing') and events.facility_id is not null
    group by events.source_row, events.event_id, events.facility_id, events.kind, events.effective_on

),

new_shares as (

    select
        source_row,
        event_id,
        facility_id,
        effective_on,
        is_dated,
        case
            when is_partial then null
            when kind = 'acquisition' then share_then
            when is_dated then coalesce(share_then, 0)
            else cast(0 as decimal(13, 12))
        end as share
    from structural

),

-- Several events of one facility follow each other, on one day by their names: each starts from the share that the one before
-- it left.
steps as (

    select
        new_shares.*,
        lag(share) over (partition by facility_id order by effective_on, event_id) as previous_share,
        lag(effective_on) over (partition by facility_id order by effective_on, event_id) as previous_on
    from new_shares
    where effective_on is not null
    union all
    select new_shares.*, cast(null as decimal(13, 12)), cast(null as date)
    from new_shares
    where effective_on is null

),

line_changes as (

    select
        steps.source_row,
        base_year_lines.gross_kg,
        case
            when steps.previous_share is not null and base_year_lines.factor_date < steps.previous_on
                then steps.previous_share
            else base_year_lines.share
        end as share_before,
        case
            when steps.effective_on is null or base_year_lines.factor_date < steps.effective_on then steps.share
            else base_year_lines.share
        end as share_after
    from steps
    inner join base_year_lines
        on steps.facility_id = base_year_lines.facility_id

),

calculated as (

    select
        source_row,
        sum(cast(
            cast(gross_kg as decimal(25, 12)) * cast(share_after - share_before as decimal(13, 12))
        as decimal(38, 18))) as delta_kg
    from line_changes
    group by source_row

),

-- The share with which the base year's published figure holds a facility.
base_shares as (

    select shares.facility_id, max(shares.share) as share
    from {{ ref('int_consolidation_shares') }} as shares
    cross join organization
    where
        shares.boundary_route = 'consolidated'
        and extract(year from shares.valid_from) <= organization.base_year
        and extract(year from shares.valid_to) >= organization.base_year
    group by shares.facility_id

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

)

select
    events.source_row,
    events.event_id,
    events.kind,
    events.facility_id,
    events.effective_on,
    events.delta_base_co2e_t is null as is_computed,
    cast(case
        when events.delta_base_co2e_t is not null then events.delta_base_co2e_t
        -- Inside the base year the published figure has the days since: only the missing ones are added, by their lines.
        when
            events.kind = 'acquisition' and reported.co2e_t is not null
            and extract(year from events.effective_on) = organization.base_year
            then calculated.delta_kg * 0.001
        when reported.co2e_t is not null and base_shares.share > 0
            then cast({{ exact_quotient(
                'cast(reported.co2e_t as decimal(22, 9))'
                ~ ' * cast(steps.share - coalesce(steps.previous_share, base_shares.share) as decimal(13, 12))',
                'base_shares.share'
            ) }} as decimal(28, 9))
        when reported.co2e_t is not null and steps.share = 0 then -reported.co2e_t
        -- Nothing changes and facilities.csv knows of no change on that day: the event contradicts it.
        when not steps.is_dated and calculated.delta_kg = 0 then null
        else calculated.delta_kg * 0.001
    end as decimal(28, 9)) as delta_t,
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
