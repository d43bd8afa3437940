-- A surplus never makes negative emissions: in no month do instruments serve more of a facility than the electricity that it
-- purchased, and no line is served by more than its quantity, or leaves a part that turns its sign.
{{ config(meta={'dagster': {'ref': {'name': 'int_instrument_allocations'}}}) }}

with

served as (

    select facility_id, period, factor_date, has_supplier_factor, sum(allocated_mwh) as served_mwh
    from {{ ref('int_instrument_allocations') }}
    group by facility_id, period, factor_date, has_supplier_factor

),

over_served as (

    select
        'facility and month' as what,
        served.facility_id as name,
        served.period,
        served.served_mwh,
        coalesce(demand.demand_mwh, 0) as demand_mwh
    from served
    left join {{ ref('int_electricity_demand') }} as demand
        on
            served.facility_id = demand.facility_id and served.period = demand.period
            and served.factor_date = demand.factor_date and served.has_supplier_factor = demand.has_supplier_factor
    where served.served_mwh > coalesce(demand.demand_mwh, 0)

),

over_served_lines as (

    select
        'line' as what,
        slices.activity_id as name,
        min(segments.period) as period,
        sum(slices.quantity) as served_mwh,
        max(segments.quantity) as demand_mwh
    from {{ ref('int_market_slices') }} as slices
    inner join {{ ref('int_activity_segments') }} as segments
        on slices.activity_id = segments.activity_id and slices.segment_start = segments.segment_start
    group by slices.activity_id, slices.segment_start
    having sum(slices.quantity) > max(segments.quantity) or min(slices.quantity) < 0

)

select * from over_served
union all
select * from over_served_lines
