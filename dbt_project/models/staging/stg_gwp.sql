-- One row per GWP set and gas. A row of the workspace replaces the shared one.
with

own as (

    select gwp_set, gas, gas_group, kyoto_basket, cast(gwp100 as decimal(18, 6)) as gwp100
    from {{ source('raw', 'reference_gwp') }}

)

select gwp_set, gas, gas_group, kyoto_basket, gwp100 from own
union all
select shared.gwp_set, shared.gas, shared.gas_group, shared.kyoto_basket, cast(shared.gwp100 as decimal(18, 6)) as gwp100
from {{ ref('gwp') }} as shared
where not exists (
    select 1 from own
    where own.gwp_set = shared.gwp_set and own.gas = shared.gas
)
