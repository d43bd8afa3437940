-- One row per observation about output and business metrics: totals that the rows do not add up to, what cannot be added or
-- allocated.
with

-- A metric that carries the code of an activity type is the statistics-style total of it.
stated_totals as (

    select
        metrics.submission_id, metrics.source_sheet, metrics.source_row, metrics.facility_id, metrics.metric,
        metrics.coverage_start, metrics.coverage_end, metrics.unit,
        cast(metrics.value as decimal(28, 9)) as stated,
        cast(sum(segments.quantity * cast(conversions.factor as decimal(18, 12))) as decimal(28, 9)) as computed
    from {{ ref('stg_business_metrics') }} as metrics
    inner join {{ ref('int_activity_segments') }} as segments
        on
            metrics.metric = segments.activity_type
            and segments.segment_start between metrics.coverage_start and metrics.coverage_end
            and (metrics.facility_id is null or metrics.facility_id = segments.facility_id)
    inner join {{ ref('int_unit_conversions') }} as conversions
        on segments.unit = conversions.from_unit and metrics.unit = conversions.to_unit
    where metrics.row_status = 'accepted'
    group by
        metrics.submission_id, metrics.source_sheet, metrics.source_row, metrics.facility_id, metrics.metric,
        metrics.coverage_start, metrics.coverage_end, metrics.unit, metrics.value
    union all
    -- Output by the business against output by the workshops.
    select
        metrics.submission_id, metrics.source_sheet, metrics.source_row, metrics.facility_id, 'production',
        metrics.coverage_start, metrics.coverage_end, metrics.unit,
        cast(metrics.value as decimal(28, 9)),
        cast(sum(production.quantity * cast(conversions.factor as decimal(18, 12))) as decimal(28, 9))
    from {{ ref('stg_business_metrics') }} as metrics
    inner join {{ ref('stg_production') }} as production
        on
            production.coverage_start >= metrics.coverage_start
            and production.coverage_end <= metrics.coverage_end
            and (metrics.facility_id is null or metrics.facility_id = production.facility_id)
            and production.row_status = 'accepted'
    inner join {{ ref('int_unit_conversions') }} as conversions
        on production.unit = conversions.from_unit and metrics.unit = conversions.to_unit
    where metrics.row_status = 'accepted' and metrics.metric = 'production'
    group by
        metrics.submission_id, metrics.source_sheet, metrics.source_row, metrics.facility_id,
        metrics.coverage_start, metrics.coverage_end, metrics.unit, metrics.value

),

-- A metric that some facilities report in money or units that cannot be added to those of the others.
metrics_not_added as (

    select year, metric, min(unit) as one_unit, max(unit) as other_unit
    from {{ ref('int_metric_years') }}
    group by year, metric
    having count(*) > 1 and max(case when has_all_facilities then 1 else 0 end) = 0

),

production_without_allocation as (

    select
        production.year, production.facility_id, production.workshop,
        min(production.product) as product, count(distinct production.unit) as units, sum(production.quantity) as quantity
    from {{ ref('int_production_years') }} as production
    left join {{ ref('product_intensity') }} as intensities
        on
            production.year = intensities.year and production.facility_id = intensities.facility_id
            and production.workshop = intensities.workshop
    where intensities.workshop is null
    group by production.year, production.facility_id, production.workshop

)

select
    'warning' as severity,
    case metric when 'production' then 'production_mismatch' else 'statistics_mismatch' end as rule,
    facility_id,
    {{ month_of('coverage_start') }} as period,
    submission_id,
    source_sheet,
    source_row,
    'value' as column_name,
    {{ plain_number('stated') }} as source_value,
    'The stated total of ' || metric || ' is ' || {{ plain_number('stated') }} || ' ' || unit || ', the submitted rows add up to '
    || {{ plain_number('computed') }} || ' ' || unit || '. Look for rows that are missing or sent twice, or correct the total.' as message_en,
    metric || ' 的填报合计为 ' || {{ plain_number('stated') }} || ' ' || unit || '，各行合计为 ' || {{ plain_number('computed') }}
    || ' ' || unit || '。请查找缺漏或重复的行，或更正合计。' as message_zh,
    cast(null as decimal(38, 18)) as co2e_at_stake_t
from stated_totals
where abs(stated - computed) > 0.01 * greatest(abs(stated), abs(computed))
union all
select
    'warning', 'metric_not_added', null, {{ first_day_of('year') }}, null, null, null, 'unit', metric,
    'Facilities report ' || metric || ' of ' || cast(year as string) || ' in ' || one_unit || ' and in ' || other_unit
    || ', which cannot be added: no intensity is computed. Report it in one unit, or for the whole organisation (without '
    || 'facility_id).',
    cast(year as string) || ' 年各设施的指标 ' || metric || ' 分别以 ' || one_unit || ' 和 ' || other_unit
    || ' 填报，无法相加，因此不计算强度。请统一单位，或按整个组织填报（不填设施编号）。',
    null
from metrics_not_added
union all
select
    'info', 'no_product_intensity', facility_id, {{ first_day_of('year') }}, null, null, null, 'workshop', workshop,
    'No intensity for workshop ' || workshop || ' (' || product || '): '
    || case
        when quantity <= 0 then 'nothing was produced.'
        when units > 1 then 'its products are counted in different units.'
        else 'no sub-meter allocates energy to it (workshop in reference/meters.csv).'
    end,
    '车间 ' || workshop || '（' || product || '）无单位产品排放：'
    || case
        when quantity <= 0 then '产量为零。'
        when units > 1 then '产品计量单位不同。'
        else '没有分表为其分摊能耗（reference/meters.csv 的 workshop）。'
    end,
    null
from production_without_allocation
