-- One row per month, facility, activity type, factor and whatever else tells emission lines apart but the delivered row: what those lines
-- add up to. Marts that add lines up read these, of which there are far fewer.
{{ config(meta={'by_years_of': 'emissions'}) }}
{%- set texts = [
    'facility_id', 'activity_type', 'source_class', 'stage', 'scope2_method', 'market_basis', 'instrument_id', 'unit', 'factor_id',
    'factor_row_id', 'factor_table', 'factor_level', 'unit_bridge', 'boundary_route', 'data_quality'
] %}
{%- set others = [
    'period', 'scope', 'ghg_protocol_category', 'iso_14064_category', 'factor_kgco2e_per_unit', 'consolidation_share'
] %}
{%- set kilograms = [
    'gross_co2e_kg', 'co2e_kg', 'co2_kg', 'ch4_kg_co2e', 'n2o_kg_co2e', 'hfcs_kg_co2e', 'pfcs_kg_co2e', 'sf6_kg_co2e', 'nf3_kg_co2e',
    'co2e_unspecified_kg'
] %}
select
    {%- for column in others %}
    {{ column }},
    {%- endfor %}
    {%- for column in texts %}
    cast({{ column }} as string) as {{ column }},
    {%- endfor %}
    cast(sum(quantity) as decimal(28, 6)) as quantity,
    -- With the share that the organisation accounts for, rounded line by line.
    cast(sum(case
        when consolidation_share = 1 then cast(quantity as decimal(28, 6))
        else cast(quantity * consolidation_share as decimal(28, 6))
    end) as decimal(28, 6)) as accounted_quantity,
    {%- for column in kilograms %}
    cast(sum({{ column }}) as decimal(38, 18)) as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ ref('emissions') }}
group by {{ (others + texts) | join(', ') }}
