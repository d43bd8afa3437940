-- One row per facility, activity type and month with data: the days that the data speaks for, as bits (macro day_bits).
select
    facility_id,
    activity_type,
    period,
    bit_or(case
        when speaks_for = 'days' then {{ day_bits('segment_start', 'segment_end') }}
        else {{ day_bits('period', dbt.last_day('period', 'month')) }}
    end) as data_bits,
    max(case when speaks_for = 'days' then 1 else 0 end) = 1 as is_by_days,
    max(case when data_quality = 'estimated' then 1 else 0 end) = 1 as has_estimate
from {{ ref('int_activity_segments') }}
where speaks_for is not null
group by facility_id, activity_type, period
