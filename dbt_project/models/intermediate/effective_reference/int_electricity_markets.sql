-- One row per country whose market for electricity certificates is larger than itself. A row of the workspace replaces the
-- shared one.
with

own as (

    select country, market from {{ source('raw', 'reference_electricity_markets') }}

)

select country, market from own
union all
select shared.country, shared.market
from {{ ref('electricity_markets') }} as shared
where not exists (select 1 from own where own.country = shared.country)
