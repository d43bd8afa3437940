-- One row: the settings of the reporting organisation.
with

estimation as (

    select
        max(case when position = 1 then method end)
        || coalesce(';' || max(case when position = 2 then method end), '')
        || coalesce(';' || max(case when position = 3 then method end), '') as methods
    from {{ source('raw', 'estimation_methods') }}

)

select
    organization.*,
    case organization.target_scope2_method when 'location' then 'market' else 'location' end as other_scope2_method,
    estimation.methods as estimation_methods
from {{ source('raw', 'organization') }} as organization
cross join estimation
