-- One row per factor behind an emission line and part of it: its value, and the publication that states it. With the
-- formula, the parts give the line's factor again.
{%- set no_text = 'cast(null as string)' %}
{%- set no_day = 'cast(null as date)' %}
{%- set factor_row_formula %}
case
            when loss_share is null then 'quantity x factor (CH4 and N2O x GWP)'
            when loss_basis = 'generated' then 'quantity x losses / (1 - losses) x factor (CH4 and N2O x GWP)'
            else 'quantity x losses x factor (CH4 and N2O x GWP)'
        end
{%- endset %}
{%- set fuel_formula %}
case
            when co2_kg_per_tj is null then 'quantity x net calorific value x carbon content x oxidation rate x 44/12'
            when oxidation_rate is null then 'quantity x net calorific value x CO2'
            else 'quantity x net calorific value x CO2 x oxidation rate'
        end
        || case combustion_gases when 'co2_ch4_n2o' then ' + quantity x net calorific value x (CH4 and N2O x GWP)' else '' end
{%- endset %}
with

organization as (

    select * from {{ ref('int_organization') }}

),

used as (

    select distinct factor_row_id, factor_table, factor_id
    from {{ ref('int_line_sums') }}
    where factor_row_id is not null

),

-- 1. Factor rows.
factor_rows as (

    select factors.*
    from used
    inner join {{ ref('int_emission_factors') }} as factors
        on used.factor_row_id = factors.factor_row_id

),

-- The potentials that count a factor's methane and nitrous oxide: of methane by its origin, which AR6 tells apart.
methane_of_types as (

    select
        types.activity_type,
        case
            when types.gas = 'CH4_nonfossil' or fuels.biogenic then 'CH4_nonfossil'
            when types.gas = 'CH4_fossil' or types.fuel is not null then 'CH4_fossil'
            else 'CH4'
        end as methane
    from {{ ref('int_activity_types') }} as types
    left join (
        select fuel, bool_or(biogenic) as biogenic from {{ ref('int_fuel_contexts') }} group by fuel
    ) as fuels
        on types.fuel = fuels.fuel

),

gas_potentials as (

    select
        gases.gas, gases.asked_as, potentials.gwp100, potentials.publication, potentials.source
    from (values ('CH4', 'CH4'), ('CH4', 'CH4_fossil'), ('CH4', 'CH4_nonfossil'), ('N2O', 'N2O')) as gases (gas, asked_as)
    cross join organization
    inner join {{ ref('int_gwp') }} as potentials
        on
            potentials.gwp_set = organization.gwp_set
            and potentials.gas = case when organization.gwp_set = 'AR6' then gases.asked_as else gases.gas end

),

factor_row_parts as (

    {%- for part, column in {
        'CO2': 'co2_kg', 'CH4': 'ch4_kg', 'N2O': 'n2o_kg', 'CO2e': 'co2e_kg', 'biogenic CO2': 'biogenic_co2_kg',
        'losses': 'loss_share'
    }.items() %}
    select
        factor_row_id, factor_table, factor_id, '{{ part }}' as part, cast({{ column }} as decimal(28, 12)) as value,
        {% if part == 'losses' %}'share of what is ' || coalesce(loss_basis, 'delivered'){% else %}'kg/' || per_unit{% endif %} as unit,
        {{ factor_row_formula }} as formula,
        geography, valid_from, valid_to, data_year, published_on, uncertainty_share, licence, publication, source
    from factor_rows
    where {{ column }} is not null
    union all
    {%- endfor %}
    select
        factor_rows.factor_row_id, factor_rows.factor_table, factor_rows.factor_id, 'GWP of ' || gases.gas as part,
        cast(gases.gwp100 as decimal(28, 12)) as value, 'kg CO2e/kg' as unit, {{ factor_row_formula }} as formula,
        factor_rows.geography, factor_rows.valid_from, factor_rows.valid_to, factor_rows.data_year, factor_rows.published_on,
        factor_rows.uncertainty_share, factor_rows.licence, gases.publication, gases.source
    from factor_rows
    inner join methane_of_types
        on factor_rows.activity_type = methane_of_types.activity_type
    inner join gas_potentials as gases
        on
            (factor_rows.ch4_kg <> 0 and gases.gas = 'CH4' and gases.asked_as = methane_of_types.methane)
            or (factor_rows.n2o_kg <> 0 and gases.gas = 'N2O')

),

-- 2. Combustion.
fuels as (

    select distinct
        used.factor_row_id, used.factor_table, used.factor_id, contexts.ncv, contexts.ncv_unit,
        contexts.carbon_content_tc_per_gj, contexts.oxidation_rate, contexts.co2_kg_per_tj, contexts.ch4_kg_per_tj,
        contexts.n2o_kg_per_tj, contexts.geography, contexts.valid_from, contexts.valid_to, contexts.publication,
        contexts.source, contexts.ch4_publication, contexts.ch4_source, contexts.n2o_publication, contexts.n2o_source, contexts.biogenic,
        organization.combustion_gases
    from used
    inner join {{ ref('int_fuel_contexts') }} as contexts
        on used.factor_row_id = contexts.factor_row_id
    cross join organization

),

fuel_parts as (

    {%- for part, column, unit, where, publication, source in [
        ('net calorific value', 'ncv', 'ncv_unit', 'ncv is not null', 'publication', 'source'),
        ('carbon content', 'carbon_content_tc_per_gj', "'tC/GJ'",
            'co2_kg_per_tj is null and carbon_content_tc_per_gj is not null', 'publication', 'source'),
        ('CO2', 'co2_kg_per_tj', "'kg/TJ'", 'co2_kg_per_tj is not null', 'publication', 'source'),
        ('oxidation rate', 'oxidation_rate', "'1'", 'oxidation_rate is not null', 'publication', 'source'),
        ('CH4', 'ch4_kg_per_tj', "'kg/TJ'", "combustion_gases = 'co2_ch4_n2o' and ch4_kg_per_tj is not null",
            'ch4_publication', 'ch4_source'),
        ('N2O', 'n2o_kg_per_tj', "'kg/TJ'", "combustion_gases = 'co2_ch4_n2o' and n2o_kg_per_tj is not null",
            'n2o_publication', 'n2o_source'),
    ] %}
    select
        factor_row_id, factor_table, factor_id, '{{ part }}' as part, cast({{ column }} as decimal(28, 12)) as value,
        {{ unit }} as unit,
        {{ fuel_formula }} as formula,
        geography, valid_from, valid_to, cast(null as integer) as data_year, {{ no_text }} as published_on,
        cast(null as decimal(18, 12)) as uncertainty_share, {{ no_text }} as licence, {{ publication }} as publication,
        {{ source }} as source
    from fuels
    where {{ where }}
    union all
    {%- endfor %}
    select
        fuels.factor_row_id, fuels.factor_table, fuels.factor_id, 'GWP of ' || gases.gas as part,
        cast(gases.gwp100 as decimal(28, 12)) as value, 'kg CO2e/kg' as unit, {{ fuel_formula }} as formula,
        fuels.geography, fuels.valid_from, fuels.valid_to, cast(null as integer) as data_year, {{ no_text }} as published_on,
        cast(null as decimal(18, 12)) as uncertainty_share, {{ no_text }} as licence, gases.publication, gases.source
    from fuels
    inner join gas_potentials as gases
        on
            (
                fuels.ch4_kg_per_tj <> 0 and gases.gas = 'CH4'
                and gases.asked_as = case when fuels.biogenic then 'CH4_nonfossil' else 'CH4_fossil' end
            )
            or (fuels.n2o_kg_per_tj <> 0 and gases.gas = 'N2O')
    where fuels.combustion_gases = 'co2_ch4_n2o'

),

-- 3. Densities that bridge volume and mass on a line (its unit_bridge names the value).
bridged as (

    select distinct lines.facility_id, types.fuel
    from {{ ref('int_line_sums') }} as lines
    inner join {{ ref('int_activity_types') }} as types
        on lines.activity_type = types.activity_type
    where lines.factor_row_id is not null and lines.unit_bridge like '%density%'

),

density_parts as (

    select distinct
        contexts.density_row_id as factor_row_id,
        densities.factor_table,
        'density:' || contexts.fuel as factor_id,
        'density' as part,
        cast(densities.density as decimal(28, 12)) as value,
        densities.density_unit as unit,
        'mass = volume x density' as formula,
        densities.geography,
        densities.valid_from,
        densities.valid_to,
        cast(null as integer) as data_year,
        {{ no_text }} as published_on,
        cast(null as decimal(18, 12)) as uncertainty_share,
        {{ no_text }} as licence,
        densities.publication,
        densities.source
    from bridged
    left join {{ ref('int_factor_places') }} as places
        on bridged.facility_id = places.facility_id
    inner join {{ ref('int_fuel_contexts') }} as contexts
        on coalesce(places.factor_place, bridged.facility_id) = contexts.facility_id and bridged.fuel = contexts.fuel
    inner join {{ ref('int_fuel_densities') }} as densities
        on contexts.density_row_id = densities.factor_row_id

),

-- 4. Released gases: alone, or fed to a process; and the potentials of what factors give by gas.
potentials as (

    select gwp.*
    from {{ ref('int_gwp') }} as gwp
    inner join organization on gwp.gwp_set = organization.gwp_set

),

gases as (

    select distinct gas, '' as process from {{ ref('int_gas_gwp') }}
    union
    select distinct gas, process from {{ ref('int_process_gas_parameters') }}

),

known_gases as (

    select
        {{ gas_factor_row_id('organization.gwp_set', 'gases.gas', 'gases.process') }} as factor_row_id,
        organization.gwp_set || ':' || gases.gas || case when gases.process = '' then '' else ':' || gases.process end
            as factor_id,
        gases.gas,
        gases.process
    from gases
    cross join organization

),

used_gases as (

    select known_gases.*
    from known_gases
    left join used on known_gases.factor_row_id = used.factor_row_id
    where
        used.factor_row_id is not null
        or (known_gases.process = '' and known_gases.gas in ('CH4', 'CH4_fossil', 'CH4_nonfossil', 'N2O'))

),

emitted as (

    select factor_row_id, factor_id, gas as emitted_gas, process, gas
    from used_gases
    union
    select used_gases.factor_row_id, used_gases.factor_id, parameters.by_product, used_gases.process, used_gases.gas
    from used_gases
    inner join {{ ref('int_process_gas_parameters') }} as parameters
        on
            used_gases.gas = parameters.gas
            and used_gases.process = parameters.process
            and parameters.parameter = 'by_product'

),

-- A blend counts by its components.
components as (

    select
        emitted.factor_row_id,
        emitted.factor_id,
        coalesce(blends.component, emitted.emitted_gas) as component
    from emitted
    left join {{ ref('int_gas_blends') }} as blends
        on emitted.emitted_gas = blends.blend

),

gas_values as (

    select distinct
        components.factor_row_id, components.factor_id, 'GWP of ' || components.component as part,
        potentials.gwp100 as value, 'kg CO2e/kg' as unit, potentials.publication, potentials.source
    from components
    inner join potentials on components.component = potentials.gas
    union all
    select
        emitted.factor_row_id, emitted.factor_id, 'share of ' || blends.component, blends.mass_share, 'kg/kg',
        blends.publication, blends.source
    from emitted
    inner join {{ ref('int_gas_blends') }} as blends
        on emitted.emitted_gas = blends.blend
    union all
    select
        used_gases.factor_row_id, used_gases.factor_id,
        replace(parameters.parameter, '_', ' ') || coalesce(' ' || parameters.by_product, ''), parameters.value, '1',
        parameters.publication, parameters.source
    from used_gases
    inner join {{ ref('int_process_gas_parameters') }} as parameters
        on used_gases.gas = parameters.gas and used_gases.process = parameters.process

),

gas_parts as (

    select
        gas_values.factor_row_id,
        'gwp' as factor_table,
        gas_values.factor_id,
        gas_values.part,
        cast(gas_values.value as decimal(28, 12)) as value,
        gas_values.unit,
        case
            when used_gases.process = '' then 'quantity x GWP (of a blend: the sum of share x GWP)'
            else '(1 - heel) x (1 - utilisation) x (1 - abatement share x destruction) x GWP; of each by-product (1 - heel) x '
                || 'by product x (1 - abatement share x its destruction) x its GWP; or leak rate x GWP'
        end as formula,
        {{ no_text }} as geography, {{ no_day }} as valid_from, {{ no_day }} as valid_to,
        cast(null as integer) as data_year, {{ no_text }} as published_on,
        cast(null as decimal(18, 12)) as uncertainty_share, {{ no_text }} as licence,
        gas_values.publication, gas_values.source
    from gas_values
    inner join used_gases
        on gas_values.factor_row_id = used_gases.factor_row_id

)

select
    cast(factor_row_id as string) as factor_row_id,
    cast(factor_table as string) as factor_table,
    cast(factor_id as string) as factor_id,
    cast(part as string) as part,
    value,
    cast(unit as string) as unit,
    cast(formula as string) as formula,
    cast(geography as string) as geography,
    valid_from,
    case when valid_to < {{ open_end() }} then valid_to end as valid_to,
    data_year,
    cast(published_on as string) as published_on,
    uncertainty_share,
    cast(licence as string) as licence,
    cast(publication as string) as publication,
    cast(source as string) as source
from (
    select * from factor_row_parts
    union all
    select * from fuel_parts
    union all
    select * from density_parts
    union all
    select * from gas_parts
) as parts
