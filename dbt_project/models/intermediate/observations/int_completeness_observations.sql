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
        {{ part_of_total(
            "sum(case when emissions.data_quality = 'estimated' then emissions.gross_co2e_kg else 0 end)",
            'sum(emissions.gross_co2e_kg)'
        ) }} as estimated_share
    from {{ ref('int_line_sums') }} as emissions
    where
        emissions.stage = 'direct' and emissions.boundary_route = 'consolidated'
        and (emissions.scope2_method is null or emissions.scope2_method = 'location')
    group by emissions.activity_type, {{ month_of(dbt.date_trunc('year', 'emissions.period')) }}

),

-- What the organisation's data reach to: later days are still to come, for everybody. A row of a far year, and one that ends far
-- too late, say nothing of when others are due: they have findings of their own.
reach as (

    select least(data.last_day, coalesce(meant.last_day, data.last_day)) as last_day
    from (
        select max(cast(period + cast({{ last_day_of_bits('data_bits') }} - 1 as integer) as date)) as last_day
        from {{ ref('int_coverage') }}
        where data_bits <> 0
    ) as data
    cross join (
        select max(activities.coverage_end) as last_day
        from {{ ref('int_activities') }} as activities
        cross join ({{ landing_reach() }}) as landing
        where
            activities.coverage_days <= {{ longest_usual_coverage() }}
            and activities.coverage_start < coalesce(landing.latest, {{ open_end() }})
    ) as meant

),

lacking as (

    select
        coverage.year,
        coverage.scope,
        coverage.facility_id,
        coverage.activity_type,
        coverage.period,
        bit_or(coverage.missing_bits & {{ day_bits(
            'coverage.period', 'least(reach.last_day, ' ~ dbt.last_day('coverage.period', 'month') ~ ')'
        ) }}) as missing_bits
    from {{ ref('int_coverage') }} as coverage
    cross join reach
    where coverage.missing_bits <> 0 and not coverage.is_derived
    group by coverage.year, coverage.scope, coverage.facility_id, coverage.activity_type, coverage.period

),

-- A year of a scope that cannot be compared, by what it lacks.
not_covered as (

    select
        year,
        scope,
        facility_id,
        activity_type,
        sum(bit_count(missing_bits)) as days,
        min(cast(period + cast({{ first_day_of_bits('missing_bits') }} - 1 as integer) as date)) as first_day,
        max(cast(period + cast({{ last_day_of_bits('missing_bits') }} - 1 as integer) as date)) as last_day
    from lacking
    where missing_bits <> 0
    group by year, scope, facility_id, activity_type

),

-- Months that lack nothing in particular, but have days without anything at all.
empty_months as (

    select
        months.year,
        case months.figure when 'scope_3' then '3' else '1 + 2' end as scopes,
        count(*) as months_counted,
        min(months.period) as first_month,
        max(months.period) as last_month
    from {{ ref('int_covered_months') }} as months
    cross join reach
    where
        months.figure in ('scope_1_and_2', 'scope_3')
        and not months.is_covered
        and months.period <= reach.last_day
        and not exists (
            select 1 from lacking
            where lacking.period = months.period and (lacking.scope = 3) = (months.figure = 'scope_3')
        )
        and exists (
            select 1 from {{ ref('int_coverage') }} as coverage
            where
                coverage.year = months.year and (coverage.scope = 3) = (months.figure = 'scope_3')
                and coverage.data_bits <> 0 and not coverage.is_derived
        )
    group by months.year, months.figure

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
    'data_incomplete', '', facility_id, period, null, null, null, 'activity_type', types.activity_type,
    {{ finding_values({
        'name_en': 'types.name_en', 'name_zh': 'types.name_zh', 'facility_id': 'facility_id', 'days': 'missing_days',
    }) }},
    null
from {{ ref('data_completeness') }} as completeness
inner join types
    on completeness.activity_type = types.activity_type
cross join reach
-- The month that is still under way lacks its last days.
where status = 'incomplete' and {{ dbt.last_day('period', 'month') }} <= reach.last_day
union all
select
    'year_not_covered', '', facility_id, {{ first_day_of('year') }}, null, null, null, 'activity_type', types.activity_type,
    {{ finding_values({
        'scope': 'scope', 'year': 'year', 'name_en': 'types.name_en', 'name_zh': 'types.name_zh',
        'facility_id': 'facility_id', 'days': 'days', 'first_day': 'first_day', 'last_day': 'last_day',
    }) }},
    null
from not_covered
inner join types
    on not_covered.activity_type = types.activity_type
union all
select
    'year_not_covered', 'nothing', null, {{ first_day_of('year') }}, null, null, null, 'period', scopes,
    {{ finding_values({
        'scopes': 'scopes', 'year': 'year', 'months': 'months_counted', 'first_month': year_month('first_month'),
        'last_month': year_month('last_month'),
    }) }},
    null
from empty_months
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
