-- Of every activity type of Scope 1 and 2 and year at most estimate_block of the emissions (before consolidation, Scope 2 location-based)
-- may rest on estimates; beyond that nothing is published. A negative total, as a large correction makes it, lifts no limit. A year
-- beside others of which there is no more than a quarter, and of the type one bill of each facility alone, is not judged: it begins or
-- ends the history.
{{ config(meta={'dagster': {'ref': {'name': 'emissions'}}}) }}

with

emitted as (

    select
        cast(extract(year from period) as integer) as year,
        activity_type,
        sum(case when data_quality = 'estimated' then gross_co2e_kg else 0 end) as estimated_kg,
        sum(gross_co2e_kg) as co2e_kg,
        count(distinct activity_id) - count(distinct facility_id) as further_bills
    from {{ ref('emissions') }}
    where
        stage = 'direct'
        and scope in (1, 2)
        and boundary_route = 'consolidated'
        and (scope2_method is null or scope2_method = 'location')
    group by extract(year from period), activity_type

),

known_months as (

    select cast(extract(year from period) as integer) as year, count(distinct period) as months
    from {{ ref('emissions') }}
    where scope in (1, 2)
    group by extract(year from period)

),

shares as (

    select
        *,
        count(*) over (partition by activity_type) as years,
        {{ part_of_total('estimated_kg', 'co2e_kg') }} as estimated_share
    from emitted

)

select
    shares.activity_type,
    shares.year,
    cast(shares.estimated_share as decimal(12, 4)) as estimated_share,
    organization.estimate_block,
    cast(cast(shares.estimated_share * 100 as decimal(12, 2)) as string) || ' % of the emissions of '
    || shares.activity_type || ' in ' || cast(shares.year as string) || ' are estimated; estimate_block is '
    || {{ plain_number('organization.estimate_block * 100') }} || ' %.' as message_en,
    cast(shares.year as string) || ' 年 ' || shares.activity_type || ' 的排放有 '
    || cast(cast(shares.estimated_share * 100 as decimal(12, 2)) as string) || ' % 为估算，超过 estimate_block（'
    || {{ plain_number('organization.estimate_block * 100') }} || ' %）。' as message_zh
from shares
inner join known_months
    on shares.year = known_months.year
cross join {{ ref('int_organization') }} as organization
where
    shares.estimated_share > organization.estimate_block
    and (known_months.months > 3 or shares.further_bills > 0 or shares.years = 1)
