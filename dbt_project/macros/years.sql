{#-
  A table of very many rows, stored as one table for each year of a day of its rows (`meta.parted_by`), in the schema
  `enumerated` of its database. Under the name of the model is a view of them all in which columns that hold few values
  (`meta.enumerated`: stored as enumerations) are text, so that nothing that reads it sees a difference. A year after the other, the
  rows stand in the order of `ordered_by`, which begins with that day.

  Sorting and writing enumerations and putting them into Parquet takes half the time and more, finding and casting the values
  included a quarter less. It pays for a table that is sorted and published, not for one that is only passed on
  (docs/performance.md).

  A whole build leaves a year standing that is made of the same as when it was made: of `meta.partitions` (partitions.sql; `by:
  year`), the digests of its months and facilities. Each table says in its comment what it was made of, the version
  of the project first, and none before its rows are whole. That it still holds them is asked of the file once, before a build (orchestration/integrity.py); a file that no
  publication has sealed is made anew.
-#}
{#- Brings the years up to date; the tables that were made. -#}
{% macro made_by_year(relation, select, query, meta) -%}
    {%- set stored = enumerated_relation(relation) -%}
    {%- set select = of_columns_told(select, meta.reads) if meta.reads else select -%}
    {%- set columns = told('describe ' ~ select) -%}
    {%- set known = years_made_of(query, meta) if meta.reads else {} -%}
    {%- do told('create schema if not exists ' ~ stored.include(identifier=false)) -%}
    {%- set standing = dict(years_of(relation)) -%}
    {%- set years = told(
        'select distinct year(' ~ meta.parted_by ~ ') as year from ' ~ meta.in_parts_of ~ ' where ' ~ meta.parted_by ~ ' is not null order by year'
    ) | map('first') | list -%}
    {%- set made = [] -%}
    {%- for year in years if meta.is_rebuilt or not known.get(year) or standing.get(year) != known[year] -%}
        {%- do made.append(year) -%}
    {%- endfor -%}
    {%- do drop_years(relation, standing.keys() | reject('in', years)) -%}
    {%- set enumerations = enumerations_of(select, meta, made) if made else {} -%}
    {%- set parts = parts_of(meta, made) if made else {} -%}
    {%- for year in made -%}
        {%- set table = year_of(stored, year) -%}
        {%- do told(empty_table(table, columns, meta.identities, enumerations.get(year, {}), meta.get('in_runs', []))) -%}
        {%- for first, last in parts[year] -%}
            {%- do run_main(
                'insert into ' ~ table ~ ' ' ~ in_enumerations(select, enumerations.get(year, {})) ~ ' where ' ~ meta.parted_by
                ~ " between '" ~ first ~ "' and '" ~ last ~ "' order by " ~ meta.ordered_by
            ) -%}
        {%- endfor -%}
        {%- if known.get(year) -%}
            {%- do told('comment on table ' ~ table ~ " is '" ~ known[year] ~ "'") -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set texts = [] -%}
    {%- for column in columns -%}
        {%- do texts.append(('cast("' ~ column[0] ~ '" as varchar) as ' if column[0] in meta.enumerated else '') ~ '"' ~ column[0] ~ '"') -%}
    {%- endfor -%}
    {%- set selects = [] -%}
    {%- for year in years -%}
        {%- do selects.append('select ' ~ (texts | join(', ')) ~ ' from ' ~ year_of(stored, year)) -%}
    {%- endfor -%}
    {%- do told('create or replace view ' ~ relation ~ ' as ' ~ (selects | join(' union all '))) -%}
    {%- do store_result('main', response='MADE ' ~ (made | length) ~ ' OF ' ~ (years | length) ~ ' YEARS' if made else 'KEPT', agate_table=none) -%}
    {%- set tables = [] -%}
    {%- for year in made -%}
        {%- do tables.append(year_of(stored, year)) -%}
    {%- endfor -%}
    {{ return(tables) }}
{%- endmacro %}

{#- The tables of a model's years: year, and what it was made of. -#}
{% macro years_of(relation) -%}
    {{ return(told(
        "select cast(split_part(table_name, ' ', 2) as bigint), comment from duckdb_tables() where database_name = '" ~ relation.database
        ~ "' and schema_name = 'enumerated' and starts_with(table_name, '" ~ relation.identifier ~ " ')"
    )) }}
{%- endmacro %}

{#- A query of such a table, by each of its years in turn (`meta.by_years_of`: a mart of which no row of the query reads two years):
    enumerations are grouped at half the cost of text. Where it is not stored by years, the query as it is. -#}
{% macro of_each_year(select, mart) -%}
    {%- set relation = api.Relation.create(database='release', schema='marts', identifier=mart) -%}
    {%- set selects = [] -%}
    {%- for year in dict(years_of(relation)) | sort -%}
        {%- do selects.append('select * from (' ~ select | replace(relation | string, year_of(enumerated_relation(relation), year) | string) ~ ')') -%}
    {%- endfor -%}
    {{ return(selects | join(' union all ') if selects else select) }}
{%- endmacro %}

{% macro drop_years(relation, years) -%}
    {%- for year in years -%}
        {%- do told('drop table ' ~ year_of(enumerated_relation(relation), year)) -%}
    {%- endfor -%}
{%- endmacro %}

{% macro enumerated_relation(relation) -%}
    {{ return(api.Relation.create(database=relation.database, schema='enumerated', identifier=relation.identifier, type='table')) }}
{%- endmacro %}

{#- No model is called so: the name says which mart a table is of, and of what year. -#}
{% macro year_of(stored, year) -%}
    {{ return(stored.incorporate(path={'identifier': stored.identifier ~ ' ' ~ year})) }}
{%- endmacro %}

{% macro in_years(column, years) -%}
    {%- for year in years -%}
        {{ column }} between date '{{ year }}-01-01' and date '{{ year }}-12-31'{{ ' or ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- By year, the first and last days of the parts in which it is made, each sorted within the memory: a table of many millions of rows
    that is sorted as a whole is written to the disk twice more. -#}
{% macro parts_of(meta, years) -%}
    {%- set day = meta.parted_by -%}
    {%- set parts = {} -%}
    {%- for year, first, last in told(
        'select year(' ~ day ~ '), min(' ~ day ~ '), max(' ~ day ~ ') from ('
        ~ ' select ' ~ day ~ ', (sum(count(*)) over (partition by year(' ~ day ~ ') order by ' ~ day ~ ') - 1) // '
        ~ var('rows_of_a_part', 1200000) ~ ' as part'
        ~ ' from ' ~ meta.in_parts_of ~ ' where ' ~ in_years(day, years) ~ ' group by ' ~ day
        ~ ') as counted group by year(' ~ day ~ '), part order by all'
    ) -%}
        {%- do parts.setdefault(year, []).append((first, last)) -%}
    {%- endfor -%}
    {{ return(parts) }}
{%- endmacro %}

{#- By year, a digest of all that its rows are made of. -#}
{% macro years_made_of(query, meta) -%}
    {{ return(dict(told(
        "select year(month), '" ~ meta.reads.version ~ " ' || md5(string_agg(concat_ws(' ', month, facility, inputs), '|' order by month, facility)) from ("
        ~ partition_inputs(query, meta) ~ ') as inputs group by year(month)'
    ))) }}
{%- endmacro %}

{#-
  By year, the types of its columns of few values. The values are those of the rows of the year, in the order of text: an
  enumeration is compared and sorted by its place in the list. So equal rows have equal types, whatever was there before.
  A column without values, or of too many, remains text; no literal may hold a character of number 0.
-#}
{% macro enumerations_of(select, meta, years, most=10000) -%}
    {%- set query -%}
        select
            year
            {%- for column in meta.enumerated %},
            case
                when len("{{ column }}") between 1 and {{ most }} and not contains(array_to_string("{{ column }}", ''), chr(0))
                    then 'enum(' || array_to_string(
                        list_transform("{{ column }}", lambda value: '''' || replace(value, '''', '''''') || ''''), ', '
                    ) || ')'
            end
            {%- endfor %}
        from (
            select
                year({{ meta.parted_by }}) as year
                {%- for column in meta.enumerated %},
                list_sort(list(distinct "{{ column }}") filter ("{{ column }}" is not null)) as "{{ column }}"
                {%- endfor %}
            from (
                {{ select }}
            ) as rows_to_come
            where {{ in_years(meta.parted_by, years) }}
            group by all
        ) as listed
    {%- endset -%}
    {%- set types = {} -%}
    {%- for found in told(query) -%}
        {%- set of_year = {} -%}
        {%- for column in meta.enumerated -%}
            {%- do of_year.update({column: found[loop.index]} if found[loop.index] else {}) -%}
        {%- endfor -%}
        {%- do types.update({found[0]: of_year}) -%}
    {%- endfor -%}
    {{ return(types) }}
{%- endmacro %}

{#- The rows of a query in the types in which they are stored: before they are sorted, which is then of narrower rows. -#}
{% macro in_enumerations(select, enumerations) -%}
    {%- set casts = [] -%}
    {%- for column, type in enumerations.items() -%}
        {%- do casts.append('cast("' ~ column ~ '" as ' ~ type ~ ') as "' ~ column ~ '"') -%}
    {%- endfor -%}
    select *{{ ' replace (' ~ (casts | join(', ')) ~ ')' if casts }} from (
        {{ select }}
    ) as rows_to_come
{%- endmacro %}
