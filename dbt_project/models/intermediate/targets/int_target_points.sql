-- One row per stretch of a pathway: from one reduction to the next. The absolute targets for Scopes 1 and 2 are joined in
-- order of their target year (pathway_id scope12); every target also has its own pathway from its base year.
with

targets as (

    select * from {{ source('raw', 'reference_targets') }}

),

joined as (

    select
        'scope12' as pathway_id,
        lag(target_year) over (order by target_year) as previous_year,
        max(reduction) over (
            order by target_year rows between unbounded preceding and 1 preceding
        ) as previous_reduction,
        base_year,
        target_year,
        -- A later target that asks for less does not lift the line.
        max(reduction) over (order by target_year rows between unbounded preceding and current row) as reduction,
        pathway
    from {{ ref('int_scope12_targets') }}
    where left_out_because is null

)

select
    pathway_id,
    coalesce(previous_year, base_year) as from_year,
    target_year as to_year,
    cast(coalesce(previous_reduction, 0) as decimal(13, 12)) as from_reduction,
    cast(reduction as decimal(13, 12)) as to_reduction,
    pathway
from joined
union all
select
    target_id as pathway_id, base_year, target_year, cast(0 as decimal(13, 12)), cast(reduction as decimal(13, 12)),
    coalesce(pathway, 'linear')
from targets
