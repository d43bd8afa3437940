-- One row per year, scope and Scope 2 method: data quality scores weighted by emissions, the share of the emissions that
-- was assessed, and the shares by grade. Scope empty: the whole inventory with this Scope 2 method.
with

sources as (

    select
        year, scope, scope2_method, co2e_t, score, grade, scope_3_standard_score
    from {{ ref('data_quality') }}
    union all
    select
        quality.year, cast(null as integer), methods.scope2_method, quality.co2e_t, quality.score, quality.grade,
        quality.scope_3_standard_score
    from {{ ref('data_quality') }} as quality
    inner join (select 'location' as scope2_method union all select 'market') as methods
        on quality.scope2_method is null or quality.scope2_method = methods.scope2_method

),

sums as (

    select
        year,
        scope,
        scope2_method,
        sum(co2e_t) as co2e_t,
        sum(case when score is not null then co2e_t end) as scored_t,
        sum(cast(co2e_t as decimal(24, 9)) * cast(score as decimal(13, 12))) as score_t,
        sum(case when scope_3_standard_score is not null then co2e_t end) as scope_3_standard_scored_t,
        sum(cast(co2e_t as decimal(24, 9)) * cast(scope_3_standard_score as decimal(13, 12))) as scope_3_standard_score_t,
        sum(case when grade = 'excellent' then co2e_t else 0 end) as excellent_t,
        sum(case when grade = 'good' then co2e_t else 0 end) as good_t,
        sum(case when grade = 'fair' then co2e_t else 0 end) as fair_t,
        sum(case when grade = 'poor' then co2e_t else 0 end) as poor_t
    from sources
    group by year, scope, scope2_method

),

scores as (

    select
        year,
        scope,
        scope2_method,
        co2e_t,
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
    cast(coalesce({{ exact_quotient('scores.scored_t', 'scores.co2e_t') }}, 0) as decimal(18, 12)) as scored_share,
    {{ share('scores.excellent_t', 'scores.co2e_t') }} as excellent_share,
    {{ share('scores.good_t', 'scores.co2e_t') }} as good_share,
    {{ share('scores.fair_t', 'scores.co2e_t') }} as fair_share,
    {{ share('scores.poor_t', 'scores.co2e_t') }} as poor_share,
    scores.scope_3_standard_score,
    cast(coalesce(
        {{ exact_quotient('scores.scope_3_standard_scored_t', 'scores.co2e_t') }}, 0
    ) as decimal(18, 12)) as scope_3_standard_scored_share
from scores
left join {{ ref('data_quality_grades') }} as grades
    on scores.score >= grades.at_least and scores.score < grades.below
