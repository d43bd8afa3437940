-- One row per accepted purchase that names its freight: the activity type of the transport mode, NULL where the mode is not
-- known, mass or distance is missing, or the supplier's factor holds the transport already. A mode is an activity type of freight, or one of the common words for it.
{{ config(materialized='view') }}
with

purchases as (

    select
        *,
        case lower(trim(transport_mode))
            when 'road' then 'freight_road_hgv_average'
            when 'truck' then 'freight_road_hgv_average'
            when '公路' then 'freight_road_hgv_average'
            when '汽运' then 'freight_road_hgv_average'
            when 'rail' then 'freight_rail'
            when '铁路' then 'freight_rail'
            when 'sea' then 'freight_sea_container'
            when 'ship' then 'freight_sea_container'
            when '海运' then 'freight_sea_container'
            -- The ship of the inland waterways of China that carries goods in bulk.
            when 'inland_waterway' then 'freight_ship_dry_bulk_2500t'
            when 'air' then 'freight_air_international'
            when '空运' then 'freight_air_international'
            else lower(trim(transport_mode))
        end as named_type
    from {{ ref('stg_procurement') }}
    where row_status = 'accepted' and transport_mode is not null

)

select
    purchases.activity_id,
    purchases.submission_id,
    purchases.source_sheet,
    purchases.source_row,
    purchases.facility_id,
    purchases.supplier_id,
    purchases.coverage_start,
    purchases.coverage_end,
    purchases.transport_mode,
    purchases.transport_distance_km,
    purchases.transported_mass_t,
    coalesce(
        purchases.supplier_factor_kgco2e_per_unit is not null and purchases.supplier_factor_includes_transport = 'yes', false
    ) as is_in_supplier_factor,
    case
        when purchases.supplier_factor_kgco2e_per_unit is not null and purchases.supplier_factor_includes_transport = 'yes'
            then null
        when purchases.transport_distance_km is not null and purchases.transported_mass_t is not null
            then types.activity_type
    end as freight_type
from purchases
left join {{ ref('int_activity_types') }} as types
    on purchases.named_type = types.activity_type
    and types.canonical_unit = 't.km'
