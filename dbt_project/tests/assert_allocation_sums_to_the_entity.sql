-- The breakdown by workshop (with `unallocated`) sums to Scope 1 and 2 of the facility, per year, activity type and unit:
-- quantity and CO2e in both Scope 2 methods, to the last decimal.
{{ config(meta={'dagster': {'ref': {'name': 'product_allocation'}}}) }}

with

organization as (

    select target_scope2_method, other_scope2_method from {{ ref('int_organization') }}

),

entity as (

    select
        cast(extract(year from lines.period) as integer) as year,
        lines.facility_id,
        lines.activity_type,
        lines.unit,
        sum(case
            when lines.scope2_method is null or lines.scope2_method = organization.target_scope2_method then lines.quantity
            else 0
        end) as quantity,
        sum(case
            when lines.scope2_method is null or lines.scope2_method = organization.target_scope2_method then lines.co2e_kg
            else 0
        end) as co2e_kg,
        sum(case
            when lines.scope2_method is null or lines.scope2_method = organization.other_scope2_method then lines.co2e_kg
            else 0
        end) as other_method_co2e_kg
    from {{ ref('emissions') }} as lines
    cross join organization
    where lines.scope in (1, 2) and lines.stage = 'direct' and lines.boundary_route = 'consolidated'
    group by extract(year from lines.period), lines.facility_id, lines.activity_type, lines.unit

),

allocated as (

    select
        year,
        facility_id,
        activity_type,
        unit,
        sum(quantity) as quantity,
        sum(co2e_kg) as co2e_kg,
        sum(other_method_co2e_kg) as other_method_co2e_kg
    from {{ ref('product_allocation') }}
    group by year, facility_id, activity_type, unit

)

select
    coalesce(entity.year, allocated.year) as year,
    coalesce(entity.facility_id, allocated.facility_id) as facility_id,
    coalesce(entity.activity_type, allocated.activity_type) as activity_type,
    coalesce(entity.unit, allocated.unit) as unit,
    entity.quantity as entity_quantity,
    allocated.quantity as allocated_quantity,
    entity.co2e_kg as entity_co2e_kg,
    allocated.co2e_kg as allocated_co2e_kg,
    entity.other_method_co2e_kg as entity_other_method_co2e_kg,
    allocated.other_method_co2e_kg as allocated_other_method_co2e_kg
from entity
full outer join allocated
    on
        entity.year = allocated.year
        and entity.facility_id = allocated.facility_id
        and entity.activity_type = allocated.activity_type
        and entity.unit = allocated.unit
where
    entity.year is null
    or allocated.year is null
    or coalesce(allocated.quantity, 0) <> entity.quantity
    or coalesce(allocated.co2e_kg, 0) <> entity.co2e_kg
    or coalesce(allocated.other_method_co2e_kg, 0) <> entity.other_method_co2e_kg
