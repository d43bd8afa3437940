-- One row per target: the probability of meeting it at the present course, and the year in which its pathway is crossed. DOUBLE,
-- because it rests on a projection. What cannot be projected says why.
with

organization as (

    select * from {{ ref('int_organization') }}

),

targets as (

    select
        targets.target_id,
        targets.target_year,
        targets.effective_term,
        targets.kind = 'absolute' and targets.scopes not like '%3%' as is_projectable,
        case when targets.scopes like '%1%' and targets.scopes like '%2%' then '1;2' else trim(targets.scopes) end as scopes,
        case when targets.scopes like '%2%' then coalesce(targets.scope2_method, organization.target_scope2_method) end
            as scope2_method
    from {{ ref('int_targets') }} as targets
    cross join organization

),

progress as (

    select target_id, year, pathway_value, actual_value from {{ ref('target_progress') }}

),

projected as (

    select
        targets.target_id,
        cast(extract(year from projection.period) as integer) as year,
        count(projection.expected_t) as projected_months,
        sum(projection.expected_t) as expected_t,
        max(case when extract(month from projection.period) = 12 then projection.year_deviation_t end) as deviation_t,
        min(projection.training_to) as training_to,
        max(projection.note_en) as note_en,
        max(projection.note_zh) as note_zh
    from targets
    inner join {{ ref('projection') }} as projection
        on
            targets.is_projectable
            and targets.scopes = projection.scopes
            and coalesce(targets.scope2_method, '') = coalesce(projection.scope2_method, '')
    group by 1, 2

),

-- Of a running year the months that are known stand beside the projected ones.
known as (

    select
        targets.target_id,
        months.year,
        count(distinct months.month) as known_months,
        {{ tonnes('sum(months.co2e_kg)') }} as co2e_t
    from targets
    inner join (select distinct target_id, training_to from projected) as trained
        on targets.target_id = trained.target_id
    inner join {{ ref('int_calculated_months') }} as months
        on
            targets.scopes like '%' || cast(months.scope as string) || '%'
            and (months.scope2_method is null or months.scope2_method = targets.scope2_method)
            and months.period <= trained.training_to
    group by targets.target_id, months.year

),

years as (

    select
        projected.target_id,
        projected.year,
        cast(projected.expected_t as decimal(28, 9)) + cast(coalesce(known.co2e_t, 0) as decimal(28, 9)) as expected_t,
        cast(coalesce(known.co2e_t, 0) as double) as known_t,
        cast(projected.expected_t as double) as to_come_t,
        projected.deviation_t,
        progress.pathway_value
    from projected
    left join known
        on projected.target_id = known.target_id and projected.year = known.year
    left join progress
        on projected.target_id = progress.target_id and projected.year = progress.year
    where projected.projected_months + coalesce(known.known_months, 0) = 12

),

-- On which side of the pathway each year is: actual years, then projected ones.
sides as (

    select target_id, year, cast(actual_value as decimal(28, 9)) <= pathway_value as is_below
    from progress
    where actual_value is not null and pathway_value is not null
    union all
    select years.target_id, years.year, years.expected_t <= years.pathway_value
    from years
    left join progress
        on years.target_id = progress.target_id and years.year = progress.year
    where years.pathway_value is not null and progress.actual_value is null

),

crossings as (

    select target_id, min(case when is_below <> was_below then year end) as crossed_in
    from (
        select sides.*, lag(is_below) over (partition by sides.target_id order by sides.year) as was_below,
            years.target_id is not null as is_projected
        from sides
        left join years
            on sides.target_id = years.target_id and sides.year = years.year
    ) as ordered
    where is_projected
    group by target_id

),

notes as (

    select target_id, max(note_en) as note_en, max(note_zh) as note_zh from projected group by target_id

)

select
    cast(targets.target_id as string) as target_id,
    cast(targets.target_year as integer) as target_year,
    cast(progress.pathway_value as decimal(38, 24)) as target_value,
    cast(years.expected_t as decimal(28, 9)) as expected_t,
    cast(years.deviation_t as double) as deviation_t,
    -- A target year that is over is no matter of chance.
    cast(coalesce(
        case when cast(progress.actual_value as decimal(28, 9)) <= progress.pathway_value then 1 when progress.actual_value is not null and progress.pathway_value is not null then 0 end,
        probability_below(cast(progress.pathway_value as double) - years.known_t, years.to_come_t, years.deviation_t)
    ) as double) as probability,
    cast(crossings.crossed_in as integer) as pathway_crossed_in,
    {%- for language, said in {
        'en': ['the target year is over: the target is met', 'the target year is over: the target is missed',
            'only absolute targets on Scopes 1 and 2 are projected', 'the target year lies beyond the projection, which ends with the near-term targets',
            'the base year, the months or the projection do not reach the target year'],
        'zh': ['目标年已结束：目标已达成', '目标年已结束：目标未达成', '仅对范围 1 和范围 2 的绝对目标作预测', '目标年超出预测期，预测止于近期目标年', '基准年、月度数据或预测未能覆盖目标年']
    }.items() %}
    cast(case
        when cast(progress.actual_value as decimal(28, 9)) <= progress.pathway_value then '{{ said[0] }}'
        when progress.actual_value is not null and progress.pathway_value is not null then '{{ said[1] }}'
        when years.deviation_t is not null and progress.pathway_value is not null then null
        when not targets.is_projectable then '{{ said[2] }}'
        when targets.effective_term = 'long' then '{{ said[3] }}'
        else coalesce(notes.note_{{ language }}, '{{ said[4] }}')
    end as string) as note_{{ language }}{{ ',' if not loop.last }}
    {%- endfor %}
from targets
left join progress
    on targets.target_id = progress.target_id and targets.target_year = progress.year
left join years
    on targets.target_id = years.target_id and targets.target_year = years.year
left join crossings
    on targets.target_id = crossings.target_id
left join notes
    on targets.target_id = notes.target_id
