-- The figure of a base year that was closed is the one that was closed first until an event of base_year_events.csv changes it: what was
-- closed, what is held as reported, and the events between them and the base of the trend.
{{ config(meta={'dagster': {'ref': {'name': 'organization'}}}) }}

select
    closed.close_id,
    closed.base_co2e_t,
    organization.base_as_reported_co2e_t,
    organization.base_co2e_t as base_of_the_trend_t,
    events.recalculated_t
from {{ ref('organization') }} as organization
inner join (
    select *, row_number() over (partition by year, target_scope2_method order by number) as place
    from {{ source('raw', 'closes') }}
    where action = 'close' and base_co2e_t is not null
) as closed
    on
        organization.base_year = closed.year
        and closed.place = 1
        and organization.target_scope2_method = closed.target_scope2_method
cross join (
    select coalesce(sum(delta_base_co2e_t), 0) as recalculated_t from {{ ref('base_year_events') }} where is_recalculated
) as events
where
    closed.base_co2e_t is distinct from organization.base_as_reported_co2e_t
    or organization.base_co2e_t
    is distinct from cast(closed.base_co2e_t + cast(events.recalculated_t as decimal(28, 9)) as decimal(38, 18))
