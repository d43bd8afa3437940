-- One row per current, sound row of the energy ledgers (feed energy_ledger), with its outcome.
{{ staged_feed('energy_ledger', [
    'period', 'facility_id', 'activity_type', 'quantity', 'unit', 'start_date', 'end_date', 'meter_id', 'supplier',
    'opening_stock', 'received', 'closing_stock', 'temperature_c', 'enthalpy_kj_per_kg', 'data_quality',
    'source_document', 'remark'
]) }}
