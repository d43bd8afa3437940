-- One row per current, sound row of the contractual instruments and carbon credits (feed energy_instruments), with its outcome.
{{ staged_feed('energy_instruments', [
    'instrument_id', 'instrument_type', 'vintage_start', 'vintage_end', 'country', 'quantity', 'unit', 'claim_start',
    'claim_end', 'retired_on', 'facility_id', 'factor_kgco2e_per_kwh', 'tracking_id', 'registry', 'project', 'serial',
    'beneficiary', 'remark', 'technology', 'commissioned_on', 'grid_region', 'generated_from', 'generated_to', 'tradable',
    'contract_date', 'retired_for_year'
]) }}
