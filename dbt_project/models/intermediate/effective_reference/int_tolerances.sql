-- One row per activity type: the share by which two statements of one quantity may differ, the organisation's or the default.
select
    types.activity_type,
    cast(coalesce(
        tolerances.tolerance,
        case types.carrier_class
            when 'electricity' then 0.01
            when 'solid' then 0.05
            else 0.02
        end
    ) as decimal(18, 9)) as tolerance
from {{ ref('int_activity_types') }} as types
left join {{ ref('int_reconciliation_tolerances') }} as tolerances
    on types.activity_type = tolerances.activity_type
