{#- Lists, and texts made of several rows: what DuckDB and Spark say in words of their own. -#}

{#- The texts of a group behind each other, in an order, without those that are NULL; NULL where all are. -#}
{% macro texts_together(text, separator, order_by) -%}
    {{ return(adapter.dispatch('texts_together', 'helioledger')(text, separator, order_by)) }}
{%- endmacro %}

{% macro default__texts_together(text, separator, order_by) -%}
    string_agg({{ text }}, '{{ separator }}' order by {{ order_by }})
{%- endmacro %}

{% macro spark__texts_together(text, separator, order_by) -%}
    listagg({{ text }}, '{{ separator }}') within group (order by {{ order_by }})
{%- endmacro %}

{#- The different texts of a group, each once, in their own order. -#}
{% macro different_texts(text, separator=';') -%}
    {{ return(adapter.dispatch('different_texts', 'helioledger')(text, separator)) }}
{%- endmacro %}

{% macro default__different_texts(text, separator) -%}
    string_agg(distinct {{ text }}, '{{ separator }}' order by {{ text }})
{%- endmacro %}

{% macro spark__different_texts(text, separator) -%}
    case when count({{ text }}) > 0 then array_join(array_sort(collect_set({{ text }})), '{{ separator }}') end
{%- endmacro %}

{#- A text as a literal. -#}
{% macro text_literal(text) -%} {{ return(adapter.dispatch('text_literal', 'helioledger')(text)) }} {%- endmacro %}

{% macro default__text_literal(text) -%} '{{ text | replace("'", "''") }}' {%- endmacro %}

{#- A quote in a text cannot be written where backslashes are letters. -#}
{% macro spark__text_literal(text) -%} '{{ text | replace("'", "' || chr(39) || '") }}' {%- endmacro %}

{#- The values of a group as a list, in an order. -#}
{% macro values_in_order(value, order_by) -%}
    {{ return(adapter.dispatch('values_in_order', 'helioledger')(value, order_by)) }}
{%- endmacro %}

{% macro default__values_in_order(value, order_by) -%} list({{ value }} order by {{ order_by }}) {%- endmacro %}

{% macro spark__values_in_order(value, order_by) -%}
    transform(array_sort(collect_list(struct({{ order_by }} as place, {{ value }} as value))), pair -> pair.value)
{%- endmacro %}

{#- The value at a place of a list, from 1; NULL beyond its end. -#}
{% macro value_at(list, place) -%} {{ return(adapter.dispatch('value_at', 'helioledger')(list, place)) }} {%- endmacro %}

{% macro default__value_at(list, place) -%} list_extract({{ list }}, {{ place }}) {%- endmacro %}

{% macro spark__value_at(list, place) -%} try_element_at({{ list }}, {{ place }}) {%- endmacro %}

{#- The parts of a text between separators, each in a row of its own. separator: one character. -#}
{% macro rows_of_text(text, separator=';') -%}
    {{ return(adapter.dispatch('rows_of_text', 'helioledger')(text, separator)) }}
{%- endmacro %}

{% macro default__rows_of_text(text, separator) -%} unnest(string_split({{ text }}, '{{ separator }}')) {%- endmacro %}

{% macro spark__rows_of_text(text, separator) -%} explode(split({{ text }}, '[{{ separator }}]')) {%- endmacro %}

{#- All columns of a relation but some. -#}
{% macro all_columns_but(columns, relation=none) -%}
    {{ return(adapter.dispatch('all_columns_but', 'helioledger')(columns, relation)) }}
{%- endmacro %}

{% macro default__all_columns_but(columns, relation) -%}
    {{ relation ~ '.' if relation }}* exclude ({{ columns | join(', ') }})
{%- endmacro %}

{% macro spark__all_columns_but(columns, relation) -%}
    {{ relation ~ '.' if relation }}* except ({{ columns | join(', ') }})
{%- endmacro %}

{#- The smallest value of a list. -#}
{% macro smallest_of(list) -%} {{ return(adapter.dispatch('smallest_of', 'helioledger')(list)) }} {%- endmacro %}

{% macro default__smallest_of(list) -%} list_min({{ list }}) {%- endmacro %}

{% macro spark__smallest_of(list) -%} array_min({{ list }}) {%- endmacro %}

{#- Whether a part of a text matches a regular expression. -#}
{% macro matches(text, pattern) -%} {{ return(adapter.dispatch('matches', 'helioledger')(text, pattern)) }} {%- endmacro %}

{% macro default__matches(text, pattern) -%} regexp_matches({{ text }}, '{{ pattern }}') {%- endmacro %}

{% macro spark__matches(text, pattern) -%} regexp_like({{ text }}, '{{ pattern }}') {%- endmacro %}
