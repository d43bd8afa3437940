-- One row per current, sound row of the production reports (feed production), with its outcome.
{{ staged_feed('production', [
    'period', 'facility_id', 'workshop', 'product', 'quantity', 'unit'
]) }}
