-- One row per pair of versions of a year, slot and cause: what the cause moved, kg CO2e. A slot is what one file (or the estimates) says
-- of one activity type at one facility in one month, by stage, scope, Scope 2 method, category and route of the boundary.
-- A view: the mart of the bridge reads it, and `compare` and `simulate` read it over any two versions.
--
-- What is on one side only has one cause. Where several things changed on a slot, one is replaced after the other: first
-- the quantity, then factor and potentials, then instruments, then the share; each effect is what its step changes, the last
-- one the rest, so that they sum to the difference to the last decimal. The order is of the things, never of the events
-- that changed them: the bridge depends on the two versions alone.
{{ config(materialized='view') }}
{%- set slot = [
    'period', 'facility_id', 'activity_type', 'stage', 'path', 'scope', 'scope2_method', 'ghg_protocol_category',
    'iso_14064_category', 'boundary_route'
] %}
{%- set of_line = slot + [
    'sha256', 'unit', 'quantity', 'gross_co2e_kg', 'co2e_kg', 'co2_kg', 'co2e_unspecified_kg', 'market_basis', 'instrument_id',
    'factor_id', 'factor_row_id', 'factor_table', 'factor_level', 'factor_kgco2e_per_unit', 'gwp_set', 'consolidation_share'
] %}
with

closes as (

    select
        'close:' || close_id as version_id, close_id, year, version, state_id, settings, product,
        version = max(version) over (partition by year) as is_last
    from {{ source('raw', 'closes') }}
    where action = 'close'

),

versions as (

    select version_id, year, state_id, settings, product from closes
    union all
    select
        'current', closes.year, cast(null as string),
        concat_ws(
            ';', organization.combustion_gases, coalesce(organization.fuel_factor_set, ''), organization.residual_mix_policy,
            organization.period_end
        ),
        coalesce(product.helioledger, '') || ' ' || coalesce(product.dbt_project, '')
    from closes
    cross join {{ ref('int_organization') }} as organization
    cross join (
        select
            max(case when path = 'helioledger' then sha256 end) as helioledger,
            max(case when path = 'dbt_project' then sha256 end) as dbt_project
        from (
            select path, max_by(sha256, state_id) as sha256
            from {{ source('raw', 'input_changes') }}
            where kind = 'product'
            group by path
        ) as latest
    ) as product
    where closes.is_last

),

pairs as (

    select former.version_id as from_version, later.version_id as to_version, former.year
    from closes as former
    inner join closes as later
        on former.year = later.year and later.version = former.version + 1
    union all
    select version_id, 'current', year from closes where is_last

),

-- Which bytes of which file counted in a version.
files as (

    select version_id, path, sha256
    from (
        select
            closes.version_id, changes.path,
            max_by(coalesce(changes.sha256, ''), changes.state_id) as sha256
        from closes
        inner join {{ source('raw', 'input_changes') }} as changes
            on changes.kind = 'submission' and changes.state_id <= closes.state_id
        group by closes.version_id, changes.path
    ) as of_closes
    where sha256 <> ''
    union all
    select 'current', submissions.path, submissions.sha256
    from {{ source('raw', 'current_submissions') }} as counting
    inner join {{ source('raw', 'submission_versions') }} as submissions
        on counting.submission_id = submissions.submission_id
    where exists (select 1 from closes)

),

-- Settings, reference tables and the product's own, by which a version was computed: all of them, those that say what belongs to the
-- organisation, and those that say how it is computed.
{%- set boundary_tables = ['organization.yml', 'reference/facilities.csv'] %}
{%- set factor_tables = ['seeds'] %}
{%- for table in [
    'emission_factors', 'activity_types', 'activity_aliases', 'fuel_properties', 'fuel_densities', 'gwp', 'gas_blends', 'units',
    'geographies', 'electricity_markets', 'process_gas_parameters', 'exchange_rates', 'price_indices'
] %}
{%- do factor_tables.append('reference/' ~ table ~ '.csv') %}
{%- endfor %}
reference as (

    select
        version_id,
        md5({{ texts_together("path || ' ' || sha256", ';', 'path') }}) as reference,
        {%- for tables, paths in {'boundary_tables': boundary_tables, 'factor_tables': factor_tables}.items() %}
        {{ texts_together(
            "case when path in ('" ~ paths | join("', '") ~ "') then path || ' ' || sha256 end", ';', 'path'
        ) }} as {{ tables }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        select
            closes.version_id, changes.path,
            max_by(coalesce(changes.sha256, ''), changes.state_id) as sha256
        from closes
        inner join {{ source('raw', 'input_changes') }} as changes
            on changes.state_id <= closes.state_id
        where changes.kind in ('settings', 'reference') or (changes.kind = 'product' and changes.path = 'seeds')
        group by closes.version_id, changes.path
        union all
        select 'current', path, max_by(coalesce(sha256, ''), state_id)
        from {{ source('raw', 'input_changes') }}
        where kind in ('settings', 'reference') or (kind = 'product' and path = 'seeds')
        group by path
    ) as of_versions
    where sha256 <> ''
    group by version_id

),

lines as (

    select versions.version_id, versions.year, {% for column in of_line %}closed.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
    from {{ source('raw', 'closed_lines') }} as closed
    inner join closes as versions
        on closed.close_id = versions.close_id
    union all
    select
        'current', cast(extract(year from emissions.period) as integer),
        {%- for column in of_line %}
        {{ {
            'path': "coalesce(submissions.path, '')", 'sha256': 'submissions.sha256'
        }.get(column, 'emissions.' ~ column) }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('emissions') }} as emissions
    left join {{ source('raw', 'submission_versions') }} as submissions
        on emissions.submission_id = submissions.submission_id
    where extract(year from emissions.period) in (select year from closes)

),

-- What an instrument or a contract serves has its factor; the rest has the plain one, of a table.
told_apart as (

    select
        lines.*,
        coalesce(market_basis in ('instrument', 'supplier'), false) as is_served,
        concat_ws(' ', instrument_id, factor_id, {{ all_digits('quantity') }}, cast(gross_co2e_kg as string)) as serving,
        concat_ws('|', factor_row_id, cast(factor_kgco2e_per_unit as string), factor_level) as factor,
        case when factor_level in ('formula', 'row') then factor_level else 'table' end as way
    from lines

),

slots as (

    select
        version_id,
        year,
        {%- for column in slot %}
        {{ column }},
        {%- endfor %}
        max(sha256) as sha256,
        {{ different_texts('unit') }} as units,
        cast(sum(quantity) as decimal(28, 6)) as quantity,
        cast(sum(gross_co2e_kg) as decimal(38, 18)) as gross_kg,
        cast(sum(co2e_kg) as decimal(38, 18)) as kg,
        cast(sum(co2e_kg - co2_kg - co2e_unspecified_kg) as decimal(38, 18)) as other_gases_kg,
        -- What potentials count in: gases other than CO2, and what is stated as CO2e, which does not tell them.
        sum(abs(co2e_kg - co2_kg)) > 0 as has_potentials,
        sum(abs(co2e_unspecified_kg)) > 0 as has_unspecified,
        count(case when factor_kgco2e_per_unit is null then 1 end) > 0 as has_formula,
        cast(sum(case when is_served then 0 else quantity end) as decimal(28, 6)) as plain_quantity,
        cast(sum(case when is_served then 0 else co2e_kg end) as decimal(38, 18)) as plain_kg,
        {{ texts_together('case when is_served then serving end', ';', 'serving') }} as instruments,
        {{ different_texts('factor_id') }} as factor_ids,
        {{ different_texts('case when not is_served then factor end') }} as factors,
        {{ different_texts('case when not is_served then way end') }} as ways,
        max(gwp_set) as gwp_set,
        min(consolidation_share) as least_share,
        max(consolidation_share) as largest_share
    from told_apart
    group by version_id, year, {{ slot | join(', ') }}

),

sides as (

    {%- for side in ['from', 'to'] %}
    select pairs.from_version, pairs.to_version, '{{ side }}' as side, slots.*
    from pairs
    inner join slots
        on pairs.{{ side }}_version = slots.version_id and pairs.year = slots.year
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

compared as (

    select
        from_version,
        to_version,
        year,
        {%- for column in slot %}
        {{ column }},
        {%- endfor %}
        bool_or(has_potentials) as has_potentials,
        bool_or(has_unspecified) as has_unspecified,
        bool_or(has_formula) as has_formula,
        {%- for side, letter in [('from', 'a'), ('to', 'b')] %}
        bool_or(side = '{{ side }}') as in_{{ letter }},
        {%- for column in ['quantity', 'gross_kg', 'kg', 'other_gases_kg', 'plain_quantity', 'plain_kg'] %}
        coalesce(max(case when side = '{{ side }}' then {{ column }} end), 0) as {{ column }}_{{ letter }},
        {%- endfor %}
        {%- for column in [
            'sha256', 'units', 'instruments', 'factor_ids', 'factors', 'ways', 'gwp_set', 'least_share', 'largest_share'
        ] %}
        max(case when side = '{{ side }}' then {{ column }} end) as {{ column }}_{{ letter }}{{ ',' if not (loop.last and letter == 'b') }}
        {%- endfor %}
        {%- endfor %}
    from sides
    group by from_version, to_version, year, {{ slot | join(', ') }}

),

-- What else the two versions hold of the same file, activity type, facility and month.
placed as (

    select
        compared.*,
        {%- for window, partition in {
            'activity': ['activity_type', 'path'],
            'stage': ['activity_type', 'path', 'stage', 'scope2_method'],
            'route': ['activity_type', 'path', 'boundary_route'],
            'place': []
        }.items() %}
        {%- for letter in ['a', 'b'] %}
        bool_or(in_{{ letter }}) over (
            partition by {{ (['from_version', 'to_version', 'period', 'facility_id'] + partition) | join(', ') }}
        ) as {{ window }}_in_{{ letter }},
        {%- endfor %}
        {%- endfor %}
        {%- for letter in ['a', 'b'] %}
        bool_or(in_{{ letter }} and path = '') over (
            partition by from_version, to_version, period, facility_id, activity_type
        ) as estimated_in_{{ letter }},
        bool_or(in_{{ letter }}) over (partition by from_version, to_version, activity_type) as type_in_{{ letter }}{{ ',' if not loop.last }}
        {%- endfor %}
    from compared

),

file_bytes as (

    select version_id, sha256, count(*) as copies
    from files
    group by version_id, sha256

),

judged as (

    select
        placed.*,
        from_versions.settings <> to_versions.settings as other_settings,
        -- Where nothing else that it rests on has changed, another product is what tells the versions apart.
        from_versions.product <> to_versions.product
        and from_reference.reference is not distinct from to_reference.reference as other_product,
        -- Nothing that says what belongs to the organisation has changed, as far as that is known.
        coalesce(from_reference.boundary_tables = to_reference.boundary_tables, false) as same_boundary,
        from_reference.factor_tables is distinct from to_reference.factor_tables as other_factor_tables,
        from_files.path is not null or from_bytes.copies is not null as file_in_a,
        to_files.path is not null or to_bytes.copies is not null as file_in_b,
        from_bytes.copies is not null as bytes_in_a,
        to_bytes.copies is not null as bytes_in_b
    from placed
    inner join versions as from_versions
        on placed.from_version = from_versions.version_id and placed.year = from_versions.year
    inner join versions as to_versions
        on placed.to_version = to_versions.version_id and placed.year = to_versions.year
    left join reference as from_reference
        on placed.from_version = from_reference.version_id
    left join reference as to_reference
        on placed.to_version = to_reference.version_id
    left join files as from_files
        on placed.from_version = from_files.version_id and placed.path = from_files.path
    left join files as to_files
        on placed.to_version = to_files.version_id and placed.path = to_files.path
    left join file_bytes as from_bytes
        on placed.from_version = from_bytes.version_id and coalesce(placed.sha256_b, placed.sha256_a) = from_bytes.sha256
    left join file_bytes as to_bytes
        on placed.to_version = to_bytes.version_id and coalesce(placed.sha256_a, placed.sha256_b) = to_bytes.sha256
    where placed.kg_a <> placed.kg_b

),

one_sided as (

    select
        judged.*,
        case
            -- What the activity says came or went: its file is on one side only, was overwritten, or is read otherwise now.
            when not (activity_in_a and activity_in_b) then case
                when path = '' then 'estimate_replaced'
                when in_b and not file_in_a then case when estimated_in_a then 'estimate_replaced' else 'new_activity' end
                when in_a and not file_in_b then 'withdrawn'
                when bytes_in_a and bytes_in_b then case
                    -- Where tables of factors changed too, an activity type that the other version has nowhere tells them.
                    when
                        not (place_in_a and place_in_b) and not same_boundary
                        and not (other_factor_tables and not (type_in_a and type_in_b)) then 'boundary'
                    when other_product then 'product_version'
                    else 'factor'
                end
                when in_b and estimated_in_a then 'estimate_replaced'
                else 'corrected'
            end
            when not (route_in_a and route_in_b) then 'boundary'
            when not (stage_in_a and stage_in_b) then 'factor'
            else 'method'
        end as cause
    from judged
    where not (in_a and in_b)

),

two_sided as (

    select
        judged.*,
        units_a is distinct from units_b as other_units,
        -- Nothing can be replaced one after the other.
        quantity_a = 0 or quantity_b = 0 or units_a is distinct from units_b as no_steps,
        -- Where the gross figure is the same, the days of two shares are not.
        (least_share_a <> least_share_b or largest_share_a <> largest_share_b or gross_kg_a = gross_kg_b)
        and gross_kg_a <> 0 and (kg_b <> 0 or largest_share_b = 0) as other_share,
        instruments_a is distinct from instruments_b as other_instruments,
        factors_a is distinct from factors_b as other_factors
    from judged
    where in_a and in_b

),

-- One thing after the other: the quantity with all else as it was, and, from the other end, the share as it was with all else as it is.
by_quantity as (

    select
        two_sided.*,
        {{ exact_quotient('quantity_b', 'quantity_a') }} as growth,
        case
            when other_share then cast({{ exact_quotient('kg_a', 'gross_kg_a') }} as decimal(38, 18))
            else cast(1 as decimal(38, 18))
        end as share_before,
        case
            when other_share and kg_b <> 0 then {{ exact_quotient('gross_kg_b', 'kg_b') }}
            else cast(1 as decimal(38, 18))
        end as share_undone
    from two_sided

),

by_share as (

    select
        by_quantity.*,
        {{ exact_product('kg_a', 'growth') }} as exactly_grown_kg,
        {{ exact_product('gross_kg_b', 'share_before') }} as exactly_unshared_kg,
        {{ exact_product('share_undone', 'share_before') }} as reshare
    from by_quantity

),

-- To a microgram: a quotient that does not end is no change of the factor.
unshared as (

    select
        by_share.*,
        case
            when no_steps or not other_share then kg_b
            when abs(exactly_unshared_kg - kg_a) < 0.000000001 then kg_a
            else cast(round(exactly_unshared_kg, 9) as decimal(38, 18))
        end as unshared_kg
    from by_share

),

grown as (

    select
        unshared.*,
        case
            when no_steps then unshared_kg
            -- Of rows with factors of their own some may have grown, and others not: no factor has changed by that.
            when
                not other_factors and not other_instruments and not other_settings and not other_product
                -- A factor that is the same in CO2e has no potentials that are not.
                and (gwp_set_a is not distinct from gwp_set_b or not has_potentials or not has_formula)
                and (sha256_a is distinct from sha256_b or quantity_a <> quantity_b)
                then unshared_kg
            when growth = 1 then kg_a
            when abs(unshared_kg - exactly_grown_kg) < 0.000000001 then unshared_kg
            else cast(round(exactly_grown_kg, 9) as decimal(38, 18))
        end as grown_kg
    from unshared

),

-- What no instrument serves, in as much of the new quantity as before, by its old and by its new factor.
plain as (

    select
        grown.*,
        {{ exact_product('plain_quantity_a', 'growth') }} as plain_grown_quantity,
        {{ exact_product('plain_kg_a', 'growth') }} as plain_grown_kg,
        {{ exact_product('plain_kg_b', 'reshare') }} as plain_reshared_kg
    from grown

),

plain_by_factor as (

    select plain.*, {{ exact_quotient('plain_grown_quantity', 'plain_quantity_b') }} as plain_part from plain

),

stepped as (

    select
        plain_by_factor.*,
        case
            when no_steps or not other_instruments then unshared_kg - grown_kg
            when other_factors and plain_quantity_a <> 0 and plain_quantity_b <> 0
                then {{ exact_product('plain_reshared_kg', 'plain_part') }} - plain_grown_kg
            else cast(0 as decimal(38, 18))
        end as factor_kg,
        case
            when
                not no_steps and not other_instruments and gwp_set_a <> gwp_set_b and other_gases_kg_a <> 0 and other_gases_kg_b <> 0
                then {{ exact_product('other_gases_kg_b', 'reshare') }} - {{ exact_product('other_gases_kg_a', 'growth') }}
            else cast(0 as decimal(38, 18))
        end as potentials_kg
    from plain_by_factor

),

effects as (

    select
        stepped.*,
        case
            when other_units then 'method'
            when path = '' then 'estimate_replaced'
            when sha256_a = sha256_b and other_product then 'product_version'
            when sha256_a = sha256_b and other_settings then 'method'
            when estimated_in_a and not estimated_in_b then 'estimate_replaced'
            else 'corrected'
        end as quantity_cause,
        case
            when other_product then 'product_version'
            when not other_factors and other_settings then 'method'
            when ways_a <> ways_b then 'method'
            when factor_ids_a = factor_ids_b and other_settings then 'method'
            when
                factor_ids_a = factor_ids_b and gwp_set_a <> gwp_set_b
                and (has_unspecified or (other_gases_kg_a = 0) <> (other_gases_kg_b = 0)) then 'gwp_set'
            else 'factor'
        end as factor_cause
    from stepped

),

{%- set shown = ['from_version', 'to_version', 'year'] + slot + ['quantity_a', 'quantity_b', 'factor_ids_a', 'factor_ids_b'] %}

moved as (

    select {{ shown | join(', ') }}, cause, kg_b - kg_a as kg from one_sided
    union all
    select {{ shown | join(', ') }}, quantity_cause, grown_kg - kg_a from effects
    union all
    select {{ shown | join(', ') }}, factor_cause, factor_kg - potentials_kg from effects
    union all
    select {{ shown | join(', ') }}, 'gwp_set', potentials_kg from effects
    union all
    select {{ shown | join(', ') }}, 'instruments', unshared_kg - grown_kg - factor_kg from effects
    union all
    select {{ shown | join(', ') }}, 'boundary', kg_b - unshared_kg from effects

),

-- What has happened to a facility: with events of two kinds nobody knows which it was.
events as (

    select facility_id, {{ different_texts('kind') }} as kinds
    from {{ source('raw', 'reference_base_year_events') }}
    where kind in ('acquisition', 'divestiture', 'merger') and withdrawn_reason is null
    group by facility_id

)

select
    moved.from_version,
    moved.to_version,
    moved.year,
    {%- for column in slot %}
    moved.{{ column }},
    {%- endfor %}
    moved.quantity_a as from_quantity,
    moved.quantity_b as to_quantity,
    moved.factor_ids_a as from_factors,
    moved.factor_ids_b as to_factors,
    moved.cause,
    coalesce(by_event.cdp_reason, causes.cdp_reason) as cdp_reason,
    cast(moved.kg as decimal(38, 18)) as co2e_kg
from moved
inner join {{ ref('restatement_causes') }} as causes
    on moved.cause = causes.cause and causes.event_kind is null
left join events
    on moved.facility_id = events.facility_id
left join {{ ref('restatement_causes') }} as by_event
    on moved.cause = by_event.cause and events.kinds = by_event.event_kind
where moved.kg <> 0
