-- One row per disagreement between documents, or between a figure and the facility's own history, as a verifier looks for
-- them: stocks, meters, statistics, output.
{%- set usual_points = 6 %}
with

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

-- Readings with times, and those at midnight among them, share their days without reading them twice.
readings_and_days as (

    select
        ledger.*,
        coverage_end <= cast(coverage_start + 1 as date)
        and count(times_of_day) over (
            partition by facility_id, activity_type, meter_id, coverage_start, coverage_end
        ) > 0 as is_within_day
    from ledger
    -- A correction covers days that were read before.
    where coalesce(data_quality, '') <> 'correction'

),

-- Days read twice or not at all, meter by meter. Rows without a meter may add up, so only their gaps are looked at.
-- Readings within a day are compared with rows of whole days, and the first of a day speaks for all.
readings as (

    select
        ledger.activity_id,
        ledger.facility_id,
        ledger.activity_type,
        ledger.meter_id,
        ledger.submission_id,
        ledger.source_sheet,
        ledger.source_row,
        ledger.name_en,
        ledger.name_zh,
        ledger.coverage_start,
        ledger.coverage_end,
        max(ledger.coverage_end) over (
            partition by ledger.facility_id, ledger.activity_type, ledger.meter_id
            order by ledger.coverage_start, ledger.coverage_end, ledger.activity_id
            rows between unbounded preceding and 1 preceding
        ) as covered_until,
        max(case when not ledger.is_within_day then ledger.coverage_end end) over (
            partition by ledger.facility_id, ledger.activity_type, ledger.meter_id
            order by ledger.coverage_start, ledger.is_within_day, ledger.coverage_end, ledger.activity_id
            rows between unbounded preceding and 1 preceding
        ) as read_until,
        row_number() over (
            partition by
                ledger.facility_id, ledger.activity_type, ledger.meter_id, ledger.coverage_start, ledger.coverage_end,
                ledger.is_within_day
            order by ledger.activity_id
        ) as place_in_day,
        ledger.is_within_day
    from readings_and_days as ledger

),

weights as (

    select emissions.activity_id, sum(emissions.co2e_kg) * 0.001 as co2e_t
    from {{ ref('emissions') }} as emissions
    cross join {{ ref('stg_organization') }} as organization
    where
        emissions.stage = 'direct' and emissions.boundary_route = 'consolidated'
        and (emissions.scope2_method is null or emissions.scope2_method = organization.target_scope2_method)
    group by emissions.activity_id

),

-- A metric that carries the code of an activity type is the statistics-style total of it.
stated_totals as (

    select
        metrics.submission_id, metrics.source_sheet, metrics.source_row, metrics.facility_id, metrics.metric,
        metrics.coverage_start, metrics.coverage_end, metrics.unit,
        cast(metrics.value as decimal(28, 9)) as stated,
        cast(sum(segments.quantity * cast(conversions.factor as decimal(18, 12))) as decimal(28, 9)) as computed
    from {{ ref('stg_business_metrics') }} as metrics
    inner join {{ ref('int_activity_segments') }} as segments
        on
            metrics.metric = segments.activity_type
            and segments.segment_start between metrics.coverage_start and metrics.coverage_end
            and (metrics.facility_id is null or metrics.facility_id = segments.facility_id)
    inner join {{ ref('int_unit_conversions') }} as conversions
        on segments.unit = conversions.from_unit and metrics.unit = conversions.to_unit
    where metrics.row_status = 'accepted'
    group by
        metrics.submission_id, metrics.source_sheet, metrics.source_row, metrics.facility_id, metrics.metric,
        metrics.coverage_start, metrics.coverage_end, metrics.unit, metrics.value
    union all
    -- Output by the business against output by the workshops.
    select
        metrics.submission_id, metrics.source_sheet, metrics.source_row, metrics.facility_id, 'production',
        metrics.coverage_start, metrics.coverage_end, metrics.unit,
        cast(metrics.value as decimal(28, 9)),
        cast(sum(production.quantity * cast(conversions.factor as decimal(18, 12))) as decimal(28, 9))
    from {{ ref('stg_business_metrics') }} as metrics
    inner join {{ ref('stg_production') }} as production
        on
            production.coverage_start >= metrics.coverage_start
            and production.coverage_end <= metrics.coverage_end
            and (metrics.facility_id is null or metrics.facility_id = production.facility_id)
            and production.row_status = 'accepted'
    inner join {{ ref('int_unit_conversions') }} as conversions
        on production.unit = conversions.from_unit and metrics.unit = conversions.to_unit
    where metrics.row_status = 'accepted' and metrics.metric = 'production'
    group by
        metrics.submission_id, metrics.source_sheet, metrics.source_row, metrics.facility_id,
        metrics.coverage_start, metrics.coverage_end, metrics.unit, metrics.value

),

-- Output of single months; a report over several months has no monthly history.
output as (

    select
        facility_id,
        product,
        unit,
        {{ month_of('coverage_start') }} as period,
        sum(quantity) as quantity
    from {{ ref('stg_production') }}
    where row_status = 'accepted' and {{ month_of('coverage_start') }} = {{ month_of('coverage_end') }}
    group by facility_id, product, unit, {{ month_of('coverage_start') }}

),

-- All that a facility makes, in months in which it is counted in one unit.
facility_output as (

    select facility_id, period, min(unit) as unit, sum(quantity) as quantity
    from output
    group by facility_id, period
    having min(unit) = max(unit) and sum(quantity) > 0

),

-- Energy read month by month; a quantity spread over several months knows nothing of the output of one.
facility_energy as (

    select energy.facility_id, energy.period, sum(energy.energy_gj) as energy_gj
    from {{ ref('int_energy') }} as energy
    inner join {{ ref('int_activities') }} as activities
        on energy.activity_id = activities.activity_id
    where {{ month_of('activities.coverage_start') }} = {{ month_of('activities.coverage_end') }}
    group by energy.facility_id, energy.period

),

-- Bills begin and end within a month: beside a month without any, a month counts where they reach its end. A record or a
-- purchase of one day is whole wherever in the month it lies.
consumption as (

    select
        facility_id,
        activity_type,
        unit,
        period,
        quantity,
        has_readings and (
            (first_day > period and coalesce(period_before < {{ month_of(dbt.dateadd('month', -1, 'period')) }}, true))
            or (
                {{ month_of(dbt.dateadd('day', 1, 'last_day')) }} = period
                and coalesce(period_after > {{ month_of(dbt.dateadd('month', 1, 'period')) }}, true)
            )
        ) as is_part_of_a_month
    from (
        select
            segments.facility_id,
            segments.activity_type,
            segments.unit,
            segments.period,
            min(segments.segment_start) as first_day,
            max(segments.segment_end) as last_day,
            lag(segments.period) over months_in_order as period_before,
            lead(segments.period) over months_in_order as period_after,
            max(case
                when activities.feed in ('activity_log', 'procurement')
                    and activities.coverage_start = activities.coverage_end then 0
                else 1
            end) = 1 as has_readings,
            cast(sum(segments.quantity) as double) as quantity
        from {{ ref('int_activity_segments') }} as segments
        left join {{ ref('int_activities') }} as activities
            on segments.activity_id = activities.activity_id
        group by segments.facility_id, segments.activity_type, segments.unit, segments.period
        window months_in_order as (
            partition by segments.facility_id, segments.activity_type, segments.unit order by segments.period
        )
    ) as months

),

-- A month against the other months of the same facility: outside the mean by three standard deviations and by a fifth.
-- Too little history says nothing.
monthly as (

    select 'unusual_quantity' as rule, facility_id, activity_type as series, unit, period, quantity
    from consumption
    where not is_part_of_a_month
    union all
    select 'unusual_output', facility_id, 'output of ' || product, unit, period, cast(quantity as double)
    from output
    union all
    select
        'unusual_energy_per_unit', energy.facility_id, 'energy per unit of output', 'GJ/' || output.unit, energy.period,
        cast(energy.energy_gj as double) / cast(output.quantity as double)
    from facility_energy as energy
    inner join facility_output as output
        on energy.facility_id = output.facility_id and energy.period = output.period

),

-- In parts of the largest month, as decimals: their sums and sums of squares are exact, so that mean and deviation have
-- the same digits in whatever order the months are added.
scaled as (

    select *, cast(quantity / nullif(largest, 0) as decimal(14, 13)) as part
    from (
        select *, max(abs(quantity)) over (partition by rule, facility_id, series, unit) as largest
        from monthly
    ) as with_largest

),

sums as (

    select
        one.rule,
        one.facility_id,
        one.series,
        one.unit,
        one.period,
        one.quantity,
        one.largest,
        cast(sum(other.part) as decimal(16, 13)) as parts,
        cast(sum(cast(other.part * other.part as decimal(28, 26))) as decimal(30, 26)) as squares,
        count(*) as points
    from scaled as one
    inner join scaled as other
        on
            one.rule = other.rule and one.facility_id = other.facility_id and one.series = other.series
            and one.unit = other.unit and one.period <> other.period
            and other.period > cast({{ dbt.dateadd('month', -24, 'one.period') }} as date)
            and other.period < cast({{ dbt.dateadd('month', 24, 'one.period') }} as date)
    group by one.rule, one.facility_id, one.series, one.unit, one.period, one.quantity, one.largest

),

history as (

    select
        rule,
        facility_id,
        series,
        unit,
        period,
        quantity,
        largest * cast(parts as double) / points as usual,
        largest * sqrt(
            cast(cast(points as decimal(4, 0)) * squares - cast(parts * parts as decimal(32, 26)) as double)
            / nullif(points * (points - 1), 0)
        ) as deviation,
        points,
        largest
    from sums

),

-- Energy per unit of output may be a small fraction of a gigajoule: small figures are not rounded to thousandths.
unusual as (

    select
        *,
        {%- for text, number in {
            'quantity_text': 'quantity', 'usual_text': 'usual', 'lower_text': 'usual - 3 * deviation',
            'upper_text': 'usual + 3 * deviation'
        }.items() %}
        case
            when largest < 10 then {{ plain_number(number) }}
            else {{ plain_number('cast(' ~ number ~ ' as decimal(28, 3))') }}
        end as {{ text }}{{ ',' if not loop.last }}
        {%- endfor %}
    from history
    where
        points >= {{ usual_points }}
        and abs(quantity - usual) > 3 * deviation
        and abs(quantity - usual) > 0.2 * abs(usual)
        and abs(quantity) < 1e15 and abs(usual) < 1e15 and deviation < 1e15

),

-- Sub-meters above their parent in a month, by readings within that month: spread ones would only guess. Readings are
-- taken at different hours; a hundredth is no finding.
monthly_readings as (

    select
        facility_id, meter_id, activity_type, unit, {{ month_of('coverage_start') }} as period,
        sum(quantity) as quantity
    from {{ ref('int_delivered_activities') }}
    where
        feed = 'energy_ledger' and role in ('consumption', 'sub_meter') and meter_id is not null
        and {{ month_of('coverage_start') }} = {{ month_of('coverage_end') }}
    group by facility_id, meter_id, activity_type, unit, {{ month_of('coverage_start') }}

),

sub_meters_above_parent as (

    select
        parents.facility_id,
        parents.meter_id,
        parents.activity_type,
        parents.unit,
        parents.period,
        parents.quantity as parent_quantity,
        sum(subs.quantity) as quantity
    from monthly_readings as parents
    inner join {{ ref('stg_meters') }} as meters
        on parents.facility_id = meters.facility_id and parents.meter_id = meters.parent_meter_id
    inner join monthly_readings as subs
        on
            meters.facility_id = subs.facility_id and meters.meter_id = subs.meter_id
            and parents.activity_type = subs.activity_type and parents.unit = subs.unit and parents.period = subs.period
    group by
        parents.facility_id, parents.meter_id, parents.activity_type, parents.unit, parents.period, parents.quantity
    having sum(subs.quantity) > parents.quantity * 1.01

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
    'warning', 'coverage_overlap', readings.facility_id, {{ month_of('readings.coverage_start') }}, readings.submission_id,
    readings.source_sheet, readings.source_row, 'start_date', readings.meter_id,
    'Meter ' || readings.meter_id || ' (' || readings.name_en || ') is read twice from '
    || cast(readings.coverage_start as string) || ' to '
    || cast(least(readings.read_until, readings.coverage_end) as string) || '; both rows count. Correct the dates.',
    '计量表 ' || readings.meter_id || '（' || readings.name_zh || '）在 ' || cast(readings.coverage_start as string) || ' 至 '
    || cast(least(readings.read_until, readings.coverage_end) as string) || ' 重复抄表，两行均已计入。请更正日期。',
    cast(weights.co2e_t as decimal(38, 18))
from readings
left join weights on readings.activity_id = weights.activity_id
where
    readings.meter_id is not null and readings.coverage_start <= readings.read_until
    and (not readings.is_within_day or readings.place_in_day = 1)
union all
select
    'warning', 'coverage_gap', readings.facility_id, {{ month_of('cast(readings.covered_until + 1 as date)') }}, readings.submission_id,
    readings.source_sheet, readings.source_row, 'start_date', readings.meter_id,
    readings.name_en || coalesce(', meter ' || readings.meter_id, '') || ' of ' || readings.facility_id
    || ' has no reading from ' || cast(cast(readings.covered_until + 1 as date) as string) || ' to '
    || cast(cast(readings.coverage_start - 1 as date) as string) || '. Submit it, or a row with quantity 0.',
    readings.facility_id || ' 的' || readings.name_zh || coalesce('（表 ' || readings.meter_id || '）', '') || '在 '
    || cast(cast(readings.covered_until + 1 as date) as string) || ' 至 '
    || cast(cast(readings.coverage_start - 1 as date) as string) || ' 没有读数。请提交，或填报数量 0。',
    null
from readings
where readings.coverage_start > cast(readings.covered_until + 1 as date)
union all
select
    'warning', 'calibration_overdue', ledger.facility_id, ledger.first_period, ledger.submission_id, ledger.source_sheet,
    ledger.source_row, 'meter_id', ledger.meter_id,
    'The calibration of meter ' || ledger.meter_id || ' was due on ' || cast(meters.calibration_due as string)
    || ', before the end of this reading. Have it calibrated, or update calibration_due in reference/meters.csv.',
    '计量表 ' || ledger.meter_id || ' 应于 ' || cast(meters.calibration_due as string)
    || ' 前检定，早于本读数截止日。请检定，或在 reference/meters.csv 中更新 calibration_due。',
    cast(weights.co2e_t as decimal(38, 18))
from ledger
inner join {{ ref('stg_meters') }} as meters
    on ledger.facility_id = meters.facility_id and ledger.meter_id = meters.meter_id
left join weights on ledger.activity_id = weights.activity_id
where meters.calibration_due < ledger.coverage_end
union all
select
    'warning', case metric when 'production' then 'production_mismatch' else 'statistics_mismatch' end, facility_id,
    {{ month_of('coverage_start') }}, submission_id, source_sheet, source_row, 'value', {{ plain_number('stated') }},
    'The stated total of ' || metric || ' is ' || {{ plain_number('stated') }} || ' ' || unit || ', the submitted rows add up to '
    || {{ plain_number('computed') }} || ' ' || unit || '. Look for rows that are missing or sent twice, or correct the total.',
    metric || ' 的填报合计为 ' || {{ plain_number('stated') }} || ' ' || unit || '，各行合计为 ' || {{ plain_number('computed') }}
    || ' ' || unit || '。请查找缺漏或重复的行，或更正合计。',
    null
from stated_totals
where abs(stated - computed) > 0.01 * greatest(abs(stated), abs(computed))
union all
select
    'warning', rule, facility_id, period, null, null, null, 'quantity',
    quantity_text,
    coalesce(types.name_en, series) || ' of ' || facility_id || ' is ' || quantity_text || ' ' || unit
    || '; the other ' || cast(points as string) || ' months are usually '
    || usual_text || ', between '
    || lower_text || ' and '
    || upper_text || '. Check the reading and its unit.',
    facility_id || ' 的 '
    || case rule
        when 'unusual_output' then replace(series, 'output of ', '产量 ')
        when 'unusual_energy_per_unit' then '单位产出能耗'
        else coalesce(types.name_zh, series)
    end || ' 为 ' || quantity_text || ' ' || unit || '；其余 ' || cast(points as string)
    || ' 个月通常为 ' || usual_text || '，在 '
    || lower_text || ' 与 '
    || upper_text || ' 之间。请核对读数与单位。',
    null
from unusual
left join {{ ref('stg_activity_types') }} as types
    on unusual.rule = 'unusual_quantity' and unusual.series = types.activity_type
union all
select
    'warning', 'sub_meters_exceed_parent', facility_id, period, null, null, null, 'quantity', {{ plain_number('quantity') }},
    'The sub-meters of ' || meter_id || ' add up to ' || {{ plain_number('quantity') }} || ' ' || unit || ' of ' || types.name_en
    || ' in this month, their parent meter reads ' || {{ plain_number('parent_quantity') }} || '. Check the readings.',
    '本月 ' || meter_id || ' 之下分表合计 ' || {{ plain_number('quantity') }} || ' ' || unit || '（' || types.name_zh || '），上级表读数为 '
    || {{ plain_number('parent_quantity') }} || '。请检查读数。',
    null
from sub_meters_above_parent
inner join {{ ref('stg_activity_types') }} as types
    on sub_meters_above_parent.activity_type = types.activity_type
union all
select
    'warning', 'corrected_invoice_not_found', credits.facility_id, {{ month_of('credits.coverage_start') }},
    credits.submission_id, credits.source_sheet, credits.source_row, 'corrects_invoice_number',
    credits.corrects_invoice_number,
    'Invoice ' || credits.invoice_number || ' corrects ' || credits.corrects_invoice_number
    || ', which nobody has submitted. It counts; submit the invoice that it corrects, or correct its number.',
    '发票 ' || credits.invoice_number || ' 更正的发票 ' || credits.corrects_invoice_number
    || ' 未提交。本行已计入；请提交被更正的发票，或更正其号码。',
    null
from {{ ref('stg_invoices') }} as credits
where
    credits.row_status = 'accepted' and credits.corrects_invoice_number is not null
    and not exists (
        select 1 from {{ ref('stg_invoices') }} as corrected
        where corrected.invoice_number = credits.corrects_invoice_number
    )
