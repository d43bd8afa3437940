-- One row per observation between the ledger and the documents, or between documents.
with

types as (

    select activity_type, name_en, name_zh
    from {{ ref('int_activity_types') }}

),

credits as (

    select
        invoices.*, credits.activity_type as credited_type, credits.unit as credited_unit,
        credits.is_itself, credits.is_founded, credits.credited, credits.creditable,
        credits.credited - credits.creditable as excess
    from {{ ref('int_invoice_credits') }} as credits
    inner join {{ ref('stg_invoices') }} as invoices
        on credits.activity_id = invoices.activity_id

),

-- What a unit emits at the facility: what does not count has no line of its own.
rates as (

    select
        lines.facility_id,
        lines.activity_type,
        lines.unit,
        {{ exact_quotient('sum(lines.co2e_kg)', 'sum(lines.quantity)') }} as kg_per_unit
    from {{ ref('emissions') }} as lines
    cross join {{ ref('int_organization') }} as organization
    where
        lines.stage = 'direct' and lines.boundary_route = 'consolidated' and lines.quantity > 0
        and (lines.scope2_method is null or lines.scope2_method = organization.target_scope2_method)
        and lines.activity_type in (select credited_type from credits)
    group by lines.facility_id, lines.activity_type, lines.unit

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
        'misstatement_percent': "coalesce(" ~ plain_number('cast(absolute_share * 100 as decimal(12, 2))') ~ ", '> 100')",
        'materiality_percent': plain_number('materiality * 100'),
    }) }},
    cast(absolute_misstatement_t as decimal(38, 18))
from {{ ref('misstatements') }}
where is_material
union all
select
    'corrected_invoice_not_found', case when credits.is_itself then 'itself' else '' end, credits.facility_id,
    {{ month_of('credits.coverage_start') }}, credits.submission_id, credits.source_sheet, credits.source_row,
    'corrects_invoice_number', credits.corrects_invoice_number,
    {{ finding_values({
        'invoice_number': 'credits.invoice_number', 'corrects_invoice_number': 'credits.corrects_invoice_number',
        'supplier': "coalesce(credits.supplier, '-')",
    }) }},
    cast(credits.credited * cast(rates.kg_per_unit as decimal(20, 9)) * 0.001 as decimal(38, 18))
from credits
left join rates
    on
        credits.facility_id = rates.facility_id
        and credits.credited_type = rates.activity_type
        and credits.credited_unit = rates.unit
where not credits.is_founded
union all
select
    'credit_exceeds_invoice', '', credits.facility_id, {{ month_of('credits.coverage_start') }}, credits.submission_id,
    credits.source_sheet, credits.source_row, 'quantity', {{ plain_number('credits.quantity') }},
    {{ finding_values({
        'corrects_invoice_number': 'credits.corrects_invoice_number', 'credited': plain_number('credits.credited'),
        'invoiced': plain_number('credits.creditable'), 'excess': plain_number('credits.excess'), 'unit': 'credits.credited_unit',
    }) }},
    cast(credits.excess * cast(rates.kg_per_unit as decimal(20, 9)) * 0.001 as decimal(38, 18))
from credits
left join rates
    on
        credits.facility_id = rates.facility_id
        and credits.credited_type = rates.activity_type
        and credits.credited_unit = rates.unit
where credits.is_founded and credits.excess > 0
union all
select
    'shared_days', 'document', repeated.facility_id, {{ month_of('repeated.coverage_start') }}, repeated.submission_id,
    repeated.source_sheet, repeated.source_row, 'quantity', {{ plain_number('repeated.quantity') }},
    {{ finding_values({
        'invoice_number': 'invoices.invoice_number', 'quantity': plain_number('repeated.quantity'), 'unit': 'repeated.unit',
        'name_en': 'types.name_en', 'name_zh': 'types.name_zh', 'other_number': 'other_invoices.invoice_number',
        'other_quantity': plain_number('other.quantity'),
    }) }},
    cast(repeated.quantity * cast(ledger_rates.kg_per_unit as decimal(20, 9)) * 0.001 as decimal(38, 18))
from {{ ref('int_repeated_documents') }} as documents
inner join {{ ref('int_delivered_activities') }} as repeated
    on documents.activity_id = repeated.activity_id
inner join {{ ref('int_delivered_activities') }} as other
    on documents.other_activity_id = other.activity_id
inner join {{ ref('stg_invoices') }} as invoices
    on documents.activity_id = invoices.activity_id
inner join {{ ref('stg_invoices') }} as other_invoices
    on documents.other_activity_id = other_invoices.activity_id
inner join types
    on repeated.activity_type = types.activity_type
left join (
    select
        lines.facility_id, lines.activity_type, lines.unit,
        {{ exact_quotient('sum(lines.co2e_kg)', 'sum(lines.quantity)') }} as kg_per_unit
    from {{ ref('emissions') }} as lines
    cross join {{ ref('int_organization') }} as organization
    where
        lines.feed = 'energy_ledger' and lines.stage = 'direct' and lines.boundary_route = 'consolidated'
        and (lines.scope2_method is null or lines.scope2_method = organization.target_scope2_method)
    group by lines.facility_id, lines.activity_type, lines.unit
) as ledger_rates
    on
        repeated.facility_id = ledger_rates.facility_id
        and repeated.activity_type = ledger_rates.activity_type
        and repeated.unit = ledger_rates.unit
