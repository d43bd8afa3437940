-- One row per year: Scope 1 + 2 in the target's and in the other Scope 2 method, reported and calculated.
with

organization as (

    select * from {{ ref('int_organization') }}

),

calculated as (

    select
        months.year,
        sum(case
            when months.scope = 1 or months.scope2_method = organization.target_scope2_method then months.co2e_kg
        end) as target_kg,
        sum(case
            when months.scope = 1 or months.scope2_method = organization.other_scope2_method then months.co2e_kg
        end) as other_kg
    from {{ ref('int_calculated_months') }} as months
    cross join organization
    where months.scope in (1, 2)
    group by months.year

),

covered as (

    select year, count(case when is_covered then 1 end) as months_covered
    from {{ ref('int_covered_months') }}
    where figure = 'scope_1_and_2'
    group by year

),

reported as (

    select
        totals.year,
        {%- for figure, method in [('target_t', 'target_scope2_method'), ('other_t', 'other_scope2_method')] %}
        -- Both scopes are needed, or the printed total of the two: a Scope 1 figure alone is no Scope 1 + 2.
        case
            when count(case when totals.scope = 1 then 1 end) > 0
                and count(case when totals.scope = 2 and totals.scope2_method = organization.{{ method }} then 1 end) > 0
                then sum(case
                    when totals.scope = 1 or (totals.scope = 2 and totals.scope2_method = organization.{{ method }})
                        then totals.co2e_t
                end)
            else max(case
                when totals.scopes = '1;2' and totals.scope2_method = organization.{{ method }} then totals.co2e_t
            end)
        end as {{ figure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_reported_totals') }} as totals
    cross join organization
    where totals.scopes in ('1', '2', '1;2')
    group by totals.year, organization.target_scope2_method, organization.other_scope2_method

)

select
    coalesce(calculated.year, reported.year) as year,
    case when calculated.year is null then 0 else coalesce(covered.months_covered, 0) end as months_covered,
    cast(reported.target_t as decimal(38, 21)) as reported_co2e_t,
    {{ tonnes('calculated.target_kg') }} as calculated_co2e_t,
    cast(reported.other_t as decimal(38, 21)) as other_reported_co2e_t,
    {{ tonnes('calculated.other_kg') }} as other_calculated_co2e_t
from calculated
full outer join reported
    on calculated.year = reported.year
left join covered
    on calculated.year = covered.year
