-- One row per pathway and year from its base year to its last target year: the share of the base value that is left.
with

numbers as (

    select cast(i as integer) as i from range(0, 200) as numbers_from_zero(i)

),

bounds as (

    select pathway_id, min(from_year) as first_year, max(to_year) as last_year
    from {{ ref('int_target_points') }}
    group by pathway_id

),

years as (

    select bounds.pathway_id, bounds.first_year, bounds.first_year + numbers.i as year
    from bounds
    cross join numbers
    where bounds.first_year + numbers.i <= bounds.last_year

)

select
    years.pathway_id,
    years.year,
    case
        when years.year = years.first_year then cast(1 as decimal(24, 18))
        when years.year = points.to_year then cast(1 - points.to_reduction as decimal(24, 18))
        -- compound: the same percentage of the remaining emissions every year, as long as there are any
        when points.pathway = 'compound' and points.from_reduction < 1 then {{ decimal_of_double(
            'cast(1 - points.from_reduction as double)'
            ~ ' * ' ~ power(
                'cast(1 - points.to_reduction as double) / cast(1 - points.from_reduction as double)',
                'cast(years.year - points.from_year as double) / cast(points.to_year - points.from_year as double)'
            ),
            24, 18
        ) }}
        else cast(
            1 - points.from_reduction
            - {{ exact_quotient(
                '(points.to_reduction - points.from_reduction) * (years.year - points.from_year)',
                'points.to_year - points.from_year'
            ) }}
        as decimal(24, 18))
    end as remaining_share
from years
left join {{ ref('int_target_points') }} as points
    on
        years.pathway_id = points.pathway_id
        and years.year > points.from_year
        and years.year <= points.to_year
