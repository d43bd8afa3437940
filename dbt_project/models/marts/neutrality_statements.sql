-- One row per carbon-neutral statement or certificate, gross figures first, what was retired beside them. Nothing here
-- enters or lowers an inventory total. Without a printed total the gross is the sum of the scopes that the statement covers
-- (Scopes 1 and 2 where it does not say), unknown where the figure of one of them is missing.
with

stated as (

    select
        *,
        case when scopes is null or scopes like '%1%' then scope_1_t else 0 end as covered_scope_1_t,
        case
            when scopes is null or scopes like '%2%' then coalesce(scope_2_market_t, scope_2_location_t)
            else 0
        end as covered_scope_2_t
    from {{ ref('int_neutrality_statements') }}

),

grossed as (

    select
        *,
        cast(coalesce(
            total_t,
            -- Scope 3 has no figure of its own here: only a printed total can hold it.
            case when scopes is null or scopes not like '%3%' then covered_scope_1_t + covered_scope_2_t end
        ) as decimal(22, 9)) as gross_t
    from stated

)

select
    statement_id,
    subject,
    subject_zh,
    facility_id,
    period_start,
    period_end,
    scopes,
    cast(scope_1_t as decimal(22, 9)) as scope_1_t,
    cast(scope_2_location_t as decimal(22, 9)) as scope_2_location_t,
    cast(scope_2_market_t as decimal(22, 9)) as scope_2_market_t,
    gross_t,
    energy_instruments,
    cast(coalesce(offset_t, gross_t * offset_share) as decimal(22, 9)) as offset_t,
    offset_units,
    offset_programme,
    cast(gross_t - coalesce(offset_t, gross_t * offset_share) as decimal(22, 9)) as gross_minus_offset_t,
    cast(gross_t - coalesce(offset_t, gross_t * offset_share) <= 0 as boolean) as is_neutral,
    standard,
    issuer,
    statement_number,
    issued_on,
    document,
    remark
from grossed
