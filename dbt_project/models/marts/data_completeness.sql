-- One row per month, facility and activity type that facilities.csv expects: complete, missing, estimated or rejected.
-- From the first to the last month of the organisation's data, as far as the facility is valid; before and after them the
-- months whose rows were all refused.
with

data_months as (

    select min(period) as first_period, max(period) as last_period
    from {{ ref('int_activity_segments') }}

),

delivered as (

    select
        segments.period,
        segments.facility_id,
        segments.activity_type,
        max(case when activities.data_quality = 'estimated' then 1 else 0 end) as has_estimate
    from {{ ref('int_activity_segments') }} as segments
    inner join {{ ref('int_activities') }} as activities
        on segments.activity_id = activities.activity_id
    group by segments.period, segments.facility_id, segments.activity_type

),

rejected as (

    select distinct findings.facility_id, findings.period
    from {{ source('raw', 'intake_findings') }} as findings
    inner join {{ ref('stg_current_submissions') }} as submissions
        on findings.load_id = submissions.load_id
    where findings.severity = 'error' and findings.feed in ('energy_ledger', 'activity_log')

)

select distinct
    months.month_start as period,
    expected.facility_id,
    expected.activity_type,
    cast(case
        when delivered.has_estimate = 1 then 'estimated'
        when delivered.has_estimate = 0 then 'complete'
        when rejected.period is not null then 'rejected'
        else 'missing'
    end as string) as status
from {{ ref('int_expected_types') }} as expected
inner join {{ ref('int_months') }} as months
    on expected.valid_from <= months.month_end and expected.valid_to >= months.month_start
inner join data_months
    on months.month_start between data_months.first_period and data_months.last_period
left join delivered
    on
        months.month_start = delivered.period
        and expected.facility_id = delivered.facility_id
        and expected.activity_type = delivered.activity_type
left join rejected
    on months.month_start = rejected.period and expected.facility_id = rejected.facility_id
union all
select distinct
    rejected.period,
    expected.facility_id,
    expected.activity_type,
    cast('rejected' as string)
from {{ ref('int_expected_types') }} as expected
inner join rejected
    on
        expected.facility_id = rejected.facility_id
        and rejected.period between {{ month_of('expected.valid_from') }} and expected.valid_to
cross join data_months
where data_months.first_period is null or rejected.period not between data_months.first_period and data_months.last_period
