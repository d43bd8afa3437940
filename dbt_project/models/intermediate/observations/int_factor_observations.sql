-- One row per observation about the factors that lines met: a stage without one, another GWP set, another price year, no
-- residual mix, no category.
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

without_category as (

    select
        factor_id,
        activity_type,
        {{ month_of(dbt.date_trunc('year', 'period')) }} as year_start,
        sum(co2e_kg) as co2e_kg
    from {{ ref('emissions') }}
    where scope = 3 and ghg_protocol_category is null
    group by factor_id, activity_type, {{ month_of(dbt.date_trunc('year', 'period')) }}

)

select
    'info' as severity,
    'no_upstream_factor' as rule,
    cast(null as string) as facility_id,
    without_upstream.year_start as period,
    cast(null as string) as submission_id,
    cast(null as string) as source_sheet,
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
