-- One row per piece of a meter that is, or seems to be, the main meter of others though nobody registered it so, or that a
-- registered main meter may hold already.
{{ config(materialized='view') }}
with

pieces_of_unknown_meters as (

    select pieces.*
    from {{ ref('int_compared_pieces') }} as pieces
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
        three.meter_id
    having count(*) >= 2

),

asked_about as (

    select main.facility_id, main.activity_type, main.feed, main.meter_id, min(main.first_day) as first_day
    from (
        select facility_id, activity_type, feed, meter_id, periods, first_day from sums_of_some
        union all
        select facility_id, activity_type, feed, meter_id, periods, first_day from main_meters
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
    inner join {{ ref('int_compared_pieces') }} as main
        on
            piece.facility_id = main.facility_id and piece.activity_type = main.activity_type and piece.unit = main.unit
            and piece.feed = main.feed and piece.pace = main.pace
            and piece.piece_start = main.piece_start and piece.piece_end = main.piece_end
    inner join (
        select distinct facility_id, parent_meter_id from {{ ref('int_meters') }} where parent_meter_id is not null
    ) as parents
        on main.facility_id = parents.facility_id and main.meter_id = parents.parent_meter_id

)

select
    meter_sums.activity_id,
    case when meter_sums.first_activity_id = meter_sums.activity_id then meter_sums.last_activity_id
        else meter_sums.first_activity_id end as other_activity_id,
    meter_sums.facility_id,
    meter_sums.activity_type,
    meter_sums.unit,
    meter_sums.quantity,
    cast(meter_sums.other_quantity as decimal(25, 6)) as other_quantity,
    found.kind,
    found.kind = 'meters' as is_total
from meter_sums
inner join (
    select facility_id, activity_type, feed, meter_id, 'meters' as kind, cast(null as date) as only_day
    from main_meters
    where apart = 0
    union all
    select facility_id, activity_type, feed, meter_id, 'main_meter' as kind, first_day as only_day
    from asked_about
) as found
    on
        meter_sums.facility_id = found.facility_id
        and meter_sums.activity_type = found.activity_type
        and meter_sums.feed = found.feed
        and meter_sums.meter_id = found.meter_id
        and meter_sums.piece_start = coalesce(found.only_day, meter_sums.piece_start)
union all
select
    activity_id, other_activity_id, facility_id, activity_type, unit, quantity, other_quantity, 'unregistered' as kind, false as is_total
from unregistered
