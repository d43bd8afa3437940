-- One row per supplier's name in the activities that a factor row speaks of, as people mean it (case, width, spaces): the
-- geography of those rows. A place of the shared geographies is meant only where it is written so.
with

named as (

    select
        factors.geography,
        {{ name_key('factors.geography') }} as geography_key,
        max(case when places.geography is null then 1 else 0 end) = 1 as is_name
    from {{ ref('int_emission_factors') }} as factors
    left join {{ ref('int_geographies') }} as places
        on factors.geography = places.geography
    group by factors.geography

),

suppliers as (

    select supplier, {{ name_key('supplier') }} as supplier_key
    from (
        select distinct supplier from {{ ref('int_activity_segments') }} where supplier <> ''
    ) as distinct_suppliers

),

ranked as (

    select
        suppliers.supplier,
        named.geography,
        row_number() over (
            partition by suppliers.supplier
            order by case when suppliers.supplier = named.geography then 0 else 1 end, named.geography
        ) as preference
    from suppliers
    inner join named
        on suppliers.supplier_key = named.geography_key and (named.is_name or suppliers.supplier = named.geography)

)

select supplier, geography
from ranked
where preference = 1
