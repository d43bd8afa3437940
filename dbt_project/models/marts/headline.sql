-- One row per year and scope (1, 2, 3, 1+2, 1+2+3): the figure that counts, which is the reported one, else the calculated one of a
-- whole year; the other basis beside it, their difference, and how much of the year is covered. Scope 2 is in the
-- organisation's method.
with

organization as (

    select * from {{ ref('int_organization') }}

),

inventory as (

    select annual.year, annual.basis, annual.scope, annual.co2e_t
    from {{ ref('annual_inventory') }} as annual
    cross join organization
    where annual.scope2_method is null or annual.scope2_method = organization.target_scope2_method

),

scopes as (

    {%- for scope, figure, parts in [
        ('1', 'scope_1', [1]), ('2', 'scope_2', [2]), ('3', 'scope_3', [3]), ('1+2', 'scope_1_and_2', [1, 2]),
        ('1+2+3', 'scope_1_2_and_3', [1, 2, 3])
    ] %}
    {%- set outer = loop %}
    {%- for part in parts %}
    select '{{ scope }}' as scope, '{{ figure }}' as figure, {{ part }} as part, {{ parts | length }} as parts
    {{ 'union all' if not (loop.last and outer.last) }}
    {%- endfor %}
    {%- endfor %}

),

covered as (

    select figure, year, count(case when is_covered then 1 end) as months_covered
    from {{ ref('int_covered_months') }}
    group by figure, year

),

-- Totals over several scopes that a report prints without its parts.
combined as (

    select totals.year, totals.scopes, totals.co2e_t
    from {{ ref('int_reported_totals') }} as totals
    cross join organization
    where totals.scope is null and totals.scope2_method = organization.target_scope2_method

),

figures as (

    select
        years.year,
        scopes.scope,
        scopes.figure,
        -- A report of some of the scopes is no figure for all of them.
        case
            when count(case when inventory.basis = 'reported' then 1 end) = scopes.parts
                then sum(case when inventory.basis = 'reported' then inventory.co2e_t end)
            when scopes.scope = '1+2' then max(combined_1_2.co2e_t)
            when scopes.scope = '1+2+3' then coalesce(
                max(combined_1_2_3.co2e_t),
                max(combined_1_2.co2e_t)
                + max(case when inventory.basis = 'reported' and scopes.part = 3 then inventory.co2e_t end)
            )
        end as reported_co2e_t,
        -- Scopes 1 and 2 are one set of books, of which one may be empty; Scope 3 has to be there.
        case
            when
                (scopes.figure not like '%3' or count(case when inventory.basis = 'calculated' and scopes.part = 3 then 1 end) > 0)
                and (scopes.figure = 'scope_3' or count(case when inventory.basis = 'calculated' and scopes.part < 3 then 1 end) > 0)
                then sum(case when inventory.basis = 'calculated' then inventory.co2e_t end)
        end as calculated_co2e_t
    from (select year from inventory union select year from combined) as years
    cross join scopes
    left join inventory
        on years.year = inventory.year and scopes.part = inventory.scope
    left join combined as combined_1_2
        on years.year = combined_1_2.year and combined_1_2.scopes = '1;2'
    left join combined as combined_1_2_3
        on years.year = combined_1_2_3.year and combined_1_2_3.scopes = '1;2;3'
    group by years.year, scopes.scope, scopes.figure, scopes.parts

)

select
    cast(figures.year as integer) as year,
    cast(figures.scope as string) as scope,
    cast(coalesce(
        cast(figures.reported_co2e_t as decimal(38, 21)),
        case when covered.months_covered = 12 then figures.calculated_co2e_t end
    ) as decimal(38, 21)) as co2e_t,
    cast(case
        when figures.reported_co2e_t is not null then 'reported'
        when covered.months_covered = 12 and figures.calculated_co2e_t is not null then 'calculated'
    end as string) as basis,
    cast(case when figures.reported_co2e_t is not null then figures.calculated_co2e_t end as decimal(38, 21))
        as other_basis_co2e_t,
    cast(cast(figures.reported_co2e_t as decimal(38, 21)) - figures.calculated_co2e_t as decimal(38, 21)) as difference_t,
    cast(figures.reported_co2e_t as decimal(38, 21)) as reported_co2e_t,
    cast(figures.calculated_co2e_t as decimal(38, 21)) as calculated_co2e_t,
    cast(case when figures.calculated_co2e_t is null then 0 else coalesce(covered.months_covered, 0) end as integer)
        as months_covered,
    cast(
        figures.reported_co2e_t is not null
        or case when figures.calculated_co2e_t is not null and covered.months_covered = 12 then true else false end
    as boolean) as is_whole_year,
    organization.target_scope2_method as scope2_method,
    organization.data_notice
from figures
left join covered
    on figures.year = covered.year and figures.figure = covered.figure
cross join organization
