{#-
  A mart keeps all of these rules; each row found names the rule and the column that broke, the row's key and what stood
  there. One test per mart, because what a test costs is dbt's own work, not the query. rules: a list of
    {unique: [columns]}                                     no two rows agree in all of them, NULL equalling NULL; the first
                                                            such rule is the key by which the others name a row;
    {not_null: column};
    {accepted_values: column, values: [...]}                nothing else but NULL;
    {relationships: column, to: ref(...), field: column}    each value but NULL is one of that field;
  any of them with `where`, an SQL condition on the rows that it is about. Each reads the mart itself: a set of rows that many
  read is kept in memory in its whole width.
-#}
{% test keeps_rules(model, rules) %}

{%- set key = (rules | selectattr('unique', 'defined') | map(attribute='unique') | first) %}
{% for rule in rules %}
{%- set condition = '(' ~ rule['where'] ~ ')' if 'where' in rule else 'true' %}
{%- if 'unique' in rule %}
select
    'unique' as rule,
    '{{ rule['unique'] | join(', ') }}' as column_name,
    {{ row_key(rule['unique']) }} as row_key,
    cast(count(*) as string) || ' rows' as found
from {{ model }}
where {{ condition }}
group by {{ rule['unique'] | join(', ') }}
having count(*) > 1
{%- elif 'not_null' in rule %}
select
    'not_null' as rule,
    '{{ rule['not_null'] }}' as column_name,
    {{ row_key(key) }} as row_key,
    cast(null as string) as found
from {{ model }}
where {{ rule['not_null'] }} is null and {{ condition }}
{%- elif 'accepted_values' in rule %}
select
    'accepted_values' as rule,
    '{{ rule['accepted_values'] }}' as column_name,
    {{ row_key(key) }} as row_key,
    cast({{ rule['accepted_values'] }} as string) as found
from {{ model }}
where {{ condition }} and {{ rule['accepted_values'] }} not in (
    {%- for value in rule['values'] %}
    {{ value if value is number else dbt.string_literal(value) }}{{ ',' if not loop.last }}
    {%- endfor %}
)
{%- elif 'relationships' in rule %}
select
    'relationships' as rule,
    '{{ rule['relationships'] }}' as column_name,
    {{ row_key(key) }} as row_key,
    cast({{ rule['relationships'] }} as string) as found
from {{ model }}
where
    {{ condition }}
    and {{ rule['relationships'] }} is not null
    and {{ rule['relationships'] }} not in (
        select {{ rule['field'] }} from {{ rule['to'] }} where {{ rule['field'] }} is not null
    )
{%- else %}
{{ exceptions.raise_compiler_error('keeps_rules knows no such rule: ' ~ rule) }}
{%- endif %}
{{ 'union all' if not loop.last }}
{% endfor %}

{% endtest %}
