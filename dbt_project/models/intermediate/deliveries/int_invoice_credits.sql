-- One row per accepted invoice of a negative quantity that corrects another: how much of it counts, and the days and meter of what it
-- corrects. All credits on an invoice are at most what it says, of the same supplier, facility and activity type, and none corrects
-- itself; what exceeds it counts for nothing.
with

invoices as (

    select
        measured.activity_id,
        measured.facility_id,
        measured.activity_type,
        measured.unit,
        measured.quantity,
        measured.role,
        coalesce(measured.meter_id, '') as meter_id,
        measured.coverage_start,
        measured.coverage_end,
        coalesce({{ name_key('invoices.supplier') }}, '') as supplier_key,
        {{ name_key('invoices.invoice_number') }} as number_key,
        {{ name_key('invoices.corrects_invoice_number') }} as corrects_key
    from {{ ref('stg_invoices') }} as invoices
    inner join {{ ref('int_measured_activities') }} as measured
        on invoices.activity_id = measured.activity_id
    where
        invoices.row_status = 'accepted'
        and exists (
            select 1 from {{ ref('stg_invoices') }} where row_status = 'accepted' and corrects_invoice_number is not null
        )

),

credits as (

    select * from invoices where quantity < 0 and corrects_key is not null

),

-- What an invoice says, and what was charged on it later.
charges as (

    select
        facility_id, activity_type, unit, supplier_key, number_key as corrected_key,
        quantity as invoiced, cast(null as decimal(19, 6)) as charged_later, role, meter_id, coverage_start, coverage_end
    from invoices
    where quantity > 0 and number_key is not null
    union all
    select
        facility_id, activity_type, unit, supplier_key, corrects_key, null, quantity, role, meter_id, coverage_start, coverage_end
    from invoices
    where quantity > 0 and corrects_key is not null and corrects_key is distinct from number_key

),

corrected as (

    select
        facility_id, activity_type, unit, supplier_key, corrected_key,
        cast(sum(invoiced) as decimal(25, 6)) as invoiced,
        cast(sum(charged_later) as decimal(25, 6)) as charged_later,
        min(coverage_start) as coverage_start,
        max(coverage_end) as coverage_end,
        case when min(meter_id) = max(meter_id) then min(meter_id) end as meter_id,
        case when min(role) = max(role) then min(role) end as role
    from charges
    group by facility_id, activity_type, unit, supplier_key, corrected_key

),

numbers as (

    select distinct supplier_key, number_key from invoices

),

credited as (

    select
        credits.activity_id,
        credits.facility_id,
        credits.activity_type,
        credits.unit,
        credits.supplier_key,
        credits.corrects_key as corrected_key,
        coalesce(credits.number_key = credits.corrects_key, false) as is_itself,
        numbers.number_key is not null as is_found,
        credits.quantity,
        coalesce(corrected.invoiced, 0) as invoiced,
        coalesce(corrected.charged_later, 0) as charged_later,
        cast(-sum(credits.quantity) over (
            partition by
                credits.facility_id, credits.activity_type, credits.unit, credits.supplier_key, credits.corrects_key,
                coalesce(credits.number_key = credits.corrects_key, false)
        ) as decimal(25, 6)) as credited,
        corrected.coverage_start is null
        or (
            credits.coverage_start between corrected.coverage_start and corrected.coverage_end
            and credits.coverage_end between corrected.coverage_start and corrected.coverage_end
        ) as is_within_days,
        credits.coverage_start,
        credits.coverage_end,
        corrected.coverage_start as corrected_start,
        corrected.coverage_end as corrected_end,
        coalesce(corrected.meter_id, credits.meter_id) as meter_id,
        coalesce(corrected.role, credits.role) as role
    from credits
    left join corrected
        on
            credits.facility_id = corrected.facility_id
            and credits.activity_type = corrected.activity_type
            and credits.unit = corrected.unit
            and credits.supplier_key = corrected.supplier_key
            and credits.corrects_key = corrected.corrected_key
            and credits.number_key is distinct from credits.corrects_key
    left join numbers
        on credits.supplier_key = numbers.supplier_key and credits.corrects_key = numbers.number_key

)

select
    activity_id,
    facility_id,
    activity_type,
    unit,
    supplier_key,
    corrected_key,
    is_itself,
    is_found and not is_itself as is_founded,
    cast(case
        when is_itself or invoiced + charged_later <= 0 then 0
        when credited <= invoiced + charged_later then quantity
        else {{ proportional_share('quantity', 'invoiced + charged_later', 'credited') }}
    end as decimal(19, 6)) as quantity,
    cast(invoiced as decimal(25, 6)) as invoiced,
    cast(invoiced + charged_later as decimal(25, 6)) as creditable,
    credited,
    case when is_within_days then coverage_start else corrected_start end as coverage_start,
    case when is_within_days then coverage_end else corrected_end end as coverage_end,
    nullif(meter_id, '') as meter_id,
    role
from credited
