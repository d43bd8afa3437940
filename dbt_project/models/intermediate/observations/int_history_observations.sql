-- One row per observation of a month outside the facility's own history: consumption, output, energy per unit of output.
{%- set usual_points = 6 %}
with

-- Output of single months; a report over several months has no monthly history.
output as (

    select
        facility_id,
        product,
        unit,
        {{ month_of('coverage_start') }} as period,
        sum(quantity) as quantity
    from {{ ref('stg_production') }}
    where row_status = 'accepted' and {{ month_of('coverage_start') }} = {{ month_of('coverage_end') }}
    group by facility_id, product, unit, {{ month_of('coverage_start') }}

),

-- All that a facility makes, in months in which it is counted in one unit.
facility_output as (

    select facility_id, period, min(unit) as unit, sum(quantity) as quantity
    from output
    group by facility_id, period
    having min(unit) = max(unit) and sum(quantity) > 0

),

-- Energy read month by month; a quantity spread over several months knows nothing of the output of one.
facility_energy as (

    select energy.facility_id, energy.period, sum(energy.energy_gj) as energy_gj
    from {{ ref('int_energy') }} as energy
    inner join {{ ref('int_measured_activities') }} as activities
        on energy.activity_id = activities.activity_id
    where
        energy.facility_id in (select facility_id from facility_output)
        and {{ month_of('activities.coverage_start') }} = {{ month_of('activities.coverage_end') }}
    group by energy.facility_id, energy.period

),

-- Bills begin and end within a month: beside a month without any, a month counts where they reach its end. A record or a
-- purchase of one day is whole wherever in the month it lies.
consumption as (

    select
        facility_id,
        activity_type,
        unit,
        period,
        quantity,
        has_readings and (
            (first_day > period and coalesce(period_before < {{ month_of(dbt.dateadd('month', -1, 'period')) }}, true))
            or (
                {{ month_of(dbt.dateadd('day', 1, 'last_day')) }} = period
                and coalesce(period_after > {{ month_of(dbt.dateadd('month', 1, 'period')) }}, true)
            )
        ) as is_part_of_a_month
    from (
        select
            segments.facility_id,
            segments.activity_type,
            segments.unit,
            segments.period,
            min(segments.segment_start) as first_day,
            max(segments.segment_end) as last_day,
            lag(segments.period) over months_in_order as period_before,
            lead(segments.period) over months_in_order as period_after,
            max(case
                when segments.feed in ('activity_log', 'procurement') and segments.coverage_days = 1 then 0 else 1
            end) = 1 as has_readings,
            cast(sum(segments.quantity) as double) as quantity
        from {{ ref('int_activity_segments') }} as segments
        group by segments.facility_id, segments.activity_type, segments.unit, segments.period
        window months_in_order as (
            partition by segments.facility_id, segments.activity_type, segments.unit order by segments.period
        )
    ) as months

),

-- A month against the other months of the same facility: outside the mean by three standard deviations and by a fifth.
-- Too little history says nothing.
monthly as (

    select 'unusual_quantity' as rule, facility_id, activity_type as series, unit, period, quantity
    from consumption
    where not is_part_of_a_month
    union all
    select 'unusual_output', facility_id, product, unit, period, cast(quantity as double)
    from output
    union all
    select
        'unusual_energy_per_unit', energy.facility_id, '', 'GJ/' || output.unit, energy.period,
        cast(energy.energy_gj as double) / cast(output.quantity as double)
    from facility_energy as energy
    inner join facility_output as output
        on energy.facility_id = output.facility_id and energy.period = output.period

),

-- In parts of the largest month, as decimals: their sums and sums of squares are exact, so that mean and deviation have
-- the same digits in whatever order the months are added.
scaled as (

    select *, cast(quantity / nullif(largest, 0) as decimal(14, 13)) as part
    from (
        select *, max(abs(quantity)) over (partition by rule, facility_id, series, unit) as largest
        from monthly
    ) as with_largest

),

sums as (

    select
        one.rule,
        one.facility_id,
        one.series,
        one.unit,
        one.period,
        one.quantity,
        one.largest,
        cast(sum(other.part) as decimal(16, 13)) as parts,
        cast(sum(cast(other.part * other.part as decimal(28, 26))) as decimal(30, 26)) as squares,
        count(*) as points
    from scaled as one
    inner join scaled as other
        on
            one.rule = other.rule and one.facility_id = other.facility_id and one.series = other.series
            and one.unit = other.unit and one.period <> other.period
            and other.period > cast({{ dbt.dateadd('month', -24, 'one.period') }} as date)
            and other.period < cast({{ dbt.dateadd('month', 24, 'one.period') }} as date)
    group by one.rule, one.facility_id, one.series, one.unit, one.period, one.quantity, one.largest

),

history as (

    select
        rule,
        facility_id,
        series,
        unit,
        period,
        quantity,
        largest * cast(parts as double) / points as usual,
        largest * sqrt(
            cast(cast(points as decimal(4, 0)) * squares - cast(parts * parts as decimal(32, 26)) as double)
            / nullif(points * (points - 1), 0)
        ) as deviation,
        points,
        largest
    from sums

),

-- Energy per unit of output may be a small fraction of a gigajoule: small figures are not rounded to thousandths.
unusual as (

    select
        *,
        {%- for text, number in {
            'quantity_text': 'quantity', 'usual_text': 'usual', 'lower_text': 'usual - 3 * deviation',
            'upper_text': 'usual + 3 * deviation'
        }.items() %}
        case
            when largest < 10 then {{ plain_number(number) }}
            else {{ plain_number('cast(' ~ number ~ ' as decimal(28, 3))') }}
        end as {{ text }}{{ ',' if not loop.last }}
        {%- endfor %}
    from history
    where
        abs(quantity) < 1e15 and abs(usual) < 1e15 and coalesce(deviation, 0) < 1e15
        and (
            (
                points >= {{ usual_points }}
                and abs(quantity - usual) > 3 * deviation
                and abs(quantity - usual) > 0.2 * abs(usual)
            )
            -- A month in another unit is told by a few months, too: a thousand times the others, or a thousandth of others that
            -- are alike.
            or (
                points < {{ usual_points }} and rule = 'unusual_quantity' and usual > 0
                and (
                    quantity between 400 * usual and 2500 * usual
                    -- One month has no deviation.
                    or (deviation < usual and usual between 400 * quantity and 2500 * quantity)
                )
            )
        )

)

select
    unusual.rule,
    case when unusual.points < {{ usual_points }} then 'short' else '' end as variant,
    unusual.facility_id,
    unusual.period,
    cast(null as string) as submission_id,
    cast(null as string) as source_sheet,
    cast(null as integer) as source_row,
    'quantity' as column_name,
    unusual.quantity_text as source_value,
    {{ finding_values({
        'facility_id': 'unusual.facility_id', 'series_en': 'coalesce(types.name_en, unusual.series)',
        'series_zh': 'coalesce(types.name_zh, unusual.series)', 'quantity': 'quantity_text', 'unit': 'unusual.unit',
        'points': 'points', 'usual': 'usual_text', 'lower': 'lower_text', 'upper': 'upper_text',
    }) }} as parameters,
    cast(null as decimal(38, 18)) as co2e_at_stake_t
from unusual
left join {{ ref('int_activity_types') }} as types
    on unusual.rule = 'unusual_quantity' and unusual.series = types.activity_type
