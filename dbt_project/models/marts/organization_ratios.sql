-- One row per year, ratio and item of the whole organisation: numerator over denominator, both in columns. An average of the
-- facilities' ratios is not theirs together; these are. Tonnes per business metric are those of the figure that counts; for the other basis see
-- `intensity`.
with

parts as (

    select
        year,
        'green_share' as ratio,
        'electricity' as item,
        cast(green_mwh as decimal(38, 18)) as numerator,
        'MWh' as numerator_unit,
        cast(consumption_mwh as decimal(28, 6)) as denominator,
        'MWh' as denominator_unit
    from {{ ref('green_electricity') }}
    union all
    -- In whole units of one currency, whatever multiple of it each was delivered in.
    select
        energy.year, 'energy_spend', 'energy',
        cast(cast(energy.value as decimal(20, 6)) * cast(energy_units.to_base as decimal(18, 6)) as decimal(38, 18)), energy.dimension,
        cast(cast(spend.value as decimal(20, 6)) * cast(spend_units.to_base as decimal(18, 6)) as decimal(28, 6)), spend.dimension
    from {{ ref('int_metric_years') }} as energy
    inner join {{ ref('int_metric_years') }} as spend
        on
            energy.year = spend.year and energy.dimension = spend.dimension and spend.metric = 'operational_spend'
            and spend.is_whole_year
    inner join {{ ref('int_units') }} as energy_units
        on energy.unit = energy_units.unit
    inner join {{ ref('int_units') }} as spend_units
        on spend.unit = spend_units.unit
    where energy.metric = 'energy_spend' and energy.is_whole_year
    union all
    -- Plants that count a product in units of one dimension are added in the largest of them.
    select
        products.year,
        'product_intensity',
        products.product,
        sum(products.co2e_kg),
        'kg CO2e',
        cast(sum({{ share_of_value(
            'products.quantity', 'cast(' ~ exact_quotient('products.to_base', 'products.largest_to_base') ~ ' as decimal(19, 18))'
        ) }}) as decimal(28, 6)),
        products.largest_unit
    from (
        select
            intensities.*,
            units.to_base,
            units.dimension,
            first_value(intensities.unit) over (
                partition by intensities.product, units.dimension order by units.to_base desc, intensities.unit
            ) as largest_unit,
            first_value(units.to_base) over (
                partition by intensities.product, units.dimension order by units.to_base desc, intensities.unit
            ) as largest_to_base
        from {{ ref('product_intensity') }} as intensities
        inner join {{ ref('int_units') }} as units
            on intensities.unit = units.unit
    ) as products
    group by products.year, products.product, products.largest_unit
    union all
    select
        intensities.year,
        'emission_intensity',
        intensities.numerator || ' / ' || intensities.denominator,
        cast(intensities.numerator_co2e_t as decimal(38, 18)),
        't CO2e',
        cast(intensities.denominator_value as decimal(28, 6)),
        intensities.denominator_unit
    from {{ ref('intensity') }} as intensities
    inner join {{ ref('headline') }} as figures
        on
            intensities.year = figures.year
            and intensities.basis = figures.basis
            and intensities.numerator
            = 'scope_' || replace(replace(figures.scope, '1+2+3', '1_2_and_3'), '1+2', '1_and_2')

)

select
    cast(parts.year as integer) as year,
    cast(parts.ratio as string) as ratio,
    cast(parts.item as string) as item,
    cast(parts.numerator as decimal(38, 18)) as numerator,
    cast(parts.numerator_unit as string) as numerator_unit,
    parts.denominator,
    cast(parts.denominator_unit as string) as denominator_unit,
    {{ significant_quotient('parts.numerator', 'parts.denominator') }} as value,
    cast(case
        when parts.numerator_unit = parts.denominator_unit then '1'
        else parts.numerator_unit || '/' || parts.denominator_unit
    end as string) as unit,
    organization.data_notice
from parts
cross join {{ ref('int_organization') }} as organization
where parts.denominator <> 0
