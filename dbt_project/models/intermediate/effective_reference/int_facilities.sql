-- One row per facility and validity interval.
select
    facility_id,
    name as facility_name,
    name_zh as facility_name_zh,
    base,
    legal_entity,
    country,
    grid_region,
    equity_share,
    operational_control,
    financial_control,
    coalesce(cast(outside_boundary_category as integer), 15) as outside_boundary_category,
    coalesce(valid_from, date '1900-01-01') as valid_from,
    coalesce(valid_to, {{ open_end() }}) as valid_to,
    expected_activity_types,
    heating_value_basis
from {{ source('raw', 'reference_facilities') }}
