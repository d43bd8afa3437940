-- One row per year, facility, activity type, scope, Scope 2 method, assessment and class of activity data: emissions, and
-- how good the data behind them is by reference/data_quality_assessments.csv. The facility's own assessment comes before
-- the general one; what was estimated to fill a gap is an estimate, whatever the assessment says.
with

months as (

    select
        period,
        facility_id,
        activity_type,
        scope,
        scope2_method,
        case when data_quality = 'estimated' then 'own_estimate' end as class_of_gap,
        sum(co2e_kg) as co2e_kg
    from {{ ref('int_line_sums') }}
    where scope is not null
    group by
        period, facility_id, activity_type, scope, scope2_method,
        case when data_quality = 'estimated' then 'own_estimate' end

),

assessments as (

    select
        sources.period,
        sources.facility_id,
        sources.activity_type,
        assessments.source_row,
        assessments.activity_data_class,
        row_number() over (
            partition by sources.period, sources.facility_id, sources.activity_type
            order by case when assessments.facility_id is null then 1 else 0 end, assessments.source_row
        ) as choice
    from (select distinct period, facility_id, activity_type from months) as sources
    inner join {{ ref('int_data_quality_assessments') }} as assessments
        on
            sources.activity_type = assessments.activity_type
            and (assessments.facility_id is null or assessments.facility_id = sources.facility_id)
            and (assessments.valid_from is null or assessments.valid_from <= sources.period)
            and (assessments.valid_to is null or assessments.valid_to >= sources.period)

),

sources as (

    select
        cast(extract(year from months.period) as integer) as year,
        months.facility_id,
        months.activity_type,
        months.scope,
        months.scope2_method,
        assessments.source_row as assessment_row,
        coalesce(months.class_of_gap, assessments.activity_data_class) as activity_data_class,
        {{ tonnes('sum(months.co2e_kg)') }} as co2e_t
    from months
    left join assessments
        on
            months.period = assessments.period
            and months.facility_id = assessments.facility_id
            and months.activity_type = assessments.activity_type
            and assessments.choice = 1
    group by
        extract(year from months.period), months.facility_id, months.activity_type, months.scope, months.scope2_method,
        assessments.source_row, coalesce(months.class_of_gap, assessments.activity_data_class)

),

classes as (

    select
        sources.year,
        sources.facility_id,
        sources.activity_type,
        sources.scope,
        sources.scope2_method,
        sources.co2e_t,
        sources.assessment_row,
        sources.activity_data_class,
        assessments.factor_class,
        assessments.calibration_class,
        cast((
            assessments.technology + assessments.time + assessments.geography + assessments.completeness
            + assessments.reliability
        ) * 0.2 as decimal(18, 12)) as scope_3_standard_score
    from sources
    left join {{ ref('int_data_quality_assessments') }} as assessments
        on sources.assessment_row = assessments.source_row

),

scores as (

    select
        classes.year,
        classes.facility_id,
        classes.activity_type,
        classes.scope,
        classes.scope2_method,
        classes.co2e_t,
        classes.assessment_row,
        classes.activity_data_class,
        activity_data.level as activity_data_level,
        classes.factor_class,
        factor.level as factor_level,
        classes.calibration_class,
        calibration.level as calibration_level,
        cast(
            {{ exact_quotient('activity_data.level + factor.level + calibration.level', '3') }} as decimal(18, 12)
        ) as score,
        classes.scope_3_standard_score
    from classes
    left join {{ ref('int_data_quality_levels') }} as activity_data
        on activity_data.indicator = 'activity_data' and classes.activity_data_class = activity_data.class
    left join {{ ref('int_data_quality_levels') }} as factor
        on factor.indicator = 'factor' and classes.factor_class = factor.class
    left join {{ ref('int_data_quality_levels') }} as calibration
        on calibration.indicator = 'calibration' and classes.calibration_class = calibration.class

)

select
    scores.year,
    scores.facility_id,
    scores.activity_type,
    scores.scope,
    scores.scope2_method,
    scores.co2e_t,
    scores.assessment_row,
    scores.activity_data_class,
    scores.activity_data_level,
    scores.factor_class,
    scores.factor_level,
    scores.calibration_class,
    scores.calibration_level,
    scores.score,
    grades.grade,
    scores.scope_3_standard_score
from scores
left join {{ ref('int_data_quality_grades') }} as grades
    on scores.score >= grades.at_least and scores.score < grades.below
