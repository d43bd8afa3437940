-- One row per activity segment, stage, Scope 2 method and market slice: the effective factors that its emission line uses, or the reason
-- why it has none. A view: every row carries all gases, and is wanted whole only once, by emissions.
{{ config(materialized='view') }}
{%- set gases = ['co2', 'ch4', 'n2o', 'hfcs', 'pfcs', 'sf6', 'nf3', 'unspecified', 'other_gases', 'biogenic_co2'] %}
{%- set of_segment = [
    'activity_id', 'segment_start', 'segment_end', 'is_whole_month', 'period', 'factor_date', 'facility_id', 'activity_type',
    'quantity', 'quantity_rest', 'unit', 'supplier', 'payer', 'submission_id', 'source_sheet', 'source_row', 'feed', 'given_quantity', 'given_unit',
    'activity_unit_bridge', 'data_quality'
] %}
{%- set of_factor = [
    'stage', 'scope2_method', 'market_basis', 'factor_table', 'factor_level', 'factor_distance', 'factor_id', 'factor_row_id',
    'scope', 'ghg_protocol_category', 'iso_14064_category', 'gwp_set', 'is_other_gwp_set', 'unit_bridge', 'factor_units', 'failure'
] %}
{#- Factors stand under the place of the facility, and under a supplier only where a factor row names it. -#}
{%- set factors_of_segments %}
            factors.facility_id = coalesce(places.factor_place, segments.facility_id)
            and factors.supplier = coalesce(named_suppliers.geography, '')
            and factors.activity_type = segments.activity_type
            and factors.process = segments.process
            and factors.unit = segments.unit
            and factors.factor_date = segments.factor_date
{%- endset %}
{%- set is_footprint = "(roles.is_fuel and segments.feed = 'procurement')" %}
with

-- The Scope 3 category of an activity type without a factor that applies here: the one that all its factor rows of other
-- places and times name, else the one of its source class.
type_categories as (

    select
        types.activity_type,
        coalesce(named.ghg_protocol_category, case types.source_class
            when 'purchased_goods' then 1
            when 'capital_goods' then 2
            when 'freight' then 4
            when 'waste' then 5
            when 'business_travel' then 6
            when 'commuting' then 7
            when 'end_of_life' then 12
        end) as ghg_protocol_category
    from {{ ref('int_activity_types') }} as types
    left join {{ ref('int_named_categories') }} as named
        on types.activity_type = named.activity_type

),

-- What a factor on the row is: of electricity that is bought, the rate of a contract, which is the market-based line alone; of a
-- fuel that is bought, the supplier's footprint, which is upstream and never the combustion; else the line itself.
own_factor_roles as (

    select
        types.activity_type,
        coalesce({{ is_purchased_electricity('types') }}, false) as is_contract,
        coalesce(types.method = 'fuel_combustion', false) as is_fuel
    from {{ ref('int_activity_types') }} as types

),

-- A factor that stands on the row itself (a supplier's, a carrier's) comes before every table; scope and category still
-- come from the factor row of its activity type, or from the type. Purchases without either are purchased goods.
from_own_factor as (

    select
        {%- for column in of_segment %}
        segments.{{ column }},
        {%- endfor %}
        case when {{ is_footprint }} then 'upstream' else 'direct' end as stage,
        case when roles.is_contract then 'market' else factors.scope2_method end as scope2_method,
        case
            when roles.is_contract or (factors.scope = 2 and factors.scope2_method = 'market') then 'supplier'
        end as market_basis,
        'row' as factor_table,
        'row' as factor_level,
        cast(null as integer) as factor_distance,
        'row' as factor_id,
        cast(null as string) as factor_row_id,
        case
            when roles.is_contract then 2
            when {{ is_footprint }} then 3
            when factors.scope is not null then factors.scope
            when segments.feed = 'procurement' or type_categories.ghg_protocol_category is not null then 3
        end as scope,
        case
            when {{ is_footprint }} then 3
            when roles.is_contract or coalesce(factors.scope, 3) <> 3 then factors.ghg_protocol_category
            else coalesce(
                factors.ghg_protocol_category, type_categories.ghg_protocol_category,
                case when segments.feed = 'procurement' then 1 end
            )
        end as ghg_protocol_category,
        case
            when roles.is_contract then 2
            when {{ is_footprint }} then 4
            when coalesce(factors.scope, 3) <> 3 then factors.iso_14064_category
            else coalesce(
                factors.iso_14064_category, categories.iso_14064_category,
                case when segments.feed = 'procurement' then 4 end
            )
        end as iso_14064_category,
        cast(null as string) as gwp_set,
        false as is_other_gwp_set,
        cast(null as string) as unit_bridge,
        1 as factor_units,
        case
            when segments.own_factor >= 999999 then 'factor_out_of_range'
            when {{ is_footprint }} then null
            -- The contract says the market-based figure, whatever the tables lack for the location-based one.
            when roles.is_contract then null
            when
                segments.feed <> 'procurement' and factors.scope is null
                and type_categories.ghg_protocol_category is null then 'no_scope'
        end as failure,
        cast(case when segments.own_factor < 999999 then segments.own_factor end as decimal(18, 12)) as unspecified
    from {{ ref('int_activity_segments') }} as segments
    inner join own_factor_roles as roles
        on segments.activity_type = roles.activity_type
    left join {{ ref('int_factor_places') }} as places
        on segments.facility_id = places.facility_id
    left join {{ ref('int_named_suppliers') }} as named_suppliers
        on segments.supplier = named_suppliers.supplier
    left join {{ ref('int_effective_factors') }} as factors
        on
            {{- factors_of_segments }}
            and factors.stage = 'direct'
            and (not roles.is_contract or factors.scope2_method = 'location')
    left join type_categories
        on segments.activity_type = type_categories.activity_type
    left join {{ ref('ghg_protocol_categories') }} as categories
        on coalesce(factors.ghg_protocol_category, type_categories.ghg_protocol_category) = categories.ghg_protocol_category
    where segments.own_factor is not null

),

from_tables as (

    select
        {%- for column in of_segment %}
        segments.{{ column }},
        {%- endfor %}
        {%- for column in of_factor + gases %}
        factors.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_activity_segments') }} as segments
    left join {{ ref('int_factor_places') }} as places
        on segments.facility_id = places.facility_id
    left join {{ ref('int_named_suppliers') }} as named_suppliers
        on segments.supplier = named_suppliers.supplier
    inner join {{ ref('int_effective_factors') }} as factors
        on
            {{- factors_of_segments }}
    left join own_factor_roles as roles
        on segments.own_factor is not null and segments.activity_type = roles.activity_type
    -- The lines that a factor on the row leaves as for any other row.
    where
        segments.own_factor is null
        or (roles.is_contract and (factors.stage <> 'direct' or factors.scope2_method = 'location'))
        or ({{ is_footprint }} and factors.stage <> 'upstream')

),

combined as (

    select {{ (of_segment + of_factor + gases) | join(', ') }}
    from from_tables
    union all
    select
        {{ (of_segment + of_factor) | join(', ') }},
        {%- for gas in gases %}
        {{ 'unspecified' if gas == 'unspecified' else 'cast(0 as decimal(18, 12))' }} as {{ gas }}{{ ',' if not loop.last }}
        {%- endfor %}
    from from_own_factor

),

-- Market-based lines are split into the slices that instruments serve and what is left of them.
slices as (

    select
        slices.activity_id,
        slices.segment_start,
        slices.instrument_activity_id,
        instruments.instrument_id,
        instruments.factor_kgco2e_per_kwh as instrument_factor,
        slices.quantity as slice_quantity,
        cast(case
            when
                row_number() over (partition by slices.activity_id, slices.segment_start order by slices.instrument_activity_id) = 1
                then sum(slices.quantity) over (partition by slices.activity_id, slices.segment_start)
        end as decimal(19, 6)) as first_of_quantity,
        cast(0 as decimal(19, 6)) as served_quantity
    from {{ ref('int_market_slices') }} as slices
    inner join {{ ref('int_instruments') }} as instruments
        on slices.instrument_activity_id = instruments.activity_id
    union all
    select
        activity_id,
        segment_start,
        cast(null as string) as instrument_activity_id,
        cast(null as string) as instrument_id,
        cast(null as decimal(18, 9)) as instrument_factor,
        cast(null as decimal(19, 6)) as slice_quantity,
        cast(null as decimal(19, 6)) as first_of_quantity,
        cast(sum(quantity) as decimal(19, 6)) as served_quantity
    from {{ ref('int_market_slices') }}
    group by activity_id, segment_start

),

sliced as (

    select
        combined.*,
        slices.instrument_activity_id,
        slices.instrument_id,
        slices.instrument_factor,
        slices.slice_quantity,
        slices.first_of_quantity,
        coalesce(slices.served_quantity, 0) as served_quantity
    from combined
    left join slices
        on
            -- What instruments serve is known where nothing is known of the rest.
            case
                when combined.scope2_method = 'market' and coalesce(combined.failure, 'no_factor') = 'no_factor'
                    then combined.activity_id
            end = slices.activity_id
            and combined.segment_start = slices.segment_start

)

select
    combined.activity_id,
    combined.segment_start,
    combined.segment_end,
    combined.is_whole_month,
    combined.period,
    combined.factor_date,
    combined.facility_id,
    combined.activity_type,
    cast(coalesce(combined.slice_quantity, combined.quantity - combined.served_quantity) as decimal(19, 6)) as quantity,
    -- What lies beyond six decimals goes with what instruments leave over, or with the first of them where that is nothing.
    case
        when combined.instrument_activity_id is null or combined.first_of_quantity = combined.quantity then combined.quantity_rest
        else cast(0 as decimal(18, 18))
    end as quantity_rest,
    combined.unit,
    combined.stage,
    combined.scope2_method,
    case when combined.instrument_activity_id is null then combined.market_basis else 'instrument' end as market_basis,
    combined.instrument_id,
    combined.instrument_activity_id,
    case when combined.instrument_activity_id is null then combined.factor_table else 'instrument' end as factor_table,
    case when combined.instrument_activity_id is null then combined.factor_level else 'instrument' end as factor_level,
    case when combined.instrument_activity_id is null then combined.factor_distance end as factor_distance,
    case
        when combined.instrument_activity_id is null then combined.factor_id
        else 'instrument:' || combined.instrument_id
    end as factor_id,
    case when combined.instrument_activity_id is null then combined.factor_row_id end as factor_row_id,
    combined.scope,
    -- Transport that somebody else pays for is downstream: the payer decides, not the direction.
    case
        when combined.ghg_protocol_category = 4 and combined.payer = 'other' then 9
        when combined.ghg_protocol_category = 9 and combined.payer = 'reporter' then 4
        else combined.ghg_protocol_category
    end as ghg_protocol_category,
    combined.iso_14064_category,
    combined.gwp_set,
    combined.is_other_gwp_set,
    combined.unit_bridge,
    case when combined.instrument_activity_id is null then combined.factor_units else 1 end as factor_units,
    -- A leased asset whose own energy is in Scopes 1 and 2 is not counted again in category 8 or 13.
    case
        when combined.failure is null and leased_assets.facility_id is not null then 'leased_asset_in_boundary'
        when combined.instrument_activity_id is null or combined.failure <> 'no_factor' then combined.failure
    end as failure,
    -- The emission rate of an instrument is CO2e of its generation, without gases.
    {%- for gas in gases %}
    case
        when combined.instrument_activity_id is null then combined.{{ gas }}
        {%- if gas == 'unspecified' %}
        else cast(cast(combined.instrument_factor as decimal(20, 9)) * kilowatt_hours.factor as decimal(18, 12))
        {%- else %}
        else cast(0 as decimal(18, 12))
        {%- endif %}
    end as {{ gas }},
    {%- endfor %}
    combined.submission_id,
    combined.source_sheet,
    combined.source_row,
    combined.feed,
    combined.given_quantity,
    combined.given_unit,
    combined.activity_unit_bridge,
    combined.data_quality
from sliced as combined
left join {{ ref('int_unit_conversions') }} as kilowatt_hours
    on combined.unit = kilowatt_hours.from_unit and kilowatt_hours.to_unit = 'kWh'
left join {{ ref('int_consolidation_shares') }} as leased_assets
    on
        combined.ghg_protocol_category in (8, 13)
        and combined.supplier = leased_assets.facility_id
        and leased_assets.boundary_route = 'consolidated'
        and leased_assets.share > 0
        and combined.factor_date between leased_assets.valid_from and leased_assets.valid_to
-- A line that instruments serve whole leaves nothing over.
where
    combined.instrument_activity_id is not null
    or combined.served_quantity = 0
    or combined.served_quantity <> combined.quantity
