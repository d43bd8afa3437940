-- One row per row of business_metrics or production that speaks of the same days as shorter rows of the same figure, with their sum:
-- within a hundredth of it the row is their total and does not count. Figures at one moment (stocks) do not add up.
with

stocks as (

    select lower(trim(metric)) as metric from {{ source('raw', 'reference_metrics') }} where kind = 'stock'
    union
    select shared.metric
    from {{ ref('metrics') }} as shared
    where
        shared.kind = 'stock'
        and not exists (
            select 1 from {{ source('raw', 'reference_metrics') }} as own where lower(trim(own.metric)) = shared.metric
        )

),

reports as (

    select
        'business_metrics' as feed, activity_id, submission_id, source_sheet, source_row, facility_id, metric as figure,
        lower(trim(metric)) || '|' || coalesce(facility_id, '') as figure_key,
        unit, cast(value as decimal(25, 6)) as quantity, coverage_start, coverage_end
    from {{ ref('stg_business_metrics') }}
    where row_status = 'accepted' and lower(trim(metric)) not in (select metric from stocks)
    union all
    select
        'production', activity_id, submission_id, source_sheet, source_row, facility_id, product,
        facility_id || '|' || coalesce(workshop, '') || '|' || product,
        unit, cast(quantity as decimal(25, 6)), coverage_start, coverage_end
    from {{ ref('stg_production') }}
    where row_status = 'accepted'

),

paced as (

    select
        *,
        {{ days_inclusive('coverage_start', 'coverage_end') }} as days,
        case
            when {{ days_inclusive('coverage_start', 'coverage_end') }} <= 2 then 1
            when {{ days_inclusive('coverage_start', 'coverage_end') }} <= 45 then 2
            when {{ days_inclusive('coverage_start', 'coverage_end') }} <= 135 then 3
            when {{ days_inclusive('coverage_start', 'coverage_end') }} <= 250 then 4
            else 5
        end as pace
    from reports

),

-- Figures that are reported at one pace only are not compared; weeks and ten days are months to a pace, but half of one at most.
compared as (

    select feed, figure_key
    from paced
    group by feed, figure_key
    having min(pace) <> max(pace) or min(days) * 2 <= max(days)

),

candidates as (

    select paced.*
    from paced
    inner join compared
        on paced.feed = compared.feed and paced.figure_key = compared.figure_key

),

sums as (

    select
        longer.activity_id,
        shorter.pace as other_pace,
        min(shorter.activity_id) as other_activity_id,
        sum(case
            when shorter.unit = longer.unit then shorter.quantity
            -- Further apart than this no longer figure is the total.
            when abs(cast(shorter.quantity as double)) * cast(conversions.factor as double) >= 2e12 then null
            when conversions.factor >= 1
                then cast(cast(shorter.quantity as decimal(22, 9)) * conversions.factor as decimal(25, 6))
            else cast({{ exact_quotient('cast(shorter.quantity as decimal(22, 9))', 'conversions.inverse') }} as decimal(25, 6))
        end) as other_quantity,
        min(case
            when shorter.coverage_start >= longer.coverage_start and shorter.coverage_end <= longer.coverage_end then 1
            else 0
        end) = 1 as is_within
    from candidates as longer
    inner join candidates as shorter
        on
            longer.feed = shorter.feed
            and longer.figure_key = shorter.figure_key
            and (shorter.pace < longer.pace or (shorter.pace = longer.pace and shorter.days * 2 <= longer.days))
            and shorter.coverage_start <= longer.coverage_end
            and shorter.coverage_end >= longer.coverage_start
    left join {{ ref('int_unit_conversions') }} as conversions
        on shorter.unit = conversions.from_unit and longer.unit = conversions.to_unit
    where shorter.unit = longer.unit or conversions.factor is not null
    group by longer.activity_id, shorter.pace

)

select
    candidates.feed,
    candidates.activity_id,
    candidates.submission_id,
    candidates.source_sheet,
    candidates.source_row,
    candidates.facility_id,
    candidates.figure,
    candidates.unit,
    candidates.coverage_start,
    candidates.quantity,
    sums.other_activity_id,
    others.submission_id as other_submission_id,
    others.source_sheet as other_source_sheet,
    others.source_row as other_source_row,
    cast(sums.other_quantity as decimal(25, 6)) as other_quantity,
    coalesce(sums.is_within and abs(candidates.quantity - sums.other_quantity) <= abs(candidates.quantity) * 0.01, false) as is_total
from sums
inner join candidates
    on sums.activity_id = candidates.activity_id
inner join candidates as others
    on sums.other_activity_id = others.activity_id
