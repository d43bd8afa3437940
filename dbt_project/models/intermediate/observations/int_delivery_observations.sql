-- One row per delivered row that does not count, or that shares its natural key with another that counts too.
with

rows_of_feeds as (

    select
        'energy_ledger' as feed, submission_id, path, source_sheet, source_row, row_status, facility_id, coverage_start,
        coalesce(facility_id, '') || '|' || activity_type || '|' || coalesce(meter_id, '') || '|' || cast(coverage_start as string) || '|' || cast(coverage_end as string)
        -- Readings within a day are told apart by their times; of longer stretches 23:59:59 says no more than the day.
        || case when coverage_end <= cast(coverage_start + 1 as date) then coalesce('|' || times_of_day, '') else '' end
            as natural_key,
        'facility, activity type, meter and days' as key_en, '设施、活动类型、计量表与日期' as key_zh
    from {{ ref('stg_energy_ledger') }}
    union all
    select
        'invoices' as feed, submission_id, path, source_sheet, source_row, row_status, facility_id, coverage_start,
        coalesce(supplier, '') || '|' || invoice_number
            as natural_key,
        'supplier and invoice number' as key_en, '供应商与发票号码' as key_zh
    from {{ ref('stg_invoices') }}
    union all
    select
        'procurement' as feed, submission_id, path, source_sheet, source_row, row_status, facility_id, coverage_start,
        document_number || '|' || coalesce(line_number, '')
            as natural_key,
        'document and line number' as key_en, '单据号与行号' as key_zh
    from {{ ref('stg_procurement') }}
    union all
    select
        'activity_log' as feed, submission_id, path, source_sheet, source_row, row_status, facility_id, coverage_start,
        record_id
            as natural_key,
        'record_id' as key_en, '记录编号' as key_zh
    from {{ ref('stg_activity_log') }}
    union all
    select
        'production' as feed, submission_id, path, source_sheet, source_row, row_status, facility_id, coverage_start,
        facility_id || '|' || coalesce(workshop, '') || '|' || product || '|' || cast(coverage_start as string) || '|' || cast(coverage_end as string)
            as natural_key,
        'facility, workshop, product and days' as key_en, '设施、车间、产品与日期' as key_zh
    from {{ ref('stg_production') }}
    union all
    select
        'energy_instruments' as feed, submission_id, path, source_sheet, source_row, row_status, facility_id, coverage_start,
        instrument_id
            as natural_key,
        'instrument_id' as key_en, '工具编号' as key_zh
    from {{ ref('stg_energy_instruments') }}
    union all
    select
        'business_metrics' as feed, submission_id, path, source_sheet, source_row, row_status, facility_id, coverage_start,
        metric || '|' || coalesce(facility_id, '') || '|' || cast(coverage_start as string) || '|' || cast(coverage_end as string)
            as natural_key,
        'metric, facility and days' as key_en, '指标、设施与日期' as key_zh
    from {{ ref('stg_business_metrics') }}

),

repeated as (

    select
        rows_of_feeds.*,
        count(*) over (partition by feed, natural_key) as times,
        row_number() over (partition by feed, natural_key order by path, source_sheet, source_row) as place
    from rows_of_feeds
    where row_status = 'accepted'

)

select
    'info' as severity,
    'duplicate_row' as rule,
    facility_id,
    {{ month_of('coverage_start') }} as period,
    submission_id,
    source_sheet,
    source_row,
    cast(null as string) as column_name,
    natural_key as source_value,
    'The row is equal in every column to one that already counts (the first by path, sheet and row); it is not counted again. '
    || 'If both are meant, let them differ in a column, such as a document or the offset of a time.'
        as message_en,
    '本行各列与已计入的行完全相同（按路径、工作表、行号取第一行），不重复计入。如两行均有效，请使某一列有所区别，例如凭证号或时刻的时区偏移。' as message_zh,
    cast(null as decimal(38, 18)) as co2e_at_stake_t
from rows_of_feeds
where row_status = 'duplicate'
union all
select
    'error', 'held_back', facility_id, {{ month_of('coverage_start') }}, submission_id, source_sheet, source_row,
    null, natural_key,
    'The row is sound, but another row of its file was rejected and organization.yml accepts submissions whole '
    || '(acceptance: submission). Correct the file and submit it again.',
    '本行无误，但同一文件中有行被拒收，且 organization.yml 设置为整份接收（acceptance: submission）。请更正后重新提交。',
    null
from rows_of_feeds
where row_status = 'held_back'
union all
select
    'warning', 'same_key_other_content', facility_id, {{ month_of('coverage_start') }},
    submission_id, source_sheet, source_row, null, natural_key,
    cast(times as string) || ' rows share ' || key_en || ' with different content; all of them '
    || 'count. Withdraw the wrong one, or correct it by overwriting its file.',
    '有 ' || cast(times as string) || ' 行的' || key_zh || '相同而内容不同，均已计入。请撤回或更正错误的一行。',
    null
from repeated
-- Readings every 15 minutes without their times share a day: then the first row speaks for all.
where times between 2 and 10 or (times > 10 and place = 1)
