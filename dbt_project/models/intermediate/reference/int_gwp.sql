-- One row per GWP set and gas. A row of the workspace replaces the shared one.
with

own as (

    select
        'own' as factor_table, gwp_set, gas, gas_group, kyoto_basket, cast(gwp100 as decimal(28, 12)) as gwp100, publication,
        source
    from {{ source('raw', 'reference_gwp') }}

)

select factor_table, gwp_set, gas, gas_group, kyoto_basket, gwp100, publication, source from own
union all
select
    'seed', shared.gwp_set, shared.gas, shared.gas_group, shared.kyoto_basket, cast(shared.gwp100 as decimal(28, 12)),
    shared.publication, shared.source
from {{ ref('gwp') }} as shared
where not exists (
    select 1 from own
    where own.gwp_set = shared.gwp_set and own.gas = shared.gas
)
