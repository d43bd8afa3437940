-- One row per demand, stage and Scope 2 method (NULL outside Scope 2) that a factor row answers: kilograms of CO2e by gas per
-- factor_units (1, or a million) of the line unit, of the first row that the search finds; or the reason why the row does not
-- serve.
{%- set row_methane = "case from_rows.methane_origin when 'fossil' then gwp.ch4_fossil when 'nonfossil' then gwp.ch4_nonfossil"
    ~ " else gwp.ch4 end" %}
with

demand as (

    select * from {{ ref('int_factor_demand') }}

),

organization as (

    select * from {{ ref('int_organization') }}

),

gwp as (

    {{ methane_and_nitrous_oxide_gwp() }}

),

from_rows as (

    select
        demand.facility_id,
        demand.supplier,
        demand.activity_type,
        demand.process,
        demand.unit,
        demand.factor_date,
        demand.method,
        case
            when demand.gas = 'CH4_nonfossil' or contexts.biogenic then 'nonfossil'
            when demand.gas = 'CH4_fossil' or demand.fuel is not null then 'fossil'
        end as methane_origin,
        matches.stage,
        matches.scope2_method,
        matches.market_basis,
        matches.factor_table,
        matches.factor_level,
        matches.factor_distance,
        factors.factor_id,
        factors.factor_row_id,
        factors.scope as row_scope,
        factors.ghg_protocol_category as row_category,
        factors.iso_14064_category as row_iso_category,
        coalesce(factors.co2_kg, 0) as co2_kg,
        coalesce(factors.ch4_kg, 0) as ch4_kg,
        coalesce(factors.n2o_kg, 0) as n2o_kg,
        coalesce(factors.co2e_kg, 0) as co2e_kg,
        coalesce(factors.biogenic_co2_kg, 0) as biogenic_co2_kg,
        factors.co2e_kg is not null as is_in_co2e,
        factors.gwp_set as row_gwp_set,
        case
            when factors.loss_basis = 'generated'
                then {{ exact_quotient('factors.loss_share', '1 - factors.loss_share') }}
            else cast(factors.loss_share as decimal(38, 18))
        end as loss_multiplier,
        case
            when money.from_currency is null and conversions.factor is not null then cast(conversions.factor as decimal(38, 18))
            else {{ exact_quotient(
                exact_product('line_units.to_base', 'coalesce(money.factor, bridges.factor)'), 'per_units.to_base'
            ) }}
        end as per_units_per_line_unit,
        case
            when money.exchange_note is not null and money.price_note is not null
                then money.exchange_note || ', ' || money.price_note
            when money.from_currency is not null then coalesce(money.exchange_note, money.price_note)
            when conversions.factor is null then bridges.bridge
        end as unit_bridge
    from demand
    inner join {{ ref('int_factor_matches') }} as matches
        on
            demand.facility_id = matches.facility_id
            and demand.supplier = matches.supplier
            and demand.activity_type = matches.activity_type
            and demand.factor_date = matches.factor_date
    inner join {{ ref('int_emission_factors') }} as factors
        on matches.factor_row_id = factors.factor_row_id
    left join {{ ref('int_units') }} as line_units
        on demand.unit = line_units.unit
    left join {{ ref('int_units') }} as per_units
        on factors.per_unit = per_units.unit
    -- A factor per unit of energy that says no calorific value, or the gross one, speaks of the same one as the fuel.
    left join {{ ref('int_unit_conversions') }} as conversions
        on
            case
                when
                    line_units.dimension = 'gross_energy' and per_units.dimension = 'energy'
                    and coalesce(per_units.heating_value_basis, 'gross') = 'gross' then 'GJ'
                else demand.unit
            end = conversions.from_unit
            and factors.per_unit = conversions.to_unit
    left join {{ ref('int_fuel_bridges') }} as bridges
        on
            demand.facility_id = bridges.facility_id
            and demand.fuel = bridges.fuel
            and demand.fuel_use = bridges.fuel_use
            and demand.factor_date = bridges.factor_date
            and line_units.dimension = bridges.from_dimension
            and per_units.dimension = bridges.to_dimension
    left join {{ ref('int_fuel_contexts') }} as contexts
        on
            demand.facility_id = contexts.facility_id
            and demand.fuel = contexts.fuel
            and demand.fuel_use = contexts.fuel_use
            and demand.factor_date = contexts.factor_date
    left join {{ ref('int_currency_bridges') }} as money
        on
            line_units.dimension = money.from_currency
            and per_units.dimension = money.to_currency
            and cast(extract(year from demand.factor_date) as integer) = money.spend_year
            and coalesce(factors.data_year, -1) = coalesce(money.price_year, -1)

),

-- Kilograms of CO2e per unit of the row, and units of the row per unit of the line with what is lost on the way.
per_unit as (

    select
        from_rows.*,
        {{ row_methane }} as methane_gwp,
        gwp.n2o as n2o_gwp,
        from_rows.co2_kg as co2_per_unit,
        {{ exact_product('from_rows.ch4_kg', 'coalesce(' ~ row_methane ~ ', 0)') }} as ch4_per_unit,
        {{ exact_product('from_rows.n2o_kg', 'coalesce(gwp.n2o, 0)') }} as n2o_per_unit,
        from_rows.co2e_kg as unspecified_per_unit,
        from_rows.biogenic_co2_kg as biogenic_co2_per_unit,
        case
            when from_rows.loss_multiplier is null then from_rows.per_units_per_line_unit
            else {{ exact_product('from_rows.per_units_per_line_unit', 'from_rows.loss_multiplier') }}
        end as scaled
    from from_rows
    cross join gwp

),

-- Twelve decimals per unit of the line; of a factor below 0.001 (a kilogram per dong or won) per million of them.
sized as (

    select
        per_unit.*,
        case
            when abs(cast(
                co2_per_unit + ch4_per_unit + n2o_per_unit + unspecified_per_unit + biogenic_co2_per_unit as double
            )) * cast(scaled as double) between 1e-18 and 0.001 then 1000000
            else 1
        end as factor_units
    from per_unit

),

row_factors as (

    select
        from_rows.facility_id,
        from_rows.supplier,
        from_rows.activity_type,
        from_rows.process,
        from_rows.unit,
        from_rows.factor_date,
        from_rows.stage,
        from_rows.scope2_method,
        from_rows.market_basis,
        from_rows.factor_table,
        from_rows.factor_level,
        from_rows.factor_distance,
        from_rows.factor_id,
        from_rows.factor_row_id,
        case
            when from_rows.row_scope is not null then from_rows.row_scope
            when from_rows.stage in ('upstream', 'transmission_losses') then '3'
            when from_rows.stage = 'biogenic' then 'outside'
            when from_rows.method in ('fuel_combustion', 'gas_release', 'direct') then '1'
            when from_rows.method in ('electricity', 'heat') then '2'
            when from_rows.row_category is not null then '3'
        end as scope,
        case
            when from_rows.row_category is not null then from_rows.row_category
            when from_rows.stage in ('upstream', 'transmission_losses') then 3
        end as ghg_protocol_category,
        from_rows.row_iso_category,
        case
            when from_rows.is_in_co2e then from_rows.row_gwp_set
            else organization.gwp_set
        end as gwp_set,
        from_rows.is_in_co2e and from_rows.row_gwp_set <> organization.gwp_set as is_other_gwp_set,
        case
            when from_rows.per_units_per_line_unit is null then 'no_unit_bridge'
            when from_rows.ch4_kg <> 0 and from_rows.methane_gwp is null then 'no_gwp'
            when from_rows.n2o_kg <> 0 and from_rows.n2o_gwp is null then 'no_gwp'
        end as reason,
        {%- for gas in ['co2', 'ch4', 'n2o', 'unspecified', 'biogenic_co2'] %}
        case
            when abs(cast(from_rows.{{ gas }}_per_unit as double) * cast(from_rows.per_units_per_line_unit as double)) < 999999
                then cast({{ exact_product(
                    'from_rows.' ~ gas ~ '_per_unit', 'cast(from_rows.scaled * from_rows.factor_units as decimal(38, 18))'
                ) }} as decimal(18, 12))
        end as {{ gas }},
        {%- endfor %}
        cast(0 as decimal(18, 12)) as hfcs,
        cast(0 as decimal(18, 12)) as pfcs,
        cast(0 as decimal(18, 12)) as sf6,
        cast(0 as decimal(18, 12)) as nf3,
        cast(0 as decimal(18, 12)) as other_gases,
        from_rows.unit_bridge,
        from_rows.factor_units
    from sized as from_rows
    cross join organization

)

-- A row outside Scope 2 serves both methods alike: one line. In Scope 2 there is a line for each method.
select
    facility_id, supplier, activity_type, process, unit, factor_date, stage,
    case when scope = '2' then scope2_method end as scope2_method,
    case when scope = '2' then market_basis end as market_basis,
    factor_table, factor_level, factor_distance, factor_id, factor_row_id, scope, ghg_protocol_category,
    row_iso_category, gwp_set, is_other_gwp_set, reason,
    co2, ch4, n2o, unspecified, biogenic_co2, hfcs, pfcs, sf6, nf3, other_gases, unit_bridge,
    factor_units
from row_factors
where scope = '2' or scope2_method = 'location'
