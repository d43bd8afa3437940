-- One row per published figure that counts: which scopes, which Scope 2 method, and by what it divides its total (`part`). An
-- ISO 14064-1 category that the scope or the GHG Protocol category implies divides nothing. A Scope 2 figure without a method
-- stands for the target's, unless one of the same part (the total, that facility, that class ...) states that method.
with

scoped as (

    select
        reported.source_row,
        cast(reported.year as integer) as year,
        concat_ws(
            ';',
            case when reported.scope like '%1%' then '1' end,
            case when reported.scope like '%2%' then '2' end,
            case when reported.scope like '%3%' then '3' end
        ) as scopes,
        case when reported.scope in ('1', '2', '3') then cast(reported.scope as integer) end as scope,
        case
            when reported.scope like '%2%' then coalesce(reported.scope2_method, organization.target_scope2_method)
        end as scope2_method,
        reported.scope like '%2%' and reported.scope2_method is null as is_method_not_stated,
        organization.target_scope2_method,
        reported.ghg_protocol_category,
        case
            when reported.facility_id is null and reported.ghg_protocol_category is null and reported.source_class is null
                then reported.iso_14064_category
            when reported.scope in ('1', '2') and cast(reported.iso_14064_category as string) = reported.scope then null
            when reported.iso_14064_category = categories.iso_14064_category then null
            else reported.iso_14064_category
        end as iso_14064_category,
        reported.source_class,
        reported.facility_id,
        reported.co2e_t,
        reported.document
    from {{ ref('int_reported_inventories') }} as reported
    cross join {{ ref('int_organization') }} as organization
    left join {{ ref('int_ghg_protocol_categories') }} as categories
        on reported.ghg_protocol_category = categories.ghg_protocol_category

),

kinds as (

    select
        *,
        -- Each part divides the total one way; what is divided two ways is a detail, but for the facilities of a category.
        case
            when iso_14064_category is not null
                and (ghg_protocol_category is not null or source_class is not null or facility_id is not null) then 'detail'
            when source_class is not null and (ghg_protocol_category is not null or facility_id is not null) then 'detail'
            when ghg_protocol_category is not null and (scope is null or scope <> 3) then 'detail'
            when ghg_protocol_category is not null and facility_id is not null then 'facility_of_category'
            when ghg_protocol_category is not null then 'ghg_protocol_category'
            when iso_14064_category is not null then 'iso_14064_category'
            when source_class is not null then 'source_class'
            when facility_id is not null then 'facility_id'
            else 'total'
        end as part
    from scoped

),

stated as (

    select distinct
        year, scopes, part, scope2_method, ghg_protocol_category, iso_14064_category, source_class, facility_id
    from kinds
    where scope2_method is not null and not is_method_not_stated

)

select
    kinds.source_row,
    kinds.year,
    kinds.scopes,
    kinds.scope,
    kinds.scope2_method,
    kinds.is_method_not_stated,
    kinds.part,
    kinds.ghg_protocol_category,
    kinds.iso_14064_category,
    kinds.source_class,
    kinds.facility_id,
    kinds.co2e_t,
    kinds.document
from kinds
left join stated
    on
        kinds.is_method_not_stated
        and kinds.year = stated.year
        and kinds.scopes = stated.scopes
        and kinds.part = stated.part
        and kinds.scope2_method = stated.scope2_method
        and coalesce(kinds.ghg_protocol_category, 0) = coalesce(stated.ghg_protocol_category, 0)
        and coalesce(kinds.iso_14064_category, 0) = coalesce(stated.iso_14064_category, 0)
        and coalesce(kinds.source_class, '') = coalesce(stated.source_class, '')
        and coalesce(kinds.facility_id, '') = coalesce(stated.facility_id, '')
where stated.year is null
