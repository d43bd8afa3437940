-- One row per activity type: the workspace's own, the shared ones, and one fugitive and one process type per gas and blend.
with

own as (

    select activity_type, name_en, name_zh, source_class, method, canonical_unit, fuel, gas, fuel_use
    from {{ source('raw', 'reference_activity_types') }}

),

gases as (

    select distinct gas from {{ ref('int_gwp') }}
    union
    select distinct blend as gas from {{ ref('int_gas_blends') }}

),

releases as (

    select 'fugitive' as source_class, 'Fugitive ' as prefix_en, '逸散 ' as prefix_zh
    union all
    select 'process' as source_class, 'Process ' as prefix_en, '过程 ' as prefix_zh

),

shared as (

    select activity_type, name_en, name_zh, source_class, method, canonical_unit, fuel, gas, carrier_class
    from {{ ref('activity_types') }}
    union all
    select
        releases.source_class || '_' || {{ gas_slug('gases.gas') }} as activity_type,
        releases.prefix_en || gases.gas as name_en,
        releases.prefix_zh || gases.gas as name_zh,
        releases.source_class,
        'gas_release' as method,
        'kg' as canonical_unit,
        cast(null as string) as fuel,
        gases.gas,
        cast(null as string) as carrier_class
    from gases
    cross join releases

),

combined as (

    select
        activity_type, name_en, name_zh, source_class, method, canonical_unit, fuel, gas, fuel_use,
        cast(null as string) as own_carrier_class
    from own
    union all
    select
        activity_type, name_en, name_zh, source_class, method, canonical_unit, fuel, gas, cast(null as string), carrier_class
    from shared
    where not exists (select 1 from own where own.activity_type = shared.activity_type)

),

scoped_by_factor as (

    -- A type of another method belongs to Scope 1 or 2 when a factor says so.
    select distinct activity_type
    from {{ ref('int_emission_factors') }}
    where stage = 'direct' and scope in ('1', '2')

)

select
    combined.activity_type,
    coalesce(combined.name_en, combined.activity_type) as name_en,
    coalesce(combined.name_zh, combined.name_en, combined.activity_type) as name_zh,
    combined.source_class,
    combined.method,
    combined.canonical_unit,
    combined.fuel,
    combined.gas,
    -- The shared types say by their class how a fuel is used; an own one says it itself, or by the name of that class.
    case
        when combined.fuel_use is not null then combined.fuel_use
        when replaced.source_class = 'mobile_combustion' or combined.source_class like 'mobile%' then 'mobile'
        when {{ name_key('combined.source_class') }} in (
            '移动燃烧', '移动源', '移动源燃烧', '移动燃烧源', '流动源', '移动'
        ) then 'mobile'
        else 'stationary'
    end as fuel_use,
    coalesce(combined.own_carrier_class, fuel_class.carrier_class, case combined.method
        when 'electricity' then 'electricity'
        when 'heat' then 'heat'
    end) as carrier_class,
    combined.method in ('fuel_combustion', 'electricity', 'heat', 'gas_release')
    or scoped_by_factor.activity_type is not null as is_scope_1_or_2
from combined
left join shared as replaced on combined.activity_type = replaced.activity_type
left join scoped_by_factor on combined.activity_type = scoped_by_factor.activity_type
left join (
    select fuel, max(carrier_class) as carrier_class from shared where fuel is not null group by fuel
) as fuel_class on combined.fuel = fuel_class.fuel
