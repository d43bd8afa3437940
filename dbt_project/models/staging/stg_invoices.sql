-- One row per current, sound row of the energy invoices (feed invoices), with its outcome.
{{ staged_feed('invoices', [
    'invoice_number', 'invoice_date', 'supplier', 'facility_id', 'activity_type', 'service_start', 'service_end',
    'quantity', 'unit', 'net_amount', 'tax_amount', 'gross_amount', 'currency', 'meter_id', 'corrects_invoice_number',
    'remark'
]) }}
