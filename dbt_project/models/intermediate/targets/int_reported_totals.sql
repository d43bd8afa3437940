-- One row per year, scope and Scope 2 method that a published inventory states: its row without further dimensions, else
-- the sum of its facility rows. A Scope 2 figure without a method stands for the target's method.
with

rows_of_reports as (

    select
        reported.*,
        case
            when cast(reported.scope as integer) = 2 then coalesce(reported.scope2_method, organization.target_scope2_method)
        end as effective_scope2_method,
        cast(reported.scope as integer) = 2 and reported.scope2_method is null as is_method_not_stated,
        reported.ghg_protocol_category is null
        and reported.iso_14064_category is null
        and reported.source_class is null as is_undivided
    from {{ source('raw', 'reference_reported_inventories') }} as reported
    cross join {{ ref('int_organization') }} as organization

)

select
    year,
    cast(scope as integer) as scope,
    effective_scope2_method as scope2_method,
    max(case when is_method_not_stated then 1 else 0 end) = 1 as is_method_not_stated,
    cast(coalesce(
        sum(case when is_undivided and facility_id is null then co2e_t end),
        sum(case when is_undivided and facility_id is not null then co2e_t end)
    ) as decimal(28, 9)) as co2e_t,
    max(document) as document
from rows_of_reports
where
    is_undivided
    -- A figure without a method stands in only where none states the target's method.
    and (
        not is_method_not_stated
        or not exists (
            select 1 from rows_of_reports as stated
            where
                stated.is_undivided
                and not stated.is_method_not_stated
                and stated.year = rows_of_reports.year
                and stated.effective_scope2_method = rows_of_reports.effective_scope2_method
        )
    )
group by year, scope, effective_scope2_method
