-- One row per pair of units of one dimension: how many to_unit one from_unit is.
with

conversions as (

    select
        from_units.unit as from_unit,
        to_units.unit as to_unit,
        from_units.dimension,
        cast({{ exact_quotient('from_units.to_base', 'to_units.to_base') }} as decimal(38, 15)) as factor,
        {{ exact_quotient('to_units.to_base', 'from_units.to_base') }} as inverse,
        from_units.to_base as from_size,
        to_units.to_base as to_size
    from {{ ref('int_units') }} as from_units
    inner join {{ ref('int_units') }} as to_units
        on from_units.dimension = to_units.dimension
    -- A pair further apart than this (micrograms in gigatonnes) is never a conversion anybody asks for.
    where
        cast(from_units.to_base as double) / cast(to_units.to_base as double) between 1e-15 and 1e15

)

select
    from_unit,
    to_unit,
    dimension,
    factor,
    inverse,
    {{ exact_product('factor', 'to_size') }} = from_size as is_exact,
    -- Of a factor below one the inverse is what holds to the last digit.
    case
        when cast(factor as double) between 1e-9 and 9999999
            then case
                when
                    cast(factor as decimal(16, 9)) = factor
                    and (
                        factor >= 1
                        or cast(cast(factor as decimal(16, 9)) * cast(inverse as decimal(22, 9)) as decimal(38, 18)) = 1
                        and cast(inverse as decimal(22, 9)) = inverse
                    )
                    then cast(factor as decimal(16, 9))
            end
    end as exact_factor
from conversions
