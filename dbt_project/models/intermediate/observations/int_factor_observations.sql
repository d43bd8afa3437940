-- One row per observation about the factors that lines met: a stage without one, another GWP set, another price year, no
-- residual mix, no category, a by-product by default.
with

organization as (

    select * from {{ ref('int_organization') }}

),

types as (

    select activity_type, name_en, name_zh
    from {{ ref('int_activity_types') }}

),

energy_types as (

    select activity_type, name_en, name_zh
    from {{ ref('int_activity_types') }}
    where method in ('fuel_combustion', 'electricity', 'heat')
        and activity_type not like 'exported%' and activity_type <> 'onsite_renewable_electricity'

),

without_upstream as (

    -- A factor of one country says nothing about another.
    select
        emissions.activity_type,
        coalesce(countries.country, '-') as country,
        {{ month_of(dbt.date_trunc('year', 'emissions.period')) }} as year_start,
        max(case when emissions.stage = 'upstream' then 1 else 0 end) as has_upstream
    from {{ ref('int_line_sums') }} as emissions
    left join (
        select facility_id, max(country) as country from {{ ref('int_facilities') }} group by facility_id
    ) as countries
        on emissions.facility_id = countries.facility_id
    group by emissions.activity_type, countries.country, {{ month_of(dbt.date_trunc('year', 'emissions.period')) }}

),

-- A grid average can stand before a residual mix that is published all the same: a nearer factor of both methods does.
published_residual_mixes as (

    select distinct geographies.facility_id, factors.activity_type, factors.valid_from, factors.valid_to
    from {{ ref('int_emission_factors') }} as factors
    inner join {{ ref('int_facility_geographies') }} as geographies
        on factors.geography = geographies.geography and geographies.level = 'geography'
    where factors.stage = 'direct' and factors.scope2_method = 'market'

),

without_residual_mix as (

    select
        emissions.facility_id,
        emissions.activity_type,
        {{ month_of(dbt.date_trunc('year', 'emissions.period')) }} as year_start,
        sum(emissions.co2e_kg) as co2e_kg
    from {{ ref('int_line_sums') }} as emissions
    inner join {{ ref('int_activity_types') }} as types
        on emissions.activity_type = types.activity_type and types.method = 'electricity'
    cross join organization
    where
        emissions.scope2_method = 'market' and emissions.market_basis = 'grid_average'
        and emissions.factor_kgco2e_per_unit <> 0
        and organization.residual_mix_policy = 'residual_mix'
        and not exists (
            select 1 from published_residual_mixes as published
            where
                published.facility_id = emissions.facility_id
                and published.activity_type = emissions.activity_type
                and emissions.period between published.valid_from and published.valid_to
        )
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
    from {{ ref('int_line_sums') }} as emissions
    where emissions.unit_bridge like '%no price index for%'
    group by emissions.activity_type, {{ month_of(dbt.date_trunc('year', 'emissions.period')) }}, emissions.factor_id

),

without_category as (

    select
        factor_id,
        activity_type,
        {{ month_of(dbt.date_trunc('year', 'period')) }} as year_start,
        sum(co2e_kg) as co2e_kg
    from {{ ref('int_line_sums') }}
    where scope = 3 and ghg_protocol_category is null
    group by factor_id, activity_type, {{ month_of(dbt.date_trunc('year', 'period')) }}
),

-- A process whose use of a gas is the workspace's own forms by-products of its own too, and destroys them with what it abates by.
-- What is not stated of them is the default of any process (IPCC 2006 volume 3 chapter 6, Tier 2), and not destroyed.
own_processes as (

    select
        gas,
        process,
        max(case when parameter = 'utilisation' and nearness < 4 then 1 else 0 end) as has_utilisation,
        max(case when parameter = 'abatement_share' and value > 0 then 1 else 0 end) as is_abated
    from {{ ref('int_process_gas_parameters') }}
    group by gas, process

),

assumed_by_products as (

    select
        formed.gas, formed.process, formed.by_product, formed.value, formed.publication,
        own_processes.has_utilisation = 1 and formed.nearness >= 4 as is_default,
        own_processes.is_abated = 1 and destroyed.value is null as is_not_destroyed
    from {{ ref('int_process_gas_parameters') }} as formed
    inner join own_processes
        on formed.gas = own_processes.gas and formed.process = own_processes.process
    left join {{ ref('int_process_gas_parameters') }} as destroyed
        on
            formed.gas = destroyed.gas
            and formed.process = destroyed.process
            and formed.by_product = destroyed.by_product
            and destroyed.parameter = 'destruction'
    where formed.parameter = 'by_product' and formed.value > 0

)

select
    'no_upstream_factor' as rule,
    '' as variant,
    cast(null as string) as facility_id,
    without_upstream.year_start as period,
    cast(null as string) as submission_id,
    cast(null as string) as source_sheet,
    cast(null as integer) as source_row,
    'activity_type' as column_name,
    without_upstream.activity_type as source_value,
    {{ finding_values({
        'name_en': 'energy_types.name_en', 'name_zh': 'energy_types.name_zh', 'country': 'without_upstream.country',
    }) }} as parameters,
    cast(null as decimal(38, 18)) as co2e_at_stake_t
from without_upstream
inner join energy_types on without_upstream.activity_type = energy_types.activity_type
where without_upstream.has_upstream = 0
union all
select
    'no_residual_mix', '', facility_id, year_start, null, null, null, 'activity_type', types.activity_type,
    {{ finding_values({'name_en': 'types.name_en', 'name_zh': 'types.name_zh'}) }},
    cast(co2e_kg * 0.001 as decimal(38, 18))
from without_residual_mix
inner join types
    on without_residual_mix.activity_type = types.activity_type
union all
select
    'other_gwp_set', 'counted', null, {{ first_day_of('year') }}, null, null, null, 'gwp_set', gwp_set,
    {{ finding_values({
        'factor_id': 'factor_id', 'gwp_set': 'gwp_set', 'lines_counted': 'lines_counted',
    }) }},
    null
from other_gwp_sets
union all
select
    'no_price_index', '', null, year_start, null, null, null, 'activity_type', types.activity_type,
    {{ finding_values({'factor_id': 'factor_id', 'name_en': 'types.name_en', 'name_zh': 'types.name_zh'}) }},
    cast(co2e_kg * 0.001 as decimal(38, 18))
from without_price_index
inner join types
    on without_price_index.activity_type = types.activity_type
union all
select
    'no_category', '', null, year_start, null, null, null, 'ghg_protocol_category', types.activity_type,
    {{ finding_values({'factor_id': 'factor_id', 'name_en': 'types.name_en', 'name_zh': 'types.name_zh'}) }},
    cast(co2e_kg * 0.001 as decimal(38, 18))
from without_category
inner join types
    on without_category.activity_type = types.activity_type
{%- for variant, condition in {'formed': 'is_default', 'destroyed': 'is_not_destroyed'}.items() %}
union all
select
    'default_by_product', '{{ variant }}', null, null, null, null, null, 'by_product', by_product,
    {{ finding_values({
        'gas': 'gas', 'process': 'process', 'by_product': 'by_product', 'value': all_digits('value'), 'publication': 'publication',
    }) }},
    null
from assumed_by_products
where {{ condition }}
{%- endfor %}
