-- One row per facility interval and boundary route: the share of its emissions that the organisation accounts for.
--   consolidated  in the scope it occurs in, by the consolidation approach (Corporate Standard, chapter 3);
--   investment    Scope 3 category 15: the equity share of what a control approach leaves out (Scope 3 Standard 5.9);
--   leased        Scope 3 category 8 or 13: a leased asset outside the boundary, whole (Corporate Standard, appendix F).
with

shares as (

    select
        facilities.facility_id,
        facilities.valid_from,
        facilities.valid_to,
        cast(facilities.equity_share as decimal(13, 12)) as equity_share,
        facilities.outside_boundary_category,
        organization.consolidation_approach,
        case organization.consolidation_approach
            when 'equity_share' then cast(facilities.equity_share as decimal(13, 12))
            when 'operational_control'
                then cast(case when facilities.operational_control then 1 else 0 end as decimal(13, 12))
            when 'financial_control'
                then case facilities.financial_control
                    when 'true' then cast(1 as decimal(13, 12))
                    when 'joint' then cast(facilities.equity_share as decimal(13, 12))
                    else cast(0 as decimal(13, 12))
                end
        end as share
    from {{ ref('int_facilities') }} as facilities
    cross join {{ ref('int_organization') }} as organization

)

select
    facility_id, valid_from, valid_to, 'consolidated' as boundary_route, cast(null as integer) as outside_category, share
from shares
union all
select facility_id, valid_from, valid_to, 'investment' as boundary_route, 15 as outside_category, equity_share as share
from shares
where
    share = 0 and outside_boundary_category = 15
    and equity_share > 0 and consolidation_approach <> 'equity_share'
union all
select
    facility_id, valid_from, valid_to, 'leased' as boundary_route, outside_boundary_category as outside_category,
    cast(1 as decimal(13, 12)) as share
from shares
where share = 0 and outside_boundary_category in (8, 13)
