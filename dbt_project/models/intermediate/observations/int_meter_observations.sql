-- One row per observation about meters: days read twice or not at all, an overdue calibration, sub-meters above their parent.
{#- Read anew for the few rows that each observation is about. #}
{%- set ledger %}(
    select
        {{ all_columns_but(['meter_id'], 'ledger') }},
        names.meter_id,
        types.name_en,
        types.name_zh,
        {{ month_of('ledger.coverage_start') }} as first_period
    from {{ ref('stg_energy_ledger') }} as ledger
    inner join {{ ref('int_activity_types') }} as types
        on ledger.activity_type = types.activity_type
    left join {{ ref('int_meter_names') }} as names
        on ledger.facility_id = names.facility_id and ledger.meter_id = names.written_as
    where ledger.row_status = 'accepted'
) as ledger
{%- endset %}
with

types as (

    select activity_type, name_en, name_zh
    from {{ ref('int_activity_types') }}

),

-- Meters whose rows follow each other from day to day, which are nearly all: no day was read twice or left out.
in_order as (

    select facility_id, activity_type, meter_id
    from {{ ref('int_meter_series') }}
    where
        feed = 'energy_ledger' and is_chain
        and (facility_id, activity_type) not in (select facility_id, activity_type from {{ ref('int_shared_days') }} where is_total)

),

days_read as (

    select
        ledger.activity_id, ledger.facility_id, ledger.activity_type, ledger.meter_id, ledger.coverage_start, ledger.coverage_end,
        ledger.times_of_day
    from {{ ledger }}
    left join in_order
        on
            ledger.facility_id = in_order.facility_id
            and ledger.activity_type = in_order.activity_type
            and coalesce(ledger.meter_id, '') = in_order.meter_id
    -- A correction covers days that were read before; a row that is the total of others is said as such.
    where
        in_order.facility_id is null
        and coalesce(ledger.data_quality, '') <> 'correction'
        and ledger.activity_id not in (select activity_id from {{ ref('int_shared_days') }} where is_total)

),

-- Meters that are read within the day: the others, which are nearly all, need not be looked at for it.
meters_within_days as (

    select distinct facility_id, activity_type, coalesce(meter_id, '') as meter_id
    from days_read
    where times_of_day is not null and coverage_end <= cast(coverage_start + 1 as date)

),

days_of_meters as (

    select days_read.*, meters_within_days.meter_id is not null as may_be_within_day
    from days_read
    left join meters_within_days
        on
            days_read.facility_id = meters_within_days.facility_id
            and days_read.activity_type = meters_within_days.activity_type
            and coalesce(days_read.meter_id, '') = meters_within_days.meter_id

),

-- Readings with times, and those at midnight among them, share their days without reading them twice.
readings_and_days as (

    select
        *,
        coverage_end <= cast(coverage_start + 1 as date)
        and count(times_of_day) over (
            partition by facility_id, activity_type, meter_id, coverage_start, coverage_end
        ) > 0 as is_within_day
    from days_of_meters
    where may_be_within_day

),

-- Days read twice or not at all, meter by meter. Rows without a meter may add up, so only their gaps are looked at.
-- Readings within a day are compared with rows of whole days, and the first of a day speaks for all.
until as (

    select
        activity_id, meter_id, coverage_start, coverage_end, covered_until, covered_until as read_until,
        1 as place_in_day, false as is_within_day
    from (
        select
            activity_id, meter_id, coverage_start, coverage_end,
            max(coverage_end) over (
                partition by facility_id, activity_type, meter_id order by coverage_start, coverage_end, activity_id
                rows between unbounded preceding and 1 preceding
            ) as covered_until
        from days_of_meters
        where not may_be_within_day
    ) as whole_days
    union all
    select
        activity_id, meter_id, coverage_start, coverage_end,
        max(coverage_end) over (
            partition by facility_id, activity_type, meter_id order by coverage_start, coverage_end, activity_id
            rows between unbounded preceding and 1 preceding
        ) as covered_until,
        max(case when not is_within_day then coverage_end end) over (
            partition by facility_id, activity_type, meter_id
            order by coverage_start, is_within_day, coverage_end, activity_id
            rows between unbounded preceding and 1 preceding
        ) as read_until,
        row_number() over (
            partition by facility_id, activity_type, meter_id, coverage_start, coverage_end, is_within_day
            order by activity_id
        ) as place_in_day,
        is_within_day
    from readings_and_days

),

found as (

    select *
    from (
        select
            *,
            meter_id is not null and coverage_start <= read_until and (not is_within_day or place_in_day = 1) as is_overlap,
            coverage_start > cast(covered_until + 1 as date) as is_gap
        from until
    ) as judged
    where is_overlap or is_gap

),

readings as (

    select
        ledger.facility_id, ledger.submission_id, ledger.source_sheet, ledger.source_row, ledger.name_en, ledger.name_zh,
        found.*
    from found
    inner join {{ ledger }}
        on found.activity_id = ledger.activity_id

),

overdue as (

    select ledger.*, meters.calibration_due
    from {{ ledger }}
    inner join {{ ref('int_meters') }} as meters
        on ledger.facility_id = meters.facility_id and ledger.meter_id = meters.meter_id
    where meters.calibration_due < ledger.coverage_end

),

weights as (

    select emissions.activity_id, sum(emissions.co2e_kg) * 0.001 as co2e_t
    from {{ ref('emissions') }} as emissions
    cross join {{ ref('int_organization') }} as organization
    where
        -- `union`: of what is told apart, DuckDB expects few, and reads the lines past a table of them.
        emissions.activity_id in (
            select activity_id from readings where is_overlap
            union
            select activity_id from overdue
        )
        and emissions.stage = 'direct' and emissions.boundary_route = 'consolidated'
        and (emissions.scope2_method is null or emissions.scope2_method = organization.target_scope2_method)
    group by emissions.activity_id

),

-- Sub-meters above their parent in a month, by readings within that month: spread ones would only guess. Readings are
-- taken at different hours; a hundredth is no finding.
monthly_readings as (

    select
        facility_id, meter_id, activity_type, unit, {{ month_of('coverage_start') }} as period,
        sum(quantity) as quantity
    from {{ ref('int_delivered_activities') }}
    where
        feed = 'energy_ledger' and role in ('consumption', 'sub_meter') and meter_id is not null
        and facility_id in (select facility_id from {{ ref('int_meters') }} where parent_meter_id is not null)
        and {{ month_of('coverage_start') }} = {{ month_of('coverage_end') }}
    group by facility_id, meter_id, activity_type, unit, {{ month_of('coverage_start') }}

),

sub_meters_above_parent as (

    select
        parents.facility_id,
        parents.meter_id,
        parents.activity_type,
        parents.unit,
        parents.period,
        parents.quantity as parent_quantity,
        subs.quantity
    from monthly_readings as parents
    inner join (
        select
            meters.facility_id, meters.parent_meter_id, readings.activity_type, readings.unit, readings.period,
            sum(readings.quantity) as quantity
        from monthly_readings as readings
        inner join {{ ref('int_meters') }} as meters
            on readings.facility_id = meters.facility_id and readings.meter_id = meters.meter_id
        where meters.parent_meter_id is not null
        group by meters.facility_id, meters.parent_meter_id, readings.activity_type, readings.unit, readings.period
    ) as subs
        on
            parents.facility_id = subs.facility_id and parents.meter_id = subs.parent_meter_id
            and parents.activity_type = subs.activity_type and parents.unit = subs.unit and parents.period = subs.period
    where subs.quantity > parents.quantity * 1.01

),

over_allocated as (

    select left_over.year, left_over.facility_id, left_over.workshop, left_over.activity_type, left_over.unit, left_over.quantity
    from {{ ref('product_allocation') }} as left_over
    where
        left_over.quantity < 0
        -- Exports and corrections are negative without any sub-meter.
        and exists (
            select 1 from {{ ref('product_allocation') }} as allocated
            where
                allocated.year = left_over.year and allocated.facility_id = left_over.facility_id
                and allocated.activity_type = left_over.activity_type and allocated.unit = left_over.unit
                and allocated.workshop <> left_over.workshop
        )

)

select
    'coverage_overlap' as rule,
    '' as variant,
    readings.facility_id,
    {{ month_of('readings.coverage_start') }} as period,
    readings.submission_id,
    readings.source_sheet,
    readings.source_row,
    'start_date' as column_name,
    readings.meter_id as source_value,
    {{ finding_values({
        'meter_id': 'readings.meter_id', 'name_en': 'readings.name_en',
        'coverage_start': 'readings.coverage_start',
        'last_day': 'least(readings.read_until, readings.coverage_end)',
        'name_zh': 'readings.name_zh',
    }) }} as parameters,
    cast(weights.co2e_t as decimal(38, 18)) as co2e_at_stake_t
from readings
left join weights on readings.activity_id = weights.activity_id
where readings.is_overlap
union all
select
    'coverage_gap', case when readings.meter_id is null then '' else 'meter' end, readings.facility_id,
    {{ month_of('cast(readings.covered_until + 1 as date)') }}, readings.submission_id,
    readings.source_sheet, readings.source_row, 'start_date', readings.meter_id,
    {{ finding_values({
        'name_en': 'readings.name_en', 'name_zh': 'readings.name_zh', 'meter_id': 'readings.meter_id',
        'facility_id': 'readings.facility_id', 'first_day': 'cast(readings.covered_until + 1 as date)',
        'last_day': 'cast(readings.coverage_start - 1 as date)',
    }) }},
    null
from readings
where readings.is_gap
union all
select
    'calibration_overdue', '', overdue.facility_id, overdue.first_period, overdue.submission_id, overdue.source_sheet,
    overdue.source_row, 'meter_id', overdue.meter_id,
    {{ finding_values({
        'meter_id': 'overdue.meter_id', 'calibration_due': 'overdue.calibration_due',
    }) }},
    cast(weights.co2e_t as decimal(38, 18))
from overdue
left join weights on overdue.activity_id = weights.activity_id
union all
select
    'sub_meters_exceed_parent', 'month', facility_id, period, null, null, null, 'quantity',
    {{ plain_number('quantity') }},
    {{ finding_values({
        'meter_id': 'meter_id', 'quantity': plain_number('quantity'), 'unit': 'unit', 'name_en': 'types.name_en',
        'parent_quantity': plain_number('parent_quantity'), 'name_zh': 'types.name_zh',
    }) }},
    null
from sub_meters_above_parent
inner join {{ ref('int_activity_types') }} as types
    on sub_meters_above_parent.activity_type = types.activity_type
union all
select
    'sub_meters_exceed_parent', 'year', facility_id, {{ first_day_of('year') }}, null, null, null, 'quantity',
    {{ plain_number('quantity') }},
    {{ finding_values({
        'workshop': 'workshop', 'quantity': plain_number('-quantity'), 'unit': 'unit', 'name_en': 'types.name_en',
        'name_zh': 'types.name_zh',
    }) }},
    null
from over_allocated
inner join types
    on over_allocated.activity_type = types.activity_type
