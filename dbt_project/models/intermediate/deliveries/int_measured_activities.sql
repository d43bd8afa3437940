-- One row per accepted row of energy_ledger, activity_log, procurement and invoices (and one per freight that a purchase
-- names): an activity with its quantity in the
-- unit that its emission line is computed in, and the role it plays. The charge of equipment that leaks is a stock, and its
-- leak rate is per year: it counts by the years that its row covers.
--   consumption   counts;
--   sub_meter     a reading or an invoice that breaks its parent meter down: counts only for days that the parent lacks;
--   evidence      an invoice (or the purchase of an energy carrier): counts only for days that no ledger row covers.
with

delivered as (

    select
        ledger.activity_id, ledger.submission_id, ledger.source_sheet, ledger.source_row, 'energy_ledger' as feed,
        ledger.facility_id, ledger.activity_type, ledger.coverage_start, ledger.coverage_end,
        ledger.quantity, ledger.unit, cast(null as decimal(22, 9)) as net_amount, cast(null as string) as currency,
        coalesce(ledger.supplier, corrected.supplier) as supplier, names.meter_id, ledger.data_quality, cast(null as decimal(22, 9)) as own_factor,
        cast(null as string) as payer, cast(null as string) as process, cast(null as string) as known_process,
        cast(null as boolean) as is_own_process, cast(null as boolean) as is_equipment,
        ledger.temperature_c, ledger.enthalpy_kj_per_kg,
        case when meters.parent_meter_id is not null then 'sub_meter' else 'consumption' end as role
    from {{ ref('stg_energy_ledger') }} as ledger
    left join {{ ref('int_meter_names') }} as names
        on ledger.facility_id = names.facility_id and ledger.meter_id = names.written_as
    left join {{ ref('int_meters') }} as meters
        on ledger.facility_id = meters.facility_id and names.meter_id = meters.meter_id
    left join {{ ref('int_corrections') }} as corrected
        on ledger.data_quality = 'correction' and ledger.activity_id = corrected.activity_id
    where ledger.row_status = 'accepted'
    union all
    select
        records.activity_id, records.submission_id, records.source_sheet, records.source_row, 'activity_log',
        records.facility_id, records.activity_type, records.coverage_start, records.coverage_end, records.quantity,
        records.unit, null, null, coalesce(records.counterparty, corrected.supplier), null, records.data_quality,
        coalesce(records.factor_kgco2e_per_unit, corrected.own_factor), records.payer, records.process, processes.process,
        processes.is_own, processes.is_equipment, null, null, 'consumption'
    from {{ ref('stg_activity_log') }} as records
    left join {{ ref('stg_gas_processes') }} as processes
        on {{ process_key('records.process') }} = processes.process_key
    left join {{ ref('int_corrections') }} as corrected
        on records.data_quality = 'correction' and records.activity_id = corrected.activity_id
    where records.row_status = 'accepted'
    union all
    select
        procurement.activity_id, procurement.submission_id, procurement.source_sheet, procurement.source_row, 'procurement',
        procurement.facility_id, procurement.activity_type, procurement.coverage_start, procurement.coverage_end,
        procurement.quantity, procurement.unit, procurement.net_amount, procurement.currency, procurement.supplier_id, null,
        'invoice', coalesce(procurement.supplier_factor_kgco2e_per_unit, returned.own_factor), null, null, null, null, null,
        null, null,
        case when types.is_scope_1_or_2 then 'evidence' else 'consumption' end
    from {{ ref('stg_procurement') }} as procurement
    inner join {{ ref('int_activity_types') }} as types
        on procurement.activity_type = types.activity_type
    left join {{ ref('int_corrections') }} as returned
        on procurement.quantity < 0 and procurement.activity_id = returned.activity_id
    where procurement.row_status = 'accepted'
    union all
    -- The freight that a purchase names: a second activity of the same row.
    select
        {{ hash_id(['activity_id', "'freight'"]) }}, submission_id, source_sheet, source_row, 'procurement',
        facility_id, freight_type, coverage_start, coverage_end,
        case
            when cast(transported_mass_t as double) * cast(transport_distance_km as double) < 1e12
                then {{ narrowed(
                    '(' ~ quantity_narrowed('transported_mass_t', 19, 6) ~ ' * '
                    ~ quantity_narrowed('transport_distance_km', 18, 6) ~ ')',
                    'cast(transported_mass_t as double) * cast(transport_distance_km as double)', 22, 9
                ) }}
        end,
        't.km', null, null, supplier_id, null, 'invoice', null, null, null, null, null, null, null, null, 'consumption'
    from {{ ref('int_procurement_freight') }}
    where freight_type is not null
    union all
    select
        invoices.activity_id, invoices.submission_id, invoices.source_sheet, invoices.source_row, 'invoices',
        invoices.facility_id, invoices.activity_type, invoices.coverage_start, invoices.coverage_end, invoices.quantity,
        invoices.unit, null, null, invoices.supplier, names.meter_id, 'invoice', null, null, null, null, null, null, null,
        null,
        case when meters.parent_meter_id is not null then 'sub_meter' else 'evidence' end
    from {{ ref('stg_invoices') }} as invoices
    left join {{ ref('int_meter_names') }} as names
        on invoices.facility_id = names.facility_id and invoices.meter_id = names.written_as
    left join {{ ref('int_meters') }} as meters
        on invoices.facility_id = meters.facility_id and names.meter_id = meters.meter_id
    where invoices.row_status = 'accepted'

),

measured as (

    -- Spend is the quantity where the type is measured in money, in whichever currency, or where nothing else was given. A
    -- factor of the row speaks of the row's own unit.
    select
        delivered.*,
        -- A process matters where gas is fed to it; elsewhere only equipment that leaks, and what the workspace gives
        -- parameters for.
        case
            when types.method = 'gas_release' and types.source_class = 'process'
                then coalesce(delivered.known_process, delivered.process)
            when types.method = 'gas_release' and (delivered.is_own_process or delivered.is_equipment)
                then delivered.known_process
        end as fed_to,
        types.method = 'gas_release' and types.source_class <> 'process' and coalesce(delivered.is_equipment, false)
            as is_charge,
        types.method,
        types.fuel,
        types.canonical_unit,
        canonical_units.dimension as canonical_dimension,
        delivered.quantity is null
        or (delivered.net_amount is not null and delivered.own_factor is null and canonical_units.is_currency)
            as is_spend
    from delivered
    inner join {{ ref('int_activity_types') }} as types
        on delivered.activity_type = types.activity_type
    inner join {{ ref('int_units') }} as canonical_units
        on types.canonical_unit = canonical_units.unit

),

given as (

    select
        measured.*,
        case when is_spend then net_amount else quantity end as given_quantity,
        case when is_spend then currency else unit end as given_unit
    from measured

),

-- Fuels in units of energy, by the calorific value that the unit, the facility or the organisation says: once for each place,
-- unit and day. Read from the feeds again, because rows that two read are kept in memory in their whole width.
energy_of_fuels as (

    select distinct delivered.facility_id, delivered.activity_type, types.fuel, delivered.unit, delivered.coverage_start
    from (
        {%- for feed in ['energy_ledger', 'activity_log', 'procurement', 'invoices'] %}
        select facility_id, activity_type, unit, coverage_start
        from {{ ref('stg_' ~ feed) }}
        where row_status = 'accepted'
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ) as delivered
    inner join {{ ref('int_units') }} as units
        on delivered.unit = units.unit and units.dimension = 'energy'
    inner join {{ ref('int_activity_types') }} as types
        on delivered.activity_type = types.activity_type and types.method = 'fuel_combustion'

),

fuel_energy as (

    select
        given.facility_id,
        given.activity_type,
        given.unit,
        given.coverage_start,
        bases.heating_value_basis,
        row_number() over (
            partition by given.facility_id, given.activity_type, given.unit, given.coverage_start
            order by bases.statement_rank
        ) as preference
    from energy_of_fuels as given
    inner join {{ ref('int_heating_value_bases') }} as bases
        on
            (bases.facility_id is null or bases.facility_id = given.facility_id)
            and given.coverage_start between bases.valid_from and bases.valid_to
            and (bases.fuel is null or bases.fuel in (given.fuel, given.activity_type))
            and (bases.unit is null or bases.unit = given.unit)

),

targeted as (

    -- The unit of the line: the type's own where the dimension allows it, else the dimension's; a row with a factor of
    -- its own keeps the unit that the factor speaks of. Heat by mass is energy where the row says how hot it is; else
    -- it waits for a factor per mass.
    select
        given.*,
        case
            when stated.heating_value_basis = 'gross' then given.given_unit || ' (gross)'
            else given.given_unit
        end as counted_unit,
        case
            when given.method <> 'fuel_combustion' or given.own_factor is not null then null
            when given_units.dimension = 'gross_energy' then 'gross'
            when given_units.dimension = 'energy' then coalesce(stated.heating_value_basis, 'not_stated')
        end as heating_value_basis,
        given_units.dimension as given_dimension,
        given_units.base_size,
        given.own_factor is null and given.method = 'heat' and given_units.dimension = 'mass'
        and coalesce(given.enthalpy_kj_per_kg, given.temperature_c) is not null as is_heat_by_mass,
        case
            when given.own_factor is not null then given.given_unit
            when given.method = 'heat' and given_units.dimension = 'mass' then 't'
            when stated.heating_value_basis = 'gross' or given_units.dimension = 'gross_energy' then 'GJ (gross)'
            when given_units.dimension = given.canonical_dimension then given.canonical_unit
            when given_units.dimension = 'energy' then 'GJ'
            when given_units.dimension = 'mass' then 't'
            when given_units.dimension = 'volume' then 'm3'
            when given_units.dimension = 'normal_volume' then 'Nm3'
            else given.given_unit
        end as converted_unit
    from given
    left join (select *, cast(to_base as double) as base_size from {{ ref('int_units') }}) as given_units
        on given.given_unit = given_units.unit
    left join fuel_energy as stated
        on
            given.method = 'fuel_combustion'
            and given.own_factor is null
            and given.facility_id = stated.facility_id
            and given.activity_type = stated.activity_type
            and given.given_unit = stated.unit
            and given.coverage_start = stated.coverage_start
            and stated.preference = 1

),

converted as (

    select
        targeted.*,
        case
            -- Far above what a company uses, a quad of energy or the money of an economy: so that sums fit a decimal.
            when
                abs(cast(targeted.given_quantity as double)) * cast(conversions.factor as double) < 2e12
                -- The world's electricity is 1e14 MJ a year, its freight 1e13 kg.
                and abs(cast(targeted.given_quantity as double)) * targeted.base_size
                < case when targeted.given_dimension in ('energy', 'gross_energy', 'mass') then 1e13 else 1e300 end
                -- A factor that was rounded to be written loses digits, dividing by what the larger unit is of the smaller does not.
                then case
                    when targeted.counted_unit = targeted.converted_unit
                        then cast(targeted.given_quantity as decimal(38, 18))
                    when conversions.exact_factor is not null
                        then cast(targeted.given_quantity * conversions.exact_factor as decimal(38, 18))
                    when coalesce(conversions.is_exact, conversions.factor >= 1)
                        then cast(targeted.given_quantity * conversions.factor as decimal(38, 18))
                    else {{ exact_quotient('targeted.given_quantity', 'conversions.inverse') }}
                end
        end as exact_quantity,
        cast(targeted.given_quantity as double) * case
            when targeted.counted_unit = targeted.converted_unit then 1
            else cast(conversions.factor as double)
        end as estimated_quantity
    from targeted
    left join {{ ref('int_unit_conversions') }} as conversions
        on targeted.counted_unit = conversions.from_unit and targeted.converted_unit = conversions.to_unit

),

stated as (

    -- Hot water: t x (T - 20) x 4.1868 / 1000 GJ. Steam: t x (enthalpy - 83.74) / 1000 GJ. NDRC guidelines, heat annex.
    -- Nothing is that hot, or so cold that it would take heat away: such a row is not computed.
    select
        converted.*,
        cast(case
            when not is_heat_by_mass then null
            when enthalpy_kj_per_kg >= 83.74 and enthalpy_kj_per_kg < 1000000 then (enthalpy_kj_per_kg - 83.74) * 0.001
            when enthalpy_kj_per_kg is not null then null
            when temperature_c >= 20 and temperature_c < 100000 then (temperature_c - 20) * 0.0041868
        end as decimal(18, 12)) as gj_per_tonne
    from converted

),

heated as (

    select
        stated.*,
        case
            when is_charge then {{ exact_quotient(
                exact_product('exact_quantity', year_parts('coverage_start', 'coverage_end')), '133590'
            ) }}
            when not is_heat_by_mass then exact_quantity
            when abs(cast(exact_quantity as double)) * cast(gj_per_tonne as double) < 2e12
                then {{ exact_product('exact_quantity', 'gj_per_tonne') }}
        end as exact_line_quantity,
        case when is_heat_by_mass then 'GJ' else converted_unit end as line_unit
    from stated

),

-- Six decimals are enough for nearly every row; what a row has beyond them stands beside it.
split as (

    select
        heated.*,
        case
            when is_charge or is_heat_by_mass then cast(exact_line_quantity as decimal(19, 6))
            else {{ narrowed('exact_line_quantity', 'estimated_quantity', 19, 6) }}
        end as line_quantity
    from heated

)

select
    activity_id,
    submission_id,
    source_sheet,
    source_row,
    feed,
    role,
    facility_id,
    activity_type,
    coverage_start,
    coverage_end,
    {{ days_inclusive('coverage_start', 'coverage_end') }} as coverage_days,
    given_quantity,
    given_unit,
    line_quantity as quantity,
    case
        when exact_line_quantity = line_quantity then cast(0 as decimal(18, 18))
        else cast(exact_line_quantity - line_quantity as decimal(18, 18))
    end as quantity_rest,
    line_unit as unit,
    case
        when is_heat_by_mass and enthalpy_kj_per_kg is not null then 't x (enthalpy - 83.74) kJ/kg = GJ'
        when is_charge then given_unit || ' of charge x years covered = ' || line_unit
        when is_heat_by_mass then 't x (temperature - 20) x 4.1868 kJ/kg = GJ'
        when given_unit <> line_unit then given_unit || ' -> ' || line_unit
    end as unit_bridge,
    supplier,
    meter_id,
    payer,
    fed_to as process,
    -- Beyond these bounds a factor is refused, whatever it is.
    cast(case when own_factor >= 999999999 then 999999999 else own_factor end as decimal(18, 9)) as own_factor,
    data_quality,
    heating_value_basis
from split
