-- One row: who reports, by which rules, and what it says of its inventory itself; with Scope 1 + 2 of the base year before and after recalculation.
select
    cast(organization.name as string) as name,
    cast(organization.name_zh as string) as name_zh,
    cast(organization.consolidation_approach as string) as consolidation_approach,
    cast(organization.gwp_set as string) as gwp_set,
    cast(organization.combustion_gases as string) as combustion_gases,
    cast(organization.fuel_factor_set as string) as fuel_factor_set,
    cast(organization.target_scope2_method as string) as target_scope2_method,
    cast(organization.residual_mix_policy as string) as residual_mix_policy,
    cast(organization.currency as string) as currency,
    cast(organization.base_year as integer) as base_year,
    cast(base.as_reported_t as decimal(38, 18)) as base_as_reported_co2e_t,
    cast(base.event_delta_t as decimal(28, 9)) as base_event_delta_co2e_t,
    cast(base.base_co2e_t as decimal(38, 18)) as base_co2e_t,
    cast(organization.significance_threshold as decimal(18, 9)) as significance_threshold,
    cast(organization.materiality as decimal(18, 9)) as materiality,
    cast(organization.acceptance as string) as acceptance,
    cast(organization.period_end as string) as period_end,
    cast(organization.estimation_methods as string) as estimation_methods,
    cast(organization.estimate_warn as decimal(18, 9)) as estimate_warn,
    cast(organization.estimate_block as decimal(18, 9)) as estimate_block,
    cast(organization.data_notice as string) as data_notice,
    cast(organization.data_notice_zh as string) as data_notice_zh,
    {%- for topic in own_texts() %}
    cast(organization.{{ topic }} as string) as {{ topic }},
    cast(organization.{{ topic }}_zh as string) as {{ topic }}_zh{{ ',' if not loop.last }}
    {%- endfor %}
from {{ ref('int_organization') }} as organization
inner join {{ ref('int_base_year') }} as base
    on base.is_latest
