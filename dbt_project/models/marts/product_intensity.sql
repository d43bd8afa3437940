-- One row per year, facility, workshop, product and unit: kilograms of CO2e (Scope 1 and 2 allocated to the workshop, before
-- consolidation) per unit produced. Products of one workshop share its emissions by their number; where they cannot be counted
-- in one unit, or a meter of the workshop was not read on days of production, there is no row.
with

workshops as (

    select
        year,
        facility_id,
        workshop,
        sum(gross_co2e_kg) as co2e_kg
    from {{ ref('product_allocation') }}
    where workshop <> 'unallocated'
    group by year, facility_id, workshop

),

outputs as (

    select
        year,
        facility_id,
        workshop,
        count(distinct dimension) as dimensions,
        sum(cast(quantity as decimal(19, 6)) * cast(unit_to_base as decimal(18, 6))) as base_quantity
    from {{ ref('int_production_years') }}
    group by year, facility_id, workshop

),

products as (

    select
        products.year,
        products.facility_id,
        products.workshop,
        products.product,
        products.quantity,
        products.unit,
        workshops.co2e_kg,
        -- The whole output of the workshop in the unit of this product.
        cast({{ exact_quotient('outputs.base_quantity', 'products.unit_to_base') }} as decimal(28, 9)) as output
    from {{ ref('int_production_years') }} as products
    inner join outputs
        on
            products.year = outputs.year
            and products.facility_id = outputs.facility_id
            and products.workshop = outputs.workshop
            and outputs.dimensions = 1
            and outputs.base_quantity > 0
    inner join workshops
        on
            products.year = workshops.year
            and products.facility_id = workshops.facility_id
            and products.workshop = workshops.workshop
    where
        products.quantity > 0
        and not exists (
            select 1 from {{ ref('int_workshop_gaps') }} as gaps
            where
                products.year = gaps.year
                and products.facility_id = gaps.facility_id
                and products.workshop = gaps.workshop
        )

)

select
    year,
    facility_id,
    workshop,
    product,
    quantity,
    unit,
    cast({{ exact_quotient('co2e_kg', 'output') }} as decimal(38, 18)) as co2e_kg_per_unit,
    cast(case
        when quantity = output then co2e_kg
        else {{ share_of_value('co2e_kg', 'cast(' ~ exact_quotient('quantity', 'output') ~ ' as decimal(19, 18))') }}
    end as decimal(38, 18)) as co2e_kg
from products
where output > 0
