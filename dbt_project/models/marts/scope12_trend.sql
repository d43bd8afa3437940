-- One row per year from the base year to the last target year (month NULL), and one per month of a year that has data but
-- not twelve months. Scope 1 + 2 in the target's Scope 2 method; the other method stands in columns of its own.
with

organization as (

    select * from {{ ref('int_organization') }}

),

bases as (

    select * from {{ ref('int_base_year') }}

),

base as (

    select distinct base_year from bases

),

pathway as (

    select
        pathways.year,
        {{ share_of_value('bases.base_co2e_t', 'cast(pathways.remaining_share as decimal(19, 18))') }} as pathway_co2e_t
    from {{ ref('int_pathways') }} as pathways
    inner join bases
        on pathways.year = bases.year
    where pathways.pathway_id = 'scope12'

),

numbers as (

    select cast(i as integer) as i from range(0, 200) as numbers_from_zero(i)

),

last_years as (

    select max(year) as last_year
    from (
        select year from pathway
        union all
        select year from {{ ref('int_scope12_years') }}
        union all
        select base_year as year from base
    ) as years

),

calendar as (

    select base.base_year + numbers.i as year
    from base
    cross join last_years
    cross join numbers
    where base.base_year + numbers.i <= last_years.last_year

),

months as (

    select
        months.period,
        months.year,
        months.month,
        sum(case
            when months.scope = 1 or months.scope2_method = organization.target_scope2_method then months.co2e_kg
        end) as target_kg,
        sum(case
            when months.scope = 1 or months.scope2_method = organization.other_scope2_method then months.co2e_kg
        end) as other_kg,
        sum(case
            when months.scope = 1 or months.scope2_method = organization.target_scope2_method then months.estimated_kg
        end) as estimated_kg
    from {{ ref('int_calculated_months') }} as months
    cross join organization
    where months.scope in (1, 2)
    group by months.period, months.year, months.month

),

covered as (

    select period, is_covered
    from {{ ref('int_covered_months') }}
    where figure = 'scope_1_and_2'

),

rolling as (

    select
        months.period,
        case when count(case when covered.is_covered then 1 end) = 12 then {{ tonnes('sum(window_months.target_kg)') }} end
            as rolling_12m_co2e_t
    from months
    inner join months as window_months
        on
            window_months.period <= months.period
            and window_months.period > cast({{ dbt.dateadd('month', -12, 'months.period') }} as date)
    left join covered
        on window_months.period = covered.period
    group by months.period

),

-- From January to a month, where every month of it is covered; and what part of last year's total the same months were, which is
-- the season that the pathway's year is spread by.
to_date as (

    select
        months.period,
        months.year,
        months.month,
        sum(months.target_kg) over year_to_date as target_kg,
        count(case when covered.is_covered then 1 end) over year_to_date = months.month as is_covered
    from months
    left join covered
        on months.period = covered.period
    window year_to_date as (
        partition by months.year order by months.month rows between unbounded preceding and current row
    )

),

seasons as (

    select
        to_date.year + 1 as year,
        to_date.month,
        cast({{ exact_quotient('to_date.target_kg', 'whole.target_kg') }} as decimal(19, 18)) as share
    from to_date
    inner join to_date as whole
        on to_date.year = whole.year and whole.month = 12 and whole.is_covered
    where to_date.target_kg between 0 and whole.target_kg and whole.target_kg > 0

),

running as (

    select
        to_date.year,
        to_date.month,
        max(to_date.month) over (partition by to_date.year) as last_month,
        {{ tonnes('to_date.target_kg') }} as ytd_co2e_t,
        {{ share_of_value('pathway.pathway_co2e_t', 'seasons.share') }} as pathway_ytd_co2e_t
    from to_date
    left join pathway
        on to_date.year = pathway.year
    left join seasons
        on to_date.year = seasons.year and to_date.month = seasons.month
    where to_date.is_covered

),

estimated as (

    select year, sum(estimated_kg) as estimated_kg, sum(target_kg) as target_kg
    from months
    group by year

),

annual as (

    select
        calendar.year,
        cast(null as integer) as month,
        case
            when years.reported_co2e_t is not null then 'reported'
            when years.months_covered = 12 then 'calculated'
        end as basis,
        coalesce(years.reported_co2e_t, case when years.months_covered = 12 then years.calculated_co2e_t end)
            as actual_co2e_t,
        years.reported_co2e_t,
        years.calculated_co2e_t,
        coalesce(years.months_covered, 0) as months_covered,
        coalesce(
            case when years.reported_co2e_t is not null then years.other_reported_co2e_t end,
            case when years.months_covered = 12 then years.other_calculated_co2e_t end
        ) as other_method_co2e_t,
        pathway.pathway_co2e_t,
        case when years.months_covered = 12 then years.calculated_co2e_t end as rolling_12m_co2e_t,
        running.month as ytd_month,
        running.ytd_co2e_t,
        running.pathway_ytd_co2e_t,
        {{ share('estimated.estimated_kg', 'estimated.target_kg') }} as estimated_share
    from calendar
    left join {{ ref('int_scope12_years') }} as years
        on calendar.year = years.year
    left join running
        on calendar.year = running.year and running.month = running.last_month
    left join estimated
        on calendar.year = estimated.year
    left join pathway
        on calendar.year = pathway.year

),

monthly as (

    select
        months.year,
        months.month,
        'calculated' as basis,
        {{ tonnes('months.target_kg') }} as actual_co2e_t,
        cast(null as decimal(38, 21)) as reported_co2e_t,
        {{ tonnes('months.target_kg') }} as calculated_co2e_t,
        case when covered.is_covered then 1 else 0 end as months_covered,
        {{ tonnes('months.other_kg') }} as other_method_co2e_t,
        cast(null as decimal(38, 18)) as pathway_co2e_t,
        rolling.rolling_12m_co2e_t,
        running.month,
        running.ytd_co2e_t,
        running.pathway_ytd_co2e_t,
        {{ share('months.estimated_kg', 'months.target_kg') }}
    from months
    left join running
        on months.year = running.year and months.month = running.month
    inner join {{ ref('int_scope12_years') }} as years
        on months.year = years.year and years.months_covered < 12
    inner join base
        on months.year >= base.base_year
    inner join rolling
        on months.period = rolling.period
    left join covered
        on months.period = covered.period

),

combined as (

    select * from annual
    union all
    select * from monthly

)

select
    cast(combined.year as integer) as year,
    combined.month,
    cast(case when combined.month is null then 'year' else 'month' end as string) as grain,
    cast(combined.actual_co2e_t as decimal(38, 21)) as actual_co2e_t,
    cast(combined.basis as string) as basis,
    combined.reported_co2e_t,
    combined.calculated_co2e_t,
    cast(combined.reported_co2e_t - combined.calculated_co2e_t as decimal(38, 21)) as reported_minus_calculated_t,
    cast(combined.months_covered as integer) as months_covered,
    cast(base.base_year as integer) as base_year,
    bases.base_co2e_t,
    combined.pathway_co2e_t,
    cast(cast(combined.actual_co2e_t as decimal(38, 18)) - combined.pathway_co2e_t as decimal(38, 18)) as gap_t,
    -- A month is not compared with a year's base, and nothing with a base that is next to nothing.
    case
        when
            combined.month is null
            and abs(cast(combined.actual_co2e_t as double)) < 999999 * abs(cast(bases.base_co2e_t as double))
            then cast({{ exact_quotient('combined.actual_co2e_t', 'bases.base_co2e_t') }} - 1 as decimal(24, 18))
    end as change_from_base,
    cast(cast(combined.actual_co2e_t as decimal(38, 18)) <= combined.pathway_co2e_t as boolean) as on_track,
    combined.rolling_12m_co2e_t,
    organization.target_scope2_method as scope2_method,
    organization.other_scope2_method,
    combined.other_method_co2e_t,
    cast(combined.ytd_month as integer) as ytd_month,
    cast(combined.ytd_co2e_t as decimal(38, 21)) as ytd_co2e_t,
    cast(combined.pathway_ytd_co2e_t as decimal(38, 18)) as pathway_ytd_co2e_t,
    cast(cast(combined.ytd_co2e_t as decimal(38, 18)) - combined.pathway_ytd_co2e_t as decimal(38, 18)) as ytd_gap_t,
    cast(combined.estimated_share as decimal(18, 12)) as estimated_share,
    cast(case
        when combined.calculated_co2e_t is null and combined.reported_co2e_t is not null then 'only_reported'
        when combined.calculated_co2e_t is null then null
        when combined.months_covered < case when combined.month is null then 12 else 1 end then 'incomplete'
        when combined.estimated_share > 0 then 'estimated'
        else 'complete'
    end as string) as mark,
    organization.data_notice,
    cast(combined.actual_co2e_t - previous.actual_co2e_t as decimal(38, 21)) as change_from_previous_t,
    case
        when combined.month is null
            then {{ share('combined.actual_co2e_t - previous.actual_co2e_t', 'previous.actual_co2e_t') }}
    end as change_from_previous
from combined
cross join base
left join combined as previous
    on combined.month is null and previous.month is null and combined.year = previous.year + 1
left join bases
    on combined.year = bases.year
cross join organization
