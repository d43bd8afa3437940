-- One row per demand, stage and Scope 2 method: the factor row that the search finds first.
-- The workspace's own factors through all levels (supplier, facility, geography upwards), then the seeds.
with

demand as (

    select distinct facility_id, supplier, activity_type, factor_date
    from {{ ref('int_factor_demand') }}

),

levels as (

    select
        demand.*,
        geographies.geography,
        geographies.search_rank,
        geographies.level
    from demand
    inner join {{ ref('int_facility_geographies') }} as geographies
        on
            demand.facility_id = geographies.facility_id
            and demand.factor_date between geographies.valid_from and geographies.valid_to
    union all
    select demand.*, demand.supplier as geography, -1 as search_rank, 'supplier' as level
    from demand
    where demand.supplier <> ''

),

-- What a publication leaves out of its area it does not serve.
left_out as (

    select geographies.facility_id, geographies.valid_from, geographies.valid_to, exclusions.factor_id
    from {{ ref('factor_exclusions') }} as exclusions
    inner join {{ ref('int_facility_geographies') }} as geographies
        on exclusions.geography = geographies.geography

),

candidates as (

    select
        levels.facility_id,
        levels.supplier,
        levels.activity_type,
        levels.factor_date,
        levels.search_rank,
        levels.level,
        factors.factor_table,
        factors.table_rank,
        factors.factor_id,
        factors.factor_row_id,
        factors.stage,
        factors.scope2_method as factor_scope2_method
    from levels
    inner join {{ ref('int_emission_factors') }} as factors
        on
            levels.activity_type = factors.activity_type
            and levels.geography = factors.geography
            and levels.factor_date between factors.valid_from and factors.valid_to
    left join left_out
        on
            factors.factor_table = 'seed'
            and factors.factor_id = left_out.factor_id
            and levels.facility_id = left_out.facility_id
            and levels.factor_date between left_out.valid_from and left_out.valid_to
    where left_out.facility_id is null

),

methods as (

    select 'location' as scope2_method
    union all
    select 'market' as scope2_method

),

-- pass: a row that speaks of the method, or of both, comes before one that speaks of the other. The market-based method
-- falls back on the grid average only where no residual mix (or supplier rate) is found; a shared row for both methods is
-- such an average too, and the workspace's own comes before it.
eligible as (

    select
        candidates.*,
        methods.scope2_method,
        case
            when methods.scope2_method = 'location' then 0
            when candidates.factor_scope2_method = 'location' then 1
            when candidates.factor_scope2_method is null and candidates.factor_table = 'seed' then 1
            else 0
        end as pass,
        case
            when methods.scope2_method = 'market' and candidates.factor_scope2_method = 'location' then 1 else 0
        end as of_the_other,
        case when candidates.factor_scope2_method = methods.scope2_method then 0 else 1 end as specificity,
        case
            when methods.scope2_method = 'location' then null
            when candidates.level in ('supplier', 'facility') and candidates.factor_scope2_method = 'market' then 'supplier'
            when candidates.level = 'supplier' then 'supplier'
            when candidates.factor_scope2_method = 'market' then 'residual_mix'
            else 'grid_average'
        end as market_basis
    from candidates
    cross join methods
    where
        methods.scope2_method = 'market'
        or candidates.factor_scope2_method is null
        or candidates.factor_scope2_method = 'location'

),

ranked as (

    select
        eligible.*,
        row_number() over (
            partition by facility_id, supplier, activity_type, factor_date, stage, scope2_method
            order by pass, table_rank, of_the_other, search_rank, specificity, factor_id
        ) as preference
    from eligible
    cross join {{ ref('int_organization') }} as organization
    where organization.residual_mix_policy = 'residual_mix' or coalesce(eligible.market_basis, '') <> 'residual_mix'

)

select
    facility_id,
    supplier,
    activity_type,
    factor_date,
    stage,
    scope2_method,
    factor_table,
    factor_id,
    factor_row_id,
    level as factor_level,
    search_rank as factor_distance,
    market_basis
from ranked
where preference = 1
