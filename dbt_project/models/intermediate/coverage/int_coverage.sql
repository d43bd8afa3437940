-- One row per facility, boundary route, activity type, scope, category, whether it is derived, and month of a year with
-- data: the days that have data, and the days that are due, as bits (macro day_bits). What is covered is decided here alone.
with

organization as (

    select * from {{ ref('int_organization') }}

),

-- What an activity type of a facility counts as: the months of each year, as bits (bit 0 is January). Derived: the upstream
-- emissions and losses of an energy carrier, which follow its consumption and say nothing about anything else. Scope 2 in the
-- organisation's method: a figure in the other one alone is none.
lines as (

    select
        facility_id,
        boundary_route,
        activity_type,
        scope,
        ghg_protocol_category,
        stage <> 'direct' as is_derived,
        cast(extract(year from period) as integer) as year,
        bit_or(cast(pow(2, extract(month from period) - 1) as bigint)) as line_months
    from {{ ref('int_line_sums') }}
    cross join organization
    where
        scope is not null and consolidation_share > 0
        and (scope2_method is null or scope2_method = organization.target_scope2_method)
    group by
        facility_id, boundary_route, activity_type, scope, ghg_protocol_category, stage <> 'direct',
        extract(year from period)

),

years as (

    select distinct year from lines

),

month_numbers as (

    select cast(i as integer) as month from range(1, 13) as numbers_from_one(i)

),

calendar as (

    select
        years.year,
        cast(pow(2, month_numbers.month - 1) as bigint) as month_bit,
        cast({{ dbt.dateadd('month', 'month_numbers.month - 1', first_day_of('years.year')) }} as date) as period
    from years
    cross join month_numbers

),

months as (

    select year, month_bit, period, {{ dbt.last_day('period', 'month') }} as month_end
    from calendar

),

-- The days on which a facility is in the boundary.
boundary as (

    select
        shares.facility_id,
        shares.boundary_route,
        months.year,
        months.month_bit,
        months.period,
        bit_or({{ day_bits(
            'greatest(shares.valid_from, months.period)', 'least(shares.valid_to, months.month_end)'
        ) }}) as boundary_bits
    from {{ ref('int_consolidation_shares') }} as shares
    inner join months
        on shares.valid_from <= months.month_end and shares.valid_to >= months.period
    where shares.share > 0
    group by shares.facility_id, shares.boundary_route, months.year, months.month_bit, months.period

),

-- A type that facilities.csv expects in one interval of a facility and leaves out of the list of another is declared to have
-- begun, or to have ended.
expected_intervals as (

    select
        intervals.facility_id,
        types.activity_type,
        intervals.valid_from,
        intervals.valid_to,
        max(case when expected.valid_from = intervals.valid_from then 1 else 0 end) = 1 as is_expected
    from {{ ref('int_facilities') }} as intervals
    inner join (select distinct facility_id, activity_type from {{ ref('int_expected_types') }}) as types
        on intervals.facility_id = types.facility_id
    left join {{ ref('int_expected_types') }} as expected
        on
            intervals.facility_id = expected.facility_id
            and types.activity_type = expected.activity_type
    where coalesce(trim(intervals.expected_activity_types), '') <> ''
    group by intervals.facility_id, types.activity_type, intervals.valid_from, intervals.valid_to

),

declared as (

    select
        expected_intervals.facility_id,
        expected_intervals.activity_type,
        months.period,
        {%- for column, condition in {'expected_bits': 'is_expected', 'ended_bits': 'not is_expected'}.items() %}
        bit_or(case
            when {{ condition }} then {{ day_bits(
                'greatest(expected_intervals.valid_from, months.period)',
                'least(expected_intervals.valid_to, months.month_end)'
            ) }}
            else cast(0 as bigint)
        end) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from expected_intervals
    inner join months
        on expected_intervals.valid_from <= months.month_end and expected_intervals.valid_to >= months.period
    group by expected_intervals.facility_id, expected_intervals.activity_type, months.period

),

-- An expected type that was never sent counts as what it counts as elsewhere, else as its method says.
never_sent as (

    select distinct
        expected.facility_id,
        'consolidated' as boundary_route,
        expected.activity_type,
        coalesce(elsewhere.scope, case
            when types.method in ('electricity', 'heat') then 2
            when types.method in ('fuel_combustion', 'gas_release') then 1
            else 3
        end) as scope,
        elsewhere.ghg_protocol_category,
        false as is_derived
    from {{ ref('int_expected_types') }} as expected
    inner join {{ ref('int_activity_types') }} as types
        on expected.activity_type = types.activity_type
    left join (
        select distinct activity_type, scope, ghg_protocol_category
        from lines
        where boundary_route = 'consolidated' and not is_derived
    ) as elsewhere
        on expected.activity_type = elsewhere.activity_type
    where
        not exists (
            select 1 from lines
            where
                lines.facility_id = expected.facility_id
                and lines.activity_type = expected.activity_type
                and lines.boundary_route = 'consolidated'
                and not lines.is_derived
        )

),

boundary_years as (

    select facility_id, boundary_route, year, count(*) as months
    from boundary
    group by facility_id, boundary_route, year

),

-- The months of a year with data inside the boundary.
read_years as (

    select
        boundary.facility_id,
        boundary.boundary_route,
        data_days.activity_type,
        boundary.year,
        bit_or(case
            when data_days.data_bits & boundary.boundary_bits <> 0 then boundary.month_bit else cast(0 as bigint)
        end) as read_months,
        max(case when data_days.is_by_days then 1 else 0 end) as is_by_days
    from {{ ref('int_data_days') }} as data_days
    inner join boundary
        on data_days.facility_id = boundary.facility_id and data_days.period = boundary.period
    group by boundary.facility_id, boundary.boundary_route, data_days.activity_type, boundary.year

),

series_years as (

    select
        lines.*,
        lines.line_months & coalesce(read_years.read_months, 0) as data_months,
        boundary_years.months
    from lines
    left join read_years
        on
            lines.facility_id = read_years.facility_id
            and lines.boundary_route = read_years.boundary_route
            and lines.activity_type = read_years.activity_type
            and lines.year = read_years.year
    left join boundary_years
        on
            lines.facility_id = boundary_years.facility_id
            and lines.boundary_route = boundary_years.boundary_route
            and lines.year = boundary_years.year

),

-- A year that has data in every month of at least half a year in the boundary is regular: from then on what comes by record is
-- due too.
begun as (

    select
        series_years.facility_id, series_years.boundary_route, series_years.activity_type, series_years.scope,
        series_years.ghg_protocol_category, series_years.is_derived,
        min(case when data_months <> 0 then make_date(year, {{ first_day_of_bits('data_months') }}, 1) end) as first_period,
        min(case when data_months <> 0 then year end) as first_year,
        max(case when data_months <> 0 then year end) as last_year,
        max(case when data_months <> 0 and year = organization.base_year then 1 else 0 end) = 1 as is_in_base_year,
        min(case when months >= 6 and bit_count(data_months) = months then year end) as first_regular_year
    from series_years
    cross join organization
    group by facility_id, boundary_route, activity_type, scope, ghg_protocol_category, is_derived

),

series as (

    select begun.*, coalesce(paces.is_continuous, false) as is_continuous
    from begun
    left join (
        select facility_id, boundary_route, activity_type, max(is_by_days) = 1 as is_continuous
        from read_years
        group by facility_id, boundary_route, activity_type
    ) as paces
        on
            begun.facility_id = paces.facility_id
            and begun.boundary_route = paces.boundary_route
            and begun.activity_type = paces.activity_type
    union all
    select never_sent.*, null, null, null, false, null, false
    from never_sent

),

-- Before a series has begun nothing is due but what is expected.
cell_years as (

    select
        series.*,
        boundary_years.year,
        coalesce(lines.line_months, 0) as line_months
    from series
    inner join boundary_years
        on
            series.facility_id = boundary_years.facility_id
            and series.boundary_route = boundary_years.boundary_route
    left join lines
        on
            series.facility_id = lines.facility_id
            and series.boundary_route = lines.boundary_route
            and series.activity_type = lines.activity_type
            and series.scope = lines.scope
            and coalesce(series.ghg_protocol_category, 0) = coalesce(lines.ghg_protocol_category, 0)
            and series.is_derived = lines.is_derived
            and boundary_years.year = lines.year
    where
        boundary_years.year >= series.first_year
        or series.facility_id in (select facility_id from declared)

),

cells as (

    select
        cell_years.*,
        boundary.period,
        boundary.boundary_bits,
        case when cell_years.line_months & boundary.month_bit <> 0 then coalesce(data_days.data_bits, 0) else 0 end
            & boundary.boundary_bits as data_bits,
        case when cell_years.is_derived then 0 else coalesce(declared.expected_bits, 0) end as expected_bits,
        coalesce(declared.ended_bits, 0) as ended_bits
    from cell_years
    inner join boundary
        on
            cell_years.facility_id = boundary.facility_id
            and cell_years.boundary_route = boundary.boundary_route
            and cell_years.year = boundary.year
    left join {{ ref('int_data_days') }} as data_days
        on
            cell_years.facility_id = data_days.facility_id
            and cell_years.activity_type = data_days.activity_type
            and boundary.period = data_days.period
    left join declared
        on
            cell_years.facility_id = declared.facility_id
            and cell_years.activity_type = declared.activity_type
            and boundary.period = declared.period

),

-- Due is what the list of expected types names; of a series of readings every day since it began, and the whole base year
-- that it is part of; of a series of records every month after a year in which it had them all.
due as (

    select
        cells.*,
        cells.boundary_bits & case
            when cells.last_year < organization.base_year and cells.year > cells.last_year then cells.expected_bits
            when cells.year > cells.first_regular_year then cells.boundary_bits
            when not cells.is_continuous then cells.expected_bits
            when
                cells.is_in_base_year and cells.year >= organization.base_year
                -- What is sold, or generated on site, makes a year smaller and not a base that looks small.
                and cells.activity_type not like 'exported%'
                and cells.activity_type <> 'onsite_renewable_electricity'
                then cells.boundary_bits
            when cells.period > cells.first_period then cells.boundary_bits
            when cells.period = cells.first_period
                then cells.expected_bits | ~((cells.data_bits & -cells.data_bits) - 1)
            else cells.expected_bits
        end & ~(cells.ended_bits & ~cells.expected_bits) as due_bits
    from cells
    cross join organization

)

select
    facility_id,
    boundary_route,
    activity_type,
    scope,
    ghg_protocol_category,
    is_derived,
    year,
    period,
    data_bits,
    due_bits,
    due_bits & ~data_bits as missing_bits
from due
where data_bits <> 0 or due_bits <> 0
