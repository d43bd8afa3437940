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
    {{ return(adapter.dispatch('waterfall_step', 'helioledger')(cells, supply)) }}
{%- endmacro %}

{% macro default__waterfall_step(cells, supply) -%}
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

{#-
  Spark lets no recursion look at more than one row at a time: here a pool's instruments and cells are lists, and one after
  the other goes through all cells. state: the cells as the instruments before left them, and what those gave. offer: the
  same for one instrument, with what it may give to either kind of cell and the sums of the cells that it has passed.
-#}
{% macro spark__waterfall_step(cells, supply) -%}
    {%- set amount = 'decimal(19, 6)' -%}
    {%- set zero = 'cast(0 as decimal(19, 6))' -%}
    {%- set cell_type = 'facility_id: string, period: date, factor_date: date, has_supplier_factor: boolean, open_mwh: ' ~ amount -%}
    {%- set given_type = 'activity_id: string, facility_id: string, period: date, factor_date: date,'
        ~ ' has_supplier_factor: boolean, allocated_mwh: ' ~ amount -%}
    {%- set covered = 'cell.factor_date between instrument.claim_start and instrument.claim_end' -%}
ordered_{{ supply }} as (

    select
        pool,
        array_sort(collect_list(struct(
            claim_end, claim_start, instrument_id, activity_id, cast(available_mwh as {{ amount }}) as available_mwh
        ))) as instruments
    from {{ supply }}
    where available_mwh > 0
    group by pool

),

pooled_{{ supply }} as (

    select
        pool,
        array_sort(collect_list(struct(
            factor_date, facility_id, period, has_supplier_factor, cast(open_mwh as {{ amount }}) as open_mwh
        ))) as cells
    from {{ cells }}
    group by pool

),

turns_{{ supply }} as (

    select served.pool, given.*
    from (
        select
            ordered_{{ supply }}.pool,
            explode(aggregate(
                ordered_{{ supply }}.instruments,
                struct(
                    transform(pooled_{{ supply }}.cells, cell -> struct(
                        cell.facility_id, cell.period, cell.factor_date, cell.has_supplier_factor, cell.open_mwh
                    )) as cells,
                    cast(array() as array<struct<{{ given_type }}>>) as given
                ),
                (state, instrument) -> aggregate(
                    state.cells,
                    aggregate(
                        filter(state.cells, cell -> {{ covered }}),
                        struct({{ zero }} as first_total, {{ zero }} as second_total),
                        (totals, cell) -> struct(
                            cast(
                                totals.first_total + if(cell.has_supplier_factor, 0, cell.open_mwh)
                            as {{ amount }}) as first_total,
                            cast(
                                totals.second_total + if(cell.has_supplier_factor, cell.open_mwh, 0)
                            as {{ amount }}) as second_total
                        ),
                        totals -> struct(
                            totals.first_total,
                            totals.second_total,
                            cast(least(instrument.available_mwh, totals.first_total) as {{ amount }}) as first_offer,
                            cast(least(
                                greatest(instrument.available_mwh - totals.first_total, 0), totals.second_total
                            ) as {{ amount }}) as second_offer,
                            {{ zero }} as first_passed,
                            {{ zero }} as second_passed,
                            cast(array() as array<struct<{{ cell_type }}>>) as cells,
                            state.given as given
                        )
                    ),
                    (offer, cell) -> element_at(transform(
                        array(if(
                            {{ covered }} and cell.open_mwh <> 0,
                            {{ waterfall_share(amount) }},
                            {{ zero }}
                        )),
                        allocated -> struct(
                            offer.first_total,
                            offer.second_total,
                            offer.first_offer,
                            offer.second_offer,
                            cast(
                                offer.first_passed + if({{ covered }} and not cell.has_supplier_factor, cell.open_mwh, 0)
                            as {{ amount }}) as first_passed,
                            cast(
                                offer.second_passed + if({{ covered }} and cell.has_supplier_factor, cell.open_mwh, 0)
                            as {{ amount }}) as second_passed,
                            array_append(offer.cells, struct(
                                cell.facility_id, cell.period, cell.factor_date, cell.has_supplier_factor,
                                cast(cell.open_mwh - allocated as {{ amount }}) as open_mwh
                            )) as cells,
                            if(
                                allocated > 0,
                                array_append(offer.given, struct(
                                    instrument.activity_id, cell.facility_id, cell.period, cell.factor_date,
                                    cell.has_supplier_factor, allocated as allocated_mwh
                                )),
                                offer.given
                            ) as given
                        )
                    ), 1),
                    offer -> struct(offer.cells as cells, offer.given as given)
                ),
                state -> state.given
            )) as given
        from ordered_{{ supply }}
        inner join pooled_{{ supply }} on ordered_{{ supply }}.pool = pooled_{{ supply }}.pool
    ) as served

)
{%- endmacro %}

{#- What a cell of the waterfall gets of an offer, of those of its kind. -#}
{% macro waterfall_share(amount) -%}
    if(cell.has_supplier_factor,
        {%- for kind in ['second', 'first'] %}
        cast(least(
            cell.open_mwh,
            {{ proportional_share(
                'offer.' ~ kind ~ '_offer', 'offer.' ~ kind ~ '_passed + cell.open_mwh', 'offer.' ~ kind ~ '_total'
            ) }}
            - {{ proportional_share('offer.' ~ kind ~ '_offer', 'offer.' ~ kind ~ '_passed', 'offer.' ~ kind ~ '_total') }}
        ) as {{ amount }}){{ ',' if not loop.last }}
        {%- endfor %}
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
    coalesce({{ cumulative_share(
        'cast(' ~ amount ~ ' as decimal(19, 6))',
        'cast((' ~ part ~ ') * 1000000 as decimal(38, 0))',
        'cast((' ~ whole ~ ') * 1000000 as decimal(38, 0))'
    ) }}, 0)
{%- endmacro %}

{#- The serial numbers of a row as ranges with a dash, apart by a semicolon, whatever is written for either: `GA0001 至 GA0100`,
    `0001 to 0100`, `GA0001/GA0100`, a line for each. What stands before a colon says only that these are numbers, and a remark in
    brackets behind them how many. -#}
{% macro serial_ranges(serial) -%}
    {%- set told = namespace(text="translate(" ~ name_key(serial) ~ ", '–—−~～〜至到；、，,（）：\n\r', '--------;;;;():;;')") -%}
    {%- set dash = '(?:[.]{2,}|…|to|bis|thru|through|à|até|đến|hasta|->|→)' -%}
    {%- for pattern, group in [
        ('[(][^()0-9]*[0-9,.]*[^()0-9;]*[)](;|$)', '{1}'), ('(^|;)[^0-9;]*:', '{1}'),
        ('([0-9])' ~ dash ~ '([^0-9;]*[0-9])', '{1}-{2}'), ('([0-9])/([a-z]+[^;/]*[0-9])', '{1}-{2}'),
    ] -%}
    {%- set told.text = replaced_everywhere(told.text, pattern, group) -%}
    {%- endfor -%}
    {{ told.text }}
{%- endmacro %}

{#- A text in which a pattern is replaced wherever it stands; {1} and {2} are its groups. -#}
{% macro replaced_everywhere(text, pattern, by) -%}
    {{ return(adapter.dispatch('replaced_everywhere', 'helioledger')(text, pattern, by)) }}
{%- endmacro %}

{% macro default__replaced_everywhere(text, pattern, by) -%}
    regexp_replace({{ text }}, '{{ pattern }}', '{{ by | replace('{', '\\') | replace('}', '') }}', 'g')
{%- endmacro %}

{% macro spark__replaced_everywhere(text, pattern, by) -%}
    regexp_replace({{ text }}, '{{ pattern }}', '{{ by | replace('{', '$') | replace('}', '') }}')
{%- endmacro %}
