-- One row per facility, activity type and month with data: the days that the data speaks for, as bits (macro day_bits).
with

stated as (

    select
        facility_id,
        activity_type,
        period,
        bit_or(case
            when speaks_for = 'days' then {{ day_bits('segment_start', 'segment_end') }} else cast(0 as bigint)
        end) as read_bits,
        -- Rows of a ledger or a document that bear a single date.
        bit_or(case
            when speaks_for = 'months' and feed in ('energy_ledger', 'invoices')
                then {{ day_bits('segment_start', 'segment_end') }}
            else cast(0 as bigint)
        end) as dated_bits,
        max(case when speaks_for = 'days' then 1 else 0 end) = 1 as has_readings,
        max(case when speaks_for = 'months' and coalesce(feed, '') not in ('energy_ledger', 'invoices') then 1 else 0 end) = 1
            as has_records,
        max(case when data_quality = 'estimated' then 1 else 0 end) = 1 as has_estimate
    from (
        select
            *,
            -- A reading, an invoice or an estimate speaks for its days; a record of the activity log, and whatever is dated on
            -- a single day, for its months: nobody logs the days on which nothing was refuelled. A correction speaks for none.
            case
                when data_quality = 'correction' then null
                when feed = 'estimate' then 'days'
                when feed in ('energy_ledger', 'invoices') and coverage_days > 1 then 'days'
                else 'months'
            end as speaks_for
        from {{ ref('int_activity_segments') }}
    ) as segments
    where speaks_for is not null
    group by facility_id, activity_type, period

),

-- A date is that of a fill, or of the reading of a month; electricity and heat that are dated on three days on end are read
-- day by day, and each row speaks for its day.
judged as (

    select
        stated.*,
        coalesce(types.method in ('electricity', 'heat'), false)
        and (stated.dated_bits & (stated.dated_bits >> 1) & (stated.dated_bits >> 2)) <> 0 as is_daily
    from stated
    left join {{ ref('int_activity_types') }} as types
        on stated.activity_type = types.activity_type

)

select
    facility_id,
    activity_type,
    period,
    read_bits
    | case
        when has_records or (dated_bits <> 0 and not is_daily)
            then {{ day_bits('period', dbt.last_day('period', 'month')) }}
        else dated_bits
    end as data_bits,
    has_readings or is_daily as is_by_days,
    has_estimate
from judged
