-- One row per observation about the values that lines were computed with: an own factor or property far from the shared one of
-- the same key, a factor applied years after its own data year.
with

gwp as (

    {{ methane_and_nitrous_oxide_gwp() }}

),

-- What was used, by facility and year.
used as (

    select
        emissions.facility_id,
        emissions.activity_type,
        emissions.stage,
        emissions.scope2_method,
        emissions.market_basis,
        emissions.factor_table,
        emissions.factor_id,
        emissions.factor_row_id,
        emissions.unit,
        emissions.factor_kgco2e_per_unit as kg_per_unit,
        cast(extract(year from emissions.period) as integer) as year,
        min(emissions.period) as period,
        count(case when long_rows.activity_id is null then 1 end) > 0 as is_of_usual_rows,
        cast(sum(emissions.co2e_kg) as decimal(38, 18)) as co2e_kg
    from {{ ref('emissions') }} as emissions
    left join (
        select activity_id from {{ ref('int_activities') }} where coverage_days > {{ longest_usual_coverage() }}
    ) as long_rows
        on emissions.activity_id = long_rows.activity_id
    where emissions.stage in ('direct', 'upstream') and emissions.instrument_id is null
    group by
        emissions.facility_id, emissions.activity_type, emissions.stage, emissions.scope2_method, emissions.market_basis,
        emissions.factor_table, emissions.factor_id, emissions.factor_row_id, emissions.unit, emissions.factor_kgco2e_per_unit,
        extract(year from emissions.period)

),

types as (

    select activity_type, name_en, name_zh, method, fuel, fuel_use
    from {{ ref('int_activity_types') }}

),

own_used as (

    select
        used.*,
        types.method,
        types.fuel,
        types.fuel_use,
        -- What a contract or a supplier emits per kilowatt-hour may be far below the grid.
        types.method = 'electricity' and coalesce(used.scope2_method, '') = 'market' as may_be_lower
    from used
    inner join types
        on used.activity_type = types.activity_type
    where used.factor_table in ('own', 'row') and used.kg_per_unit > 0

),

-- The shared factor that the search would have found for the same demand.
shared_rows as (

    select
        own_used.facility_id, own_used.activity_type, own_used.stage, own_used.scope2_method, own_used.factor_table,
        own_used.factor_id, own_used.factor_row_id, own_used.unit, own_used.kg_per_unit, own_used.year,
        shared.factor_id as shared_id,
        cast(
            coalesce(shared.co2e_kg, 0) + coalesce(shared.co2_kg, 0) + coalesce(shared.ch4_kg, 0) * coalesce(gwp.ch4, 0)
            + coalesce(shared.n2o_kg, 0) * coalesce(gwp.n2o, 0)
        as double) * cast(conversions.factor as double) as shared_kg,
        row_number() over (
            partition by
                own_used.facility_id, own_used.activity_type, own_used.stage, own_used.scope2_method, own_used.factor_table,
                own_used.factor_id, own_used.factor_row_id, own_used.unit, own_used.kg_per_unit, own_used.year
            order by
                case when shared.scope2_method is null or shared.scope2_method = own_used.scope2_method then 0 else 1 end,
                geographies.search_rank, shared.factor_id
        ) as preference
    from own_used
    inner join {{ ref('int_facility_geographies') }} as geographies
        on
            own_used.facility_id = geographies.facility_id
            and own_used.period between geographies.valid_from and geographies.valid_to
    inner join (
        select * from {{ ref('int_emission_factors') }}
        where factor_table = 'seed' and activity_type in (select activity_type from own_used)
    ) as shared
        on
            own_used.activity_type = shared.activity_type
            and own_used.stage = shared.stage
            and geographies.geography = shared.geography
            and own_used.period between shared.valid_from and shared.valid_to
    inner join {{ ref('int_unit_conversions') }} as conversions
        on own_used.unit = conversions.from_unit and shared.per_unit = conversions.to_unit
    cross join gwp

),

-- Of a fuel the formula with the shared properties.
shared_formulas as (

    select
        own_used.facility_id, own_used.activity_type, own_used.stage, own_used.scope2_method, own_used.factor_table,
        own_used.factor_id, own_used.factor_row_id, own_used.unit, own_used.kg_per_unit, own_used.year,
        contexts.factor_set || ':' || own_used.fuel as shared_id,
        max(
            cast(units.to_base as double) * coalesce(cast(bridges.factor as double), case when units.dimension = 'energy' then 1 end)
            * coalesce(
                cast(contexts.co2_kg_per_tj as double) / 1000000,
                cast(contexts.carbon_content_tc_per_gj as double) * 44 / 12
            )
        ) as shared_kg
    from own_used
    left join {{ ref('int_factor_places') }} as places
        on own_used.facility_id = places.facility_id
    inner join {{ ref('int_fuel_contexts') }} as contexts
        on
            coalesce(places.factor_place, own_used.facility_id) = contexts.facility_id
            and own_used.fuel = contexts.fuel
            and own_used.fuel_use = contexts.fuel_use
            and own_used.period = contexts.factor_date
            and contexts.factor_table = 'seed'
    inner join {{ ref('int_units') }} as units
        on own_used.unit = units.unit
    left join {{ ref('int_fuel_bridges') }} as bridges
        on
            contexts.facility_id = bridges.facility_id
            and contexts.fuel = bridges.fuel
            and contexts.fuel_use = bridges.fuel_use
            and contexts.factor_date = bridges.factor_date
            and units.dimension = bridges.from_dimension
            and bridges.to_dimension = 'energy'
    where own_used.method = 'fuel_combustion' and own_used.stage = 'direct'
    group by
        own_used.facility_id, own_used.activity_type, own_used.stage, own_used.scope2_method, own_used.factor_table,
        own_used.factor_id, own_used.factor_row_id, own_used.unit, own_used.kg_per_unit, own_used.year,
        contexts.factor_set || ':' || own_used.fuel

),

far_factors as (

    select
        own_used.factor_table, own_used.factor_id, own_used.factor_row_id, own_used.activity_type, own_used.unit,
        own_used.kg_per_unit,
        min(shared.shared_id) as shared_id,
        min(shared.shared_kg) as shared_kg,
        min(own_used.period) as period,
        min(own_used.facility_id) as facility_id,
        sum(own_used.co2e_kg) as co2e_kg
    from own_used
    inner join (
        select facility_id, activity_type, stage, scope2_method, factor_table, factor_id, factor_row_id, unit, kg_per_unit, year,
            shared_id, shared_kg
        from shared_rows
        where preference = 1
        union all
        select facility_id, activity_type, stage, scope2_method, factor_table, factor_id, factor_row_id, unit, kg_per_unit, year,
            shared_id, shared_kg
        from shared_formulas
    ) as shared
        on
            own_used.facility_id = shared.facility_id
            and own_used.activity_type = shared.activity_type
            and own_used.stage = shared.stage
            and coalesce(own_used.scope2_method, '') = coalesce(shared.scope2_method, '')
            and own_used.factor_table = shared.factor_table
            and own_used.factor_id = shared.factor_id
            and coalesce(own_used.factor_row_id, '') = coalesce(shared.factor_row_id, '')
            and own_used.unit = shared.unit
            and own_used.kg_per_unit = shared.kg_per_unit
            and own_used.year = shared.year
    where
        shared.shared_kg > 0
        and (
            cast(own_used.kg_per_unit as double) >= shared.shared_kg * 5
            or (cast(own_used.kg_per_unit as double) * 5 <= shared.shared_kg and not own_used.may_be_lower)
        )
    group by
        own_used.factor_table, own_used.factor_id, own_used.factor_row_id, own_used.activity_type, own_used.unit,
        own_used.kg_per_unit

),

-- Properties of fuels, densities, GWPs and sizes of units: an own value against all shared ones of the same substance.
properties as (

    select
        properties.factor_table, 'fuel_properties' as table_name, measures.measure,
        properties.fuel || '|' || coalesce(case when measures.measure = 'ncv' then properties.ncv_dimension end, '') as property_key,
        properties.fuel as named,
        case measures.measure
            when 'ncv' then cast(properties.ncv_mj_per_base_unit as double)
            else coalesce(
                cast(properties.co2_kg_per_tj as double) / 1000000 * 12 / 44, cast(properties.carbon_content_tc_per_gj as double)
            )
        end as amount,
        case measures.measure
            when 'ncv' then {{ plain_number('properties.ncv') }} || ' ' || properties.ncv_unit
            else coalesce(
                {{ plain_number('properties.co2_kg_per_tj') }} || ' kg CO2/TJ',
                {{ plain_number('properties.carbon_content_tc_per_gj') }} || ' tC/GJ'
            )
        end as stated
    from {{ ref('int_fuel_properties') }} as properties
    cross join (select 'ncv' as measure union all select 'carbon') as measures
    union all
    select
        factor_table, 'fuel_densities', 'density', fuel || '|' || volume_dimension, fuel, cast(kg_per_base_unit as double),
        {{ plain_number('density') }} || ' ' || density_unit
    from {{ ref('int_fuel_densities') }}
    union all
    select factor_table, 'gwp', 'gwp100', gwp_set || '|' || gas, gas, cast(gwp100 as double), {{ plain_number('gwp100') }}
    from {{ ref('int_gwp') }}
    where factor_table = 'own'
    union all
    select 'seed', 'gwp', 'gwp100', gwp_set || '|' || gas, gas, cast(gwp100 as double), {{ plain_number('gwp100') }}
    from {{ ref('gwp') }}
    union all
    select 'own', 'units', 'to_base', unit || '|' || dimension, unit, cast(to_base as double), {{ plain_number('to_base') }}
    from {{ ref('int_units') }}
    union all
    select 'seed', 'units', 'to_base', unit || '|' || dimension, unit, cast(to_base as double), {{ plain_number('to_base') }}
    from {{ ref('units') }}

),

far_properties as (

    select own.table_name, own.measure, own.named, own.stated, min(shared.stated) as shared_stated
    from properties as own
    inner join properties as shared
        on
            own.table_name = shared.table_name and own.measure = shared.measure and own.property_key = shared.property_key
            and shared.factor_table = 'seed'
    where own.factor_table = 'own' and own.amount > 0 and shared.amount > 0
    group by own.table_name, own.measure, own.named, own.stated, own.amount
    having min(greatest(own.amount, shared.amount) / least(own.amount, shared.amount)) >= 5

),

-- Own rows of a place that no facility is in, and no supplier; of a set of factors that is not the organisation's.
out_of_reach as (

    select own.table_name, own.source_row, own.named, own.geography, own.factor_set
    from (
        select 'emission_factors' as table_name, source_row, factor_id as named, geography, cast(null as string) as factor_set
        from {{ source('raw', 'reference_emission_factors') }}
        union all
        select 'fuel_properties', source_row, fuel, geography, factor_set
        from {{ source('raw', 'reference_fuel_properties') }}
        union all
        select 'fuel_densities', source_row, fuel, geography, null
        from {{ source('raw', 'reference_fuel_densities') }}
    ) as own
    cross join {{ ref('int_organization') }} as organization
    left join (select distinct geography from {{ ref('int_facility_geographies') }}) as reached
        on own.geography = reached.geography
    left join (select distinct geography from {{ ref('int_named_suppliers') }}) as suppliers
        on own.geography = suppliers.geography
    where
        (own.geography is not null and reached.geography is null and suppliers.geography is null)
        or own.factor_set <> organization.fuel_factor_set

),

-- A grid changes from year to year, and its factor is published every year, for some grids two years late: what counts is how
-- long a factor has stood beyond the year that it was first meant for. Of other processes data of ten years and more represent the time
-- poorly (GHG Protocol Scope 3 Standard, table 7.6).
aged as (

    select
        used.facility_id, used.activity_type, used.factor_id, used.year, types.name_en, types.name_zh,
        factors.data_year,
        sum(case when used.scope2_method = 'market' then 0 else used.co2e_kg end) as co2e_kg,
        used.year - factors.data_year as age,
        types.method in ('electricity', 'heat') as is_grid,
        -- Of the shared factors the years that they are for are as published; an own row may say any.
        used.factor_table = 'own' and used.year - factors.data_year >= 5 as is_old_for_own,
        used.year - greatest(factors.data_year, cast(extract(year from factors.valid_from) as integer)) as years_beyond
    from used
    inner join types
        on used.activity_type = types.activity_type
    inner join {{ ref('int_emission_factors') }} as factors
        on used.factor_row_id = factors.factor_row_id
    cross join ({{ landing_reach() }}) as landing
    where
        used.stage = 'direct' and factors.data_year is not null and used.kg_per_unit <> 0
        -- No factor of a year to come can be there; rows of such a year, and those that reach far into others, are asked about
        -- themselves.
        and used.is_of_usual_rows
        and used.year < coalesce(extract(year from landing.latest), 9999)
    group by
        used.facility_id, used.activity_type, used.factor_table, used.factor_id, used.year, types.name_en, types.name_zh,
        factors.data_year, types.method, factors.valid_from

)

select
    'own_far_from_shared' as rule,
    case
        when types.method = 'electricity' and cast(far_factors.kg_per_unit as double) between far_factors.shared_kg / 20
            and far_factors.shared_kg then 'low_grid'
        else 'factor'
    end as variant,
    facility_id,
    {{ month_of(dbt.date_trunc('year', 'period')) }} as period,
    cast(null as string) as submission_id,
    cast(null as string) as source_sheet,
    cast(null as integer) as source_row,
    'factor_id' as column_name,
    far_factors.factor_id as source_value,
    {{ finding_values({
        'name_en': 'types.name_en', 'name_zh': 'types.name_zh', 'factor_id': 'far_factors.factor_id',
        'own': plain_number('far_factors.kg_per_unit'), 'shared': plain_number('cast(far_factors.shared_kg as decimal(28, 6))'),
        'shared_id': 'far_factors.shared_id', 'unit': 'far_factors.unit',
    }) }} as parameters,
    cast(far_factors.co2e_kg * 0.001 as decimal(38, 18)) as co2e_at_stake_t
from far_factors
inner join types
    on far_factors.activity_type = types.activity_type
union all
select
    'own_far_from_shared', 'property', null, null, null, null, null, measure, named,
    {{ finding_values({
        'table': 'table_name', 'measure': 'measure', 'named': 'named', 'own': 'stated', 'shared': 'shared_stated',
    }) }},
    null
from far_properties
union all
select
    'factor_out_of_date', case when is_grid and years_beyond < 3 and not is_old_for_own then 'lately' else '' end, facility_id,
    {{ first_day_of('year') }}, null, null, null, 'factor_id', factor_id,
    {{ finding_values({
        'name_en': 'name_en', 'name_zh': 'name_zh', 'factor_id': 'factor_id', 'data_year': 'data_year', 'year': 'year', 'age': 'age',
    }) }},
    cast(co2e_kg * 0.001 as decimal(38, 18))
from aged
where case when is_grid then years_beyond >= 2 or is_old_for_own else age >= 10 end
union all
select
    'reference_row_unused', case when factor_set is null then 'place' else 'place_or_set' end, null, null, null, null, null, 'geography',
    named,
    {{ finding_values({
        'table': 'table_name', 'row': 'source_row', 'named': 'named', 'geography': "coalesce(geography, 'WORLD')",
        'factor_set': 'factor_set',
    }) }},
    null
from out_of_reach
