-- One row per fuel, geography and validity: kilograms per base unit of volume (m3 or Nm3). Own rows are searched first.
with

combined as (

    select
        'own' as factor_table, 0 as table_rank, fuel, density, density_unit, geography, valid_from, valid_to, publication,
        source
    from {{ source('raw', 'reference_fuel_densities') }}
    union all
    select
        'seed' as factor_table, 1 as table_rank, fuel, density, density_unit, geography, valid_from, valid_to, publication,
        source
    from {{ ref('fuel_densities') }}

)

select
    {{ hash_id([
        'combined.factor_table', "'density'", 'combined.fuel', 'combined.geography', 'combined.valid_from', 'combined.density_unit'
    ]) }} as factor_row_id,
    combined.factor_table,
    combined.table_rank,
    combined.fuel,
    combined.density,
    combined.density_unit,
    volume_units.dimension as volume_dimension,
    {{ exact_quotient(exact_product('combined.density', 'mass_units.to_base'), 'volume_units.to_base') }} as kg_per_base_unit,
    coalesce(combined.geography, 'WORLD') as geography,
    coalesce(combined.valid_from, date '1900-01-01') as valid_from,
    coalesce(combined.valid_to, {{ open_end() }}) as valid_to,
    combined.publication,
    combined.source
from combined
inner join {{ ref('int_units') }} as mass_units
    on trim(split_part(combined.density_unit, '/', 1)) = mass_units.unit and mass_units.dimension = 'mass'
inner join {{ ref('int_units') }} as volume_units
    on trim(split_part(combined.density_unit, '/', 2)) = volume_units.unit
