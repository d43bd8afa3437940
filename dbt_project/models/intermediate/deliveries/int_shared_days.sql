-- One row per activity and source of the same facility and activity type that speaks of the same days: what the two say there, and
-- whether the row is the total of that source, so that it does not count.
-- A source is what one feed says at one pace: of one meter, of all meters, or of one submission without a meter. Rows that
-- prove each other by the days that they cover (the ledger and its documents) and parallel meters share nothing.
{#- Read anew by each: kept once for all, millions of rows would stand in memory for the few that are compared. -#}
{%- set rows_of_sources %}(
    select
        measured.activity_id, measured.feed, measured.facility_id, measured.activity_type, measured.unit,
        coalesce(left_over.quantity, measured.quantity) as quantity,
        coalesce(measured.meter_id, '') as meter_id,
        coalesce(measured.supplier, '') as supplier,
        measured.submission_id,
        case
            -- What was bought is used by and by: it is compared by the year.
            when measured.feed = 'procurement' then 5
            -- Readings within a day.
            when measured.feed = 'energy_ledger' and measured.coverage_days = 1 and measured.activity_id in (
                select activity_id from {{ ref('stg_energy_ledger') }} where times_of_day is not null
            ) then 0
            -- Records of trips and fills take some days, and add up.
            when measured.coverage_days <= case when measured.feed = 'activity_log' then 27 else 2 end then 1
            when measured.coverage_days <= 45 then 2
            when measured.coverage_days <= 135 then 3
            when measured.coverage_days <= 250 then 4
            else 5
        end as pace,
        measured.coverage_start,
        measured.coverage_end,
        -- What may begin before another row of its facility and type has ended.
        coalesce(measured.meter_id, '') = '' and measured.coverage_days > 2 and measured.feed <> 'activity_log' as may_overlap
    from {{ ref('int_measured_activities') }} as measured
    left join left_over
        on measured.feed = 'invoices' and measured.activity_id = left_over.activity_id
    where
        measured.role in ('consumption', 'evidence')
        and coalesce(left_over.quantity, measured.quantity) > 0
        and measured.own_factor is null
        and coalesce(measured.data_quality, '') not in ('correction')
) as rows_of_sources
{%- endset %}
with

-- What credits leave of an invoice; of one that they take back whole nothing is said any more.
left_over as (

    select
        measured.activity_id,
        measured.quantity - {{ proportional_share('credits.taken_back', 'measured.quantity', 'credits.invoiced') }} as quantity
    from (
        select
            facility_id, activity_type, unit, supplier_key, corrected_key, max(invoiced) as invoiced,
            cast(least(-sum(quantity), max(invoiced)) as decimal(19, 6)) as taken_back
        from {{ ref('int_invoice_credits') }}
        where invoiced > 0
        group by facility_id, activity_type, unit, supplier_key, corrected_key
    ) as credits
    inner join {{ ref('stg_invoices') }} as invoices
        on
            invoices.row_status = 'accepted'
            and credits.corrected_key = {{ name_key('invoices.invoice_number') }}
            and credits.supplier_key = coalesce({{ name_key('invoices.supplier') }}, '')
            and credits.facility_id = invoices.facility_id
            and credits.activity_type = invoices.activity_type
    inner join {{ ref('int_measured_activities') }} as measured
        on invoices.activity_id = measured.activity_id and credits.unit = measured.unit
    where measured.quantity > 0

),

-- Rows of several months, months, and days; readings and fills of a day are taken together by the month.
places as (

    select
        facility_id, activity_type,
        min(pace) = 0 and max(case when pace = 1 then 1 else 0 end) = 1 as has_hours_and_days,
        max(case when may_overlap then 1 else 0 end) = 1 as may_overlap,
        min(feed) <> max(feed)
        or min(pace) <> max(pace)
        or min(meter_id) <> max(meter_id)
        or min(submission_id) <> max(submission_id)
        or min(unit) <> max(unit)
        or min(feed) = 'invoices' as has_sources
    from {{ rows_of_sources }}
    group by facility_id, activity_type
    -- Purchases are not compared with purchases, nor records of one pace in the log with each other.
    having
        min(feed) <> max(feed)
        or not (min(feed) = 'procurement' or (min(feed) = 'activity_log' and min(pace) = max(pace)))

),

-- Where a row without a meter begins before another of its facility and type has ended; looked for only where nothing else
-- tells that there is more than one source.
overlapping as (

    select distinct facility_id, activity_type
    from (
        select
            rows_of_sources.facility_id,
            rows_of_sources.activity_type,
            rows_of_sources.may_overlap,
            max(rows_of_sources.coverage_end) over (
                partition by rows_of_sources.facility_id, rows_of_sources.activity_type
                order by rows_of_sources.coverage_start, rows_of_sources.coverage_end, rows_of_sources.activity_id
                rows between unbounded preceding and 1 preceding
            ) > rows_of_sources.coverage_start as begins_within
        from {{ rows_of_sources }}
        inner join places
            on
                rows_of_sources.facility_id = places.facility_id
                and rows_of_sources.activity_type = places.activity_type
                and places.may_overlap and not places.has_sources
        where rows_of_sources.meter_id = ''
    ) as in_order
    where may_overlap and begins_within

),

-- Only where one facility and activity type have more than one source is there anything to compare.
compared as (

    select places.facility_id, places.activity_type, places.has_hours_and_days
    from places
    left join overlapping
        on places.facility_id = overlapping.facility_id and places.activity_type = overlapping.activity_type
    where places.has_sources or overlapping.facility_id is not null

),

keyed as (

    select
        rows_of_sources.*,
        invoices.invoice_number,
        case
            when rows_of_sources.pace <= 1 or rows_of_sources.feed in ('activity_log', 'procurement') then ''
            when rows_of_sources.feed = 'invoices' then rows_of_sources.activity_id
            else rows_of_sources.submission_id
        end as part,
        case
            when rows_of_sources.feed = 'procurement' then cast({{ dbt.date_trunc('year', 'rows_of_sources.coverage_start') }} as date)
            when rows_of_sources.pace <= 1 and not compared.has_hours_and_days then {{ month_of('rows_of_sources.coverage_start') }}
            else rows_of_sources.coverage_start
        end as piece_start,
        case
            when rows_of_sources.feed = 'procurement'
                then cast({{ dbt.last_day('rows_of_sources.coverage_start', 'year') }} as date)
            when rows_of_sources.pace <= 1 and not compared.has_hours_and_days then cast({{ dbt.last_day('rows_of_sources.coverage_start', 'month') }} as date)
            else rows_of_sources.coverage_end
        end as piece_end
    from {{ rows_of_sources }}
    inner join compared
        on
            rows_of_sources.facility_id = compared.facility_id
            and rows_of_sources.activity_type = compared.activity_type
    left join {{ ref('stg_invoices') }} as invoices
        on rows_of_sources.feed = 'invoices' and rows_of_sources.activity_id = invoices.activity_id

),

summed as (

    select
        facility_id, activity_type, unit, feed, pace, meter_id, part, piece_start, piece_end,
        min(activity_id) as activity_id,
        max(supplier) as supplier,
        max(invoice_number) as invoice_number,
        max(submission_id) as submission_id,
        count(*) as readings,
        cast(sum(quantity) as decimal(25, 6)) as quantity
    from keyed
    group by facility_id, activity_type, unit, feed, pace, meter_id, part, piece_start, piece_end

),

-- What suppliers are called is brought into one form once for each spelling.
pieces as (

    select summed.*, suppliers.supplier_key
    from summed
    left join (
        select supplier, {{ name_key('supplier') }} as supplier_key
        from (select distinct supplier from summed) as spelt
    ) as suppliers
        on summed.supplier = suppliers.supplier

),

-- All meters of one feed and pace together, beside a row without a meter.
meters_together as (

    select
        facility_id, activity_type, unit, feed, pace, piece_start, piece_end, min(activity_id) as activity_id,
        sum(readings) as readings, cast(sum(quantity) as decimal(25, 6)) as quantity
    from pieces
    where meter_id <> ''
    group by facility_id, activity_type, unit, feed, pace, piece_start, piece_end

),

others as (

    select
        facility_id, activity_type, unit, feed, pace, meter_id, part, supplier_key, invoice_number, submission_id, piece_start, piece_end,
        activity_id, readings, quantity, false as is_all_meters
    from pieces
    union all
    select
        facility_id, activity_type, unit, feed, pace, '', 'meters', null, null, '', piece_start, piece_end, activity_id, readings,
        quantity, true
    from meters_together

),

{#- Two that share a day share the month of the first such day: histories of many years are not compared with themselves. #}
{%- for pieces in ['pieces', 'others'] %}
{{ pieces }}_by_month as (

    select {{ pieces }}.*, {{ month_of('piece_start') }} as month
    from {{ pieces }}
    where {{ month_of('piece_start') }} = {{ month_of('piece_end') }}
    union all
    select
        {{ pieces }}.*,
        cast({{ dbt.dateadd('month', 'cast(numbers.i as integer)', month_of('piece_start')) }} as date) as month
    from {{ pieces }}
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
        -- Two stretches that only meet, as from the 25th to the 25th, share nothing; fills add up.
        and not (piece.feed = other.feed and (piece.pace <= 1 or piece.feed = 'activity_log') and other.pace = piece.pace)

),

-- Rows of a ledger that name other suppliers are other supplies, in one file and in two.
suppliers as (

    select distinct
        min(activity_id) over (
            partition by facility_id, activity_type, unit, feed, pace, meter_id, part, piece_start, piece_end
        ) as activity_id,
        coalesce({{ name_key('supplier') }}, '') as supplier_key
    from keyed
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

pieces_of_unknown_meters as (

    select pieces.*
    from pieces
    left join {{ ref('int_meters') }} as meters
        on pieces.facility_id = meters.facility_id and pieces.meter_id = meters.meter_id
    where pieces.meter_id <> '' and meters.meter_id is null

),

-- A main meter that nobody registered is, at all times, the sum of two or more others of the ledger. Meters of an invoice are lines
-- that add up, but for one that is named like the total of the others.
meter_sums as (

    select
        pieces.activity_id, pieces.feed, pieces.facility_id, pieces.activity_type, pieces.unit, pieces.meter_id, pieces.quantity,
        pieces.invoice_number,
        -pieces.quantity + sum(pieces.quantity) over together as other_quantity,
        count(*) over together as meters,
        pieces.piece_start, pieces.piece_end, pieces.pace,
        min(pieces.activity_id) over together as first_activity_id,
        max(pieces.activity_id) over together as last_activity_id
    from pieces_of_unknown_meters as pieces
    where pieces.feed in ('energy_ledger', 'invoices')
    window together as (
        partition by
            coalesce(pieces.invoice_number, ''), pieces.facility_id, pieces.activity_type, pieces.unit, pieces.feed, pieces.pace, pieces.piece_start, pieces.piece_end
    )

),

main_meters as (

    select *
    from (
        select
            meter_sums.facility_id, meter_sums.activity_type, meter_sums.feed, meter_sums.meter_id,
            count(*) as periods,
            min(meter_sums.piece_start) as first_day,
            min(meter_sums.meters) as meters,
            max(case
                when abs(meter_sums.quantity - meter_sums.other_quantity) <= meter_sums.quantity * tolerances.tolerance then 0
                else abs(cast(meter_sums.quantity - meter_sums.other_quantity as double)) / cast(meter_sums.quantity as double)
            end) as apart,
            max(case when meter_sums.other_quantity > meter_sums.quantity * 1.05 then 1 else 0 end) = 0 as holds_the_others,
            regexp_extract(
                lower(meter_sums.meter_id),
                '((?:^|[^0-9])[1-9][.]8[.]0(?:$|[^0-9])|总|總|合计|合計|关口|關口|(?:^|[^a-z])(?:total|totaal|totale|tổng|main|incomer)'
                || '(?:$|[^a-z])|^gesamt|^summe|^haupt)', 1
            ) <> '' as is_named_so
        from meter_sums
        inner join {{ ref('int_tolerances') }} as tolerances
            on meter_sums.activity_type = tolerances.activity_type
        group by meter_sums.facility_id, meter_sums.activity_type, meter_sums.feed, meter_sums.meter_id
    ) as sums
    where
        -- Of two that say the same, the one that is named like a total is it.
        (apart = 0 and meters >= case when is_named_so then 2 else 3 end and (is_named_so or feed = 'energy_ledger'))
        -- Losses on the way, a part that has no meter, or one reading that is wrong: asked about.
        or (holds_the_others and is_named_so and meters >= 2)
        or (feed = 'energy_ledger' and apart <= 0.03 and meters >= 3 and periods >= 3)

),

-- The main meter of some of the meters: at all times, and twice at least, two or three others to the thousandth.
sums_of_some as (

    select whole.facility_id, whole.activity_type, whole.feed, whole.meter_id, count(*) as periods,
        min(whole.piece_start) as first_day
    from meter_sums as whole
    inner join meter_sums as one
        on
            whole.facility_id = one.facility_id and whole.activity_type = one.activity_type and whole.unit = one.unit
            and whole.feed = one.feed and whole.pace = one.pace
            and whole.piece_start = one.piece_start and whole.piece_end = one.piece_end
            and whole.quantity > one.quantity
    inner join meter_sums as two
        on
            whole.facility_id = two.facility_id and whole.activity_type = two.activity_type and whole.unit = two.unit
            and whole.feed = two.feed and whole.pace = two.pace
            and whole.piece_start = two.piece_start and whole.piece_end = two.piece_end
            and whole.quantity > two.quantity and one.meter_id < two.meter_id
    left join meter_sums as three
        on
            whole.facility_id = three.facility_id and whole.activity_type = three.activity_type and whole.unit = three.unit
            and whole.feed = three.feed and whole.pace = three.pace
            and whole.piece_start = three.piece_start and whole.piece_end = three.piece_end
            and whole.quantity > three.quantity and two.meter_id < three.meter_id
            and abs(whole.quantity - one.quantity - two.quantity - three.quantity) <= whole.quantity * 0.001
    where
        whole.meters between 4 and 12
        and whole.feed = 'energy_ledger'
        and (
            three.meter_id is not null
            or abs(whole.quantity - one.quantity - two.quantity) <= whole.quantity * 0.001
        )
    group by
        whole.facility_id, whole.activity_type, whole.feed, whole.meter_id, one.meter_id, two.meter_id,
        coalesce(three.meter_id, '')
    having count(*) >= 2

),

asked_about as (

    select main.facility_id, main.activity_type, main.feed, main.meter_id, min(main.first_day) as first_day
    from (
        select facility_id, activity_type, feed, meter_id, periods, first_day from sums_of_some
        union all
        select facility_id, activity_type, feed, meter_id, periods, first_day from main_meters where apart > 0
    ) as main
    inner join (
        select facility_id, activity_type, feed, meter_id, count(*) as periods
        from meter_sums
        group by facility_id, activity_type, feed, meter_id
    ) as read_in
        on
            main.facility_id = read_in.facility_id and main.activity_type = read_in.activity_type
            and main.feed = read_in.feed and main.meter_id = read_in.meter_id and main.periods = read_in.periods
    left join main_meters as totals
        on
            main.facility_id = totals.facility_id and main.activity_type = totals.activity_type
            and main.feed = totals.feed and main.meter_id = totals.meter_id and totals.apart = 0
    where totals.meter_id is null
    group by main.facility_id, main.activity_type, main.feed, main.meter_id

),

-- A meter that meters.csv lacks, beside a main meter whose sub-meters it knows.
unregistered as (

    select distinct
        piece.activity_id, piece.feed, piece.facility_id, piece.activity_type, piece.unit, piece.quantity,
        main.feed as other_feed, main.activity_id as other_activity_id, main.quantity as other_quantity
    from pieces_of_unknown_meters as piece
    inner join pieces as main
        on
            piece.facility_id = main.facility_id and piece.activity_type = main.activity_type and piece.unit = main.unit
            and piece.feed = main.feed and piece.pace = main.pace
            and piece.piece_start = main.piece_start and piece.piece_end = main.piece_end
    inner join (
        select distinct facility_id, parent_meter_id from {{ ref('int_meters') }} where parent_meter_id is not null
    ) as parents
        on main.facility_id = parents.facility_id and main.meter_id = parents.parent_meter_id

),

-- What is bought of a gas is filled by and by, into the next year too: all of it, beside all that was filled meanwhile.
filled as (

    select
        bought.facility_id, bought.activity_type, bought.unit, bought.quantity as bought_quantity,
        min(fills.activity_id) as other_activity_id,
        cast(sum(fills.quantity) as decimal(25, 6)) as other_quantity
    from (
        select
            pieces.facility_id, pieces.activity_type, pieces.unit, min(pieces.piece_start) as first_day,
            max(extract(year from pieces.piece_start)) as last_year, cast(sum(pieces.quantity) as decimal(25, 6)) as quantity
        from pieces
        inner join {{ ref('int_activity_types') }} as types
            on pieces.activity_type = types.activity_type and types.gas is not null
        where pieces.feed = 'procurement'
        group by pieces.facility_id, pieces.activity_type, pieces.unit
    ) as bought
    inner join pieces as fills
        on
            bought.facility_id = fills.facility_id and bought.activity_type = fills.activity_type and bought.unit = fills.unit
            and fills.feed in ('activity_log', 'energy_ledger')
            and fills.piece_start >= bought.first_day
            and extract(year from fills.piece_start) <= bought.last_year + 1
    group by bought.facility_id, bought.activity_type, bought.unit, bought.quantity

),

purchases_filled as (

    select
        pieces.*, filled.bought_quantity, filled.other_activity_id, filled.other_quantity,
        abs(filled.bought_quantity - filled.other_quantity) <= filled.bought_quantity * tolerances.tolerance as is_total
    from pieces
    inner join filled
        on
            pieces.facility_id = filled.facility_id and pieces.activity_type = filled.activity_type
            and pieces.unit = filled.unit
    inner join {{ ref('int_tolerances') }} as tolerances
        on pieces.activity_type = tolerances.activity_type
    where pieces.feed = 'procurement'

),

-- Rows of which no other row of a shorter pace speaks, beside a longer one: months and a quarter together are their year.
mixed as (

    select facility_id, activity_type, unit, meter_id
    from pieces
    where feed <> 'procurement' and pace > 1
    group by facility_id, activity_type, unit, meter_id
    having count(distinct pace) > 2

),

finest as (

    select pieces.*
    from pieces
    inner join mixed
        on
            pieces.facility_id = mixed.facility_id and pieces.activity_type = mixed.activity_type
            and pieces.unit = mixed.unit and pieces.meter_id = mixed.meter_id
    left join pieces as finer
        on
            pieces.facility_id = finer.facility_id and pieces.activity_type = finer.activity_type
            and pieces.unit = finer.unit and pieces.meter_id = finer.meter_id and finer.feed <> 'procurement'
            and pieces.pace > finer.pace
            and least(pieces.piece_end, finer.piece_end) > greatest(pieces.piece_start, finer.piece_start)
    where finer.activity_id is null and pieces.feed <> 'procurement'

),

wholes as (

    select
        whole.activity_id, whole.facility_id, whole.activity_type, whole.unit, whole.quantity,
        min(parts.activity_id) as other_activity_id,
        cast(sum(parts.quantity) as decimal(25, 6)) as other_quantity
    from pieces as whole
    inner join finest as parts
        on
            whole.facility_id = parts.facility_id and whole.activity_type = parts.activity_type
            and whole.unit = parts.unit and whole.meter_id = parts.meter_id and whole.pace > parts.pace
            and parts.piece_start between whole.piece_start and whole.piece_end
            and parts.piece_end between whole.piece_start and whole.piece_end
    where whole.feed <> 'procurement'
    group by whole.activity_id, whole.facility_id, whole.activity_type, whole.unit, whole.quantity
    having count(distinct parts.pace) > 1

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
    select
        meter_sums.activity_id,
        case when meter_sums.first_activity_id = meter_sums.activity_id then meter_sums.last_activity_id
            else meter_sums.first_activity_id end,
        meter_sums.facility_id, meter_sums.activity_type, meter_sums.unit, meter_sums.quantity,
        cast(meter_sums.other_quantity as decimal(25, 6)), meter_sums.unit, 'meters', true
    from meter_sums
    inner join main_meters
        on
            meter_sums.facility_id = main_meters.facility_id
            and meter_sums.activity_type = main_meters.activity_type
            and meter_sums.feed = main_meters.feed
            and meter_sums.meter_id = main_meters.meter_id
            and main_meters.apart = 0
    union all
    select
        meter_sums.activity_id,
        case when meter_sums.first_activity_id = meter_sums.activity_id then meter_sums.last_activity_id
            else meter_sums.first_activity_id end,
        meter_sums.facility_id, meter_sums.activity_type, meter_sums.unit, meter_sums.quantity,
        cast(meter_sums.other_quantity as decimal(25, 6)), meter_sums.unit, 'main_meter', false
    from meter_sums
    inner join asked_about
        on
            meter_sums.facility_id = asked_about.facility_id
            and meter_sums.activity_type = asked_about.activity_type
            and meter_sums.feed = asked_about.feed
            and meter_sums.meter_id = asked_about.meter_id
            and meter_sums.piece_start = asked_about.first_day
    union all
    select
        activity_id, other_activity_id, facility_id, activity_type, unit, quantity, other_quantity, unit, 'unregistered', false
    from unregistered
    union all
    select activity_id, other_activity_id, facility_id, activity_type, unit, bought_quantity, other_quantity, unit, 'days', is_total
    from purchases_filled
    where
        is_total
        -- Filled in other years than it was bought in, or written into the ledger: else the year has been compared already.
        or activity_id not in (select activity_id from sources)
    union all
    select wholes.activity_id, wholes.other_activity_id, wholes.facility_id, wholes.activity_type, wholes.unit, wholes.quantity,
        wholes.other_quantity, wholes.unit, 'days', true
    from wholes
    inner join {{ ref('int_tolerances') }} as tolerances
        on wholes.activity_type = tolerances.activity_type
    where abs(wholes.quantity - wholes.other_quantity) <= wholes.quantity * tolerances.tolerance

),

-- What is the total of some rows is not asked about beside others; of rows that it is the total of, one is named.
found as (

    select *
    from said
    where is_total or activity_id not in (select activity_id from said where is_total)

)

-- What is said of a piece holds for every row of it.
select
    keyed.activity_id,
    found.other_activity_id,
    found.facility_id,
    found.activity_type,
    found.unit,
    found.quantity,
    found.other_quantity,
    found.other_unit,
    found.kind,
    found.is_total,
    keyed.activity_id = found.activity_id as is_first_row
from found
inner join pieces
    on found.activity_id = pieces.activity_id
inner join keyed
    on
        pieces.facility_id = keyed.facility_id
        and pieces.activity_type = keyed.activity_type
        and pieces.unit = keyed.unit
        and pieces.feed = keyed.feed
        and pieces.pace = keyed.pace
        and pieces.meter_id = keyed.meter_id
        and pieces.part = keyed.part
        and pieces.piece_start = keyed.piece_start
        and pieces.piece_end = keyed.piece_end
where found.is_total or keyed.activity_id = found.activity_id
