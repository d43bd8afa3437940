-- One row per observation about the inventory as a whole: a facility, an activity type, a year, a published figure.
{%- set nothing = 'cast(null as string)' %}
with

organization as (

    select * from {{ ref('stg_organization') }}

),

types as (

    select activity_type, name_en, name_zh
    from {{ ref('stg_activity_types') }}

),

energy_types as (

    select activity_type, name_en, name_zh
    from {{ ref('stg_activity_types') }}
    where method in ('fuel_combustion', 'electricity', 'heat')
        and activity_type not like 'exported%' and activity_type <> 'onsite_renewable_electricity'

),

without_upstream as (

    select
        emissions.activity_type,
        {{ month_of(dbt.date_trunc('year', 'emissions.period')) }} as year_start,
        max(case when emissions.stage = 'upstream' then 1 else 0 end) as has_upstream
    from {{ ref('emissions') }} as emissions
    group by emissions.activity_type, {{ month_of(dbt.date_trunc('year', 'emissions.period')) }}

),

without_residual_mix as (

    select
        emissions.facility_id,
        emissions.activity_type,
        {{ month_of(dbt.date_trunc('year', 'emissions.period')) }} as year_start,
        sum(emissions.co2e_kg) as co2e_kg
    from {{ ref('emissions') }} as emissions
    inner join {{ ref('stg_activity_types') }} as types
        on emissions.activity_type = types.activity_type and types.method = 'electricity'
    cross join organization
    where
        emissions.scope2_method = 'market' and emissions.market_basis = 'grid_average'
        and emissions.factor_kgco2e_per_unit <> 0
        and organization.residual_mix_policy = 'residual_mix'
    group by emissions.facility_id, emissions.activity_type, {{ month_of(dbt.date_trunc('year', 'emissions.period')) }}

),

other_gwp_sets as (

    select
        factor_id, gwp_set,
        cast(extract(year from period) as integer) as year,
        count(*) as lines_counted
    from {{ ref('int_line_factors') }}
    where is_other_gwp_set and failure is null
    group by factor_id, gwp_set, extract(year from period)

),

-- Spend in the prices of one year on a factor in those of another, and no index between them.
without_price_index as (

    select
        emissions.activity_type,
        {{ month_of(dbt.date_trunc('year', 'emissions.period')) }} as year_start,
        emissions.factor_id,
        sum(emissions.co2e_kg) as co2e_kg
    from {{ ref('emissions') }} as emissions
    where emissions.unit_bridge like '%no price index for%'
    group by emissions.activity_type, {{ month_of(dbt.date_trunc('year', 'emissions.period')) }}, emissions.factor_id

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

without_category as (

    select
        factor_id,
        activity_type,
        {{ month_of(dbt.date_trunc('year', 'period')) }} as year_start,
        sum(co2e_kg) as co2e_kg
    from {{ ref('emissions') }}
    where scope = 3 and ghg_protocol_category is null
    group by factor_id, activity_type, {{ month_of(dbt.date_trunc('year', 'period')) }}

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

),

-- Published parts against published totals: every part may be rounded by half a tonne.
reported_parts as (

    select
        year,
        cast(scope as integer) as scope,
        case
            when facility_id is not null then 'facility_id'
            when ghg_protocol_category is not null then 'ghg_protocol_category'
            when source_class is not null then 'source_class'
            when iso_14064_category is not null then 'iso_14064_category'
        end as dimension,
        count(*) as parts,
        sum(co2e_t) as parts_t
    from {{ source('raw', 'reference_reported_inventories') }}
    cross join organization
    where
        (case when facility_id is not null then 1 else 0 end)
        + (case when ghg_protocol_category is not null then 1 else 0 end)
        + (case when source_class is not null then 1 else 0 end)
        + (case when iso_14064_category is not null then 1 else 0 end) = 1
        and (
            cast(scope as integer) <> 2
            or coalesce(scope2_method, organization.target_scope2_method) = organization.target_scope2_method
        )
    group by
        year, scope,
        case
            when facility_id is not null then 'facility_id'
            when ghg_protocol_category is not null then 'ghg_protocol_category'
            when source_class is not null then 'source_class'
            when iso_14064_category is not null then 'iso_14064_category'
        end

),

reported_differences as (

    select
        parts.*,
        totals.co2e_t,
        totals.co2e_t - parts.parts_t as residue_t
    from reported_parts as parts
    cross join organization
    inner join {{ ref('int_reported_totals') }} as totals
        on
            parts.year = totals.year and parts.scope = totals.scope
            and (totals.scope2_method is null or totals.scope2_method = organization.target_scope2_method)
    where abs(totals.co2e_t - parts.parts_t) > 0.5 * parts.parts

),

estimates as (

    select
        emissions.activity_type,
        {{ month_of(dbt.date_trunc('year', 'emissions.period')) }} as year_start,
        {{ exact_quotient(
            "sum(case when emissions.data_quality = 'estimated' then emissions.gross_co2e_kg else 0 end)",
            'sum(emissions.gross_co2e_kg)'
        ) }} as estimated_share
    from {{ ref('emissions') }} as emissions
    where
        emissions.stage = 'direct' and emissions.boundary_route = 'consolidated'
        and (emissions.scope2_method is null or emissions.scope2_method = 'location')
    group by emissions.activity_type, {{ month_of(dbt.date_trunc('year', 'emissions.period')) }}

),

-- A metric that some facilities report in money or units that cannot be added to those of the others.
metrics_not_added as (

    select year, metric, min(unit) as one_unit, max(unit) as other_unit
    from {{ ref('int_metric_years') }}
    group by year, metric
    having count(*) > 1 and max(case when has_all_facilities then 1 else 0 end) = 0

),

production_without_allocation as (

    select
        production.year, production.facility_id, production.workshop,
        min(production.product) as product, count(distinct production.unit) as units, sum(production.quantity) as quantity
    from {{ ref('int_production_years') }} as production
    left join {{ ref('product_intensity') }} as intensities
        on
            production.year = intensities.year and production.facility_id = intensities.facility_id
            and production.workshop = intensities.workshop
    where intensities.workshop is null
    group by production.year, production.facility_id, production.workshop

),

over_allocated as (

    select left_over.year, left_over.facility_id, left_over.workshop, left_over.activity_type, left_over.unit, left_over.quantity
    from {{ ref('product_allocation') }} as left_over
    where
        left_over.quantity < 0
        -- Exports and corrections are negative without any sub-meter.
        and exists (
            select 1 from {{ ref('product_allocation') }} as allocated
            where
                allocated.year = left_over.year and allocated.facility_id = left_over.facility_id
                and allocated.activity_type = left_over.activity_type and allocated.unit = left_over.unit
                and allocated.workshop <> left_over.workshop
        )

)

select
    'info' as severity,
    'no_upstream_factor' as rule,
    {{ nothing }} as facility_id,
    without_upstream.year_start as period,
    {{ nothing }} as submission_id,
    {{ nothing }} as source_sheet,
    cast(null as integer) as source_row,
    'activity_type' as column_name,
    without_upstream.activity_type as source_value,
    'Scope 3 category 3 lacks the upstream emissions of ' || energy_types.name_en || ': no factor of stage upstream is '
    || 'valid. Add one to reference/emission_factors.csv.' as message_en,
    '范围三类别 3 缺少' || energy_types.name_zh || '的上游排放：没有有效的 upstream 因子。请在 reference/emission_factors.csv 中补充。' as message_zh,
    cast(null as decimal(38, 18)) as co2e_at_stake_t
from without_upstream
inner join energy_types on without_upstream.activity_type = energy_types.activity_type
where without_upstream.has_upstream = 0
union all
select
    'info', 'no_residual_mix', facility_id, year_start, null, null, null, 'activity_type', types.activity_type,
    'No residual mix is published for this market and year: the market-based figure of ' || types.name_en
    || ' uses the grid average, as residual_mix_policy says.',
    '该市场该年度未公布剩余组合因子：' || types.name_zh || '的基于市场的排放按电网平均因子计算（residual_mix_policy）。',
    cast(co2e_kg * 0.001 as decimal(38, 18))
from without_residual_mix
inner join types
    on without_residual_mix.activity_type = types.activity_type
union all
select
    'warning', 'other_gwp_set', null, {{ first_day_of('year') }}, null, null, null, 'gwp_set', gwp_set,
    'Factor ' || factor_id || ' is in CO2e of ' || gwp_set || ', another GWP set than the inventory''s; its '
    || cast(lines_counted as string) || ' line(s) are counted as they are. Give the gases apart in reference/emission_factors.csv, or a '
    || 'factor in the inventory''s set.',
    '因子 ' || factor_id || ' 为 ' || gwp_set || ' 的 CO2e，与本清单的 GWP 值集不同；其 ' || cast(lines_counted as string) || ' 行按原值计入。请在 reference/emission_factors.csv 中分气体填写，或改用本清单 GWP 值集的因子。',
    null
from other_gwp_sets
union all
select
    'warning', 'no_price_index', null, year_start, null, null, null, 'activity_type', types.activity_type,
    'Factor ' || factor_id || ' is in prices of another year than the spend on ' || types.name_en
    || ', and no price index of its currency covers both years: the amounts are taken as they are. Add it to '
    || 'reference/price_indices.csv.',
    '因子 ' || factor_id || ' 的价格年份与' || types.name_zh
    || '的支出年份不同，且其币种没有覆盖两年的价格指数：金额未作价格调整。请在 reference/price_indices.csv 中补充。',
    cast(co2e_kg * 0.001 as decimal(38, 18))
from without_price_index
inner join types
    on without_price_index.activity_type = types.activity_type
union all
select
    'warning', 'no_category', null, year_start, null, null, null, 'ghg_protocol_category', types.activity_type,
    'Factor ' || factor_id || ' of ' || types.name_en || ' counts in Scope 3 without a category: its tonnes belong to none of the '
    || 'fifteen. Fill ghg_protocol_category in reference/emission_factors.csv.',
    '因子 ' || factor_id || '（' || types.name_zh
    || '）计入范围三但未注明类别，其排放不属于十五个类别中的任何一个。请在 reference/emission_factors.csv 中填写 ghg_protocol_category。',
    cast(co2e_kg * 0.001 as decimal(38, 18))
from without_category
inner join types
    on without_category.activity_type = types.activity_type
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
union all
select
    'warning', 'scope2_method_not_stated', null, {{ first_day_of('year') }}, null, null, null, 'scope2_method', null,
    'The reported Scope 2 figure of ' || cast(year as string) || ' (' || {{ plain_number('co2e_t') }}
    || ' t) names no method; it stands for the ' || scope2_method || '-based method of the target. State scope2_method in '
    || 'reference/reported_inventories.csv when it is known.',
    cast(year as string) || ' 年报告的范围二数值（' || {{ plain_number('co2e_t') }} || ' t）未注明方法，按目标所用方法（'
    || scope2_method || '）处理。请在 reference/reported_inventories.csv 中注明 scope2_method。',
    cast(co2e_t as decimal(38, 18))
from {{ ref('int_reported_totals') }}
where is_method_not_stated and co2e_t is not null
union all
select
    'warning', 'reported_parts_differ', null, {{ first_day_of('year') }}, null, null, null, dimension,
    {{ plain_number('parts_t') }},
    'The ' || cast(parts as string) || ' reported parts of Scope ' || cast(scope as string) || ' by ' || dimension || ' in '
    || cast(year as string) || ' sum to ' || {{ plain_number('parts_t') }} || ' t, the reported total is '
    || {{ plain_number('co2e_t') }} || ' t: more than half a tonne per part. Check them against the document in '
    || 'reference/reported_inventories.csv.',
    cast(year as string) || ' 年范围' || cast(scope as string) || '按 ' || dimension || ' 报告的 ' || cast(parts as string)
    || ' 项合计 ' || {{ plain_number('parts_t') }} || ' t，报告总量 ' || {{ plain_number('co2e_t') }} || ' t，差异超过每项半吨。请对照报告文件核对 reference/reported_inventories.csv。',
    cast(abs(residue_t) as decimal(38, 18))
from reported_differences
union all
select
    case when residue_explanation = 'more than rounding explains' then 'warning' else 'info' end,
    'iso_14064_residue', null, {{ first_day_of('year') }}, null, null, null, 'iso_14064_category',
    cast(iso_14064_category as string),
    'ISO 14064-1 category ' || cast(iso_14064_category as string) || ' of ' || cast(year as string) || ' (' || basis
    || '): published ' || {{ plain_number('published') }} || ' t, parts ' || {{ plain_number('co2e_t') }}
    || ' t, residue ' || {{ plain_number('residue') }} || ' t: ' || residue_explanation || case
        when residue_explanation = 'more than rounding explains' then '. Check reference/reported_inventories.csv.' else '.'
    end,
    cast(year as string) || ' 年 ISO 14064-1 类别 ' || cast(iso_14064_category as string) || '：公布 '
    || {{ plain_number('published') }} || ' t，各项合计 ' || {{ plain_number('co2e_t') }} || ' t，差 '
    || {{ plain_number('residue') }} || ' t：' || case
        when residue_explanation = 'more than rounding explains' then '超出取整误差，请核对 reference/reported_inventories.csv。'
        else cast(parts as string) || ' 项取整所致，每项至多 0.5 t。'
    end,
    cast(abs(residue) as decimal(38, 18))
from {{ ref('iso_14064_statement') }}
where basis = 'reported' and residue <> 0
union all
select
    case
        when abs(trend.reported_minus_calculated_t) > organization.materiality * abs(trend.reported_co2e_t) then 'warning'
        else 'info'
    end,
    'reported_differs_from_calculated', null, {{ first_day_of('trend.year') }}, null, null, null, 'co2e_t',
    {{ plain_number('trend.reported_co2e_t') }},
    'Scope 1 + 2 of ' || cast(trend.year as string) || ': reported ' || {{ plain_number('trend.reported_co2e_t') }}
    || ' t, calculated ' || {{ plain_number('cast(trend.calculated_co2e_t as decimal(28, 3))') }}
    || ' t. The trend follows the reported figure; look for what the activity data lacks or the report counts otherwise.',
    cast(trend.year as string) || ' 年范围一加范围二：报告 ' || {{ plain_number('trend.reported_co2e_t') }} || ' t，计算 '
    || {{ plain_number('cast(trend.calculated_co2e_t as decimal(28, 3))') }}
    || ' t。趋势采用报告值；请查明活动数据的缺漏或报告口径的差异。',
    cast(abs(trend.reported_minus_calculated_t) as decimal(38, 18))
from {{ ref('scope12_trend') }} as trend
cross join organization
where trend.month is null and trend.months_covered = 12 and abs(trend.reported_minus_calculated_t) > 0.5
union all
select
    'warning', 'outside_tolerance', facility_id, period, null, null, null, 'quantity', {{ plain_number('delta') }},
    'Ledger ' || {{ plain_number('ledger_quantity') }} || ', documents ' || {{ plain_number('invoiced_quantity') }} || ' '
    || unit || ' of ' || types.name_en || ': they differ by ' || {{ plain_number('cast(delta_share * 100 as decimal(18, 3))') }}
    || ' %, more than the tolerance of ' || {{ plain_number('tolerance * 100') }}
    || ' %. Compare meter readings, service dates and units, and correct the wrong one; the ledger counts.',
    types.name_zh || '：台账 ' || {{ plain_number('ledger_quantity') }} || '，凭证 ' || {{ plain_number('invoiced_quantity') }}
    || ' ' || unit || '，相差 ' || {{ plain_number('cast(delta_share * 100 as decimal(18, 3))') }} || ' %，超过允许差 '
    || {{ plain_number('tolerance * 100') }} || ' %。请核对抄表读数、服务日期与单位，并更正有误的一方；系统以台账为准。',
    co2e_at_stake_t
from {{ ref('energy_reconciliation') }} as reconciliation
inner join types
    on reconciliation.activity_type = types.activity_type
where not within_tolerance and ledger_quantity is not null
union all
select
    'warning', 'data_missing', facility_id, period, null, null, null, 'activity_type', types.activity_type,
    'Nothing was submitted for ' || types.name_en || ', which reference/facilities.csv expects of ' || facility_id
    || ' every month' || case
        when estimation.methods > 0 then ', and no method of estimation_methods can fill the gap'
        else ''
    end || '. Submit it, or a row with quantity 0.',
    facility_id || ' 应按月提交' || types.name_zh || '数据（reference/facilities.csv），本月未提交'
    || case when estimation.methods > 0 then '，且 estimation_methods 中没有可用的估算方法' else '' end
    || '。请提交，或填报数量 0。',
    null
from {{ ref('data_completeness') }} as completeness
inner join types
    on completeness.activity_type = types.activity_type
cross join (select count(*) as methods from {{ source('raw', 'estimation_methods') }}) as estimation
where status = 'missing'
union all
select
    'warning', 'estimated_gap', facility_id, period, null, null, null, 'activity_type', types.activity_type,
    'Nothing was submitted for ' || types.name_en || coalesce(' (meter ' || meter_id || ')', '') || ' of ' || facility_id
    || ' from ' || cast(first_day as string) || ' to ' || cast(last_day as string) || ': '
    || {{ plain_number('quantity') }} || ' ' || unit || ' are estimated by ' || method || ', ' || basis
    || '. Submit it, or a row with quantity 0; it replaces the estimate.',
    facility_id || ' 的' || types.name_zh || coalesce('（表 ' || meter_id || '）', '') || '在 ' || cast(first_day as string)
    || ' 至 ' || cast(last_day as string) || ' 未提交，按 ' || method || ' 估算为 ' || {{ plain_number('quantity') }} || ' '
    || unit || '，依据：' || basis || '。请提交，或填报数量 0；提交后估算自动被替换。',
    cast(co2e_t as decimal(38, 18))
from {{ ref('estimates') }} as gaps
inner join types
    on gaps.activity_type = types.activity_type
union all
select
    'warning', 'estimate_share', null, year_start, null, null, null, 'data_quality', types.activity_type,
    {{ plain_number('cast(estimated_share * 100 as decimal(12, 2))') }} || ' % of the emissions of ' || types.name_en
    || ' are estimated, more than estimate_warn allows. Submit what is missing; mart estimates lists it.',
    types.name_zh || '的排放有 ' || {{ plain_number('cast(estimated_share * 100 as decimal(12, 2))') }} || ' % 为估算，超过 estimate_warn。请补交缺失数据（见 estimates 表）。',
    null
from estimates
inner join types
    on estimates.activity_type = types.activity_type
cross join organization
where estimated_share > organization.estimate_warn
union all
select
    'warning', 'material_misstatement', null, {{ first_day_of('year') }}, null, null, null, 'quantity',
    coalesce(cast(scope as string), '1;2'),
    'Scope ' || coalesce(cast(scope as string), '1 + 2') || ' of ' || cast(year as string) || ': '
    || cast(differences as string) || ' differences between ledger and documents add up to '
    || {{ plain_number('cast(absolute_misstatement_t as decimal(28, 3))') }} || ' t without their signs, '
    || {{ plain_number('cast(absolute_share * 100 as decimal(12, 2))') }} || ' %, more than the materiality of '
    || {{ plain_number('materiality * 100') }} || ' %. Clear the findings outside_tolerance.',
    cast(year as string) || ' 年范围 ' || coalesce(cast(scope as string), '1+2') || '：台账与凭证共有 '
    || cast(differences as string) || ' 项差异，绝对值合计 '
    || {{ plain_number('cast(absolute_misstatement_t as decimal(28, 3))') }} || ' t，占 '
    || {{ plain_number('cast(absolute_share * 100 as decimal(12, 2))') }} || ' %，超过实质性门槛 '
    || {{ plain_number('materiality * 100') }} || ' %。请处理 outside_tolerance 各项。',
    cast(absolute_misstatement_t as decimal(38, 18))
from {{ ref('misstatements') }}
where is_material
union all
select
    'warning', 'metric_not_added', null, {{ first_day_of('year') }}, null, null, null, 'unit', metric,
    'Facilities report ' || metric || ' of ' || cast(year as string) || ' in ' || one_unit || ' and in ' || other_unit
    || ', which cannot be added: no intensity is computed. Report it in one unit, or for the whole organisation (without '
    || 'facility_id).',
    cast(year as string) || ' 年各设施的指标 ' || metric || ' 分别以 ' || one_unit || ' 和 ' || other_unit
    || ' 填报，无法相加，因此不计算强度。请统一单位，或按整个组织填报（不填设施编号）。',
    null
from metrics_not_added
union all
select
    'info', 'no_product_intensity', facility_id, {{ first_day_of('year') }}, null, null, null, 'workshop', workshop,
    'No intensity for workshop ' || workshop || ' (' || product || '): '
    || case
        when quantity <= 0 then 'nothing was produced.'
        when units > 1 then 'its products are counted in different units.'
        else 'no sub-meter allocates energy to it (workshop in reference/meters.csv).'
    end,
    '车间 ' || workshop || '（' || product || '）无单位产品排放：'
    || case
        when quantity <= 0 then '产量为零。'
        when units > 1 then '产品计量单位不同。'
        else '没有分表为其分摊能耗（reference/meters.csv 的 workshop）。'
    end,
    null
from production_without_allocation
union all
select
    'warning', 'sub_meters_exceed_parent', facility_id, {{ first_day_of('year') }}, null, null, null, 'quantity',
    {{ plain_number('quantity') }},
    'The sub-meters below ' || workshop || ' add up to ' || {{ plain_number('-quantity') }} || ' ' || unit || ' of '
    || types.name_en || ' more than their parent meter. Check the readings.',
    workshop || ' 之下分表合计比上级表多 ' || {{ plain_number('-quantity') }} || ' ' || unit || '（' || types.name_zh || '）。请检查读数。',
    null
from over_allocated
inner join types
    on over_allocated.activity_type = types.activity_type
union all
select
    'warning', 'instrument_not_eligible', facility_id, {{ month_of('claim_start') }}, submission_id, source_sheet,
    source_row, failed_criterion, instrument_id,
    'Instrument ' || instrument_id || ' (' || instrument_type || ') serves nothing: '
    || case failed_criterion
        when 'unit' then 'its unit is neither energy nor pieces of certificates, or its quantity is too large (10^10 MWh and more).'
        when 'emission_rate' then 'it carries no emission rate, or an impossible one (factor_kgco2e_per_kwh).'
        when 'sole_claim' then 'its tracking_id is claimed by another instrument already.'
        when 'retired' then 'it was not retired (retired_on is empty).'
        when 'vintage' then 'its vintage is not close to the claimed period (at most two years before, none after).'
        else 'it was not issued for this market and period.'
    end || ' Scope 2 Quality Criteria.',
    '工具 ' || instrument_id || '（' || instrument_type || '）不予采用：'
    || case failed_criterion
        when 'unit' then '单位既非能量也非证书个数，或数量过大（10^10 MWh 及以上）。'
        when 'emission_rate' then '未注明排放因子，或排放因子不合理（factor_kgco2e_per_kwh）。'
        when 'sole_claim' then 'tracking_id 已被其他工具主张。'
        when 'retired' then '尚未注销（retired_on 为空）。'
        when 'vintage' then '生产期与主张期不相近（最多早两年，不得晚于）。'
        else '不适用于该市场或时期。'
    end || '（范围二质量准则）',
    null
from {{ ref('int_instruments') }}
where failed_criterion is not null
union all
select
    'info', 'instrument_surplus', instruments.facility_id, {{ month_of('instruments.claim_start') }},
    instruments.submission_id, instruments.source_sheet, instruments.source_row, 'quantity', instruments.instrument_id,
    {{ plain_number('surpluses.surplus') }} || ' of ' || {{ plain_number('instruments.quantity_mwh') }}
    || ' MWh of instrument ' || instruments.instrument_id
    || ' serve nobody: more was bought than consumed in its market and period.',
    '工具 ' || instruments.instrument_id || ' 的 ' || {{ plain_number('instruments.quantity_mwh') }} || ' MWh 中有 '
    || {{ plain_number('surpluses.surplus') }} || ' MWh 未被使用：超过该市场该时期的用电量。',
    null
from {{ ref('int_instruments') }} as instruments
inner join (
    select activity_id, sum(surplus) as surplus
    from {{ ref('instrument_allocation') }}
    group by activity_id
) as surpluses
    on instruments.activity_id = surpluses.activity_id
where surpluses.surplus > 0 and instruments.failed_criterion is null
union all
select
    'warning', 'category_without_reason', null, {{ first_day_of('year') }}, null, null, null, 'ghg_protocol_category',
    cast(ghg_protocol_category as string),
    'Scope 3 category ' || cast(ghg_protocol_category as string) || ' (' || category_name_en || ') has no figure in '
    || cast(year as string) || ' (' || basis || ') and no reason. Give one in reference/category_notes.csv.',
    cast(year as string) || ' 年范围三类别 ' || cast(ghg_protocol_category as string) || '（' || category_name_zh
    || '）无数据也无说明。请在 reference/category_notes.csv 中说明。',
    null
from {{ ref('category_emissions') }}
where co2e_t is null and reason_en is null and ghg_protocol_category is not null
