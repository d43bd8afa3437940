-- One row per demand, stage and Scope 2 method (NULL outside Scope 2): kilograms of CO2e by gas per factor_units of the
-- line unit, with the factor, table and level that were found and the bridge between units; or the reason why nothing could be computed.
with

-- No factor row, and a method that needs one. Purchased electricity has its two lines all the same: what instruments serve of the
-- market-based one is known.
missing as (

    select
        unmatched.facility_id, unmatched.supplier, unmatched.activity_type, unmatched.process, unmatched.unit,
        unmatched.factor_date, 'direct' as stage, methods.scope2_method, cast(null as string) as market_basis,
        cast(null as string) as factor_table, cast(null as string) as factor_level,
        cast(null as integer) as factor_distance, cast(null as string) as factor_id, cast(null as string) as factor_row_id,
        case when methods.scope2_method is not null then '2' end as scope,
        cast(null as integer) as ghg_protocol_category,
        cast(null as integer) as row_iso_category, cast(null as string) as gwp_set, false as is_other_gwp_set,
        case when methods.scope2_method = 'location' then 'no_location_factor' else 'no_factor' end as reason,
        {%- for column in [
            'co2', 'ch4', 'n2o', 'unspecified', 'biogenic_co2', 'hfcs', 'pfcs', 'sf6', 'nf3', 'other_gases'
        ] %}
        cast(null as decimal(18, 12)) as {{ column }},
        {%- endfor %}
        cast(null as string) as unit_bridge,
        1 as factor_units
    from {{ ref('int_unmatched_demand') }} as unmatched
    left join (select 'location' as scope2_method union all select 'market') as methods
        on {{ is_purchased_electricity('unmatched') }}
    where unmatched.method in ('electricity', 'heat', 'emission_factor')

),

all_factors as (

    select * from {{ ref('int_row_factors') }}
    union all
    select *, 1 from {{ ref('int_combustion_factors') }}
    union all
    select *, 1 from {{ ref('int_release_factors') }}
    union all
    select * from missing

),

{%- set kyoto = 'co2 + ch4 + n2o + hfcs + pfcs + sf6 + nf3 + unspecified' %}

judged as (

    select
        all_factors.*,
        case
            when reason is not null then reason
            when scope is null then 'no_scope'
            when is_other_gwp_set and scope in ('1', '2') then 'other_gwp_set'
            when {{ kyoto }} is null or biogenic_co2 is null or other_gases is null then 'factor_out_of_range'
            when abs(cast({{ kyoto }} as double)) > 999999 then 'factor_out_of_range'
        end as failure
    from all_factors

),

{%- set of_demand = ['facility_id', 'supplier', 'activity_type', 'process', 'unit', 'factor_date', 'stage', 'scope'] %}

-- A market-based factor alone (of a supplier, a residual mix) is computed, and leaves the location-based figure open, with a word.
without_location as (

    select {{ of_demand | join(', ') }}, max(row_iso_category) as row_iso_category
    from judged
    where scope = '2'
    group by {{ of_demand | join(', ') }}
    having count(case when scope2_method = 'location' then 1 end) = 0

),

-- Else what fails in one method fails in the other.
paired as (

    select
        judged.*,
        case
            when failure is not null or scope is null or scope <> '2' then failure
            else max(failure) over (partition by {{ of_demand | join(', ') }})
        end as line_failure
    from judged
    union all
    select
        {%- for column in [
            'facility_id', 'supplier', 'activity_type', 'process', 'unit', 'factor_date', 'stage', 'scope2_method', 'market_basis',
            'factor_table', 'factor_level', 'factor_distance', 'factor_id', 'factor_row_id', 'scope', 'ghg_protocol_category',
            'row_iso_category', 'gwp_set', 'is_other_gwp_set', 'reason', 'co2', 'ch4', 'n2o', 'unspecified', 'biogenic_co2', 'hfcs',
            'pfcs', 'sf6', 'nf3', 'other_gases', 'unit_bridge', 'factor_units', 'failure', 'line_failure'
        ] %}
        {{ {
            'scope2_method': "'location'", 'is_other_gwp_set': 'false', 'factor_units': '1',
            'failure': "'no_location_factor'", 'line_failure': "'no_location_factor'"
        }.get(column, column if column in of_demand + ['row_iso_category'] else 'null') }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from without_location

)

select
    paired.facility_id,
    paired.supplier,
    paired.activity_type,
    paired.process,
    paired.unit,
    paired.factor_date,
    paired.stage,
    paired.scope2_method,
    paired.market_basis,
    paired.factor_table,
    paired.factor_level,
    paired.factor_distance,
    paired.factor_id,
    paired.factor_row_id,
    case when paired.scope in ('1', '2', '3') then cast(paired.scope as integer) end as scope,
    paired.ghg_protocol_category,
    case
        when paired.row_iso_category is not null then paired.row_iso_category
        when paired.scope in ('1', '2') then cast(paired.scope as integer)
        when paired.scope = '3' then categories.iso_14064_category
    end as iso_14064_category,
    paired.gwp_set,
    paired.is_other_gwp_set,
    paired.unit_bridge,
    paired.factor_units,
    paired.line_failure as failure,
    {%- for gas in ['co2', 'ch4', 'n2o', 'hfcs', 'pfcs', 'sf6', 'nf3', 'unspecified', 'other_gases', 'biogenic_co2'] %}
    case when paired.line_failure is null then paired.{{ gas }} end as {{ gas }}{{ ',' if not loop.last }}
    {%- endfor %}
from paired
left join {{ ref('ghg_protocol_categories') }} as categories
    on paired.ghg_protocol_category = categories.ghg_protocol_category
