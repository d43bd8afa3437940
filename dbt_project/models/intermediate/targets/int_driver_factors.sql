-- One row per pair of calculated years, facility, part of its Scope 1 + 2 (energy, other) and factor of it. The factors of a part
-- multiply to its tonnes in both years: output x energy per output x carbon per energy (location-based) x what instruments made of it
-- x the share that counts; other sources: output x emissions per output x share. A factor that cannot be known in a year stands as in
-- the other one, and so does every factor but the share of a facility that was not there. DOUBLE: they only go into logarithms.
{{ config(materialized='view') }}
with

organization as (

    select * from {{ ref('int_organization') }}

),

complete_years as (

    select year from {{ ref('int_scope12_years') }} where months_covered = 12

),

pairs as (

    select one.year as from_year, two.year as to_year
    from complete_years as one
    inner join complete_years as two
        on one.year < two.year

),

tonnes as (

    select
        cast(extract(year from emissions.period) as integer) as year,
        emissions.facility_id,
        case
            when emissions.scope = 2 or emissions.source_class in ('stationary_combustion', 'mobile_combustion') then 'energy'
            else 'other'
        end as part,
        sum(case
            when emissions.scope = 1 or emissions.scope2_method = 'location' then emissions.gross_co2e_kg
        end) as location_kg,
        sum(case
            when emissions.scope = 1 or emissions.scope2_method = organization.target_scope2_method then emissions.gross_co2e_kg
        end) as gross_kg,
        {{ tonnes('sum(case
            when emissions.scope = 1 or emissions.scope2_method = organization.target_scope2_method then emissions.co2e_kg
        end)') }} as co2e_t
    from {{ ref('int_line_sums') }} as emissions
    cross join organization
    where emissions.scope in (1, 2)
    group by 1, 2, 3

),

energy as (

    select cast(extract(year from period) as integer) as year, facility_id, sum(energy_gj) as energy_gj
    from {{ ref('int_energy') }}
    group by 1, 2

),

-- Where a facility has neither emissions nor energy in a year, it was not there.
present as (

    select year, facility_id from tonnes
    union
    select year, facility_id from energy

),

-- Output in one dimension, such as power: a facility that counts in several is compared in what it has in both years.
output as (

    select year, facility_id, dimension, sum(cast(quantity as double) * cast(unit_to_base as double)) as quantity
    from {{ ref('int_production_years') }}
    group by year, facility_id, dimension

),

places as (

    select distinct pairs.from_year, pairs.to_year, tonnes.facility_id, tonnes.part
    from pairs
    inner join tonnes
        on tonnes.year in (pairs.from_year, pairs.to_year)

),

outputs as (

    select
        places.from_year, places.to_year, places.facility_id, places.part, one.dimension,
        one.quantity as q0, two.quantity as q1,
        row_number() over (
            partition by places.from_year, places.to_year, places.facility_id, places.part
            order by one.quantity * two.quantity desc, one.dimension
        ) as preference
    from places
    inner join output as one
        on places.from_year = one.year and places.facility_id = one.facility_id
    inner join output as two
        on places.to_year = two.year and places.facility_id = two.facility_id and one.dimension = two.dimension
    where one.quantity > 0 and two.quantity > 0

),

wide as (

    select
        places.*,
        coalesce(one.co2e_t, 0) as t0,
        coalesce(two.co2e_t, 0) as t1,
        cast(coalesce(one.gross_kg, 0) as double) as g0,
        cast(coalesce(two.gross_kg, 0) as double) as g1,
        cast(coalesce(one.location_kg, 0) as double) as l0,
        cast(coalesce(two.location_kg, 0) as double) as l1,
        cast(coalesce(energy_one.energy_gj, 0) as double) as e0,
        cast(coalesce(energy_two.energy_gj, 0) as double) as e1,
        outputs.q0,
        outputs.q1,
        present_one.year is not null as is_there0,
        present_two.year is not null as is_there1
    from places
    left join tonnes as one
        on places.from_year = one.year and places.facility_id = one.facility_id and places.part = one.part
    left join tonnes as two
        on places.to_year = two.year and places.facility_id = two.facility_id and places.part = two.part
    left join energy as energy_one
        on places.from_year = energy_one.year and places.facility_id = energy_one.facility_id
    left join energy as energy_two
        on places.to_year = energy_two.year and places.facility_id = energy_two.facility_id
    left join present as present_one
        on places.from_year = present_one.year and places.facility_id = present_one.facility_id
    left join present as present_two
        on places.to_year = present_two.year and places.facility_id = present_two.facility_id
    left join outputs
        on
            places.from_year = outputs.from_year and places.to_year = outputs.to_year
            and places.facility_id = outputs.facility_id and places.part = outputs.part and outputs.preference = 1

),

-- Without output in both years the change of activity stands with energy per output; without energy, or without location-based
-- tonnes, where there are tonnes, the same way one step on.
levels as (

    select
        from_year, to_year, facility_id, part, is_there0, is_there1, t0, t1, g0, g1,
        q0 is not null as has_output,
        coalesce(q0, 1) as q0,
        coalesce(q1, 1) as q1,
        case when has_energy then e0 else case when has_location then l0 else g0 end end as e0,
        case when has_energy then e1 else case when has_location then l1 else g1 end end as e1,
        case when has_location then l0 else g0 end as l0,
        case when has_location then l1 else g1 end as l1,
        least(t0, t1, g0, g1, l0, l1) >= 0 as is_decomposable
    from (
        select
            *,
            part = 'energy' and (e0 > 0 or (l0 = 0 and g0 = 0)) and (e1 > 0 or (l1 = 0 and g1 = 0)) as has_energy,
            part = 'energy' and (l0 > 0 or g0 = 0) and (l1 > 0 or g1 = 0) as has_location
        from wide
    ) as known

),

{#- Each factor is a quotient of two levels; one over nothing stands as in the other year. -#}
{%- set quotients = {
    'energy_per_output': ('e', 'q'), 'carbon_per_energy': ('l', 'e'), 'instruments': ('g', 'l'), 'boundary': ('t', 'g')
} %}

factors as (

    select from_year, to_year, facility_id, part, has_output, is_decomposable, t0, t1, 'output' as factor, q0 as x0, q1 as x1
    from levels
    {%- for factor, (above, below) in quotients.items() %}
    union all
    select
        from_year, to_year, facility_id, part, has_output, is_decomposable, t0, t1, '{{ factor }}',
        {%- for year, other in [('0', '1'), ('1', '0')] %}
        {%- set quotient = 'cast(' ~ above ~ '%s as double)' ~ (' * 1000' if above == 't' else '') ~ ' / nullif(cast(' ~ below ~ '%s as double), 0)' %}
        {#- A facility that is there in one year only came or went: that is its boundary, and nothing else of it changed. #}
        case
            when is_there{{ year }} then coalesce({{ quotient | replace('%s', year) }}, {{ quotient | replace('%s', other) }}, 1.0)
            else {{ '0.0' if factor == 'boundary' else 'coalesce(' ~ quotient | replace('%s', other) ~ ', 1.0)' }}
        end{{ ',' if year == '0' }}
        {%- endfor %}
    from levels
    {%- endfor %}

),

-- A facility that was bought, sold or merged, and nothing else of the kind.
events as (

    select facility_id, min(kind) as kind
    from (
        select distinct facility_id, kind
        from {{ source('raw', 'reference_base_year_events') }}
        where kind in ('acquisition', 'divestiture', 'merger') and withdrawn_reason is null
    ) as known
    group by facility_id
    having count(*) = 1

),

named as (

    select
        from_year,
        to_year,
        facility_id,
        part,
        case
            when not is_decomposable then 'not_decomposed'
            when part = 'other' and factor not in ('output', 'boundary') then 'other_sources_per_output'
            else factor
        end as driver,
        has_output,
        t0,
        t1,
        x0,
        x1
    from factors
    -- Other sources have no energy of their own: what they emit per output is one factor, and below zero nothing is decomposed.
    where
        (is_decomposable or factor = 'output')
        and (part = 'energy' or factor not in ('carbon_per_energy', 'instruments'))

)

select
    named.*,
    coalesce(by_event.cdp_reason, causes.cdp_reason) as cdp_reason
from named
left join {{ ref('restatement_causes') }} as causes
    on named.driver = causes.cause and causes.event_kind is null
left join events
    on named.facility_id = events.facility_id
left join {{ ref('restatement_causes') }} as by_event
    on named.driver = by_event.cause and events.kind = by_event.event_kind
