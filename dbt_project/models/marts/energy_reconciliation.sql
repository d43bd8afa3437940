-- One row per month, facility and activity type for which there are invoices or purchases of an energy carrier: the ledger
-- against the documents, calendarised by days.
with

organization as (

    select * from {{ ref('stg_organization') }}

),

-- Every reading and document in the unit of its line, over the months that it covers.
months as (

    select
        case activities.role when 'evidence' then 'invoiced' else 'ledger' end as source,
        months.month_start as period,
        activities.facility_id,
        activities.activity_type,
        activities.unit,
        cast(
            {{ cumulative_share(
                'activities.quantity',
                '(' ~ dbt.datediff('activities.coverage_start',
                    'cast(least(activities.coverage_end, months.month_end) as date)', 'day') ~ ' + 1)',
                'activities.coverage_days'
            ) }}
            - {{ cumulative_share(
                'activities.quantity',
                dbt.datediff('activities.coverage_start',
                    'cast(greatest(activities.coverage_start, months.month_start) as date)', 'day'),
                'activities.coverage_days'
            ) }}
        as decimal(19, 6)) as quantity
    from {{ ref('int_activities') }} as activities
    inner join {{ ref('int_months') }} as months
        on activities.coverage_start <= months.month_end and activities.coverage_end >= months.month_start
    where activities.feed in ('energy_ledger', 'invoices', 'procurement') and activities.role in ('consumption', 'evidence')

),

compared as (

    select
        period,
        facility_id,
        activity_type,
        unit,
        sum(case when source = 'ledger' then quantity end) as ledger_quantity,
        sum(case when source = 'invoiced' then quantity end) as invoiced_quantity
    from months
    group by period, facility_id, activity_type, unit
    having count(case when source = 'invoiced' then 1 end) > 0

),

rates as (

    select
        emissions.period,
        emissions.facility_id,
        emissions.activity_type,
        emissions.unit,
        {{ exact_quotient('sum(emissions.co2e_kg)', 'sum(emissions.quantity)') }} as kg_per_unit
    from {{ ref('emissions') }} as emissions
    cross join organization
    where
        emissions.stage = 'direct'
        and emissions.boundary_route = 'consolidated'
        and (emissions.scope2_method is null or emissions.scope2_method = organization.target_scope2_method)
    group by emissions.period, emissions.facility_id, emissions.activity_type, emissions.unit

),

differences as (

    select
        compared.*,
        coalesce(compared.ledger_quantity, 0) - coalesce(compared.invoiced_quantity, 0) as delta,
        greatest(abs(coalesce(compared.ledger_quantity, 0)), abs(coalesce(compared.invoiced_quantity, 0))) as larger,
        coalesce(
            tolerances.tolerance,
            case types.carrier_class
                when 'electricity' then 0.01
                when 'solid' then 0.05
                else 0.02
            end
        ) as tolerance,
        rates.kg_per_unit
    from compared
    inner join {{ ref('stg_activity_types') }} as types
        on compared.activity_type = types.activity_type
    left join {{ source('raw', 'reconciliation_tolerances') }} as tolerances
        on compared.activity_type = tolerances.activity_type
    left join rates
        on
            compared.period = rates.period
            and compared.facility_id = rates.facility_id
            and compared.activity_type = rates.activity_type
            and compared.unit = rates.unit

)

select
    period,
    facility_id,
    activity_type,
    unit,
    cast(ledger_quantity as decimal(25, 6)) as ledger_quantity,
    cast(invoiced_quantity as decimal(25, 6)) as invoiced_quantity,
    cast(delta as decimal(25, 6)) as delta,
    cast({{ exact_quotient('abs(delta)', 'larger') }} as decimal(18, 12)) as delta_share,
    cast(tolerance as decimal(18, 9)) as tolerance,
    -- Nothing to compare is not within tolerance; two zeros are.
    cast(case
        when ledger_quantity is null then false
        else abs(delta) <= larger * tolerance
    end as boolean) as within_tolerance,
    cast(abs(delta) * cast(kg_per_unit as decimal(20, 9)) * 0.001 as decimal(38, 18)) as co2e_at_stake_t
from differences
