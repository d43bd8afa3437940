-- One row per unit: how many base units of its dimension it is. A unit of the workspace replaces the shared one.
with

own as (

    select unit, dimension, cast(to_base as decimal(38, 18)) as to_base
    from {{ source('raw', 'reference_units') }}

)

select unit, dimension, to_base from own
union all
select shared.unit, shared.dimension, cast(shared.to_base as decimal(38, 18)) as to_base
from {{ ref('units') }} as shared
where not exists (select 1 from own where own.unit = shared.unit)
