-- One row per facility and validity interval: the organisational boundary.
select
    cast(facility_id as string) as facility_id,
    cast(facility_name as string) as facility_name,
    cast(facility_name_zh as string) as facility_name_zh,
    cast(base as string) as base,
    cast(legal_entity as string) as legal_entity,
    cast(country as string) as country,
    cast(grid_region as string) as grid_region,
    cast(equity_share as decimal(18, 12)) as equity_share,
    cast(operational_control as boolean) as operational_control,
    cast(financial_control as string) as financial_control,
    cast(valid_from as date) as valid_from,
    cast(valid_to as date) as valid_to
from {{ ref('int_facilities') }}
