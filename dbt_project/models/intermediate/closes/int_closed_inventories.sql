-- One row per close of a year: what was closed, and the figures of the year in it.
{{ config(materialized='view') }}
with

totals as (

    select
        close_id,
        {%- for basis in ['calculated', 'reported'] %}
        {%- for name, scope, method in [
            ('scope_1', 1, none), ('scope_2_location', 2, 'location'), ('scope_2_market', 2, 'market'), ('scope_3', 3, none)
        ] %}
        sum(case
            when basis = '{{ basis }}' and scope = {{ scope }}{% if method %} and scope2_method = '{{ method }}'{% endif %} then co2e_t
        end) as {{ name }}_{{ basis }}_t,
        {%- endfor %}
        {%- endfor %}
        count(*) as figures
    from {{ source('raw', 'closed_figures') }}
    where facility_id is null and ghg_protocol_category is null
    group by close_id

),

lines as (

    select close_id, count(*) as lines
    from {{ source('raw', 'closed_lines') }}
    group by close_id

)

select
    closes.close_id,
    closes.year,
    closes.version,
    closes.reason,
    closes.recorded_at as closed_at,
    closes.digest,
    closes.previous_digest,
    closes.log_root,
    closes.publication_id,
    closes.state_id,
    coalesce(lines.lines, 0) as lines,
    closes.leaves,
    reopened.recorded_at as reopened_at,
    reopened.reason as reopened_reason,
    {%- for basis in ['calculated', 'reported'] %}
    {%- for name in ['scope_1', 'scope_2_location', 'scope_2_market', 'scope_3'] %}
    totals.{{ name }}_{{ basis }}_t{{ ',' if not (loop.last and basis == 'reported') }}
    {%- endfor %}
    {%- endfor %}
from {{ source('raw', 'closes') }} as closes
left join {{ source('raw', 'closes') }} as reopened
    on closes.year = reopened.year and closes.version = reopened.version and reopened.action = 'reopen'
left join totals
    on closes.close_id = totals.close_id
left join lines
    on closes.close_id = lines.close_id
where closes.action = 'close'
