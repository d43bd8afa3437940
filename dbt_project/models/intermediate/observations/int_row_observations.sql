-- One row per observation about a row of a submission that only the calculation can make.
{%- set and_more_en = "case when rows_more > 0 then ' The same holds for ' || cast(rows_more as string)"
    ~ " || ' more row(s) of this activity type and unit in the sheet.' else '' end" %}
{%- set and_more_zh = "case when rows_more > 0 then '本表中同一活动类型和单位的另外 ' || cast(rows_more as string) || ' 行同此。' else '' end" %}
with

activities as (

    select
        activities.*,
        types.name_en,
        types.name_zh,
        types.method,
        {{ month_of('activities.coverage_start') }} as period,
        {{ is_money('given_units.dimension') }} as is_money,
        given_units.dimension = 'volume' as is_given_volume
    from {{ ref('int_activities') }} as activities
    inner join {{ ref('stg_activity_types') }} as types
        on activities.activity_type = types.activity_type
    left join {{ ref('stg_units') }} as given_units
        on activities.given_unit = given_units.unit

),

-- One failure per activity: the first by name, so that a row is reported once.
failures as (

    select factors.activity_id, min(factors.failure) as failure, min(factors.period) as period
    from {{ ref('int_line_factors') }} as factors
    -- Days on which the facility is not valid have a finding of their own.
    inner join {{ ref('stg_facilities') }} as facilities
        on
            factors.facility_id = facilities.facility_id
            and factors.factor_date between facilities.valid_from and facilities.valid_to
    where factors.stage = 'direct' and factors.failure is not null
    group by factors.activity_id

),

outside_validity as (

    select
        segments.activity_id,
        min(segments.period) as period,
        sum({{ days_inclusive('segments.segment_start', 'segments.segment_end') }}) as days
    from {{ ref('int_activity_segments') }} as segments
    left join {{ ref('stg_facilities') }} as facilities
        on
            segments.facility_id = facilities.facility_id
            and segments.factor_date between facilities.valid_from and facilities.valid_to
    where facilities.facility_id is null
    group by segments.activity_id

),

-- What holds for every row of an activity type and unit in a sheet is said once, of the first of them.
{%- set alike = 'submission_id, source_sheet, activity_type, given_unit' %}
rounded as (

    select
        *,
        count(*) over (partition by {{ alike }}) - 1 as rows_more,
        row_number() over (partition by {{ alike }} order by source_row, activity_id) as nth
    from activities
    where quantity_rounded

),

gas_volumes as (

    select
        *,
        count(*) over (partition by {{ alike }}) - 1 as rows_more,
        row_number() over (partition by {{ alike }} order by source_row, activity_id) as nth
    from activities
    where activity_id in (select activity_id from {{ ref('emissions') }} where unit_bridge like '%m3 at 20 C%')

),

-- What a stretch that stands in for the ledger or for a parent meter weighs, in the target's Scope 2 method.
weights as (

    select
        emissions.activity_id,
        sum(emissions.co2e_kg) as co2e_kg
    from {{ ref('emissions') }} as emissions
    cross join {{ ref('stg_organization') }} as organization
    where
        emissions.stage = 'direct'
        and emissions.boundary_route = 'consolidated'
        and (emissions.scope2_method is null or emissions.scope2_method = organization.target_scope2_method)
    group by emissions.activity_id

),

counted_parts as (

    select
        activity_id,
        reason,
        min(part_start) as part_start,
        max(part_end) as part_end,
        sum({{ days_inclusive('part_start', 'part_end') }}) as days
    from {{ ref('int_counted_parts') }}
    group by activity_id, reason

),

unallocated_readings as (

    select readings.activity_id, min(readings.period) as period
    from {{ ref('int_sub_meter_months') }} as readings
    left join {{ ref('int_allocation') }} as allocation
        on readings.activity_id = allocation.activity_id and readings.period = allocation.period
    where allocation.activity_id is null and readings.quantity <> 0
    group by readings.activity_id

),

observations as (

    select
        activities.activity_id,
        'error' as severity,
        failures.failure as rule,
        failures.period,
        'activity_type' as column_name,
        activities.activity_type as source_value,
        'Not computed: ' || activities.name_en || ' (' || activities.activity_type || '). '
        || case failures.failure
            when 'no_factor' then 'No emission factor is valid for this facility, its regions and this date. '
                || 'Add a row to reference/emission_factors.csv (or the fuel to reference/fuel_properties.csv).'
            when 'no_fuel_factor_set' then 'Combustion without an own factor needs fuel_factor_set in organization.yml.'
            when 'no_ch4_n2o_factor' then 'combustion_gases is co2_ch4_n2o and no CH4 and N2O factor is known for the fuel. '
                || 'Add ch4_kg_per_tj and n2o_kg_per_tj to reference/fuel_properties.csv.'
            when 'no_process_parameters' then 'No utilisation or leak rate is known for this gas and process. Add it to '
                || 'reference/process_gas_parameters.csv, or leave process empty to report the mass released.'
            when 'no_unit_bridge' then case
                when activities.is_money
                    then 'An amount of money needs a factor per amount of money that is valid here, and the exchange rate and price '
                        || 'index of its year. Give quantity and unit instead, or add rows to reference/emission_factors.csv, '
                        || 'exchange_rates.csv or price_indices.csv.'
                else 'The unit ' || coalesce(activities.given_unit, '?') || ' cannot be converted to the unit of the factor: '
                    || case activities.method
                        when 'heat' then 'heat by mass with temperature_c or enthalpy_kj_per_kg needs a factor per energy, without '
                            || 'them a factor per mass. Fill one of them in, or add that factor to reference/emission_factors.csv.'
                        else 'a calorific value or a density is missing. '
                            || 'Add it to reference/fuel_properties.csv or reference/fuel_densities.csv.'
                    end
            end
            when 'no_gwp' then 'The GWP set of organization.yml has no value for this gas. Add it to reference/gwp.csv.'
            when 'no_location_factor' then 'Only a market-based factor is valid here: Scope 2 needs the location-based one as well. '
                || 'Add a row with scope2_method location (or empty) to reference/emission_factors.csv.'
            when 'no_scope' then 'The factor row names neither a scope nor a GHG Protocol category. Fill scope in '
                || 'reference/emission_factors.csv.'
            when 'leased_asset_in_boundary' then 'Its counterparty ' || activities.supplier || ' is a facility whose own energy is '
                || 'in Scopes 1 and 2: a leased asset is not counted again in category 8 or 13. Remove the row, or correct the counterparty.'
            when 'other_gwp_set' then 'The factor is in CO2e of another GWP set, which Scopes 1 and 2 refuse. '
                || 'Give the gases apart in reference/emission_factors.csv (co2_kg, ch4_kg, n2o_kg).'
            else 'The factor is too large for the unit of the activity. Use a smaller canonical_unit.'
        end as message_en,
        '未计算：' || activities.name_zh || '（' || activities.activity_type || '）。'
        || case failures.failure
            when 'no_factor' then '该设施、所属区域在该日期没有有效的排放因子。请在 reference/emission_factors.csv（或 reference/fuel_properties.csv）中补充。'
            when 'no_fuel_factor_set' then '燃料燃烧未自带因子时，organization.yml 必须填写 fuel_factor_set。'
            when 'no_ch4_n2o_factor' then '设置为 co2_ch4_n2o，但该燃料缺少 CH4、N2O 因子。请在 reference/fuel_properties.csv 中补充。'
            when 'no_process_parameters' then '该气体与工艺没有利用率或泄漏率参数。请在 reference/process_gas_parameters.csv 中补充，或将 process 留空直接填报排放质量。'
            when 'no_unit_bridge' then case
                when activities.is_money
                    then '按金额计算需要此处有效的单位金额排放因子，以及该年度的汇率和价格指数。请改填数量与单位，'
                        || '或在 reference/emission_factors.csv、exchange_rates.csv、price_indices.csv 中补充。'
                else '单位 ' || coalesce(activities.given_unit, '?') || ' 无法换算到因子的单位：'
                    || case activities.method
                        when 'heat' then '以质量计的热力，填有温度或焓值时需要按能量计的因子，未填时需要按质量计的因子。请填写温度或焓值，或在 reference/emission_factors.csv 中补充相应因子。'
                        else '缺少热值或密度。请在 reference/fuel_properties.csv 或 fuel_densities.csv 中补充。'
                    end
            end
            when 'no_gwp' then 'organization.yml 的 GWP 值集中没有该气体。请在 reference/gwp.csv 中补充。'
            when 'no_location_factor' then '此处只有基于市场的因子，范围二还需要基于位置的因子。请在 reference/emission_factors.csv 中补充 scope2_method 为 location（或留空）的行。'
            when 'no_scope' then '因子行既无范围也无类别。请在 reference/emission_factors.csv 中填写 scope。'
            when 'leased_asset_in_boundary' then '其对方 ' || activities.supplier || ' 是边界内设施，能耗已计入范围一、二，租赁资产不再计入类别 8 或 13。请删除该行或更正对方单位。'
            when 'other_gwp_set' then '该因子为其他 GWP 值集的 CO2e，范围一、二不予采用。请在 reference/emission_factors.csv 中分气体填写（co2_kg、ch4_kg、n2o_kg）。'
            else '因子相对于活动单位过大。请使用更小的 canonical_unit。'
        end as message_zh,
        cast(null as decimal(38, 18)) as co2e_at_stake_t
    from failures
    inner join activities on failures.activity_id = activities.activity_id
    union all
    select
        activity_id, 'error', 'quantity_out_of_range', period, 'quantity', cast(given_quantity as string),
        'Not computed: the quantity in ' || coalesce(unit, '?') || ' is too large (10^13 and more), or the unit ' || coalesce(given_unit, '?')
        || ' has no conversion to it'
        || case method when 'heat' then ', or temperature_c (20 and more) or enthalpy_kj_per_kg (83.74 and more) is out of range' else '' end
        || '. Check the row.',
        '未计算：数量换算为 ' || coalesce(unit, '?') || ' 后过大（10^13 及以上），或单位 ' || coalesce(given_unit, '?') || ' 无法换算'
        || case method when 'heat' then '，或温度（不低于 20 ℃）、焓值（不低于 83.74 kJ/kg）超出范围' else '' end || '。请检查该行。',
        null
    from activities
    where quantity is null
    union all
    select
        activities.activity_id, 'error', 'facility_not_valid', outside_validity.period, 'facility_id', activities.facility_id,
        cast(outside_validity.days as string) || ' day(s) of this row lie outside the validity of facility '
        || activities.facility_id || ' in reference/facilities.csv and are not counted. Correct the dates or valid_from/valid_to.',
        '本行有 ' || cast(outside_validity.days as string) || ' 天不在设施 ' || activities.facility_id
        || ' 的有效期内（reference/facilities.csv），未计入。请更正日期或有效期。',
        null
    from outside_validity
    inner join activities on outside_validity.activity_id = activities.activity_id
    union all
    select
        activities.activity_id, 'warning', 'invoice_stands_in', {{ month_of('parts.part_start') }}, 'quantity',
        cast(activities.given_quantity as string),
        'No energy_ledger row of ' || activities.facility_id || ' and ' || activities.name_en || ' covers '
        || cast(parts.days as string) || ' day(s) of this document (' || cast(parts.part_start as string) || ' to '
        || cast(parts.part_end as string) || '): its quantity stands in for them. Submit the ledger.',
        activities.facility_id || ' 的' || activities.name_zh || '有 ' || cast(parts.days as string)
        || ' 天（' || cast(parts.part_start as string) || ' 至 ' || cast(parts.part_end as string)
        || '）没有能源台账，暂以本凭证数量代替。请提交台账。',
        cast(weights.co2e_kg * 0.001 as decimal(38, 18))
    from counted_parts as parts
    inner join activities on parts.activity_id = activities.activity_id
    left join weights on parts.activity_id = weights.activity_id
    where parts.reason = 'no_ledger'
    union all
    select
        activities.activity_id, 'warning', 'sub_meter_counted', {{ month_of('parts.part_start') }}, 'meter_id',
        activities.meter_id,
        'The meters above ' || activities.meter_id || ' have no reading for ' || cast(parts.days as string)
        || ' day(s) of this row: the sub-meter counts as consumption for them. Submit the reading of the parent meter.',
        '表 ' || activities.meter_id || ' 的上级表有 ' || cast(parts.days as string)
        || ' 天没有读数，该分表在这些天按消费量计入。请提交上级表读数。',
        cast(weights.co2e_kg * 0.001 as decimal(38, 18))
    from counted_parts as parts
    inner join activities on parts.activity_id = activities.activity_id
    left join weights on parts.activity_id = weights.activity_id
    where parts.reason = 'no_parent'
    union all
    select
        activities.activity_id, 'info', 'evidence_covered', activities.period, 'posting_date', null,
        'A purchase of ' || activities.name_en || ' is evidence: the energy ledger or an invoice covers its day, so it is reconciled '
        || 'and not counted again.',
        activities.name_zh || '的采购为佐证：能源台账或发票已覆盖该日，仅用于核对，不重复计入。',
        null
    from activities
    left join counted_parts as parts on activities.activity_id = parts.activity_id
    where activities.feed = 'procurement' and activities.role = 'evidence' and parts.activity_id is null
    union all
    select
        activities.activity_id, 'warning', 'sub_meter_not_allocated', unallocated_readings.period, 'meter_id',
        activities.meter_id,
        'The sub-meter reading cannot be allocated: its parent has no emissions of the same activity type, unit and month. Check '
        || 'the readings of the parent meter and their units.',
        '分表读数无法分摊：上级表当月没有同一活动类型的排放。请检查上级表读数及单位。',
        null
    from unallocated_readings
    inner join activities on unallocated_readings.activity_id = activities.activity_id
    union all
    select
        activity_id, 'info', 'quantity_rounded', period, 'quantity', cast(given_quantity as string),
        'The quantity has more than six decimals in ' || unit || ' and was rounded half up to '
        || cast(quantity as string) || ' ' || unit || '.' || {{ and_more_en }},
        '数量换算为 ' || unit || ' 后超过六位小数，已四舍五入为 ' || cast(quantity as string) || ' ' || unit || '。' || {{ and_more_zh }},
        null
    from rounded
    where nth = 1
    union all
    select
        activity_id, 'info', 'gas_volume_basis', period, 'unit', given_unit,
        case
            when is_given_volume then 'A gas volume in ' || given_unit
                || ' without a stated basis was read at 20 degrees C and 101.325 kPa. Write Nm3 or m3(20C) to state it.'
            else 'The factor or calorific value that this gas met is per volume without a stated basis, which was read at 20 degrees C '
                || 'and 101.325 kPa. Write it per Nm3 or m3(20C) in the reference table to state it.'
        end || {{ and_more_en }},
        case
            when is_given_volume then '气体体积单位 ' || given_unit
                || ' 未注明工况，按 20 ℃、101.325 kPa 处理。请注明 Nm3 或 m3(20C)。'
            else '该气体所用因子或热值按未注明工况的体积给出，按 20 ℃、101.325 kPa 处理。请在参考表中注明每 Nm3 或 m3(20C)。'
        end || {{ and_more_zh }},
        null
    from gas_volumes
    where nth = 1

)

select
    observations.severity,
    observations.rule,
    activities.facility_id,
    observations.period,
    activities.submission_id,
    activities.source_sheet,
    activities.source_row,
    observations.column_name,
    observations.source_value,
    observations.message_en,
    observations.message_zh,
    observations.co2e_at_stake_t
from observations
inner join activities on observations.activity_id = activities.activity_id
union all
select
    'warning', 'freight_not_computed', facility_id, {{ month_of('coverage_start') }}, submission_id, source_sheet, source_row,
    'transport_mode', transport_mode,
    'The freight of this purchase is not computed: '
    || case
        when transport_distance_km is null or transported_mass_t is null
            then 'transport_distance_km and transported_mass_t are both needed. Fill in both, or leave transport_mode empty.'
        else 'the mode is no activity type in t.km. Write road, rail, sea, air, or an activity type of freight.'
    end,
    '本次采购的运输未计算：'
    || case
        when transport_distance_km is null or transported_mass_t is null then '运输距离与运输质量均需填写。请补齐，或将运输方式留空。'
        else '运输方式不是以 t.km 计的活动类型。请填写 road、rail、sea、air 或某一货运活动类型。'
    end,
    null
from {{ ref('int_procurement_freight') }}
where freight_type is null and not is_in_supplier_factor
union all
select
    'info', 'transport_in_supplier_factor', facility_id, {{ month_of('coverage_start') }}, submission_id, source_sheet,
    source_row, 'supplier_factor_includes_transport', transport_mode,
    'The supplier''s factor holds the transport of this purchase already: category 4 does not count it again.',
    '供应商因子已包含本次采购的运输，类别 4 不再重复计算。',
    null
from {{ ref('int_procurement_freight') }}
where is_in_supplier_factor
