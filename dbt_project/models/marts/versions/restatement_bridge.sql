-- One row per pair of versions of a year (one close and the next, the latest close and `current`), facility, scope, Scope 2 method,
-- category and cause that moved something; of the calculated figures, and of the reported ones (`basis`), which have no facility.
select
    cast(from_version as string) as from_version,
    cast(to_version as string) as to_version,
    cast(year as integer) as year,
    'calculated' as basis,
    cast(facility_id as string) as facility_id,
    cast(scope as integer) as scope,
    cast(scope2_method as string) as scope2_method,
    cast(ghg_protocol_category as integer) as ghg_protocol_category,
    cast(cause as string) as cause,
    cast(cdp_reason as string) as cdp_reason,
    {{ tonnes('sum(co2e_kg)') }} as co2e_t
from {{ ref('int_restatement_lines') }}
group by from_version, to_version, year, facility_id, scope, scope2_method, ghg_protocol_category, cause, cdp_reason
having sum(co2e_kg) <> 0
union all
select
    from_version, to_version, year, 'reported', null, scope, scope2_method, ghg_protocol_category, cause, cdp_reason, co2e_t
from {{ ref('int_restatement_figures') }}
