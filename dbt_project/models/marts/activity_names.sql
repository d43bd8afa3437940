-- One row per activity type that has an emission line: what it is called.
select
    cast(activity_type as string) as activity_type,
    cast(name_en as string) as activity_name_en,
    cast(name_zh as string) as activity_name_zh,
    cast(canonical_unit as string) as canonical_unit
from {{ ref('int_activity_types') }}
where activity_type in (select activity_type from {{ ref('int_line_sums') }})
