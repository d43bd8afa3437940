-- One row per year, basis and ISO 14064-1:2018 category: gases, total, and what was published beside it. Category 2 is in
-- the target's Scope 2 method.
{%- set gases = ['co2_kg', 'ch4_kg_co2e', 'n2o_kg_co2e', 'hfcs_kg_co2e', 'pfcs_kg_co2e', 'sf6_kg_co2e', 'nf3_kg_co2e',
    'co2e_unspecified_kg'] %}
with

organization as (

    select * from {{ ref('int_organization') }}

),

published as (

    select
        figures.year, figures.iso_14064_category, cast(sum(figures.co2e_t) as decimal(38, 21)) as published_co2e_t
    from {{ ref('int_reported_figures') }} as figures
    cross join organization
    where
        figures.part = 'iso_14064_category'
        -- Both methods printed are two figures, never one sum.
        and (figures.scope2_method is null or figures.scope2_method = organization.target_scope2_method)
    group by figures.year, figures.iso_14064_category

),

calculated as (

    select
        cast(extract(year from emissions.period) as integer) as year,
        'calculated' as basis,
        emissions.iso_14064_category,
        count(distinct coalesce(emissions.ghg_protocol_category, -emissions.scope)) as parts,
        {%- for gas in gases %}
        {{ tonnes('sum(emissions.' ~ gas ~ ')') }} as {{ gas | replace('_kg', '') }}_t,
        {%- endfor %}
        {{ tonnes('sum(emissions.co2e_kg)') }} as co2e_t
    from {{ ref('int_line_sums') }} as emissions
    cross join organization
    where
        emissions.scope is not null
        and (emissions.scope2_method is null or emissions.scope2_method = organization.target_scope2_method)
    group by extract(year from emissions.period), emissions.iso_14064_category

),

-- The parts of a reported category are the reported GHG Protocol categories that belong to it.
reported_parts as (

    select categories.year, categories.iso_14064_category, categories.co2e_t
    from {{ ref('category_emissions') }} as categories
    cross join organization
    where
        categories.basis = 'reported'
        -- An empty category is no part.
        and categories.co2e_t is not null
        and (categories.scope2_method is null or categories.scope2_method = organization.target_scope2_method)

),

reported as (

    select
        coalesce(parts.year, published.year) as year,
        'reported' as basis,
        coalesce(parts.iso_14064_category, published.iso_14064_category) as iso_14064_category,
        coalesce(parts.parts, 0) as parts,
        {%- for gas in gases %}
        cast(null as decimal(38, 21)) as {{ gas | replace('_kg', '') }}_t,
        {%- endfor %}
        coalesce(parts.co2e_t, case when published.published_co2e_t = 0 then 0 end) as co2e_t
    from (
        select year, iso_14064_category, count(*) as parts, cast(sum(co2e_t) as decimal(38, 21)) as co2e_t
        from reported_parts
        group by year, iso_14064_category
    ) as parts
    full outer join published
        on parts.year = published.year and parts.iso_14064_category = published.iso_14064_category

),

statement as (

    select * from calculated
    union all
    select * from reported

)

select
    statement.year,
    statement.basis,
    statement.iso_14064_category,
    names.name_en as category_name_en,
    names.name_zh as category_name_zh,
    {%- for gas in gases %}
    statement.{{ gas | replace('_kg', '') }}_t,
    {%- endfor %}
    statement.co2e_t,
    cast(statement.parts as integer) as parts,
    published.published_co2e_t as published,
    cast(published.published_co2e_t - statement.co2e_t as decimal(38, 21)) as residue,
    cast(case
        when published.published_co2e_t is null then null
        when statement.co2e_t is null then 'published without parts'
        when published.published_co2e_t = statement.co2e_t then 'parts sum to the published figure'
        -- Every part was rounded to the tonne: up to half a tonne each.
        when abs(published.published_co2e_t - statement.co2e_t) <= 0.5 * statement.parts
            then 'rounding of ' || cast(statement.parts as string) || ' part(s), at most 0.5 t each'
        else 'more than rounding explains'
    end as string) as residue_explanation,
    cast(case
        when published.published_co2e_t is null then null
        when statement.co2e_t is null then '已发布但无分项'
        when published.published_co2e_t = statement.co2e_t then '各部分之和等于已发布数值'
        when abs(published.published_co2e_t - statement.co2e_t) <= 0.5 * statement.parts
            then cast(statement.parts as string) || ' 个部分的取整，每项至多 0.5 吨'
        else '超出取整所能解释的范围'
    end as string) as residue_explanation_zh
from statement
left join published
    on statement.year = published.year and statement.iso_14064_category = published.iso_14064_category
left join {{ ref('int_iso_14064_categories') }} as names
    on statement.iso_14064_category = names.iso_14064_category
