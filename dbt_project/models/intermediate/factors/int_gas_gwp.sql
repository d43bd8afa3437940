-- One row per gas or blend and gas group, in the organisation's GWP set: kilograms of CO2e per kilogram.
with

gwp as (

    select int_gwp.*
    from {{ ref('int_gwp') }} as int_gwp
    inner join {{ ref('int_organization') }} as organization
        on int_gwp.gwp_set = organization.gwp_set

),

-- A blend with a component that the set does not know has no GWP: a partial sum would be too low. One whose GWP the workspace
-- gives is not made up of its components.
known_blends as (

    select blends.blend
    from {{ ref('int_gas_blends') }} as blends
    left join gwp on blends.component = gwp.gas
    where blends.blend not in (select gas from gwp where factor_table = 'own')
    group by blends.blend
    having count(*) = count(gwp.gas)

)

select
    gas,
    gwp_set,
    case when kyoto_basket then gas_group else 'other' end as gas_group,
    gwp100 as gwp
from gwp
where gas not in (select blend from known_blends)
union all
select
    blends.blend as gas,
    gwp.gwp_set,
    case when gwp.kyoto_basket then gwp.gas_group else 'other' end as gas_group,
    cast(sum({{ exact_product('blends.mass_share', 'gwp.gwp100') }}) as decimal(28, 12)) as gwp
from {{ ref('int_gas_blends') }} as blends
inner join known_blends on blends.blend = known_blends.blend
inner join gwp on blends.component = gwp.gas
group by blends.blend, gwp.gwp_set, case when gwp.kyoto_basket then gwp.gas_group else 'other' end
