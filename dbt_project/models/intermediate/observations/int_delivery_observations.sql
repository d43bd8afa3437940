-- One row per delivered row that does not count, that shares its natural key with another that counts too, or whose days another
-- source speaks of.
{#- Read anew for each observation: kept once for all, the keys of millions of rows would stand in memory. What may share its key with
    another row is looked for among few: of the ledger, where the rows of all meters follow each other from day to day, no two are
    of the same days. -#}
{%- set rows = {} %}
{%- for which in ['all', 'repeated'] %}
{%- set rows_of_feed %}(
    select
        'energy_ledger' as feed, submission_id, path, source_sheet, source_row, row_status, facility_id, coverage_start, activity_id, cast(null as decimal(22, 9)) as purchased,
        coalesce(facility_id, '') || '|' || activity_type || '|' || coalesce(meters.meter_key, '') || '|' || cast(coverage_start as string) || '|' || cast(coverage_end as string)
        -- Readings within a day are told apart by their times; of longer stretches 23:59:59 says no more than the day.
        || case
            when coverage_end <= cast(coverage_start + 1 as date)
                -- Fills of one day are told apart by whatever tells them apart.
                then coalesce('|' || times_of_day, '') || coalesce('|' || source_document, '') || coalesce('|' || remark, '')
            else ''
        end
        -- Two suppliers are two supplies, and a correction is none of its row.
        || coalesce('|' || {{ name_key('supplier') }}, '') || case when data_quality = 'correction' then '|correction' else '' end
            as natural_key
    from {{ ref('stg_energy_ledger') }} as ledger
    left join (
        select written_as, {{ meter_key('written_as') }} as meter_key
        from (select distinct meter_id as written_as from {{ ref('stg_energy_ledger') }}) as names
    ) as meters
        on meter_id = meters.written_as
    {%- if which == 'repeated' %}
    where
        row_status = 'accepted'
        and not exists (
            select 1
            from (
                select facility_id, activity_type
                from {{ ref('int_meter_series') }}
                where feed = 'energy_ledger'
                group by facility_id, activity_type
                having min(case when is_chain then 1 else 0 end) = 1
            ) as in_order
            where in_order.facility_id = ledger.facility_id and in_order.activity_type = ledger.activity_type
        )
    {%- endif %}
    union all
    select
        'invoices' as feed, submission_id, path, source_sheet, source_row, row_status, facility_id, coverage_start, activity_id, null as purchased,
        coalesce(supplier, '') || '|' || invoice_number || coalesce('|' || {{ meter_key('meter_id') }}, '')
        || coalesce('|' || facility_id, '')
        -- One invoice can bill several carriers, and months one by one.
        || coalesce('|' || activity_type, '') || '|' || cast(coverage_start as string) || '|' || cast(coverage_end as string)
            as natural_key
    from {{ ref('stg_invoices') }}
    {{ "where row_status = 'accepted'" if which == 'repeated' }}
    union all
    select
        'procurement' as feed, submission_id, path, source_sheet, source_row, row_status, facility_id, coverage_start, activity_id, quantity as purchased,
        -- Plants number their documents each for itself.
        document_number || '|' || coalesce(line_number, '') || coalesce('|' || facility_id, '') || coalesce('|' || supplier_id, '')
        -- A return is posted under the line that it takes back.
        || case when coalesce(quantity, net_amount) < 0 then '|return|' || cast(posting_date as string) else '' end
            as natural_key
    from {{ ref('stg_procurement') }}
    {%- if which == 'repeated' %}
    where row_status = 'accepted' and activity_id in (select activity_id from {{ ref('int_repeated_keys') }})
    {%- endif %}
    union all
    select
        'activity_log' as feed, submission_id, path, source_sheet, source_row, row_status, facility_id, coverage_start, activity_id, null as purchased,
        record_id || coalesce('|' || facility_id, '')
            as natural_key
    from {{ ref('stg_activity_log') }}
    {%- if which == 'repeated' %}
    where row_status = 'accepted' and activity_id in (select activity_id from {{ ref('int_repeated_keys') }})
    {%- endif %}
    union all
    select
        'production' as feed, submission_id, path, source_sheet, source_row, row_status, facility_id, coverage_start, activity_id, null as purchased,
        facility_id || '|' || coalesce(workshop, '') || '|' || product || '|' || cast(coverage_start as string) || '|' || cast(coverage_end as string)
            as natural_key
    from {{ ref('stg_production') }}
    {{ "where row_status = 'accepted'" if which == 'repeated' }}
    union all
    select
        'energy_instruments' as feed, submission_id, path, source_sheet, source_row, row_status, facility_id, coverage_start, activity_id, null as purchased,
        instrument_id
            as natural_key
    from {{ ref('stg_energy_instruments') }}
    {{ "where row_status = 'accepted'" if which == 'repeated' }}
    union all
    select
        'business_metrics' as feed, submission_id, path, source_sheet, source_row, row_status, facility_id, coverage_start, activity_id, null as purchased,
        metric || '|' || coalesce(facility_id, '') || '|' || cast(coverage_start as string) || '|' || cast(coverage_end as string)
            as natural_key
    from {{ ref('stg_business_metrics') }}
    {{ "where row_status = 'accepted'" if which == 'repeated' }}
) as rows_of_feeds
{%- endset %}
{%- do rows.update({which: rows_of_feed}) %}
{%- endfor %}
{%- set rows_of_feeds, repeated_rows = rows.all, rows.repeated %}
{%- set row_address = "coalesce(' ' || nullif(source_sheet, ''), '') || ' #' || cast(source_row as string)" %}
with

-- Equal keys have equal hashes: only rows whose hash is there twice are compared by their keys.
keys_found_twice as (

    select {{ content_hash(['feed', 'natural_key']) }} as key_hash
    from {{ repeated_rows }}
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

-- Equal rows of one file, one of which counts.
twins as (

    select
        duplicates.feed, duplicates.submission_id, duplicates.source_sheet, duplicates.source_row, min(counted.activity_id) as activity_id
    from (select * from {{ rows_of_feeds }} where row_status = 'duplicate') as duplicates
    inner join (
        select * from {{ rows_of_feeds }}
        where submission_id in (select submission_id from {{ rows_of_feeds }} where row_status = 'duplicate')
    ) as counted
        on
            duplicates.feed = counted.feed
            and duplicates.submission_id = counted.submission_id
            and duplicates.natural_key = counted.natural_key
            and counted.row_status = 'accepted'
    group by duplicates.feed, duplicates.submission_id, duplicates.source_sheet, duplicates.source_row

),

-- Months that nobody can have data of yet, by the latest landing folder, and those before anything that the organisation reports.
far_away as (

    select
        rows_of_feeds.feed, rows_of_feeds.submission_id, rows_of_feeds.source_sheet,
        case when rows_of_feeds.coverage_start >= limits.latest then 'future' else 'past' end as variant,
        min(rows_of_feeds.facility_id) as facility_id, min(rows_of_feeds.source_row) as source_row, count(*) as times,
        min(rows_of_feeds.coverage_start) as coverage_start, limits.landing_month, limits.earliest
    from {{ rows_of_feeds }}
    cross join (
        select
            reach.landing_month,
            -- A file may bring a plan for the months to come; a year on it is a slip of the year.
            reach.latest,
            -- Ten years before the base year are history that people have; what is older is a slip.
            least(
                cast(organization.first_month || '-01' as date), cast({{ first_day_of('organization.base_year - 10') }} as date)
            ) as earliest
        from ({{ landing_reach() }}) as reach
        cross join {{ ref('int_organization') }} as organization
    ) as limits
    where
        rows_of_feeds.row_status = 'accepted' and rows_of_feeds.feed <> 'energy_instruments'
        and (rows_of_feeds.coverage_start >= limits.latest or rows_of_feeds.coverage_start < limits.earliest)
    group by
        rows_of_feeds.feed, rows_of_feeds.submission_id, rows_of_feeds.source_sheet, limits.landing_month, limits.earliest,
        case when rows_of_feeds.coverage_start >= limits.latest then 'future' else 'past' end

),

-- Returns and credits of more than was bought of the supplier, as far as the rows say.
returns as (

    select submission_id, source_sheet, source_row, facility_id, coverage_start, supplier_id, activity_type, unit, taken_back
    from (
        select
            *,
            case when quantity is null then net_amount else quantity end as taken_back,
            -- A credit in money is one of whatever was paid, by weight or not.
            case
                when quantity is null
                    then sum(net_amount) over (partition by facility_id, supplier_id, activity_type, currency)
                else sum(quantity) over (partition by facility_id, supplier_id, activity_type, unit)
            end as net
        from {{ ref('stg_procurement') }}
        where row_status = 'accepted'
    ) as purchases
    where net < 0 and taken_back < 0

),

-- Rows of one key that are several things: a line that is delivered in parts, each on a day of its own and none as much as
-- another; records that are numbered 1, 2, 3 anew each month; lines of one invoice in one file, none about as much as another.
told_apart as (

    select {{ content_hash(['feed', 'natural_key']) }} as key_hash
    from {{ repeated_rows }}
    where
        feed = 'procurement'
        and {{ content_hash(['feed', 'natural_key']) }} in (select key_hash from keys_found_twice)
    group by {{ content_hash(['feed', 'natural_key']) }}
    having count(*) = count(distinct coverage_start) and count(*) = count(distinct purchased)
    union all
    select {{ content_hash(['feed', 'natural_key']) }}
    from {{ repeated_rows }}
    inner join (select activity_id as record, record_id from {{ ref('stg_activity_log') }}) as records
        on rows_of_feeds.feed = 'activity_log' and rows_of_feeds.activity_id = records.record
    where length(records.record_id) <= 4 and {{ matches('records.record_id', '^[0-9]+$') }}
    group by {{ content_hash(['feed', 'natural_key']) }}
    having count(*) = count(distinct {{ month_of('rows_of_feeds.coverage_start') }})
    union all
    select key_hash
    from (
        select
            {{ content_hash(['feed', 'natural_key']) }} as key_hash, submission_id, lines.quantity,
            lag(lines.quantity) over (partition by feed, natural_key order by lines.quantity) as smaller
        from {{ repeated_rows }}
        inner join (
            select activity_id as line, quantity from {{ ref('stg_invoices') }} where quantity > 0 and meter_id is null
        ) as lines
            on rows_of_feeds.feed = 'invoices' and rows_of_feeds.activity_id = lines.line
    ) as lines_of_invoices
    group by key_hash
    having
        min(submission_id) = max(submission_id)
        and max(case when smaller * 1.1 > quantity then 1 else 0 end) = 0

),

repeated as (

    select
        rows_of_feeds.*,
        count(*) over (partition by feed, natural_key) as times,
        row_number() over (partition by feed, natural_key order by path, source_sheet, source_row) as place,
        lag(path || {{ row_address }}) over (partition by feed, natural_key order by path, source_sheet, source_row) as row_before,
        first_value(path || {{ row_address }}) over (
            partition by feed, natural_key order by path desc, source_sheet desc, source_row desc
            rows between unbounded preceding and current row
        ) as last_row
    from {{ repeated_rows }}
    where
        -- What is the total of others does not count, and is said as such.
        activity_id not in (select activity_id from {{ ref('int_shared_days') }} where is_total)
        and {{ content_hash(['feed', 'natural_key']) }} in (
            select key_hash from keys_found_twice where key_hash not in (select key_hash from told_apart)
        )

),

weights as (

    select emissions.activity_id, sum(emissions.quantity) as quantity, sum(emissions.co2e_kg) as co2e_kg
    from {{ ref('emissions') }} as emissions
    cross join {{ ref('int_organization') }} as organization
    where
        emissions.activity_id in (
            select activity_id from shared
            union
            select other_activity_id from shared
            union
            select activity_id from twins
            union
            select activity_id from repeated where times <= 10 or place = 1
        )
        and emissions.stage = 'direct'
        and emissions.boundary_route = 'consolidated'
        and (emissions.scope2_method is null or emissions.scope2_method = organization.target_scope2_method)
    group by emissions.activity_id

)

select
    'duplicate_row' as rule,
    case when weights.co2e_kg <> 0 then 'same_file' else 'not_counted' end as variant,
    rows_of_feeds.facility_id,
    {{ month_of('rows_of_feeds.coverage_start') }} as period,
    rows_of_feeds.submission_id,
    rows_of_feeds.source_sheet,
    rows_of_feeds.source_row,
    cast(null as string) as column_name,
    rows_of_feeds.natural_key as source_value,
    {{ finding_values({'co2e_t': plain_number('cast(weights.co2e_kg * 0.001 as decimal(28, 3))')}) }} as parameters,
    cast(weights.co2e_kg * 0.001 as decimal(38, 18)) as co2e_at_stake_t
from {{ rows_of_feeds }}
left join twins
    on
        rows_of_feeds.feed = twins.feed
        and rows_of_feeds.submission_id = twins.submission_id
        and coalesce(rows_of_feeds.source_sheet, '') = coalesce(twins.source_sheet, '')
        and rows_of_feeds.source_row = twins.source_row
left join weights
    on twins.activity_id = weights.activity_id
where rows_of_feeds.row_status = 'duplicate'
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
    {{ finding_values({'times': 'times', 'other_row': 'coalesce(row_before, last_row)'}) }},
    cast(weights.co2e_kg * 0.001 as decimal(38, 18))
from repeated
left join weights
    on repeated.activity_id = weights.activity_id
-- Readings every 15 minutes without their times share a day: then the first row speaks for all.
where repeated.times between 2 and 10 or (repeated.times > 10 and repeated.place = 1)
union all
select
    'shared_days',
    case
        when shared.kind in ('unregistered', 'main_meter') then shared.kind
        when shared.is_total then 'total'
        else 'both'
    end,
    shared.facility_id, {{ month_of('activities.coverage_start') }}, activities.submission_id, activities.source_sheet,
    activities.source_row, 'quantity', cast(activities.given_quantity as string),
    {{ finding_values({
        'name_en': 'types.name_en', 'name_zh': 'types.name_zh', 'quantity': plain_number('shared.quantity'), 'unit': 'shared.unit',
        'other_quantity': plain_number('shared.other_quantity'), 'other_unit': 'shared.other_unit',
        'other_row': "coalesce(other_submissions.path, '') || coalesce(' ' || nullif(other.source_sheet, ''), '') || ' #' || coalesce(cast(other.source_row as string), '?')",
        'meter_id': "coalesce(activities.meter_id, '-')", 'facility_id': 'shared.facility_id',
    }) }},
    cast(coalesce(
        own_weights.co2e_kg,
        case when shared.unit = shared.other_unit then {{ exact_quotient('cast(other_weights.co2e_kg as decimal(28, 9)) * cast(shared.quantity as decimal(19, 6))', 'other_weights.quantity') }} end
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
union all
select
    'shared_days', case when reports.is_total then 'figure_total' else 'figure_both' end, reports.facility_id,
    {{ month_of('reports.coverage_start') }}, reports.submission_id, reports.source_sheet, reports.source_row, 'quantity',
    {{ plain_number('reports.quantity') }},
    {{ finding_values({
        'figure': 'reports.figure', 'quantity': plain_number('reports.quantity'), 'unit': 'reports.unit',
        'other_quantity': plain_number('reports.other_quantity'),
        'other_row': "coalesce(other_submissions.path, '') || coalesce(' ' || nullif(reports.other_source_sheet, ''), '') || ' #' || cast(reports.other_source_row as string)",
    }) }},
    null
from {{ ref('int_repeated_reports') }} as reports
left join {{ ref('stg_current_submissions') }} as other_submissions
    on reports.other_submission_id = other_submissions.submission_id
union all
select
    'return_without_purchase', '', returns.facility_id, {{ month_of('returns.coverage_start') }}, returns.submission_id,
    returns.source_sheet, returns.source_row, 'quantity', {{ plain_number('returns.taken_back') }},
    {{ finding_values({
        'name_en': 'types.name_en', 'name_zh': 'types.name_zh', 'supplier': 'returns.supplier_id',
        'facility_id': 'returns.facility_id',
    }) }},
    null
from returns
inner join {{ ref('int_activity_types') }} as types
    on returns.activity_type = types.activity_type
union all
-- What it corrects has several suppliers or factors, so that it is of none of them.
select
    'correction_not_attributed', '', corrections.facility_id, {{ month_of('corrections.coverage_start') }},
    corrections.submission_id, corrections.source_sheet, corrections.source_row, 'supplier',
    {{ plain_number('corrections.given_quantity') }},
    {{ finding_values({
        'quantity': plain_number('corrections.quantity'), 'unit': 'corrections.unit', 'name_en': 'types.name_en', 'name_zh': 'types.name_zh',
        'suppliers': 'corrections.suppliers',
    }) }},
    null
from (
    select
        corrections.activity_id, corrections.facility_id, corrections.activity_type, corrections.coverage_start,
        corrections.submission_id, corrections.source_sheet, corrections.source_row, corrections.given_quantity,
        corrections.quantity, corrections.unit,
        {{ different_texts("coalesce(corrected.supplier, '-')", ', ') }} as suppliers
    from {{ ref('int_measured_activities') }} as corrections
    inner join {{ ref('int_measured_activities') }} as corrected
        on
            corrections.feed = corrected.feed
            and corrections.facility_id = corrected.facility_id
            and corrections.activity_type = corrected.activity_type
            and corrections.coverage_start <= corrected.coverage_end
            and corrections.coverage_end >= corrected.coverage_start
            and coalesce(corrected.data_quality, '') <> 'correction'
    left join {{ ref('int_named_suppliers') }} as named
        on corrected.supplier = named.supplier
    where
        corrections.data_quality = 'correction' and corrections.feed in ('energy_ledger', 'activity_log')
        and corrections.supplier is null and corrections.own_factor is null
    group by
        corrections.activity_id, corrections.facility_id, corrections.activity_type, corrections.coverage_start,
        corrections.submission_id, corrections.source_sheet, corrections.source_row, corrections.given_quantity,
        corrections.quantity, corrections.unit
    having count(named.supplier) > 0 or count(corrected.own_factor) > 0
) as corrections
inner join {{ ref('int_activity_types') }} as types
    on corrections.activity_type = types.activity_type
union all
select
    'period_far_away', variant, facility_id, {{ month_of('coverage_start') }}, submission_id, source_sheet, source_row, 'period',
    cast(coverage_start as string),
    {{ finding_values({
        'times': 'times', 'first_day': 'coverage_start', 'landing_month': 'landing_month', 'earliest': 'earliest',
    }) }},
    null
from far_away
