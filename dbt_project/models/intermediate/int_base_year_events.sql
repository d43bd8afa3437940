-- One row per event of base_year_events.csv: by how much it changes Scope 1 + 2 of the base year, as given, else computed
-- from the facility's own base-year data (Corporate Standard, chapter 5); empty where neither is possible.
with

organization as (

    select * from {{ ref('stg_organization') }}

),

-- A facility's base-year lines: inside the boundary with its share, or on days before or after it belonged to it.
base_year_lines as (

    select
        factors.facility_id,
        cast(factors.quantity * cast(
            factors.co2 + factors.ch4 + factors.n2o + factors.hfcs + factors.pfcs + factors.sf6 + factors.nf3
            + factors.unspecified
        as decimal(18, 12)) as decimal(38, 18)) as gross_kg,
        shares.share
    from {{ ref('int_line_factors') }} as factors
    cross join organization
    left join {{ ref('int_consolidation_shares') }} as shares
        on
            factors.facility_id = shares.facility_id
            and shares.boundary_route = 'consolidated'
            and factors.factor_date between shares.valid_from and shares.valid_to
    where
        factors.failure is null
        and factors.stage = 'direct'
        and (
            factors.scope = 1
            or (factors.scope = 2 and factors.scope2_method = organization.target_scope2_method)
        )
        and extract(year from factors.period) = organization.base_year

),

facilities as (

    select
        facility_id,
        sum(case when share is null then gross_kg else 0 end) as outside_kg,
        sum(case when share is not null then cast(cast(gross_kg as decimal(25, 12)) * share as decimal(38, 18)) else 0 end)
            as inside_kg
    from base_year_lines
    group by facility_id

),

-- Published facility figures come before calculated ones, as the base year's total does.
reported as (

    select reported.facility_id, sum(reported.co2e_t) as co2e_t
    from {{ source('raw', 'reference_reported_inventories') }} as reported
    cross join organization
    where
        reported.year = organization.base_year
        and reported.facility_id is not null
        and reported.scope in ('1', '2')
        and coalesce(reported.scope2_method, organization.target_scope2_method) = organization.target_scope2_method
        and reported.ghg_protocol_category is null
        and reported.iso_14064_category is null
        and reported.source_class is null
    group by reported.facility_id
    having count(distinct reported.scope) = 2

)

select
    events.source_row,
    events.event_id,
    events.kind,
    events.facility_id,
    events.effective_on,
    events.delta_base_co2e_t is null as is_computed,
    cast(case
        when events.delta_base_co2e_t is not null then events.delta_base_co2e_t
        when events.kind = 'acquisition'
            then cast(cast(facilities.outside_kg as decimal(25, 12)) * shares.share as decimal(38, 18)) * 0.001
        when events.kind in ('divestiture', 'outsourcing')
            then -coalesce(cast(reported.co2e_t as decimal(38, 21)), facilities.inside_kg * 0.001)
    end as decimal(28, 9)) as delta_t
from {{ source('raw', 'reference_base_year_events') }} as events
left join facilities
    on events.facility_id = facilities.facility_id
left join reported
    on events.facility_id = reported.facility_id
left join {{ ref('int_consolidation_shares') }} as shares
    on
        events.facility_id = shares.facility_id
        and shares.boundary_route = 'consolidated'
        and events.effective_on between shares.valid_from and shares.valid_to
