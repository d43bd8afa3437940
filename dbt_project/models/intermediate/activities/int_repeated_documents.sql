-- One row per invoice whose days another one speaks of that says what the ledger says: of an estimated and an actual reading the
-- ledger can be compared with one only. Only of two that are about as much, as readings of one consumption are.
with

activities as (

    select
        activity_id, feed, facility_id, activity_type, unit, coalesce(meter_id, '') as meter_id, coverage_start, coverage_end,
        coverage_days, quantity
    from {{ ref('int_delivered_activities') }}
    where (feed = 'invoices' and role = 'evidence') or (feed = 'energy_ledger' and role = 'consumption')

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

compared as (

    select
        invoices.activity_id, invoices.facility_id, invoices.activity_type, invoices.unit, invoices.quantity,
        invoices.coverage_days, tolerances.tolerance,
        cast(sum({{ exact_quotient(
            'ledger.quantity * ' ~ days_inclusive(
                'greatest(ledger.coverage_start, invoices.coverage_start)', 'least(ledger.coverage_end, invoices.coverage_end)'
            ),
            'ledger.coverage_days'
        ) }}) as decimal(25, 6)) as ledger_quantity
    from activities as invoices
    inner join {{ ref('int_tolerances') }} as tolerances
        on invoices.activity_type = tolerances.activity_type
    inner join activities as ledger
        on
            ledger.feed = 'energy_ledger'
            and invoices.facility_id = ledger.facility_id
            and invoices.activity_type = ledger.activity_type
            and invoices.unit = ledger.unit
            and (invoices.meter_id = '' or ledger.meter_id in ('', invoices.meter_id))
            and ledger.coverage_start <= invoices.coverage_end
            and ledger.coverage_end >= invoices.coverage_start
    where invoices.activity_id in (select activity_id from pairs)
    group by
        invoices.activity_id, invoices.facility_id, invoices.activity_type, invoices.unit, invoices.quantity,
        invoices.coverage_days, tolerances.tolerance

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
