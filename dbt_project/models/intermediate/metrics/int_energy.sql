-- One row per counted activity segment of an energy carrier, with its energy content (before consolidation).
with

carriers as (

    select
        types.activity_type,
        types.source_class,
        types.method,
        types.fuel,
        types.fuel_use,
        coalesce(types.fuel, types.carrier_class) as carrier,
        types.canonical_unit,
        types.activity_type = 'onsite_renewable_electricity' as is_onsite_renewable
    from {{ ref('int_activity_types') }} as types
    where
        types.method in ('fuel_combustion', 'electricity', 'heat')
        -- Sold energy is not consumed.
        and types.activity_type not like 'exported%'

),

-- What a unit of an energy carrier holds is asked once for each place and date, not for each of a million readings.
segments as (

    select
        segments.activity_id,
        segments.period,
        segments.facility_id,
        segments.activity_type,
        segments.factor_date,
        segments.quantity,
        segments.quantity_rest,
        segments.unit,
        coalesce(places.factor_place, segments.facility_id) as factor_place
    from {{ ref('int_activity_segments') }} as segments
    left join {{ ref('int_factor_places') }} as places
        on segments.facility_id = places.facility_id
    where segments.quantity is not null and segments.activity_type in (select activity_type from carriers)

),

needed as (

    select distinct activity_type, factor_place, factor_date, unit from segments

),

content as (

    select
        segments.activity_type,
        segments.factor_place,
        segments.factor_date,
        segments.unit,
        carriers.carrier,
        carriers.source_class,
        carriers.is_onsite_renewable,
        carriers.canonical_unit,
        case
            when canonical.factor is not null then cast(canonical.factor as decimal(18, 12))
            else {{ share(
                'cast(line_units.to_base as decimal(21, 12)) * cast(canonical_bridges.factor as decimal(23, 15))',
                'canonical_units.to_base'
            ) }}
        end as canonical_per_unit,
        case
            when to_gigajoules.factor is not null then cast(to_gigajoules.factor as decimal(18, 12))
            else {{ share(
                'cast(line_units.to_base as decimal(21, 12)) * cast(bridges.factor as decimal(23, 15))', '1000'
            ) }}
        end as gj_per_unit,
        -- The same fuel has the same standard coal in whatever unit it is delivered.
        case
            when coefficient_units.factor is not null
                then cast(cast(coefficient_units.factor as decimal(20, 15)) * coefficients.tce as decimal(18, 12))
            else cast(
                cast({{ exact_quotient(
                    'cast(line_units.to_base as decimal(21, 12)) * cast(coefficient_bridges.factor as decimal(23, 15))',
                    'per_units.to_base'
                ) }} as decimal(20, 15)) * coefficients.tce
            as decimal(18, 12))
        end as tce_per_unit
    from needed as segments
    inner join carriers
        on segments.activity_type = carriers.activity_type
    left join {{ ref('int_units') }} as line_units
        on segments.unit = line_units.unit
    left join {{ ref('int_unit_conversions') }} as to_gigajoules
        on segments.unit = to_gigajoules.from_unit and to_gigajoules.to_unit = 'GJ'
    left join {{ ref('standard_coal_coefficients') }} as coefficients
        on coefficients.activity_carrier = case carriers.method
            when 'electricity' then 'grid_electricity'
            when 'heat' then 'purchased_heat'
            else carriers.fuel
        end
    left join {{ ref('int_unit_conversions') }} as coefficient_units
        on segments.unit = coefficient_units.from_unit and coefficients.per_unit = coefficient_units.to_unit
    left join {{ ref('int_units') }} as per_units
        on coefficients.per_unit = per_units.unit
    left join {{ ref('int_unit_conversions') }} as canonical
        on segments.unit = canonical.from_unit and carriers.canonical_unit = canonical.to_unit
    left join {{ ref('int_units') }} as canonical_units
        on carriers.canonical_unit = canonical_units.unit
    {%- for bridges, to_dimension in {
        'bridges': "'energy'",
        'coefficient_bridges': 'per_units.dimension',
        'canonical_bridges': 'canonical_units.dimension',
    }.items() %}
    left join {{ ref('int_fuel_bridges') }} as {{ bridges }}
        on
            segments.factor_place = {{ bridges }}.facility_id
            and carriers.fuel = {{ bridges }}.fuel
            and carriers.fuel_use = {{ bridges }}.fuel_use
            and segments.factor_date = {{ bridges }}.factor_date
            and line_units.dimension = {{ bridges }}.from_dimension
            and {{ bridges }}.to_dimension = {{ to_dimension }}
    {%- endfor %}

),

per_unit as (

    select
        {{ all_columns_but(['tce_per_unit'], 'content') }},
        -- Where no standard coal coefficient is published for the carrier, 1 tce is 29.3076 GJ (GB/T 2589).
        coalesce(tce_per_unit, {{ share('gj_per_unit', '29.3076') }}) as tce_per_unit
    from content

)

select
    segments.activity_id,
    segments.period,
    segments.facility_id,
    segments.factor_date,
    per_unit.carrier,
    per_unit.source_class,
    per_unit.is_onsite_renewable,
    segments.quantity,
    segments.unit,
    cast(segments.quantity * per_unit.canonical_per_unit as decimal(38, 18)) as canonical_quantity,
    per_unit.canonical_unit,
    {{ line_product('segments.quantity', 'segments.quantity_rest', 'per_unit.gj_per_unit') }} as energy_gj,
    {{ line_product('segments.quantity', 'segments.quantity_rest', 'per_unit.tce_per_unit') }} as energy_tce
from segments
inner join per_unit
    on
        segments.activity_type = per_unit.activity_type
        and segments.factor_place = per_unit.factor_place
        and segments.factor_date = per_unit.factor_date
        and segments.unit = per_unit.unit
