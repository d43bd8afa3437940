-- One row per year, month, facility, scope, category, source class, activity type and unit: the calculated inventory, in which any
-- sum is a total. `co2e_t` has Scope 2 in the organisation's method, the two methods stand in columns beside it; the quantity
-- counts once, whatever is calculated from it.
with

lines as (

    select
        emissions.period,
        emissions.facility_id,
        emissions.scope,
        emissions.ghg_protocol_category,
        emissions.iso_14064_category,
        emissions.source_class,
        emissions.activity_type,
        emissions.unit,
        -- Empty where the method has no figure: no table has a location-based factor for what a contract or a supplier supplies.
        sum(case
            when emissions.scope2_method is null or emissions.scope2_method = organization.target_scope2_method
                then emissions.co2e_kg
        end) as co2e_kg,
        sum(case
            when emissions.scope2_method is null or emissions.scope2_method = 'location' then emissions.co2e_kg
        end) as location_kg,
        sum(case
            when emissions.scope2_method is null or emissions.scope2_method = 'market' then emissions.co2e_kg
        end) as market_kg,
        -- Upstream emissions, losses and the location-based line are of the same quantity as the market-based slices, which
        -- are always there; like its emissions it counts with the share that the organisation accounts for, in the boundary
        -- or beyond it.
        sum(case
            when emissions.stage = 'direct' and coalesce(emissions.scope2_method, 'market') = 'market'
                then emissions.accounted_quantity
        end) as quantity
    from {{ ref('int_line_sums') }} as emissions
    cross join {{ ref('int_organization') }} as organization
    where emissions.scope is not null
    group by
        emissions.period, emissions.facility_id, emissions.scope, emissions.ghg_protocol_category,
        emissions.iso_14064_category, emissions.source_class, emissions.activity_type, emissions.unit

),

-- The name that the facility carried last; a facility can have a row per interval of ownership.
names as (

    select
        facility_id,
        facility_name,
        facility_name_zh,
        base,
        row_number() over (partition by facility_id order by valid_from desc) as recency
    from {{ ref('int_facilities') }}

)

select
    cast(extract(year from lines.period) as integer) as year,
    cast(extract(month from lines.period) as integer) as month,
    lines.period,
    lines.facility_id,
    names.facility_name,
    names.facility_name_zh,
    names.base,
    lines.scope,
    lines.ghg_protocol_category,
    lines.iso_14064_category,
    lines.source_class,
    lines.activity_type,
    {{ tonnes('lines.co2e_kg') }} as co2e_t,
    {{ tonnes('lines.location_kg') }} as co2e_location_t,
    {{ tonnes('lines.market_kg') }} as co2e_market_t,
    cast(lines.quantity as decimal(28, 6)) as quantity,
    cast(case when lines.quantity is not null then lines.unit end as string) as unit
from lines
left join names
    on lines.facility_id = names.facility_id and names.recency = 1
