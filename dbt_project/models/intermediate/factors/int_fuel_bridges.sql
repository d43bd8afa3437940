-- One row per fuel context and pair of dimensions: how many base units (MJ, kg, m3, Nm3) of the second one base unit of
-- the first is, over the shortest way through calorific value, density and the 20 degree reference of gas volumes. A way that no fuel
-- goes, as a slip in a calorific value makes it, is none: its rows are not computed, and say so.
with

contexts as (

    select * from {{ ref('int_fuel_contexts') }}

),

edges as (

    select
        facility_id, fuel, fuel_use, factor_date,
        ncv_dimension as from_dimension, 'energy' as to_dimension,
        cast(ncv_mj_per_base_unit as decimal(25, 15)) as factor,
        'NCV ' || {{ plain_number('ncv') }} || ' ' || ncv_unit as bridge
    from contexts
    where ncv_mj_per_base_unit < 1000000000
    union all
    select
        facility_id, fuel, fuel_use, factor_date, 'energy', ncv_dimension,
        cast({{ exact_quotient('1', 'ncv_mj_per_base_unit') }} as decimal(25, 15)),
        'NCV ' || {{ plain_number('ncv') }} || ' ' || ncv_unit
    from contexts
    where ncv_mj_per_base_unit > 0.000000001
    union all
    select
        facility_id, fuel, fuel_use, factor_date, volume_dimension, 'mass',
        cast(kg_per_base_unit as decimal(25, 15)),
        'density ' || {{ plain_number('density') }} || ' ' || density_unit
    from contexts
    where kg_per_base_unit < 1000000000
    union all
    select
        facility_id, fuel, fuel_use, factor_date, 'mass', volume_dimension,
        cast({{ exact_quotient('1', 'kg_per_base_unit') }} as decimal(25, 15)),
        'density ' || {{ plain_number('density') }} || ' ' || density_unit
    from contexts
    where kg_per_base_unit > 0.000000001
    union all
    -- Gas volumes without a stated basis are read at 20 degrees C, 101.325 kPa, the basis of Chinese gas invoices.
    select
        facility_id, fuel, fuel_use, factor_date, 'volume', 'normal_volume',
        cast(0.931776 as decimal(25, 15)), 'm3 at 20 C x 0.931776 = Nm3'
    from contexts
    where carrier_class = 'gas'
    union all
    select
        facility_id, fuel, fuel_use, factor_date, 'normal_volume', 'volume',
        cast({{ exact_quotient('1', '0.931776') }} as decimal(25, 15)), 'm3 at 20 C x 0.931776 = Nm3'
    from contexts
    where carrier_class = 'gas'

),

two_steps as (

    select
        one.facility_id, one.fuel, one.fuel_use, one.factor_date, one.from_dimension, two.to_dimension,
        cast(one.factor * two.factor as decimal(25, 15)) as factor,
        one.bridge || ', ' || two.bridge as bridge
    from edges as one
    inner join edges as two
        on
            one.facility_id = two.facility_id and one.fuel = two.fuel and one.fuel_use = two.fuel_use
            and one.factor_date = two.factor_date and one.to_dimension = two.from_dimension
            and one.from_dimension <> two.to_dimension
            and cast(one.factor as double) * cast(two.factor as double) < 10000000

),

three_steps as (

    select
        one.facility_id, one.fuel, one.fuel_use, one.factor_date, one.from_dimension, two.to_dimension,
        cast(one.factor * two.factor as decimal(25, 15)) as factor,
        one.bridge || ', ' || two.bridge as bridge
    from two_steps as one
    inner join edges as two
        on
            one.facility_id = two.facility_id and one.fuel = two.fuel and one.fuel_use = two.fuel_use
            and one.factor_date = two.factor_date and one.to_dimension = two.from_dimension
            and one.from_dimension <> two.to_dimension
            and cast(one.factor as double) * cast(two.factor as double) < 10000000

),

paths as (

    select *, 1 as steps from edges
    union all
    select *, 2 as steps from two_steps
    union all
    select *, 3 as steps from three_steps

),

ranked as (

    select
        paths.*,
        row_number() over (
            partition by facility_id, fuel, fuel_use, factor_date, from_dimension, to_dimension
            order by steps, bridge
        ) as preference
    from paths

),

-- Energy by gross calorific value is that much energy by the net one, and goes on from there.
gross as (

    select
        contexts.facility_id,
        contexts.fuel,
        contexts.fuel_use,
        contexts.factor_date,
        cast(ratios.net_per_gross as decimal(19, 15)) as net_per_gross,
        cast({{ exact_quotient('1', 'ratios.net_per_gross') }} as decimal(19, 15)) as gross_per_net,
        'gross x ' || {{ plain_number('ratios.net_per_gross') }} || ' = net' as bridge
    from contexts
    inner join {{ ref('heating_value_ratios') }} as ratios
        on contexts.carrier_class = ratios.carrier_class

)

select facility_id, fuel, fuel_use, factor_date, from_dimension, to_dimension, factor, bridge
from ranked
where preference = 1
union all
select facility_id, fuel, fuel_use, factor_date, 'gross_energy', 'energy', cast(net_per_gross as decimal(25, 15)), bridge
from gross
union all
select facility_id, fuel, fuel_use, factor_date, 'energy', 'gross_energy', cast(gross_per_net as decimal(25, 15)), bridge
from gross
{%- for from_dimension, to_dimension, factor in [
    ("'gross_energy'", 'ranked.to_dimension', 'gross.net_per_gross'), ('ranked.from_dimension', "'gross_energy'", 'gross.gross_per_net')
] %}
union all
select
    gross.facility_id, gross.fuel, gross.fuel_use, gross.factor_date, {{ from_dimension }}, {{ to_dimension }},
    cast(ranked.factor * {{ factor }} as decimal(25, 15)),
    {{ "gross.bridge || ', ' || ranked.bridge" if loop.first else "ranked.bridge || ', ' || gross.bridge" }}
from gross
inner join ranked
    on
        gross.facility_id = ranked.facility_id and gross.fuel = ranked.fuel and gross.fuel_use = ranked.fuel_use
        and gross.factor_date = ranked.factor_date and ranked.preference = 1
        and ranked.{{ 'from' if loop.first else 'to' }}_dimension = 'energy'
        and cast(ranked.factor as double) < 10000000
{%- endfor %}
