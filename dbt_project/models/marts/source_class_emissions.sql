-- One row per year, basis, scope, Scope 2 method and source class (stationary and mobile combustion, process, fugitive ...);
-- what a report does not divide is a row without class, so that the rows of a scope sum to the reported total.
with

reported_classes as (

    select year, scope, scope2_method, source_class, cast(sum(co2e_t) as decimal(38, 21)) as co2e_t
    from {{ ref('int_reported_figures') }}
    where part = 'source_class' and scope is not null
    group by year, scope, scope2_method, source_class

),

listed as (

    select year, scope, scope2_method, sum(co2e_t) as listed_t
    from reported_classes
    group by year, scope, scope2_method

),

classes as (

    select
        cast(extract(year from period) as integer) as year,
        'calculated' as basis,
        scope,
        scope2_method,
        source_class,
        {{ tonnes('sum(co2e_kg)') }} as co2e_t
    from {{ ref('int_line_sums') }}
    where scope is not null
    group by extract(year from period), scope, scope2_method, source_class
    union all
    select year, 'reported', scope, scope2_method, source_class, co2e_t
    from reported_classes
    union all
    select
        totals.year, 'reported', totals.scope, totals.scope2_method, null,
        cast(totals.co2e_t - coalesce(listed.listed_t, 0) as decimal(38, 21))
    from {{ ref('int_reported_totals') }} as totals
    left join listed
        on
            totals.year = listed.year and totals.scope = listed.scope
            and coalesce(totals.scope2_method, '') = coalesce(listed.scope2_method, '')
    where totals.scope is not null and (listed.year is null or totals.co2e_t <> listed.listed_t)

),

totals as (

    select year, basis, scope, scope2_method, sum(co2e_t) as scope_t
    from classes
    where basis = 'calculated'
    group by year, basis, scope, scope2_method
    union all
    select year, 'reported', scope, scope2_method, cast(co2e_t as decimal(38, 21))
    from {{ ref('int_reported_totals') }}
    where scope is not null

)

select
    classes.year,
    classes.basis,
    classes.scope,
    classes.scope2_method,
    classes.source_class,
    classes.co2e_t,
    -- A share of the total, not of the listed parts; parts that exceed it are a finding.
    cast(case
        when classes.basis = 'calculated' or classes.co2e_t between 0 and totals.scope_t
            then {{ share('classes.co2e_t', 'totals.scope_t') }}
    end as decimal(18, 12)) as share_of_scope
from classes
left join totals
    on
        classes.year = totals.year
        and classes.basis = totals.basis
        and classes.scope = totals.scope
        and coalesce(classes.scope2_method, '') = coalesce(totals.scope2_method, '')
