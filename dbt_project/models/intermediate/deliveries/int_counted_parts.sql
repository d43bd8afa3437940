-- One row per activity that gives way to others (evidence, a sub-meter) and stretch of days for which it counts all the same: what
-- a meter or a document proves counts once. What is consumption anyway counts whole, and is not written out a million times.
with

-- A meter that meters.csv does not know says nothing about what else it may hold: such a row is one without a meter.
activities as (

    select
        delivered.activity_id, delivered.feed, delivered.role, delivered.facility_id, delivered.activity_type,
        coalesce(meters.meter_id, '') as meter_id, delivered.coverage_start, delivered.coverage_end,
        coalesce(delivered.data_quality, '') = 'correction' as is_correction
    from {{ ref('int_delivered_activities') }} as delivered
    left join {{ ref('int_meters') }} as meters
        on delivered.facility_id = meters.facility_id and delivered.meter_id = meters.meter_id
    -- Only beside something that gives way there is anything to look at.
    inner join (
        select distinct facility_id, activity_type
        from {{ ref('int_delivered_activities') }}
        where role in ('evidence', 'sub_meter')
    ) as places
        on delivered.facility_id = places.facility_id and delivered.activity_type = places.activity_type
    where delivered.feed in ('energy_ledger', 'invoices') or delivered.role in ('evidence', 'sub_meter')

),

readings as (

    -- A ledger row that is the total of others covers its days all the same; a correction covers none.
    select distinct
        feed, case when role = 'total' and feed = 'energy_ledger' then 'consumption' else role end as role,
        facility_id, activity_type, meter_id, coverage_start, coverage_end, is_correction
    from activities
    where feed in ('energy_ledger', 'invoices')

),

-- A main meter's invoice gives way to that meter in the ledger and to rows without a meter, not to another main meter;
-- one without a meter to all of the ledger but sub-meters, which hold a part of it; the posting of a purchase to both feeds.
better_coverage as (

    select documents.feed, documents.facility_id, documents.activity_type, documents.meter_id,
        ledger.coverage_start, ledger.coverage_end
    from (select distinct feed, facility_id, activity_type, meter_id from readings where role = 'evidence') as documents
    inner join readings as ledger
        on
            documents.facility_id = ledger.facility_id
            and documents.activity_type = ledger.activity_type
            and ledger.role = 'consumption'
            and not ledger.is_correction
            and (documents.meter_id = '' or ledger.meter_id in ('', documents.meter_id))
    union all
    select 'procurement', facility_id, activity_type, '', coverage_start, coverage_end
    from readings
    where not is_correction

),

better_gaps as (

    {{ coverage_gaps('better_coverage', ['feed', 'facility_id', 'activity_type', 'meter_id']) }}

),

evidence_parts as (

    select
        activities.activity_id,
        activities.feed,
        activities.facility_id,
        activities.activity_type,
        activities.meter_id,
        greatest(activities.coverage_start, better_gaps.gap_start) as part_start,
        least(activities.coverage_end, better_gaps.gap_end) as part_end
    from activities
    left join better_gaps
        on
            activities.feed = better_gaps.feed
            and activities.facility_id = better_gaps.facility_id
            and activities.activity_type = better_gaps.activity_type
            and activities.meter_id = better_gaps.meter_id
    where activities.role = 'evidence'

),

sub_meters as (

    select distinct feed, facility_id, activity_type, meter_id
    from readings
    where role = 'sub_meter'

),

-- A sub-meter is part of the meters above it, whichever feed proves them, and of an invoice without a meter that counts;
-- its invoice is that of its own reading, or of a ledger row without a meter, too.
parent_coverage as (

    select
        sub_meters.feed, sub_meters.facility_id, sub_meters.activity_type, sub_meters.meter_id,
        parents.coverage_start, parents.coverage_end
    from sub_meters
    inner join {{ ref('int_meter_ancestors') }} as ancestors
        on sub_meters.facility_id = ancestors.facility_id and sub_meters.meter_id = ancestors.meter_id
    inner join readings as parents
        on
            ancestors.facility_id = parents.facility_id
            and ancestors.ancestor_meter_id = parents.meter_id
            and sub_meters.activity_type = parents.activity_type
            and not parents.is_correction
    union all
    select
        sub_meters.feed, sub_meters.facility_id, sub_meters.activity_type, sub_meters.meter_id,
        parts.part_start, parts.part_end
    from sub_meters
    inner join evidence_parts as parts
        on
            sub_meters.facility_id = parts.facility_id
            and sub_meters.activity_type = parts.activity_type
            and parts.feed = 'invoices'
            and parts.meter_id = ''
            and parts.part_start <= parts.part_end
    union all
    select
        sub_meters.feed, sub_meters.facility_id, sub_meters.activity_type, sub_meters.meter_id,
        ledger.coverage_start, ledger.coverage_end
    from sub_meters
    inner join readings as ledger
        on
            sub_meters.feed = 'invoices'
            and ledger.feed = 'energy_ledger'
            and not ledger.is_correction
            and sub_meters.facility_id = ledger.facility_id
            and sub_meters.activity_type = ledger.activity_type
            and ledger.meter_id in ('', sub_meters.meter_id)

),

parent_gaps as (

    {{ coverage_gaps('parent_coverage', ['feed', 'facility_id', 'activity_type', 'meter_id']) }}

),

parts as (

    select activity_id, part_start, part_end, 'no_ledger' as reason
    from evidence_parts
    union all
    select
        activities.activity_id,
        greatest(activities.coverage_start, parent_gaps.gap_start) as part_start,
        least(activities.coverage_end, parent_gaps.gap_end) as part_end,
        case activities.feed when 'invoices' then 'no_ledger' else 'no_parent' end as reason
    from activities
    left join parent_gaps
        on
            activities.feed = parent_gaps.feed
            and activities.facility_id = parent_gaps.facility_id
            and activities.meter_id = parent_gaps.meter_id
            and activities.activity_type = parent_gaps.activity_type
    where activities.role = 'sub_meter'

)

select activity_id, part_start, part_end, reason
from parts
where part_start <= part_end
