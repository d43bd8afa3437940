{#-
  The marts that data points of seed disclosure_datapoints may name: relation, and the year of a row; none where a row holds for
  every year. Called while the project is parsed, so that a model that uses it depends on all of them.
-#}
{% macro disclosure_marts() %}
    {%- set of_period = 'cast(extract(year from period) as integer)' -%}
    {{ return({
        'abatement_measures': {'relation': ref('abatement_measures'), 'year': 'year'},
        'annual_inventory': {'relation': ref('annual_inventory'), 'year': 'year'},
        'base_year_events': {'relation': ref('base_year_events'), 'year': none},
        'carbon_credits': {'relation': ref('carbon_credits'), 'year': 'cast(extract(year from claim_end) as integer)'},
        'category_emissions': {'relation': ref('category_emissions'), 'year': 'year'},
        'closed_inventories': {'relation': ref('closed_inventories'), 'year': 'year'},
        'data_quality_summary': {'relation': ref('data_quality_summary'), 'year': 'year'},
        'emission_drivers': {'relation': ref('emission_drivers'), 'year': 'to_year'},
        'emissions': {'relation': ref('emissions'), 'year': of_period},
        'energy_consumption': {'relation': ref('energy_consumption'), 'year': of_period},
        'facility_emissions': {'relation': ref('facility_emissions'), 'year': of_period},
        'green_electricity': {'relation': ref('green_electricity'), 'year': 'year'},
        'headline': {'relation': ref('headline'), 'year': 'year'},
        'instrument_allocation': {'relation': ref('instrument_allocation'), 'year': of_period},
        'intensity': {'relation': ref('intensity'), 'year': 'year'},
        'inventory': {'relation': ref('inventory'), 'year': 'year'},
        'iso_14064_statement': {'relation': ref('iso_14064_statement'), 'year': 'year'},
        'organization': {'relation': ref('organization'), 'year': none},
        'organization_ratios': {'relation': ref('organization_ratios'), 'year': 'year'},
        'reported_inventories': {'relation': ref('reported_inventories'), 'year': 'year'},
        'scope12_trend': {'relation': ref('scope12_trend'), 'year': 'year'},
        'source_class_emissions': {'relation': ref('source_class_emissions'), 'year': 'year'},
        'target_progress': {'relation': ref('target_progress'), 'year': 'year'},
        'uncertainty': {'relation': ref('uncertainty'), 'year': 'year'},
        'verification': {'relation': ref('verification'), 'year': 'year'},
    }) }}
{% endmacro %}

{#- The data points as they stand in their table, as a list of mappings; empty while the project is parsed. -#}
{% macro disclosure_points(relation) %}
    {%- set points = [] -%}
    {%- if execute -%}
        {%- set found = run_query('select * from ' ~ relation ~ ' order by datapoint_order') -%}
        {%- for row in found.rows -%}
            {%- set point = {} -%}
            {%- for name in found.column_names -%}
                {%- do point.update({name: row[name]}) -%}
            {%- endfor -%}
            {%- do points.append(point) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(points) }}
{% endmacro %}

{#-
  An expression of a data point as SQL. `counted(column)` is the reported figure where there is one, else the calculated one.
-#}
{% macro disclosure_expression(text) -%}
    {{ return(modules.re.sub(
        'counted\\((\\w+)\\)',
        "coalesce(sum(case when basis = 'reported' then \\1 end), sum(case when basis = 'calculated' then \\1 end))",
        text
    )) }}
{%- endmacro %}

{#- An expression of a data point that puts texts together, which the seed says as DuckDB does. -#}
{% macro disclosure_texts(text) -%} {{ return(adapter.dispatch('disclosure_texts', 'helioledger')(text)) }} {%- endmacro %}

{% macro default__disclosure_texts(text) -%} {{ return(text) }} {%- endmacro %}

{% macro spark__disclosure_texts(text) -%}
    {#- Two lists of different texts of one group are beyond listagg. -#}
    {%- set different = modules.re.sub(
        "string_agg\\(distinct (.*), ('[^']*') order by .*\\)$",
        'case when count(\\1) > 0 then array_join(array_sort(collect_set(\\1)), \\2) end',
        text
    ) -%}
    {{ return(modules.re.sub(
        "string_agg\\((.*), ('[^']*') order by (.*)\\)$", 'listagg(\\1, \\2) within group (order by \\3)', different
    ) | replace('as varchar)', 'as string)')) }}
{%- endmacro %}

{#- A figure of a data point, decimal, whole or DOUBLE, as DECIMAL(38,18). -#}
{% macro disclosure_figure(value) -%} {{ return(adapter.dispatch('disclosure_figure', 'helioledger')(value)) }} {%- endmacro %}

{% macro default__disclosure_figure(value) -%} cast({{ value }} as decimal(38, 18)) {%- endmacro %}

{% macro spark__disclosure_figure(value) -%}
    case
        when typeof({{ value }}) = 'double' then {{ decimal_of_double('cast(' ~ value ~ ' as double)', 38, 18) }}
        else cast({{ value }} as decimal(38, 18))
    end
{%- endmacro %}

{#-
  What a data point asks of its mart, one row per year and part: value (DECIMAL(38,18)), both texts, unit. years: a relation of
  the inventory years, for marts whose rows hold for all of them.
-#}
{% macro disclosure_query(point, marts, years) -%}
    {%- set mart = marts[point.mart] -%}
    {%- set year = mart.year or 'inventory_year' -%}
    {%- set value = disclosure_expression(point.value) if point.value else 'null' -%}
    select
        {{ year }} as year,
        cast({{ point.part or 'null' }} as string) as part,
        {{ disclosure_figure(exact_quotient(value, point.per) if point.per else value) }} as value,
        cast({{ disclosure_texts(point.text_en) if point.text_en else 'null' }} as string) as text_en,
        cast({{ disclosure_texts(point.text_zh) if point.text_zh else 'null' }} as string) as text_zh,
        cast({{ 'max(unit)' if point.unit == 'from row' else 'null' }} as string) as unit
    from {{ mart.relation }}{{ ' cross join ' ~ years if mart.year is none }}
    where {{ point['filter'] or 'true' }}
    group by {{ year }}{{ ', ' ~ point.part if point.part }}
{%- endmacro %}

{#- The years in which a data point does not apply. -#}
{% macro not_applicable_query(point, marts, years) -%}
    {%- set mart = marts[point.not_applicable_mart] -%}
    select inventory_year as year
    {%- if mart.year is none %}
    from {{ mart.relation }}
    cross join {{ years }}
    {%- else %}
    from {{ years }}
    left join (select *, {{ mart.year }} as year_of_row from {{ mart.relation }}) as rows_of_year
        on {{ years }}.inventory_year = rows_of_year.year_of_row
    {%- endif %}
    group by inventory_year
    having {{ point.not_applicable_when }}
{%- endmacro %}
