-- One row per rejected row and rule, and per other observation.
with

observed as (

    select {{ all_columns_but(['feed']) }} from {{ ref('int_intake_findings') }}
    union all
    select * from {{ ref('int_observations') }}

)

select distinct
    cast({{ hash_id([
        'severity', 'rule', 'facility_id', 'period', 'submission_id', 'source_sheet', 'source_row', 'column_name',
        'source_value', 'message_en', 'message_zh', 'co2e_at_stake_t'
    ]) }} as string) as finding_id,
    cast(severity as string) as severity,
    cast(rule as string) as rule,
    facility_id,
    cast(period as date) as period,
    submission_id,
    source_sheet,
    source_row,
    cast(column_name as string) as column_name,
    cast(source_value as string) as source_value,
    cast(message_en as string) as message_en,
    cast(message_zh as string) as message_zh,
    cast(co2e_at_stake_t as decimal(38, 18)) as co2e_at_stake_t
from observed
