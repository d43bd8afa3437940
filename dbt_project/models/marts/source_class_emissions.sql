-- One row per year, basis, scope, Scope 2 method and source class (stationary and mobile combustion, process, fugitive ...).
with

classes as (

    select
        cast(extract(year from period) as integer) as year,
        'calculated' as basis,
        scope,
        scope2_method,
        source_class,
        {{ tonnes('sum(co2e_kg)') }} as co2e_t
    from {{ ref('emissions') }}
    where scope is not null
    group by extract(year from period), scope, scope2_method, source_class
    union all
    select
        reported.year, 'reported', cast(reported.scope as integer),
        case
            when cast(reported.scope as integer) = 2
                then coalesce(reported.scope2_method, organization.target_scope2_method)
        end,
        reported.source_class,
        cast(sum(reported.co2e_t) as decimal(38, 21))
    from {{ ref('int_reported_inventories') }} as reported
    cross join {{ ref('int_organization') }} as organization
    where
        reported.source_class is not null
        and reported.ghg_protocol_category is null and reported.iso_14064_category is null
        and reported.facility_id is null
    group by
        reported.year, reported.scope,
        case
            when cast(reported.scope as integer) = 2
                then coalesce(reported.scope2_method, organization.target_scope2_method)
        end,
        reported.source_class

)

select
    year,
    basis,
    scope,
    scope2_method,
    source_class,
    co2e_t,
    {{ share(
        'co2e_t', 'sum(co2e_t) over (partition by year, basis, scope, scope2_method)'
    ) }} as share_of_scope
from classes
