{#-
  kg CO2e per kg of methane and of nitrous oxide in the organisation's GWP set, in one row: ch4, ch4_fossil, ch4_nonfossil, n2o.
  AR6 states methane apart by origin and the GHG Protocol follows it; the earlier sets have one value for all.
-#}
{% macro methane_and_nitrous_oxide_gwp() -%}
    select
        max(case when gas = 'CH4' then gwp end) as ch4,
        coalesce(
            max(case when gas = 'CH4_fossil' and gwp_set = 'AR6' then gwp end), max(case when gas = 'CH4' then gwp end)
        ) as ch4_fossil,
        coalesce(
            max(case when gas = 'CH4_nonfossil' and gwp_set = 'AR6' then gwp end), max(case when gas = 'CH4' then gwp end)
        ) as ch4_nonfossil,
        max(case when gas = 'N2O' then gwp end) as n2o
    from {{ ref('int_gas_gwp') }}
{%- endmacro %}
