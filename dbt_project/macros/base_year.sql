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
    where events.kind in ('acquisition', 'merger', 'divestiture', 'outsourcing', 'insourcing') and events.facility_id is not null
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
            when kind in ('acquisition', 'merger', 'insourcing') then share_then
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
            when steps.effective_on is null or base_year_lines.factor_date < steps.effective_on then steps.share
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
