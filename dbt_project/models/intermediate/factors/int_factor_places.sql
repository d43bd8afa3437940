-- One row per facility: the first of the facilities that no factor, fuel property or density tells apart from it, because
-- they lie under the same geographies on the same days and none is named itself. What holds for one of them holds for all.
with

named as (

    select geography from {{ ref('int_emission_factors') }}
    union
    select geography from {{ ref('int_fuel_properties') }}
    union
    select geography from {{ ref('int_fuel_densities') }}

),

histories as (

    select
        geographies.facility_id,
        max(case when named.geography = geographies.facility_id then 1 else 0 end) as is_named,
        {{ texts_together(
            "case when geographies.level <> 'facility' then cast(geographies.valid_from as string) || ' '"
                ~ " || cast(geographies.valid_to as string) || ' ' || cast(geographies.search_rank as string) || ' '"
                ~ " || geographies.geography end",
            '|',
            "geographies.valid_from, geographies.search_rank, geographies.geography"
        ) }} as history
    from {{ ref('int_facility_geographies') }} as geographies
    left join named
        on geographies.geography = named.geography
    group by geographies.facility_id

)

select
    facility_id,
    case
        when is_named = 1 then facility_id
        else min(facility_id) over (partition by is_named, history)
    end as factor_place
from histories
