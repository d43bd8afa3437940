-- The figure of a base year that was closed is the closed one until an event of base_year_events.csv changes it: what was closed, what is
-- held as reported, and the events between them and the base of the trend.
{{ config(meta={'dagster': {'ref': {'name': 'organization'}}}) }}

select
    closed.close_id,
    closed.base_co2e_t,
    organization.base_as_reported_co2e_t,
    organization.base_co2e_t as base_of_the_trend_t,
    events.recalculated_t
from {{ ref('organization') }} as organization
inner join (
    select *, row_number() over (partition by year order by number desc) as recency
    from {{ source('raw', 'closes') }}
) as closed
    on
        organization.base_year = closed.year
        and closed.recency = 1
        and closed.action = 'close'
        and organization.target_scope2_method = closed.target_scope2_method
cross join (
    select coalesce(sum(delta_base_co2e_t), 0) as recalculated_t from {{ ref('base_year_events') }} where is_recalculated
) as events
where
    closed.base_co2e_t is not null
    and (
        closed.base_co2e_t is distinct from organization.base_as_reported_co2e_t
        or organization.base_co2e_t
        is distinct from cast(closed.base_co2e_t + cast(events.recalculated_t as decimal(28, 9)) as decimal(38, 18))
    )
