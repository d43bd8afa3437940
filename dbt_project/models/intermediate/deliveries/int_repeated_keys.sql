-- One row per accepted purchase and record of the activity log whose key another accepted one may have too. Equal keys have equal
-- hashes, so that none is missed: whoever looks closer reads these rows alone.
{%- for feed, key in {
    'procurement': ['document_number', 'line_number', 'facility_id', 'supplier_id'], 'activity_log': ['record_id', 'facility_id']
}.items() %}
{%- set cells = [] %}
{%- for column in key %}
{%- do cells.append("coalesce(" ~ column ~ ", '')") %}
{%- endfor %}
select activity_id, '{{ feed }}' as feed
from {{ ref('stg_' ~ feed) }}
where
    row_status = 'accepted'
    and {{ content_hash(cells) }} in (
        select {{ content_hash(cells) }}
        from {{ ref('stg_' ~ feed) }}
        where row_status = 'accepted'
        group by {{ content_hash(cells) }}
        having count(*) > 1
    )
{{ 'union all' if not loop.last }}
{%- endfor %}
