-- One row per current, sound row of the business metrics (feed business_metrics), with its outcome.
{{ staged_feed('business_metrics', [
    'period', 'metric', 'value', 'unit', 'facility_id'
]) }}
