-- One row per scope, Scope 2 method, GHG Protocol category (none: the whole scope) and basis of a base year that was closed, as it was
-- closed first in the target's Scope 2 method. Only an event changes what stands on it: later closes hold what the
-- events corrected.
{{ config(materialized='view') }}
with

firsts as (

    select closes.close_id, closes.year, row_number() over (order by closes.number) as place
    from {{ source('raw', 'closes') }} as closes
    inner join {{ ref('int_organization') }} as organization
        on closes.year = organization.base_year and closes.target_scope2_method = organization.target_scope2_method
    where closes.action = 'close' and closes.base_co2e_t is not null

)

select
    firsts.year,
    figures.scope,
    figures.scope2_method,
    figures.ghg_protocol_category,
    figures.basis,
    figures.co2e_t
from {{ source('raw', 'closed_figures') }} as figures
inner join firsts
    on figures.close_id = firsts.close_id and firsts.place = 1
where figures.facility_id is null
