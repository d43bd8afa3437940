{#-
  A table, put in place of the former one by one statement: a query that fails leaves the former rows. (One that is made in
  parts is half there then; nothing is published of a build that failed, and the next makes it anew.) The
  adapter's own materialization makes a second table, renames both and drops one, and has DuckDB plan a contracted
  model twice; for a hundred small models that is most of what a run costs.

  A contract is held as by the adapter: names and types by dbt's own comparison (on the table that was made, which
  is planned already), not_null by a count. Grants, indexes and foreign keys, which this project does not use, are left out.
-#}
{% materialization table, adapter="duckdb" -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing_relation = load_cached_relation(this) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- if existing_relation is not none and not existing_relation.is_table -%}
        {% do adapter.drop_relation(existing_relation) %}
    {%- endif -%}
    {%- set is_contracted = config.get('contract').enforced -%}
    {%- set meta = config.get('meta', {}) -%}
    {%- set select = get_select_subquery(compiled_code) if is_contracted else compiled_code -%}
    {% for part in parts_of(meta.get('in_parts_of'), meta.get('parted_by')) -%}
        {% call statement('main') -%}
            {{ 'create or replace table ' ~ target_relation ~ ' as' if loop.first else 'insert into ' ~ target_relation }}
            {%- if part %}
            select * from (
                {{ select }}
            ) as parted
            where {{ part }}
            {%- else %}
            {{ select }}
            {%- endif %}
            {%- if meta.get('ordered_by') %}
            order by {{ meta.ordered_by }}
            {%- endif %}
        {%- endcall %}
    {% endfor -%}
    {%- if is_contracted -%}
        {{ get_assert_columns_equivalent('select * from ' ~ target_relation) }}
        {% do hold_not_null(target_relation) %}
    {%- endif -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{%- endmaterialization %}

{#-
  Conditions by which a table of many rows is made part by part, each sorted within the memory; one that holds always where
  there are few. A table of many millions of rows that is sorted as a whole is written to the disk twice more.
  table: whose rows tell how many there will be, or none; column: by which the model is ordered first.
-#}
{% macro parts_of(table, column) -%}
    {%- set rows_of_a_part = 1200000 -%}
    {%- set parts = [none] -%}
    {%- if table -%}
        {%- set found = run_query(
            'select max(' ~ column ~ ') from ('
            ~ ' select ' ~ column ~ ', (sum(count(*)) over (order by ' ~ column ~ ') - 1) // ' ~ rows_of_a_part ~ ' as part'
            ~ ' from ' ~ table ~ ' group by ' ~ column
            ~ ') as counted group by part order by part'
        ).rows -%}
        {%- if found | length > 1 -%}
            {%- set last = found | map(attribute=0) | list -%}
            {%- set parts = [column ~ " <= '" ~ last[0] ~ "'"] -%}
            {%- for day in last[1:-1] -%}
                {%- do parts.append(column ~ " > '" ~ last[loop.index0] ~ "' and " ~ column ~ " <= '" ~ day ~ "'") -%}
            {%- endfor -%}
            {%- do parts.append(column ~ " > '" ~ last[-2] ~ "'") -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(parts) }}
{%- endmacro %}

{#- Stops a model whose contract says not_null of a column that holds a NULL. -#}
{% macro hold_not_null(relation) -%}
    {%- set required = [] -%}
    {%- for column in model.columns.values() if column.constraints | selectattr('type', 'equalto', 'not_null') | list -%}
        {%- do required.append(column.name) -%}
    {%- endfor -%}
    {%- if required -%}
        {%- set counted -%}
            select
                count(*) as rows_in_table,
                {%- for column in required %}
                count({{ column }}) as {{ column }}{{ ',' if not loop.last }}
                {%- endfor %}
            from {{ relation }}
        {%- endset -%}
        {%- set counts = run_query(counted).rows[0] -%}
        {%- for column in required -%}
            {%- set nulls = counts['rows_in_table'] - counts[column] -%}
            {%- if nulls -%}
                {%- do exceptions.raise_compiler_error(
                    relation.identifier ~ '.' ~ column ~ ' is not_null by contract and holds ' ~ nulls ~ ' NULL(s)'
                ) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{#-
  A view, put in place of the former one by one statement. The adapter's own makes a second view, renames both and drops one,
  in a transaction. The contract is held as that of a table; DuckDB keeps no not_null of a view.
-#}
{% materialization view, adapter="duckdb" -%}
    {%- set target_relation = this.incorporate(type='view') -%}
    {%- set existing_relation = load_cached_relation(this) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- if existing_relation is not none and not existing_relation.is_view -%}
        {% do adapter.drop_relation(existing_relation) %}
    {%- endif -%}
    {% call statement('main') -%}
        create or replace view {{ target_relation }} as (
            {{ compiled_code }}
        )
    {%- endcall %}
    {%- if config.get('contract').enforced -%}
        {{ get_assert_columns_equivalent('select * from ' ~ target_relation) }}
    {%- endif -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{%- endmaterialization %}

{#-
  A seed, read by DuckDB in one statement, with the types of _seeds.yml, which names every column in the order of the file
  (a test holds that). dbt's own reads each file in Python first, to guess types that are all declared.
-#}
{% materialization seed, adapter="duckdb" -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing_relation = load_cached_relation(this) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- if existing_relation is not none and not existing_relation.is_table -%}
        {% do adapter.drop_relation(existing_relation) %}
    {%- endif -%}
    {% do store_result('agate_table', response='OK') %}
    {% call statement('main') -%}
        create or replace table {{ target_relation }} as
        select *
        from read_csv(
            '{{ adapter.get_seed_file_path(model) | replace("'", "''") }}',
            auto_detect = false,
            header = true,
            delim = ',',
            quote = '"',
            escape = '"',
            columns = {
                {%- for column, type in config.get('column_types').items() %}
                '{{ column }}': '{{ type }}'{{ ',' if not loop.last }}
                {%- endfor %}
            }
        )
    {%- endcall %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{%- endmaterialization %}
