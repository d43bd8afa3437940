-- One row per blend and component. A blend of the workspace replaces the shared one whole.
with

own as (

    select blend, component, cast(mass_share as decimal(18, 9)) as mass_share
    from {{ source('raw', 'reference_gas_blends') }}

)

select blend, component, mass_share from own
union all
select shared.blend, shared.component, cast(shared.mass_share as decimal(18, 9)) as mass_share
from {{ ref('gas_blends') }} as shared
where not exists (select 1 from own where own.blend = shared.blend)
