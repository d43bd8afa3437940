-- One row per rejected row and rule, and per other observation.
with

observed as (

    select
        findings.severity,
        findings.rule,
        findings.facility_id,
        findings.period,
        findings.submission_id,
        findings.source_sheet,
        findings.source_row,
        findings.column_name,
        findings.source_value,
        findings.message_en,
        findings.message_zh,
        cast(null as decimal(38, 18)) as co2e_at_stake_t
    from {{ source('raw', 'intake_findings') }} as findings
    inner join {{ ref('stg_current_submissions') }} as submissions
        on findings.load_id = submissions.load_id
    union all
    select * from {{ ref('int_delivery_observations') }}
    union all
    select * from {{ ref('int_row_observations') }}
    union all
    select * from {{ ref('int_factor_observations') }}
    union all
    select * from {{ ref('int_energy_observations') }}
    union all
    select * from {{ ref('int_meter_observations') }}
    union all
    select * from {{ ref('int_invoice_observations') }}
    union all
    select * from {{ ref('int_completeness_observations') }}
    union all
    select * from {{ ref('int_history_observations') }}
    union all
    select * from {{ ref('int_production_observations') }}
    union all
    select * from {{ ref('int_instrument_observations') }}
    union all
    select * from {{ ref('int_reported_observations') }}
    union all
    select * from {{ ref('int_target_observations') }}

)

select distinct
    cast({{ hash_id([
        'severity', 'rule', 'facility_id', 'period', 'submission_id', 'source_sheet', 'source_row', 'column_name',
        'source_value', 'message_en'
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
