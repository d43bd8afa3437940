-- One row per observation about what was not submitted: months without data, what stands in for them and how much of it.
with

organization as (

    select * from {{ ref('stg_organization') }}

),

types as (

    select activity_type, name_en, name_zh
    from {{ ref('stg_activity_types') }}

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

)

select
    'warning' as severity,
    'data_missing' as rule,
    facility_id,
    period,
    cast(null as string) as submission_id,
    cast(null as string) as source_sheet,
    cast(null as integer) as source_row,
    'activity_type' as column_name,
    types.activity_type as source_value,
    'Nothing was submitted for ' || types.name_en || ', which reference/facilities.csv expects of ' || facility_id
    || ' every month' || case
        when estimation.methods > 0 then ', and no method of estimation_methods can fill the gap'
        else ''
    end || '. Submit it, or a row with quantity 0.' as message_en,
    facility_id || ' 应按月提交' || types.name_zh || '数据（reference/facilities.csv），本月未提交'
    || case when estimation.methods > 0 then '，且 estimation_methods 中没有可用的估算方法' else '' end
    || '。请提交，或填报数量 0。' as message_zh,
    cast(null as decimal(38, 18)) as co2e_at_stake_t
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
