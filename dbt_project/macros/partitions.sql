{#-
  A table of many rows, of which partitions are left standing: those whose rows are made of the same as when they were made. Each is
  the rows of a month, of a facility, or of both (`meta.partitions`, in dbt_project.yml):

    partitions:
      month: period                       the column of the model that says the month, and
      facility: facility_id               the one that says the facility; either may be left out
      inputs:                             models that it reads, of which a partition reads the same partition alone
        int_activities: {month: [coverage_start, coverage_end], facility: facility_id}
        int_consolidation_shares: {facility: facility_id}

  An input that has one of the two touches all partitions of its month, or of its facility; one with a pair of days touches every month
  between them; whatever else the model reads touches all partitions. Views are read as they are: what reaches a row through
  them is seen where it arrives. Of an input may also be said:

    joined: {stg_current_submissions: load_id}    a model that touches only the rows of the input with its value of a column;
                                                  {column of the input: column of the model} where they are called differently
    columns: [target_scope2_method]               the only ones that the model may read of it

  `through: [int_line_factors]` names views that are seen through: inputs may be what they read.

  What each partition was made of and what it holds are two digests in the table `partitions.MODEL` of the work database. A partition
  stands where both are what they were; the others are deleted and made by the same query on no more than they read. Where most
  are others, or a row lies in a partition of which no input knows, the table is made whole.
-#}

{#- Brings a table up to date by partitions; the answer, or none where it is to be made whole. reads: as `made_of` has it. -#}
{% macro made_in_partitions(relation, select, query, meta) -%}
    {%- set names = partition_names(relation) -%}
    {%- if not told("select 1 from duckdb_schemas() where database_name = '" ~ target.database ~ "' and schema_name = 'partitions'") -%}
        {%- do told('create schema ' ~ names.schema) -%}
    {%- endif -%}
    {%- do told('create table if not exists ' ~ names.known ~ ' (month date, facility varchar, inputs varchar, contents varchar)') -%}
    {%- do told('create or replace temp table ' ~ names.inputs ~ ' as ' ~ partition_inputs(query, meta)) -%}
    {%- set is_there = told(
        "select 1 from duckdb_tables() where database_name = '" ~ relation.database ~ "' and schema_name = '" ~ relation.schema
        ~ "' and table_name = '" ~ relation.identifier ~ "'"
    ) -%}
    {%- if meta.is_rebuilt or not is_there or not told('select 1 from ' ~ names.known ~ ' limit 1') -%}
        {{ return(none) }}
    {%- endif -%}
    {%- do told(
        'create or replace temp table ' ~ names.changed ~ ' as'
        ~ ' select month, facility, coalesce(standing.rows, 0) as rows'
        ~ ' from ' ~ names.inputs ~ ' as inputs'
        ~ ' full join (' ~ partition_contents(relation, meta.partitions) ~ ') as standing using (month, facility)'
        ~ ' full join ' ~ names.known ~ ' as known using (month, facility)'
        ~ ' where inputs.inputs is distinct from known.inputs or standing.contents is distinct from known.contents'
    ) -%}
    {%- set changed = told(
        'select count(*), coalesce(sum(rows), 0), (select count(*) from ' ~ relation ~ '), (select count(*) from ' ~ names.inputs
        ~ ') from ' ~ names.changed
    )[0] -%}
    {%- if changed[0] == 0 -%}
        {{ return('KEPT') }}
    {%- endif -%}
    {%- if 2 * changed[1] > changed[2] or 2 * changed[0] > changed[3] -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set of_changed -%}
        ({{ partition_of(meta.partitions.get('month'), 'made') }}, {{ facility_of(meta.partitions.get('facility'), 'made') }})
        in (select (month, facility) from {{ names.changed }})
    {%- endset -%}
    {%- set limited = namespace(select=select) -%}
    {%- for input in meta.reads.partitioned -%}
        {%- do told('create or replace temp view "' ~ input.name ~ '" as ' ~ input_of_changed(input, names.changed)) -%}
        {%- set limited.select = limited.select | replace(input.relation, 'temp.main."' ~ input.name ~ '"') -%}
    {%- endfor -%}
    {%- do told('delete from ' ~ relation ~ ' as made where ' ~ of_changed) -%}
    {%- do run_main(
        'insert into ' ~ relation ~ ' select * from (\n' ~ limited.select ~ '\n) as made where ' ~ of_changed
        ~ (' order by ' ~ meta.ordered_by if meta.get('ordered_by') else '')
    ) -%}
    {%- for input in meta.reads.partitioned -%}
        {%- do told('drop view temp.main."' ~ input.name ~ '"') -%}
    {%- endfor -%}
    {%- do told('delete from ' ~ names.known ~ ' where (month, facility) in (select (month, facility) from ' ~ names.changed ~ ')') -%}
    {%- do told(
        'insert into ' ~ names.known ~ ' select month, facility, inputs.inputs, made.contents from ' ~ names.inputs ~ ' as inputs'
        ~ ' inner join ' ~ names.changed ~ ' as changed using (month, facility)'
        ~ ' left join (' ~ partition_contents(relation, meta.partitions, of_changed) ~ ') as made using (month, facility)'
    ) -%}
    {{ return('MADE ' ~ changed[0] ~ ' OF ' ~ changed[3] ~ ' PARTITIONS') }}
{%- endmacro %}

{#- Writes down what the partitions of a table that was made whole are made of; nothing where a row lies in none of them. -#}
{% macro know_partitions(relation, meta) -%}
    {%- set names = partition_names(relation) -%}
    {%- do told(
        'create or replace table ' ~ names.known ~ ' as'
        ~ ' with made as (' ~ partition_contents(relation, meta.partitions) ~ ')'
        ~ ' select month, facility, inputs.inputs, made.contents from ' ~ names.inputs ~ ' as inputs'
        ~ ' left join made using (month, facility)'
        ~ ' where not exists (select 1 from made where (month, facility) not in (select (month, facility) from ' ~ names.inputs ~ '))'
    ) -%}
{%- endmacro %}

{#- A table that is made whole without being asked for its partitions: what was written down of them holds no longer. -#}
{% macro forget_partitions(relation) -%}
    {%- do told('drop table if exists ' ~ partition_names(relation).known) -%}
{%- endmacro %}

{#- Whether this build has written down what the partitions of a model hold. Where it has, its rows need not be digested again. -#}
{% macro partitions_are_known(name) -%}
    {%- set table = told(
        "select 1 from duckdb_tables() where database_name = '" ~ target.database ~ "' and schema_name = 'partitions' and table_name = '" ~ name ~ "'"
    ) -%}
    {{ return(table != [] and told('select 1 from ' ~ partition_names({'identifier': name}).known ~ ' limit 1') != []) }}
{%- endmacro %}

{#- An expression for a digest of a table. reads: as `made_of` has it. -#}
{% macro digest_of_table(name, reads) -%}
    {%- set model = name.split('.')[2] -%}
    {%- if name in reads.in_partitions and partitions_are_known(model) -%}
        (
            select md5(string_agg(concat_ws(' ', month, facility, contents), '|' order by month, facility))
            from {{ partition_names({'identifier': model}).known }}
        )
    {%- else -%}
        ({{ digest_of_rows(name) }})
    {%- endif -%}
{%- endmacro %}

{% macro partition_names(relation) -%}
    {%- set schema = '"' ~ target.database ~ '"."partitions"' -%}
    {{ return({
        'schema': schema,
        'known': schema ~ '."' ~ relation.identifier ~ '"',
        'inputs': 'temp.main."inputs of ' ~ relation.identifier ~ '"',
        'changed': 'temp.main."changed of ' ~ relation.identifier ~ '"',
    }) }}
{%- endmacro %}

{#- The month that a day of a row lies in; days that are not known are of a month of their own, and so are facilities. -#}
{% macro partition_of(day, alias) -%}
    {{- "coalesce(cast(date_trunc('month', " ~ alias ~ '.' ~ day ~ ") as date), date '0001-01-01')" if day else "date '0001-01-01'" -}}
{%- endmacro %}

{% macro facility_of(column, alias) -%}
    {{- "coalesce(" ~ alias ~ '.' ~ column ~ ", '')" if column else "''" -}}
{%- endmacro %}

{#- One row per partition of a table: its number of rows and a digest of them. -#}
{% macro partition_contents(relation, partitions, condition=none) -%}
    select
        {{ partition_of(partitions.get('month'), 'made') }} as month,
        {{ facility_of(partitions.get('facility'), 'made') }} as facility,
        count(*) as rows,
        md5(concat_ws('|', count(*), sum(hash(hash(made))))) as contents
    from {{ relation }} as made
    {{ 'where ' ~ condition if condition }}
    group by all
{%- endmacro %}

{#- One row per partition: a digest of its query, the version of the project and all that it reads. -#}
{% macro partition_inputs(query, meta) -%}
    {%- set whole = ["'" ~ local_md5(query) ~ "'", "'" ~ meta.reads.version ~ "'"] -%}
    {%- for name in meta.reads.whole -%}
        {%- do whole.append(digest_of_table(name, meta.reads)) -%}
    {%- endfor -%}
    {%- set of_all = told("select md5(concat_ws('|', " ~ whole | join(', ') ~ '))')[0][0] -%}
    {%- set keyed = ['month', 'facility'] | select('in', meta.partitions) | list -%}
    with
    {%- for input in meta.reads.partitioned %}
    {%- set days = [input.month, input.month] if input.month is string else input.month %}

    "of {{ input.name }}" as (
        {%- if input.is_written_down and partitions_are_known(input.name) %}

        select month, facility, contents as digest
        from {{ partition_names({'identifier': input.name}).known }}
        where contents is not null
        {%- else %}

        select
            month,
            facility,
            md5(concat_ws('|', sum(rows), sum(digest))) as digest
        from (
            select
                {%- if days %}
                unnest(case
                    when first_month < last_month then generate_series(first_month, last_month, interval 1 month)
                    else [first_month]
                end)::date as month,
                {%- else %}
                first_month as month,
                {%- endif %}
                facility, rows, digest
            from (
                select
                    {{ partition_of(days[0] if days, 'rows_of_it') }} as first_month,
                    {{ partition_of(days[1] if days, 'rows_of_it') }} as last_month,
                    {{ facility_of(input.facility, 'rows_of_it') }} as facility,
                    count(*) as rows,
                    sum(hash(hash({{ columns_of(input, 'rows_of_it') }}){% for joined in input.joined %}, hash(joined_{{ loop.index }}){% endfor %})) as digest
                from {{ input.relation }} as rows_of_it
                {%- for joined in input.joined %}
                left join {{ joined.relation }} as joined_{{ loop.index }}
                    on rows_of_it.{{ joined.column }} = joined_{{ loop.index }}.{{ joined.of }}
                {%- endfor %}
                group by all
            )
        )
        group by month, facility
        {%- endif %}

    ),
    {%- endfor %}

    partitions as (
        {%- for input in meta.reads.partitioned if keyed | reject('in', input.keys()) | list == [] %}
        select month, facility from "of {{ input.name }}"
        {{ 'union' if not loop.last }}
        {%- endfor %}
    )

    select
        partitions.month,
        partitions.facility,
        md5(concat_ws('|', '{{ of_all }}'
        {%- for input in meta.reads.partitioned -%}
            , coalesce("of {{ input.name }}".digest, '')
        {%- endfor -%}
        )) as inputs
    from partitions
    {%- for input in meta.reads.partitioned %}
    left join "of {{ input.name }}"
        on true
        {%- for key in keyed if input.get(key) %}
        and partitions.{{ key }} = "of {{ input.name }}".{{ key }}
        {%- endfor %}
    {%- endfor %}
{%- endmacro %}

{#- The rows of an input that changed partitions may read; more do no harm, and where there are many facilities all are taken. -#}
{% macro input_of_changed(input, changed) -%}
    {%- set conditions = [] -%}
    {%- set days = [input.month, input.month] if input.month is string else input.month -%}
    {%- if days -%}
        {%- set months = told('select distinct month from ' ~ changed ~ ' order by month') | map('first') | list -%}
        {%- set known = "rows_of_it." ~ days[1] ~ " >= date '" ~ months[0] ~ "' and rows_of_it." ~ days[0]
            ~ " <= last_day(date '" ~ months[-1] ~ "')" -%}
        {%- if days[0] == days[1] -%}
            {%- set known = known ~ " and date_trunc('month', rows_of_it." ~ days[0] ~ ") in (date '" ~ (months | join("', date '")) ~ "')" -%}
        {%- endif -%}
        {%- do conditions.append('(' ~ known ~ ' or rows_of_it.' ~ days[0] ~ ' is null or rows_of_it.' ~ days[1] ~ ' is null)') -%}
    {%- endif -%}
    {%- if input.facility -%}
        {%- set facilities = told('select distinct facility from ' ~ changed ~ ' limit 101') | map('first') | list -%}
        {%- if facilities | length <= 100 -%}
            {%- set quoted = [] -%}
            {%- for facility in facilities -%}
                {%- do quoted.append("'" ~ (facility | replace("'", "''")) ~ "'") -%}
            {%- endfor -%}
            {%- do conditions.append('(rows_of_it.' ~ input.facility ~ ' in (' ~ (quoted | join(', ')) ~ ') or rows_of_it.' ~ input.facility ~ ' is null)') -%}
        {%- endif -%}
    {%- endif -%}
    select {{ columns_of(input) or '*' }} from {{ input.relation }} as rows_of_it {{ 'where ' ~ (conditions | join(' and ')) if conditions }}
{%- endmacro %}

{#- The columns that may be read of an input; none where all may. -#}
{% macro columns_of(input, whole='') -%}
    {{ return(('rows_of_it.' ~ (input.columns | join(', rows_of_it.'))) if input.columns else whole) }}
{%- endmacro %}

{#- A query that can read no other columns of its inputs than are said. -#}
{% macro of_columns_told(select, reads) -%}
    {%- set told = namespace(select=select) -%}
    {%- for input in reads.partitioned if input.columns -%}
        {%- set told.select = told.select | replace(
            input.relation, '(select ' ~ columns_of(input) ~ ' from ' ~ input.relation ~ ' as rows_of_it)'
        ) -%}
    {%- endfor -%}
    {{ return(told.select) }}
{%- endmacro %}
