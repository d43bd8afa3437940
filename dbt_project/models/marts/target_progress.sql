-- One row per target and year from its base year to its target year: the pathway, what was achieved, and the yearly
-- reduction that is needed from here. Intensity targets need their denominator; without it only the index is known.
with

organization as (

    select * from {{ ref('int_organization') }}

),

targets as (

    select
        targets.*,
        coalesce(targets.scope2_method, organization.target_scope2_method) as effective_method,
        -- Tonnes per base unit (CNY, W, person) may be small: an intensity is reckoned per 10^9 of them.
        cast(case when targets.kind = 'absolute' then 1 else 0.000000001 end as decimal(10, 9)) as unit_share
    from {{ ref('int_targets') }} as targets
    cross join organization

),

-- Tonnes by year and category; a category whose note says that there is nothing is a zero, one that is left out is not.
categories as (

    select
        year, basis, scope, ghg_protocol_category,
        sum(coalesce(co2e_t, case when reason_en is not null and coalesce(treatment, '') <> 'excluded' then 0 end)) as co2e_t
    from {{ ref('category_emissions') }}
    where ghg_protocol_category is not null
    group by year, basis, scope, ghg_protocol_category

),

-- What a target counts: its scopes whole, and of Scope 3 the categories that it names.
counted as (

    select
        targets.target_id,
        totals.year,
        totals.basis,
        totals.scope,
        cast(null as integer) as ghg_protocol_category,
        totals.co2e_t
    from targets
    inner join {{ ref('annual_inventory') }} as totals
        on
            ';' || replace(targets.scopes, ' ', '') || ';' like '%;' || cast(totals.scope as string) || ';%'
            and (totals.scope2_method is null or totals.scope2_method = targets.effective_method)
            and (totals.scope <> 3 or targets.ghg_protocol_categories is null)
    union all
    select
        targets.target_id,
        categories.year,
        categories.basis,
        categories.scope,
        categories.ghg_protocol_category,
        categories.co2e_t
    from targets
    inner join categories
        on
            ';' || replace(targets.ghg_protocol_categories, ' ', '') || ';'
            like '%;' || cast(categories.ghg_protocol_category as string) || ';%'
            and ';' || replace(targets.scopes, ' ', '') || ';' like '%;3;%'
            and categories.scope = 3
    where categories.co2e_t is not null
    union all
    -- What a base year was closed with first.
    select
        targets.target_id,
        closed.year,
        'closed ' || closed.basis,
        closed.scope,
        closed.ghg_protocol_category,
        closed.co2e_t
    from targets
    inner join {{ ref('int_base_year_closed') }} as closed
        on
            targets.base_year = closed.year
            and ';' || replace(targets.scopes, ' ', '') || ';' like '%;' || cast(closed.scope as string) || ';%'
            and (closed.scope2_method is null or closed.scope2_method = targets.effective_method)
            and case
                when closed.scope <> 3 or targets.ghg_protocol_categories is null then closed.ghg_protocol_category is null
                else ';' || replace(targets.ghg_protocol_categories, ' ', '') || ';'
                    like '%;' || cast(closed.ghg_protocol_category as string) || ';%'
            end

),

by_basis as (

    select
        counted.target_id,
        counted.year,
        counted.basis,
        sum(counted.co2e_t) as co2e_t
    from counted
    inner join targets
        on counted.target_id = targets.target_id
    group by
        counted.target_id, counted.year, counted.basis, targets.scopes, targets.ghg_protocol_categories
    -- A report of some of the scopes is no figure for all of them, nor is a year whose Scope 3 is still to come. Scopes 1
    -- and 2 are one set of books: one may be empty. Of the categories that a target names none may be missing.
    having
        case
            when counted.basis in ('reported', 'closed reported')
                then count(distinct counted.scope) = length(targets.scopes) - length(replace(targets.scopes, ';', '')) + 1
            else
                (targets.scopes not like '%3%' or max(counted.scope) = 3)
                and (targets.scopes not like '%1%' and targets.scopes not like '%2%' or min(counted.scope) < 3)
        end
        and (
            targets.ghg_protocol_categories is null
            or count(distinct counted.ghg_protocol_category) = length(targets.ghg_protocol_categories)
            - length(replace(targets.ghg_protocol_categories, ';', '')) + 1
        )

),

covered as (

    select figure, year
    from {{ ref('int_covered_months') }}
    group by figure, year
    having count(case when is_covered then 1 end) = 12

),

-- A report may print a total of several scopes without its parts.
figures as (

    select target_id, year, basis, co2e_t from by_basis where basis in ('reported', 'calculated')
    union all
    select targets.target_id, headline.year, 'reported', headline.reported_co2e_t
    from targets
    cross join organization
    inner join {{ ref('headline') }} as headline
        on replace(replace(targets.scopes, ' ', ''), ';', '+') = headline.scope
    where
        targets.ghg_protocol_categories is null
        and targets.effective_method = organization.target_scope2_method
        and headline.reported_co2e_t is not null

),

closed_bases as (

    select
        target_id, year,
        coalesce(max(case when basis = 'closed reported' then co2e_t end), max(case when basis = 'closed calculated' then co2e_t end))
            as co2e_t
    from by_basis
    where basis not in ('reported', 'calculated')
    group by target_id, year

),

actual as (

    select
        figures.target_id,
        figures.year,
        coalesce(
            max(case when figures.basis = 'reported' then figures.co2e_t end),
            max(case when figures.basis = 'calculated' and covered.year is not null then figures.co2e_t end)
        ) as co2e_t
    from figures
    left join covered
        on figures.year = covered.year and covered.figure = 'target:' || figures.target_id
    group by figures.target_id, figures.year

),

-- What to know of the figure of a year, as scope12_trend marks it.
estimated as (

    select targets.target_id, months.year
    from targets
    inner join {{ ref('int_calculated_months') }} as months
        on
            ';' || replace(targets.scopes, ' ', '') || ';' like '%;' || cast(months.scope as string) || ';%'
            and (months.scope2_method is null or months.scope2_method = targets.effective_method)
    group by targets.target_id, months.year
    having count(case when months.estimated_kg <> 0 then 1 end) > 0

),

marks as (

    select
        figures.target_id,
        figures.year,
        case
            when count(case when figures.basis = 'calculated' then 1 end) = 0 then 'only_reported'
            when count(covered.year) = 0 then 'incomplete'
            when count(estimated.year) > 0 then 'estimated'
            else 'complete'
        end as mark
    from figures
    left join covered
        on figures.year = covered.year and covered.figure = 'target:' || figures.target_id
    left join estimated
        on figures.target_id = estimated.target_id and figures.year = estimated.year
    where figures.target_id in (select target_id from targets where kind in ('absolute', 'intensity'))
    group by figures.target_id, figures.year
    union all
    select targets.target_id, electricity.year, case when electricity.months_covered = 12 then 'complete' else 'incomplete' end
    from targets
    inner join {{ ref('green_electricity') }} as electricity
        on targets.kind = 'low_carbon_share'

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
    inner join {{ ref('int_units') }} as units
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
        {%- for tonnes, column in {
            'actual.co2e_t': 'value', 'coalesce(case when actual.co2e_t is not null then closed_bases.co2e_t end, actual.co2e_t)': 'base_value'
        }.items() %}
        case
            when targets.kind = 'absolute' then cast({{ tonnes }} as decimal(38, 18))
            else {{ exact_quotient(tonnes, 'metrics.value * targets.unit_share') }}
        end as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from targets
    inner join actual
        on targets.target_id = actual.target_id
    left join closed_bases
        on targets.target_id = closed_bases.target_id and actual.year = closed_bases.year
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
    where targets.kind in ('absolute', 'intensity')
    union all
    -- A share of low-carbon electricity: what goes down is the share that is not.
    select
        targets.target_id,
        electricity.year,
        {%- for column in ['value', 'base_value'] %}
        cast((1 - electricity.green_share) * cast(1000000000 as decimal(10, 0)) as decimal(38, 18)) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from targets
    inner join {{ ref('green_electricity') }} as electricity
        on targets.kind = 'low_carbon_share' and electricity.months_covered = 12
    union all
    -- Suppliers that are engaged: what goes down, from all, is the share that is not.
    select
        targets.target_id,
        metrics.year,
        {%- for column in ['value', 'base_value'] %}
        cast((1 - metrics.value * units.to_base) * cast(1000000000 as decimal(10, 0)) as decimal(38, 18)) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from targets
    inner join {{ ref('int_metric_years') }} as metrics
        on targets.kind = 'supplier_engagement' and metrics.metric = 'supplier_engagement_share' and metrics.is_whole_year
    inner join {{ ref('int_units') }} as units
        on metrics.unit = units.unit

),

-- What recalculations change in the base of every other absolute target that starts from the base year, where the lines of the
-- facility, or the event, tell its scopes.
recalculations as (

    select
        targets.target_id,
        decisions.year,
        cast(sum(effects.co2e_kg) * 0.001 as decimal(38, 18)) as change_t
    from targets
    cross join organization
    inner join {{ ref('int_base_year_effects') }} as effects
        on
            effects.year = organization.base_year
            and ';' || replace(targets.scopes, ' ', '') || ';' like '%;' || cast(effects.scope as string) || ';%'
            and (effects.scope2_method is null or effects.scope2_method = targets.effective_method)
            and (
                effects.scope <> 3 or targets.ghg_protocol_categories is null
                or ';' || replace(targets.ghg_protocol_categories, ' ', '') || ';'
                like '%;' || cast(effects.ghg_protocol_category as string) || ';%'
            )
    inner join {{ ref('int_base_year_decisions') }} as decisions
        on
            effects.source_row = decisions.source_row
            and case when effects.scope = 3 then decisions.counts_for_scope_3 else decisions.counts_for_scopes_1_and_2 end
    where targets.kind = 'absolute' and targets.base_year = organization.base_year
    group by targets.target_id, decisions.year

),

-- Tonnes of Scopes 1 and 2 together that an event gives are in every target on both, in the method in which they are given.
undivided as (

    select targets.target_id, decisions.year, cast(sum(events.delta_t) as decimal(38, 18)) as change_t
    from targets
    cross join organization
    inner join {{ ref('int_base_year_decisions') }} as decisions
        on decisions.counts_for_scopes_1_and_2
    inner join {{ ref('int_base_year_events') }} as events
        on decisions.source_row = events.source_row and not events.is_computed and events.given_scope is null
    where
        targets.kind = 'absolute'
        and targets.base_year = organization.base_year
        and targets.scopes like '%1%'
        and targets.scopes like '%2%'
        and targets.effective_method = organization.target_scope2_method
    group by targets.target_id, decisions.year

),

-- A recalculated base year holds for every target on Scope 1 + 2 that starts from it, as it does for scope12_trend.
bases as (

    select
        targets.target_id,
        pathways.year,
        coalesce(
            cast(recalculated.base_co2e_t as decimal(38, 18)),
            case when targets.kind = 'supplier_engagement' then cast(1000000000 as decimal(38, 18)) end,
            valued.base_value + coalesce(recalculations.change_t, 0) + coalesce(undivided.change_t, 0)
        ) as value
    from targets
    cross join organization
    inner join {{ ref('int_pathways') }} as pathways
        on targets.target_id = pathways.pathway_id
    left join valued
        on targets.target_id = valued.target_id and targets.base_year = valued.year
    left join {{ ref('int_base_year') }} as recalculated
        on
            targets.kind = 'absolute'
            and replace(targets.scopes, ' ', '') in ('1;2', '2;1')
            and targets.ghg_protocol_categories is null
            and targets.effective_method = organization.target_scope2_method
            and targets.base_year = recalculated.base_year
            and pathways.year = recalculated.year
    left join recalculations
        on targets.target_id = recalculations.target_id and pathways.year = recalculations.year
    left join undivided
        on targets.target_id = undivided.target_id and pathways.year = undivided.year

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
        targets.unit_share,
        targets.pathway,
        published.progress as published_progress,
        marks.mark,
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
        on targets.target_id = bases.target_id and pathways.year = bases.year
    left join {{ ref('int_target_progress_published') }} as published
        on targets.target_id = published.target_id and pathways.year = published.year
    left join marks
        on targets.target_id = marks.target_id and pathways.year = marks.year
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
    {%- for value, column in {
        'base_value': 'base_value', 'pathway_value': 'pathway_value', 'actual_value': 'actual_value',
        'actual_value - pathway_value': 'gap'
    }.items() %}
    case
        when kind = 'absolute' then cast({{ value }} as decimal(38, 24))
        else cast(({{ value }}) * 0.000000001 as decimal(38, 24))
    end as {{ column }},
    {%- endfor %}
    cast(actual_value <= pathway_value as boolean) as on_track,
    -- In shares of the base value per year, linear, from this year to the target year.
    cast(case
        when year < target_year then {{ exact_quotient(
            'actual_value - target_value', 'base_value * (target_year - year)'
        ) }}
    end as decimal(24, 18)) as required_annual_reduction,
    -- As the same percentage of what is left, every year: a root, so a DOUBLE on the way.
    cast(case
        when year < target_year and actual_value > 0 and target_value > 0 then {{ decimal_of_double(
            '1 - ' ~ power(
                'cast(target_value as double) / nullif(cast(actual_value as double), 0)',
                'cast(1 as double) / nullif(cast(target_year - year as double), 0)'
            ),
            18, 12
        ) }}
    end as decimal(18, 12)) as required_annual_rate_compound,
    cast(coalesce(pathway, 'linear') as string) as pathway,
    cast({{ exact_quotient('base_value - actual_value', 'base_value - target_value') }} as decimal(24, 18)) as progress,
    cast(published_progress as decimal(24, 12)) as published_progress,
    cast(published_progress - {{ exact_quotient('base_value - actual_value', 'base_value - target_value') }} as decimal(24, 12))
        as published_minus_progress,
    -- An intensity is known with its denominator only.
    cast(case when kind = 'intensity' and actual_value is null and mark is not null then 'incomplete' else mark end as string) as mark
from progress
