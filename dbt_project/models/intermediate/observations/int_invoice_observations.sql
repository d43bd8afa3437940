-- One row per observation between the ledger and the documents, or between documents.
with

types as (

    select activity_type, name_en, name_zh
    from {{ ref('int_activity_types') }}

),

invoices as (

    select
        *,
        {{ name_key('supplier') }} as supplier_key,
        {{ name_key('invoice_number') }} as number_key,
        {{ name_key('corrects_invoice_number') }} as corrects_key
    from {{ ref('stg_invoices') }}

),

credits as (

    select * from invoices where row_status = 'accepted' and corrects_invoice_number is not null

),

-- An invoice is that of its supplier, and none corrects itself.
corrected as (

    select
        credits.activity_id,
        corrected.number_key is not null and coalesce(corrected.supplier_key, '') = coalesce(credits.supplier_key, '')
            as is_of_its_supplier,
        credits.number_key = credits.corrects_key as is_itself
    from credits
    left join (select distinct number_key, supplier_key from invoices) as corrected
        on credits.corrects_key = corrected.number_key

),

unfounded as (

    select
        activity_id,
        max(case when is_itself then 1 else 0 end) as is_itself
    from corrected
    group by activity_id
    having max(case when is_of_its_supplier and not is_itself then 1 else 0 end) = 0

),

quantities as (

    select
        invoices.activity_id, invoices.supplier_key, invoices.number_key, invoices.corrects_key, activities.facility_id,
        activities.activity_type, activities.unit, activities.quantity
    from invoices
    inner join {{ ref('int_delivered_activities') }} as activities
        on invoices.activity_id = activities.activity_id
    where invoices.row_status = 'accepted' and invoices.corrects_key is distinct from invoices.number_key

),

-- All credits on an invoice are at most what it says, per facility, activity type and unit.
exceeding as (

    select
        corrections.facility_id, corrections.activity_type, corrections.unit, corrections.supplier_key, corrections.corrects_key,
        -corrections.quantity as credited,
        coalesce(invoiced.quantity, 0) as invoiced,
        -corrections.quantity - coalesce(invoiced.quantity, 0) as excess
    from (
        select facility_id, activity_type, unit, supplier_key, corrects_key, sum(quantity) as quantity
        from quantities
        where corrects_key is not null
        group by facility_id, activity_type, unit, supplier_key, corrects_key
    ) as corrections
    left join (
        select facility_id, activity_type, unit, supplier_key, number_key, sum(quantity) as quantity
        from quantities
        group by facility_id, activity_type, unit, supplier_key, number_key
    ) as invoiced
        on
            corrections.facility_id = invoiced.facility_id
            and corrections.activity_type = invoiced.activity_type
            and corrections.unit = invoiced.unit
            and coalesce(corrections.supplier_key, '') = coalesce(invoiced.supplier_key, '')
            and corrections.corrects_key = invoiced.number_key
    where -corrections.quantity > coalesce(invoiced.quantity, 0)

),

rates as (

    select
        lines.activity_id,
        {{ exact_quotient('sum(lines.co2e_kg)', 'sum(lines.quantity)') }} as kg_per_unit
    from {{ ref('emissions') }} as lines
    cross join {{ ref('int_organization') }} as organization
    where
        lines.feed = 'invoices' and lines.stage = 'direct' and lines.boundary_route = 'consolidated'
        and (lines.scope2_method is null or lines.scope2_method = organization.target_scope2_method)
    group by lines.activity_id

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
    'corrected_invoice_not_found', case when unfounded.is_itself = 1 then 'itself' else '' end, credits.facility_id,
    {{ month_of('credits.coverage_start') }}, credits.submission_id, credits.source_sheet, credits.source_row,
    'corrects_invoice_number', credits.corrects_invoice_number,
    {{ finding_values({
        'invoice_number': 'credits.invoice_number', 'corrects_invoice_number': 'credits.corrects_invoice_number',
        'supplier': "coalesce(credits.supplier, '-')",
    }) }},
    null
from credits
inner join unfounded
    on credits.activity_id = unfounded.activity_id
union all
select
    'credit_exceeds_invoice', '', credits.facility_id, {{ month_of('credits.coverage_start') }}, credits.submission_id,
    credits.source_sheet, credits.source_row, 'quantity', {{ plain_number('credits.quantity') }},
    {{ finding_values({
        'corrects_invoice_number': 'credits.corrects_invoice_number', 'credited': plain_number('exceeding.credited'),
        'invoiced': plain_number('exceeding.invoiced'), 'excess': plain_number('exceeding.excess'), 'unit': 'exceeding.unit',
    }) }},
    cast(exceeding.excess * cast(rates.kg_per_unit as decimal(20, 9)) * 0.001 as decimal(38, 18))
from credits
inner join quantities
    on credits.activity_id = quantities.activity_id and quantities.quantity < 0
inner join exceeding
    on
        quantities.facility_id = exceeding.facility_id
        and quantities.activity_type = exceeding.activity_type
        and quantities.unit = exceeding.unit
        and coalesce(quantities.supplier_key, '') = coalesce(exceeding.supplier_key, '')
        and quantities.corrects_key = exceeding.corrects_key
left join rates
    on credits.activity_id = rates.activity_id
where credits.activity_id not in (select activity_id from unfounded)
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
