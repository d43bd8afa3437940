-- One row per invoice whose days another one speaks of that says what the ledger says: of an estimated and an actual reading the
-- ledger can be compared with one only. Only of two that are about as much, as readings of one consumption are.
with

-- Once for each month that they touch: two that share a day share the month of the first such day, and histories of many years are
-- not compared with themselves.
activities as (

    select
        activities.activity_id, activities.feed, activities.facility_id, activities.activity_type, activities.unit,
        coalesce(activities.meter_id, '') as meter_id, activities.coverage_start, activities.coverage_end,
        activities.coverage_days, activities.quantity, months.month_start
    from {{ ref('int_delivered_activities') }} as activities
    inner join (
        select distinct facility_id, activity_type
        from {{ ref('int_delivered_activities') }}
        where feed = 'invoices' and role = 'evidence'
    ) as documented
        on activities.facility_id = documented.facility_id and activities.activity_type = documented.activity_type
    inner join {{ ref('int_months') }} as months
        on activities.coverage_start <= months.month_end and activities.coverage_end >= months.month_start
    where
        (activities.feed = 'invoices' and activities.role = 'evidence')
        or (activities.feed = 'energy_ledger' and activities.role = 'consumption')

),

-- Both ways: each of the two may be the one that the ledger knows. A credit note has settled which of them it is.
pairs as (

    select
        one.activity_id, other.activity_id as other_activity_id,
        {{ days_inclusive('greatest(one.coverage_start, other.coverage_start)', 'least(one.coverage_end, other.coverage_end)') }}
            as shared_days
    from activities as one
    inner join activities as other
        on
            one.facility_id = other.facility_id
            and one.activity_type = other.activity_type
            and one.unit = other.unit
            and one.meter_id = other.meter_id
            and one.month_start = other.month_start
            and one.month_start = {{ month_of('greatest(one.coverage_start, other.coverage_start)') }}
            and one.activity_id <> other.activity_id
            and least(one.coverage_end, other.coverage_end) > greatest(one.coverage_start, other.coverage_start)
    where
        one.feed = 'invoices' and other.feed = 'invoices' and one.quantity > 0 and other.quantity > 0
        and not exists (
            select 1
            from activities as credits
            where
                credits.feed = 'invoices' and credits.quantity < 0
                and credits.facility_id = one.facility_id and credits.activity_type = one.activity_type
                and credits.coverage_start <= one.coverage_end and credits.coverage_end >= one.coverage_start
        )
        -- By the day, at most three tenths apart.
        and cast(one.quantity as double) * other.coverage_days <= 1.3 * cast(other.quantity as double) * one.coverage_days
        and cast(other.quantity as double) * one.coverage_days <= 1.3 * cast(one.quantity as double) * other.coverage_days

),

-- What the ledger says of the days of an invoice that is one of a pair, row by row.
said as (

    select
        invoices.activity_id, invoices.facility_id, invoices.activity_type, invoices.unit, invoices.quantity,
        invoices.coverage_days, ledger.quantity as row_quantity, ledger.coverage_days as row_days,
        {{ days_inclusive(
            'greatest(ledger.coverage_start, invoices.coverage_start)', 'least(ledger.coverage_end, invoices.coverage_end)'
        ) }} as shared_days
    from activities as invoices
    inner join activities as ledger
        on
            ledger.feed = 'energy_ledger'
            and invoices.facility_id = ledger.facility_id
            and invoices.activity_type = ledger.activity_type
            and invoices.unit = ledger.unit
            and invoices.month_start = ledger.month_start
            and invoices.month_start = {{ month_of('greatest(invoices.coverage_start, ledger.coverage_start)') }}
            and (invoices.meter_id = '' or ledger.meter_id in ('', invoices.meter_id))
            and ledger.coverage_start <= invoices.coverage_end
            and ledger.coverage_end >= invoices.coverage_start
    where invoices.activity_id in (select activity_id from pairs)

),

-- Where it says about what some invoice says; only there the exact quotients are taken.
near as (

    select distinct about.facility_id, about.activity_type, about.unit
    from (
        select
            activity_id, facility_id, activity_type, unit, cast(quantity as double) as quantity,
            sum(cast(row_quantity as double) * shared_days / row_days) as ledger_quantity
        from said
        group by activity_id, facility_id, activity_type, unit, quantity
    ) as about
    inner join {{ ref('int_tolerances') }} as tolerances
        on about.activity_type = tolerances.activity_type
    where
        abs(about.quantity - about.ledger_quantity)
        <= greatest(about.quantity, about.ledger_quantity) * (tolerances.tolerance + 0.000001) + 0.001

),

compared as (

    select
        said.activity_id, said.facility_id, said.activity_type, said.unit, said.quantity, said.coverage_days, tolerances.tolerance,
        cast(sum({{ exact_quotient('said.row_quantity * said.shared_days', 'said.row_days') }}) as decimal(25, 6)) as ledger_quantity
    from said
    inner join near
        on
            said.facility_id = near.facility_id
            and said.activity_type = near.activity_type
            and said.unit = near.unit
    inner join {{ ref('int_tolerances') }} as tolerances
        on said.activity_type = tolerances.activity_type
    group by
        said.activity_id, said.facility_id, said.activity_type, said.unit, said.quantity, said.coverage_days, tolerances.tolerance

),

ranked as (

    select
        *,
        abs(quantity - ledger_quantity) <= greatest(quantity, ledger_quantity) * tolerance as agrees,
        row_number() over (
            partition by facility_id, activity_type, unit order by abs(quantity - ledger_quantity), coverage_days, activity_id
        ) as place
    from compared

)

select
    repeated.activity_id,
    min_by(ranked.activity_id, ranked.place) as other_activity_id,
    repeated.ledger_quantity
from ranked as repeated
inner join pairs
    on repeated.activity_id = pairs.activity_id
inner join ranked
    on pairs.other_activity_id = ranked.activity_id and ranked.agrees and ranked.place < repeated.place
group by repeated.activity_id, repeated.ledger_quantity, repeated.coverage_days
-- All of its days are told by them.
having sum(pairs.shared_days) >= repeated.coverage_days
