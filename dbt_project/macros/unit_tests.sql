{#-
  The rows of a unit test's input, with all columns of the table that it stands for. dbt's own spells every column of every row
  out, by a macro each; DuckDB fills them in by name.
-#}
{% macro get_fixture_sql(rows, column_name_to_data_types) -%}
    {%- set types = {} -%}
    {%- for column in adapter.get_columns_in_relation(this) -%}
        {%- do types.update({column.name | lower: column.data_type}) -%}
    {%- endfor -%}
    {%- if not types -%}
        {%- do exceptions.raise_compiler_error("Input of a unit test: " ~ this ~ " does not exist") -%}
    {%- endif -%}
    (from {{ this }} limit 0)
    {%- for row in rows %}
    union all by name
    select {{ typed_cells(row, types, this) }}
    {%- endfor -%}
{%- endmacro %}

{#- The cells of a row of a unit test, each with the type of its column. -#}
{% macro typed_cells(row, types, relation) -%}
    {%- for column, value in row.items() -%}
        {%- if column | lower not in types -%}
            {%- do exceptions.raise_compiler_error(
                "Unit test: " ~ relation ~ " has no column " ~ column ~ ", but " ~ types.keys() | join(", ")
            ) -%}
        {%- endif -%}
        cast(
        {%- if value is string %}'{{ value | replace("'", "''") }}'{% else %}{{ "null" if value is none else value }}{% endif %} as {{ types[column | lower] }}) as "{{ column | lower }}"
        {{- ", " if not loop.last -}}
    {%- endfor -%}
{%- endmacro %}

{#- A unit test by one query and the question for its types; dbt's own makes and drops a table to learn them. -#}
{% materialization unit, adapter="duckdb" -%}
    {%- set types = {} -%}
    {%- for column in run_query("describe " ~ sql).rows -%}
        {%- do types.update({column["column_name"] | lower: column["column_type"]}) -%}
    {%- endfor -%}
    {%- set expected_rows = config.get("expected_rows") -%}
    {%- set tested = expected_rows[0].keys() if expected_rows else types.keys() -%}
    {%- set expected -%}
        {%- if config.get("expected_sql") -%}
            {{ config.get("expected_sql") }}
        {%- elif not expected_rows -%}
            select * from dbt_internal_unit_test_actual limit 0
        {%- else -%}
            {%- for row in expected_rows -%}
                select {{ typed_cells(row, types, "what is expected") }}
                {{- " union all " if not loop.last -}}
            {%- endfor -%}
        {%- endif -%}
    {%- endset -%}
    {%- set quoted = [] -%}
    {%- for column in tested -%}
        {%- do quoted.append('"' ~ column | lower ~ '"') -%}
    {%- endfor -%}
    {%- call statement("main", fetch_result=True) -%}
        {{ get_unit_test_sql(sql, expected, quoted) }}
    {%- endcall -%}
    {{ return({"relations": []}) }}
{%- endmaterialization %}
