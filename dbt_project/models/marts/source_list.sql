-- One row per year, facility and source of the catalogue: present with its tonnes, declared absent, or not yet answered.
with

facility_years as (

    select years.year, facilities.facility_id
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

-- What the plant makes, by the names of its products and workshops; a word that names none of the kinds says nothing.
made as (

    select
        production.year,
        production.facility_id,
        kinds.kind
    from {{ ref('int_production_years') }} as production
    inner join (
        {%- for kind, words in solar_products().items() %}
        {%- for word in words %}
        select '{{ kind }}' as kind, '{{ word }}' as word
        {% if not loop.last %} union all {% endif %}
        {%- endfor %}
        {% if not loop.last %} union all {% endif %}
        {%- endfor %}
    ) as kinds
        on position(kinds.word in lower(coalesce(production.workshop, '') || ' ' || production.product)) > 0

),

usual as (

    select
        asked.year,
        asked.facility_id,
        asked.emission_source,
        max(case when position(made.kind in asked.usual_in) > 0 then 1 else 0 end) = 1 as is_usual
    from asked
    inner join made
        on asked.year = made.year and asked.facility_id = made.facility_id
    group by asked.year, asked.facility_id, asked.emission_source

),

sent as (

    select
        cast(extract(year from segments.period) as integer) as year,
        segments.facility_id,
        sources.emission_source,
        {{ different_texts('segments.activity_type') }} as activity_types
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
    from {{ ref('int_line_sums') }} as emissions
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
    usual.is_usual as usual_here,
    sent.activity_types,
    computed.co2e_t,
    declared.reason_en,
    declared.reason_zh
from asked
left join usual
    on
        asked.year = usual.year
        and asked.facility_id = usual.facility_id
        and asked.emission_source = usual.emission_source
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
