-- One row per data point that a reporting framework asks for.
{{ config(materialized='view') }}
select
    points.*,
    items.item_order,
    items.is_required as is_required_item,
    items.name_en as item_name_en,
    items.name_zh as item_name_zh,
    items.section,
    items.certainty,
    items.source
from {{ ref('disclosure_datapoints') }} as points
inner join {{ ref('framework_items') }} as items
    on
        points.framework = items.framework
        and points.framework_version = items.framework_version
        and points.item = items.item
