-- One row per measured activity, with the role it plays after rows that are the total of others: those count for nothing.
{{ config(materialized='view') }}
select
    measured.activity_id,
    measured.submission_id,
    measured.source_sheet,
    measured.source_row,
    measured.feed,
    case when totals.activity_id is null then measured.role else 'total' end as role,
    measured.facility_id,
    measured.activity_type,
    measured.coverage_start,
    measured.coverage_end,
    measured.coverage_days,
    measured.given_quantity,
    measured.given_unit,
    measured.quantity,
    measured.unit,
    measured.quantity_rounded,
    measured.unit_bridge,
    measured.supplier,
    measured.meter_id,
    measured.payer,
    measured.process,
    measured.own_factor,
    measured.data_quality
from {{ ref('int_measured_activities') }} as measured
left join (
    select distinct activity_id from {{ ref('int_shared_days') }} where is_total
) as totals
    on measured.activity_id = totals.activity_id
