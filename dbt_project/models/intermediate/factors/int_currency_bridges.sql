-- One row per currency that is spent, year of the spend, currency of a factor and its price year: units of the factor's
-- money per unit spent. Exchange rate of the year of the spend, then the price index of the factor's currency from that
-- year back to the price year of the factor (Scope 3 Guidance, spend-based method).
with

rates as (

    select
        rates.currency, rates.per_currency, rates.year, cast(rates.rate as decimal(18, 9)) as rate, 0 as table_rank
    from {{ source('raw', 'reference_exchange_rates') }} as rates
    union all
    select
        rates.currency, rates.per_currency, rates.year, cast(rates.rate as decimal(18, 9)) as rate, 1 as table_rank
    from {{ ref('exchange_rates') }} as rates

),

-- currency per per_currency, both ways round, the workspace's own rates first
both_ways as (

    select currency, per_currency, year, {{ money_factor(exact_quotient('1', 'rate')) }} as factor, table_rank
    from rates
    union all
    select per_currency as currency, currency as per_currency, year, cast(rate as decimal(38, 18)) as factor, table_rank
    from rates

),

-- A pair that no table quotes goes over a currency that both are quoted in, the dollar before any other.
quoted as (

    select currency, per_currency, year, factor, table_rank, cast(null as string) as by_way_of
    from both_ways
    union all
    select
        one.currency, two.per_currency, one.year,
        {{ money_factor(exact_product('one.factor', 'cast(two.factor as decimal(24, 12))')) }},
        2 + one.table_rank + two.table_rank,
        one.per_currency
    from both_ways as one
    inner join both_ways as two
        on one.per_currency = two.currency and one.year = two.year and one.currency <> two.per_currency
            and cast(one.factor as double) * cast(two.factor as double) < 100000000

),

ranked as (

    select
        quoted.*,
        row_number() over (
            partition by currency, per_currency, year
            order by
                case when by_way_of is null then 0 when by_way_of = 'USD' then 1 else 2 end,
                table_rank, by_way_of, factor
        ) as preference
    from quoted

),

both_indices as (

    select
        price_index, currency, coalesce(base_year, '') as base_year, year, cast(value as decimal(18, 6)) as value,
        0 as table_rank
    from {{ source('raw', 'reference_price_indices') }}
    union all
    select price_index, currency, coalesce(cast(base_year as string), ''), year, cast(value as decimal(18, 6)), 1
    from {{ ref('price_indices') }}

),

-- Only ratios within one index on one base have a meaning: one per currency, what the workspace names before the others.
chosen as (

    select currency, price_index, base_year
    from (
        select
            currency, price_index, base_year,
            row_number() over (partition by currency order by min(table_rank), price_index, base_year) as preference
        from both_indices
        group by currency, price_index, base_year
    ) as ranked_indices
    where preference = 1

),

-- The workspace's rows carry a shared index on, or replace its years.
indices as (

    select currency, year, value
    from (
        select
            both_indices.currency, both_indices.year, both_indices.value,
            row_number() over (
                partition by both_indices.currency, both_indices.year order by both_indices.table_rank
            ) as preference
        from both_indices
        inner join chosen
            on
                both_indices.currency = chosen.currency
                and both_indices.price_index = chosen.price_index
                and both_indices.base_year = chosen.base_year
    ) as ranked_values
    where preference = 1

),

spent as (

    select distinct
        units.dimension as from_currency,
        cast(extract(year from demand.factor_date) as integer) as spend_year
    from {{ ref('int_factor_demand') }} as demand
    inner join {{ ref('int_units') }} as units
        on demand.unit = units.unit
    where units.is_currency

),

priced as (

    select distinct
        units.dimension as to_currency,
        factors.data_year as price_year
    from {{ ref('int_emission_factors') }} as factors
    inner join {{ ref('int_units') }} as units
        on factors.per_unit = units.unit
    where units.is_currency

),

exchanged as (

    select
        spent.from_currency,
        spent.spend_year,
        priced.to_currency,
        priced.price_year,
        case when spent.from_currency <> priced.to_currency then ranked.by_way_of end as by_way_of,
        case
            when spent.from_currency = priced.to_currency then cast(1 as decimal(38, 18))
            else ranked.factor
        end as exchange_factor,
        case
            when priced.price_year is null or priced.price_year = spent.spend_year then cast(1 as decimal(24, 15))
            else coalesce(
                cast({{ exact_quotient('price_index.value', 'spend_index.value') }} as decimal(24, 15)),
                cast(1 as decimal(24, 15))
            )
        end as price_factor,
        priced.price_year <> spent.spend_year
        and (price_index.value is null or spend_index.value is null) as is_price_index_missing
    from spent
    cross join priced
    left join ranked
        on
            spent.from_currency = ranked.currency and priced.to_currency = ranked.per_currency
            and spent.spend_year = ranked.year and ranked.preference = 1
    left join indices as price_index
        on priced.to_currency = price_index.currency and priced.price_year = price_index.year
    left join indices as spend_index
        on priced.to_currency = spend_index.currency and spent.spend_year = spend_index.year

)

select
    from_currency,
    spend_year,
    to_currency,
    price_year,
    exchange_factor,
    price_factor,
    {{ money_factor(exact_product('exchange_factor', 'cast(price_factor as decimal(24, 12))')) }} as factor,
    case when from_currency <> to_currency
        then cast(spend_year as string) || ' exchange rate ' || {{ all_digits('exchange_factor') }} || ' '
            || to_currency || '/' || from_currency || coalesce(' by way of ' || by_way_of, '')
    end as exchange_note,
    case
        when is_price_index_missing
            then 'no price index for ' || to_currency || ' ' || cast(spend_year as string) || ' to '
                || cast(price_year as string)
        when price_factor <> 1
            then 'prices ' || cast(spend_year as string) || ' to ' || cast(price_year as string) || ' x '
                || {{ all_digits('price_factor') }}
    end as price_note
from exchanged
