-- The drivers of two years sum to the change of calculated Scope 1 + 2 between them, by facility and for the organisation, to the ninth
-- decimal of a tonne, which is what their figures have.
{{ config(meta={'dagster': {'ref': {'name': 'emission_drivers'}}}) }}

with

facilities as (

    select
        from_year,
        to_year,
        facility_id,
        min(from_co2e_t) as from_co2e_t,
        max(from_co2e_t) as other_from_co2e_t,
        min(to_co2e_t) as to_co2e_t,
        max(to_co2e_t) as other_to_co2e_t,
        sum(effect_t) as effect_t
    from {{ ref('emission_drivers') }}
    group by from_year, to_year, facility_id

),

organisation as (

    select from_year, to_year, count(*) as facilities, sum(from_co2e_t) as from_co2e_t, sum(to_co2e_t) as to_co2e_t, sum(effect_t) as effect_t
    from facilities
    group by from_year, to_year

),

years as (

    select year, calculated_co2e_t from {{ ref('int_scope12_years') }} where months_covered = 12

)

select from_year, to_year, facility_id, from_co2e_t, to_co2e_t, effect_t
from facilities
where
    from_co2e_t <> other_from_co2e_t
    or to_co2e_t <> other_to_co2e_t
    or effect_t <> to_co2e_t - from_co2e_t
union all
-- Each facility's part is rounded to the ninth decimal once.
select one.year, two.year, 'all', one.calculated_co2e_t, two.calculated_co2e_t, organisation.effect_t
from years as one
inner join years as two
    on one.year < two.year
left join organisation
    on one.year = organisation.from_year and two.year = organisation.to_year
where
    coalesce(abs(organisation.from_co2e_t - one.calculated_co2e_t), 1) > 0.000000002 * coalesce(organisation.facilities, 1)
    or abs(organisation.to_co2e_t - two.calculated_co2e_t) > 0.000000002 * organisation.facilities
