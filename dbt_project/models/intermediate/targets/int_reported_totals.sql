-- One row per year, scopes (one, `1;2` or `1;2;3`) and Scope 2 method that a published inventory states: its row without
-- further dimensions, else the sum of its facilities, else of its ISO 14064-1 categories, else of its GHG Protocol categories where
-- each of the fifteen has a figure or a note.
with

figures as (

    select
        *,
        case
            when part = 'total' then 1
            when part = 'facility_id' then 2
            when part = 'iso_14064_category' then 3
            when part = 'ghg_protocol_category' then 4
        end as preference
    from {{ ref('int_reported_figures') }}
    where
        part in ('total', 'facility_id', 'iso_14064_category', 'ghg_protocol_category')
        and scopes in ('1', '2', '3', '1;2', '1;2;3')
        and (part <> 'iso_14064_category' or scope = 3 or iso_14064_category = scope)

),

known_categories as (

    select figures.year, figures.ghg_protocol_category
    from figures
    where figures.ghg_protocol_category is not null
    union
    select years.year, notes.ghg_protocol_category
    from (select distinct year from figures where ghg_protocol_category is not null) as years
    inner join {{ ref('int_category_notes') }} as notes
        on (notes.year is null or notes.year = years.year) and notes.ghg_protocol_category is not null

),

whole_lists as (

    select year
    from known_categories
    group by year
    having count(distinct ghg_protocol_category) = 15

),

sums as (

    select
        figures.year,
        figures.scopes,
        figures.scope,
        figures.scope2_method,
        figures.preference,
        max(case when figures.is_method_not_stated then 1 else 0 end) = 1 as is_method_not_stated,
        cast(sum(figures.co2e_t) as decimal(28, 9)) as co2e_t,
        max(figures.document) as document
    from figures
    left join whole_lists
        on figures.year = whole_lists.year
    where figures.preference < 4 or whole_lists.year is not null
    group by figures.year, figures.scopes, figures.scope, figures.scope2_method, figures.preference

),

ranked as (

    select *, row_number() over (partition by year, scopes, scope2_method order by preference) as preference_rank
    from sums

)

select year, scopes, scope, scope2_method, is_method_not_stated, co2e_t, document
from ranked
where preference_rank = 1
