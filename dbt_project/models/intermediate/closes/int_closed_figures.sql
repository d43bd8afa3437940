-- One row per figure of the latest close of a year, as it was published, with its name.
{{ config(materialized='view') }}
select
    closes.close_id,
    closes.year,
    {{ figure_name('figures.scope', 'figures.scope2_method', 'figures.ghg_protocol_category', 'figures.facility_id',
        'figures.basis') }}
        as figure,
    figures.scope,
    figures.scope2_method,
    figures.ghg_protocol_category,
    figures.facility_id,
    figures.co2e_t
from {{ source('raw', 'closed_figures') }} as figures
inner join {{ source('raw', 'closes') }} as closes
    on figures.close_id = closes.close_id
where
    closes.version = (
        select max(latest.version)
        from {{ source('raw', 'closes') }} as latest
        where latest.year = closes.year and latest.action = 'close'
    )
