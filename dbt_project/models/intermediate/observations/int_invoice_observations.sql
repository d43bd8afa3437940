-- One row per observation between the ledger and the documents, or between documents.
with

types as (

    select activity_type, name_en, name_zh
    from {{ ref('stg_activity_types') }}

)

select
    'warning' as severity,
    'outside_tolerance' as rule,
    facility_id,
    period,
    cast(null as string) as submission_id,
    cast(null as string) as source_sheet,
    cast(null as integer) as source_row,
    'quantity' as column_name,
    {{ plain_number('delta') }} as source_value,
    'Ledger ' || {{ plain_number('ledger_quantity') }} || ', documents ' || {{ plain_number('invoiced_quantity') }} || ' '
    || unit || ' of ' || types.name_en || ': they differ by ' || {{ plain_number('cast(delta_share * 100 as decimal(18, 3))') }}
    || ' %, more than the tolerance of ' || {{ plain_number('tolerance * 100') }}
    || ' %. Compare meter readings, service dates and units, and correct the wrong one; the ledger counts.' as message_en,
    types.name_zh || '：台账 ' || {{ plain_number('ledger_quantity') }} || '，凭证 ' || {{ plain_number('invoiced_quantity') }}
    || ' ' || unit || '，相差 ' || {{ plain_number('cast(delta_share * 100 as decimal(18, 3))') }} || ' %，超过允许差 '
    || {{ plain_number('tolerance * 100') }} || ' %。请核对抄表读数、服务日期与单位，并更正有误的一方；系统以台账为准。' as message_zh,
    co2e_at_stake_t
from {{ ref('energy_reconciliation') }} as reconciliation
inner join types
    on reconciliation.activity_type = types.activity_type
where not within_tolerance and ledger_quantity is not null
union all
select
    'warning', 'material_misstatement', null, {{ first_day_of('year') }}, null, null, null, 'quantity',
    coalesce(cast(scope as string), '1;2'),
    'Scope ' || coalesce(cast(scope as string), '1 + 2') || ' of ' || cast(year as string) || ': '
    || cast(differences as string) || ' differences between ledger and documents add up to '
    || {{ plain_number('cast(absolute_misstatement_t as decimal(28, 3))') }} || ' t without their signs, '
    || {{ plain_number('cast(absolute_share * 100 as decimal(12, 2))') }} || ' %, more than the materiality of '
    || {{ plain_number('materiality * 100') }} || ' %. Clear the findings outside_tolerance.',
    cast(year as string) || ' 年范围 ' || coalesce(cast(scope as string), '1+2') || '：台账与凭证共有 '
    || cast(differences as string) || ' 项差异，绝对值合计 '
    || {{ plain_number('cast(absolute_misstatement_t as decimal(28, 3))') }} || ' t，占 '
    || {{ plain_number('cast(absolute_share * 100 as decimal(12, 2))') }} || ' %，超过实质性门槛 '
    || {{ plain_number('materiality * 100') }} || ' %。请处理 outside_tolerance 各项。',
    cast(absolute_misstatement_t as decimal(38, 18))
from {{ ref('misstatements') }}
where is_material
union all
select
    'warning', 'corrected_invoice_not_found', credits.facility_id, {{ month_of('credits.coverage_start') }},
    credits.submission_id, credits.source_sheet, credits.source_row, 'corrects_invoice_number',
    credits.corrects_invoice_number,
    'Invoice ' || credits.invoice_number || ' corrects ' || credits.corrects_invoice_number
    || ', which nobody has submitted. It counts; submit the invoice that it corrects, or correct its number.',
    '发票 ' || credits.invoice_number || ' 更正的发票 ' || credits.corrects_invoice_number
    || ' 未提交。本行已计入；请提交被更正的发票，或更正其号码。',
    null
from {{ ref('stg_invoices') }} as credits
where
    credits.row_status = 'accepted' and credits.corrects_invoice_number is not null
    and not exists (
        select 1 from {{ ref('stg_invoices') }} as corrected
        where corrected.invoice_number = credits.corrects_invoice_number
    )
