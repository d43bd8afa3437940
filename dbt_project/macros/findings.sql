{#-
  The values of one observation that its texts in seed finding_rules are filled with, as a JSON object of texts.
  values: {placeholder: SQL expression}. A NULL stays one: a text that names it is not made, which the contract of `findings`
  refuses.
-#}
{% macro finding_values(values) -%}
    {{ return(adapter.dispatch('finding_values', 'helioledger')(values)) }}
{%- endmacro %}

{% macro default__finding_values(values) -%}
    cast(json_object(
        {%- for name, value in values.items() %}
        '{{ name }}', cast({{ value }} as string){{ ',' if not loop.last }}
        {%- endfor %}
    ) as string)
{%- endmacro %}

{% macro spark__finding_values(values) -%}
    to_json(named_struct(
        {%- for name, value in values.items() %}
        '{{ name }}', cast({{ value }} as string){{ ',' if not loop.last }}
        {%- endfor %}
    ), map('ignoreNullFields', 'false'))
{%- endmacro %}

{#-
  A text of finding_rules with its {placeholders} filled from `parameters` (of finding_values), each once: braces in a value
  stay as they are. NULL where a placeholder has no value.
-#}
{% macro filled_text(text, parameters) -%}
    {{ return(adapter.dispatch('filled_text', 'helioledger')(text, parameters)) }}
{%- endmacro %}

{% macro default__filled_text(text, parameters) -%}
    list_reduce(
        list_prepend(
            string_split({{ text }}, '{')[1],
            list_transform(
                string_split({{ text }}, '{')[2:],
                lambda piece: json_extract_string({{ parameters }}, '$.' || split_part(piece, '}', 1))
                    || substr(piece, strpos(piece, '}') + 1)
            )
        ),
        lambda said, next: said || next
    )
{%- endmacro %}

{% macro spark__filled_text(text, parameters) -%}
    aggregate(
        transform(
            slice(split({{ text }}, '[{]'), 2, size(split({{ text }}, '[{]'))),
            piece -> get_json_object({{ parameters }}, concat('$.', substring_index(piece, '}', 1)))
                || substr(piece, locate('}', piece) + 1)
        ),
        element_at(split({{ text }}, '[{]'), 1),
        (said, next) -> said || next
    )
{%- endmacro %}
