-- One row per observation between the ledger and the documents, or between documents.
with

types as (

    select activity_type, name_en, name_zh
    from {{ ref('stg_activity_types') }}

)

select
    'outside_tolerance' as rule,
    '' as variant,
    facility_id,
    period,
    cast(null as string) as submission_id,
    cast(null as string) as source_sheet,
    cast(null as integer) as source_row,
    'quantity' as column_name,
    {{ plain_number('delta') }} as source_value,
    {{ finding_values({
        'ledger_quantity': plain_number('ledger_quantity'), 'invoiced_quantity': plain_number('invoiced_quantity'),
        'unit': 'unit', 'name_en': 'types.name_en',
        'delta_percent': plain_number('cast(delta_share * 100 as decimal(18, 3))'),
        'tolerance_percent': plain_number('tolerance * 100'), 'name_zh': 'types.name_zh',
    }) }} as parameters,
    co2e_at_stake_t
from {{ ref('energy_reconciliation') }} as reconciliation
inner join types
    on reconciliation.activity_type = types.activity_type
where not within_tolerance and ledger_quantity is not null
union all
select
    'material_misstatement', case when scope is null then 'scope_1_and_2' else '' end, null,
    {{ first_day_of('year') }}, null, null, null, 'quantity',
    coalesce(cast(scope as string), '1;2'),
    {{ finding_values({
        'scope': 'scope', 'year': 'year', 'differences': 'differences',
        'misstatement_t': plain_number('cast(absolute_misstatement_t as decimal(28, 3))'),
        'misstatement_percent': plain_number('cast(absolute_share * 100 as decimal(12, 2))'),
        'materiality_percent': plain_number('materiality * 100'),
    }) }},
    cast(absolute_misstatement_t as decimal(38, 18))
from {{ ref('misstatements') }}
where is_material
union all
select
    'corrected_invoice_not_found', '', credits.facility_id, {{ month_of('credits.coverage_start') }},
    credits.submission_id, credits.source_sheet, credits.source_row, 'corrects_invoice_number',
    credits.corrects_invoice_number,
    {{ finding_values({
        'invoice_number': 'credits.invoice_number', 'corrects_invoice_number': 'credits.corrects_invoice_number',
    }) }},
    null
from {{ ref('stg_invoices') }} as credits
where
    credits.row_status = 'accepted' and credits.corrects_invoice_number is not null
    and not exists (
        select 1 from {{ ref('stg_invoices') }} as corrected
        where corrected.invoice_number = credits.corrects_invoice_number
    )
