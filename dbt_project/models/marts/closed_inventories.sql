-- One row per year and version that was closed, with its digest and the totals of the scopes in it.
select
    cast(year as integer) as year,
    cast(version as integer) as version,
    cast(close_id as string) as close_id,
    cast(reason as string) as reason,
    closed_at,
    cast(digest as string) as digest,
    cast(previous_digest as string) as previous_digest,
    cast(log_root as string) as log_root,
    cast(publication_id as string) as publication_id,
    cast(lines as bigint) as lines,
    cast(leaves as integer) as leaves,
    reopened_at,
    cast(reopened_reason as string) as reopened_reason,
    {%- for basis in ['calculated', 'reported'] %}
    {%- for name in ['scope_1', 'scope_2_location', 'scope_2_market', 'scope_3'] %}
    cast({{ name }}_{{ basis }}_t as decimal(38, 21)) as {{ name }}_{{ basis }}_t{{ ',' if not (loop.last and basis == 'reported') }}
    {%- endfor %}
    {%- endfor %}
from {{ ref('int_closed_inventories') }}
