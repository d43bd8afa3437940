-- One row per blend and component. A blend of the workspace replaces the shared one whole.
with

own as (

    select
        'own' as factor_table, blend, component, cast(mass_share as decimal(18, 12)) as mass_share, publication, source
    from {{ source('raw', 'reference_gas_blends') }}

)

select factor_table, blend, component, mass_share, publication, source from own
union all
select
    'seed', shared.blend, shared.component, cast(shared.mass_share as decimal(18, 12)), shared.publication, shared.source
from {{ ref('gas_blends') }} as shared
where not exists (select 1 from own where own.blend = shared.blend)
