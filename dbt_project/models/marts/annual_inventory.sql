-- One row per year, basis, scope and Scope 2 method, with its share of the year's total in the target's method, 0 to 1 (a scope
-- that corrections took below zero is no part of it).
with

covered as (

    select figure, year, count(case when is_covered then 1 end) as months_covered
    from {{ ref('int_covered_months') }}
    group by figure, year

),

years as (

    select
        months.year,
        'calculated' as basis,
        months.scope,
        months.scope2_method,
        cast(coalesce(max(covered.months_covered), 0) as integer) as months_covered,
        {{ tonnes('sum(months.co2e_kg)') }} as co2e_t
    from {{ ref('int_calculated_months') }} as months
    left join covered
        on months.year = covered.year and covered.figure = 'scope_' || cast(months.scope as string)
    group by months.year, months.scope, months.scope2_method
    union all
    select year, 'reported', scope, scope2_method, 12, cast(co2e_t as decimal(38, 21))
    from {{ ref('int_reported_totals') }}
    where scope is not null and co2e_t is not null

),

totals as (

    select
        years.year,
        years.basis,
        sum(case
            when years.scope2_method is null or years.scope2_method = organization.target_scope2_method
                then greatest(years.co2e_t, 0)
        end) as total_t,
        sum(case
            when years.scope2_method is null or years.scope2_method = organization.other_scope2_method
                then greatest(years.co2e_t, 0)
        end) as other_total_t
    from years
    cross join {{ ref('int_organization') }} as organization
    group by years.year, years.basis

)

select
    years.year,
    years.basis,
    years.scope,
    years.scope2_method,
    years.months_covered,
    years.co2e_t,
    {{ share(
        'greatest(years.co2e_t, 0)',
        'case when years.scope2_method = organization.other_scope2_method then totals.other_total_t else totals.total_t end'
    ) }} as share_of_total,
    organization.data_notice
from years
inner join totals
    on years.year = totals.year and years.basis = totals.basis
cross join {{ ref('int_organization') }} as organization
