-- One row per instrument, stretch of a facility's month that it serves (with or without a supplier's factor), and step of the
-- waterfall: first the facility that it names, then the other facilities of its base, then its country, then the other
-- countries of its market; within a step over the days of its claim, what no supplier's factor covers first. Beyond the facility that it names, an instrument serves only what is inside the boundary:
-- the organisation's certificates do not lower what others emit.
with recursive

eligible as (

    select
        instruments.activity_id,
        instruments.instrument_id,
        instruments.instrument_type,
        instruments.facility_id,
        instruments.country,
        coalesce(markets.market, instruments.country) as market,
        markets.market is not null as is_shared_market,
        instruments.claim_start,
        instruments.claim_end,
        instruments.quantity_mwh
    from {{ ref('int_instruments') }} as instruments
    left join {{ ref('int_electricity_markets') }} as markets
        on instruments.country = markets.country
    where instruments.failed_criterion is null

),

demand as (

    select demand.*, coalesce(markets.market, demand.country) as market
    from {{ ref('int_electricity_demand') }} as demand
    left join {{ ref('int_electricity_markets') }} as markets
        on demand.country = markets.country

),

bases as (

    select facilities.facility_id, max(facilities.base) as base, max(coalesce(markets.market, facilities.country)) as market
    from {{ ref('int_facilities') }} as facilities
    left join {{ ref('int_electricity_markets') }} as markets
        on facilities.country = markets.country
    group by facilities.facility_id

),

facility_cells as (

    select facility_id as pool, facility_id, period, factor_date, has_supplier_factor, demand_mwh as open_mwh
    from demand

),

-- Same market: an instrument of another one serves nobody.
facility_supply as (

    select
        eligible.facility_id as pool, eligible.activity_id, eligible.instrument_id, eligible.claim_start, eligible.claim_end,
        eligible.quantity_mwh as available_mwh
    from eligible
    inner join bases on eligible.facility_id = bases.facility_id and eligible.market = bases.market

),

{{ waterfall_step('facility_cells', 'facility_supply') }},
{%- for step, key in [('base', 'base'), ('country', 'country'), ('market', 'market')] %}
{%- set steps_before = ['facility', 'base', 'country'][:loop.index] %}

after_{{ steps_before[-1] }} as (

    select activity_id, sum(allocated_mwh) as allocated_mwh
    from turns_{{ steps_before[-1] }}_supply
    where activity_id is not null
    group by activity_id

),

{{ steps_before[-1] }}_served as (

    select facility_id, period, factor_date, has_supplier_factor, sum(allocated_mwh) as allocated_mwh
    from turns_{{ steps_before[-1] }}_supply
    group by facility_id, period, factor_date, has_supplier_factor

),

{{ step }}_cells as (

    select
        {{ "demand.market || '|' || demand.base" if step == 'base' else 'demand.' ~ step }} as pool,
        demand.facility_id,
        demand.period,
        demand.factor_date,
        demand.has_supplier_factor,
        demand.demand_mwh{% for before in steps_before %} - coalesce({{ before }}_served.allocated_mwh, 0){% endfor %} as open_mwh
    from demand
    {%- for before in steps_before %}
    left join {{ before }}_served
        on
            demand.facility_id = {{ before }}_served.facility_id and demand.period = {{ before }}_served.period
            and demand.factor_date = {{ before }}_served.factor_date
            and demand.has_supplier_factor = {{ before }}_served.has_supplier_factor
    {%- endfor %}
    where demand.is_in_boundary{{ ' and demand.base is not null' if step == 'base' }}

),

{{ step }}_supply as (

    select
        {{ "eligible.market || '|' || bases.base" if step == 'base' else 'eligible.' ~ step }} as pool,
        eligible.activity_id, eligible.instrument_id, eligible.claim_start, eligible.claim_end,
        eligible.quantity_mwh{% for before in steps_before %} - coalesce(after_{{ before }}.allocated_mwh, 0){% endfor %}
            as available_mwh
    from eligible
    {%- if step == 'base' %}
    inner join bases on eligible.facility_id = bases.facility_id and eligible.market = bases.market
    {%- endif %}
    {%- for before in steps_before %}
    left join after_{{ before }} on eligible.activity_id = after_{{ before }}.activity_id
    {%- endfor %}
    -- What is generated on site reaches no other site.
    where eligible.instrument_type <> 'on_site'
    {{- {'base': ' and bases.base is not null', 'market': ' and eligible.is_shared_market'}.get(step, '') }}

),

{{ waterfall_step(step ~ '_cells', step ~ '_supply') }},
{%- endfor %}

steps as (

    {%- for step in ['facility', 'base', 'country', 'market'] %}
    {{ 'union all' if not loop.first }}
    select
        activity_id, facility_id, period, factor_date, has_supplier_factor, allocated_mwh, {{ loop.index }} as step, '{{ step }}' as step_name
    from turns_{{ step }}_supply
    {%- endfor %}

)

select
    activity_id,
    facility_id,
    period,
    factor_date,
    has_supplier_factor,
    step,
    step_name,
    allocated_mwh
from steps
where activity_id is not null and allocated_mwh > 0
