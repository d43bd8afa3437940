-- One row per current, sound row of the activity logs (feed activity_log), with its outcome.
{{ staged_feed('activity_log', [
    'record_id', 'start_date', 'end_date', 'facility_id', 'activity_type', 'quantity', 'unit', 'factor_kgco2e_per_unit',
    'payer', 'process', 'counterparty', 'data_quality', 'source_document', 'remark'
]) }}
