-- One row per source (`ledger` or `documents`), month, facility, activity type and unit, where there are invoices or purchases
-- of an energy carrier: what each of the two proves, by the days that it covers.
with

activities as (

    select
        delivered.activity_id, delivered.feed, delivered.role, delivered.facility_id, delivered.activity_type,
        coalesce(meters.meter_id, '') as meter_id, delivered.coverage_start, delivered.coverage_end,
        delivered.coverage_days, delivered.quantity, delivered.unit, delivered.given_unit, delivered.data_quality
    from {{ ref('int_delivered_activities') }} as delivered
    left join {{ ref('int_meters') }} as meters
        on delivered.facility_id = meters.facility_id and delivered.meter_id = meters.meter_id
    inner join (
        select distinct facility_id, activity_type
        from {{ ref('int_delivered_activities') }}
        where role = 'evidence' or (role = 'sub_meter' and feed = 'invoices')
    ) as documented
        on delivered.facility_id = documented.facility_id and delivered.activity_type = documented.activity_type
    where delivered.feed in ('energy_ledger', 'invoices', 'procurement')

),

ledger_months as (

    select
        ledger.activity_id,
        ledger.facility_id,
        ledger.activity_type,
        ledger.unit,
        months.month_start as period,
        -- What was received is what documents can prove; the rest of the quantity comes out of the stock, or goes into it.
        case
            when
                stocks.received is not null and ledger.role = 'consumption' and ledger.quantity is not null
                and abs(cast(stocks.received as double)) * cast(conversions.factor as double) < 1e12
                then cast(
                    {{ cumulative_share(
                        'cast(stocks.received * conversions.factor - ledger.quantity as decimal(19, 6))',
                        '(' ~ dbt.datediff('ledger.coverage_start',
                            'cast(least(ledger.coverage_end, months.month_end) as date)', 'day') ~ ' + 1)',
                        'ledger.coverage_days'
                    ) }}
                    - {{ cumulative_share(
                        'cast(stocks.received * conversions.factor - ledger.quantity as decimal(19, 6))',
                        dbt.datediff('ledger.coverage_start',
                            'cast(greatest(ledger.coverage_start, months.month_start) as date)', 'day'),
                        'ledger.coverage_days'
                    ) }}
                as decimal(19, 6))
        end as received_beyond_quantity
    from activities as ledger
    inner join {{ ref('int_months') }} as months
        on ledger.coverage_start <= months.month_end and ledger.coverage_end >= months.month_start
    left join {{ ref('stg_energy_ledger') }} as stocks
        on ledger.activity_id = stocks.activity_id and stocks.received is not null
    left join {{ ref('int_unit_conversions') }} as conversions
        on ledger.given_unit = conversions.from_unit and ledger.unit = conversions.to_unit
    where ledger.feed = 'energy_ledger'

),

-- The ledger as the inventory counts it: with the documents that stand in for the days that it lacks, in months that it
-- speaks of at all.
ledger as (

    select
        segments.facility_id, segments.activity_type, segments.unit, segments.period, segments.quantity, false as has_stocks
    from {{ ref('int_activity_segments') }} as segments
    inner join activities
        on segments.activity_id = activities.activity_id
    where
        (segments.facility_id, segments.activity_type, segments.period)
        in (select distinct facility_id, activity_type, period from ledger_months)
    union all
    select facility_id, activity_type, unit, period, received_beyond_quantity, true
    from ledger_months
    where received_beyond_quantity is not null

),

-- Documents that say what another one has said: the posting of an invoiced purchase, the invoice of a sub-meter where a
-- meter above it, or a row without a meter, is proved.
said_before as (

    select distinct
        'procurement' as feed, facility_id, activity_type, '' as meter_id, coverage_start, coverage_end
    from activities
    where feed = 'invoices'
    union
    select
        'invoices', sub_meters.facility_id, sub_meters.activity_type, sub_meters.meter_id, above.coverage_start, above.coverage_end
    from (
        select distinct facility_id, activity_type, meter_id from activities where role = 'sub_meter' and feed = 'invoices'
    ) as sub_meters
    inner join activities as above
        on
            sub_meters.facility_id = above.facility_id
            and sub_meters.activity_type = above.activity_type
            and above.feed in ('energy_ledger', 'invoices')
    left join {{ ref('int_meter_ancestors') }} as ancestors
        on
            sub_meters.facility_id = ancestors.facility_id
            and sub_meters.meter_id = ancestors.meter_id
            and above.meter_id = ancestors.ancestor_meter_id
    where above.meter_id = '' or ancestors.meter_id is not null

),

unsaid_days as (

    {{ coverage_gaps('said_before', ['feed', 'facility_id', 'activity_type', 'meter_id']) }}

),

documents as (

    select
        activities.*,
        greatest(activities.coverage_start, unsaid_days.gap_start) as part_start,
        least(activities.coverage_end, unsaid_days.gap_end) as part_end
    from activities
    left join unsaid_days
        on
            activities.feed = unsaid_days.feed
            and activities.facility_id = unsaid_days.facility_id
            and activities.activity_type = unsaid_days.activity_type
            and activities.meter_id = unsaid_days.meter_id
    where
        (activities.role = 'evidence' or (activities.role = 'sub_meter' and activities.feed = 'invoices'))
        and activities.activity_id not in (select activity_id from {{ ref('int_repeated_documents') }})

),

proved as (

    select 'ledger' as source, period, facility_id, activity_type, unit, quantity, has_stocks
    from ledger
    union all
    select
        'documents', months.month_start, documents.facility_id, documents.activity_type, documents.unit,
        cast(
            {{ cumulative_share(
                'documents.quantity',
                '(' ~ dbt.datediff('documents.coverage_start',
                    'cast(least(documents.part_end, months.month_end) as date)', 'day') ~ ' + 1)',
                'documents.coverage_days'
            ) }}
            - {{ cumulative_share(
                'documents.quantity',
                dbt.datediff('documents.coverage_start',
                    'cast(greatest(documents.part_start, months.month_start) as date)', 'day'),
                'documents.coverage_days'
            ) }}
        as decimal(19, 6)),
        false
    from documents
    inner join {{ ref('int_months') }} as months
        on documents.part_start <= months.month_end and documents.part_end >= months.month_start
    where documents.part_start <= documents.part_end

),

-- Whole months that one row speaks of together, of a quarter or a year: it does not say how they divide.
stretches as (

    select facility_id, activity_type, min(coverage_start) as first_day, max(coverage_end) as last_day
    from (
        select
            *,
            sum(begins) over (
                partition by facility_id, activity_type order by coverage_start, coverage_end
                rows between unbounded preceding and current row
            ) as stretch
        from (
            select
                facility_id, activity_type, coverage_start, coverage_end,
                case
                    when coverage_start <= max(coverage_end) over (
                        partition by facility_id, activity_type order by coverage_start, coverage_end
                        rows between unbounded preceding and 1 preceding
                    )
                        then 0
                    else 1
                end as begins
            from activities
            where
                role in ('consumption', 'evidence')
                and coalesce(data_quality, '') <> 'correction'
                and {{ month_of('coverage_start') }} <> {{ month_of('coverage_end') }}
                and coverage_start = {{ month_of('coverage_start') }}
                and coverage_end = {{ dbt.last_day('coverage_end', 'month') }}
        ) as long_rows
    ) as in_order
    group by facility_id, activity_type, stretch

)

select
    proved.source,
    proved.period,
    proved.facility_id,
    proved.activity_type,
    proved.unit,
    cast(sum(proved.quantity) as decimal(25, 6)) as quantity,
    max(case when proved.has_stocks then 1 else 0 end) = 1 as has_stocks,
    min(stretches.first_day) as together_from
from proved
left join stretches
    on
        proved.facility_id = stretches.facility_id
        and proved.activity_type = stretches.activity_type
        and proved.period between stretches.first_day and stretches.last_day
group by proved.source, proved.period, proved.facility_id, proved.activity_type, proved.unit
