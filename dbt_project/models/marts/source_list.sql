-- One row per year, facility and source of the catalogue: present with its tonnes, declared absent, or not yet answered.
with

facility_years as (

    select distinct years.year, facilities.facility_id
    from (
        select distinct cast(extract(year from period) as integer) as year from {{ ref('int_activity_segments') }}
    ) as years
    inner join {{ ref('int_facilities') }} as facilities
        on
            facilities.valid_from <= make_date(years.year, 12, 31)
            and facilities.valid_to >= make_date(years.year, 1, 1)

),

asked as (

    select distinct
        facility_years.year,
        facility_years.facility_id,
        sources.emission_source,
        sources.name_en,
        sources.name_zh,
        sources.iso_14064_category,
        sources.usual_in
    from facility_years
    cross join {{ ref('int_source_types') }} as sources

),

sent as (

    select
        cast(extract(year from segments.period) as integer) as year,
        segments.facility_id,
        sources.emission_source,
        string_agg(distinct segments.activity_type, ';' order by segments.activity_type) as activity_types
    from {{ ref('int_activity_segments') }} as segments
    inner join {{ ref('int_source_types') }} as sources
        on segments.activity_type = sources.activity_type
    group by extract(year from segments.period), segments.facility_id, sources.emission_source

),

computed as (

    select
        cast(extract(year from emissions.period) as integer) as year,
        emissions.facility_id,
        sources.emission_source,
        {{ tonnes('sum(emissions.co2e_kg)') }} as co2e_t
    from {{ ref('emissions') }} as emissions
    inner join {{ ref('int_source_types') }} as sources
        on emissions.activity_type = sources.activity_type
    cross join {{ ref('int_organization') }} as organization
    where
        emissions.stage = 'direct'
        and coalesce(emissions.scope2_method, organization.target_scope2_method) = organization.target_scope2_method
    group by extract(year from emissions.period), emissions.facility_id, sources.emission_source

),

-- What is said of a facility and a year goes before what is said of all.
declared as (

    select
        asked.year,
        asked.facility_id,
        asked.emission_source,
        declarations.reason_en,
        declarations.reason_zh,
        row_number() over (
            partition by asked.year, asked.facility_id, asked.emission_source
            order by
                case when declarations.facility_id is null then 1 else 0 end,
                case when declarations.year is null then 1 else 0 end
        ) as preference
    from asked
    inner join {{ ref('int_source_declarations') }} as declarations
        on
            asked.emission_source = declarations.emission_source
            and (declarations.facility_id is null or asked.facility_id = declarations.facility_id)
            and (declarations.year is null or asked.year = declarations.year)

)

select
    asked.year,
    asked.facility_id,
    asked.emission_source,
    asked.name_en,
    asked.name_zh,
    asked.iso_14064_category,
    case
        when sent.activity_types is not null then 'present'
        when declared.emission_source is not null then 'declared_absent'
        else 'not_answered'
    end as status,
    asked.usual_in,
    sent.activity_types,
    computed.co2e_t,
    declared.reason_en,
    declared.reason_zh
from asked
left join sent
    on
        asked.year = sent.year
        and asked.facility_id = sent.facility_id
        and asked.emission_source = sent.emission_source
left join computed
    on
        asked.year = computed.year
        and asked.facility_id = computed.facility_id
        and asked.emission_source = computed.emission_source
left join declared
    on
        asked.year = declared.year
        and asked.facility_id = declared.facility_id
        and asked.emission_source = declared.emission_source
        and declared.preference = 1
