-- One row per activity and source of the same facility and activity type that speaks of the same days: what the two say there, and
-- whether the row is the total of that source, so that it does not count.
-- A source is what one feed says at one pace: of one meter, of all meters, or of one submission without a meter. Rows that
-- prove each other by the days that they cover (the ledger and its documents) and parallel meters share nothing.
with

-- All meters of one feed and pace together, beside a row without a meter.
meters_together as (

    select
        facility_id, activity_type, unit, feed, pace, piece_start, piece_end, min(activity_id) as activity_id,
        sum(readings) as readings, cast(sum(quantity) as decimal(25, 6)) as quantity
    from {{ ref('int_compared_pieces') }} as pieces
    where meter_id <> ''
    group by facility_id, activity_type, unit, feed, pace, piece_start, piece_end

),

others as (

    select
        facility_id, activity_type, unit, feed, pace, meter_id, part, supplier_key, invoice_number, submission_id, piece_start, piece_end,
        activity_id, readings, quantity, false as is_all_meters
    from {{ ref('int_compared_pieces') }} as pieces
    union all
    select
        facility_id, activity_type, unit, feed, pace, '', 'meters', null, null, '', piece_start, piece_end, activity_id, readings,
        quantity, true
    from meters_together

),

{#- Two that share a day share the month of the first such day: histories of many years are not compared with themselves. #}
{%- for pieces, table in [('pieces', ref('int_compared_pieces')), ('others', 'others')] %}
{{ pieces }}_by_month as (

    select {{ pieces }}.*, {{ month_of('piece_start') }} as month
    from {{ table }} as {{ pieces }}
    where {{ month_of('piece_start') }} = {{ month_of('piece_end') }}
    union all
    select
        {{ pieces }}.*,
        cast({{ dbt.dateadd('month', 'cast(numbers.i as integer)', month_of('piece_start')) }} as date) as month
    from {{ table }} as {{ pieces }}
    inner join range(0, 2400) as numbers(i)
        on numbers.i <= {{ dbt.datediff('piece_start', 'piece_end', 'month') }}
    where {{ month_of('piece_start') }} <> {{ month_of('piece_end') }}

),
{% endfor %}
pairs as (

    select
        piece.activity_id,
        piece.feed,
        piece.facility_id,
        piece.activity_type,
        piece.unit,
        piece.pace,
        piece.quantity,
        other.feed as other_feed,
        other.pace as other_pace,
        piece.pace = 1 and other.pace = 0 as is_day_of_hours,
        -- Two invoices of a month are two sources; the invoices of the months of a quarter are one.
        case when (other.feed = 'invoices' and other.pace = piece.pace) or other.is_all_meters then other.part else '' end
        || '|' || case when other.pace = piece.pace then other.submission_id else '' end as other_source,
        other.activity_id as other_activity_id,
        other.is_all_meters,
        other.piece_start as other_start,
        other.piece_end as other_end,
        other.unit as other_unit,
        other.quantity as other_quantity,
        other.readings as other_readings,
        other.piece_start >= piece.piece_start and other.piece_end <= piece.piece_end
        -- Two invoices of one supplier are two supplies, however equal: grid and retailer write two invoices of one.
        and not case
            when piece.feed = 'invoices' and other.feed = 'invoices' and piece.pace = other.pace and not other.is_all_meters
                then piece.supplier_key = other.supplier_key
                and {{ name_key('piece.invoice_number') }} <> {{ name_key('other.invoice_number') }}
            else false
        end as is_within,
        -- Of two that say the same one counts: the shorter, the ledger before documents and logs, then the larger one. What a
        -- file is called decides only between rows that say the same; of those one that names its supplier.
        other.pace < piece.pace or (other.pace = piece.pace and other.is_all_meters) or (
            other.pace = piece.pace and {{ days_inclusive('other.piece_start', 'other.piece_end') }} < {{ days_inclusive('piece.piece_start', 'piece.piece_end') }}
        ) or (
            other.pace = piece.pace and {{ days_inclusive('other.piece_start', 'other.piece_end') }} = {{ days_inclusive('piece.piece_start', 'piece.piece_end') }} and (
                {{ "case other.feed when 'energy_ledger' then 1 when 'invoices' then 2 when 'activity_log' then 3 else 4 end" }}
                < {{ "case piece.feed when 'energy_ledger' then 1 when 'invoices' then 2 when 'activity_log' then 3 else 4 end" }}
                or (
                    other.feed = piece.feed
                    and (
                        other.unit, -other.quantity, other.supplier_key is null, coalesce(other.supplier_key, ''),
                        other.activity_id
                    ) < (
                        piece.unit, -piece.quantity, piece.supplier_key is null, coalesce(piece.supplier_key, ''),
                        piece.activity_id
                    )
                )
            )
        ) as is_other_first
    from pieces_by_month as piece
    inner join others_by_month as other
        on
            piece.facility_id = other.facility_id
            and piece.activity_type = other.activity_type
            and piece.month = other.month
            and piece.month = {{ month_of('greatest(piece.piece_start, other.piece_start)') }}
            and piece.activity_id <> other.activity_id
            and (
                least(piece.piece_end, other.piece_end) > greatest(piece.piece_start, other.piece_start)
                -- A day and its hours.
                or (piece.piece_start = other.piece_start and piece.pace <> other.pace and piece.pace <= 1 and other.pace <= 1)
            )
    where
        -- One meter with itself, or rows without one; or a row without a meter with all meters.
        piece.meter_id = other.meter_id
        and (not other.is_all_meters or piece.meter_id = '')
        -- Lines of one invoice add up unless they say the same; what documents prove is compared by the days that it covers.
        and case
            when piece.feed = other.feed and piece.feed = 'invoices'
                then other.is_all_meters
                or coalesce(piece.invoice_number, '') <> coalesce(other.invoice_number, '')
                or piece.quantity = other.quantity
                or piece.piece_start <> other.piece_start or piece.piece_end <> other.piece_end
            when piece.feed in ('invoices', 'procurement') and other.feed = 'energy_ledger' then false
            when piece.feed = 'energy_ledger' and other.feed in ('invoices', 'procurement') then false
            when piece.feed = 'procurement' and other.feed in ('procurement', 'invoices') then false
            when piece.feed = 'invoices' and other.feed = 'procurement' then false
            else true
        end
        -- In one file one row that names its supplier and one that names none are two supplies: only several can have a total.
        and not (
            piece.feed = 'energy_ledger' and other.feed = 'energy_ledger' and not other.is_all_meters
            and piece.submission_id = other.submission_id
            and piece.piece_start = other.piece_start and piece.piece_end = other.piece_end
            and (coalesce(piece.supplier_key, '') = '') <> (coalesce(other.supplier_key, '') = '')
            and case when coalesce(piece.supplier_key, '') = '' then other.readings else piece.readings end = 1
        )
        -- Two stretches that only meet, as from the 25th to the 25th, share nothing; fills add up.
        and not (piece.feed = other.feed and (piece.pace <= 1 or piece.feed = 'activity_log') and other.pace = piece.pace)

),

-- Rows of a ledger that name other suppliers are other supplies, in one file and in two.
suppliers as (

    select distinct piece_id as activity_id, coalesce(supplier_key, '') as supplier_key
    from {{ ref('int_compared_rows') }}
    where feed = 'energy_ledger'

),

of_one_supply as (

    select distinct pairs.activity_id, pairs.other_activity_id
    from pairs
    inner join suppliers as one
        on pairs.activity_id = one.activity_id
    inner join suppliers as other
        on
            pairs.other_activity_id = other.activity_id
            and (one.supplier_key in ('', other.supplier_key) or other.supplier_key = '')

),

-- Others that share no day among themselves are taken together, whoever sent them.
sequences as (

    select
        firsts.*,
        max(case when begins_within then 1 else 0 end) over (
            partition by activity_id, other_feed, other_pace, other_unit, is_all_meters
        ) = 1 as have_days_in_common
    from (
        select
            pairs.*,
            coalesce(max(pairs.other_end) over (
                partition by
                    pairs.activity_id, pairs.other_feed, pairs.other_pace, pairs.other_unit, pairs.is_all_meters
                order by pairs.other_start, pairs.other_end, pairs.other_activity_id
                rows between unbounded preceding and 1 preceding
            ) > pairs.other_start, false) as begins_within
        from pairs
        left join of_one_supply
            on
                pairs.activity_id = of_one_supply.activity_id
                and pairs.other_activity_id = of_one_supply.other_activity_id
        where
            pairs.is_other_first
            and (
                of_one_supply.activity_id is not null
                or pairs.feed <> 'energy_ledger' or pairs.other_feed <> 'energy_ledger' or pairs.is_all_meters
                or pairs.pace <> pairs.other_pace
            )
    ) as firsts

),

sources as (

    select
        activity_id, feed, facility_id, activity_type, unit, quantity, other_feed, other_pace, other_unit, is_day_of_hours,
        min(other_activity_id) as other_activity_id,
        sum(other_quantity) as other_quantity,
        sum(other_readings) as other_readings,
        min(case when is_within then 1 else 0 end) = 1 as is_within
    from sequences
    group by
        activity_id, feed, facility_id, activity_type, unit, quantity, other_feed, other_pace, other_unit, is_day_of_hours,
        is_all_meters, case when have_days_in_common then other_source end

),

said as (

    select
        sources.activity_id,
        sources.other_activity_id,
        sources.facility_id,
        sources.activity_type,
        sources.unit,
        sources.quantity,
        cast(sources.other_quantity as decimal(25, 6)) as other_quantity,
        sources.other_unit,
        'days' as kind,
        sources.is_within and sources.unit = sources.other_unit
        and abs(sources.quantity - sources.other_quantity) <= sources.quantity * tolerances.tolerance as is_total
    from sources
    inner join {{ ref('int_tolerances') }} as tolerances
        on sources.activity_type = tolerances.activity_type
    where
        -- A reading at midnight has no time beside its day, and is one of the readings of the day, unless it is as much as many of
        -- them; a record of a year beside those of its days is another one unless it is their sum.
        not (
            (sources.is_day_of_hours and (sources.other_readings < 6 or sources.quantity * 2 < sources.other_quantity))
            or (sources.feed = 'activity_log' and sources.other_feed = 'activity_log')
        )
        or (
            sources.unit = sources.other_unit
            and abs(sources.quantity - sources.other_quantity) <= sources.quantity * tolerances.tolerance
        )
    union all
    select activity_id, other_activity_id, facility_id, activity_type, unit, quantity, other_quantity, unit, kind, is_total
    from {{ ref('int_main_meters') }}
    union all
    select activity_id, other_activity_id, facility_id, activity_type, unit, quantity, other_quantity, unit, 'days', is_total
    from {{ ref('int_filled_purchases') }}
    where
        is_total
        -- Filled in other years than it was bought in, or written into the ledger: else the year has been compared already.
        or activity_id not in (select activity_id from sources)
    union all
    select activity_id, other_activity_id, facility_id, activity_type, unit, quantity, other_quantity, unit, 'days', true
    from {{ ref('int_mixed_paces') }}

),

-- Records and lines of one key that say the same in several units, of which one counts: what a file is called decides only between
-- rows in one unit. Only where a key has several units its rows are looked at.
records as (

    {%- for feed, key in [
        ('activity_log', "record_id || '|' || coalesce(facility_id, '')"),
        ('procurement',
            "document_number || '|' || coalesce(line_number, '') || '|' || coalesce(facility_id, '') || '|' || coalesce(supplier_id, '')"),
    ] %}
    {%- set of_repeated_keys -%}
    row_status = 'accepted' and quantity > 0
        and activity_id in (select activity_id from {{ ref('int_repeated_keys') }} where feed = '{{ feed }}')
    {%- endset %}
    select activity_id, '{{ feed }}|' || {{ key }} as record_key
    from {{ ref('stg_' ~ feed) }}
    where
        {{ of_repeated_keys }}
        and {{ content_hash([key]) }} in (
            select {{ content_hash([key]) }}
            from {{ ref('stg_' ~ feed) }}
            where {{ of_repeated_keys }}
            group by {{ content_hash([key]) }}
            having min(unit) <> max(unit)
        )
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

rewritten as (

    select *
    from (
        select
            measured.activity_id, measured.facility_id, measured.activity_type, measured.unit, measured.given_unit, measured.quantity,
            {%- for column in ['activity_id', 'given_unit', 'quantity'] %}
            first_value(measured.{{ column }}) over (
                partition by
                    records.record_key, measured.facility_id, measured.activity_type, measured.unit, measured.coverage_start,
                    measured.coverage_end
                order by measured.given_unit, measured.activity_id
                rows between unbounded preceding and current row
            ) as first_{{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
        from records
        inner join {{ ref('int_measured_activities') }} as measured
            on records.activity_id = measured.activity_id
    ) as in_order
    where
        given_unit <> first_given_unit
        -- One of the two may be rounded.
        and abs(quantity - first_quantity) * 1000 <= first_quantity

),

-- What is the total of some rows is not asked about beside others; of rows that it is the total of, one is named.
found as (

    select *
    from said
    where is_total or activity_id not in (select activity_id from said where is_total)

)

-- What is said of a piece holds for every row of it.
select
    compared_rows.activity_id,
    found.other_activity_id,
    found.facility_id,
    found.activity_type,
    found.unit,
    found.quantity,
    found.other_quantity,
    found.other_unit,
    found.kind,
    found.is_total,
    compared_rows.activity_id = found.activity_id as is_first_row
from found
inner join {{ ref('int_compared_rows') }} as compared_rows
    on found.activity_id = compared_rows.piece_id
where found.is_total or compared_rows.activity_id = found.activity_id
union all
select
    activity_id, first_activity_id, facility_id, activity_type, unit, cast(quantity as decimal(25, 6)),
    cast(first_quantity as decimal(25, 6)), unit, 'days', true, true
from rewritten
where activity_id not in (select activity_id from found)
