-- One row per year, framework, version and item that the framework asks a report for: given, not applicable, or missing.
with

points as (

    select
        year,
        framework,
        framework_version,
        item,
        count(case when is_required and status = 'missing' then 1 end) as missing_points,
        count(case when status = 'given' then 1 end) as given_points,
        count(case when status = 'not_applicable' then 1 end) as not_applicable_points,
        coalesce(
            min(case when is_required and status = 'missing' then name_en || ': ' || reason_en end),
            min(case when status = 'missing' then name_en || ': ' || reason_en end)
        ) as missing_en,
        coalesce(
            min(case when is_required and status = 'missing' then name_zh || '：' || reason_zh end),
            min(case when status = 'missing' then name_zh || '：' || reason_zh end)
        ) as missing_zh,
        min(case when status = 'not_applicable' then reason_en end) as not_applicable_en,
        min(case when status = 'not_applicable' then reason_zh end) as not_applicable_zh
    from {{ ref('disclosures') }}
    group by year, framework, framework_version, item

),

items as (

    select distinct
        framework, framework_version, item, item_order, is_required_item, item_name_en, item_name_zh, section, certainty, source
    from {{ ref('int_disclosure_points') }}

),

judged as (

    select
        points.*,
        case
            when points.missing_points > 0 then 'missing'
            when points.given_points > 0 then 'given'
            when points.not_applicable_points > 0 then 'not_applicable'
            else 'missing'
        end as status
    from points

)

select
    cast(judged.year as integer) as year,
    cast(judged.framework as string) as framework,
    cast(judged.framework_version as string) as framework_version,
    cast(judged.item as string) as item,
    cast(items.item_order as integer) as item_order,
    cast(items.item_name_en as string) as name_en,
    cast(items.item_name_zh as string) as name_zh,
    cast(items.is_required_item as boolean) as is_required,
    cast(judged.status as string) as status,
    cast(case judged.status when 'missing' then judged.missing_en when 'not_applicable' then judged.not_applicable_en end as string)
        as reason_en,
    cast(case judged.status when 'missing' then judged.missing_zh when 'not_applicable' then judged.not_applicable_zh end as string)
        as reason_zh,
    cast(items.section as string) as printed_in,
    cast(judged.given_points as integer) as given_points,
    cast(judged.missing_points as integer) as missing_points,
    cast(items.certainty as string) as certainty,
    cast(items.source as string) as source
from judged
inner join items
    on
        judged.framework = items.framework
        and judged.framework_version = items.framework_version
        and judged.item = items.item
