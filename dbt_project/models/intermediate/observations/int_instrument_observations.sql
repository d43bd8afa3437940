-- One row per observation about a contractual instrument: one that serves nothing, or more than was consumed.
select
    'warning' as severity,
    'instrument_not_eligible' as rule,
    facility_id,
    {{ month_of('claim_start') }} as period,
    submission_id,
    source_sheet,
    source_row,
    failed_criterion as column_name,
    instrument_id as source_value,
    'Instrument ' || instrument_id || ' (' || instrument_type || ') serves nothing: '
    || case failed_criterion
        when 'unit' then 'its unit is neither energy nor pieces of certificates, or its quantity is too large (10^10 MWh and more).'
        when 'emission_rate' then 'it carries no emission rate, or an impossible one (factor_kgco2e_per_kwh).'
        when 'sole_claim' then 'its tracking_id is claimed by another instrument already.'
        when 'retired' then 'it was not retired (retired_on is empty).'
        when 'vintage' then 'its vintage is not close to the claimed period (at most two years before, none after).'
        else 'it was not issued for this market and period.'
    end || ' Scope 2 Quality Criteria.' as message_en,
    '工具 ' || instrument_id || '（' || instrument_type || '）不予采用：'
    || case failed_criterion
        when 'unit' then '单位既非能量也非证书个数，或数量过大（10^10 MWh 及以上）。'
        when 'emission_rate' then '未注明排放因子，或排放因子不合理（factor_kgco2e_per_kwh）。'
        when 'sole_claim' then 'tracking_id 已被其他工具主张。'
        when 'retired' then '尚未注销（retired_on 为空）。'
        when 'vintage' then '生产期与主张期不相近（最多早两年，不得晚于）。'
        else '不适用于该市场或时期。'
    end || '（范围二质量准则）' as message_zh,
    cast(null as decimal(38, 18)) as co2e_at_stake_t
from {{ ref('int_instruments') }}
where failed_criterion is not null
union all
select
    'info', 'instrument_surplus', instruments.facility_id, {{ month_of('instruments.claim_start') }},
    instruments.submission_id, instruments.source_sheet, instruments.source_row, 'quantity', instruments.instrument_id,
    {{ plain_number('surpluses.surplus') }} || ' of ' || {{ plain_number('instruments.quantity_mwh') }}
    || ' MWh of instrument ' || instruments.instrument_id
    || ' serve nobody: more was bought than consumed in its market and period.',
    '工具 ' || instruments.instrument_id || ' 的 ' || {{ plain_number('instruments.quantity_mwh') }} || ' MWh 中有 '
    || {{ plain_number('surpluses.surplus') }} || ' MWh 未被使用：超过该市场该时期的用电量。',
    null
from {{ ref('int_instruments') }} as instruments
inner join (
    select activity_id, sum(surplus) as surplus
    from {{ ref('instrument_allocation') }}
    group by activity_id
) as surpluses
    on instruments.activity_id = surpluses.activity_id
where surpluses.surplus > 0 and instruments.failed_criterion is null
