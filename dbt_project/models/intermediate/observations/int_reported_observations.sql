-- One row per observation about the figures that were or will be reported: against their parts, against the calculation,
-- without a reason.
with

organization as (

    select * from {{ ref('int_organization') }}

),

-- Published parts against published totals: every part may be rounded by half a tonne.
reported_parts as (

    select
        year,
        cast(scope as integer) as scope,
        case
            when facility_id is not null then 'facility_id'
            when ghg_protocol_category is not null then 'ghg_protocol_category'
            when source_class is not null then 'source_class'
            when iso_14064_category is not null then 'iso_14064_category'
        end as dimension,
        count(*) as parts,
        sum(co2e_t) as parts_t
    from {{ source('raw', 'reference_reported_inventories') }}
    cross join organization
    where
        (case when facility_id is not null then 1 else 0 end)
        + (case when ghg_protocol_category is not null then 1 else 0 end)
        + (case when source_class is not null then 1 else 0 end)
        + (case when iso_14064_category is not null then 1 else 0 end) = 1
        and (
            cast(scope as integer) <> 2
            or coalesce(scope2_method, organization.target_scope2_method) = organization.target_scope2_method
        )
    group by
        year, scope,
        case
            when facility_id is not null then 'facility_id'
            when ghg_protocol_category is not null then 'ghg_protocol_category'
            when source_class is not null then 'source_class'
            when iso_14064_category is not null then 'iso_14064_category'
        end

),

reported_differences as (

    select
        parts.*,
        totals.co2e_t,
        totals.co2e_t - parts.parts_t as residue_t
    from reported_parts as parts
    cross join organization
    inner join {{ ref('int_reported_totals') }} as totals
        on
            parts.year = totals.year and parts.scope = totals.scope
            and (totals.scope2_method is null or totals.scope2_method = organization.target_scope2_method)
    where abs(totals.co2e_t - parts.parts_t) > 0.5 * parts.parts

)

select
    'scope2_method_not_stated' as rule,
    '' as variant,
    cast(null as string) as facility_id,
    {{ first_day_of('year') }} as period,
    cast(null as string) as submission_id,
    cast(null as string) as source_sheet,
    cast(null as integer) as source_row,
    'scope2_method' as column_name,
    cast(null as string) as source_value,
    {{ finding_values({
        'year': 'year', 'co2e_t': plain_number('co2e_t'), 'scope2_method': 'scope2_method',
    }) }} as parameters,
    cast(co2e_t as decimal(38, 18)) as co2e_at_stake_t
from {{ ref('int_reported_totals') }}
where is_method_not_stated and co2e_t is not null
union all
select
    'reported_parts_differ', '', null, {{ first_day_of('year') }}, null, null, null, dimension,
    {{ plain_number('parts_t') }},
    {{ finding_values({
        'parts': 'parts', 'scope': 'scope', 'dimension': 'dimension',
        'year': 'year', 'parts_t': plain_number('parts_t'), 'co2e_t': plain_number('co2e_t'),
    }) }},
    cast(abs(residue_t) as decimal(38, 18))
from reported_differences
union all
select
    'iso_14064_residue',
    case when residue_explanation = 'more than rounding explains' then 'unexplained' else 'rounding' end,
    null, {{ first_day_of('year') }}, null, null, null, 'iso_14064_category',
    cast(iso_14064_category as string),
    {{ finding_values({
        'category': 'iso_14064_category', 'year': 'year', 'basis': 'basis', 'published_t': plain_number('published'),
        'parts_t': plain_number('co2e_t'), 'residue_t': plain_number('residue'), 'parts': 'parts',
    }) }},
    cast(abs(residue) as decimal(38, 18))
from {{ ref('iso_14064_statement') }}
where basis = 'reported' and residue <> 0
union all
select
    'reported_differs_from_calculated',
    case
        when abs(trend.reported_minus_calculated_t) > organization.materiality * abs(trend.reported_co2e_t) then 'material'
        else 'below_materiality'
    end,
    null, {{ first_day_of('trend.year') }}, null, null, null, 'co2e_t',
    {{ plain_number('trend.reported_co2e_t') }},
    {{ finding_values({
        'year': 'trend.year', 'reported_t': plain_number('trend.reported_co2e_t'),
        'calculated_t': plain_number('cast(trend.calculated_co2e_t as decimal(28, 3))'),
    }) }},
    cast(abs(trend.reported_minus_calculated_t) as decimal(38, 18))
from {{ ref('scope12_trend') }} as trend
cross join organization
where trend.month is null and trend.months_covered = 12 and abs(trend.reported_minus_calculated_t) > 0.5
union all
select
    'category_without_reason', '', null, {{ first_day_of('year') }}, null, null, null, 'ghg_protocol_category',
    cast(ghg_protocol_category as string),
    {{ finding_values({
        'ghg_protocol_category': 'ghg_protocol_category', 'category_name_en': 'category_name_en',
        'year': 'year', 'basis': 'basis', 'category_name_zh': 'category_name_zh',
    }) }},
    null
from {{ ref('category_emissions') }}
where co2e_t is null and reason_en is null and ghg_protocol_category is not null
