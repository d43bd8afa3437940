-- One row per gap that a method of estimation_methods can fill: the quantity by the first of them that has the data it
-- needs, and what it rests on.
with

measured as (

    select * from {{ ref('int_measured_months') }}

),

-- The nearest measured month on either side, and the same month a year before.
references_of_gaps as (

    select
        gaps.facility_id,
        gaps.activity_type,
        gaps.meter_id,
        gaps.period,
        gaps.first_day,
        gaps.last_day,
        gaps.days,
        gaps.days_of_month,
        max(case when measured.period < gaps.period then measured.period end) as before_period,
        min(case when measured.period > gaps.period then measured.period end) as after_period,
        cast({{ dbt.dateadd('month', -12, 'gaps.period') }} as date) as prior_year_period
    from {{ ref('int_gaps') }} as gaps
    inner join measured
        on
            gaps.facility_id = measured.facility_id
            and gaps.activity_type = measured.activity_type
            and gaps.meter_id = measured.meter_id
    group by
        gaps.facility_id, gaps.activity_type, gaps.meter_id, gaps.period, gaps.first_day, gaps.last_day, gaps.days,
        gaps.days_of_month

),

-- Output of a gap's month and of the same month a year before, product by product.
product_output as (

    select
        wanted.facility_id,
        wanted.period,
        reports.workshop,
        reports.product,
        min(reports.unit) as first_unit,
        max(reports.unit) as last_unit,
        {%- for column, month in {'output': 'wanted.period', 'prior_year_output': 'wanted.prior_year_period'}.items() %}
        sum(case
            when months.month_start = {{ month }}
                then
                    {{ cumulative_share(
                        'cast(reports.quantity as decimal(19, 6))',
                        '(' ~ dbt.datediff('reports.coverage_start',
                            'cast(least(reports.coverage_end, months.month_end) as date)', 'day') ~ ' + 1)',
                        days_inclusive('reports.coverage_start', 'reports.coverage_end')
                    ) }}
                    - {{ cumulative_share(
                        'cast(reports.quantity as decimal(19, 6))',
                        dbt.datediff('reports.coverage_start',
                            'cast(greatest(reports.coverage_start, months.month_start) as date)', 'day'),
                        days_inclusive('reports.coverage_start', 'reports.coverage_end')
                    ) }}
        end) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (select distinct facility_id, period, prior_year_period from references_of_gaps) as wanted
    inner join {{ ref('int_months') }} as months
        on months.month_start in (wanted.period, wanted.prior_year_period)
    inner join {{ ref('stg_production') }} as reports
        on
            wanted.facility_id = reports.facility_id
            and reports.row_status = 'accepted'
            and reports.coverage_start <= months.month_end
            and reports.coverage_end >= months.month_start
    group by wanted.facility_id, wanted.period, reports.workshop, reports.product

),

-- Two months compare only where the same products were counted in both, in one unit.
outputs as (

    select
        facility_id,
        period,
        min(first_unit) as output_unit,
        sum(output) as output,
        sum(prior_year_output) as prior_year_output
    from product_output
    group by facility_id, period
    having
        min(first_unit) = max(last_unit)
        and count(output) = count(*)
        and count(prior_year_output) = count(*)
        and sum(output) > 0
        and sum(prior_year_output) > 0
        -- In millionths, times days, they have to be whole numbers of 64 bits.
        and greatest(sum(output), sum(prior_year_output)) < 100000000000

),

with_references as (

    select
        gaps.*,
        before_months.quantity as before_quantity,
        before_months.days as before_days,
        before_months.unit as before_unit,
        after_months.quantity as after_quantity,
        after_months.days as after_days,
        after_months.unit as after_unit,
        prior_year_months.quantity as prior_year_quantity,
        prior_year_months.unit as prior_year_unit,
        outputs.output,
        outputs.prior_year_output,
        outputs.output_unit,
        -- Of the two neighbours the one with the higher daily mean; the earlier one where they are equal.
        after_months.quantity is not null and (
            before_months.quantity is null
            or after_months.quantity * before_months.days > before_months.quantity * after_months.days
        ) as after_is_higher
    from references_of_gaps as gaps
    {%- for month in ['before', 'after', 'prior_year'] %}
    left join measured as {{ month }}_months
        on
            gaps.facility_id = {{ month }}_months.facility_id
            and gaps.activity_type = {{ month }}_months.activity_type
            and gaps.meter_id = {{ month }}_months.meter_id
            and gaps.{{ month }}_period = {{ month }}_months.period
    {%- endfor %}
    left join outputs
        on gaps.facility_id = outputs.facility_id and gaps.period = outputs.period

),

candidates as (

    select
        *,
        'interpolation' as method,
        before_unit as unit,
        {{ cumulative_share(
            'cast(before_quantity * after_days + after_quantity * before_days as decimal(25, 6))',
            'days', '(2 * before_days * after_days)'
        ) }} as quantity
    from with_references
    where before_unit = after_unit
    union all
    select
        *,
        'prior_year_scaled_by_output' as method,
        prior_year_unit as unit,
        {{ cumulative_share(
            'prior_year_quantity',
            '(cast(output * 1000000 as bigint) * days)',
            '(cast(prior_year_output * 1000000 as bigint) * days_of_month)'
        ) }} as quantity
    from with_references
    where cast(prior_year_quantity as double) * cast(output as double) / cast(prior_year_output as double) < 1e12
    union all
    select
        *,
        'conservative_neighbour' as method,
        coalesce(before_unit, after_unit) as unit,
        {{ cumulative_share(
            '(case when after_is_higher then after_quantity else before_quantity end)',
            'days', '(case when after_is_higher then after_days else before_days end)'
        ) }} as quantity
    from with_references
    where coalesce(before_unit, after_unit) = coalesce(after_unit, before_unit)

),

preferred as (

    select
        candidates.*,
        row_number() over (
            partition by
                candidates.facility_id, candidates.activity_type, candidates.meter_id, candidates.first_day
            order by methods.position
        ) as choice
    from candidates
    inner join {{ source('raw', 'estimation_methods') }} as methods
        on candidates.method = methods.method

)

select
    {{ hash_id(["'estimate'", 'facility_id', 'activity_type', 'meter_id', 'first_day']) }} as activity_id,
    facility_id,
    activity_type,
    nullif(meter_id, '') as meter_id,
    period,
    first_day,
    last_day,
    days,
    days_of_month,
    method,
    cast(quantity as decimal(19, 6)) as quantity,
    unit,
    {%- for month in ['before', 'after'] %}
    {%- for column in ['period', 'quantity', 'days'] %}
    case when method <> 'prior_year_scaled_by_output' then {{ month }}_{{ column }} end as {{ month }}_{{ column }},
    {%- endfor %}
    {%- endfor %}
    {%- for column in ['prior_year_period', 'prior_year_quantity', 'output', 'prior_year_output', 'output_unit'] %}
    case when method = 'prior_year_scaled_by_output' then {{ column }} end as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from preferred
where choice = 1
