{#-
  What events change of the shares of facilities, and of lines: CTEs `structural`, `new_shares`, `steps` and `line_changes`, after a
  CTE `base_year_lines` (facility_id, factor_date, gross_kg, share, and the columns `kept`).
-#}
{% macro base_year_event_steps(kept=[]) -%}
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
        coalesce(events.withdrawn_reason, events.waived_reason) is not null as is_waived,
        max(events.delta_base_co2e_t) as given_t,
        -- The first day of the new share: named, or the day after the one that is named.
        case
            when max(case
                when shares.valid_to = events.effective_on or shares.valid_from = cast(events.effective_on + 1 as date) then 1 else 0
            end) = 1 then cast(events.effective_on + 1 as date)
            else events.effective_on
        end as counts_on,
        max(case when shares.valid_from in (
            cast(events.effective_on - 1 as date), events.effective_on, cast(events.effective_on + 1 as date)
        ) or shares.valid_to in (cast(events.effective_on - 1 as date), events.effective_on) then 1 else 0 end) = 1
            as is_dated,
        coalesce(max(case
            when cast(events.effective_on + 1 as date) between shares.valid_from and shares.valid_to then shares.share
        end), 0) > 0 as goes_on,
        -- Whether the facility sends data of later months.
        coalesce(max(last_data.period) > max(events.effective_on), false) as has_later_data,
        max(case
            when cast(events.effective_on + 1 as date) between shares.valid_from and shares.valid_to then shares.share
        end) as share_then
    from {{ source('raw', 'reference_base_year_events') }} as events
    left join {{ ref('int_consolidation_shares') }} as shares
        on events.facility_id = shares.facility_id and shares.boundary_route = 'consolidated'
    left join (
        select facility_id, max(period) as period from {{ ref('int_activity_segments') }} group by facility_id
    ) as last_data
        on events.facility_id = last_data.facility_id
    where events.kind in ('acquisition', 'merger', 'divestiture', 'outsourcing', 'insourcing') and events.facility_id is not null
    group by events.source_row, events.event_id, events.facility_id, events.kind, events.effective_on, events.waived_reason,
        events.withdrawn_reason

),

new_shares as (

    select
        source_row,
        event_id,
        facility_id,
        effective_on,
        counts_on,
        is_waived,
        given_t,
        is_dated,
        case
            -- Who outsources or sells a part says which: the facility goes on, and its share does not tell.
            when goes_on and (kind = 'outsourcing' or (kind = 'divestiture' and not is_dated and has_later_data)) then null
            when kind in ('acquisition', 'merger', 'insourcing') then share_then
            when is_dated then coalesce(share_then, 0)
            else cast(0 as decimal(13, 12))
        end as share
    from structural

),

-- Several events of one facility follow each other, on one day by their names: each starts from the share that the one before
-- it left, of those that were not waived.
numbered as (

    select
        new_shares.*,
        max(case when not is_waived then counts_on end) over before_it as previous_on,
        -- What parts that went before, by the tonnes that were given, have taken out already.
        sum(case when not is_waived and share is null then given_t end) over before_it as parts_before_t,
        sum(case when not is_waived then 1 else 0 end) over (
            partition by facility_id order by effective_on, event_id rows between unbounded preceding and current row
        ) - case when is_waived then 0 else 1 end as standing_before
    from new_shares
    where effective_on is not null
    window before_it as (
        partition by facility_id order by effective_on, event_id rows between unbounded preceding and 1 preceding
    )

),

steps as (

    select
        numbered.source_row, numbered.event_id, numbered.facility_id, numbered.effective_on, numbered.counts_on, numbered.is_dated,
        numbered.share, previous.share as previous_share, numbered.previous_on, numbered.parts_before_t
    from numbered
    left join numbered as previous
        on
            numbered.facility_id = previous.facility_id
            and not previous.is_waived
            and numbered.standing_before = previous.standing_before + 1
    union all
    select
        source_row, event_id, facility_id, effective_on, counts_on, is_dated, share, cast(null as decimal(13, 12)), cast(null as date),
        cast(null as decimal(38, 9))
    from new_shares
    where effective_on is null

),

line_changes as (

    select
        steps.source_row,
        {%- for column in kept %}
        base_year_lines.{{ column }},
        {%- endfor %}
        base_year_lines.gross_kg,
        case
            when steps.previous_share is not null and base_year_lines.factor_date < steps.previous_on
                then steps.previous_share
            else base_year_lines.share
        end as share_before,
        case
            when steps.counts_on is null or base_year_lines.factor_date < steps.counts_on then steps.share
            else base_year_lines.share
        end as share_after
    from steps
    inner join base_year_lines
        on steps.facility_id = base_year_lines.facility_id

),
{%- endmacro %}

{#- What was bought, sold or outsourced before the base year is in its figure already. An error may be older than it. -#}
{% macro is_before_base_year(events, base_year) -%}
    {{ events }}.kind in ('acquisition', 'merger', 'divestiture', 'outsourcing', 'insourcing')
    and extract(year from {{ events }}.effective_on) < {{ base_year }}
{%- endmacro %}

{% macro event_kind_zh(kind) -%}
    case {{ kind }}
        when 'acquisition' then '收购' when 'merger' then '合并' when 'divestiture' then '剥离' when 'outsourcing' then '外包'
        when 'insourcing' then '自营化' when 'methodology' then '方法变更' when 'error' then '差错' else '边界变更'
    end
{%- endmacro %}

{#- An event as it was given, as a text: what its figure follows from. -#}
{% macro event_as_given(kind, facility_id, effective_on, delta_t, scope, category) -%}
    concat_ws(
        ' ', {{ kind }}, {{ facility_id }}, cast({{ effective_on }} as string),
        {{ plain_number(delta_t) }} || ' t', 'scope ' || {{ scope }}, 'category ' || cast({{ category }} as string)
    )
{%- endmacro %}

{#-
  The figure of each year and scope (year, scope, co2e_t) that a recalculation changes, in the target's Scope 2 method: of a base year that
  was closed the one it was closed with first, else the inventory's, reported before calculated for the whole year.
-#}
{% macro figures_to_recalculate() -%}
    select year, scope, co2e_t
    from (
        select
            inventory.year,
            inventory.scope,
            inventory.co2e_t,
            row_number() over (
                partition by inventory.year, inventory.scope order by inventory.source_rank, inventory.basis desc
            ) as preference
        from (
            select year, scope, scope2_method, basis, co2e_t, 0 as source_rank
            from {{ ref('int_base_year_closed') }}
            where ghg_protocol_category is null
            union all
            select year, scope, scope2_method, basis, co2e_t, 1
            from {{ ref('annual_inventory') }}
            where basis = 'reported' or months_covered = 12
        ) as inventory
        cross join {{ ref('int_organization') }} as organization
        where coalesce(inventory.scope2_method, organization.target_scope2_method) = organization.target_scope2_method
    ) as ranked
    where preference = 1
{%- endmacro %}
