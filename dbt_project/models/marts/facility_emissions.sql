-- One row per month, facility, scope, Scope 2 method and category: calculated tonnes after consolidation.
with

lines as (

    select
        period,
        facility_id,
        scope,
        scope2_method,
        ghg_protocol_category,
        iso_14064_category,
        sum(co2e_kg) as co2e_kg
    from {{ ref('int_line_sums') }}
    where scope is not null
    group by period, facility_id, scope, scope2_method, ghg_protocol_category, iso_14064_category

),

-- The name that the facility carried last; a facility can have a row per interval of ownership.
names as (

    select
        facility_id,
        facility_name,
        facility_name_zh,
        base,
        legal_entity,
        country,
        row_number() over (partition by facility_id order by valid_from desc) as recency
    from {{ ref('int_facilities') }}

)

select
    lines.period,
    lines.facility_id,
    names.facility_name,
    names.facility_name_zh,
    names.base,
    lines.scope,
    lines.scope2_method,
    lines.ghg_protocol_category,
    lines.iso_14064_category,
    {{ tonnes('lines.co2e_kg') }} as co2e_t,
    names.legal_entity,
    names.country
from lines
inner join names
    on lines.facility_id = names.facility_id and names.recency = 1
