-- One row per demand of fuel without a direct factor row: kilograms of CO2e by gas per line unit by the combustion formula, or
-- the reason why it cannot be computed.
with

organization as (

    select * from {{ ref('int_organization') }}

),

gwp as (

    {{ methane_and_nitrous_oxide_gwp() }}

),

-- FC x NCV x CC x OF x 44/12 (NDRC guidelines 2013-2015, GB/T 32150); methane and nitrous oxide
-- FC x NCV x EF (IPCC 2006, volume 2) where the organisation reports them.
combustion as (

    select
        unmatched.facility_id,
        unmatched.supplier,
        unmatched.activity_type,
        unmatched.process,
        unmatched.unit,
        unmatched.factor_date,
        contexts.factor_table,
        contexts.factor_set,
        contexts.factor_row_id,
        contexts.fuel,
        contexts.fuel_use,
        contexts.carbon_content_tc_per_gj,
        contexts.oxidation_rate,
        contexts.co2_kg_per_tj,
        contexts.ch4_kg_per_tj,
        contexts.n2o_kg_per_tj,
        contexts.biogenic,
        bridges.bridge,
        case
            when line_units.dimension = 'energy' then line_units.to_base
            else {{ exact_product('line_units.to_base', 'bridges.factor') }}
        end as mj_per_line_unit
    from {{ ref('int_unmatched_demand') }} as unmatched
    left join {{ ref('int_units') }} as line_units
        on unmatched.unit = line_units.unit
    left join {{ ref('int_fuel_contexts') }} as contexts
        on
            unmatched.facility_id = contexts.facility_id
            and unmatched.fuel = contexts.fuel
            and unmatched.fuel_use = contexts.fuel_use
            and unmatched.factor_date = contexts.factor_date
    left join {{ ref('int_fuel_bridges') }} as bridges
        on
            unmatched.facility_id = bridges.facility_id
            and unmatched.fuel = bridges.fuel
            and unmatched.fuel_use = bridges.fuel_use
            and unmatched.factor_date = bridges.factor_date
            and line_units.dimension = bridges.from_dimension
            and bridges.to_dimension = 'energy'
    where unmatched.method = 'fuel_combustion'

),

-- One product at a time: each multiplies what stands in columns.
products as (

    select
        combustion.*,
        {{ exact_product('mj_per_line_unit', 'co2_kg_per_tj') }} as co2_millionths,
        {{ exact_product('mj_per_line_unit', 'ch4_kg_per_tj') }} as ch4_millionths,
        {{ exact_product('mj_per_line_unit', 'n2o_kg_per_tj') }} as n2o_millionths,
        {{ exact_product('carbon_content_tc_per_gj', 'oxidation_rate') }} as oxidised_tc_per_gj,
        coalesce(oxidation_rate, 1) as oxidised_share
    from combustion

),

in_millionths as (

    select
        products.*,
        {{ exact_product('co2_millionths', 'oxidised_share') }} as oxidised_co2_millionths,
        {{ exact_product('mj_per_line_unit', 'oxidised_tc_per_gj') }} as oxidised_carbon_kg
    from products

),

combustion_kilograms as (

    select
        in_millionths.*,
        case
            when co2_kg_per_tj is not null then {{ exact_quotient('oxidised_co2_millionths', '1000000') }}
            else {{ exact_quotient('oxidised_carbon_kg * 44', '12') }}
        end as co2_kg,
        {{ exact_quotient('ch4_millionths', '1000000') }} as ch4_kg,
        {{ exact_quotient('n2o_millionths', '1000000') }} as n2o_kg,
        coalesce(case when in_millionths.biogenic then gwp.ch4_nonfossil else gwp.ch4_fossil end, 0) as ch4_gwp,
        coalesce(gwp.n2o, 0) as n2o_gwp
    from in_millionths
    cross join gwp

)

select
    fuels.facility_id,
    fuels.supplier,
    fuels.activity_type,
    fuels.process,
    fuels.unit,
    fuels.factor_date,
    'direct' as stage,
    cast(null as string) as scope2_method,
    cast(null as string) as market_basis,
    fuels.factor_table,
    'formula' as factor_level,
    cast(null as integer) as factor_distance,
    fuels.factor_set || ':' || fuels.fuel || ':' || fuels.fuel_use as factor_id,
    fuels.factor_row_id,
    '1' as scope,
    cast(null as integer) as ghg_protocol_category,
    cast(null as integer) as row_iso_category,
    organization.gwp_set,
    false as is_other_gwp_set,
    case
        when fuels.factor_table is null and organization.fuel_factor_set is null then 'no_fuel_factor_set'
        when fuels.factor_table is null then 'no_factor'
        when fuels.carbon_content_tc_per_gj is null and fuels.co2_kg_per_tj is null then 'no_carbon_content'
        when fuels.mj_per_line_unit is null then 'no_unit_bridge'
        when fuels.co2_kg is null then 'no_carbon_content'
        when
            organization.combustion_gases = 'co2_ch4_n2o'
            and (fuels.ch4_kg is null or fuels.n2o_kg is null) then 'no_ch4_n2o_factor'
        when
            organization.combustion_gases = 'co2_ch4_n2o' and (gwp.ch4 is null or gwp.n2o is null) then 'no_gwp'
    end as reason,
    case
        when fuels.biogenic then cast(0 as decimal(18, 12))
        when fuels.co2_kg < 999999 then cast(fuels.co2_kg as decimal(18, 12))
    end as co2,
    {%- for gas in ['ch4', 'n2o'] %}
    case
        when organization.combustion_gases <> 'co2_ch4_n2o' then cast(0 as decimal(18, 12))
        when cast(fuels.{{ gas }}_kg as double) * cast(fuels.{{ gas }}_gwp as double) < 999999
            then cast({{ exact_product('fuels.' ~ gas ~ '_kg', 'fuels.' ~ gas ~ '_gwp') }} as decimal(18, 12))
    end as {{ gas }},
    {%- endfor %}
    cast(0 as decimal(18, 12)) as unspecified,
    case
        when not fuels.biogenic then cast(0 as decimal(18, 12))
        when fuels.co2_kg < 999999 then cast(fuels.co2_kg as decimal(18, 12))
        when fuels.biogenic is null then cast(0 as decimal(18, 12))
    end as biogenic_co2,
    cast(0 as decimal(18, 12)) as hfcs,
    cast(0 as decimal(18, 12)) as pfcs,
    cast(0 as decimal(18, 12)) as sf6,
    cast(0 as decimal(18, 12)) as nf3,
    cast(0 as decimal(18, 12)) as other_gases,
    fuels.bridge as unit_bridge
from combustion_kilograms as fuels
cross join organization
cross join gwp
