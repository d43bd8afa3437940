-- One row per fuel, use, factor set, geography and validity: net calorific value in MJ per base unit of mass or volume,
-- carbon and combustion factors. The workspace's own rows are searched first.
with

combined as (

    select
        'own' as factor_table, 0 as table_rank, factor_set, fuel, use, ncv, ncv_unit, carbon_content_tc_per_gj,
        oxidation_rate, co2_kg_per_tj, ch4_kg_per_tj, n2o_kg_per_tj, biogenic, geography, valid_from, valid_to, publication,
        source
    from {{ source('raw', 'reference_fuel_properties') }}
    union all
    select
        'seed' as factor_table, 1 as table_rank, factor_set, fuel, use, ncv, ncv_unit, carbon_content_tc_per_gj,
        oxidation_rate, co2_kg_per_tj, ch4_kg_per_tj, n2o_kg_per_tj, biogenic, geography, valid_from, valid_to, publication,
        source
    from {{ ref('fuel_properties') }}

)

select
    combined.factor_table,
    combined.table_rank,
    coalesce(combined.factor_set, 'own') as factor_set,
    combined.fuel,
    combined.use,
    cast(combined.ncv as decimal(28, 12)) as ncv,
    combined.ncv_unit,
    per_units.dimension as ncv_dimension,
    -- MJ per base unit of the denominator (kg, m3 or Nm3)
    {{ exact_quotient(exact_product('combined.ncv', 'energy_units.to_base'), 'per_units.to_base') }} as ncv_mj_per_base_unit,
    cast(combined.carbon_content_tc_per_gj as decimal(18, 12)) as carbon_content_tc_per_gj,
    cast(combined.oxidation_rate as decimal(18, 12)) as oxidation_rate,
    cast(combined.co2_kg_per_tj as decimal(28, 12)) as co2_kg_per_tj,
    cast(combined.ch4_kg_per_tj as decimal(28, 12)) as ch4_kg_per_tj,
    cast(combined.n2o_kg_per_tj as decimal(28, 12)) as n2o_kg_per_tj,
    coalesce(combined.biogenic, false) as biogenic,
    coalesce(combined.geography, 'WORLD') as geography,
    coalesce(combined.valid_from, date '1900-01-01') as valid_from,
    coalesce(combined.valid_to, {{ open_end() }}) as valid_to,
    combined.publication,
    combined.source
from combined
left join {{ ref('int_units') }} as energy_units
    on trim(split_part(combined.ncv_unit, '/', 1)) = energy_units.unit and energy_units.dimension = 'energy'
left join {{ ref('int_units') }} as per_units
    on trim(split_part(combined.ncv_unit, '/', 2)) = per_units.unit
