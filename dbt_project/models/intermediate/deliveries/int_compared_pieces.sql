-- One row per piece of what sources say of a facility and activity type: a row, or the readings, fills and trips of a month, or
-- the purchases of a year, named by the first of its rows.
select
    piece_id as activity_id,
    facility_id,
    activity_type,
    unit,
    feed,
    pace,
    meter_id,
    part,
    piece_start,
    piece_end,
    max(supplier_key) as supplier_key,
    max(invoice_number) as invoice_number,
    max(submission_id) as submission_id,
    count(*) as readings,
    cast(sum(quantity) as decimal(25, 6)) as quantity
from {{ ref('int_compared_rows') }}
group by piece_id, facility_id, activity_type, unit, feed, pace, meter_id, part, piece_start, piece_end
