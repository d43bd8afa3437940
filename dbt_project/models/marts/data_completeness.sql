-- One row per month, facility and activity type that facilities.csv expects: complete, incomplete, missing, estimated or
-- rejected, and the days that lack.
-- From the first to the last month of the organisation's data, as far as the facility is valid; before and after them the
-- months whose rows were all refused.
{%- set lacking %}(bit_or({{ day_bits(
    'greatest(expected.valid_from, months.month_start)', 'least(expected.valid_to, months.month_end)'
) }}) & ~coalesce(bit_or(delivered.data_bits), 0)){% endset %}
with

data_months as (

    select min(period) as first_period, max(period) as last_period
    from {{ ref('int_data_days') }}

),

rejected as (

    select distinct facility_id, period
    from {{ ref('int_intake_findings') }}
    where severity = 'error' and feed in ('energy_ledger', 'activity_log')

)

select
    months.month_start as period,
    expected.facility_id,
    expected.activity_type,
    cast(case
        when bit_or(delivered.data_bits) is null
            then case when max(rejected.period) is not null then 'rejected' else 'missing' end
        when {{ lacking }} <> 0 then 'incomplete'
        when bool_or(delivered.has_estimate) then 'estimated'
        else 'complete'
    end as string) as status,
    cast(bit_count({{ lacking }}) as integer) as missing_days
from {{ ref('int_expected_types') }} as expected
inner join {{ ref('int_months') }} as months
    on expected.valid_from <= months.month_end and expected.valid_to >= months.month_start
inner join data_months
    on months.month_start between data_months.first_period and data_months.last_period
left join {{ ref('int_data_days') }} as delivered
    on
        months.month_start = delivered.period
        and expected.facility_id = delivered.facility_id
        and expected.activity_type = delivered.activity_type
left join rejected
    on months.month_start = rejected.period and expected.facility_id = rejected.facility_id
group by months.month_start, expected.facility_id, expected.activity_type
union all
select
    rejected.period,
    expected.facility_id,
    expected.activity_type,
    cast('rejected' as string),
    cast(bit_count(bit_or({{ day_bits(
        'greatest(expected.valid_from, rejected.period)',
        'least(expected.valid_to, ' ~ dbt.last_day('rejected.period', 'month') ~ ')'
    ) }})) as integer)
from {{ ref('int_expected_types') }} as expected
inner join rejected
    on
        expected.facility_id = rejected.facility_id
        and rejected.period between {{ month_of('expected.valid_from') }} and expected.valid_to
cross join data_months
where data_months.first_period is null or rejected.period not between data_months.first_period and data_months.last_period
group by rejected.period, expected.facility_id, expected.activity_type
