{#- Whether a dimension of int_units is a currency: ISO 4217 codes are the only dimensions in capitals. -#}
{% macro is_money(dimension) -%}
    coalesce(length({{ dimension }}) = 3 and upper({{ dimension }}) = {{ dimension }}, false)
{%- endmacro %}
