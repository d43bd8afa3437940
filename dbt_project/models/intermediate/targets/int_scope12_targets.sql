-- One row per absolute target for Scopes 1 and 2: whether it is part of the organisation's joined pathway, or why not.
with

candidates as (

    select
        targets.*,
        case
            when lower(targets.status) in ('withdrawn', 'superseded', 'replaced', 'expired') then 'status'
            when targets.scope2_method <> organization.target_scope2_method then 'scope2_method'
            when targets.base_year <> organization.base_year then 'base_year'
        end as failed
    from {{ source('raw', 'reference_targets') }} as targets
    cross join {{ ref('int_organization') }} as organization
    where targets.kind = 'absolute' and replace(targets.scopes, ' ', '') in ('1;2', '2;1')

),

-- Of several targets of one year the stricter one binds.
ranked as (

    select
        candidates.*,
        first_value(target_id) over (
            partition by target_year, failed order by reduction desc, target_id
        ) as binding_target_id
    from candidates

)

select
    target_id,
    base_year,
    target_year,
    reduction,
    coalesce(pathway, 'linear') as pathway,
    binding_target_id,
    case when failed is not null then failed when target_id <> binding_target_id then 'same_year' end as left_out_because
from ranked
