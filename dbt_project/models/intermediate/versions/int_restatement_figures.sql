-- One row per pair of versions of a year, scope, Scope 2 method, category and cause: what changed in the figures that were reported, t CO2e.
-- A figure was corrected, or stands in one of the two only. What a scope changed by and its categories do not is a row without category,
-- so that rows sum to the change of the scope. A view: the mart of the bridge reads it, and `compare` reads it over any two versions.
{{ config(materialized='view') }}
with

closes as (

    select
        'close:' || close_id as version_id, close_id, year, version,
        version = max(version) over (partition by year) as is_last
    from {{ source('raw', 'closes') }}
    where action = 'close'

),

pairs as (

    select former.version_id as from_version, later.version_id as to_version, former.year
    from closes as former
    inner join closes as later
        on former.year = later.year and later.version = former.version + 1
    union all
    select version_id, 'current', year from closes where is_last

),

figures as (

    select closes.version_id, closes.year, closed.scope, closed.scope2_method, closed.ghg_protocol_category, closed.co2e_t
    from {{ source('raw', 'closed_figures') }} as closed
    inner join closes
        on closed.close_id = closes.close_id
    where closed.basis = 'reported' and closed.facility_id is null
    union all
    select 'current', year, scope, scope2_method, cast(null as integer), sum(co2e_t)
    from {{ ref('scope_emissions') }}
    where basis = 'reported' and year in (select year from closes)
    group by year, scope, scope2_method
    union all
    select 'current', year, scope, scope2_method, ghg_protocol_category, sum(co2e_t)
    from {{ ref('category_emissions') }}
    where
        basis = 'reported' and ghg_protocol_category is not null and co2e_t is not null
        and year in (select year from closes)
    group by year, scope, scope2_method, ghg_protocol_category

),

sides as (

    select pairs.from_version, pairs.to_version, 'from' as side, figures.*
    from pairs
    inner join figures
        on pairs.from_version = figures.version_id and pairs.year = figures.year
    union all
    select pairs.from_version, pairs.to_version, 'to', figures.*
    from pairs
    inner join figures
        on pairs.to_version = figures.version_id and pairs.year = figures.year

),

compared as (

    select
        from_version,
        to_version,
        year,
        scope,
        scope2_method,
        ghg_protocol_category,
        case
            when count(distinct side) = 2 then 'corrected'
            when max(side) = 'to' then 'new_activity'
            else 'withdrawn'
        end as cause,
        sum(case when side = 'to' then co2e_t else -co2e_t end) as change_t
    from sides
    group by from_version, to_version, year, scope, scope2_method, ghg_protocol_category

),

by_category as (

    select from_version, to_version, year, scope, scope2_method, sum(change_t) as change_t
    from compared
    where ghg_protocol_category is not null
    group by from_version, to_version, year, scope, scope2_method

),

moved as (

    select * from compared where ghg_protocol_category is not null
    union all
    select
        whole.from_version, whole.to_version, whole.year, whole.scope, whole.scope2_method, cast(null as integer), whole.cause,
        whole.change_t - coalesce(parts.change_t, 0)
    from compared as whole
    left join by_category as parts
        on
            whole.from_version = parts.from_version and whole.to_version = parts.to_version
            and whole.year = parts.year and whole.scope = parts.scope
            and coalesce(whole.scope2_method, '') = coalesce(parts.scope2_method, '')
    where whole.ghg_protocol_category is null

)

select
    moved.from_version,
    moved.to_version,
    moved.year,
    moved.scope,
    moved.scope2_method,
    moved.ghg_protocol_category,
    moved.cause,
    causes.cdp_reason,
    cast(moved.change_t as decimal(38, 21)) as co2e_t
from moved
inner join {{ ref('restatement_causes') }} as causes
    on moved.cause = causes.cause and causes.event_kind is null
where moved.change_t <> 0
