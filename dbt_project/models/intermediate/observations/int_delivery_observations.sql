-- One row per delivered row that does not count, that shares its natural key with another that counts too, or whose days another
-- source speaks of.
{#- Read anew for each observation: kept once for all, the keys of millions of rows would stand in memory. -#}
{%- set rows_of_feeds %}(
    select
        'energy_ledger' as feed, submission_id, path, source_sheet, source_row, row_status, facility_id, coverage_start,
        coalesce(facility_id, '') || '|' || activity_type || '|' || coalesce(meter_id, '') || '|' || cast(coverage_start as string) || '|' || cast(coverage_end as string)
        -- Readings within a day are told apart by their times; of longer stretches 23:59:59 says no more than the day.
        || case when coverage_end <= cast(coverage_start + 1 as date) then coalesce('|' || times_of_day, '') else '' end
            as natural_key
    from {{ ref('stg_energy_ledger') }}
    union all
    select
        'invoices' as feed, submission_id, path, source_sheet, source_row, row_status, facility_id, coverage_start,
        coalesce(supplier, '') || '|' || invoice_number
            as natural_key
    from {{ ref('stg_invoices') }}
    union all
    select
        'procurement' as feed, submission_id, path, source_sheet, source_row, row_status, facility_id, coverage_start,
        document_number || '|' || coalesce(line_number, '')
            as natural_key
    from {{ ref('stg_procurement') }}
    union all
    select
        'activity_log' as feed, submission_id, path, source_sheet, source_row, row_status, facility_id, coverage_start,
        record_id
            as natural_key
    from {{ ref('stg_activity_log') }}
    union all
    select
        'production' as feed, submission_id, path, source_sheet, source_row, row_status, facility_id, coverage_start,
        facility_id || '|' || coalesce(workshop, '') || '|' || product || '|' || cast(coverage_start as string) || '|' || cast(coverage_end as string)
            as natural_key
    from {{ ref('stg_production') }}
    union all
    select
        'energy_instruments' as feed, submission_id, path, source_sheet, source_row, row_status, facility_id, coverage_start,
        instrument_id
            as natural_key
    from {{ ref('stg_energy_instruments') }}
    union all
    select
        'business_metrics' as feed, submission_id, path, source_sheet, source_row, row_status, facility_id, coverage_start,
        metric || '|' || coalesce(facility_id, '') || '|' || cast(coverage_start as string) || '|' || cast(coverage_end as string)
            as natural_key
    from {{ ref('stg_business_metrics') }}
) as rows_of_feeds
{%- endset %}
with

-- Equal keys have equal hashes: only rows whose hash is there twice are compared by their keys.
keys_found_twice as (

    select {{ content_hash(['feed', 'natural_key']) }} as key_hash
    from {{ rows_of_feeds }}
    where row_status = 'accepted'
    group by {{ content_hash(['feed', 'natural_key']) }}
    having count(*) > 1

),

-- Rows and the sources that speak of the same days; documents only where they count.
shared as (

    select shared_days.*
    from {{ ref('int_shared_days') }} as shared_days
    inner join {{ ref('int_measured_activities') }} as activities
        on shared_days.activity_id = activities.activity_id
    where
        shared_days.is_first_row
        and (
            shared_days.is_total
            or activities.role = 'consumption'
            or shared_days.activity_id in (select activity_id from {{ ref('int_counted_parts') }})
        )

),

weights as (

    select emissions.activity_id, sum(emissions.quantity) as quantity, sum(emissions.co2e_kg) as co2e_kg
    from {{ ref('emissions') }} as emissions
    cross join {{ ref('int_organization') }} as organization
    where
        emissions.activity_id in (select activity_id from shared union all select other_activity_id from shared)
        and emissions.stage = 'direct'
        and emissions.boundary_route = 'consolidated'
        and (emissions.scope2_method is null or emissions.scope2_method = organization.target_scope2_method)
    group by emissions.activity_id

),

repeated as (

    select
        rows_of_feeds.*,
        count(*) over (partition by feed, natural_key) as times,
        row_number() over (partition by feed, natural_key order by path, source_sheet, source_row) as place
    from {{ rows_of_feeds }}
    where
        row_status = 'accepted'
        and {{ content_hash(['feed', 'natural_key']) }} in (select key_hash from keys_found_twice)

)

select
    'duplicate_row' as rule,
    'not_counted' as variant,
    facility_id,
    {{ month_of('coverage_start') }} as period,
    submission_id,
    source_sheet,
    source_row,
    cast(null as string) as column_name,
    natural_key as source_value,
    {{ finding_values({}) }} as parameters,
    cast(null as decimal(38, 18)) as co2e_at_stake_t
from {{ rows_of_feeds }}
where row_status = 'duplicate'
union all
select
    'held_back', '', facility_id, {{ month_of('coverage_start') }}, submission_id, source_sheet, source_row, null,
    natural_key,
    {{ finding_values({}) }},
    null
from {{ rows_of_feeds }}
where row_status = 'held_back'
union all
select
    'same_key_other_content', feed, facility_id, {{ month_of('coverage_start') }}, submission_id, source_sheet,
    source_row, null, natural_key,
    {{ finding_values({'times': 'times'}) }},
    null
from repeated
-- Readings every 15 minutes without their times share a day: then the first row speaks for all.
where times between 2 and 10 or (times > 10 and place = 1)
union all
select
    'shared_days',
    case
        when shared.kind = 'unregistered' then 'unregistered'
        when shared.is_total then 'total'
        else 'both'
    end,
    shared.facility_id, {{ month_of('activities.coverage_start') }}, activities.submission_id, activities.source_sheet,
    activities.source_row, 'quantity', cast(activities.given_quantity as string),
    {{ finding_values({
        'name_en': 'types.name_en', 'name_zh': 'types.name_zh', 'quantity': plain_number('shared.quantity'), 'unit': 'shared.unit',
        'other_quantity': plain_number('shared.other_quantity'),
        'other_row': "coalesce(other_submissions.path, '') || coalesce(', ' || other.source_sheet, '') || ', ' || coalesce(cast(other.source_row as string), '?')",
        'meter_id': "coalesce(activities.meter_id, '-')",
    }) }},
    cast(coalesce(
        own_weights.co2e_kg,
        {{ exact_quotient('cast(other_weights.co2e_kg as decimal(28, 9)) * cast(shared.quantity as decimal(19, 6))', 'other_weights.quantity') }}
    ) * 0.001 as decimal(38, 18))
from shared
inner join {{ ref('int_measured_activities') }} as activities
    on shared.activity_id = activities.activity_id
inner join {{ ref('int_activity_types') }} as types
    on shared.activity_type = types.activity_type
inner join {{ ref('int_measured_activities') }} as other
    on shared.other_activity_id = other.activity_id
left join {{ ref('stg_current_submissions') }} as other_submissions
    on other.submission_id = other_submissions.submission_id
left join weights as own_weights
    on shared.activity_id = own_weights.activity_id
left join weights as other_weights
    on shared.other_activity_id = other_weights.activity_id
