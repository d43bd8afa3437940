-- One row per year, scope, Scope 2 method, class of source, activity type, facility and file behind its lines: the list of evidence.
-- A view: it costs a run nothing.
{{ config(materialized='view') }}
with

of_lines as (

    select
        cast(extract(year from period) as integer) as year,
        scope, scope2_method, source_class, activity_type, facility_id,
        'activity_data' as evidence_of,
        submission_id,
        count(distinct coalesce(source_sheet, '') || ':' || cast(source_row as string)) as delivered_rows,
        count(*) as lines,
        sum(co2e_kg) as co2e_kg
    from {{ ref('emissions') }}
    where submission_id is not null
    group by 1, 2, 3, 4, 5, 6, 7, 8

),

-- The certificate or contract by which a market-based line is served.
served as (

    select distinct instrument_id, submission_id, source_sheet, source_row
    from {{ ref('instrument_allocation') }}

),

of_instruments as (

    select
        cast(extract(year from lines.period) as integer) as year,
        lines.scope, lines.scope2_method, lines.source_class, lines.activity_type, lines.facility_id,
        'instrument' as evidence_of,
        served.submission_id,
        count(distinct coalesce(served.source_sheet, '') || ':' || cast(served.source_row as string)) as delivered_rows,
        count(*) as lines,
        sum(lines.co2e_kg) as co2e_kg
    from {{ ref('emissions') }} as lines
    inner join served
        on lines.instrument_id = served.instrument_id
    group by 1, 2, 3, 4, 5, 6, 7, 8

),

listed as (

    select * from of_lines
    union all
    select * from of_instruments

)

select
    listed.year,
    cast(listed.scope as integer) as scope,
    cast(listed.scope2_method as string) as scope2_method,
    cast(listed.source_class as string) as source_class,
    cast(listed.activity_type as string) as activity_type,
    cast(listed.facility_id as string) as facility_id,
    cast(listed.evidence_of as string) as evidence_of,
    cast(submissions.path as string) as path,
    cast(submissions.sha256 as string) as sha256,
    cast(listed.delivered_rows as integer) as delivered_rows,
    cast(listed.lines as bigint) as lines,
    {{ tonnes('listed.co2e_kg') }} as co2e_t
from listed
inner join {{ ref('submissions') }} as submissions
    on listed.submission_id = submissions.submission_id
