-- One row per abatement measure and year from its start to the last year with figures: expected and realised reduction. Outside
-- every total: what a measure does is in the activity data already. Electricity saved or replaced counts with the location-based rate
-- of the facility's grid electricity in the year (of the organisation's, where the measure names no facility).
with

declared as (

    select * from {{ ref('int_measures') }} where year is null

),

stated as (

    select * from {{ ref('int_measures') }} where year is not null

),

-- A running year counts to the end of its last month with data, on both sides.
last_month as (

    select
        cast(extract(year from max(period)) as integer) as year,
        {{ dbt.last_day('max(period)', 'month') }} as month_end
    from {{ ref('int_line_sums') }}
    where scope in (1, 2)

),

years as (

    select
        declared.*,
        last_month.month_end,
        cast(extract(year from declared.started_on) + numbers.i as integer) as in_year
    from declared
    cross join last_month
    cross join (select cast(i as integer) as i from range(0, 200) as numbers_from_zero(i)) as numbers
    where
        extract(year from declared.started_on) + numbers.i <= last_month.year
        and (declared.ended_on is null or extract(year from declared.started_on) + numbers.i <= extract(year from declared.ended_on))

),

bounds as (

    select
        *,
        cast(cast(in_year as string) || '-01-01' as date) as year_start,
        cast(cast(in_year as string) || '-12-31' as date) as year_end,
        least(coalesce(ended_on, month_end), month_end, cast(cast(in_year as string) || '-12-31' as date)) as last_day
    from years

),

-- Of a year in which a measure begins or ends, the days on which it worked.
worked as (

    select
        *,
        cast({{ exact_quotient(
            days_inclusive('greatest(started_on, year_start)', 'last_day'),
            days_inclusive('year_start', 'year_end')
        ) }} as decimal(19, 18)) as year_share
    from bounds

),

lines as (

    select
        cast(extract(year from period) as integer) as year,
        facility_id,
        activity_type,
        unit,
        sum(quantity) as quantity,
        sum(gross_co2e_kg) as gross_kg
    from {{ ref('int_line_sums') }}
    where stage = 'direct' and (scope2_method is null or scope2_method = 'location')
    group by 1, 2, 3, 4

),

rates as (

    select year, facility_id, {{ exact_quotient('sum(gross_kg)', 'sum(quantity)') }} as kg_per_mwh
    from lines
    where activity_type = 'grid_electricity' and unit = 'MWh'
    group by year, facility_id
    union all
    select year, cast(null as string), {{ exact_quotient('sum(gross_kg)', 'sum(quantity)') }}
    from lines
    where activity_type = 'grid_electricity' and unit = 'MWh'
    group by year

),

valued as (

    select
        worked.measure_id, worked.name_en, worked.name_zh, worked.facility_id, worked.in_year, worked.document, worked.year_share,
        {{ share_of_value('worked.expected_t', 'worked.year_share') }} as given_expected_t,
        {{ share_of_value('worked.expected_mwh', 'worked.year_share') }} as expected_mwh,
        stated.realised_t,
        coalesce(cast(stated.realised_mwh as decimal(38, 18)), cast(measured.quantity as decimal(38, 18))) as realised_mwh,
        rates.kg_per_mwh
    from worked
    left join stated
        on worked.measure_id = stated.measure_id and worked.in_year = stated.year
    left join (
        select year, facility_id, activity_type, sum(quantity) as quantity
        from lines
        where unit = 'MWh'
        group by year, facility_id, activity_type
    ) as measured
        on
            worked.facility_id = measured.facility_id and worked.in_year = measured.year
            and worked.measured_activity_type = measured.activity_type
    left join rates
        on worked.in_year = rates.year and coalesce(worked.facility_id, '') = coalesce(rates.facility_id, '')

)

select
    cast(measure_id as string) as measure_id,
    in_year as year,
    cast(name_en as string) as name_en,
    cast(name_zh as string) as name_zh,
    cast(facility_id as string) as facility_id,
    cast(expected_mwh as decimal(28, 9)) as expected_mwh,
    cast(realised_mwh as decimal(28, 9)) as realised_mwh,
    cast(kg_per_mwh as decimal(28, 12)) as kg_per_mwh,
    cast(coalesce(
        given_expected_t, {{ exact_product('expected_mwh', 'kg_per_mwh') }} * cast(0.001 as decimal(4, 3))
    ) as decimal(28, 9)) as expected_t,
    cast(coalesce(
        cast(realised_t as decimal(38, 18)), {{ exact_product('realised_mwh', 'kg_per_mwh') }} * cast(0.001 as decimal(4, 3))
    ) as decimal(28, 9)) as realised_t,
    cast(document as string) as document
from valued
