-- One row per blend and component. A blend of the workspace replaces the shared one whole.
with

known as (

    {{ known_gases() }}

),

own as (

    select
        'own' as factor_table,
        coalesce(blends.gas, own.blend) as blend,
        coalesce(components.gas, own.component) as component,
        cast(own.mass_share as decimal(18, 12)) as mass_share,
        own.publication,
        own.source
    from {{ source('raw', 'reference_gas_blends') }} as own
    left join known as blends
        on {{ gas_key('own.blend') }} = blends.gas_key
    left join known as components
        on {{ gas_key('own.component') }} = components.gas_key

)

select factor_table, blend, component, mass_share, publication, source from own
union all
select
    'seed', shared.blend, shared.component, cast(shared.mass_share as decimal(18, 12)), shared.publication, shared.source
from {{ ref('gas_blends') }} as shared
where not exists (select 1 from own where own.blend = shared.blend)
