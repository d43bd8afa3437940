-- One row per pair of units of one dimension: how many to_unit one from_unit is.
select
    from_units.unit as from_unit,
    to_units.unit as to_unit,
    from_units.dimension,
    cast({{ exact_quotient('from_units.to_base', 'to_units.to_base') }} as decimal(38, 15)) as factor,
    {{ exact_quotient('to_units.to_base', 'from_units.to_base') }} as inverse
from {{ ref('int_units') }} as from_units
inner join {{ ref('int_units') }} as to_units
    on from_units.dimension = to_units.dimension
-- A pair further apart than this (micrograms in gigatonnes) is never a conversion anybody asks for.
where
    cast(from_units.to_base as double) / cast(to_units.to_base as double) between 1e-15 and 1e15
