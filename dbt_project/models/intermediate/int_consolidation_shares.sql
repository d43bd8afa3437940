-- One row per facility interval and boundary route: the share of its emissions that the organisation accounts for.
--   consolidated  in the scope it occurs in, by the consolidation approach (Corporate Standard, chapter 3);
--   investment    Scope 3 category 15: the equity share of what a control approach leaves out (Scope 3 Standard 5.9).
with

shares as (

    select
        facilities.facility_id,
        facilities.valid_from,
        facilities.valid_to,
        cast(facilities.equity_share as decimal(13, 12)) as equity_share,
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
    from {{ ref('stg_facilities') }} as facilities
    cross join {{ ref('stg_organization') }} as organization

)

select facility_id, valid_from, valid_to, 'consolidated' as boundary_route, share
from shares
union all
select facility_id, valid_from, valid_to, 'investment' as boundary_route, equity_share as share
from shares
where share = 0 and equity_share > 0 and consolidation_approach <> 'equity_share'
