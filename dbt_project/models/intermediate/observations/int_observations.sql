-- One row per observation that the calculation makes, of every family, with its severity and texts.
{%- set families = [
    'delivery', 'row', 'factor', 'plausibility', 'energy', 'meter', 'invoice', 'completeness', 'history', 'production', 'instrument',
    'reported', 'reference', 'target'
] %}
with

observed as (

    {%- for family in families %}
    select * from {{ ref('int_' ~ family ~ '_observations') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select
    rules.severity,
    observed.rule,
    observed.facility_id,
    observed.period,
    observed.submission_id,
    observed.source_sheet,
    observed.source_row,
    observed.column_name,
    observed.source_value,
    {{ filled_text('rules.text_en', 'observed.parameters') }} as message_en,
    {{ filled_text('rules.text_zh', 'observed.parameters') }} as message_zh,
    observed.co2e_at_stake_t
from observed
left join {{ ref('finding_rules') }} as rules
    on observed.rule = rules.rule and observed.variant = coalesce(rules.variant, '')
