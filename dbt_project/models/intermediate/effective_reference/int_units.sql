-- One row per unit: how many base units of its dimension it is. A unit of the workspace replaces the shared one. Of a unit of
-- energy there are two more, by the net and by the gross calorific value of a fuel; the latter is a dimension of its own.
with

own as (

    select unit, dimension, cast(to_base as decimal(38, 18)) as to_base, heating_value_basis
    from {{ source('raw', 'reference_units') }}

),

-- The currencies are a list; any three capitals are not money.
currencies as (

    select dimension from {{ ref('units') }} where unit = dimension and length(unit) = 3 and upper(unit) = unit

),

combined as (

    select unit, dimension, to_base, heating_value_basis from own
    union all
    select shared.unit, shared.dimension, cast(shared.to_base as decimal(38, 18)) as to_base, shared.heating_value_basis
    from {{ ref('units') }} as shared
    where not exists (select 1 from own where own.unit = shared.unit)

)

select
    combined.unit, combined.dimension, combined.to_base, currencies.dimension is not null as is_currency,
    combined.heating_value_basis
from combined
left join currencies
    on combined.dimension = currencies.dimension
{%- for basis, dimension in {'gross': 'gross_energy', 'net': 'energy'}.items() %}
union all
select unit || ' ({{ basis }})', '{{ dimension }}', to_base, false, '{{ basis }}'
from combined
where dimension = 'energy'
{%- endfor %}
