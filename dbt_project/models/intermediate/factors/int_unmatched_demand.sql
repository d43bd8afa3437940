-- One row per demand that no direct factor row answers: it is computed by the method of its activity type, or not at all.
with

direct_rows as (

    select distinct facility_id, supplier, activity_type, factor_date
    from {{ ref('int_factor_matches') }}
    where stage = 'direct'

)

select demand.*
from {{ ref('int_factor_demand') }} as demand
where not exists (
    select 1 from direct_rows
    where
        direct_rows.facility_id = demand.facility_id
        and direct_rows.supplier = demand.supplier
        and direct_rows.activity_type = demand.activity_type
        and direct_rows.factor_date = demand.factor_date
)
