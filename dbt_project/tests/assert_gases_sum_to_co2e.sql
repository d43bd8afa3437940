-- The eight gas columns of every emission line sum to its CO2e, to the last decimal.
{{ config(meta={'dagster': {'ref': {'name': 'emissions'}}}) }}

with

summed as (

    select
        emission_id,
        submission_id,
        source_sheet,
        source_row,
        period,
        facility_id,
        activity_type,
        co2_kg + ch4_kg_co2e + n2o_kg_co2e + hfcs_kg_co2e + pfcs_kg_co2e + sf6_kg_co2e + nf3_kg_co2e
        + co2e_unspecified_kg as gases_kg_co2e,
        co2e_kg
    from {{ ref('emissions') }}

)

select *
from summed
where gases_kg_co2e is null or co2e_kg is null or gases_kg_co2e <> co2e_kg
