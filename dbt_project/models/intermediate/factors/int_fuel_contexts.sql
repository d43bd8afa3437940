-- One row per facility, fuel, use and date: the net calorific value, carbon factors and density that apply there. A measured
-- calorific value without carbon factors takes those of the next row of the search, per GJ, and the other way round.
with

demand as (

    select distinct facility_id, fuel, fuel_use, factor_date, max(carrier_class) as carrier_class
    from {{ ref('int_factor_demand') }}
    where fuel is not null
    group by facility_id, fuel, fuel_use, factor_date

),

located as (

    select demand.*, geographies.geography, geographies.search_rank
    from demand
    inner join {{ ref('int_facility_geographies') }} as geographies
        on
            demand.facility_id = geographies.facility_id
            and demand.factor_date between geographies.valid_from and geographies.valid_to

),

properties as (

    select
        located.facility_id,
        located.fuel,
        located.fuel_use,
        located.factor_date,
        properties.factor_table,
        properties.factor_set,
        properties.ncv,
        properties.ncv_unit,
        properties.ncv_dimension,
        properties.ncv_mj_per_base_unit,
        properties.carbon_content_tc_per_gj,
        properties.oxidation_rate,
        properties.co2_kg_per_tj,
        properties.ch4_kg_per_tj,
        properties.n2o_kg_per_tj,
        properties.biogenic,
        properties.geography,
        properties.valid_from,
        properties.valid_to,
        properties.publication,
        properties.source,
        row_number() over (
            partition by located.facility_id, located.fuel, located.fuel_use, located.factor_date
            order by
                properties.table_rank, located.search_rank, case when properties.use is null then 1 else 0 end,
                -- An own row of the set comes before one that serves any set.
                case when properties.factor_set = 'own' then 1 else 0 end
        ) as preference
    from located
    cross join {{ ref('int_organization') }} as organization
    inner join {{ ref('int_fuel_properties') }} as properties
        on
            located.fuel = properties.fuel
            and located.geography = properties.geography
            and (properties.use is null or properties.use = located.fuel_use)
            and located.factor_date between properties.valid_from and properties.valid_to
            -- An own row that names no set serves any.
            and (
                properties.factor_set = organization.fuel_factor_set
                or (properties.factor_table = 'own' and properties.factor_set = 'own')
            )

),

calorific_values as (

    select
        facility_id, fuel, fuel_use, factor_date, ncv, ncv_unit, ncv_dimension, ncv_mj_per_base_unit, publication, source,
        row_number() over (partition by facility_id, fuel, fuel_use, factor_date order by preference) as preference
    from properties
    where ncv is not null

),

carbon_factors as (

    select
        facility_id, fuel, fuel_use, factor_date, carbon_content_tc_per_gj, oxidation_rate, co2_kg_per_tj, publication, source,
        row_number() over (partition by facility_id, fuel, fuel_use, factor_date order by preference) as preference
    from properties
    where carbon_content_tc_per_gj is not null or co2_kg_per_tj is not null

),

-- Methane and nitrous oxide of a set that does not give them come from the IPCC 2006 defaults of the same fuel and use.
ipcc_defaults as (

    select
        fuel, use, max(ch4_kg_per_tj) as ch4_kg_per_tj, max(n2o_kg_per_tj) as n2o_kg_per_tj,
        max(publication) as publication, max(source) as source
    from {{ ref('int_fuel_properties') }}
    where factor_set = 'ipcc_2006' and factor_table = 'seed'
    group by fuel, use

),

densities as (

    select
        located.facility_id,
        located.fuel,
        located.fuel_use,
        located.factor_date,
        densities.density,
        densities.density_unit,
        densities.volume_dimension,
        densities.kg_per_base_unit,
        densities.factor_row_id as density_row_id,
        row_number() over (
            partition by located.facility_id, located.fuel, located.fuel_use, located.factor_date
            order by densities.table_rank, located.search_rank, densities.density_unit
        ) as preference
    from located
    inner join {{ ref('int_fuel_densities') }} as densities
        on
            located.fuel = densities.fuel
            and located.geography = densities.geography
            and located.factor_date between densities.valid_from and densities.valid_to

)

select
    demand.facility_id,
    demand.fuel,
    demand.fuel_use,
    demand.factor_date,
    demand.carrier_class,
    properties.factor_table,
    properties.factor_set,
    case
        when properties.factor_set is not null then {{ hash_id([
            'properties.factor_table', 'properties.factor_set', 'demand.fuel', 'demand.fuel_use', 'properties.geography',
            'properties.valid_from'
        ]) }}
    end as factor_row_id,
    calorific_values.ncv,
    calorific_values.ncv_unit,
    calorific_values.ncv_dimension,
    calorific_values.ncv_mj_per_base_unit,
    carbon_factors.carbon_content_tc_per_gj,
    coalesce(properties.oxidation_rate, carbon_factors.oxidation_rate) as oxidation_rate,
    carbon_factors.co2_kg_per_tj,
    coalesce(properties.ch4_kg_per_tj, ipcc_defaults.ch4_kg_per_tj) as ch4_kg_per_tj,
    coalesce(properties.n2o_kg_per_tj, ipcc_defaults.n2o_kg_per_tj) as n2o_kg_per_tj,
    properties.biogenic,
    properties.geography,
    properties.valid_from,
    properties.valid_to,
    properties.publication
    || case when calorific_values.publication <> properties.publication then '; NCV: ' || calorific_values.publication else '' end
    || case when carbon_factors.publication <> properties.publication then '; carbon per GJ: ' || carbon_factors.publication else '' end
        as publication,
    properties.source
    || case when calorific_values.source <> properties.source then '; NCV: ' || calorific_values.source else '' end
    || case when carbon_factors.source <> properties.source then '; carbon per GJ: ' || carbon_factors.source else '' end
        as source,
    case when properties.ch4_kg_per_tj is null then ipcc_defaults.publication else properties.publication end
        as ch4_publication,
    case when properties.ch4_kg_per_tj is null then ipcc_defaults.source else properties.source end as ch4_source,
    case when properties.n2o_kg_per_tj is null then ipcc_defaults.publication else properties.publication end
        as n2o_publication,
    case when properties.n2o_kg_per_tj is null then ipcc_defaults.source else properties.source end as n2o_source,
    densities.density_row_id,
    densities.density,
    densities.density_unit,
    densities.volume_dimension,
    densities.kg_per_base_unit
from demand
left join properties
    on
        demand.facility_id = properties.facility_id
        and demand.fuel = properties.fuel
        and demand.fuel_use = properties.fuel_use
        and demand.factor_date = properties.factor_date
        and properties.preference = 1
left join calorific_values
    on
        demand.facility_id = calorific_values.facility_id
        and demand.fuel = calorific_values.fuel
        and demand.fuel_use = calorific_values.fuel_use
        and demand.factor_date = calorific_values.factor_date
        and calorific_values.preference = 1
left join carbon_factors
    on
        demand.facility_id = carbon_factors.facility_id
        and demand.fuel = carbon_factors.fuel
        and demand.fuel_use = carbon_factors.fuel_use
        and demand.factor_date = carbon_factors.factor_date
        and carbon_factors.preference = 1
left join densities
    on
        demand.facility_id = densities.facility_id
        and demand.fuel = densities.fuel
        and demand.fuel_use = densities.fuel_use
        and demand.factor_date = densities.factor_date
        and densities.preference = 1
left join ipcc_defaults
    on demand.fuel = ipcc_defaults.fuel and demand.fuel_use = ipcc_defaults.use
