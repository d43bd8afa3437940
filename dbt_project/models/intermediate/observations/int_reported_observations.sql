-- One row per observation about the figures that were or will be reported: against their parts, against the calculation,
-- without a reason.
with

organization as (

    select * from {{ ref('int_organization') }}

),

-- Published parts against published totals, per method: every part may be rounded by half a tonne.
reported_parts as (

    select
        year, scopes, scope2_method, part as dimension, count(*) as parts,
        count(distinct ghg_protocol_category) as categories, sum(co2e_t) as parts_t
    from {{ ref('int_reported_figures') }}
    where part in ('facility_id', 'ghg_protocol_category', 'source_class', 'iso_14064_category')
    group by year, scopes, scope2_method, part
    union all
    -- A total over several scopes against those that are printed beside it.
    select
        totals.year, totals.scopes, totals.scope2_method, 'scope', count(*),
        length(replace(totals.scopes, ';', '')) - count(*), sum(scopes.co2e_t)
    from {{ ref('int_reported_totals') }} as totals
    inner join {{ ref('int_reported_totals') }} as scopes
        on
            totals.year = scopes.year
            and totals.scopes like '%' || cast(scopes.scope as string) || '%'
            and (scopes.scope2_method is null or scopes.scope2_method = totals.scope2_method)
    where totals.scope is null
    group by totals.year, totals.scopes, totals.scope2_method

),

reported_differences as (

    select
        parts.*,
        totals.co2e_t,
        totals.co2e_t - parts.parts_t as residue_t
    from reported_parts as parts
    inner join {{ ref('int_reported_totals') }} as totals
        on
            parts.year = totals.year and parts.scopes = totals.scopes
            and coalesce(parts.scope2_method, '') = coalesce(totals.scope2_method, '')
    where
        abs(totals.co2e_t - parts.parts_t) > 0.5 * parts.parts
        -- Scopes that are still missing explain a larger total.
        and (parts.dimension <> 'scope' or parts.categories = 0 or totals.co2e_t < parts.parts_t)

),

-- Rows that no figure is made of: divided two ways, of scopes that are no total, beside a row that states the method.
unused_rows as (

    select reported.source_row, cast(reported.year as integer) as year, reported.co2e_t
    from {{ ref('int_reported_inventories') }} as reported
    left join {{ ref('int_reported_figures') }} as figures
        on
            reported.source_row = figures.source_row
            and figures.part <> 'detail'
            and figures.scopes in ('1', '2', '3', '1;2', '1;2;3')
            and (figures.part <> 'iso_14064_category' or figures.scope = 3 or figures.iso_14064_category = figures.scope)
            and (figures.scope is not null or figures.part in ('total', 'facility_id'))
    where figures.source_row is null

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
    'reported_parts_differ',
    -- A report may list some categories only.
    case when dimension = 'ghg_protocol_category' and categories < 15 and residue_t > 0 then 'undivided' else '' end,
    null, {{ first_day_of('year') }}, null, null, null, dimension,
    {{ plain_number('parts_t') }},
    {{ finding_values({
        'parts': 'parts',
        'scope': "replace(scopes, ';', ' + ') || coalesce(' (' || scope2_method || ')', '')", 'dimension': 'dimension',
        'residue_t': plain_number('residue_t'),
        'year': 'year', 'parts_t': plain_number('parts_t'), 'co2e_t': plain_number('co2e_t'),
    }) }},
    cast(abs(residue_t) as decimal(38, 18))
from reported_differences
union all
-- Nothing says that a list of categories or classes is all there is.
select
    'reported_parts_differ', 'no_total', null, {{ first_day_of('parts.year') }}, null, null, null, parts.dimension,
    {{ plain_number('parts.parts_t') }},
    {{ finding_values({
        'parts': 'parts.parts',
        'scope': "parts.scopes || coalesce(' (' || parts.scope2_method || ')', '')", 'dimension': 'parts.dimension',
        'year': 'parts.year', 'parts_t': plain_number('parts.parts_t'),
    }) }},
    null
from reported_parts as parts
left join {{ ref('int_reported_totals') }} as totals
    on
        parts.year = totals.year and parts.scopes = totals.scopes
        and coalesce(parts.scope2_method, '') = coalesce(totals.scope2_method, '')
where parts.dimension in ('ghg_protocol_category', 'source_class') and parts.scopes in ('1', '2', '3') and totals.year is null
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
-- Scopes that differ in opposite directions leave their sum as it is.
select
    'reported_differs_from_calculated', 'scope', null, {{ first_day_of('figures.year') }}, null, null, null, 'co2e_t',
    {{ plain_number('figures.reported_co2e_t') }},
    {{ finding_values({
        'scope': 'figures.scope', 'year': 'figures.year', 'reported_t': plain_number('figures.reported_co2e_t'),
        'calculated_t': plain_number('cast(figures.calculated_co2e_t as decimal(28, 3))'),
    }) }},
    cast(abs(figures.difference_t) as decimal(38, 18))
from {{ ref('headline') }} as figures
cross join organization
where
    figures.scope in ('1', '2', '3')
    and figures.months_covered = 12
    and abs(figures.difference_t) > 0.5
    and abs(figures.difference_t) > organization.materiality * abs(figures.reported_co2e_t)
union all
select
    'neutrality_not_known', '', facility_id, cast({{ first_day_of('extract(year from period_end)') }} as date), null, null, null,
    'statement_id', statement_id,
    {{ finding_values({'statement_id': 'statement_id', 'scopes': "coalesce(scopes, '1;2')"}) }},
    null
from {{ ref('neutrality_statements') }}
where gross_t is null and (offset_t is not null or scope_1_t is not null or scope_2_location_t is not null or scope_2_market_t is not null)
union all
select
    'base_near_zero', '', null, {{ first_day_of('year') }}, null, null, null, 'change_from_base', cast(year as string),
    {{ finding_values({
        'year': 'year', 'base_year': 'base_year', 'base_t': plain_number('cast(base_co2e_t as decimal(28, 9))'),
        'actual_t': plain_number('cast(actual_co2e_t as decimal(28, 3))'),
    }) }},
    cast(actual_co2e_t as decimal(38, 18))
from {{ ref('scope12_trend') }}
where month is null and actual_co2e_t <> 0 and base_co2e_t is not null and change_from_base is null
union all
select
    'reference_row_unused', '', null, {{ first_day_of('year') }}, null, null, null, 'co2e_t', {{ plain_number('co2e_t') }},
    {{ finding_values({'row': 'source_row', 'co2e_t': plain_number('co2e_t'), 'year': 'year'}) }},
    cast(abs(co2e_t) as decimal(38, 18))
from unused_rows
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
cross join ({{ landing_reach() }}) as landing
where
    co2e_t is null and reason_en is null and ghg_protocol_category is not null
    -- Years to come, which a row of a far year has begun, are asked about with that row.
    and year < coalesce(extract(year from landing.latest), 9999)
union all
select
    'verified_figure_differs', '', null, {{ first_day_of('year') }}, null, null, null, 'verified_t', {{ plain_number('verified_t') }},
    {{ finding_values({
        'statement_number': 'statement_number', 'year': 'year', 'scopes': 'scopes', 'verified_t': plain_number('verified_t'),
        'calculated_t': plain_number('cast(calculated_t as decimal(28, 3))'),
    }) }},
    cast(abs(difference_t) as decimal(38, 18))
from {{ ref('verification') }}
where not is_as_verified
union all
select
    'nonconformity_open', '', facility_id, {{ first_day_of('year') }}, null, null, null, 'nonconformity_id', nonconformity_id,
    {{ finding_values({
        'nonconformity_id': 'nonconformity_id', 'year': 'year',
        'description_en': 'coalesce(description_en, description_zh)', 'description_zh': 'coalesce(description_zh, description_en)',
    }) }},
    null
from {{ ref('nonconformities') }}
where not is_closed
