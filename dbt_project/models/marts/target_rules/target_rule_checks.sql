-- One row per target and rule that is about it, the rule named with the first day of submission for which it holds.
select
    cast(target_id as string) as target_id,
    cast(rule_id as string) as rule_id,
    cast(standard as string) as standard,
    cast(valid_from as date) as valid_from,
    cast(valid_to as date) as valid_to,
    cast(name_en as string) as name_en,
    cast(name_zh as string) as name_zh,
    cast(verdict as string) as verdict,
    cast(actual as decimal(38, 12)) as actual,
    cast(required as decimal(38, 12)) as required,
    -- What is missing is said in the sentence too: without a value there is no arithmetic.
    cast(coalesce(arithmetic_en, 'Cannot be determined; missing: ' || missing_en) as string) as arithmetic_en,
    cast(coalesce(arithmetic_zh, '无法判定；缺少：' || missing_zh) as string) as arithmetic_zh,
    cast(missing_en as string) as missing_en,
    cast(missing_zh as string) as missing_zh,
    cast(is_of_its_time as boolean) as is_of_its_time,
    cast(is_for_new_submissions as boolean) as is_for_new_submissions,
    cast(certainty as string) as certainty,
    cast(publication as string) as publication,
    cast(source as string) as source
from {{ ref('int_target_rule_checks') }}
