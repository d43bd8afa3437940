-- One row per figure and month of a year with data: whether everything that is due for it is there on all days. A figure is
-- a set of scopes (scope_1, scope_2, scope_3, scope_1_and_2, scope_1_2_and_3) or what a target counts (target:<target_id>).
with

categories as (

    select ghg_protocol_category from {{ ref('ghg_protocol_categories') }}

),

-- What a figure counts. Scopes 1 and 2 are one set of books: days with electricity are covered although no gas was released
-- on them. Scope 3 has books of its own.
members as (

    {%- for figure, scopes in {
        'scope_1': [1], 'scope_2': [2], 'scope_3': [3], 'scope_1_and_2': [1, 2], 'scope_1_2_and_3': [1, 2, 3]
    }.items() %}
    {%- for scope in [1, 2, 3] %}
    {%- if scope in scopes or (scope < 3 and 3 > scopes[0]) %}
    {{ 'union all' if not (loop.first and figure == 'scope_1') }}
    select
        '{{ figure }}' as figure, {{ scope }} as scope, cast(null as integer) as ghg_protocol_category,
        {{ 'true' if scope in scopes else 'false' }} as is_counted
    {%- endif %}
    {%- endfor %}
    {%- endfor %}
    union all
    select 'target:' || targets.target_id, scopes.scope, categories.ghg_protocol_category,
        ';' || replace(targets.scopes, ' ', '') || ';' like '%;' || cast(scopes.scope as string) || ';%'
    from {{ source('raw', 'reference_targets') }} as targets
    inner join (select 1 as scope union all select 2 union all select 3) as scopes
        on
            ';' || replace(targets.scopes, ' ', '') || ';' like '%;' || cast(scopes.scope as string) || ';%'
            or (scopes.scope < 3 and (targets.scopes like '%1%' or targets.scopes like '%2%'))
    left join categories
        on
            scopes.scope = 3
            and ';' || replace(targets.ghg_protocol_categories, ' ', '') || ';'
            like '%;' || cast(categories.ghg_protocol_category as string) || ';%'

),

months as (

    select distinct
        years.year,
        cast({{ dbt.dateadd('month', 'numbers.i', first_day_of('years.year')) }} as date) as period
    from (select distinct year from {{ ref('int_coverage') }}) as years
    cross join (select cast(i as integer) as i from range(0, 12) as numbers_from_zero(i)) as numbers

),

covered as (

    select
        period,
        scope,
        ghg_protocol_category,
        is_derived,
        bit_or(data_bits) as data_bits,
        max(case when missing_bits <> 0 then 1 else 0 end) as is_missing
    from {{ ref('int_coverage') }}
    group by period, scope, ghg_protocol_category, is_derived

),

counted as (

    select
        members.figure,
        members.scope = 3 as is_value_chain,
        members.is_counted,
        covered.period,
        covered.is_derived,
        covered.data_bits,
        covered.is_missing,
        min(case when covered.is_derived then 1 else 0 end) over (
            partition by members.figure, members.scope = 3
        ) as has_derived_only
    from members
    inner join covered
        on
            members.scope = covered.scope
            and (
                members.ghg_protocol_category is null
                or members.ghg_protocol_category = covered.ghg_protocol_category
            )

),

books as (

    select distinct figure, scope = 3 as is_value_chain from members

),

book_months as (

    select
        books.figure,
        months.year,
        months.period,
        coalesce(max(case when counted.is_counted then counted.is_missing end), 0) = 0
        -- Emissions that only follow the consumption of energy cover nothing where there are others.
        and coalesce(
            bit_or(case when counted.is_derived and counted.has_derived_only = 0 then 0 else counted.data_bits end), 0
        ) = {{ day_bits('months.period', dbt.last_day('months.period', 'month')) }} as is_covered
    from books
    cross join months
    left join counted
        on
            books.figure = counted.figure
            and books.is_value_chain = counted.is_value_chain
            and months.period = counted.period
    group by books.figure, books.is_value_chain, months.year, months.period

)

select
    figure,
    year,
    cast(extract(month from period) as integer) as month,
    period,
    min(case when is_covered then 1 else 0 end) = 1 as is_covered
from book_months
group by figure, year, period
