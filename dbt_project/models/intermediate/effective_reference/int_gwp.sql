-- One row per GWP set and gas. A row of the workspace replaces the shared one.
with

known as (

    {{ known_gases() }}

),

own as (

    select
        'own' as factor_table, own.gwp_set, coalesce(known.gas, own.gas) as gas, own.gas_group, own.kyoto_basket,
        cast(own.gwp100 as decimal(28, 12)) as gwp100, own.publication, own.source
    from {{ source('raw', 'reference_gwp') }} as own
    left join known
        on {{ gas_key('own.gas') }} = known.gas_key

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
