-- One row per facility interval and geography that a factor may be found under; lower search_rank is nearer:
-- the facility, its grid region and that region's parents, its country and its parents, WORLD.
-- A facility lies somewhere before it is acquired, too: its first interval reaches back without end, and every interval
-- on to the next one. Whether its activity counts is for int_consolidation_shares to say.
with recursive

facilities as (

    select
        facility_id,
        grid_region,
        country,
        case
            when row_number() over (partition by facility_id order by valid_from) = 1 then date '1900-01-01'
            else valid_from
        end as valid_from,
        coalesce(
            cast({{ dbt.dateadd('day', -1, 'lead(valid_from) over (partition by facility_id order by valid_from)') }} as date),
            {{ open_end() }}
        ) as valid_to
    from {{ ref('int_facilities') }}

),

ancestors as (

    select geography, geography as ancestor, 0 as distance
    from (
        select grid_region as geography from {{ ref('int_facilities') }} where grid_region is not null
        union
        select country as geography from {{ ref('int_facilities') }} where country is not null
    ) as named
    union all
    select ancestors.geography, parents.parent as ancestor, ancestors.distance + 1
    from ancestors
    inner join {{ ref('int_geographies') }} as parents
        on ancestors.ancestor = parents.geography
    where ancestors.distance < 10

),

chains as (

    select facility_id, valid_from, valid_to, facility_id as geography, 0 as search_rank, 'facility' as level
    from facilities
    union all
    select
        facilities.facility_id, facilities.valid_from, facilities.valid_to, ancestors.ancestor,
        1 + ancestors.distance, 'geography'
    from facilities
    inner join ancestors on facilities.grid_region = ancestors.geography
    union all
    select
        facilities.facility_id, facilities.valid_from, facilities.valid_to, ancestors.ancestor,
        20 + ancestors.distance, 'geography'
    from facilities
    inner join ancestors on facilities.country = ancestors.geography
    union all
    select facility_id, valid_from, valid_to, 'WORLD', 90, 'geography'
    from facilities

)

select
    facility_id,
    valid_from,
    valid_to,
    geography,
    min(case when geography = 'WORLD' then 90 else search_rank end) as search_rank,
    min(level) as level
from chains
group by facility_id, valid_from, valid_to, geography
