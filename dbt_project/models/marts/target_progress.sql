-- One row per target and year from its base year to its target year: the pathway, what was achieved, and the yearly
-- reduction that is needed from here. Intensity targets need their denominator; without it only the index is known.
with

organization as (

    select * from {{ ref('stg_organization') }}

),

targets as (

    select
        targets.*,
        coalesce(targets.scope2_method, organization.target_scope2_method) as effective_method
    from {{ source('raw', 'reference_targets') }} as targets
    cross join organization

),

-- Tonnes by year, scope and category; reported where there is a report, else calculated over twelve months.
totals as (

    select year, basis, scope, scope2_method, cast(null as integer) as ghg_protocol_category, co2e_t, months_covered
    from {{ ref('annual_inventory') }}

),

categories as (

    select year, basis, scope, ghg_protocol_category, sum(co2e_t) as co2e_t
    from {{ ref('category_emissions') }}
    where ghg_protocol_category is not null
    group by year, basis, scope, ghg_protocol_category

),

-- What a target counts: its scopes whole, and of Scope 3 the categories that it names.
counted as (

    select
        targets.target_id,
        targets.scopes,
        totals.year,
        totals.basis,
        totals.scope,
        totals.co2e_t,
        totals.months_covered
    from targets
    inner join totals
        on
            ';' || replace(targets.scopes, ' ', '') || ';' like '%;' || cast(totals.scope as string) || ';%'
            and (totals.scope2_method is null or totals.scope2_method = targets.effective_method)
            and (totals.scope <> 3 or targets.ghg_protocol_categories is null)
    union all
    select
        targets.target_id,
        targets.scopes,
        categories.year,
        categories.basis,
        categories.scope,
        categories.co2e_t,
        coalesce(coverage.months_covered, 12)
    from targets
    inner join categories
        on
            ';' || replace(targets.ghg_protocol_categories, ' ', '') || ';'
            like '%;' || cast(categories.ghg_protocol_category as string) || ';%'
            and ';' || replace(targets.scopes, ' ', '') || ';' like '%;3;%'
            and categories.scope = 3
    left join totals as coverage
        on categories.year = coverage.year and categories.basis = coverage.basis and coverage.scope = 3
    where categories.co2e_t is not null

),

by_basis as (

    select
        target_id,
        year,
        basis,
        sum(co2e_t) as co2e_t,
        min(months_covered) as months_covered
    from counted
    group by target_id, scopes, year, basis
    -- A report of some of the scopes is no figure for all of them, nor is a year whose Scope 3 is still to come. Scopes 1
    -- and 2 are one set of books: one may be empty.
    having
        case
            when basis = 'reported'
                then count(distinct scope) = length(scopes) - length(replace(scopes, ';', '')) + 1
            else (scopes not like '%3%' or max(scope) = 3) and (scopes not like '%1%' and scopes not like '%2%' or min(scope) < 3)
        end

),

actual as (

    select
        target_id,
        year,
        coalesce(
            max(case when basis = 'reported' then co2e_t end),
            max(case when basis = 'calculated' and months_covered = 12 then co2e_t end)
        ) as co2e_t
    from by_basis
    group by target_id, year

),

-- A denominator in base units (CNY, W, unit), so that a change of unit changes nothing. Where a metric is stated in several
-- currencies or kinds of units, the reporting currency comes first.
denominators as (

    select
        metrics.year,
        metrics.metric,
        metrics.dimension,
        cast(metrics.value as decimal(20, 6)) * cast(units.to_base as decimal(18, 6)) as value,
        row_number() over (
            partition by metrics.year, metrics.metric
            order by case when metrics.dimension = organization.currency then 0 else 1 end, metrics.dimension
        ) as preference
    from {{ ref('int_metric_years') }} as metrics
    inner join {{ ref('stg_units') }} as units
        on metrics.unit = units.unit
    cross join organization
    where metrics.is_whole_year

),

-- Tonnes per CNY and tonnes per USD are no progress: every year is held against the base year in what that was stated in.
base_dimensions as (

    select targets.target_id, denominators.dimension
    from targets
    inner join denominators
        on
            targets.denominator = denominators.metric
            and targets.base_year = denominators.year
            and denominators.preference = 1

),

valued as (

    select
        targets.target_id,
        actual.year,
        case
            when targets.kind = 'absolute' then cast(actual.co2e_t as decimal(38, 12))
            else cast({{ exact_quotient('actual.co2e_t', 'metrics.value') }} as decimal(38, 12))
        end as value
    from targets
    inner join actual
        on targets.target_id = actual.target_id
    left join base_dimensions
        on targets.target_id = base_dimensions.target_id
    left join denominators as metrics
        on
            targets.denominator = metrics.metric
            and actual.year = metrics.year
            and (
                metrics.dimension = base_dimensions.dimension
                or (base_dimensions.dimension is null and metrics.preference = 1)
            )

),

-- A recalculated base year holds for every target on Scope 1 + 2 that starts from it, as it does for scope12_trend.
bases as (

    select
        targets.target_id,
        coalesce(cast(recalculated.base_co2e_t as decimal(38, 12)), valued.value) as value
    from targets
    cross join organization
    left join valued
        on targets.target_id = valued.target_id and targets.base_year = valued.year
    left join {{ ref('int_base_year') }} as recalculated
        on
            targets.kind = 'absolute'
            and replace(targets.scopes, ' ', '') in ('1;2', '2;1')
            and targets.ghg_protocol_categories is null
            and targets.effective_method = organization.target_scope2_method
            and targets.base_year = recalculated.base_year

),

progress as (

    select
        targets.target_id,
        targets.name_en,
        targets.name_zh,
        targets.kind,
        targets.status,
        targets.base_year,
        targets.target_year,
        pathways.year,
        bases.value as base_value,
        pathways.remaining_share,
        {{ share_of_value('bases.value', 'cast(pathways.remaining_share as decimal(19, 18))') }} as pathway_value,
        {{ share_of_value('bases.value', 'cast(1 - targets.reduction as decimal(13, 12))') }} as target_value,
        current_values.value as actual_value
    from targets
    inner join {{ ref('int_pathways') }} as pathways
        on targets.target_id = pathways.pathway_id
    left join bases
        on targets.target_id = bases.target_id
    left join valued as current_values
        on targets.target_id = current_values.target_id and pathways.year = current_values.year

)

select
    target_id,
    name_en,
    name_zh,
    kind,
    status,
    cast(base_year as integer) as base_year,
    cast(target_year as integer) as target_year,
    cast(year as integer) as year,
    cast(remaining_share * 100 as decimal(24, 15)) as pathway_index,
    base_value,
    pathway_value,
    actual_value,
    cast(cast(actual_value as decimal(38, 18)) - pathway_value as decimal(38, 18)) as gap,
    cast(cast(actual_value as decimal(38, 18)) <= pathway_value as boolean) as on_track,
    -- In shares of the base value per year, linear, from this year to the target year.
    cast(case
        when year < target_year then {{ exact_quotient(
            'cast(actual_value as decimal(38, 18)) - target_value', 'base_value * (target_year - year)'
        ) }}
    end as decimal(24, 18)) as required_annual_reduction
from progress
