-- One row per published figure of reported_inventories.csv, with the document that prints it and the statement that
-- verified it. Rows with a finer key are parts of those without: never added to them.
select
    source_row,
    cast(year as integer) as year,
    case when scope in ('1', '2', '3') then cast(scope as integer) end as scope,
    cast(scope2_method as string) as scope2_method,
    cast(ghg_protocol_category as integer) as ghg_protocol_category,
    cast(iso_14064_category as integer) as iso_14064_category,
    cast(source_class as string) as source_class,
    cast(facility_id as string) as facility_id,
    cast(co2e_t as decimal(22, 9)) as co2e_t,
    cast(document as string) as document,
    cast(verifier as string) as verifier,
    cast(statement_number as string) as statement_number,
    verified_on,
    cast(scope as string) as scopes
from {{ ref('int_reported_inventories') }}
