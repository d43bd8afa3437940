-- One row per observation about a contractual instrument: one that serves nothing, or more than was consumed.
select
    'instrument_not_eligible' as rule,
    failed_criterion as variant,
    facility_id,
    {{ month_of('claim_start') }} as period,
    submission_id,
    source_sheet,
    source_row,
    failed_criterion as column_name,
    instrument_id as source_value,
    {{ finding_values({'instrument_id': 'instrument_id', 'instrument_type': 'instrument_type'}) }} as parameters,
    cast(null as decimal(38, 18)) as co2e_at_stake_t
from {{ ref('int_instruments') }}
where failed_criterion is not null
union all
select
    'instrument_surplus', '', instruments.facility_id, {{ month_of('instruments.claim_start') }},
    instruments.submission_id,
    instruments.source_sheet, instruments.source_row, 'quantity', instruments.instrument_id,
    {{ finding_values({
        'surplus': plain_number('surpluses.surplus'), 'quantity_mwh': plain_number('instruments.quantity_mwh'),
        'instrument_id': 'instruments.instrument_id',
    }) }},
    null
from {{ ref('int_instruments') }} as instruments
inner join (
    select activity_id, sum(surplus) as surplus
    from {{ ref('instrument_allocation') }}
    group by activity_id
) as surpluses
    on instruments.activity_id = surpluses.activity_id
where surpluses.surplus > 0 and instruments.failed_criterion is null
union all
select
    'instrument_serial_count', '', facility_id, {{ month_of('claim_start') }}, submission_id, source_sheet, source_row, 'serial',
    instrument_id,
    {{ finding_values({
        'instrument_id': 'instrument_id', 'serial_numbers': 'serial_numbers', 'quantity_mwh': plain_number('quantity_mwh'),
    }) }},
    null
from {{ ref('int_instruments') }}
where
    failed_criterion is null
    and instrument_type in ('gec', 'i_rec', 'go', 'rec')
    and serial_numbers <> quantity_mwh
union all
-- A certificate is issued for what has been generated.
select
    'instrument_retired_early', '', facility_id, {{ month_of('claim_start') }}, submission_id, source_sheet, source_row, 'retired_on',
    cast(retired_on as string),
    {{ finding_values({'instrument_id': 'instrument_id', 'retired_on': 'retired_on', 'vintage_end': 'vintage_end'}) }},
    null
from {{ ref('int_instruments') }}
where failed_criterion is null and instrument_type in ('gec', 'i_rec', 'go', 'rec') and retired_on < vintage_end
