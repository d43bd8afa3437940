-- One row per closed year, figure and cause: what would change in a figure as it was closed, were the year closed anew now.
with

moved as (

    select * from {{ ref('restatement_bridge') }} where to_version = 'current' and scope is not null

),

changes as (

    select
        from_version, year, basis, scope, scope2_method, null as ghg_protocol_category, null as facility_id, cause, co2e_t
    from moved
    union all
    select from_version, year, basis, scope, scope2_method, ghg_protocol_category, null, cause, co2e_t
    from moved
    where ghg_protocol_category is not null
    union all
    select from_version, year, basis, scope, scope2_method, null, facility_id, cause, co2e_t
    from moved
    where facility_id is not null

),

figures as (

    select
        from_version,
        year,
        basis,
        {{ figure_name('scope', 'scope2_method', 'ghg_protocol_category', 'facility_id', 'basis') }} as figure,
        scope,
        scope2_method,
        cast(ghg_protocol_category as integer) as ghg_protocol_category,
        cast(facility_id as string) as facility_id,
        cause,
        cast(sum(co2e_t) as decimal(38, 21)) as co2e_t
    from changes
    group by from_version, year, basis, scope, scope2_method, ghg_protocol_category, facility_id, cause

)

select
    cast(figures.year as integer) as year,
    cast(figures.figure as string) as figure,
    cast(figures.cause as string) as cause,
    cast(figures.from_version as string) as version,
    cast(figures.basis as string) as basis,
    figures.scope,
    figures.scope2_method,
    figures.ghg_protocol_category,
    figures.facility_id,
    figures.co2e_t,
    cast(coalesce(closed.co2e_t, 0) as decimal(38, 21)) as closed_co2e_t,
    cast(
        coalesce(closed.co2e_t, 0) + sum(figures.co2e_t) over (partition by figures.year, figures.figure)
    as decimal(38, 21)) as restated_co2e_t
from figures
left join {{ ref('int_closed_figures') }} as closed
    on figures.year = closed.year and figures.figure = closed.figure
where figures.co2e_t <> 0
