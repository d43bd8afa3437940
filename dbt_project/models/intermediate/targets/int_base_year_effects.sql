-- One row per event, year, scope, Scope 2 method and GHG Protocol category that it changes: by how much, from the lines of the facility
-- in that year, kg CO2e. The base year and the years until the event alike: what a facility emitted before it came is added with
-- the share it came with, what it emitted before it left is taken away. Of an event whose tonnes are given, those where it says of
-- which scope they are.
with

organization as (

    select * from {{ ref('int_organization') }}

),

base_year_lines as (

    select
        factors.facility_id,
        factors.factor_date,
        cast(extract(year from factors.period) as integer) as year,
        factors.scope,
        factors.scope2_method,
        factors.ghg_protocol_category,
        {{ line_product('factors.quantity', 'factors.quantity_rest', 'cast(factors.co2 + factors.ch4 + factors.n2o + factors.hfcs + factors.pfcs'
            ~ ' + factors.sf6 + factors.nf3 + factors.unspecified as decimal(18, 12))', 'factors.factor_units') }} as gross_kg,
        coalesce(shares.share, 0) as share
    from {{ ref('int_line_factors') }} as factors
    cross join organization
    left join {{ ref('int_consolidation_shares') }} as shares
        on
            factors.facility_id = shares.facility_id
            and shares.boundary_route = 'consolidated'
            and factors.factor_date between shares.valid_from and shares.valid_to
    where
        factors.failure is null
        and (
            (factors.scope = 1 and factors.stage = 'direct')
            or (factors.scope = 2 and factors.stage = 'direct')
            or factors.scope = 3
        )
        and extract(year from factors.period) >= organization.base_year
        and factors.facility_id in (select facility_id from {{ source('raw', 'reference_base_year_events') }})

),

{{ base_year_event_steps(['year', 'scope', 'scope2_method', 'ghg_protocol_category']) }}

effects as (

    select
        source_row,
        year,
        scope,
        scope2_method,
        ghg_protocol_category,
        sum(cast(
            cast(gross_kg as decimal(25, 12)) * cast(share_after - share_before as decimal(13, 12))
        as decimal(38, 18))) as co2e_kg
    from line_changes
    group by source_row, year, scope, scope2_method, ghg_protocol_category

)

select effects.*
from effects
inner join {{ source('raw', 'reference_base_year_events') }} as events
    on effects.source_row = events.source_row and events.delta_base_co2e_t is null
where effects.co2e_kg <> 0
union all
-- Tonnes that are given, where the event says of which scope.
select
    events.source_row,
    organization.base_year,
    cast(events.scope as integer),
    case when events.scope = '2' then organization.target_scope2_method end,
    events.ghg_protocol_category,
    cast(events.delta_base_co2e_t * 1000 as decimal(38, 18))
from {{ source('raw', 'reference_base_year_events') }} as events
cross join organization
where
    events.delta_base_co2e_t <> 0 and events.scope is not null
    and not coalesce({{ is_before_base_year('events', 'organization.base_year') }}, false)
