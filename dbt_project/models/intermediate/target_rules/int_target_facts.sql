-- One row per target and fact that a rule of target_rules may ask about: its value, or none where the data does not say. Yes is 1,
-- no is 0. Of the base year the reported figure stands before the calculated one of twelve months; of the company the latest
-- years count.
with

organization as (

    select * from {{ ref('int_organization') }}

),

targets as (

    select
        targets.*,
        targets.scopes like '%1%' as has_scope_1,
        targets.scopes like '%2%' as has_scope_2,
        targets.scopes like '%3%' as has_scope_3,
        coalesce(targets.scope2_method, organization.target_scope2_method) as effective_method
    from {{ ref('int_targets') }} as targets
    cross join organization

),

scopes as (

    select
        year,
        scope,
        scope2_method,
        coalesce(
            max(case when basis = 'reported' then co2e_t end),
            max(case when basis = 'calculated' and months_covered = 12 then co2e_t end)
        ) as co2e_t
    from {{ ref('annual_inventory') }}
    group by year, scope, scope2_method

),

base_scopes as (

    select
        targets.target_id,
        sum(case when scopes.scope = 1 then scopes.co2e_t end) as scope_1_t,
        sum(case when scopes.scope = 2 then scopes.co2e_t end) as scope_2_t,
        sum(case when scopes.scope = 3 then scopes.co2e_t end) as scope_3_t
    from targets
    inner join scopes
        on
            targets.base_year = scopes.year
            and (scopes.scope2_method is null or scopes.scope2_method = targets.effective_method)
    group by targets.target_id

),

-- The fifteen categories of the base year; reported ones where any was reported.
category_years as (

    -- The one behind the other in the alphabet.
    select year, max(basis) as basis
    from {{ ref('category_emissions') }}
    where scope = 3 and ghg_protocol_category is not null and co2e_t is not null
    group by year

),

base_categories as (

    select
        targets.target_id,
        categories.ghg_protocol_category,
        targets.has_scope_3 and (
            targets.ghg_protocol_categories is null
            or ';' || replace(targets.ghg_protocol_categories, ' ', '') || ';'
            like '%;' || cast(categories.ghg_protocol_category as string) || ';%'
        ) as is_covered,
        cast(sum(categories.co2e_t) as decimal(28, 9)) as co2e_t
    from targets
    inner join category_years
        on targets.base_year = category_years.year
    inner join {{ ref('category_emissions') }} as categories
        on
            category_years.year = categories.year
            and category_years.basis = categories.basis
            and categories.scope = 3
            and categories.ghg_protocol_category is not null
            and categories.co2e_t is not null
    group by
        targets.target_id, targets.has_scope_3, targets.ghg_protocol_categories, categories.ghg_protocol_category

),

category_totals as (

    select
        target_id,
        sum(co2e_t) as all_t,
        sum(case when is_covered then co2e_t else 0 end) as covered_t,
        sum(case when ghg_protocol_category < 15 then co2e_t end) as categories_1_to_14_t
    from base_categories
    group by target_id

),

category_shares as (

    select
        base_categories.target_id,
        base_categories.ghg_protocol_category,
        base_categories.is_covered,
        {{ share('base_categories.co2e_t', 'category_totals.categories_1_to_14_t') }} as share_of_14
    from base_categories
    inner join category_totals
        on base_categories.target_id = category_totals.target_id
    where base_categories.ghg_protocol_category < 15

),

category_facts as (

    select
        target_id,
        coalesce(max(case when not is_covered then share_of_14 end), 0) as largest_uncovered_share,
        {{ texts_together(
            "cast(ghg_protocol_category as string) || ': ' || " ~ plain_number('round(share_of_14 * 100, 4)') ~ " || ' %'",
            '; ',
            'share_of_14 desc, ghg_protocol_category'
        ) }} as detail
    from category_shares
    group by target_id

),

scope3_targets as (

    select targets.target_id, count(others.target_id) as targets
    from targets
    left join targets as others
        on
            others.has_scope_3
            and targets.effective_term = others.effective_term
            and coalesce(lower(others.status), '') not in ('withdrawn', 'superseded', 'replaced', 'expired')
    group by targets.target_id

),

-- How much of Scope 1 and of Scope 2 the standing targets of the same term cover, this one among them.
scope12_coverages as (

    select
        targets.target_id,
        {%- for scope in [1, 2] %}
        coalesce(max(case when others.has_scope_{{ scope }} then coalesce(others.coverage, 1) end), 0) as scope_{{ scope }}_coverage{{ ',' if not loop.last }}
        {%- endfor %}
    from targets
    inner join targets as others
        on
            targets.effective_term = others.effective_term
            and (
                targets.target_id = others.target_id
                or coalesce(lower(others.status), '') not in ('withdrawn', 'superseded', 'replaced', 'expired')
            )
    group by targets.target_id

),

-- Turnover, assets and staff of the latest two whole years, their mean; of one where there is but one.
rates as (

    select currency, year, cast(rate as decimal(18, 9)) as rate, 0 as table_rank
    from {{ source('raw', 'reference_exchange_rates') }}
    where per_currency = 'USD'
    union all
    select currency, year, cast(rate as decimal(18, 9)), 1
    from {{ ref('exchange_rates') }}
    where per_currency = 'USD'
    union all
    select 'USD', year, cast(1 as decimal(18, 9)), 2
    from {{ ref('exchange_rates') }}
    group by year

),

chosen_rates as (

    select currency, year, rate
    from (
        select rates.*, row_number() over (partition by currency, year order by table_rank) as preference from rates
    ) as ranked
    where preference = 1

),

company_years as (

    select
        metrics.year,
        case
            when metrics.metric = 'revenue' then 'turnover_eur'
            when metrics.metric = 'total_assets' then 'balance_sheet_eur'
            else 'staff'
        end as fact,
        max(case
            when metrics.metric not in ('revenue', 'total_assets') then cast(metrics.value as decimal(38, 6))
            -- Money may have more digits than a product of decimals; a threshold of millions needs no more than a DOUBLE.
            else cast(
                cast(metrics.value as double) * cast(units.to_base as double)
                * case when metrics.dimension = 'EUR' then 1 else cast(euro_rates.rate as double) / cast(own_rates.rate as double) end
            as decimal(38, 6))
        end) as value
    from {{ ref('int_metric_years') }} as metrics
    inner join {{ ref('int_units') }} as units
        on metrics.unit = units.unit
    left join chosen_rates as own_rates
        on metrics.dimension = own_rates.currency and metrics.year = own_rates.year
    left join chosen_rates as euro_rates
        on euro_rates.currency = 'EUR' and metrics.year = euro_rates.year
    where
        metrics.is_whole_year
        and metrics.metric in (
            'revenue', 'total_assets', 'headcount', 'employees', 'staff', 'fte', 'full_time_equivalents', 'average_headcount'
        )
    group by metrics.year, 2

),

company as (

    select
        max(case when fact = 'turnover_eur' then value end) as turnover_eur,
        max(case when fact = 'balance_sheet_eur' then value end) as balance_sheet_eur,
        max(case when fact = 'staff' then value end) as staff
    from (
        select fact, cast(avg(value) as decimal(38, 6)) as value
        from (
            select company_years.*, row_number() over (partition by fact order by year desc) as recency
            from company_years
            where value is not null
        ) as ranked
        where recency <= 2
        group by fact
    ) as means

),

latest as (

    select
        sum(case when scopes.scope = 1 or scopes.scope2_method = 'location' then scopes.co2e_t end) as location_t,
        count(case when scopes.scope2_method = 'location' then scopes.co2e_t end) as has_location,
        sum(case when scopes.scope = 1 or scopes.scope2_method = 'market' then scopes.co2e_t end) as market_t,
        max(case when scopes.scope2_method = 'location' then scopes.co2e_t end) as scope_2_t,
        max(previous.co2e_t) as previous_scope_2_t
    from scopes
    left join scopes as previous
        on
            scopes.year = previous.year + 1 and scopes.scope = 2 and scopes.scope2_method = 'location'
            and previous.scope = 2 and previous.scope2_method = 'location'
    where
        scopes.scope in (1, 2)
        and scopes.year = (select max(year) from scopes where scope = 2 and co2e_t is not null)

),

-- What serves the electricity of the latest year of claims. What was concluded before the standard asks for it is kept, where its date is
-- known.
serving as (

    select
        instruments.*,
        cast(extract(year from claim_end) as integer) as claim_year,
        contract_date is null or contract_date >= (
            select min(valid_from) from {{ ref('target_rules') }} where fact = 'new_contracts'
        ) as is_new
    from {{ ref('int_instruments') }} as instruments
    where
        failed_criterion is null
        and extract(year from claim_end) = (
            select extract(year from max(claim_end)) from {{ ref('int_instruments') }} where failed_criterion is null
        )

),

ages as (

    select
        is_new and commissioned_on is null as is_unknown,
        -- Years from day to day: a year has twelve months of 31 days here, so that the same day is a whole number of them.
        cast({{ exact_quotient(
            '372 * (extract(year from claim_end) - extract(year from commissioned_on))'
            ~ ' + 31 * (extract(month from claim_end) - extract(month from commissioned_on))'
            ~ ' + extract(day from claim_end) - extract(day from commissioned_on)', '372'
        ) }} as decimal(18, 12)) as years
    from serving
    where is_new

),

oldest as (

    select
        case
            when count(case when is_unknown then 1 end) = 0
                or max(years) > (select max(limit_value) from {{ ref('target_rules') }} where fact = 'oldest_generator_years')
                then max(years)
        end as years
    from ages

),

generators as (

    select
        max(claim_year) as claim_year,
        max(case when is_new then factor_kgco2e_per_kwh end) as highest_kg_per_kwh,
        case when count(*) > 0 then count(case when is_new then 1 end) end as new_contracts
    from serving

),

-- The deliverable market of a facility: its grid region, else its country.
pools as (

    select max(mwh) * 0.001 as largest_gwh
    from (
        select coalesce(places.grid_region, demand.country) as pool, sum(demand.demand_mwh) as mwh
        from {{ ref('int_electricity_demand') }} as demand
        inner join generators
            on extract(year from demand.period) = generators.claim_year
        left join (
            select facility_id, max(grid_region) as grid_region from {{ ref('int_facilities') }} group by facility_id
        ) as places
            on demand.facility_id = places.facility_id
        where demand.is_in_boundary
        group by 1
    ) as by_pool

),

hourly as (

    select max(metrics.value * units.to_base) as share
    from {{ ref('int_metric_years') }} as metrics
    inner join {{ ref('int_units') }} as units
        on metrics.unit = units.unit
    inner join generators
        on metrics.year = generators.claim_year
    where metrics.metric = 'hourly_matched_share' and metrics.is_whole_year

),

-- Events that wait below the threshold of the base year: what they change in one scope together, and whether the tonnes of one cannot
-- be told apart by scope.
waiting as (

    select
        scope,
        {{ share('sum(abs(effect_t))', 'max(as_reported_t)') }} as pending_share,
        sum(length(crossed_categories) - length(replace(crossed_categories, ';', '')) + 1) as crossings
    from {{ ref('base_year_recalculation') }}
    where decision = 'accumulated' and scope in ('1', '2', '3')
    group by scope

),

untold as (

    select count(*) as events
    from {{ ref('base_year_recalculation') }} as whole
    where
        whole.scope = '1;2'
        and whole.decision in ('accumulated', 'unknown')
        and coalesce(whole.effect_t, 1) <> 0
        and not exists (
            select 1
            from {{ ref('base_year_recalculation') }} as parts
            where parts.event_id = whole.event_id and parts.scope in ('1', '2')
        )

),

pending as (

    select
        targets.target_id,
        case
            when max(untold.events) = 0 or not (bool_or(targets.has_scope_1) or bool_or(targets.has_scope_2))
                then coalesce(max(waiting.pending_share), 0)
        end as scope_change,
        coalesce(sum(waiting.crossings), 0) as crossings
    from targets
    cross join untold
    left join waiting
        on targets.scopes like '%' || waiting.scope || '%'
    group by targets.target_id

),

-- Whether a verification gives assurance on each scope of a target, in its base year: none where it is not stated, no where the
-- opinion is adverse or disclaimed.
assured_scopes as (

    select
        targets.target_id,
        scopes.scope,
        max(case
            when verification.opinion in ('adverse', 'disclaimer') then 0
            when verification.assurance in ('limited', 'reasonable') then 1
        end) as is_assured
    from targets
    inner join (values ('1'), ('2'), ('3')) as scopes (scope)
        on targets.scopes like '%' || scopes.scope || '%'
    left join {{ ref('int_verification') }} as verification
        on
            targets.base_year = verification.year
            and verification.scope like '%' || scopes.scope || '%'
            and (verification.scope2_method is null or verification.scope2_method = targets.effective_method)
    group by targets.target_id, scopes.scope

),

assurance as (

    select
        target_id,
        case when min(is_assured) = 0 then 0 when count(is_assured) = count(*) then 1 end as is_assured
    from assured_scopes
    group by target_id

),

wide as (

    select
        targets.*,
        assurance.is_assured,
        base_scopes.scope_1_t,
        base_scopes.scope_2_t,
        base_scopes.scope_3_t,
        category_totals.covered_t,
        category_totals.all_t,
        category_facts.largest_uncovered_share,
        category_facts.detail,
        scope3_targets.targets as scope3_targets,
        organization.high_income_country,
        company.turnover_eur,
        company.balance_sheet_eur,
        company.staff,
        latest.location_t,
        latest.has_location,
        latest.market_t,
        latest.scope_2_t as latest_scope_2_t,
        latest.previous_scope_2_t,
        generators.claim_year,
        generators.highest_kg_per_kwh,
        generators.new_contracts,
        oldest.years as oldest_years,
        pools.largest_gwh,
        hourly.share as hourly_share,
        scope12_coverages.scope_1_coverage,
        scope12_coverages.scope_2_coverage,
        pending.scope_change,
        pending.crossings
    from targets
    cross join organization
    cross join company
    cross join latest
    cross join generators
    cross join oldest
    cross join pools
    cross join hourly
    inner join pending
        on targets.target_id = pending.target_id
    inner join assurance
        on targets.target_id = assurance.target_id
    inner join scope12_coverages
        on targets.target_id = scope12_coverages.target_id
    left join base_scopes
        on targets.target_id = base_scopes.target_id
    left join category_totals
        on targets.target_id = category_totals.target_id
    left join category_facts
        on targets.target_id = category_facts.target_id
    inner join scope3_targets
        on targets.target_id = scope3_targets.target_id

)

{% set facts = {
    'reduction': 'reduction',
    'target_year': 'target_year',
    'years_from_submission': 'target_year - extract(year from submitted_on)',
    'joins_scopes_1_and_2': 'case when has_scope_1 and has_scope_2 then 1 else 0 end',
    'is_intensity': "case when kind = 'intensity' then 1 else 0 end",
    'is_location_based': "case when effective_method = 'location' then 1 else 0 end",
    'coverage': 'coalesce(coverage, case when scope_1_t is not null or scope_2_t is not null then 1 end)',
    'scope12_coverage': 'case when scope_1_coverage = scope_2_coverage then case when coverage is not null or scope_1_t is not null or scope_2_t is not null then scope_1_coverage end'
        ~ ' else ' ~ share('scope_1_t * scope_1_coverage + scope_2_t * scope_2_coverage', 'scope_1_t + scope_2_t') ~ ' end',
    'scope3_share_of_total': share('scope_3_t', 'scope_1_t + scope_2_t + scope_3_t'),
    'scope3_targets': 'scope3_targets',
    'scope3_coverage': share('covered_t', 'coalesce(scope_3_t, all_t)'),
    'largest_uncovered_share': 'largest_uncovered_share',
    'scope_1_t': 'scope_1_t',
    'scope_2_t': 'scope_2_t',
    'high_income_country': 'case when high_income_country then 1 when not high_income_country then 0 end',
    'turnover_eur': 'turnover_eur',
    'balance_sheet_eur': 'balance_sheet_eur',
    'staff': 'staff',
    'scope12_t': 'case when has_location > 0 then location_t else market_t end',
    'scope2_growth': share('latest_scope_2_t - previous_scope_2_t', 'previous_scope_2_t'),
    'claim_year': 'claim_year',
    'highest_generator_kg_per_kwh': 'highest_kg_per_kwh',
    'new_contracts': 'new_contracts',
    'oldest_generator_years': 'oldest_years',
    'largest_pool_gwh': 'largest_gwh',
    'hourly_share': 'hourly_share',
    'pending_scope_change': 'scope_change',
    'pending_category_crossings': 'crossings',
    'base_year_age': 'case when extract(year from submitted_on) >= base_year then extract(year from submitted_on) - base_year end',
    'is_assured': 'is_assured',
} %}
{%- for fact, value in facts.items() %}
select
    target_id,
    '{{ fact }}' as fact,
    cast({{ value }} as decimal(38, 12)) as value,
    {{ 'detail' if fact == 'largest_uncovered_share' else 'cast(null as string)' }} as detail
from wide
{{ 'union all' if not loop.last }}
{%- endfor %}
