-- One row per carbon credit position (VCU, CCER ...): what was retired, where and for whom. Never netted against emissions.
select
    credits.activity_id,
    credits.instrument_id,
    credits.instrument_type,
    credits.registry,
    credits.project,
    credits.serial,
    credits.vintage_start,
    credits.vintage_end,
    case
        -- Registries issue one credit per tonne, and count them in pieces.
        when units.dimension = 'count' and abs(cast(credits.quantity as double)) * cast(units.to_base as double) < 1e13
            then cast(cast(credits.quantity as decimal(22, 9)) * cast(units.to_base as decimal(18, 9)) as decimal(22, 9))
        when abs(cast(credits.quantity as double)) * cast(conversions.factor as double) < 1e13
            then cast(cast(credits.quantity as decimal(22, 9)) * conversions.factor as decimal(22, 9))
    end as quantity_t,
    credits.claim_start,
    credits.claim_end,
    credits.retired_on,
    cast(credits.retired_on is not null as boolean) as is_retired,
    credits.facility_id,
    credits.beneficiary,
    credits.submission_id,
    credits.source_sheet,
    credits.source_row
from {{ ref('int_carbon_credits') }} as credits
left join {{ ref('int_units') }} as units
    on credits.unit = units.unit
left join {{ ref('int_unit_conversions') }} as conversions
    on
        credits.unit = conversions.from_unit
        and conversions.to_unit = case conversions.dimension when 'co2e' then 'tCO2e' else 't' end
