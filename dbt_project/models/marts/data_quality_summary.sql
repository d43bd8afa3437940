-- One row per year, scope and Scope 2 method: data quality scores weighted by emissions, the share of the emissions that
-- was assessed, and the shares by grade. Scope empty: the whole inventory with this Scope 2 method.
with

netted as (

    select
        *,
        greatest(co2e_t, 0) as emitted_t,
        sum(co2e_t) over (partition by year, facility_id, activity_type, scope, scope2_method) as source_t,
        sum(greatest(co2e_t, 0)) over (partition by year, facility_id, activity_type, scope, scope2_method)
            as source_emitted_t
    from {{ ref('data_quality') }}

),

-- A correction belongs to what it corrects: it takes its part of the weight of the facility's activity type, which is not
-- less than nothing.
quality as (

    select
        year,
        scope,
        scope2_method,
        co2e_t,
        score,
        grade,
        scope_3_standard_score,
        case
            when source_t <= 0 then cast(0 as decimal(38, 18))
            when source_t = source_emitted_t then cast(emitted_t as decimal(38, 18))
            else {{ share_of_value(
                'cast(emitted_t as decimal(38, 18))',
                'cast(' ~ exact_quotient('source_t', 'source_emitted_t') ~ ' as decimal(19, 18))'
            ) }}
        end as weight_t
    from netted

),

sources as (

    select
        year, scope, scope2_method, co2e_t, weight_t, score, grade, scope_3_standard_score
    from quality
    union all
    select
        quality.year, cast(null as integer), methods.scope2_method, quality.co2e_t, quality.weight_t, quality.score,
        quality.grade, quality.scope_3_standard_score
    from quality
    inner join (select 'location' as scope2_method union all select 'market') as methods
        on quality.scope2_method is null or quality.scope2_method = methods.scope2_method

),

sums as (

    select
        year,
        scope,
        scope2_method,
        sum(co2e_t) as co2e_t,
        sum(weight_t) as weight_t,
        sum(case when score is not null then weight_t end) as scored_t,
        sum(cast(weight_t as decimal(24, 9)) * cast(score as decimal(13, 12))) as score_t,
        sum(case when scope_3_standard_score is not null then weight_t end) as scope_3_standard_scored_t,
        sum(cast(weight_t as decimal(24, 9)) * cast(scope_3_standard_score as decimal(13, 12))) as scope_3_standard_score_t,
        sum(case when grade = 'excellent' then weight_t else 0 end) as excellent_t,
        sum(case when grade = 'good' then weight_t else 0 end) as good_t,
        sum(case when grade = 'fair' then weight_t else 0 end) as fair_t,
        sum(case when grade = 'poor' then weight_t else 0 end) as poor_t
    from sources
    group by year, scope, scope2_method

),

scores as (

    select
        year,
        scope,
        scope2_method,
        co2e_t,
        weight_t,
        scored_t,
        {{ share('score_t', 'scored_t') }} as score,
        scope_3_standard_scored_t,
        {{ share('scope_3_standard_score_t', 'scope_3_standard_scored_t') }}
            as scope_3_standard_score,
        excellent_t,
        good_t,
        fair_t,
        poor_t
    from sums

)

select
    scores.year,
    scores.scope,
    scores.scope2_method,
    cast(scores.co2e_t as decimal(38, 21)) as co2e_t,
    scores.score,
    grades.grade,
    cast(coalesce({{ exact_quotient('scores.scored_t', 'scores.weight_t') }}, 0) as decimal(18, 12)) as scored_share,
    {{ share('scores.excellent_t', 'scores.weight_t') }} as excellent_share,
    {{ share('scores.good_t', 'scores.weight_t') }} as good_share,
    {{ share('scores.fair_t', 'scores.weight_t') }} as fair_share,
    {{ share('scores.poor_t', 'scores.weight_t') }} as poor_share,
    scores.scope_3_standard_score,
    cast(coalesce(
        {{ exact_quotient('scores.scope_3_standard_scored_t', 'scores.weight_t') }}, 0
    ) as decimal(18, 12)) as scope_3_standard_scored_share
from scores
left join {{ ref('int_data_quality_grades') }} as grades
    on scores.score >= grades.at_least and scores.score < grades.below
