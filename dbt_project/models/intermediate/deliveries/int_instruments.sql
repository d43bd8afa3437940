-- One row per accepted contractual instrument: its quantity in MWh and the Quality Criterion that it fails, if any
-- (GHG Protocol Scope 2 Guidance, chapter 7; Chinese green-power rules). Carbon credits are no energy instruments.
with

instruments as (

    select
        instruments.*,
        case
            when abs(cast(instruments.quantity as double)) * cast(conversions.factor as double) < 1e10
                then cast(instruments.quantity * conversions.factor as decimal(19, 6))
            -- Certificates are issued per MWh, and registries count them in pieces.
            when
                units.dimension = 'count' and instruments.instrument_type in ('gec', 'i_rec', 'go', 'rec')
                and abs(cast(instruments.quantity as double)) * cast(units.to_base as double) < 1e10
                and cast(units.to_base as double) < 1e9
                then cast(instruments.quantity * cast(units.to_base as decimal(14, 4)) as decimal(19, 6))
        end as quantity_mwh
    from {{ ref('stg_energy_instruments') }} as instruments
    left join {{ ref('int_unit_conversions') }} as conversions
        on instruments.unit = conversions.from_unit and conversions.to_unit = 'MWh'
    left join {{ ref('int_units') }} as units
        on instruments.unit = units.unit
    where
        instruments.row_status = 'accepted'
        and instruments.instrument_type not in ('vcu', 'ccer', 'carbon_credit')

),

placed as (

    select
        instruments.*,
        coalesce(markets.market, instruments.country) as market,
        coalesce(windows.years_before, windows_of_all.years_before) as years_before,
        coalesce(windows.is_same_year, windows_of_all.is_same_year) as is_same_year,
        coalesce(facility_markets.market, facilities.country) as facility_market
    from instruments
    left join (
        select facility_id, max(country) as country from {{ ref('int_facilities') }} group by facility_id
    ) as facilities
        on instruments.facility_id = facilities.facility_id
    left join {{ ref('int_electricity_markets') }} as markets
        on instruments.country = markets.country
    left join {{ ref('int_electricity_markets') }} as facility_markets
        on facilities.country = facility_markets.country
    left join {{ ref('vintage_windows') }} as windows
        on
            instruments.country = windows.market
            and instruments.claim_end between windows.claims_from and coalesce(windows.claims_to, {{ open_end() }})
    left join {{ ref('vintage_windows') }} as windows_of_all
        on
            windows_of_all.market = 'WORLD'
            and instruments.claim_end between windows_of_all.claims_from
            and coalesce(windows_of_all.claims_to, {{ open_end() }})

),

judged as (

    select
        placed.*,
        case
            when quantity_mwh is null then 'unit'
            -- No generation emits that much: such a rate is in grams.
            when factor_kgco2e_per_kwh >= 10 then 'emission_rate'
            when factor_kgco2e_per_kwh is null
                and instrument_type not in ('gec', 'green_power_trade', 'i_rec', 'go', 'rec', 'on_site') then 'emission_rate'
            when retired_on is null and instrument_type in ('gec', 'i_rec', 'go', 'rec') then 'retired'
            when retired_on < vintage_start then 'retired_early'
            -- Issued close to the consumption: not after it, and as long before as the market allows at that time.
            when vintage_start > claim_end then 'vintage'
            when is_same_year and extract(year from vintage_start) < extract(year from claim_start) then 'vintage_year'
            when vintage_end < cast({{ dbt.dateadd('year', '-years_before', 'claim_start') }} as date) then 'vintage'
            when facility_market <> market then 'market'
            -- I-REC left the Chinese wind and solar market during 2024.
            when instrument_type = 'i_rec' and country = 'CHN' and vintage_end >= date '2025-01-01' then 'market'
        end as other_criterion
    from placed

),

-- One claim per MWh across certificates, green-power trade and I-REC: of the rows with one tracking id the one that qualifies
-- keeps it, then the one whose claim ends first, then the one that stands first by what it says.
claimed as (

    select
        judged.*,
        row_number() over (
            partition by coalesce({{ name_key('tracking_id') }}, activity_id)
            order by
                case when other_criterion is null then 0 else 1 end, claim_end, claim_start, {{ name_key('instrument_id') }},
                activity_id
        ) as claim_number,
        {{ name_key('registry') }} as register,
        row_number() over (
            order by
                case when other_criterion is null then 0 else 1 end, claim_end, claim_start, {{ name_key('instrument_id') }},
                activity_id
        ) as turn,
        {{ serial_ranges('serial') }} as serials
    from judged

),

-- One row per range of serial numbers that a row names: two halves of one length with a dash between, two numbers with one, or a
-- number alone.
listed as (

    select activity_id, instrument_type, register, turn, other_criterion, claim_number, serial
    from (
        select
            activity_id, instrument_type, register, turn, other_criterion, claim_number,
            {{ rows_of_text('serials', ';') }} as serial
        from claimed
        where serials is not null
    ) as split
    where serial <> ''

),

halved as (

    select
        *,
        length(serial) % 2 = 1 and substr(serial, cast(ceil(length(serial) / 2.0) as integer), 1) = '-' as has_halves,
        substr(serial, 1, cast(floor(length(serial) / 2.0) as integer)) as first_half,
        substr(serial, cast(ceil(length(serial) / 2.0) as integer) + 1) as last_half
    from listed

),

ends as (

    select
        *,
        case
            when has_halves and regexp_extract(first_half, '^(.*?)([0-9]{1,18})$', 2) <> '' then first_half
            when not has_halves then nullif(regexp_extract(serial, '^(.*?[0-9]{1,18})-(.*?[0-9]{1,18})$', 1), '')
        end as first_serial,
        case
            when has_halves and regexp_extract(last_half, '^(.*?)([0-9]{1,18})$', 2) <> '' then last_half
            when not has_halves then nullif(regexp_extract(serial, '^(.*?[0-9]{1,18})-(.*?[0-9]{1,18})$', 2), '')
        end as last_serial
    from halved

),

numbers as (

    select
        activity_id, instrument_type, register, turn, other_criterion, claim_number, serial,
        cast(nullif(regexp_extract(first_serial, '^(.*?)([0-9]{1,18})$', 2), '') as bigint) as first_number,
        cast(nullif(regexp_extract(last_serial, '^(.*?)([0-9]{1,18})$', 2), '') as bigint) as last_number,
        cast(nullif(regexp_extract(serial, '^(.*?)([0-9]{1,18})$', 2), '') as bigint) as only_number,
        regexp_extract(first_serial, '^(.*?)([0-9]{1,18})$', 1) as first_series,
        regexp_extract(last_serial, '^(.*?)([0-9]{1,18})$', 1) as last_series,
        regexp_extract(serial, '^(.*?)([0-9]{1,18})$', 1) as only_series
    from ends

),

numbered as (

    select
        activity_id, register, turn, other_criterion, claim_number, is_range,
        -- What names no range that one can count is a name: the same text is the same certificates.
        instrument_type || '|' || case when is_range then first_series when is_single then only_series else serial end as series,
        case when is_range then first_number when is_single then only_number else 0 end as first_number,
        case when is_range then last_number when is_single then only_number else 0 end as last_number
    from (
        select
            *,
            coalesce(first_number <= last_number and last_series in ('', first_series), false) as is_range,
            first_number is null and only_number is not null
            or coalesce(first_number > last_number, false) as is_single
        from numbers
    ) as told

),

-- How many numbers a row names; of one alone nobody knows what it stands for.
counted as (

    select
        activity_id,
        case when min(case when is_range then 1 else 0 end) = 1 then sum(last_number - first_number + 1) end as serial_numbers
    from numbered
    group by activity_id

),

-- Serial numbers that an earlier row claims, whole or in part.
overlapping as (

    select distinct later.activity_id
    from numbered as later
    inner join numbered as earlier
        on
            later.series = earlier.series
            -- A row that names no registry may be of any.
            and (later.register = earlier.register or later.register is null or earlier.register is null)
            and later.turn > earlier.turn
            and later.first_number <= earlier.last_number
            and later.last_number >= earlier.first_number
    where earlier.other_criterion is null and earlier.claim_number = 1

)

select
    claimed.activity_id,
    submission_id,
    source_sheet,
    source_row,
    instrument_id,
    instrument_type,
    country,
    facility_id,
    claim_start,
    claim_end,
    tracking_id,
    vintage_start,
    vintage_end,
    technology,
    commissioned_on,
    grid_region,
    generated_from,
    generated_to,
    tradable,
    contract_date,
    retired_on,
    retired_for_year,
    quantity_mwh,
    -- The renewable certificates carry a generation rate of zero; a contract says its own.
    case
        when factor_kgco2e_per_kwh < 10 then cast(factor_kgco2e_per_kwh as decimal(18, 9))
        when factor_kgco2e_per_kwh is not null then null
        when instrument_type in ('gec', 'green_power_trade', 'i_rec', 'go', 'rec', 'on_site') then cast(0 as decimal(18, 9))
    end as factor_kgco2e_per_kwh,
    -- What else is wrong with a row is said first; the one that qualifies keeps the claim.
    case
        when other_criterion is not null then other_criterion
        when claim_number > 1 then 'sole_claim'
        when overlapping.activity_id is not null then 'serial'
    end as failed_criterion,
    -- A certificate is one MWh: as many numbers as MWh.
    case when other_criterion is null then cast(counted.serial_numbers as bigint) end as serial_numbers
from claimed
left join counted
    on claimed.activity_id = counted.activity_id
left join overlapping
    on claimed.activity_id = overlapping.activity_id
