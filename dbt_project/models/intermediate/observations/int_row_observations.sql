-- One row per observation about a row of a submission that only the calculation can make.
{#- Looked up anew for each observation, for a few rows each time: kept once for all, millions of activities would stand in
    memory in their whole width. -#}
{%- set activities %}(
    select
        activities.*,
        types.name_en,
        types.name_zh,
        types.method,
        {{ month_of('activities.coverage_start') }} as period,
        given_units.is_currency as is_money,
        given_units.dimension = 'volume' as is_given_volume
    from {{ ref('int_activities') }} as activities
    inner join {{ ref('int_activity_types') }} as types
        on activities.activity_type = types.activity_type
    left join {{ ref('int_units') }} as given_units
        on activities.given_unit = given_units.unit
) as activities
{%- endset %}
with

known_processes as (

    select coalesce({{ texts_together('process', ', ', 'process') }}, '-') as names
    from {{ ref('stg_gas_processes') }}

),

-- One failure per activity: the first by name, so that a row is reported once.
failures as (

    select factors.activity_id, min(factors.failure) as failure, min(factors.period) as period
    from {{ ref('int_line_factors') }} as factors
    -- Days on which the facility is not valid have a finding of their own.
    inner join {{ ref('int_facilities') }} as facilities
        on
            factors.facility_id = facilities.facility_id
            and factors.factor_date between facilities.valid_from and facilities.valid_to
    where factors.stage = 'direct' and factors.failure is not null
    group by factors.activity_id

),

-- Factors of the other stages that were found and cannot be applied, where the line itself can: the activity is counted
-- without them.
failed_stages as (

    select
        activity_id, submission_id, source_sheet, source_row, activity_type, given_unit, stage, failure,
        min(period) as period, min(factor_id) as factor_id
    from {{ ref('int_line_factors') }}
    where stage <> 'direct' and failure is not null
    group by activity_id, submission_id, source_sheet, source_row, activity_type, given_unit, stage, failure

),

factors_not_applied as (

    select
        *,
        count(*) over (partition by submission_id, source_sheet, activity_type, given_unit, stage, failure) - 1 as rows_more,
        row_number() over (
            partition by submission_id, source_sheet, activity_type, given_unit, stage, failure order by source_row, activity_id
        ) as nth
    from failed_stages
    where activity_id not in (select activity_id from failures)

),

-- What the factor on a row stands for besides the line itself: the stages that the tables would have added.
replaced_stages as (

    select
        segments.activity_id, segments.submission_id, segments.source_sheet, segments.source_row, segments.activity_type,
        min(segments.period) as period,
        {{ different_texts('factors.stage', ', ') }} as stages
    from {{ ref('int_activity_segments') }} as segments
    inner join {{ ref('int_activity_types') }} as types
        on segments.activity_type = types.activity_type and not coalesce({{ is_purchased_electricity('types') }}, false)
    left join {{ ref('int_factor_places') }} as places
        on segments.facility_id = places.facility_id
    left join {{ ref('int_named_suppliers') }} as named_suppliers
        on segments.supplier = named_suppliers.supplier
    inner join {{ ref('int_effective_factors') }} as factors
        on
            factors.facility_id = coalesce(places.factor_place, segments.facility_id)
            and factors.supplier = coalesce(named_suppliers.geography, '')
            and factors.activity_type = segments.activity_type
            and factors.process = segments.process
            and factors.unit = segments.unit
            and factors.factor_date = segments.factor_date
            and factors.stage <> 'direct'
            -- Of a fuel that is bought, the supplier's footprint is the upstream line and leaves the others.
            and (types.method <> 'fuel_combustion' or segments.feed <> 'procurement' or factors.stage = 'upstream')
    where segments.own_factor is not null
    group by
        segments.activity_id, segments.submission_id, segments.source_sheet, segments.source_row, segments.activity_type

),

replacements as (

    select
        *,
        count(*) over (partition by submission_id, source_sheet, activity_type, stages) - 1 as rows_more,
        row_number() over (
            partition by submission_id, source_sheet, activity_type, stages order by source_row, activity_id
        ) as nth
    from replaced_stages

),

outside_validity as (

    select
        segments.activity_id,
        min(segments.period) as period,
        sum({{ days_inclusive('segments.segment_start', 'segments.segment_end') }}) as days,
        -- Data of a facility from before it was bought is what the base year is recalculated with.
        count(case when events.comes_on > segments.segment_end then 1 end) = count(*) as is_before_it_came,
        min(events.event_id) as event_id
    from {{ ref('int_activity_segments') }} as segments
    left join {{ ref('int_facilities') }} as facilities
        on
            segments.facility_id = facilities.facility_id
            and segments.factor_date between facilities.valid_from and facilities.valid_to
    left join (
        select facility_id, min(event_id) as event_id, min(effective_on) as comes_on
        from {{ source('raw', 'reference_base_year_events') }}
        where kind in ('acquisition', 'merger', 'insourcing') and withdrawn_reason is null
        group by facility_id
    ) as events
        on segments.facility_id = events.facility_id
    where facilities.facility_id is null
    group by segments.activity_id

),

-- What holds for every row of an activity type and unit in a sheet is said once, of the first of them.
{%- set alike = 'submission_id, source_sheet, activity_type, given_unit' %}
gas_volumes as (

    select
        *,
        count(*) over (partition by {{ alike }}) - 1 as rows_more,
        row_number() over (partition by {{ alike }} order by source_row, activity_id) as nth
    from {{ activities }}
    where activity_id in (select activity_id from {{ ref('emissions') }} where unit_bridge like '%m3 at 20 C%')

),

-- Fuels in units of energy of which nobody says by which calorific value; the formula is per net one.
of_unknown_basis as (

    select
        lines.*,
        ratios.net_per_gross,
        count(*) over (partition by submission_id, source_sheet, activity_type, given_unit) - 1 as rows_more,
        sum(co2e_kg) over (partition by submission_id, source_sheet, activity_type, given_unit) as sheet_kg,
        row_number() over (
            partition by submission_id, source_sheet, activity_type, given_unit order by source_row, activity_id
        ) as nth
    from (
        select
            measured.activity_id, measured.submission_id, measured.source_sheet, measured.source_row, measured.activity_type,
            measured.given_unit, types.carrier_class, sum(emissions.co2e_kg) as co2e_kg
        from {{ ref('int_measured_activities') }} as measured
        inner join {{ ref('int_activity_types') }} as types
            on measured.activity_type = types.activity_type
        inner join {{ ref('emissions') }} as emissions
            on
                measured.activity_id = emissions.activity_id and emissions.stage = 'direct'
                and (
                    emissions.factor_level = 'formula' or emissions.unit_bridge like '%NCV%'
                    or emissions.unit_bridge like '%gross%'
                )
        where measured.heating_value_basis = 'not_stated'
        group by
            measured.activity_id, measured.submission_id, measured.source_sheet, measured.source_row, measured.activity_type,
            measured.given_unit, types.carrier_class
    ) as lines
    left join {{ ref('heating_value_ratios') }} as ratios
        on lines.carrier_class = ratios.carrier_class

),

-- Stretches of evidence and sub-meters that count.
counted_parts as (

    select
        activity_id,
        reason,
        min(part_start) as part_start,
        max(part_end) as part_end,
        sum({{ days_inclusive('part_start', 'part_end') }}) as days
    from {{ ref('int_counted_parts') }}
    group by activity_id, reason

),

-- What a stretch that stands in for the ledger or for a parent meter weighs, in the target's Scope 2 method.
weights as (

    select
        emissions.activity_id,
        sum(emissions.co2e_kg) as co2e_kg
    from {{ ref('emissions') }} as emissions
    cross join {{ ref('int_organization') }} as organization
    where
        emissions.activity_id in (select activity_id from counted_parts)
        and emissions.stage = 'direct'
        and emissions.boundary_route = 'consolidated'
        and (emissions.scope2_method is null or emissions.scope2_method = organization.target_scope2_method)
    group by emissions.activity_id

),

unallocated_readings as (

    select readings.activity_id, min(readings.period) as period
    from {{ ref('int_sub_meter_months') }} as readings
    left join {{ ref('int_allocation') }} as allocation
        on readings.activity_id = allocation.activity_id and readings.period = allocation.period
    where
        allocation.activity_id is null
        -- What counts by itself, outside the facility's days, is said there.
        and (readings.quantity <> 0 or readings.activity_id not in (select activity_id from outside_validity))
    group by readings.activity_id

),

observations as (

    select
        activities.activity_id,
        failures.failure as rule,
        case
            when failures.failure = 'no_unit_bridge' and activities.is_money then 'money'
            when failures.failure = 'no_unit_bridge' and activities.method = 'heat' then 'heat'
            when failures.failure = 'other_gwp_set' then 'refused'
            else ''
        end as variant,
        failures.period,
        'activity_type' as column_name,
        activities.activity_type as source_value,
        {{ finding_values({
            'name_en': 'activities.name_en', 'name_zh': 'activities.name_zh', 'activity_type': 'activities.activity_type',
            'given_unit': "coalesce(activities.given_unit, '?')", 'supplier': 'activities.supplier',
            'processes': 'known_processes.names',
        }) }} as parameters,
        cast(null as decimal(38, 18)) as co2e_at_stake_t
    from failures
    inner join {{ activities }} on failures.activity_id = activities.activity_id
    cross join known_processes
    union all
    select
        activities.activity_id, 'factor_not_applied', '', stages.period, 'activity_type', activities.activity_type,
        {{ finding_values({
            'name_en': 'activities.name_en', 'name_zh': 'activities.name_zh', 'stage': 'stages.stage',
            'factor_id': "coalesce(stages.factor_id, '-')", 'given_unit': "coalesce(activities.given_unit, '?')",
            'rows': 'stages.rows_more + 1',
            'lacks_en': "case stages.failure when 'no_unit_bridge' then 'a calorific value or density between ' || activities.given_unit || ' and its unit (or an exchange rate)' when 'no_gwp' then 'a GWP of one of its gases' when 'no_scope' then 'its scope or GHG Protocol category' when 'factor_out_of_range' then 'a value within range' else stages.failure end",
            'lacks_zh': "case stages.failure when 'no_unit_bridge' then '单位 ' || activities.given_unit || ' 与其单位之间的热值或密度（或汇率）' when 'no_gwp' then '其中某气体的 GWP' when 'no_scope' then '范围或类别' when 'factor_out_of_range' then '合理的数值' else stages.failure end",
        }) }},
        null
    from factors_not_applied as stages
    inner join {{ activities }} on stages.activity_id = activities.activity_id
    where stages.nth = 1
    union all
    select
        activities.activity_id, 'row_factor_replaces', '', replacements.period, 'activity_type', activities.activity_type,
        {{ finding_values({
            'name_en': 'activities.name_en', 'name_zh': 'activities.name_zh', 'stages': 'replacements.stages',
            'rows': 'replacements.rows_more + 1',
        }) }},
        null
    from replacements
    inner join {{ activities }} on replacements.activity_id = activities.activity_id
    where replacements.nth = 1
    union all
    select
        activity_id, 'quantity_out_of_range', case when method = 'heat' then 'heat' else '' end, period, 'quantity',
        cast(given_quantity as string),
        {{ finding_values({'unit': "coalesce(unit, '?')", 'given_unit': "coalesce(given_unit, '?')"}) }},
        null
    from {{ activities }}
    where quantity is null
    union all
    select
        activities.activity_id, 'facility_not_valid',
        case when outside_validity.is_before_it_came then 'before_it_came' else '' end,
        outside_validity.period, 'facility_id', activities.facility_id,
        {{ finding_values({
            'days': 'outside_validity.days', 'facility_id': 'activities.facility_id', 'event_id': 'outside_validity.event_id',
        }) }},
        null
    from outside_validity
    inner join {{ activities }} on outside_validity.activity_id = activities.activity_id
    union all
    select
        activities.activity_id, 'invoice_stands_in', '', {{ month_of('parts.part_start') }}, 'quantity',
        cast(activities.given_quantity as string),
        {{ finding_values({
            'facility_id': 'activities.facility_id', 'name_en': 'activities.name_en', 'name_zh': 'activities.name_zh',
            'days': 'parts.days', 'first_day': 'parts.part_start', 'last_day': 'parts.part_end',
        }) }},
        cast(weights.co2e_kg * 0.001 as decimal(38, 18))
    from counted_parts as parts
    inner join {{ activities }} on parts.activity_id = activities.activity_id
    left join weights on parts.activity_id = weights.activity_id
    where parts.reason = 'no_ledger'
    union all
    select
        activities.activity_id, 'sub_meter_counted', '', {{ month_of('parts.part_start') }}, 'meter_id', activities.meter_id,
        {{ finding_values({'meter_id': 'activities.meter_id', 'days': 'parts.days'}) }},
        cast(weights.co2e_kg * 0.001 as decimal(38, 18))
    from counted_parts as parts
    inner join {{ activities }} on parts.activity_id = activities.activity_id
    left join weights on parts.activity_id = weights.activity_id
    where parts.reason = 'no_parent'
    union all
    select
        activities.activity_id, 'evidence_covered', '', activities.period, 'posting_date', null,
        {{ finding_values({'name_en': 'activities.name_en', 'name_zh': 'activities.name_zh'}) }},
        null
    from {{ activities }}
    left join counted_parts as parts on activities.activity_id = parts.activity_id
    where activities.feed = 'procurement' and activities.role = 'evidence' and parts.activity_id is null
    union all
    select
        activities.activity_id, 'sub_meter_not_allocated', '', unallocated_readings.period, 'meter_id', activities.meter_id,
        {{ finding_values({}) }},
        null
    from unallocated_readings
    inner join {{ activities }} on unallocated_readings.activity_id = activities.activity_id
    union all
    select
        activity_id, 'gas_volume_basis',
        case when is_given_volume then 'row' else 'factor' end || case when rows_more > 0 then '_more' else '' end,
        period, 'unit', given_unit,
        {{ finding_values({'given_unit': 'given_unit', 'rows_more': 'rows_more'}) }},
        null
    from gas_volumes
    where nth = 1
    union all
    select
        basis.activity_id, 'heating_value_basis', '', activities.period, 'unit', basis.given_unit,
        {{ finding_values({
            'name_en': 'activities.name_en', 'name_zh': 'activities.name_zh', 'given_unit': 'basis.given_unit',
            'rows': 'basis.rows_more + 1', 'net_per_gross': plain_number('basis.net_per_gross'),
        }) }},
        cast(basis.sheet_kg * cast(1 - basis.net_per_gross as decimal(13, 12)) * 0.001 as decimal(38, 18))
    from of_unknown_basis as basis
    inner join {{ activities }} on basis.activity_id = activities.activity_id
    where basis.nth = 1

)

select
    observations.rule,
    observations.variant,
    activities.facility_id,
    observations.period,
    activities.submission_id,
    activities.source_sheet,
    activities.source_row,
    observations.column_name,
    observations.source_value,
    observations.parameters,
    observations.co2e_at_stake_t
from observations
inner join {{ ref('int_activities') }} as activities on observations.activity_id = activities.activity_id
where activities.activity_id in (select distinct activity_id from observations)
union all
select
    'freight_not_computed',
    case when transport_distance_km is null or transported_mass_t is null then 'distance_or_mass' else 'mode' end,
    facility_id, {{ month_of('coverage_start') }}, submission_id, source_sheet, source_row, 'transport_mode', transport_mode,
    {{ finding_values({}) }},
    null
from {{ ref('int_procurement_freight') }}
where freight_type is null and not is_in_supplier_factor
union all
select
    'transport_in_supplier_factor', '', facility_id, {{ month_of('coverage_start') }}, submission_id, source_sheet,
    source_row, 'supplier_factor_includes_transport', transport_mode,
    {{ finding_values({}) }},
    null
from {{ ref('int_procurement_freight') }}
where is_in_supplier_factor
