-- One row per demand of a released gas, or of emissions stated as such, without a direct factor row: kilograms of CO2e by gas
-- per line unit, or the reason why it cannot be computed.
with

organization as (

    select * from {{ ref('int_organization') }}

),

-- Released gases: mass x GWP; gases fed to a named process: what of them and of their by-products gets out; and
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
    from {{ ref('int_unmatched_demand') }} as unmatched
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

)

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
            then cast({{ exact_product('released.' ~ group ~ '_gwp', 'released.kg_per_line_unit') }} as decimal(18, 12))
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
            then cast({{ exact_product('released.' ~ group ~ '_gwp', 'released.kg_per_line_unit') }} as decimal(18, 12))
    end as {{ column }},
    {%- endfor %}
    cast(null as string) as unit_bridge
from released
cross join organization
