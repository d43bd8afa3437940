-- One row per observation about output and business metrics: totals that the rows do not add up to, what cannot be added or
-- allocated.
with

-- A metric that carries the code of an activity type is the statistics-style total of it.
stated_totals as (

    select
        metrics.submission_id, metrics.source_sheet, metrics.source_row, metrics.facility_id, metrics.metric,
        metrics.coverage_start, metrics.coverage_end, metrics.unit,
        cast(metrics.value as decimal(28, 9)) as stated,
        -- A total without any row is a total of nothing.
        case
            when count(segments.unit) = 0 then cast(0 as decimal(28, 9))
            else cast(sum(segments.quantity * cast(conversions.factor as decimal(18, 12))) as decimal(28, 9))
        end as computed
    from {{ ref('stg_business_metrics') }} as metrics
    inner join {{ ref('int_activity_types') }} as types
        on metrics.metric = types.activity_type
    left join {{ ref('int_activity_segments') }} as segments
        on
            metrics.metric = segments.activity_type
            and segments.segment_start between metrics.coverage_start and metrics.coverage_end
            and (metrics.facility_id is null or metrics.facility_id = segments.facility_id)
    left join {{ ref('int_unit_conversions') }} as conversions
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
            production.activity_id not in (select activity_id from {{ ref('int_repeated_reports') }} where is_total)
            and production.coverage_start >= metrics.coverage_start
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
        min(production.product) as product, count(distinct production.dimension) as dimensions, sum(production.quantity) as quantity
    from {{ ref('int_production_years') }} as production
    left join {{ ref('product_intensity') }} as intensities
        on
            production.year = intensities.year and production.facility_id = intensities.facility_id
            and production.workshop = intensities.workshop
    where intensities.workshop is null
    group by production.year, production.facility_id, production.workshop

),

unread_meters as (

    select
        year, facility_id, workshop,
        max(missing_days) as days,
        min(first_month) as first_month,
        coalesce(min(nullif(meter_id, '')), '') as meter_id
    from {{ ref('int_workshop_gaps') }}
    group by year, facility_id, workshop

),

-- Metrics of which neither metrics.csv says whether they are summed or averaged.
unknown_metrics as (

    select distinct delivered.metric
    from {{ ref('stg_business_metrics') }} as delivered
    left join {{ ref('metrics') }} as shared
        on lower(trim(delivered.metric)) = shared.metric
    left join {{ source('raw', 'reference_metrics') }} as own
        on lower(trim(delivered.metric)) = lower(trim(own.metric))
    left join {{ ref('int_activity_types') }} as types
        on delivered.metric = types.activity_type
    where delivered.row_status = 'accepted' and shared.metric is null and own.metric is null and types.activity_type is null

)

select
    case metric when 'production' then 'production_mismatch' else 'statistics_mismatch' end as rule,
    '' as variant,
    facility_id,
    {{ month_of('coverage_start') }} as period,
    submission_id,
    source_sheet,
    source_row,
    'value' as column_name,
    {{ plain_number('stated') }} as source_value,
    {{ finding_values({
        'metric': 'metric', 'stated': plain_number('stated'), 'computed': plain_number('computed'), 'unit': 'unit',
    }) }} as parameters,
    cast(null as decimal(38, 18)) as co2e_at_stake_t
from stated_totals
where abs(stated - computed) > 0.01 * greatest(abs(stated), abs(computed))
union all
select
    'metric_not_added', '', null, {{ first_day_of('year') }}, null, null, null, 'unit', metric,
    {{ finding_values({
        'metric': 'metric', 'year': 'year', 'one_unit': 'one_unit', 'other_unit': 'other_unit',
    }) }},
    null
from metrics_not_added
union all
select
    'no_product_intensity',
    case
        when quantity <= 0 then 'nothing_produced'
        when dimensions > 1 then 'units'
        when unread_meters.days is not null then 'not_read'
        else 'no_sub_meter'
    end,
    production.facility_id, {{ first_day_of('production.year') }}, null, null, null, 'workshop', production.workshop,
    {{ finding_values({
        'workshop': 'production.workshop', 'product': 'product', 'days': 'unread_meters.days',
        'meter_id': 'unread_meters.meter_id', 'first_month': year_month('unread_meters.first_month'),
    }) }},
    null
from production_without_allocation as production
left join unread_meters
    on
        production.year = unread_meters.year and production.facility_id = unread_meters.facility_id
        and production.workshop = unread_meters.workshop
union all
select
    'unknown_metric', '', null, null, null, null, null, 'metric', metric,
    {{ finding_values({'metric': 'metric'}) }},
    null
from unknown_metrics
union all
select
    'metric_not_covered', '', missing_facility, {{ first_day_of('year') }}, null, null, null, 'metric', metric,
    {{ finding_values({
        'metric': 'metric', 'year': 'year', 'facility_id': 'missing_facility', 'facilities': 'missing_facilities',
    }) }},
    null
from {{ ref('int_metric_years') }}
where missing_facilities > 0 and covered_facilities > 0
