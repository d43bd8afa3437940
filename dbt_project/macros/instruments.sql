{#- Electricity that is bought and consumed: what contractual instruments can serve. types: alias of int_activity_types. -#}
{% macro is_purchased_electricity(types) -%}
    {{ types }}.method = 'electricity'
    and {{ types }}.activity_type not like 'exported%'
    and {{ types }}.activity_type <> 'onsite_renewable_electricity'
{%- endmacro %}

{#-
  One step of the waterfall. Instruments are taken in order of the end of their claim (then its start, then their id);
  each is spread over the days and facilities of its pool that its claim covers, first where no supplier's factor speaks of
  the electricity, in proportion to what is still open there, and never gives a cell more than that.
  cells: CTE with pool, facility_id, period, factor_date (first day of a stretch on which no claim begins or ends),
  has_supplier_factor, open_mwh. supply: CTE with pool, activity_id, instrument_id,
  claim_start, claim_end, available_mwh. Returns activity_id, facility_id, period, factor_date,
  has_supplier_factor, allocated_mwh.
-#}
{% macro waterfall_step(cells, supply) -%}
ordered_{{ supply }} as (

    select
        {{ supply }}.*,
        row_number() over (
            partition by pool order by claim_end, claim_start, instrument_id, activity_id
        ) as turn
    from {{ supply }}
    where available_mwh > 0

),

turns_{{ supply }} as (

    select
        {{ cells }}.pool,
        {{ cells }}.facility_id,
        {{ cells }}.period,
        {{ cells }}.factor_date,
        {{ cells }}.has_supplier_factor,
        cast({{ cells }}.open_mwh as decimal(19, 6)) as open_mwh,
        cast(0 as decimal(19, 6)) as allocated_mwh,
        cast(null as string) as activity_id,
        cast(0 as bigint) as turn
    from {{ cells }}
    where {{ cells }}.pool in (select pool from ordered_{{ supply }})
    union all
    select
        pool,
        facility_id,
        period,
        factor_date,
        has_supplier_factor,
        cast(open_mwh - allocated as decimal(19, 6)),
        allocated,
        activity_id,
        turn
    from (
        select
            pool, facility_id, period, factor_date, has_supplier_factor, open_mwh, activity_id, turn,
            cast(case
                when eligible_mwh = 0 then 0
                else least(
                    eligible_mwh,
                    {{ proportional_share('to_allocate', 'eligible_through', 'eligible_total') }}
                    - {{ proportional_share('to_allocate', 'eligible_through - eligible_mwh', 'eligible_total') }}
                )
            end as decimal(19, 6)) as allocated
        from (
            select
                *,
                case
                    when has_supplier_factor then least(greatest(available_mwh - first_total, 0), eligible_total)
                    else least(available_mwh, eligible_total)
                end as to_allocate
            from (
                select
                    *,
                    sum(case when not has_supplier_factor then eligible_mwh else 0 end) over (partition by pool) as first_total,
                    sum(eligible_mwh) over (partition by pool, has_supplier_factor) as eligible_total,
                    sum(eligible_mwh) over (
                        partition by pool, has_supplier_factor order by factor_date, facility_id
                        rows between unbounded preceding and current row
                    ) as eligible_through
                from (
                    select
                        turns.pool, turns.facility_id, turns.period, turns.factor_date, turns.has_supplier_factor, turns.open_mwh,
                        next_turn.activity_id, next_turn.turn, next_turn.available_mwh,
                        case
                            when turns.factor_date between next_turn.claim_start and next_turn.claim_end then turns.open_mwh
                            else 0
                        end as eligible_mwh
                    from turns_{{ supply }} as turns
                    inner join ordered_{{ supply }} as next_turn
                        on turns.pool = next_turn.pool and next_turn.turn = turns.turn + 1
                ) as offered
            ) as summed
        ) as bounded
    ) as allocated_turns

)
{%- endmacro %}

{#- amount x part / whole, rounded half up to six places; 0 when whole is 0. All DECIMAL. -#}
{% macro proportional_share(amount, part, whole) -%}
    {{ return(adapter.dispatch('proportional_share', 'helioledger')(amount, part, whole)) }}
{%- endmacro %}

{#- In whole numbers, because a terawatt-hour times the demand of a large company is more than a quotient may divide. -#}
{% macro default__proportional_share(amount, part, whole) -%}
    coalesce({{ cumulative_share(
        'cast(' ~ amount ~ ' as decimal(19, 6))',
        'cast((' ~ part ~ ') * 1000000 as hugeint)',
        'cast((' ~ whole ~ ') * 1000000 as hugeint)'
    ) }}, 0)
{%- endmacro %}

{% macro spark__proportional_share(amount, part, whole) -%}
    coalesce(cast({{ exact_quotient(
        'cast(' ~ amount ~ ' as decimal(19, 6)) * cast(' ~ part ~ ' as decimal(19, 6))', whole
    ) }} as decimal(19, 6)), 0)
{%- endmacro %}
