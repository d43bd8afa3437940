-- One row: the settings of the reporting organisation.
select
    *,
    case target_scope2_method when 'location' then 'market' else 'location' end as other_scope2_method
from {{ source('raw', 'organization') }}
