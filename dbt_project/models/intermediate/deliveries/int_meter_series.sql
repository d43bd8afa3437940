-- One row per feed (the ledger, invoices), facility, activity type and meter (empty without one): whether its rows follow each other
-- from day to day. Most do, and need not be looked at for days that are said twice or not at all.
select
    feed,
    facility_id,
    activity_type,
    coalesce(meter_id, '') as meter_id,
    -- Each day on which a row begins is the day after another's last, but for the first, and the reverse: as rows end after they
    -- begin, they are one chain. Days are compared by the sums of their hashes.
    sum({{ hash_as_decimal(['coverage_start']) }} - {{ hash_as_decimal(['cast(coverage_end + 1 as date)']) }})
    = {{ hash_as_decimal(['min(coverage_start)']) }} - {{ hash_as_decimal(['cast(max(coverage_end) + 1 as date)']) }}
    and max(case when data_quality = 'correction' then 1 else 0 end) = 0 as is_chain
from {{ ref('int_measured_activities') }}
where feed in ('energy_ledger', 'invoices')
group by feed, facility_id, activity_type, coalesce(meter_id, '')
