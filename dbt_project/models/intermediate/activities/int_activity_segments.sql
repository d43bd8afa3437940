-- One row per activity, counted stretch and month (cut again where a factor or a share changes inside the month): the
-- exact share of the quantity that falls on those days. The shares of an activity sum to its quantity.
-- What a line tells of its activity stands here too: millions of lines pass on to their factors without being joined to
-- millions of activities again.
{%- set of_activity = [
    'activity_id', 'facility_id', 'activity_type', 'supplier', 'process', 'unit', 'quantity', 'quantity_rest', 'coverage_start', 'coverage_end',
    'coverage_days', 'submission_id', 'source_sheet', 'source_row', 'feed', 'payer', 'own_factor', 'given_quantity', 'given_unit',
    'unit_bridge', 'data_quality'
] %}
{#- Most activities are consumption and count whole; only evidence and sub-meters have their stretches looked up. -#}
{%- set parts %}(
    select
        {{ of_activity | join(', ') }},
        coverage_start as part_start,
        coverage_end as part_end
    from {{ ref('int_activities') }}
    where role = 'consumption'
    union all
    select
        {%- for column in of_activity %}
        activities.{{ column }},
        {%- endfor %}
        parts.part_start,
        parts.part_end
    from {{ ref('int_activities') }} as activities
    inner join {{ ref('int_counted_parts') }} as parts
        on activities.activity_id = parts.activity_id
    where activities.role <> 'consumption'
) as parts
{%- endset %}
{%- set changing_months %}
        select distinct facility_id, activity_type, {{ month_of('change_day') }} as month_start
        from {{ ref('int_breakpoints') }}
{%- endset %}
with

-- Nearly all stretches lie within a month in which nothing changes, and need no cutting.
within_a_month as (

    select
        {%- for column in of_activity %}
        parts.{{ column }},
        {%- endfor %}
        {{ month_of('parts.part_start') }} as month_start,
        {{ month_of('parts.part_start') }} as factor_date,
        parts.part_start as cut_start,
        parts.part_end as cut_end
    from {{ parts }}
    left join ({{ changing_months }}) as changing
        on
            parts.facility_id = changing.facility_id
            and parts.activity_type = changing.activity_type
            and {{ month_of('parts.part_start') }} = changing.month_start
    where {{ month_of('parts.part_start') }} = {{ month_of('parts.part_end') }} and changing.facility_id is null

),

-- The two kinds of stretches that do are found apart, each by keys: only those that touch several months are compared with
-- the bounds of all.
to_cut as (

    select
        {%- for column in of_activity %}
        parts.{{ column }},
        {%- endfor %}
        months.month_start,
        greatest(parts.part_start, months.month_start) as segment_start,
        least(parts.part_end, months.month_end) as segment_end
    from {{ parts }}
    inner join {{ ref('int_months') }} as months
        on parts.part_start <= months.month_end and parts.part_end >= months.month_start
    where {{ month_of('parts.part_start') }} <> {{ month_of('parts.part_end') }}
    union all
    select
        {%- for column in of_activity %}
        parts.{{ column }},
        {%- endfor %}
        changing.month_start,
        parts.part_start as segment_start,
        parts.part_end as segment_end
    from {{ parts }}
    inner join ({{ changing_months }}) as changing
        on
            parts.facility_id = changing.facility_id
            and parts.activity_type = changing.activity_type
            and {{ month_of('parts.part_start') }} = changing.month_start
    where {{ month_of('parts.part_start') }} = {{ month_of('parts.part_end') }}

),

starts as (

    select activity_id, facility_id, activity_type, month_start, segment_start, segment_end, segment_start as cut_start
    from to_cut
    union all
    select
        to_cut.activity_id, to_cut.facility_id, to_cut.activity_type, to_cut.month_start, to_cut.segment_start,
        to_cut.segment_end, breakpoints.change_day as cut_start
    from to_cut
    inner join {{ ref('int_breakpoints') }} as breakpoints
        on
            to_cut.facility_id = breakpoints.facility_id
            and to_cut.activity_type = breakpoints.activity_type
            and breakpoints.change_day > to_cut.segment_start
            and breakpoints.change_day <= to_cut.segment_end

),

cuts as (

    select
        activity_id,
        facility_id,
        activity_type,
        month_start,
        segment_start,
        cut_start,
        cast(coalesce(
            lead(cut_start) over (partition by activity_id, segment_start order by cut_start) - 1, segment_end
        ) as date) as cut_end
    from starts

),

-- Factors are looked up as of the last change on or before the segment, so that few dates need an answer.
dated as (

    select
        cuts.activity_id,
        cuts.segment_start,
        cuts.cut_start,
        cuts.cut_end,
        max(coalesce(breakpoints.change_day, cuts.month_start)) as factor_date
    from cuts
    left join {{ ref('int_breakpoints') }} as breakpoints
        on
            cuts.facility_id = breakpoints.facility_id
            and cuts.activity_type = breakpoints.activity_type
            and breakpoints.change_day > cuts.month_start
            and breakpoints.change_day <= cuts.cut_start
    group by cuts.activity_id, cuts.segment_start, cuts.cut_start, cuts.cut_end

),

placed as (

    select
        {{ of_activity | join(', ') }},
        month_start, factor_date, cut_start, cut_end
    from within_a_month
    union all
    select
        {%- for column in of_activity %}
        to_cut.{{ column }},
        {%- endfor %}
        to_cut.month_start,
        dated.factor_date,
        dated.cut_start,
        dated.cut_end
    from to_cut
    inner join dated
        on to_cut.activity_id = dated.activity_id and to_cut.segment_start = dated.segment_start

)

select
    activity_id,
    month_start as period,
    cut_start as segment_start,
    cut_end as segment_end,
    cut_start = greatest(coverage_start, month_start)
    and cut_end = least(coverage_end, cast({{ dbt.last_day('month_start', 'month') }} as date)) as is_whole_month,
    factor_date,
    facility_id,
    activity_type,
    coalesce(supplier, '') as supplier,
    coalesce(process, '') as process,
    unit,
    cast(
        {{ cumulative_share('quantity', '(' ~ dbt.datediff('coverage_start', 'cut_end', 'day') ~ ' + 1)', 'coverage_days') }}
        - {{ cumulative_share('quantity', dbt.datediff('coverage_start', 'cut_start', 'day'), 'coverage_days') }}
    as decimal(19, 6)) as quantity,
    case
        when quantity_rest <> 0 then cast(
            {{ cumulative_share(
                'quantity_rest', '(' ~ dbt.datediff('coverage_start', 'cut_end', 'day') ~ ' + 1)', 'coverage_days', 18
            ) }}
            - {{ cumulative_share('quantity_rest', dbt.datediff('coverage_start', 'cut_start', 'day'), 'coverage_days', 18) }}
        as decimal(18, 18))
        else quantity_rest
    end as quantity_rest,
    submission_id,
    source_sheet,
    source_row,
    feed,
    payer,
    own_factor,
    given_quantity,
    given_unit,
    unit_bridge as activity_unit_bridge,
    data_quality,
    coverage_days
from placed
