-- One row: the settings of the reporting organisation, and its own texts for reports.
with

estimation as (

    select
        max(case when position = 1 then method end)
        || coalesce(';' || max(case when position = 2 then method end), '')
        || coalesce(';' || max(case when position = 3 then method end), '') as methods
    from {{ source('raw', 'estimation_methods') }}

),

statements as (

    select
        {%- for topic in own_texts() %}
        max(case when topic = '{{ topic }}' then text_en end) as {{ topic }},
        max(case when topic = '{{ topic }}' then text_zh end) as {{ topic }}_zh{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ source('raw', 'organization_statements') }}

)

select
    organization.*,
    case organization.target_scope2_method when 'location' then 'market' else 'location' end as other_scope2_method,
    estimation.methods as estimation_methods,
    statements.*
from {{ source('raw', 'organization') }} as organization
cross join estimation
cross join statements
