{#- What a published figure is called: scope_2_market, scope_3_category_1, facility:PLANT-1:scope_1, reported:scope_1. -#}
{% macro figure_name(scope, scope2_method, category, facility_id, basis) -%}
    concat_ws(
        ':',
        case when {{ basis }} = 'reported' then 'reported' end,
        case when {{ facility_id }} is not null then 'facility:' || {{ facility_id }} end,
        concat_ws(
            '_', 'scope', cast({{ scope }} as string), {{ scope2_method }},
            case when {{ category }} is not null then 'category_' || cast({{ category }} as string) end
        )
    )
{%- endmacro %}
