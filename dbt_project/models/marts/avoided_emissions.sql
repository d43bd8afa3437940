-- One row per line of avoided_emissions.csv: avoided emissions as stated, with their assumptions. Outside every total. Where capacity,
-- hours and baseline factor are given, the figure is recomputed beside the stated one.
select
    source_row,
    year,
    cast(co2e_t as decimal(22, 9)) as stated_co2e_t,
    qualifier,
    basis,
    cast(capacity_mw as decimal(28, 12)) as capacity_mw,
    cast(full_load_hours as decimal(28, 12)) as full_load_hours,
    cast(baseline_factor_kg_per_kwh as decimal(28, 12)) as baseline_factor_kg_per_kwh,
    baseline_source,
    cast(
        cast(capacity_mw as decimal(20, 6)) * cast(full_load_hours as decimal(10, 4))
        * cast(baseline_factor_kg_per_kwh as decimal(14, 9))
    as decimal(38, 9)) as recomputed_co2e_t,
    assumption_en,
    assumption_zh,
    document
from {{ ref('int_avoided_emissions') }}
