-- One row per demand, stage and Scope 2 method (NULL outside Scope 2): kilograms of CO2e by gas per line unit, with the
-- factor, table and level that were found and the bridge between units; or the reason why nothing could be computed.
with

demand as (

    select * from {{ ref('int_factor_demand') }}

),

organization as (

    select * from {{ ref('stg_organization') }}

),

gwp as (

    -- AR6 states methane apart by origin and the GHG Protocol follows it; the earlier sets have one value for all.
    select
        max(case when gas = 'CH4' then gwp end) as ch4,
        coalesce(
            max(case when gas = 'CH4_fossil' and gwp_set = 'AR6' then gwp end), max(case when gas = 'CH4' then gwp end)
        ) as ch4_fossil,
        coalesce(
            max(case when gas = 'CH4_nonfossil' and gwp_set = 'AR6' then gwp end), max(case when gas = 'CH4' then gwp end)
        ) as ch4_nonfossil,
        max(case when gas = 'N2O' then gwp end) as n2o
    from {{ ref('int_gas_gwp') }}

),

{%- set row_methane = "case from_rows.methane_origin when 'fossil' then gwp.ch4_fossil when 'nonfossil' then gwp.ch4_nonfossil"
    ~ " else gwp.ch4 end" %}

-- 1. Factor rows: the first that the search finds.
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
                then cast({{ exact_quotient('factors.loss_share', '1 - factors.loss_share') }} as decimal(20, 16))
            else cast(factors.loss_share as decimal(20, 16))
        end as loss_multiplier,
        case
            when money.from_currency is null and conversions.factor is not null then cast(conversions.factor as decimal(28, 15))
            else cast({{ exact_quotient(
                'cast(line_units.to_base as decimal(22, 12)) * cast(coalesce(money.factor, bridges.factor) as decimal(23, 15))',
                'per_units.to_base'
            ) }} as decimal(28, 15))
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
    inner join {{ ref('stg_emission_factors') }} as factors
        on matches.factor_row_id = factors.factor_row_id
    left join {{ ref('stg_units') }} as line_units
        on demand.unit = line_units.unit
    left join {{ ref('stg_units') }} as per_units
        on factors.per_unit = per_units.unit
    left join {{ ref('int_unit_conversions') }} as conversions
        on demand.unit = conversions.from_unit and factors.per_unit = conversions.to_unit
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
            when from_rows.ch4_kg <> 0 and {{ row_methane }} is null then 'no_gwp'
            when from_rows.n2o_kg <> 0 and gwp.n2o is null then 'no_gwp'
        end as reason,
        {%- set scaled = 'case when from_rows.loss_multiplier is null then from_rows.per_units_per_line_unit else'
            ~ ' cast(cast(from_rows.per_units_per_line_unit as decimal(18, 12)) * from_rows.loss_multiplier as decimal(28, 15))'
            ~ ' end' %}
        {%- set gases = {
            'co2': 'from_rows.co2_kg',
            'ch4': 'cast(from_rows.ch4_kg * coalesce(' ~ row_methane ~ ', 0) as decimal(24, 12))',
            'n2o': 'cast(from_rows.n2o_kg * coalesce(gwp.n2o, 0) as decimal(24, 12))',
            'unspecified': 'from_rows.co2e_kg',
            'biogenic_co2': 'from_rows.biogenic_co2_kg',
        } %}
        {%- for gas, kilograms in gases.items() %}
        case
            when abs(cast({{ kilograms }} as double) * cast(from_rows.per_units_per_line_unit as double)) < 999999
                then cast({{ kilograms }} * {{ scaled }} as decimal(18, 12))
        end as {{ gas }},
        {%- endfor %}
        cast(0 as decimal(18, 12)) as hfcs,
        cast(0 as decimal(18, 12)) as pfcs,
        cast(0 as decimal(18, 12)) as sf6,
        cast(0 as decimal(18, 12)) as nf3,
        cast(0 as decimal(18, 12)) as other_gases,
        from_rows.unit_bridge
    from from_rows
    cross join organization
    cross join gwp

),

-- A row outside Scope 2 serves both methods alike: one line. In Scope 2 there is a line for each method.
rows_by_method as (

    select
        facility_id, supplier, activity_type, process, unit, factor_date, stage,
        case when scope = '2' then scope2_method end as scope2_method,
        case when scope = '2' then market_basis end as market_basis,
        factor_table, factor_level, factor_distance, factor_id, factor_row_id, scope, ghg_protocol_category,
        row_iso_category, gwp_set, is_other_gwp_set, reason,
        co2, ch4, n2o, unspecified, biogenic_co2, hfcs, pfcs, sf6, nf3, other_gases, unit_bridge
    from row_factors
    where scope = '2' or scope2_method = 'location'

),

direct_rows as (

    select distinct facility_id, supplier, activity_type, factor_date
    from {{ ref('int_factor_matches') }}
    where stage = 'direct'

),

-- Demands that no direct row answers are computed by the method of their activity type.
unmatched as (

    select demand.*
    from demand
    where not exists (
        select 1 from direct_rows
        where
            direct_rows.facility_id = demand.facility_id
            and direct_rows.supplier = demand.supplier
            and direct_rows.activity_type = demand.activity_type
            and direct_rows.factor_date = demand.factor_date
    )

),

-- 2. Fuel combustion: FC x NCV x CC x OF x 44/12 (NDRC guidelines 2013-2015, GB/T 32150); methane and nitrous oxide
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
        cast(
            cast(line_units.to_base as decimal(21, 12))
            * cast(case when line_units.dimension = 'energy' then 1 else bridges.factor end as decimal(23, 15))
        as decimal(24, 12)) as mj_per_line_unit
    from unmatched
    left join {{ ref('stg_units') }} as line_units
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

combustion_kilograms as (

    select
        combustion.*,
        case
            when co2_kg_per_tj is not null then cast({{ exact_quotient(
                'cast(mj_per_line_unit as decimal(20, 10)) * cast(co2_kg_per_tj as decimal(16, 6))'
                ~ ' * cast(coalesce(oxidation_rate, 1) as decimal(8, 7))', '1000000'
            ) }} as decimal(24, 12))
            else cast({{ exact_quotient(
                'cast(mj_per_line_unit as decimal(20, 10)) * cast(carbon_content_tc_per_gj as decimal(10, 9))'
                ~ ' * cast(oxidation_rate as decimal(6, 5)) * 44', '12'
            ) }} as decimal(24, 12))
        end as co2_kg,
        cast({{ exact_quotient(
            'cast(mj_per_line_unit as decimal(20, 10)) * cast(ch4_kg_per_tj as decimal(15, 6))', '1000000'
        ) }} as decimal(24, 12)) as ch4_kg,
        cast({{ exact_quotient(
            'cast(mj_per_line_unit as decimal(20, 10)) * cast(n2o_kg_per_tj as decimal(15, 6))', '1000000'
        ) }} as decimal(24, 12)) as n2o_kg
    from combustion

),

formula_factors as (

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
            when fuels.mj_per_line_unit is null then 'no_unit_bridge'
            when fuels.co2_kg is null then 'no_factor'
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
        case organization.combustion_gases
            when 'co2_ch4_n2o' then cast(
                fuels.ch4_kg * coalesce(case when fuels.biogenic then gwp.ch4_nonfossil else gwp.ch4_fossil end, 0)
            as decimal(18, 12))
            else cast(0 as decimal(18, 12))
        end as ch4,
        case organization.combustion_gases
            when 'co2_ch4_n2o' then cast(fuels.n2o_kg * coalesce(gwp.n2o, 0) as decimal(18, 12))
            else cast(0 as decimal(18, 12))
        end as n2o,
        cast(0 as decimal(18, 12)) as unspecified,
        case when fuels.biogenic then cast(fuels.co2_kg as decimal(18, 12)) else cast(0 as decimal(18, 12)) end as biogenic_co2,
        cast(0 as decimal(18, 12)) as hfcs,
        cast(0 as decimal(18, 12)) as pfcs,
        cast(0 as decimal(18, 12)) as sf6,
        cast(0 as decimal(18, 12)) as nf3,
        cast(0 as decimal(18, 12)) as other_gases,
        fuels.bridge as unit_bridge
    from combustion_kilograms as fuels
    cross join organization
    cross join gwp

),

-- 3. Released gases: mass x GWP; gases fed to a named process: what of them and of their by-products gets out; and
-- emissions that were measured or reported as such.
gases_by_process as (

    select gas, '' as process, gas_group, gwp from {{ ref('int_gas_gwp') }}
    union all
    select gas, process, gas_group, gwp from {{ ref('int_process_gas_factors') }}

),

released as (

    select
        unmatched.facility_id,
        unmatched.supplier,
        unmatched.activity_type,
        unmatched.process,
        unmatched.unit,
        unmatched.factor_date,
        coalesce(unmatched.gas, 'CO2e') as gas,
        case when unmatched.method = 'gas_release' then unmatched.process else '' end as fed_to,
        conversions.factor as kg_per_line_unit,
        {%- for group in ['co2', 'ch4', 'n2o', 'hfcs', 'pfcs', 'sf6', 'nf3', 'other'] %}
        sum(case when gases.gas_group = '{{ group }}' then gases.gwp else 0 end) as {{ group }}_gwp,
        {%- endfor %}
        count(gases.gas) as components,
        max(case when gases.gas is not null and gases.gwp is null then 1 else 0 end) as components_without_gwp
    from unmatched
    left join gases_by_process as gases
        on
            unmatched.gas = gases.gas
            and case when unmatched.method = 'gas_release' then unmatched.process else '' end = gases.process
    left join {{ ref('int_unit_conversions') }} as conversions
        on
            unmatched.unit = conversions.from_unit
            and conversions.to_unit
            = case when unmatched.method = 'direct' and unmatched.gas is null and conversions.dimension = 'co2e' then 'kgCO2e' else 'kg' end
    where unmatched.method in ('gas_release', 'direct')
    group by
        unmatched.facility_id, unmatched.supplier, unmatched.activity_type, unmatched.process, unmatched.unit,
        unmatched.factor_date, unmatched.gas, unmatched.method, conversions.factor

),

released_factors as (

    select
        released.facility_id,
        released.supplier,
        released.activity_type,
        released.process,
        released.unit,
        released.factor_date,
        'direct' as stage,
        cast(null as string) as scope2_method,
        cast(null as string) as market_basis,
        'gwp' as factor_table,
        'formula' as factor_level,
        cast(null as integer) as factor_distance,
        case
            when released.gas = 'CO2e' then 'CO2e'
            when released.fed_to <> '' then organization.gwp_set || ':' || released.gas || ':' || released.process
            else organization.gwp_set || ':' || released.gas
        end as factor_id,
        case
            when released.gas <> 'CO2e' then {{ gas_factor_row_id('organization.gwp_set', 'released.gas', 'released.fed_to') }}
        end as factor_row_id,
        case
            when released.gas <> 'CO2e' and released.other_gwp > 0
                and released.co2_gwp + released.ch4_gwp + released.n2o_gwp + released.hfcs_gwp + released.pfcs_gwp
                + released.sf6_gwp + released.nf3_gwp = 0 then 'outside'
            else '1'
        end as scope,
        cast(null as integer) as ghg_protocol_category,
        cast(null as integer) as row_iso_category,
        organization.gwp_set,
        false as is_other_gwp_set,
        case
            when released.kg_per_line_unit is null then 'no_unit_bridge'
            when released.fed_to <> '' and released.components = 0 then 'no_process_parameters'
            when released.components_without_gwp > 0 then 'no_gwp'
            when released.gas <> 'CO2e' and released.components = 0 then 'no_gwp'
        end as reason,
        {%- for column, group in {
            'co2': 'co2', 'ch4': 'ch4', 'n2o': 'n2o'
        }.items() %}
        case
            when cast(released.{{ group }}_gwp as double) * cast(released.kg_per_line_unit as double) < 999999
                then cast(cast(released.{{ group }}_gwp as decimal(18, 9)) * released.kg_per_line_unit as decimal(18, 12))
        end as {{ column }},
        {%- endfor %}
        case
            when released.gas <> 'CO2e' then cast(0 as decimal(18, 12))
            when cast(released.kg_per_line_unit as double) < 999999 then cast(released.kg_per_line_unit as decimal(18, 12))
        end as unspecified,
        cast(0 as decimal(18, 12)) as biogenic_co2,
        {%- for column, group in {
            'hfcs': 'hfcs', 'pfcs': 'pfcs', 'sf6': 'sf6', 'nf3': 'nf3', 'other_gases': 'other'
        }.items() %}
        case
            when cast(released.{{ group }}_gwp as double) * cast(released.kg_per_line_unit as double) < 999999
                then cast(cast(released.{{ group }}_gwp as decimal(18, 9)) * released.kg_per_line_unit as decimal(18, 12))
        end as {{ column }},
        {%- endfor %}
        cast(null as string) as unit_bridge
    from released
    cross join organization

),

-- 4. Nothing found.
missing as (

    select
        unmatched.facility_id, unmatched.supplier, unmatched.activity_type, unmatched.process, unmatched.unit,
        unmatched.factor_date, 'direct' as stage, cast(null as string) as scope2_method, cast(null as string) as market_basis,
        cast(null as string) as factor_table, cast(null as string) as factor_level,
        cast(null as integer) as factor_distance, cast(null as string) as factor_id, cast(null as string) as factor_row_id,
        cast(null as string) as scope, cast(null as integer) as ghg_protocol_category,
        cast(null as integer) as row_iso_category, cast(null as string) as gwp_set, false as is_other_gwp_set,
        'no_factor' as reason,
        {%- for column in [
            'co2', 'ch4', 'n2o', 'unspecified', 'biogenic_co2', 'hfcs', 'pfcs', 'sf6', 'nf3', 'other_gases'
        ] %}
        cast(null as decimal(18, 12)) as {{ column }},
        {%- endfor %}
        cast(null as string) as unit_bridge
    from unmatched
    where unmatched.method in ('electricity', 'heat', 'emission_factor')

),

all_factors as (

    select * from rows_by_method
    union all
    select * from formula_factors
    union all
    select * from released_factors
    union all
    select * from missing

),

{%- set kyoto = 'co2 + ch4 + n2o + hfcs + pfcs + sf6 + nf3 + unspecified' %}

judged as (

    select
        all_factors.*,
        case
            when reason is not null then reason
            when scope is null then 'no_scope'
            when is_other_gwp_set and scope in ('1', '2') then 'other_gwp_set'
            when {{ kyoto }} is null or biogenic_co2 is null or other_gases is null then 'factor_out_of_range'
            when abs(cast({{ kyoto }} as double)) > 999999 then 'factor_out_of_range'
        end as failure
    from all_factors

),

-- Scope 2 is computed both ways or not at all: what fails in one method fails in the other, and a market-based factor
-- alone leaves the location-based figure open.
paired as (

    select
        judged.*,
        case
            when failure is not null or scope is null or scope <> '2' then failure
            when max(failure) over both_methods is not null then max(failure) over both_methods
            when min(scope2_method) over both_methods = max(scope2_method) over both_methods then 'no_location_factor'
        end as line_failure
    from judged
    window both_methods as (partition by facility_id, supplier, activity_type, process, unit, factor_date, stage, scope)

)

select
    paired.facility_id,
    paired.supplier,
    paired.activity_type,
    paired.process,
    paired.unit,
    paired.factor_date,
    paired.stage,
    paired.scope2_method,
    paired.market_basis,
    paired.factor_table,
    paired.factor_level,
    paired.factor_distance,
    paired.factor_id,
    paired.factor_row_id,
    case when paired.scope in ('1', '2', '3') then cast(paired.scope as integer) end as scope,
    paired.ghg_protocol_category,
    case
        when paired.row_iso_category is not null then paired.row_iso_category
        when paired.scope in ('1', '2') then cast(paired.scope as integer)
        when paired.scope = '3' then categories.iso_14064_category
    end as iso_14064_category,
    paired.gwp_set,
    paired.is_other_gwp_set,
    paired.unit_bridge,
    paired.line_failure as failure,
    {%- for gas in ['co2', 'ch4', 'n2o', 'hfcs', 'pfcs', 'sf6', 'nf3', 'unspecified', 'other_gases', 'biogenic_co2'] %}
    case when paired.line_failure is null then paired.{{ gas }} end as {{ gas }}{{ ',' if not loop.last }}
    {%- endfor %}
from paired
left join {{ ref('ghg_protocol_categories') }} as categories
    on paired.ghg_protocol_category = categories.ghg_protocol_category
