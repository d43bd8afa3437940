-- One row per year and scope of the calculated inventory (scope empty: Scopes 1 and 2 together): what the differences between
-- ledger and documents would change, signed and absolute, against the materiality. Only differences beyond the tolerance.
with

organization as (

    select * from {{ ref('int_organization') }}

),

-- The scope that an activity type's own emissions are in.
scopes as (

    select activity_type, min(scope) as scope
    from {{ ref('int_line_sums') }}
    where stage = 'direct' and boundary_route = 'consolidated' and scope in (1, 2)
    group by activity_type

),

differences as (

    select
        cast(extract(year from reconciliation.period) as integer) as year,
        scopes.scope,
        case
            when reconciliation.delta < 0 then -reconciliation.co2e_at_stake_t else reconciliation.co2e_at_stake_t
        end as signed_t,
        reconciliation.co2e_at_stake_t as absolute_t
    from {{ ref('energy_reconciliation') }} as reconciliation
    inner join scopes
        on reconciliation.activity_type = scopes.activity_type
    where
        not reconciliation.within_tolerance
        and reconciliation.co2e_at_stake_t is not null

),

by_scope as (

    select
        inventory.year,
        inventory.scope,
        inventory.co2e_t,
        coalesce(sum(differences.signed_t), 0) as signed_t,
        coalesce(sum(differences.absolute_t), 0) as absolute_t,
        count(differences.absolute_t) as differences
    from {{ ref('annual_inventory') }} as inventory
    cross join organization
    left join differences
        on inventory.year = differences.year and inventory.scope = differences.scope
    where
        inventory.basis = 'calculated'
        and inventory.scope in (1, 2)
        and (inventory.scope2_method is null or inventory.scope2_method = organization.target_scope2_method)
    group by inventory.year, inventory.scope, inventory.co2e_t

),

rows_of_years as (

    select year, scope, co2e_t, signed_t, absolute_t, differences
    from by_scope
    union all
    select year, cast(null as integer), sum(co2e_t), sum(signed_t), sum(absolute_t), sum(differences)
    from by_scope
    group by year

),

shares as (

    select
        rows_of_years.*,
        {{ exact_quotient('signed_t', 'co2e_t') }} as signed_share,
        {{ exact_quotient('absolute_t', 'co2e_t') }} as absolute_share
    from rows_of_years

)

select
    shares.year,
    cast(shares.scope as integer) as scope,
    cast(shares.co2e_t as decimal(38, 21)) as co2e_t,
    cast(shares.differences as integer) as differences,
    cast(shares.signed_t as decimal(38, 18)) as signed_misstatement_t,
    cast(shares.absolute_t as decimal(38, 18)) as absolute_misstatement_t,
    cast(case when abs(shares.signed_share) < 1000000 then shares.signed_share end as decimal(18, 12)) as signed_share,
    cast(case when abs(shares.absolute_share) < 1000000 then shares.absolute_share end as decimal(18, 12)) as absolute_share,
    cast(organization.materiality as decimal(18, 9)) as materiality,
    cast(coalesce(
        shares.absolute_t
        > cast(abs(shares.co2e_t) as decimal(28, 12)) * cast(organization.materiality as decimal(10, 9)),
        false
    ) as boolean) as is_material
from shares
cross join organization
