-- Spreading by days loses nothing: the months of an activity sum to its quantity to the last decimal. A sub-meter's months
-- are those that break its parent down and those that count because the parent lacks a reading. Of evidence only the
-- days that no ledger covers are counted, so it never counts more than it says; nor does an invoice of a sub-meter, whose
-- own readings come first, nor a sub-meter of a facility that is in the boundary for a part of the days. The total of other
-- rows counts for nothing.
{{ config(meta={'dagster': {'ref': {'name': 'int_activity_segments'}}}) }}

with

-- Facilities and types at which every activity that counts whole is one segment of its own quantity, as nearly all are: the hashes of
-- both add up to the same. Only at the others months are added up, activity by activity.
in_one_piece as (

    select facility_id, activity_type
    from (
        select facility_id, activity_type, 1 as activities, {{ hash_as_decimal(['activity_id', 'quantity', 'quantity_rest']) }} as signed_hash
        from {{ ref('int_activities') }}
        where role = 'consumption'
        union all
        select facility_id, activity_type, -1, -{{ hash_as_decimal(['activity_id', 'quantity', 'quantity_rest']) }}
        from {{ ref('int_activity_segments') }}
    ) as both_sides
    group by facility_id, activity_type
    having sum(activities) = 0 and sum(signed_hash) = 0

),

counted as (

    select segments.activity_id, sum(segments.quantity) as quantity, sum(segments.quantity_rest) as quantity_rest
    from {{ ref('int_activity_segments') }} as segments
    left join in_one_piece
        on segments.facility_id = in_one_piece.facility_id and segments.activity_type = in_one_piece.activity_type
    where in_one_piece.facility_id is null
    group by segments.activity_id

),

broken_down as (

    select activity_id, sum(quantity) as quantity
    from {{ ref('int_sub_meter_months') }}
    group by activity_id

),

-- Sub-meters' readings that an interval of the boundary touches and does not hold whole.
at_the_boundary as (

    select distinct activities.activity_id
    from {{ ref('int_activities') }} as activities
    inner join {{ ref('int_consolidation_shares') }} as shares
        on
            activities.facility_id = shares.facility_id
            and shares.boundary_route = 'consolidated'
            and shares.share > 0
            and shares.valid_from <= {{ dbt.last_day('activities.coverage_end', 'month') }}
            and shares.valid_to >= {{ month_of('activities.coverage_start') }}
            and (activities.coverage_start < shares.valid_from or activities.coverage_end > shares.valid_to)
    where activities.role = 'sub_meter'

),

summed as (

    select
        activities.activity_id,
        activities.submission_id,
        activities.source_sheet,
        activities.source_row,
        activities.role,
        activities.feed,
        activities.coverage_start,
        activities.coverage_end,
        activities.unit,
        activities.quantity,
        activities.role = 'consumption' and counted.quantity_rest <> activities.quantity_rest as has_lost_a_rest,
        coalesce(counted.quantity, 0) + coalesce(broken_down.quantity, 0) as months_quantity
    from {{ ref('int_activities') }} as activities
    left join in_one_piece
        on
            activities.facility_id = in_one_piece.facility_id and activities.activity_type = in_one_piece.activity_type
            and activities.role = 'consumption'
    left join counted
        on activities.activity_id = counted.activity_id
    left join broken_down
        on activities.activity_id = broken_down.activity_id
    where activities.quantity is not null and in_one_piece.facility_id is null

)

select *
from summed
where
    case
        when
            role = 'evidence' or (role = 'sub_meter' and feed = 'invoices')
            or activity_id in (select activity_id from at_the_boundary)
            then abs(months_quantity) > abs(quantity)
        when role = 'total' then months_quantity <> 0
        else months_quantity <> quantity or has_lost_a_rest
    end
