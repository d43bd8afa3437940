-- One row per delivered row that does not count, or that shares its natural key with another that counts too.
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
