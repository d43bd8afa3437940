-- One row per finding of the intake on a current submission, and per file that cannot be read now, with its severity and texts.
{{ config(materialized='view') }}
select
    findings.feed,
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
select
    cast(null as string) as feed,
    severity,
    rule,
    cast(null as string) as facility_id,
    cast(null as date) as period,
    submission_id,
    cast(null as string) as source_sheet,
    cast(null as int) as source_row,
    cast(null as string) as column_name,
    path as source_value,
    message_en,
    message_zh,
    cast(null as decimal(38, 18)) as co2e_at_stake_t
from {{ source('raw', 'landing_findings') }}
