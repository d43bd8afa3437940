-- One row per observation about energy and fuel: stocks that do not balance, quantities without an energy content, a stated
-- total that the ledgers do not add up to.
with

organization as (

    select * from {{ ref('int_organization') }}

),

ledger as (

    select
        ledger.*,
        types.name_en,
        types.name_zh,
        {{ month_of('ledger.coverage_start') }} as first_period
    from {{ ref('stg_energy_ledger') }} as ledger
    inner join {{ ref('int_activity_types') }} as types
        on ledger.activity_type = types.activity_type
    where ledger.row_status = 'accepted'

),

-- Stocks: opening + received - closing = consumed, and what is left opens the next period.
stock_rows as (

    select
        in_order.*,
        -- Tonnes may be carried over into a row in kilograms.
        cast(in_order.closing_before * conversions.factor as decimal(28, 9)) as previous_closing
    from (
        select
            ledger.*,
            opening_stock + received - closing_stock - quantity as difference,
            lag(closing_stock) over by_day as closing_before,
            lag(unit) over by_day as unit_before,
            lag(coverage_end) over by_day as previous_end
        from ledger
        where opening_stock is not null or closing_stock is not null
        window by_day as (partition by facility_id, activity_type, meter_id order by coverage_start, coverage_end, activity_id)
    ) as in_order
    left join {{ ref('int_unit_conversions') }} as conversions
        on
            in_order.unit_before = conversions.from_unit and in_order.unit = conversions.to_unit
            and abs(cast(in_order.closing_before as double)) * cast(conversions.factor as double) < 1e13

),

without_energy_content as (

    select
        facility_id,
        carrier,
        unit,
        {{ month_of(dbt.date_trunc('year', 'period')) }} as year_start,
        sum(quantity) as quantity
    from {{ ref('energy_consumption') }}
    where gj is null and quantity <> 0
    group by facility_id, carrier, unit, {{ month_of(dbt.date_trunc('year', 'period')) }}

),

-- Comprehensive energy as the organisation states it against what its own ledgers add up to.
energy_months as (

    select
        energy.period,
        sum(cast(energy.energy_tce as decimal(24, 8)) * cast(shares.share as decimal(13, 12))) as energy_tce
    from {{ ref('int_energy') }} as energy
    inner join {{ ref('int_consolidation_shares') }} as shares
        on
            energy.facility_id = shares.facility_id
            and shares.boundary_route = 'consolidated'
            and energy.factor_date between shares.valid_from and shares.valid_to
    group by energy.period

),

stated_energy as (

    select
        metrics.submission_id, metrics.source_sheet, metrics.source_row, metrics.value, metrics.unit,
        metrics.coverage_start, metrics.coverage_end,
        cast(metrics.value * cast(conversions.factor as decimal(20, 9)) as decimal(28, 9)) as stated_tce,
        cast(sum(energy_months.energy_tce) as decimal(28, 9)) as computed_tce,
        count(energy_months.period) as months
    from {{ ref('stg_business_metrics') }} as metrics
    inner join {{ ref('int_unit_conversions') }} as conversions
        on metrics.unit = conversions.from_unit and conversions.to_unit = 'tce'
    inner join energy_months
        on energy_months.period between {{ month_of('metrics.coverage_start') }} and metrics.coverage_end
    where
        metrics.row_status = 'accepted' and metrics.metric = 'comprehensive_energy' and metrics.facility_id is null
    group by
        metrics.submission_id, metrics.source_sheet, metrics.source_row, metrics.value, metrics.unit,
        metrics.coverage_start, metrics.coverage_end, conversions.factor

),

differing_energy as (

    select
        stated_energy.*,
        cast({{ exact_quotient('stated_tce', 'computed_tce') }} as decimal(18, 3)) as ratio
    from stated_energy
    cross join organization
    where abs(stated_tce - computed_tce) > organization.materiality * greatest(abs(stated_tce), abs(computed_tce))

)

select
    'stock_balance' as rule,
    '' as variant,
    facility_id,
    first_period as period,
    submission_id,
    source_sheet,
    source_row,
    'closing_stock' as column_name,
    {{ plain_number('closing_stock') }} as source_value,
    {{ finding_values({
        'opening_stock': plain_number('opening_stock'), 'received': plain_number('received'),
        'closing_stock': plain_number('closing_stock'), 'quantity': plain_number('quantity'), 'unit': 'unit',
        'difference': plain_number('difference'),
    }) }} as parameters,
    cast(null as decimal(38, 18)) as co2e_at_stake_t
from stock_rows
where opening_stock is not null and received is not null and closing_stock is not null and abs(difference) > 0.01
union all
select
    'stock_carried_over', '', facility_id, first_period, submission_id, source_sheet, source_row, 'opening_stock',
    {{ plain_number('opening_stock') }},
    {{ finding_values({
        'opening_stock': plain_number('opening_stock'), 'unit': 'unit',
        'previous_closing': plain_number('previous_closing'),
    }) }},
    null
from stock_rows
where
    opening_stock is not null and previous_closing is not null
    and coverage_start = cast(previous_end + 1 as date) and abs(opening_stock - previous_closing) > 0.01
union all
select
    'no_calorific_value', '', facility_id, year_start, null, null, null, 'unit', unit,
    {{ finding_values({'quantity': plain_number('quantity'), 'unit': 'unit', 'carrier': 'carrier'}) }},
    null
from without_energy_content
union all
select
    'comprehensive_energy_mismatch', '', null, {{ month_of('coverage_start') }}, submission_id, source_sheet,
    source_row, 'value', {{ plain_number('value') }} || ' ' || unit,
    {{ finding_values({
        'stated_tce': plain_number('stated_tce'), 'value': plain_number('value'), 'unit': 'unit',
        'months': 'months', 'computed_tce': plain_number('cast(computed_tce as decimal(28, 3))'),
        'ratio': plain_number('ratio'),
    }) }},
    null
from differing_energy
