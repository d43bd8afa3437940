-- One row per observation about what was not submitted: months without data, what stands in for them and how much of it.
with

organization as (

    select * from {{ ref('int_organization') }}

),

types as (

    select activity_type, name_en, name_zh
    from {{ ref('int_activity_types') }}

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
    'data_missing' as rule,
    case when estimation.methods > 0 then 'not_estimated' else '' end as variant,
    facility_id,
    period,
    cast(null as string) as submission_id,
    cast(null as string) as source_sheet,
    cast(null as integer) as source_row,
    'activity_type' as column_name,
    types.activity_type as source_value,
    {{ finding_values({
        'name_en': 'types.name_en', 'name_zh': 'types.name_zh', 'facility_id': 'facility_id',
    }) }} as parameters,
    cast(null as decimal(38, 18)) as co2e_at_stake_t
from {{ ref('data_completeness') }} as completeness
inner join types
    on completeness.activity_type = types.activity_type
cross join (select count(*) as methods from {{ source('raw', 'estimation_methods') }}) as estimation
where status = 'missing'
union all
select
    'estimated_gap', case when meter_id is null then '' else 'meter' end, facility_id, period, null, null, null,
    'activity_type', types.activity_type,
    {{ finding_values({
        'name_en': 'types.name_en', 'name_zh': 'types.name_zh', 'meter_id': 'meter_id', 'facility_id': 'facility_id',
        'first_day': 'first_day', 'last_day': 'last_day', 'quantity': plain_number('quantity'), 'unit': 'unit',
        'method': 'method', 'basis': 'basis',
    }) }},
    cast(co2e_t as decimal(38, 18))
from {{ ref('estimates') }} as gaps
inner join types
    on gaps.activity_type = types.activity_type
union all
select
    'estimate_share', '', null, year_start, null, null, null, 'data_quality', types.activity_type,
    {{ finding_values({
        'estimated_percent': plain_number('cast(estimated_share * 100 as decimal(12, 2))'),
        'name_en': 'types.name_en', 'name_zh': 'types.name_zh',
    }) }},
    null
from estimates
inner join types
    on estimates.activity_type = types.activity_type
cross join organization
where estimated_share > organization.estimate_warn
