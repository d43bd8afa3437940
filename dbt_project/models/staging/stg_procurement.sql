-- One row per current, sound row of the procurement postings (feed procurement), with its outcome.
{{ staged_feed('procurement', [
    'document_number', 'line_number', 'posting_date', 'facility_id', 'supplier_id', 'activity_type', 'quantity', 'unit',
    'net_amount', 'currency', 'supplier_factor_kgco2e_per_unit', 'supplier_factor_includes_transport', 'transport_mode',
    'transport_distance_km', 'transported_mass_t', 'remark'
]) }}
