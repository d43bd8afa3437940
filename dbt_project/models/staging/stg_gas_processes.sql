-- One row per process that gases are fed to, as a parameter row of the workspace or of the shared table names it, by its key.
select
    {{ process_key('process') }} as process_key,
    -- The workspace's own spelling is what lines and findings say.
    coalesce(min(case when is_own then process end), min(process)) as process,
    max(case when is_own then 1 else 0 end) = 1 as is_own,
    max(case when parameter = 'leak_rate' then 1 else 0 end) = 1 as is_equipment
from (
    select process, parameter, true as is_own from {{ source('raw', 'reference_process_gas_parameters') }}
    union all
    select process, parameter, false from {{ ref('process_gas_parameters') }}
) as named
where {{ process_key('process') }} is not null
group by {{ process_key('process') }}
