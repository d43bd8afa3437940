-- One row per observation about the figures that were or will be reported: against their parts, against the calculation,
-- without a reason.
with

organization as (

    select * from {{ ref('stg_organization') }}

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
    'warning' as severity,
    'scope2_method_not_stated' as rule,
    cast(null as string) as facility_id,
    {{ first_day_of('year') }} as period,
    cast(null as string) as submission_id,
    cast(null as string) as source_sheet,
    cast(null as integer) as source_row,
    'scope2_method' as column_name,
    cast(null as string) as source_value,
    'The reported Scope 2 figure of ' || cast(year as string) || ' (' || {{ plain_number('co2e_t') }}
    || ' t) names no method; it stands for the ' || scope2_method || '-based method of the target. State scope2_method in '
    || 'reference/reported_inventories.csv when it is known.' as message_en,
    cast(year as string) || ' 年报告的范围二数值（' || {{ plain_number('co2e_t') }} || ' t）未注明方法，按目标所用方法（'
    || scope2_method || '）处理。请在 reference/reported_inventories.csv 中注明 scope2_method。' as message_zh,
    cast(co2e_t as decimal(38, 18)) as co2e_at_stake_t
from {{ ref('int_reported_totals') }}
where is_method_not_stated and co2e_t is not null
union all
select
    'warning', 'reported_parts_differ', null, {{ first_day_of('year') }}, null, null, null, dimension,
    {{ plain_number('parts_t') }},
    'The ' || cast(parts as string) || ' reported parts of Scope ' || cast(scope as string) || ' by ' || dimension || ' in '
    || cast(year as string) || ' sum to ' || {{ plain_number('parts_t') }} || ' t, the reported total is '
    || {{ plain_number('co2e_t') }} || ' t: more than half a tonne per part. Check them against the document in '
    || 'reference/reported_inventories.csv.',
    cast(year as string) || ' 年范围' || cast(scope as string) || '按 ' || dimension || ' 报告的 ' || cast(parts as string)
    || ' 项合计 ' || {{ plain_number('parts_t') }} || ' t，报告总量 ' || {{ plain_number('co2e_t') }} || ' t，差异超过每项半吨。请对照报告文件核对 reference/reported_inventories.csv。',
    cast(abs(residue_t) as decimal(38, 18))
from reported_differences
union all
select
    case when residue_explanation = 'more than rounding explains' then 'warning' else 'info' end,
    'iso_14064_residue', null, {{ first_day_of('year') }}, null, null, null, 'iso_14064_category',
    cast(iso_14064_category as string),
    'ISO 14064-1 category ' || cast(iso_14064_category as string) || ' of ' || cast(year as string) || ' (' || basis
    || '): published ' || {{ plain_number('published') }} || ' t, parts ' || {{ plain_number('co2e_t') }}
    || ' t, residue ' || {{ plain_number('residue') }} || ' t: ' || residue_explanation || case
        when residue_explanation = 'more than rounding explains' then '. Check reference/reported_inventories.csv.' else '.'
    end,
    cast(year as string) || ' 年 ISO 14064-1 类别 ' || cast(iso_14064_category as string) || '：公布 '
    || {{ plain_number('published') }} || ' t，各项合计 ' || {{ plain_number('co2e_t') }} || ' t，差 '
    || {{ plain_number('residue') }} || ' t：' || case
        when residue_explanation = 'more than rounding explains' then '超出取整误差，请核对 reference/reported_inventories.csv。'
        else cast(parts as string) || ' 项取整所致，每项至多 0.5 t。'
    end,
    cast(abs(residue) as decimal(38, 18))
from {{ ref('iso_14064_statement') }}
where basis = 'reported' and residue <> 0
union all
select
    case
        when abs(trend.reported_minus_calculated_t) > organization.materiality * abs(trend.reported_co2e_t) then 'warning'
        else 'info'
    end,
    'reported_differs_from_calculated', null, {{ first_day_of('trend.year') }}, null, null, null, 'co2e_t',
    {{ plain_number('trend.reported_co2e_t') }},
    'Scope 1 + 2 of ' || cast(trend.year as string) || ': reported ' || {{ plain_number('trend.reported_co2e_t') }}
    || ' t, calculated ' || {{ plain_number('cast(trend.calculated_co2e_t as decimal(28, 3))') }}
    || ' t. The trend follows the reported figure; look for what the activity data lacks or the report counts otherwise.',
    cast(trend.year as string) || ' 年范围一加范围二：报告 ' || {{ plain_number('trend.reported_co2e_t') }} || ' t，计算 '
    || {{ plain_number('cast(trend.calculated_co2e_t as decimal(28, 3))') }}
    || ' t。趋势采用报告值；请查明活动数据的缺漏或报告口径的差异。',
    cast(abs(trend.reported_minus_calculated_t) as decimal(38, 18))
from {{ ref('scope12_trend') }} as trend
cross join organization
where trend.month is null and trend.months_covered = 12 and abs(trend.reported_minus_calculated_t) > 0.5
union all
select
    'warning', 'category_without_reason', null, {{ first_day_of('year') }}, null, null, null, 'ghg_protocol_category',
    cast(ghg_protocol_category as string),
    'Scope 3 category ' || cast(ghg_protocol_category as string) || ' (' || category_name_en || ') has no figure in '
    || cast(year as string) || ' (' || basis || ') and no reason. Give one in reference/category_notes.csv.',
    cast(year as string) || ' 年范围三类别 ' || cast(ghg_protocol_category as string) || '（' || category_name_zh
    || '）无数据也无说明。请在 reference/category_notes.csv 中说明。',
    null
from {{ ref('category_emissions') }}
where co2e_t is null and reason_en is null and ghg_protocol_category is not null
