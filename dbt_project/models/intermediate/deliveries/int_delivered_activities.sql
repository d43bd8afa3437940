-- One row per measured activity, with the role it plays after rows that are the total of others: those count for nothing. A credit
-- belongs to the invoice that it corrects: it has its days and meter, counts up to it, and speaks for no day by itself.
{{ config(materialized='view') }}
select
    measured.activity_id,
    measured.submission_id,
    measured.source_sheet,
    measured.source_row,
    measured.feed,
    case when totals.activity_id is null then coalesce(credits.role, measured.role) else 'total' end as role,
    measured.facility_id,
    measured.activity_type,
    coalesce(credits.coverage_start, measured.coverage_start) as coverage_start,
    coalesce(credits.coverage_end, measured.coverage_end) as coverage_end,
    case
        when credits.activity_id is null then measured.coverage_days
        else {{ days_inclusive('credits.coverage_start', 'credits.coverage_end') }}
    end as coverage_days,
    measured.given_quantity,
    measured.given_unit,
    case when credits.activity_id is null then measured.quantity else credits.quantity end as quantity,
    case when credits.quantity <> measured.quantity then 0 else measured.quantity_rest end as quantity_rest,
    measured.unit,
    case
        when credits.quantity <> measured.quantity then concat_ws('; ',
            measured.unit_bridge, 'credits of ' || {{ plain_number('credits.credited') }} || ' limited to the '
            || {{ plain_number('credits.creditable') }} || ' ' || measured.unit || ' invoiced')
        else measured.unit_bridge
    end as unit_bridge,
    measured.supplier,
    case when credits.activity_id is null then measured.meter_id else credits.meter_id end as meter_id,
    measured.payer,
    measured.process,
    measured.own_factor,
    case when credits.activity_id is null then measured.data_quality else 'correction' end as data_quality
from {{ ref('int_measured_activities') }} as measured
left join {{ ref('int_invoice_credits') }} as credits
    on measured.activity_id = credits.activity_id
left join (
    select distinct activity_id from {{ ref('int_shared_days') }} where is_total
) as totals
    on measured.activity_id = totals.activity_id
