-- Trend, targets, intensities, green electricity and misstatements say what the emission lines add up to. Each row names the mart
-- and the figure that does not, with what it should be. Sums agree to the eighteenth decimal; quotients and products of shares within
-- their rounding.
{{ config(meta={'dagster': {'ref': {'name': 'scope12_trend'}}}) }}

{%- set consumed_mwh %}case
                    when emissions.consolidation_share = 1 and units.factor = 1 then cast(emissions.exact_quantity as decimal(38, 12))
                    else cast(
                        cast(cast(emissions.exact_quantity as decimal(25, 12)) * emissions.consolidation_share as decimal(25, 9)) * units.factor
                    as decimal(38, 12))
                end
{%- endset %}

with

organization as (

    select target_scope2_method, other_scope2_method from {{ ref('int_organization') }}

),

lines as (

    select
        cast(extract(year from period) as integer) as year,
        period,
        scope,
        scope2_method,
        ghg_protocol_category,
        sum(co2e_kg) as co2e_kg
    from {{ ref('emissions') }}
    where scope is not null
    group by all

),

-- Scope 1 + 2 of a month in both methods.
months as (

    select
        lines.year,
        lines.period,
        sum(case when lines.scope = 1 or lines.scope2_method = organization.target_scope2_method then lines.co2e_kg end) as target_kg,
        sum(case when lines.scope = 1 or lines.scope2_method = organization.other_scope2_method then lines.co2e_kg end) as other_kg
    from lines
    cross join organization
    where lines.scope in (1, 2)
    group by lines.year, lines.period

),

years as (

    select year, {{ tonnes('sum(target_kg)') }} as target_t, {{ tonnes('sum(other_kg)') }} as other_t
    from months
    group by year

),

windows as (

    select trend.year, trend.month, {{ tonnes('sum(months.target_kg)') }} as target_t, count(*) as months_found
    from {{ ref('scope12_trend') }} as trend
    inner join months
        on
            months.period <= make_date(trend.year, coalesce(trend.month, 12), 1)
            and months.period > make_date(trend.year - 1, coalesce(trend.month, 12), 1)
    group by trend.year, trend.month

),

-- An absolute target's tonnes, as calculated and as reported: whichever of them the year is judged by.
target_figures as (

    select
        targets.target_id,
        figures.basis,
        figures.year,
        sum(figures.co2e_t) as co2e_t
    from {{ ref('int_targets') }} as targets
    cross join organization
    inner join (
        select
            'calculated' as basis, year, scope, scope2_method, ghg_protocol_category,
            {{ tonnes('sum(co2e_kg)') }} as co2e_t
        from lines
        group by year, scope, scope2_method, ghg_protocol_category
        union all
        select basis, year, scope, scope2_method, null, co2e_t
        from {{ ref('annual_inventory') }}
        where basis = 'reported'
        union all
        select basis, year, scope, scope2_method, ghg_protocol_category, co2e_t
        from {{ ref('category_emissions') }}
        where basis = 'reported' and scope = 3 and ghg_protocol_category is not null
    ) as figures
        on
            ';' || replace(targets.scopes, ' ', '') || ';' like '%;' || cast(figures.scope as string) || ';%'
            and (
                figures.scope2_method is null
                or figures.scope2_method = coalesce(targets.scope2_method, organization.target_scope2_method)
            )
            and case
                when figures.scope = 3 and targets.ghg_protocol_categories is not null
                    then ';' || replace(targets.ghg_protocol_categories, ' ', '') || ';'
                        like '%;' || cast(figures.ghg_protocol_category as string) || ';%'
                -- What is reported stands once: in the total, and again by category.
                else figures.basis = 'calculated' or figures.ghg_protocol_category is null
            end
    where targets.kind = 'absolute'
    group by targets.target_id, figures.basis, figures.year

),

-- Electricity that was consumed, in the organisation's share, and what zero-emission instruments serve of it.
electricity as (

    select
        cast(extract(year from emissions.period) as integer) as year,
        coalesce(sum(case
            -- The market-based slices are all of it, also where no table has a location-based factor.
            when coalesce(emissions.scope2_method, 'market') = 'market'
                then {{ consumed_mwh }}
        end), 0) as consumption_mwh,
        coalesce(sum(case
            -- Instruments serve in six decimals.
            when emissions.scope2_method = 'market' and emissions.market_basis = 'instrument' and emissions.gross_co2e_kg = 0
                then {{ consumed_mwh | replace('emissions.exact_quantity', 'emissions.quantity') }}
        end), 0) as served_mwh
    from {{ ref('emissions') }} as emissions
    inner join {{ ref('int_activity_types') }} as types
        on
            emissions.activity_type = types.activity_type
            and types.method = 'electricity'
            and types.activity_type not like 'exported%'
    inner join {{ ref('int_unit_conversions') }} as units
        on emissions.unit = units.from_unit and units.to_unit = 'MWh'
    where emissions.stage = 'direct' and emissions.boundary_route = 'consolidated'
    group by extract(year from emissions.period)

),

-- Electricity that no line stands for: a finding says why, and its year cannot be compared.
years_without_lines as (

    select distinct cast(extract(year from energy.period) as integer) as year
    from {{ ref('int_energy') }} as energy
    left join {{ ref('emissions') }} as emissions
        on energy.activity_id = emissions.activity_id and energy.period = emissions.period and emissions.stage = 'direct'
    where energy.carrier = 'electricity' and emissions.activity_id is null

),

stakes as (

    select
        cast(extract(year from reconciliation.period) as integer) as year,
        sum(reconciliation.co2e_at_stake_t) as absolute_t,
        sum(case when reconciliation.delta < 0 then -1 else 1 end * reconciliation.co2e_at_stake_t) as signed_t
    from {{ ref('energy_reconciliation') }} as reconciliation
    where
        not reconciliation.within_tolerance
        and reconciliation.activity_type in (
            select activity_type from {{ ref('emissions') }}
            where stage = 'direct' and boundary_route = 'consolidated' and scope in (1, 2)
        )
    group by extract(year from reconciliation.period)

),

compared as (

    select
        'scope12_trend' as mart, trend.year, trend.grain || ', other_method_co2e_t' as item, trend.other_method_co2e_t as figure,
        years.other_t as should_be, 0 as rounding
    from {{ ref('scope12_trend') }} as trend
    left join years
        on trend.year = years.year
    where trend.grain = 'year' and trend.basis = 'calculated'
    union all
    select
        'scope12_trend', trend.year, trend.grain || ', rolling_12m_co2e_t', trend.rolling_12m_co2e_t,
        case when windows.months_found = 12 then windows.target_t end, 0
    from {{ ref('scope12_trend') }} as trend
    left join windows
        on trend.year = windows.year and coalesce(trend.month, 0) = coalesce(windows.month, 0)
    where trend.rolling_12m_co2e_t is not null
    union all
    select
        'scope12_trend', year, grain || ', actual_co2e_t', actual_co2e_t,
        case basis when 'reported' then reported_co2e_t else calculated_co2e_t end, 0
    from {{ ref('scope12_trend') }}
    where actual_co2e_t is not null
    union all
    select
        'scope12_trend', year, grain || ', on_track', case when on_track then 1 else 0 end,
        case when cast(actual_co2e_t as decimal(38, 18)) <= pathway_co2e_t then 1 else 0 end, 0
    from {{ ref('scope12_trend') }}
    where on_track is not null
    union all
    select
        'target_progress', progress.year, progress.target_id || ', actual_value', progress.actual_value,
        case
            when
                cast(progress.actual_value as decimal(38, 18))
                in (cast(reported.co2e_t as decimal(38, 18)), cast(printed.reported_co2e_t as decimal(38, 18)))
                then progress.actual_value
            else cast(calculated.co2e_t as decimal(38, 18))
        end, 0
    from {{ ref('target_progress') }} as progress
    left join target_figures as calculated
        on
            progress.target_id = calculated.target_id and progress.year = calculated.year
            and calculated.basis = 'calculated'
    left join target_figures as reported
        on progress.target_id = reported.target_id and progress.year = reported.year and reported.basis = 'reported'
    -- A total of several scopes may be printed without its parts.
    left join (
        select targets.target_id, headline.year, headline.reported_co2e_t
        from {{ ref('int_targets') }} as targets
        inner join {{ ref('headline') }} as headline
            on replace(replace(targets.scopes, ' ', ''), ';', '+') = headline.scope
    ) as printed
        on progress.target_id = printed.target_id and progress.year = printed.year
    where progress.kind = 'absolute' and progress.actual_value is not null
    union all
    select
        'target_progress', year, target_id || ', on_track', case when on_track then 1 else 0 end,
        case when actual_value <= pathway_value then 1 else 0 end, 0
    from {{ ref('target_progress') }}
    where on_track is not null
    union all
    select
        'intensity', year, basis || ' ' || numerator || '/' || denominator || ', value', cast(value as decimal(38, 18)),
        cast(cast(numerator_co2e_t as double) / cast(denominator_value as double) as decimal(38, 18)),
        cast(abs(cast(value as double)) * 1e-11 as decimal(38, 18))
    from {{ ref('intensity') }}
    union all
    select
        'intensity', intensity.year, intensity.basis || ' ' || intensity.numerator || '/' || intensity.denominator,
        -- A report may print a total of several scopes without its parts.
        intensity.numerator_co2e_t, coalesce(max(headline.reported_co2e_t), sum(inventory.co2e_t)), 0
    from {{ ref('intensity') }} as intensity
    cross join organization
    left join {{ ref('annual_inventory') }} as inventory
        on
            intensity.year = inventory.year
            and intensity.basis = inventory.basis
            and (inventory.scope2_method is null or inventory.scope2_method = organization.target_scope2_method)
            and replace(intensity.numerator, 'and_', '') || '_' like '%\_' || cast(inventory.scope as string) || '\_%' escape '\'
    left join {{ ref('headline') }} as headline
        on
            intensity.basis = 'reported'
            and intensity.year = headline.year
            and replace(replace(intensity.numerator, 'and_', ''), '_', '+') = 'scope+' || headline.scope
    group by
        intensity.year, intensity.basis, intensity.numerator, intensity.denominator, intensity.unit, intensity.numerator_co2e_t
    union all
    select
        'green_electricity', green.year, 'consumption_mwh', green.consumption_mwh, cast(electricity.consumption_mwh as decimal(38, 18)),
        cast(0.00001 + abs(cast(green.consumption_mwh as double)) * 1e-9 as decimal(38, 18))
    from {{ ref('green_electricity') }} as green
    left join electricity
        on green.year = electricity.year
    where green.year not in (select year from years_without_lines)
    union all
    select
        'green_electricity', green.year, 'certificates_mwh + contracts_mwh', green.certificates_mwh + green.contracts_mwh,
        cast(electricity.served_mwh as decimal(38, 18)), cast(0.00001 + abs(cast(green.consumption_mwh as double)) * 1e-9 as decimal(38, 18))
    from {{ ref('green_electricity') }} as green
    left join electricity
        on green.year = electricity.year
    where green.year not in (select year from years_without_lines)
    union all
    select
        'green_electricity', year, 'green_share', green_share,
        cast(cast(green_mwh as double) / cast(consumption_mwh as double) as decimal(38, 18)),
        cast(0.000001 / cast(consumption_mwh as double) + 1e-11 as decimal(38, 18))
    from {{ ref('green_electricity') }}
    where consumption_mwh > 0
    union all
    select
        'misstatements', misstatements.year, 'co2e_t of Scope ' || coalesce(cast(misstatements.scope as string), '1 and 2'),
        misstatements.co2e_t, {{ tonnes('sum(lines.co2e_kg)') }}, 0
    from {{ ref('misstatements') }} as misstatements
    cross join organization
    left join lines
        on
            misstatements.year = lines.year
            and lines.scope in (1, 2)
            and coalesce(misstatements.scope, lines.scope) = lines.scope
            and (lines.scope2_method is null or lines.scope2_method = organization.target_scope2_method)
    group by misstatements.year, misstatements.scope, misstatements.co2e_t
    {%- for column in ['signed', 'absolute'] %}
    union all
    select
        'misstatements', misstatements.year, '{{ column }}_misstatement_t', misstatements.{{ column }}_misstatement_t,
        coalesce(stakes.{{ column }}_t, 0), 0
    from {{ ref('misstatements') }} as misstatements
    left join stakes
        on misstatements.year = stakes.year
    where misstatements.scope is null
    union all
    select
        'misstatements', year, '{{ column }}_misstatement_t of both scopes',
        max(case when scope is null then {{ column }}_misstatement_t end),
        sum(case when scope is null then 0 else {{ column }}_misstatement_t end), 0
    from {{ ref('misstatements') }}
    group by year
    {%- endfor %}

)

select mart, year, item, figure, should_be
from compared
where
    figure is null
    or should_be is null
    or abs(cast(figure as decimal(38, 18)) - cast(should_be as decimal(38, 18))) > rounding
