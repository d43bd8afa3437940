-- One row per activity, counted stretch and month (cut again where a factor or a share changes inside the month): the
-- exact share of the quantity that falls on those days. The shares of an activity sum to its quantity.
with

parts as (

    select activity_id, part_start, part_end, reason
    from {{ ref('int_counted_parts') }}
    union all
    select activity_id, coverage_start, coverage_end, 'no_data' as reason
    from {{ ref('int_activities') }}
    where feed = 'estimate'

),

months as (

    select
        parts.activity_id,
        parts.reason,
        activities.facility_id,
        activities.activity_type,
        activities.coverage_start,
        activities.coverage_days,
        activities.quantity,
        months.month_start,
        greatest(parts.part_start, months.month_start) as segment_start,
        least(parts.part_end, months.month_end) as segment_end
    from parts
    inner join {{ ref('int_activities') }} as activities
        on parts.activity_id = activities.activity_id
    inner join {{ ref('int_months') }} as months
        on parts.part_start <= months.month_end and parts.part_end >= months.month_start

),

starts as (

    select activity_id, reason, month_start, segment_start, segment_end, segment_start as cut_start
    from months
    union all
    select
        months.activity_id, months.reason, months.month_start, months.segment_start, months.segment_end,
        breakpoints.change_day as cut_start
    from months
    inner join {{ ref('int_breakpoints') }} as breakpoints
        on
            months.facility_id = breakpoints.facility_id
            and months.activity_type = breakpoints.activity_type
            and breakpoints.change_day > months.segment_start
            and breakpoints.change_day <= months.segment_end

),

cuts as (

    select
        activity_id,
        reason,
        month_start,
        cut_start,
        cast(coalesce(
            lead(cut_start) over (partition by activity_id, segment_start order by cut_start) - 1, segment_end
        ) as date) as cut_end
    from starts

),

placed as (

    select
        cuts.*,
        activities.facility_id,
        activities.activity_type,
        activities.supplier,
        activities.process,
        activities.unit,
        activities.quantity,
        activities.coverage_days,
        -- A reading, an invoice or an estimate speaks for its days; a record of the activity log, and whatever is dated on
        -- a single day, for its months: nobody logs the days on which nothing was refuelled. A correction speaks for none.
        case
            when activities.data_quality = 'correction' then null
            when activities.feed = 'estimate' then 'days'
            when activities.feed in ('energy_ledger', 'invoices') and activities.coverage_days > 1 then 'days'
            else 'months'
        end as speaks_for,
        coalesce(activities.data_quality = 'estimated', false) as is_estimated,
        cuts.cut_start = greatest(activities.coverage_start, cuts.month_start)
        and cuts.cut_end = least(
            activities.coverage_end, cast({{ dbt.last_day('cuts.month_start', 'month') }} as date)
        ) as is_whole_month,
        {{ dbt.datediff('activities.coverage_start', 'cuts.cut_start', 'day') }} as days_before,
        {{ dbt.datediff('activities.coverage_start', 'cuts.cut_end', 'day') }} + 1 as days_through
    from cuts
    inner join {{ ref('int_activities') }} as activities
        on cuts.activity_id = activities.activity_id

),

-- Factors are looked up as of the last change on or before the segment, so that few dates need an answer.
dated as (

    select
        placed.activity_id,
        placed.cut_start,
        max(coalesce(breakpoints.change_day, placed.month_start)) as factor_date
    from placed
    left join {{ ref('int_breakpoints') }} as breakpoints
        on
            placed.facility_id = breakpoints.facility_id
            and placed.activity_type = breakpoints.activity_type
            and breakpoints.change_day > placed.month_start
            and breakpoints.change_day <= placed.cut_start
    group by placed.activity_id, placed.cut_start

)

select
    placed.activity_id,
    placed.reason,
    placed.month_start as period,
    placed.cut_start as segment_start,
    placed.cut_end as segment_end,
    placed.is_whole_month,
    dated.factor_date,
    placed.facility_id,
    placed.activity_type,
    coalesce(placed.supplier, '') as supplier,
    coalesce(placed.process, '') as process,
    placed.speaks_for,
    placed.is_estimated,
    placed.unit,
    cast(
        {{ cumulative_share('placed.quantity', 'placed.days_through', 'placed.coverage_days') }}
        - {{ cumulative_share('placed.quantity', 'placed.days_before', 'placed.coverage_days') }}
    as decimal(19, 6)) as quantity
from placed
inner join dated
    on placed.activity_id = dated.activity_id and placed.cut_start = dated.cut_start
