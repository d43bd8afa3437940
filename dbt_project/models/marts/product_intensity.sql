-- One row per year, facility, workshop, product and unit: kilograms of CO2e (Scope 1 and 2 allocated to the workshop) per
-- unit produced. Products of one workshop share its emissions by their number; where their units differ there is no row.
with

workshops as (

    select
        year,
        facility_id,
        workshop,
        sum(co2e_kg) as co2e_kg
    from {{ ref('product_allocation') }}
    where workshop <> 'unallocated'
    group by year, facility_id, workshop

),

outputs as (

    select
        year,
        facility_id,
        workshop,
        count(distinct unit) as units,
        sum(quantity) as quantity
    from {{ ref('int_production_years') }}
    group by year, facility_id, workshop

)

select
    products.year,
    products.facility_id,
    products.workshop,
    products.product,
    products.quantity,
    products.unit,
    cast({{ exact_quotient('workshops.co2e_kg', 'outputs.quantity') }} as decimal(38, 12)) as co2e_kg_per_unit
from {{ ref('int_production_years') }} as products
inner join outputs
    on
        products.year = outputs.year
        and products.facility_id = outputs.facility_id
        and products.workshop = outputs.workshop
        and outputs.units = 1
        and outputs.quantity > 0
inner join workshops
    on
        products.year = workshops.year
        and products.facility_id = workshops.facility_id
        and products.workshop = workshops.workshop
where products.quantity > 0
