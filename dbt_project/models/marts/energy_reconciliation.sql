-- One row per month, facility and activity type for which there are invoices or purchases of an energy carrier: the ledger
-- against the documents, calendarised by days.
with

organization as (

    select * from {{ ref('stg_organization') }}

),

-- Only of what documents speak of is there anything to compare.
documented as (

    select distinct activity_type from {{ ref('int_activities') }} where role = 'evidence'

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
    where
        activities.feed in ('energy_ledger', 'invoices', 'procurement')
        and activities.role in ('consumption', 'evidence')
        and activities.activity_type in (select activity_type from documented)

),

-- The way between the units of a fuel in a month: through its calorific value and density there.
bridges as (

    select facility_id, fuel, fuel_use, period, from_dimension, to_dimension, factor
    from (
        select
            facility_id, fuel, fuel_use, from_dimension, to_dimension, factor,
            cast({{ dbt.date_trunc('month', 'factor_date') }} as date) as period,
            row_number() over (
                partition by facility_id, fuel, fuel_use, from_dimension, to_dimension,
                    {{ dbt.date_trunc('month', 'factor_date') }}
                order by factor_date
            ) as place
        from {{ ref('int_fuel_bridges') }}
    ) as ways
    where place = 1

),

-- How much of the canonical unit of its activity type one unit is, where documents and ledger speak of several units.
several_units as (

    select
        period, facility_id, activity_type, unit,
        count(*) over (partition by period, facility_id, activity_type) as units
    from months
    group by period, facility_id, activity_type, unit

),

conversions as (

    select
        several_units.period,
        several_units.facility_id,
        several_units.activity_type,
        several_units.unit,
        types.canonical_unit,
        case
            when several_units.unit = types.canonical_unit then cast(1 as decimal(18, 12))
            else cast({{ exact_quotient(
                'cast(units.to_base as decimal(21, 12)) * cast(bridges.factor as decimal(23, 15))', 'canonical_units.to_base'
            ) }} as decimal(18, 12))
        end as canonical_per_unit
    from several_units
    inner join {{ ref('stg_activity_types') }} as types
        on several_units.activity_type = types.activity_type
    inner join {{ ref('stg_units') }} as units
        on several_units.unit = units.unit
    inner join {{ ref('stg_units') }} as canonical_units
        on types.canonical_unit = canonical_units.unit
    left join {{ ref('int_factor_places') }} as places
        on several_units.facility_id = places.facility_id
    left join bridges
        on
            coalesce(places.factor_place, several_units.facility_id) = bridges.facility_id
            and types.fuel = bridges.fuel
            and bridges.fuel_use = case when types.source_class like '%mobile%' then 'mobile' else 'stationary' end
            and several_units.period = bridges.period
            and units.dimension = bridges.from_dimension
            and canonical_units.dimension = bridges.to_dimension
    where several_units.units > 1

),

convertible as (

    select period, facility_id, activity_type
    from conversions
    group by period, facility_id, activity_type
    having count(canonical_per_unit) = count(*)

),

in_one_unit as (

    select
        months.source,
        months.period,
        months.facility_id,
        months.activity_type,
        case when convertible.period is not null then conversions.canonical_unit else months.unit end as unit,
        cast(case
            when convertible.period is not null then months.quantity * conversions.canonical_per_unit
            else months.quantity
        end as decimal(19, 6)) as quantity
    from months
    left join convertible
        on
            months.period = convertible.period
            and months.facility_id = convertible.facility_id
            and months.activity_type = convertible.activity_type
    left join conversions
        on
            convertible.period = conversions.period
            and convertible.facility_id = conversions.facility_id
            and convertible.activity_type = conversions.activity_type
            and months.unit = conversions.unit

),

compared as (

    select
        period,
        facility_id,
        activity_type,
        unit,
        sum(case when source = 'ledger' then quantity end) as ledger_quantity,
        sum(case when source = 'invoiced' then quantity end) as invoiced_quantity
    from in_one_unit
    group by period, facility_id, activity_type, unit
    having count(case when source = 'invoiced' then 1 end) > 0

),

rates as (

    select
        lines.period,
        lines.facility_id,
        lines.activity_type,
        lines.unit,
        {{ exact_quotient('sum(lines.co2e_kg)', 'sum(lines.quantity)') }} as kg_per_unit
    from (
        select
            emissions.period,
            emissions.facility_id,
            emissions.activity_type,
            coalesce(conversions.canonical_unit, emissions.unit) as unit,
            emissions.co2e_kg,
            cast(emissions.quantity * coalesce(conversions.canonical_per_unit, 1) as decimal(25, 6)) as quantity
        from {{ ref('emissions') }} as emissions
        cross join organization
        left join convertible
            on
                emissions.period = convertible.period
                and emissions.facility_id = convertible.facility_id
                and emissions.activity_type = convertible.activity_type
        left join conversions
            on
                convertible.period = conversions.period
                and convertible.facility_id = conversions.facility_id
                and convertible.activity_type = conversions.activity_type
                and emissions.unit = conversions.unit
        where
            emissions.activity_type in (select activity_type from documented)
            and emissions.stage = 'direct'
            and emissions.boundary_route = 'consolidated'
            and (emissions.scope2_method is null or emissions.scope2_method = organization.target_scope2_method)
    ) as lines
    group by lines.period, lines.facility_id, lines.activity_type, lines.unit

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
