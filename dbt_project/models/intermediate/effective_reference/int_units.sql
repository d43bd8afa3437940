-- One row per unit: how many base units of its dimension it is. A unit of the workspace replaces the shared one.
with

own as (

    select unit, dimension, cast(to_base as decimal(38, 18)) as to_base
    from {{ source('raw', 'reference_units') }}

),

-- The currencies are a list; any three capitals are not money.
currencies as (

    select dimension from {{ ref('units') }} where unit = dimension and length(unit) = 3 and upper(unit) = unit

),

combined as (

    select unit, dimension, to_base from own
    union all
    select shared.unit, shared.dimension, cast(shared.to_base as decimal(38, 18)) as to_base
    from {{ ref('units') }} as shared
    where not exists (select 1 from own where own.unit = shared.unit)

)

select combined.unit, combined.dimension, combined.to_base, currencies.dimension is not null as is_currency
from combined
left join currencies
    on combined.dimension = currencies.dimension
