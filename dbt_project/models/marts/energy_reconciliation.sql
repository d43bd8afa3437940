-- One row per month, facility and activity type for which there are invoices or purchases of an energy carrier: the ledger
-- against the documents, calendarised by days; a purchase that goes into a stock, over the time it lasts, and months that one row
-- speaks of together, in sum.
with

organization as (

    select * from {{ ref('int_organization') }}

),

months as (

    select * from {{ ref('int_reconciled_months') }}

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
            else {{ share(
                'cast(units.to_base as decimal(21, 12)) * cast(bridges.factor as decimal(23, 15))', 'canonical_units.to_base'
            ) }}
        end as canonical_per_unit
    from several_units
    inner join {{ ref('int_activity_types') }} as types
        on several_units.activity_type = types.activity_type
    inner join {{ ref('int_units') }} as units
        on several_units.unit = units.unit
    inner join {{ ref('int_units') }} as canonical_units
        on types.canonical_unit = canonical_units.unit
    left join {{ ref('int_factor_places') }} as places
        on several_units.facility_id = places.facility_id
    left join bridges
        on
            coalesce(places.factor_place, several_units.facility_id) = bridges.facility_id
            and types.fuel = bridges.fuel
            and bridges.fuel_use = types.fuel_use
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
        months.has_stocks,
        months.together_from,
        months.period,
        months.facility_id,
        months.activity_type,
        case when convertible.period is not null then conversions.canonical_unit else months.unit end as unit,
        cast(case
            when convertible.period is not null then months.quantity * conversions.canonical_per_unit
            else months.quantity
        end as decimal(25, 6)) as quantity
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

sides as (

    select
        period,
        facility_id,
        activity_type,
        unit,
        cast(sum(case when source = 'ledger' then quantity end) as decimal(25, 6)) as ledger_quantity,
        cast(sum(case when source = 'documents' then quantity end) as decimal(25, 6)) as invoiced_quantity,
        max(case when has_stocks then 1 else 0 end) as has_stocks,
        min(together_from) as together_from
    from in_one_unit
    group by period, facility_id, activity_type, unit

),

-- A delivery of what can be stored, where nobody gives the stocks: the months up to the next document are those that it may last.
deliveries as (

    select
        sides.*,
        types.carrier_class in ('solid', 'liquid') as is_storable,
        count(sides.invoiced_quantity) over (
            partition by sides.facility_id, sides.activity_type, sides.unit order by sides.period
        ) as delivery
    from sides
    inner join {{ ref('int_activity_types') }} as types
        on sides.activity_type = types.activity_type

),

used_up as (

    select
        deliveries.*,
        first_value(invoiced_quantity) over in_order as delivered,
        first_value(ledger_quantity) over in_order as first_ledger_quantity,
        sum(coalesce(ledger_quantity, 0)) over in_order as used,
        min(coalesce(ledger_quantity, 0)) over whole_delivery as least_used,
        max(has_stocks) over whole_delivery as any_stocks
    from deliveries
    window
        in_order as (
            partition by facility_id, activity_type, unit, delivery order by period
            rows between unbounded preceding and current row
        ),
        whole_delivery as (partition by facility_id, activity_type, unit, delivery)

),

-- It lasts until the month by which as much was used as was delivered, or most nearly so.
lasting as (

    select
        used_up.*,
        first_value(period) over nearest as last_period,
        first_value(used) over nearest as used_in_all
    from used_up
    window nearest as (
        partition by facility_id, activity_type, unit, delivery order by abs(used - delivered), period
        rows between unbounded preceding and unbounded following
    )

),

-- The row of a quarter or a year does not say how its months divide: where both sides speak of all of them, what documents say of
-- them in all is laid out as the ledger is.
together as (

    select
        lasting.*,
        sum(ledger_quantity) over stretch as ledger_in_all,
        sum(invoiced_quantity) over stretch as invoiced_in_all,
        sum(ledger_quantity) over (
            partition by facility_id, activity_type, unit, together_from order by period
            rows between unbounded preceding and current row
        ) as ledger_so_far,
        together_from is not null and min(ledger_quantity) over stretch >= 0
        and count(*) over stretch = count(ledger_quantity) over stretch
        and count(*) over stretch = count(invoiced_quantity) over stretch as is_whole_stretch
    from lasting
    window stretch as (partition by facility_id, activity_type, unit, together_from)

),

compared as (

    select
        period,
        facility_id,
        activity_type,
        unit,
        ledger_quantity,
        case
            when
                is_whole_stretch and ledger_in_all > 0 and ledger_in_all <= 1000000000000
                and invoiced_in_all between 0 and 1000000000000
                then {{ proportional_share('invoiced_in_all', 'ledger_so_far', 'ledger_in_all') }}
                    - {{ proportional_share('invoiced_in_all', 'ledger_so_far - ledger_quantity', 'ledger_in_all') }}
            when
                is_storable and delivery > 0 and any_stocks = 0 and least_used >= 0 and delivered between 0 and 1000000000000
                and used_in_all between 0 and 1000000000000 and first_ledger_quantity is not null and period <= last_period
                then case
                    when used_in_all = 0 then invoiced_quantity
                    else {{ proportional_share('delivered', 'used', 'used_in_all') }}
                        - {{ proportional_share('delivered', 'used - coalesce(ledger_quantity, 0)', 'used_in_all') }}
                end
            else invoiced_quantity
        end as invoiced_quantity
    from together

),

-- Lines of one factor are added up before anything is divided.
summed as (

    select
        emissions.period,
        emissions.facility_id,
        emissions.activity_type,
        coalesce(conversions.canonical_unit, emissions.unit) as unit,
        emissions.factor_kgco2e_per_unit,
        emissions.consolidation_share,
        conversions.canonical_per_unit,
        sum(emissions.co2e_kg) as co2e_kg,
        sum(case
            when conversions.canonical_per_unit is null then cast(emissions.quantity as decimal(25, 6))
            else cast(cast(emissions.quantity as decimal(19, 6)) * conversions.canonical_per_unit as decimal(25, 6))
        end) as quantity,
        count(*) as lines
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
        emissions.activity_type in (select activity_type from months)
        and emissions.stage = 'direct'
        and emissions.boundary_route = 'consolidated'
        and (emissions.scope2_method is null or emissions.scope2_method = organization.target_scope2_method)
    group by
        emissions.period, emissions.facility_id, emissions.activity_type, coalesce(conversions.canonical_unit, emissions.unit),
        emissions.factor_kgco2e_per_unit, emissions.consolidation_share, conversions.canonical_per_unit

),

rates as (

    select
        period,
        facility_id,
        activity_type,
        unit,
        -- A ledger that says zero has the factor that its line would have been multiplied by.
        coalesce(
            {{ exact_quotient('sum(co2e_kg)', 'sum(quantity)') }},
            {{ exact_quotient('sum(line_factor * lines)', 'sum(lines)') }}
        ) as kg_per_unit
    from (
        select
            *,
            cast({{ exact_quotient(
                'cast(factor_kgco2e_per_unit as decimal(19, 12)) * consolidation_share', 'coalesce(canonical_per_unit, 1)'
            ) }} as decimal(38, 12)) as line_factor
        from summed
    ) as factors
    group by period, facility_id, activity_type, unit

),

differences as (

    select
        compared.*,
        coalesce(compared.ledger_quantity, 0) - compared.invoiced_quantity as delta,
        greatest(abs(coalesce(compared.ledger_quantity, 0)), abs(compared.invoiced_quantity)) as larger,
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
    inner join {{ ref('int_activity_types') }} as types
        on compared.activity_type = types.activity_type
    left join {{ ref('int_reconciliation_tolerances') }} as tolerances
        on compared.activity_type = tolerances.activity_type
    left join rates
        on
            compared.period = rates.period
            and compared.facility_id = rates.facility_id
            and compared.activity_type = rates.activity_type
            and compared.unit = rates.unit
    where compared.invoiced_quantity is not null

)

select
    period,
    facility_id,
    activity_type,
    unit,
    cast(ledger_quantity as decimal(25, 6)) as ledger_quantity,
    cast(invoiced_quantity as decimal(25, 6)) as invoiced_quantity,
    cast(delta as decimal(25, 6)) as delta,
    {{ share('abs(delta)', 'larger') }} as delta_share,
    cast(tolerance as decimal(18, 9)) as tolerance,
    -- Nothing to compare is not within tolerance; two zeros are.
    cast(case
        when ledger_quantity is null then false
        else abs(delta) <= larger * tolerance
    end as boolean) as within_tolerance,
    cast(abs(delta) * cast(kg_per_unit as decimal(20, 9)) * 0.001 as decimal(38, 18)) as co2e_at_stake_t
from differences
