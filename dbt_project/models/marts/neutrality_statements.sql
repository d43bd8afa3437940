-- One row per carbon-neutral statement or certificate, gross figures first, what was retired beside them. Nothing here
-- enters or lowers an inventory total.
select
    statement_id,
    subject,
    subject_zh,
    facility_id,
    period_start,
    period_end,
    scopes,
    cast(scope_1_t as decimal(22, 9)) as scope_1_t,
    cast(scope_2_location_t as decimal(22, 9)) as scope_2_location_t,
    cast(scope_2_market_t as decimal(22, 9)) as scope_2_market_t,
    cast(coalesce(total_t, scope_1_t + coalesce(scope_2_market_t, scope_2_location_t, 0)) as decimal(22, 9)) as gross_t,
    energy_instruments,
    cast(coalesce(
        offset_t, coalesce(total_t, scope_1_t + coalesce(scope_2_market_t, scope_2_location_t, 0)) * offset_share
    ) as decimal(22, 9)) as offset_t,
    offset_units,
    offset_programme,
    cast(
        coalesce(total_t, scope_1_t + coalesce(scope_2_market_t, scope_2_location_t, 0))
        - coalesce(offset_t, coalesce(total_t, scope_1_t + coalesce(scope_2_market_t, scope_2_location_t, 0)) * offset_share)
    as decimal(22, 9)) as gross_minus_offset_t,
    cast(
        coalesce(total_t, scope_1_t + coalesce(scope_2_market_t, scope_2_location_t, 0))
        - coalesce(offset_t, coalesce(total_t, scope_1_t + coalesce(scope_2_market_t, scope_2_location_t, 0)) * offset_share) <= 0
    as boolean) as is_neutral,
    standard,
    issuer,
    statement_number,
    issued_on,
    document,
    remark
from {{ source('raw', 'reference_neutrality_statements') }}
