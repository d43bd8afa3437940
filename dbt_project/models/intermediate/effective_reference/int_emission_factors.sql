-- One row per emission factor of the workspace (factor_table own, searched first) and of the shared seeds.
with

own as (

    select
        'own' as factor_table, 0 as table_rank,
        factor_id, activity_type, stage, scope, ghg_protocol_category, iso_14064_category, scope2_method, geography,
        valid_from, valid_to, per_unit, co2_kg, ch4_kg, n2o_kg, co2e_kg, gwp_set, biogenic_co2_kg,
        uncertainty_share, loss_share, loss_basis, data_year, publication, cast(published_on as string) as published_on, licence,
        source
    from {{ source('raw', 'reference_emission_factors') }}

),

shared as (

    select
        'seed' as factor_table, 1 as table_rank,
        factor_id, activity_type, stage, scope, ghg_protocol_category, iso_14064_category, scope2_method, geography,
        valid_from, valid_to, per_unit, co2_kg, ch4_kg, n2o_kg, co2e_kg, gwp_set, biogenic_co2_kg,
        uncertainty_share, loss_share, loss_basis, data_year, publication, cast(published_on as string) as published_on, licence,
        source
    from {{ ref('emission_factors') }}

),

combined as (

    select * from own
    union all
    select * from shared

)

select
    {{ hash_id([
        'factor_table', 'factor_id', 'activity_type', 'stage', 'scope2_method', 'geography', 'valid_from'
    ]) }} as factor_row_id,
    factor_table,
    table_rank,
    factor_id,
    activity_type,
    coalesce(stage, 'direct') as stage,
    cast(scope as string) as scope,
    cast(ghg_protocol_category as integer) as ghg_protocol_category,
    cast(iso_14064_category as integer) as iso_14064_category,
    scope2_method,
    geography,
    valid_from,
    coalesce(valid_to, {{ open_end() }}) as valid_to,
    per_unit,
    cast(co2_kg as decimal(24, 12)) as co2_kg,
    cast(ch4_kg as decimal(24, 12)) as ch4_kg,
    cast(n2o_kg as decimal(24, 12)) as n2o_kg,
    cast(co2e_kg as decimal(24, 12)) as co2e_kg,
    gwp_set,
    cast(biogenic_co2_kg as decimal(24, 12)) as biogenic_co2_kg,
    cast(uncertainty_share as decimal(18, 12)) as uncertainty_share,
    cast(loss_share as decimal(18, 12)) as loss_share,
    loss_basis,
    cast(data_year as integer) as data_year,
    publication,
    published_on,
    licence,
    source
from combined
