-- One row per verification statement, year, scope and Scope 2 method: the figure as verified against the calculated one.
with

-- A statement over several scopes is held against their sum, which is unknown where one of them is.
calculated as (

    select
        statements.statement_number,
        statements.year,
        statements.scope,
        statements.scope2_method,
        case
            when count(figures.scope) = length(replace(statements.scope, ';', '')) then sum(figures.co2e_t)
        end as calculated_t
    from {{ ref('int_verification') }} as statements
    cross join {{ ref('int_organization') }} as organization
    left join {{ ref('annual_inventory') }} as figures
        on
            figures.basis = 'calculated'
            and statements.year = figures.year
            and statements.scope like '%' || cast(figures.scope as string) || '%'
            and (
                figures.scope2_method is null
                or figures.scope2_method = coalesce(statements.scope2_method, organization.target_scope2_method)
            )
    group by statements.statement_number, statements.year, statements.scope, statements.scope2_method

)

select
    statements.statement_number,
    statements.year,
    statements.scope as scopes,
    statements.scope2_method,
    cast(statements.verified_t as decimal(22, 9)) as verified_t,
    cast(calculated.calculated_t as decimal(38, 21)) as calculated_t,
    cast(statements.verified_t - calculated.calculated_t as decimal(38, 18)) as difference_t,
    cast(
        abs(statements.verified_t - calculated.calculated_t) <= coalesce(statements.printed_to_t, 0.5)
    as boolean) as is_as_verified,
    statements.body,
    statements.body_zh,
    statements.accreditation,
    statements.criteria,
    statements.assurance,
    cast(statements.materiality as decimal(18, 9)) as materiality,
    statements.opinion,
    statements.verified_on,
    statements.version_verified,
    statements.document
from {{ ref('int_verification') }} as statements
inner join calculated
    on
        statements.statement_number = calculated.statement_number
        and statements.year = calculated.year
        and statements.scope = calculated.scope
        and coalesce(statements.scope2_method, '') = coalesce(calculated.scope2_method, '')
