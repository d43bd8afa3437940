-- One row per activity that another source of the same facility and activity type may say as well, and the piece to which it belongs.
-- A piece is what is compared: a row, or the readings, fills and trips of a month, or the purchases of a year.
{#- Read anew by each: kept once for all, millions of rows would stand in memory for the few that are compared. -#}
{%- set rows_of_sources %}(
    select
        measured.activity_id, measured.feed, measured.facility_id, measured.activity_type, measured.unit,
        coalesce(left_over.quantity, measured.quantity) as quantity,
        coalesce(measured.meter_id, '') as meter_id,
        coalesce(measured.supplier, '') as supplier,
        measured.submission_id,
        case
            -- What was bought is used by and by: it is compared by the year.
            when measured.feed = 'procurement' then 5
            -- Readings within a day.
            when measured.feed = 'energy_ledger' and measured.coverage_days = 1 and measured.activity_id in (
                select activity_id from {{ ref('stg_energy_ledger') }} where times_of_day is not null
            ) then 0
            -- Records of trips and fills take some days, and add up.
            when measured.coverage_days <= case when measured.feed = 'activity_log' then 27 else 2 end then 1
            when measured.coverage_days <= 45 then 2
            when measured.coverage_days <= 135 then 3
            when measured.coverage_days <= 250 then 4
            else 5
        end as pace,
        measured.coverage_start,
        measured.coverage_end,
        -- What may begin before another row of its facility and type has ended.
        coalesce(measured.meter_id, '') = '' and measured.coverage_days > 2 and measured.feed <> 'activity_log' as may_overlap
    from {{ ref('int_measured_activities') }} as measured
    left join left_over
        on measured.feed = 'invoices' and measured.activity_id = left_over.activity_id
    where
        measured.role in ('consumption', 'evidence')
        and coalesce(left_over.quantity, measured.quantity) > 0
        and measured.own_factor is null
        and coalesce(measured.data_quality, '') not in ('correction')
) as rows_of_sources
{%- endset %}
with

-- What credits leave of an invoice; of one that they take back whole nothing is said any more.
left_over as (

    select
        measured.activity_id,
        measured.quantity - {{ proportional_share('credits.taken_back', 'measured.quantity', 'credits.invoiced') }} as quantity
    from (
        select
            facility_id, activity_type, unit, supplier_key, corrected_key, max(invoiced) as invoiced,
            cast(least(-sum(quantity), max(invoiced)) as decimal(19, 6)) as taken_back
        from {{ ref('int_invoice_credits') }}
        where invoiced > 0
        group by facility_id, activity_type, unit, supplier_key, corrected_key
    ) as credits
    inner join {{ ref('stg_invoices') }} as invoices
        on
            invoices.row_status = 'accepted'
            and credits.corrected_key = {{ name_key('invoices.invoice_number') }}
            and credits.supplier_key = coalesce({{ name_key('invoices.supplier') }}, '')
            and credits.facility_id = invoices.facility_id
            and credits.activity_type = invoices.activity_type
    inner join {{ ref('int_measured_activities') }} as measured
        on invoices.activity_id = measured.activity_id and credits.unit = measured.unit
    where measured.quantity > 0

),

-- Rows of several months, months, and days; readings and fills of a day are taken together by the month.
places as (

    select
        facility_id, activity_type,
        min(pace) = 0 and max(case when pace = 1 then 1 else 0 end) = 1 as has_hours_and_days,
        max(case when may_overlap then 1 else 0 end) = 1 as may_overlap,
        min(feed) <> max(feed)
        or min(pace) <> max(pace)
        or min(meter_id) <> max(meter_id)
        or min(submission_id) <> max(submission_id)
        or min(unit) <> max(unit)
        or min(feed) = 'invoices' as has_sources,
        -- Readings and documents of months alone, which are held against each other by the days that they cover.
        min(feed) in ('energy_ledger', 'invoices') and max(feed) in ('energy_ledger', 'invoices') and min(pace) = 2 and max(pace) = 2
            as are_monthly
    from {{ rows_of_sources }}
    group by facility_id, activity_type
    -- Purchases are not compared with purchases, nor records of one pace in the log with each other.
    having
        min(feed) <> max(feed)
        or not (min(feed) = 'procurement' or (min(feed) = 'activity_log' and min(pace) = max(pace)))

),

-- Where a row without a meter begins before another of its facility and type has ended; looked for only where nothing else
-- tells that there is more than one source.
overlapping as (

    select distinct facility_id, activity_type
    from (
        select
            rows_of_sources.facility_id,
            rows_of_sources.activity_type,
            rows_of_sources.may_overlap,
            max(rows_of_sources.coverage_end) over (
                partition by rows_of_sources.facility_id, rows_of_sources.activity_type
                order by rows_of_sources.coverage_start, rows_of_sources.coverage_end, rows_of_sources.activity_id
                rows between unbounded preceding and 1 preceding
            ) > rows_of_sources.coverage_start as begins_within
        from {{ rows_of_sources }}
        inner join places
            on
                rows_of_sources.facility_id = places.facility_id
                and rows_of_sources.activity_type = places.activity_type
                and places.may_overlap and not places.has_sources
        where rows_of_sources.meter_id = ''
    ) as in_order
    where may_overlap and begins_within

),

-- Where each meter of a feed is a registered one whose rows follow each other, and no rows without a meter stand beside those of
-- meters, no two rows speak of the same days. It is so nearly everywhere.
in_order as (

    select series.facility_id, series.activity_type, series.feed
    from {{ ref('int_meter_series') }} as series
    left join {{ ref('int_meters') }} as meters
        on series.facility_id = meters.facility_id and series.meter_id = meters.meter_id
    group by series.facility_id, series.activity_type, series.feed
    having
        min(case when series.is_chain and (series.meter_id = '' or meters.meter_id is not null) then 1 else 0 end) = 1
        and (min(series.meter_id) <> '' or max(series.meter_id) = '')

),

-- Only where one facility and activity type have more than one source is there anything to compare.
compared as (

    select places.facility_id, places.activity_type, places.has_hours_and_days, places.are_monthly
    from places
    left join overlapping
        on places.facility_id = overlapping.facility_id and places.activity_type = overlapping.activity_type
    where places.has_sources or overlapping.facility_id is not null

),

keyed as (

    select
        rows_of_sources.*,
        invoices.invoice_number,
        case
            when rows_of_sources.pace <= 1 or rows_of_sources.feed in ('activity_log', 'procurement') then ''
            when rows_of_sources.feed = 'invoices' then rows_of_sources.activity_id
            -- Rows that name suppliers are one source, and those beside them that name none another.
            else rows_of_sources.submission_id || case when rows_of_sources.supplier = '' then '' else '|' end
        end as part,
        case
            when rows_of_sources.feed = 'procurement' then cast({{ dbt.date_trunc('year', 'rows_of_sources.coverage_start') }} as date)
            when rows_of_sources.pace <= 1 and not compared.has_hours_and_days then {{ month_of('rows_of_sources.coverage_start') }}
            else rows_of_sources.coverage_start
        end as piece_start,
        case
            when rows_of_sources.feed = 'procurement'
                then cast({{ dbt.last_day('rows_of_sources.coverage_start', 'year') }} as date)
            when rows_of_sources.pace <= 1 and not compared.has_hours_and_days then cast({{ dbt.last_day('rows_of_sources.coverage_start', 'month') }} as date)
            else rows_of_sources.coverage_end
        end as piece_end
    from {{ rows_of_sources }}
    inner join compared
        on
            rows_of_sources.facility_id = compared.facility_id
            and rows_of_sources.activity_type = compared.activity_type
    left join in_order
        on
            compared.are_monthly
            and rows_of_sources.facility_id = in_order.facility_id
            and rows_of_sources.activity_type = in_order.activity_type
            and rows_of_sources.feed = in_order.feed
    left join {{ ref('stg_invoices') }} as invoices
        on rows_of_sources.feed = 'invoices' and rows_of_sources.activity_id = invoices.activity_id
    where in_order.facility_id is null

),

-- What suppliers are called is brought into one form once for each spelling.
suppliers as (

    select supplier, {{ name_key('supplier') }} as supplier_key
    from (select distinct supplier from keyed) as spelt

)

select
    keyed.activity_id,
    min(keyed.activity_id) over (
        partition by
            keyed.facility_id, keyed.activity_type, keyed.unit, keyed.feed, keyed.pace, keyed.meter_id, keyed.part,
            keyed.piece_start, keyed.piece_end
    ) as piece_id,
    keyed.feed,
    keyed.facility_id,
    keyed.activity_type,
    keyed.unit,
    keyed.quantity,
    keyed.meter_id,
    keyed.supplier,
    suppliers.supplier_key,
    keyed.submission_id,
    keyed.invoice_number,
    keyed.pace,
    keyed.part,
    keyed.piece_start,
    keyed.piece_end
from keyed
inner join suppliers
    on keyed.supplier = suppliers.supplier
