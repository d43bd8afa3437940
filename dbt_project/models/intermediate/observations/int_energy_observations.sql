-- One row per observation about energy and fuel: stocks that do not balance, quantities without an energy content, a stated
-- total that the ledgers do not add up to.
with

organization as (

    select * from {{ ref('stg_organization') }}

),

ledger as (

    select
        ledger.*,
        types.name_en,
        types.name_zh,
        {{ month_of('ledger.coverage_start') }} as first_period
    from {{ ref('stg_energy_ledger') }} as ledger
    inner join {{ ref('stg_activity_types') }} as types
        on ledger.activity_type = types.activity_type
    where ledger.row_status = 'accepted'

),

-- Stocks: opening + received - closing = consumed, and what is left opens the next period.
stock_rows as (

    select
        ledger.*,
        opening_stock + received - closing_stock - quantity as difference,
        lag(closing_stock) over (
            partition by facility_id, activity_type, meter_id, unit order by coverage_start, activity_id
        ) as previous_closing,
        lag(coverage_end) over (
            partition by facility_id, activity_type, meter_id, unit order by coverage_start, activity_id
        ) as previous_end
    from ledger
    where opening_stock is not null or closing_stock is not null

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
    'warning' as severity,
    'stock_balance' as rule,
    facility_id,
    first_period as period,
    submission_id,
    source_sheet,
    source_row,
    'closing_stock' as column_name,
    {{ plain_number('closing_stock') }} as source_value,
    'Stocks do not balance: ' || {{ plain_number('opening_stock') }} || ' + ' || {{ plain_number('received') }} || ' - '
    || {{ plain_number('closing_stock') }} || ' is not the ' || {{ plain_number('quantity') }} || ' ' || unit
    || ' consumed; they differ by ' || {{ plain_number('difference') }} || '. Check the stock count.' as message_en,
    '库存不平：' || {{ plain_number('opening_stock') }} || ' + ' || {{ plain_number('received') }} || ' - '
    || {{ plain_number('closing_stock') }} || ' 不等于消耗量 ' || {{ plain_number('quantity') }} || ' ' || unit || '，相差 '
    || {{ plain_number('difference') }} || '。请核对盘存。' as message_zh,
    cast(null as decimal(38, 18)) as co2e_at_stake_t
from stock_rows
where opening_stock is not null and received is not null and closing_stock is not null and abs(difference) > 0.01
union all
select
    'warning', 'stock_carried_over', facility_id, first_period, submission_id, source_sheet, source_row, 'opening_stock',
    {{ plain_number('opening_stock') }},
    'The opening stock ' || {{ plain_number('opening_stock') }} || ' ' || unit || ' is not the closing stock of the period before, '
    || {{ plain_number('previous_closing') }} || '. Correct the one that is wrong.',
    '期初库存 ' || {{ plain_number('opening_stock') }} || ' ' || unit || ' 与上期期末库存 ' || {{ plain_number('previous_closing') }}
    || ' 不一致。请更正有误的一项。',
    null
from stock_rows
where
    opening_stock is not null and previous_closing is not null
    and coverage_start = cast(previous_end + 1 as date) and abs(opening_stock - previous_closing) > 0.01
union all
select
    'info', 'no_calorific_value', facility_id, year_start, null, null, null, 'unit', unit,
    'The energy content of ' || {{ plain_number('quantity') }} || ' ' || unit || ' of ' || carrier || ' is not known: it lacks in GJ of '
    || 'energy_consumption. Add its calorific value to reference/fuel_properties.csv, and fuel_factor_set to organization.yml.',
    {{ plain_number('quantity') }} || ' ' || unit || ' ' || carrier
    || ' 的能量含量未知，energy_consumption 的 GJ 中缺少该项。请在 reference/fuel_properties.csv 中补充热值，并在 organization.yml 中填写 fuel_factor_set。',
    null
from without_energy_content
union all
select
    'warning', 'comprehensive_energy_mismatch', null, {{ month_of('coverage_start') }}, submission_id, source_sheet,
    source_row, 'value', {{ plain_number('value') }} || ' ' || unit,
    'Comprehensive energy is stated as ' || {{ plain_number('stated_tce') }} || ' tce (' || {{ plain_number('value') }} || ' '
    || unit || '), but the energy ledgers of these ' || cast(months as string) || ' months add up to '
    || {{ plain_number('cast(computed_tce as decimal(28, 3))') }} || ' tce: ' || {{ plain_number('ratio') }}
    || ' times as much is stated. Check the unit (tce or 10^4 tce) and the carriers included.',
    '综合能耗填报为 ' || {{ plain_number('stated_tce') }} || ' tce（' || {{ plain_number('value') }} || ' ' || unit || '），而这 '
    || cast(months as string) || ' 个月能源台账合计为 ' || {{ plain_number('cast(computed_tce as decimal(28, 3))') }}
    || ' tce，填报值为其 ' || {{ plain_number('ratio') }} || ' 倍。请检查单位（tce 或万 tce）及所含能源品种。',
    null
from differing_energy
