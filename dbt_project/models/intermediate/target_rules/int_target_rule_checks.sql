-- One row per target and rule of target_rules that is about it: what is asked, what the target has, and the verdict. A rule is
-- kept where all criteria of one of its alternatives are. Compound rates go through a DOUBLE (a power); everything else is exact.
{{ config(materialized='view') }}
{%- set contracted = {} %}
{%- for scope, net_zero_year in {1: 'rules.net_zero_year', 2: 'rules.scope2_net_zero_year'}.items() %}
{%- do contracted.update({scope: 'least(1, greatest(cast(rules.limit_value as decimal(18, 12)) * (targets.target_year - targets.base_year), '
    ~ exact_quotient(
        '(targets.target_year - targets.base_year)', 'nullif(greatest(' ~ net_zero_year ~ ' - targets.base_year, 0), 0)'
    ) ~ '))'}) %}
{%- endfor %}
{%- set required_share = 'coalesce(' ~ plain_number('round(required * 100, 6)') ~ ", '–')" %}
{%- set contracted_en, contracted_zh, left_en, left_zh = {}, {}, {}, {} %}
{%- for scope in [1, 2] %}
{%- set share = 'coalesce(' ~ plain_number('round(scope_' ~ scope ~ '_share * 100, 6)') ~ ", '–')" %}
{%- set left = 'coalesce(' ~ grouped_number(
    'cast(scope_' ~ scope ~ '_t as decimal(23, 6)) * cast(1 - scope_' ~ scope ~ '_share as decimal(15, 12))', 3
) ~ ", '–')" %}
{%- do contracted_en.update({scope: "'Scope " ~ scope ~ " ' || " ~ share ~ " || ' %'"}) %}
{%- do contracted_zh.update({scope: "'范围 " ~ scope ~ " 为 ' || " ~ share ~ " || '%'"}) %}
{%- do left_en.update({scope: left ~ " || ' t of Scope " ~ scope ~ "'"}) %}
{%- do left_zh.update({scope: "'范围 " ~ scope ~ " 为 ' || " ~ left ~ " || ' t'"}) %}
{%- endfor %}
with

facts as (

    select * from {{ ref('int_target_facts') }}

),

base_tonnes as (

    select
        target_id,
        max(case when fact = 'scope_1_t' then value end) as scope_1_t,
        max(case when fact = 'scope_2_t' then value end) as scope_2_t
    from facts
    group by target_id

),

criteria as (

    select
        targets.target_id,
        targets.target_year,
        targets.base_year,
        targets.scopes,
        targets.submitted_on,
        targets.method_version,
        {{ all_columns_but(['scopes'], 'rules') }},
        facts.value as actual,
        facts.detail,
        base_tonnes.scope_1_t,
        base_tonnes.scope_2_t,
        least(targets.base_year, rules.from_year) as start_year,
        case when rules.form = 'contraction' then cast({{ contracted[1] }} as decimal(19, 18)) end
            as scope_1_share,
        case when rules.form = 'contraction' then cast({{ contracted[2] }} as decimal(19, 18)) end
            as scope_2_share
    from {{ ref('target_rules') }} as rules
    inner join {{ ref('int_targets') }} as targets
        on
            (rules.kinds is null or ';' || rules.kinds || ';' like '%;' || targets.kind || ';%')
            and (rules.term is null or rules.term = targets.effective_term)
            and (
                rules.scopes is null
                {%- for scope in [1, 2, 3] %}
                or (rules.scopes like '%{{ scope }}%' and targets.scopes like '%{{ scope }}%')
                {%- endfor %}
            )
    left join facts
        on targets.target_id = facts.target_id and rules.fact = facts.fact
    left join base_tonnes
        on targets.target_id = base_tonnes.target_id

),

required as (

    select
        *,
        cast(case form
            when 'limit' then limit_value
            when 'linear_from' then cast(limit_value as decimal(18, 12)) * (target_year - start_year)
            when 'compound_from' then 1 - {{ power(
                'cast(1 - limit_value as double)', 'cast(target_year - start_year as double)'
            ) }}
            else case
                when scopes not like '%2%' then scope_1_share
                when scopes not like '%1%' then scope_2_share
                else {{ exact_quotient(
                    share_of_value('scope_1_t', 'scope_1_share') ~ ' + ' ~ share_of_value('scope_2_t', 'scope_2_share'),
                    'scope_1_t + scope_2_t'
                ) }}
            end
        end as decimal(38, 12)) as required
    from criteria

),

judged as (

    select
        *,
        case comparison
            when 'at_least' then actual >= required
            when 'at_most' then actual <= required
            when 'below' then actual < required
            when 'equals' then actual = required
        end as is_kept,
        -- Percentages as people read them; with more digits where rounding would hide a difference.
        {{ finding_values({
            'actual': plain_number('actual'), 'required': plain_number('required'), 'actual_rounded': plain_number('round(actual, 2)'),
            'actual_percent': 'case when actual <> required and round(actual * 100, 2) = round(required * 100, 2) then '
                ~ plain_number('round(actual * 100, 6)') ~ ' else ' ~ plain_number('round(actual * 100, 2)') ~ ' end',
            'required_percent': plain_number('round(required * 100, 2)'),
            'actual_grouped': grouped_number('actual'), 'required_grouped': grouped_number('required'),
            'actual_pct': plain_number('round(actual * 100, 6)'), 'required_pct': plain_number('round(required * 100, 6)'),
            'actual_en': "case actual when 1 then 'yes' when 0 then 'no' end",
            'actual_zh': "case actual when 1 then '是' when 0 then '否' end",
            'target_year': 'target_year', 'start_year': 'start_year', 'detail': 'detail',
            'contracted_en': by_scope_of_target(contracted_en, ', ', "', together by base-year tonnes ' || " ~ required_share ~ " || ' %'"),
            'contracted_zh': by_scope_of_target(contracted_zh, '，', "'，按基准年排放量加权为 ' || " ~ required_share ~ " || '%'"),
            'left_en': by_scope_of_target(left_en, ', '), 'left_zh': by_scope_of_target(left_zh, '，'),
        }) }} as parameters
    from required

),

alternatives as (

    select
        target_id, rule_id, valid_from, alternative,
        case
            when count(case when not is_kept then 1 end) > 0 then 0
            when count(is_kept) = count(*) then 2
            else 1
        end as standing
    from judged
    group by target_id, rule_id, valid_from, alternative

),

verdicts as (

    select
        target_id, rule_id, valid_from,
        case max(standing) when 2 then 'yes' when 1 then 'cannot_determine' else 'no' end as verdict
    from alternatives
    group by target_id, rule_id, valid_from

),

-- A criterion is said once, with the alternatives that led to the verdict: those that are kept, or all of them.
sentences as (

    select
        judged.target_id, judged.rule_id, judged.valid_from,
        min(judged.alternative * 100 + judged.criterion) as position,
        {{ filled_text('judged.arithmetic_en', 'judged.parameters') }} as arithmetic_en,
        {{ filled_text('judged.arithmetic_zh', 'judged.parameters') }} as arithmetic_zh,
        case when judged.is_kept is null then judged.missing_en end as missing_en,
        case when judged.is_kept is null then judged.missing_zh end as missing_zh
    from judged
    inner join verdicts
        on judged.target_id = verdicts.target_id and judged.rule_id = verdicts.rule_id and judged.valid_from = verdicts.valid_from
    inner join alternatives
        on
            judged.target_id = alternatives.target_id and judged.rule_id = alternatives.rule_id
            and judged.valid_from = alternatives.valid_from and judged.alternative = alternatives.alternative
    where verdicts.verdict <> 'yes' or alternatives.standing = 2
    group by judged.target_id, judged.rule_id, judged.valid_from, 5, 6, 7, 8

),

said as (

    select
        target_id, rule_id, valid_from,
        {%- for language in ['en', 'zh'] %}
        {%- set separator = '; ' if language == 'en' else '；' %}
        {{ texts_together('arithmetic_' ~ language, separator, 'position') }} as arithmetic_{{ language }},
        {{ texts_together('missing_' ~ language, separator, 'position') }} as missing_{{ language }}{{ ',' if not loop.last }}
        {%- endfor %}
    from sentences
    group by target_id, rule_id, valid_from

),

-- What the rule rests on in numbers: the criterion of the first alternative that decided.
first_criteria as (

    select
        target_id, rule_id, valid_from, actual, required, name_en, name_zh, standard, valid_to, only_if, else_en, else_zh,
        certainty, publication, source, submitted_on, method_version,
        row_number() over (
            partition by target_id, rule_id, valid_from order by case when is_kept then 1 else 0 end, alternative, criterion
        ) as preference
    from judged

),

conditioned as (

    select
        first_criteria.*,
        said.arithmetic_en, said.arithmetic_zh, said.missing_en, said.missing_zh,
        verdicts.verdict as own_verdict,
        case when first_criteria.only_if is null then 'yes' else coalesce(conditions.verdict, 'cannot_determine') end as condition
    from first_criteria
    inner join verdicts
        on
            first_criteria.target_id = verdicts.target_id and first_criteria.rule_id = verdicts.rule_id
            and first_criteria.valid_from = verdicts.valid_from
    left join said
        on
            first_criteria.target_id = said.target_id and first_criteria.rule_id = said.rule_id
            and first_criteria.valid_from = said.valid_from
    left join verdicts as conditions
        on first_criteria.target_id = conditions.target_id and first_criteria.only_if = conditions.rule_id
    where first_criteria.preference = 1

)

select
    target_id, rule_id, standard, valid_from, valid_to, name_en, name_zh,
    case
        when condition = 'no' or own_verdict = 'yes' then 'yes'
        when condition = 'yes' then own_verdict
        else 'cannot_determine'
    end as verdict,
    actual, required,
    case when condition = 'no' then else_en else arithmetic_en end as arithmetic_en,
    case when condition = 'no' then else_zh else arithmetic_zh end as arithmetic_zh,
    case
        when condition <> 'no' and own_verdict = 'cannot_determine' then missing_en
        when condition = 'cannot_determine' and own_verdict = 'no' then 'whether the company is one that the rule is about'
    end as missing_en,
    case
        when condition <> 'no' and own_verdict = 'cannot_determine' then missing_zh
        when condition = 'cannot_determine' and own_verdict = 'no' then '公司是否属于该规则的适用对象'
    end as missing_zh,
    -- Rules of the target's own time: of the standard that it names, else of the day of its submission.
    case
        when method_version is not null then method_version = standard
        when submitted_on is not null then submitted_on >= valid_from and (valid_to is null or submitted_on <= valid_to)
    end as is_of_its_time,
    valid_to is null as is_for_new_submissions,
    certainty, publication, source
from conditioned
