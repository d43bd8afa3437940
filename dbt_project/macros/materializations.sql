{#-
  A table, put in place of the former one by one statement: a query that fails leaves the former rows (of tables that are made
  by parts, or before their many rows come, what has come; nothing of such a build is published). The
  adapter's own materialization makes a second table, renames both and drops one, and has DuckDB plan a contracted
  model twice; for a hundred small models that is most of what a run costs.

  Nothing asks what stood there before: what was a view is dropped before a build (orchestration/transformation.py). A
  contract is held on the table that was made: names and types as declared, and no NULL where none may be. Hooks, grants,
  indexes and foreign keys, which this project does not use, are left out.

  A table of many rows that would come out as it stands is left standing (`made_of`), or those of its partitions that would
  (partitions.sql).
-#}
{% materialization table, adapter="duckdb" -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set is_contracted = config.get('contract').enforced -%}
    {%- set meta = config.get('meta', {}) -%}
    {%- set made_in = var('made_in', none) -%}
    {%- set rows = 'select * from ' ~ made_elsewhere(made_in) if made_in else compiled_code -%}
    {%- set select = get_select_subquery(rows) if is_contracted else rows -%}
    {%- if meta.by_years_of and not made_in -%}
        {%- set select = of_each_year(select, meta.by_years_of) -%}
    {%- endif -%}
    {%- set is_kept = meta.is_kept and meta.reads and are_many(meta.reads) -%}
    {%- set in_partitions = is_kept and meta.partitions and not meta.enumerated -%}
    {%- if in_partitions -%}
        {%- set brought_up = made_in_partitions(target_relation, select, compiled_code, meta) -%}
        {%- if brought_up -%}
            {%- if is_contracted and brought_up != 'KEPT' -%}
                {% do hold_contract(target_relation, compared='in order') %}
            {%- endif -%}
            {%- do store_result('main', response=brought_up, agate_table=none) -%}
            {{ return({'relations': [target_relation]}) }}
        {%- endif -%}
    {%- endif -%}
    {%- if meta.partitions and meta.reads and not (is_kept or meta.enumerated) -%}
        {%- do forget_partitions(target_relation) -%}
    {%- endif -%}
    {%- set place = place_of(target_relation, meta) -%}
    {%- if meta.enumerated and place.is_of_many -%}
        {%- if not place.is_view -%}
            {%- do told('drop table if exists ' ~ target_relation) -%}
        {%- endif -%}
        {%- set made = made_by_year(target_relation, select, compiled_code, meta) -%}
        {%- if is_contracted -%}
            {% do hold_contract(target_relation, compared='in order', stored=made) %}
        {%- endif -%}
        {{ return({'relations': [target_relation]}) }}
    {%- endif -%}
    {%- if place.is_view -%}
        {%- do told('drop view ' ~ target_relation) -%}
        {%- do drop_years(target_relation, dict(years_of(target_relation))) -%}
    {%- endif -%}
    {%- set inputs = made_of(meta.reads, compiled_code) if is_kept and not in_partitions and not meta.enumerated else none -%}
    {%- if inputs and not meta.is_rebuilt and stands_as_made(target_relation, inputs) -%}
        {%- do store_result('main', response='KEPT', agate_table=none) -%}
        {{ return({'relations': [target_relation]}) }}
    {%- endif -%}
    {%- set has_place = meta.identities and (inputs or in_partitions) -%}
    {%- if has_place -%}
        {%- do told(empty_table(target_relation, told('describe ' ~ select), meta.identities)) -%}
    {%- endif -%}
    {%- set query -%}
        {{ 'insert into ' ~ target_relation if has_place else 'create or replace table ' ~ target_relation ~ ' as' }}
        {{ select }}
        {%- if meta.get('ordered_by') %}
        order by {{ meta.ordered_by }}
        {%- endif %}
    {%- endset -%}
    {% do run_main(query) %}
    {%- if is_contracted -%}
        {% do hold_contract(target_relation, compared='in order') %}
    {%- endif -%}
    {%- if inputs -%}
        {%- do told('comment on table ' ~ target_relation ~ " is '" ~ inputs ~ ' ' ~ contents_of(target_relation) ~ "'") -%}
    {%- endif -%}
    {%- if in_partitions -%}
        {%- do know_partitions(target_relation, meta) -%}
    {%- endif -%}
    {{ return({'relations': [target_relation]}) }}
{%- endmaterialization %}

{#-
  The statement that makes a table for many rows to come, whose identities are written as they are: of every column of text
  DuckDB looks for a dictionary first, which is two thirds of the time of writing one in which no two rows are equal.
  columns: name and type first; identities: names of those of which hardly any two rows hold the same; enumerations: the
  types of those of few values, by name. These, and others of which a row mostly holds what the one before it does (in_runs),
  are written as runs at once: DuckDB mostly comes to that by itself, after trying others.
-#}
{% macro empty_table(relation, columns, identities, enumerations={}, in_runs=[]) -%}
    create or replace table {{ relation }} (
        {%- for column in columns %}
        "{{ column[0] }}" {{ enumerations.get(column[0], column[1]) }}
        {{- ' using compression uncompressed' if column[0] in identities }}
        {{- ' using compression rle' if column[0] in enumerations or column[0] in in_runs }}{{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{#- Of a model that may be stored by years, by one statement: whether so many rows are to come, and whether a view stands in its place. -#}
{% macro place_of(relation, meta) -%}
    {%- set found = told(
        "select 'many' where (select count(*) from " ~ meta.in_parts_of ~ ') >= '
        ~ var('many_rows', meta.reads.least if meta.reads else 100000)
        ~ " union all select 'view' from duckdb_views() where database_name = '" ~ relation.database ~ "' and schema_name = '"
        ~ relation.schema ~ "' and view_name = '" ~ relation.identifier ~ "'"
    ) | map('first') | list if meta.enumerated else [] -%}
    {{ return({'is_of_many': 'many' in found, 'is_view': 'view' in found}) }}
{%- endmacro %}

{#- The rows of this model as another engine made them (orchestration/spark.py): Parquet in a folder. -#}
{% macro made_elsewhere(folder) -%}
    read_parquet('{{ (folder ~ '/' ~ this.schema ~ '/' ~ this.identifier) | replace("'", "''") }}/*.parquet')
{%- endmacro %}

{#-
  What a table that may be left standing is made of: one digest of its query, the version of the project and the rows of all
  tables that it reads, views among them seen through. reads: their names, and the version, as orchestration/transformation.py
  tells them of a whole build.

  Such a table says in its comment what it was made of and what it holds. A table that is made again has no comment until its
  digest is known, so that none is taken for another. What a table holds that stands in this build is known by then: its
  comment was written, or compared with its rows, in this build.
-#}
{% macro made_of(reads, query) -%}
    {%- set known = {} -%}
    {%- for name, comment in tables_of(reads, 'comment') if comment and name in reads.kept -%}
        {%- do known.update({name: "'" ~ comment.split(' ')[1] ~ "'"}) -%}
    {%- endfor -%}
    {%- set digests = [] -%}
    {%- for name in reads.tables -%}
        {%- do digests.append(known.get(name) or digest_of_table(name, reads)) -%}
    {%- endfor -%}
    {{ return(told("select md5(concat_ws('|', '" ~ local_md5(query) ~ "', '" ~ reads.version ~ "', " ~ (digests | join(', ')) ~ '))')[0][0]) }}
{%- endmacro %}

{#- Whether so many rows are read that to ask whether a table may stand costs less than to make it. -#}
{% macro are_many(reads) -%}
    {{ return((tables_of(reads, 'estimated_size') | sum(attribute=1)) >= reads.least) }}
{%- endmacro %}

{#- The tables that are read, by name, with what DuckDB says of each. -#}
{% macro tables_of(reads, column) -%}
    {{ return(told(
        "select database_name || '.' || schema_name || '.' || table_name, " ~ column ~ " from duckdb_tables()"
        ~ " where database_name || '.' || schema_name || '.' || table_name in ('" ~ (reads.tables | join("', '")) ~ "')"
    )) }}
{%- endmacro %}

{#- Whether a table was made of these inputs, and still holds what it held then. -#}
{% macro stands_as_made(relation, inputs) -%}
    {%- set found = told(
        "select comment from duckdb_tables() where database_name = '" ~ relation.database ~ "' and schema_name = '"
        ~ relation.schema ~ "' and table_name = '" ~ relation.identifier ~ "' and starts_with(comment, '" ~ inputs ~ " ')"
    ) -%}
    {{ return(found != [] and found[0][0] == inputs ~ ' ' ~ contents_of(relation)) }}
{%- endmacro %}

{% macro contents_of(relation) -%}
    {{ return(told(digest_of_rows(relation))[0][0]) }}
{%- endmacro %}

{#- A digest of the rows of a table in any order. A row's hash is hashed again: what DuckDB makes of several columns is too
    regular to be added up. -#}
{% macro digest_of_rows(relation) -%}
    select md5(concat_ws('|', count(*), sum(hash(hash(rows_of_it))))) from {{ relation }} as rows_of_it
{%- endmacro %}

{#- The rows of a statement, without dbt's table of them. -#}
{% macro told(statement) -%}
    {%- set _, found = adapter.add_query(statement, auto_begin=False) -%}
    {{ return(found.fetchall()) }}
{%- endmacro %}

{#- A view, likewise by one statement. -#}
{% materialization view, adapter="duckdb" -%}
    {%- set target_relation = this.incorporate(type='view') -%}
    {% do run_main('create or replace view ' ~ target_relation ~ ' as (\n' ~ compiled_code ~ '\n)') %}
    {%- if config.get('contract').enforced -%}
        {% do hold_contract(target_relation) %}
    {%- endif -%}
    {{ return({'relations': [target_relation]}) }}
{%- endmaterialization %}

{#-
  A seed, read by DuckDB in one statement, with the types of _seeds.yml, which names every column in the order of the file
  (a test holds that). dbt's own reads each file in Python first, to guess types that are all declared.
-#}
{% materialization seed, adapter="duckdb" -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set query -%}
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
    {%- endset -%}
    {% do store_result('agate_table', response='OK') %}
    {% do run_main(query) %}
    {{ return({'relations': [target_relation]}) }}
{%- endmaterialization %}

{#- Runs the statement that dbt takes a node's result from. dbt's own `statement` writes it into a file as well. -#}
{% macro run_main(query) -%}
    {%- if pre_hooks or post_hooks -%}
        {%- do exceptions.raise_compiler_error('The materializations of this project run no hooks.') -%}
    {%- endif -%}
    {%- set response, table = adapter.execute(query) -%}
    {%- do store_result('main', response=response, agate_table=table) -%}
{%- endmacro %}

{#- Stops a model whose columns are not those of its contract, by name and type, or that holds a NULL where none may be.
    stored: the tables that its rows stand in, where it is a view of them. -#}
{% macro hold_contract(relation, compared='by name', stored=none) -%}
    {%- set declared, required = [], [] -%}
    {%- for column in model.columns.values() -%}
        {%- set type = column.data_type | upper -%}
        {%- do declared.append(column.name ~ ' ' ~ ('VARCHAR' if type in ('STRING', 'TEXT') else type)) -%}
        {%- if column.constraints | selectattr('type', 'equalto', 'not_null') | list -%}
            {%- do required.append(column.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set _, found = adapter.add_query(
        "select column_name || ' ' || column_type from (describe " ~ relation ~ ')', auto_begin=False
    ) -%}
    {%- set found = found.fetchall() | map('first') | list -%}
    {%- if found != declared and (compared == 'in order' or found | sort != declared | sort) -%}
        {%- do exceptions.raise_compiler_error(
            relation.identifier ~ ' has other columns than its contract. Only by contract: '
            ~ (declared | reject('in', found) | join(', ')) ~ '; only in the model: '
            ~ (found | reject('in', declared) | join(', '))
        ) -%}
    {%- endif -%}
    {%- for table in ([relation] if stored is none else stored) if required and relation.is_table -%}
        {%- set counts = told('select count(*), count(' ~ (required | join('), count(')) ~ ') from ' ~ table)[0] -%}
        {%- for column in required -%}
            {%- if counts[loop.index] != counts[0] -%}
                {%- do exceptions.raise_compiler_error(
                    relation.identifier ~ '.' ~ column ~ ' is not_null by contract and holds '
                    ~ (counts[0] - counts[loop.index]) ~ ' NULL(s)'
                ) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}

{#- A test, which keeps no rows that it found and counts them: `limit`, `where` and what it finds as dbt's own takes them. -#}
{% materialization test, adapter="duckdb" -%}
    {%- if should_store_failures() -%}
        {%- do exceptions.raise_compiler_error('Tests of this project store no rows.') -%}
    {%- endif -%}
    {%- set query = get_test_sql(
        sql, config.get('fail_calc'), config.get('warn_if'), config.get('error_if'), config.get('limit')
    ) -%}
    {%- set response, table = adapter.execute(query, fetch=true) -%}
    {%- do store_result('main', response=response, agate_table=table) -%}
    {{ return({'relations': []}) }}
{%- endmaterialization %}
