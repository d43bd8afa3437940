{#-
  A table by one statement, where nothing of the name is: each build begins with an empty catalogue and empty folders
  (orchestration/spark.py). The contract is held where the rows are read back, in materializations.sql. A view is a table
  too: Spark writes a view out in each query that reads it, and plans views that read views for longer than it computes
  them. In the release it is a view.
-#}
{% materialization table, adapter="spark" -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {% do run_main('create table ' ~ target_relation ~ ' using parquet as\n' ~ compiled_code) %}
    {{ return({'relations': [target_relation]}) }}
{%- endmaterialization %}

{% materialization view, adapter="spark" -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {% do run_main('create table ' ~ target_relation ~ ' using parquet as\n' ~ compiled_code) %}
    {{ return({'relations': [target_relation]}) }}
{%- endmaterialization %}

{#-
  dbt's own words for dates as Spark has them: the adapter's are sums of seconds since 1970, which Spark does not cast under ANSI rules.
  All are of dates.
-#}
{% macro spark__dateadd(datepart, interval, from_date_or_timestamp) -%}
    {%- if datepart == 'day' -%} date_add({{ from_date_or_timestamp }}, cast({{ interval }} as integer))
    {%- elif datepart in ('month', 'year') -%}
        add_months({{ from_date_or_timestamp }}, cast({{ '12 * (' ~ interval ~ ')' if datepart == 'year' else interval }} as integer))
    {%- else -%} {{ exceptions.raise_compiler_error('No ' ~ datepart ~ ' of dates') }}
    {%- endif -%}
{%- endmacro %}

{% macro spark__datediff(first_date, second_date, datepart) -%}
    {%- set years = '(year(' ~ second_date ~ ') - year(' ~ first_date ~ '))' -%}
    {%- if datepart == 'day' -%} datediff({{ second_date }}, {{ first_date }})
    {%- elif datepart == 'month' -%} ({{ years }} * 12 + month({{ second_date }}) - month({{ first_date }}))
    {%- elif datepart == 'year' -%} {{ years }}
    {%- else -%} {{ exceptions.raise_compiler_error('No ' ~ datepart ~ ' between dates') }}
    {%- endif -%}
{%- endmacro %}
