-- One row per framework, version, data point and year that is known whole: its figure or text, or why there is none. The queries
-- are those of the table of data points; equal ones are asked once.
{%- set marts = disclosure_marts() %}
{%- set points = disclosure_points(ref('int_disclosure_points')) %}
{%- set queries = [] %}
{%- set conditions = [] %}
{%- set asked = [] %}
{%- for point in points %}
{%- for mart in [point.mart, point.not_applicable_mart] if mart and mart not in marts %}
{{ exceptions.raise_compiler_error('disclosure_datapoints names the mart ' ~ mart ~ ', which macro disclosure_marts does not have') }}
{%- endfor %}
{%- set query = disclosure_query(point, marts, 'years') if point.mart else none %}
{%- if query and query not in queries %}{% do queries.append(query) %}{% endif %}
{%- set condition = not_applicable_query(point, marts, 'years') if point.not_applicable_mart else none %}
{%- if condition and condition not in conditions %}{% do conditions.append(condition) %}{% endif %}
{%- do asked.append({
    'point': point,
    'query': queries.index(query) if query else 'null',
    'condition': conditions.index(condition) if condition else 'null',
}) %}
{%- endfor %}
with

covered as (

    select year, scope, months_covered, is_whole_year from {{ ref('headline') }}

),

years as (

    select distinct year as inventory_year
    from covered
    where is_whole_year

),

-- Where there is none, a row of nulls, which answers nothing.
figures as (

    {%- for query in queries %}
    select {{ loop.index0 }} as query, found.* from (
    {{ query }}
    ) as found
    {{ 'union all' if not loop.last }}
    {%- else %}
    select
        cast(null as integer) as query, cast(null as integer) as year, cast(null as string) as part, cast(null as decimal(38, 18)) as value,
        cast(null as string) as text_en, cast(null as string) as text_zh, cast(null as string) as unit
    {%- endfor %}

),

without_application as (

    {%- for condition in conditions %}
    select {{ loop.index0 }} as condition, found.* from (
    {{ condition }}
    ) as found
    {{ 'union all' if not loop.last }}
    {%- else %}
    select cast(null as integer) as condition, cast(null as integer) as year
    {%- endfor %}

),

-- Which query answers a data point, and the words in which a reader asks it again; as values, because three hundred queries
-- of a row each take long to plan.
asked as (

    {%- if asked %}
    select
        datapoint_order,
        cast(query as integer) as query,
        cast(condition as integer) as condition,
        cast(year_of_row as string) as year_of_row,
        cast(expression as string) as expression
    from (
        values
        {%- for ask in asked %}
        {%- set point = ask.point %}
        {%- set year = marts[point.mart].year if point.mart else none %}
        (
            {{ point.datapoint_order }},
            {{ ask.query }},
            {{ ask.condition }},
            {{ text_literal(year) if year else 'null' }},
            {{ text_literal(
                disclosure_expression(point.value or point.text_en) ~ (' / ' ~ point.per if point.per else '')
            ) if point.mart else 'null' }}
        )
        {{- ',' if not loop.last }}
        {%- endfor %}
    ) as asked_for (datapoint_order, query, condition, year_of_row, expression)
    {%- else %}
    select
        cast(null as integer) as datapoint_order, cast(null as integer) as query, cast(null as integer) as condition,
        cast(null as string) as year_of_row, cast(null as string) as expression
    {%- endif %}

),

answered as (

    select
        points.*,
        years.inventory_year as year,
        asked.expression,
        asked.year_of_row,
        figures.part as part_of_point,
        case when points.whole_scope is null or covered.is_whole_year then figures.value end as figure,
        figures.text_en as said_en,
        figures.text_zh as said_zh,
        coalesce(figures.unit, points.unit) as unit_of_figure,
        without_application.year is not null as is_not_applicable,
        points.whole_scope is not null and not coalesce(covered.is_whole_year, false) as is_partial,
        coalesce(covered.months_covered, 0) as months_covered
    from {{ ref('int_disclosure_points') }} as points
    inner join asked
        on points.datapoint_order = asked.datapoint_order
    cross join years
    left join figures
        on asked.query = figures.query and years.inventory_year = figures.year
    left join without_application
        on asked.condition = without_application.condition and years.inventory_year = without_application.year
    left join covered
        on years.inventory_year = covered.year and points.whole_scope = covered.scope

),

judged as (

    select
        answered.*,
        case
            when figure is not null then 'given'
            when is_not_applicable then 'not_applicable'
            when said_en is not null then 'given'
            else 'missing'
        end as status
    from answered

)

select
    cast(framework as string) as framework,
    cast(framework_version as string) as framework_version,
    cast(datapoint || coalesce(' / ' || part_of_point, '') as string) as datapoint,
    cast(year as integer) as year,
    cast(item as string) as item,
    cast(datapoint_order as integer) as datapoint_order,
    cast(part_of_point as string) as part,
    cast(name_en as string) as name_en,
    cast(name_zh as string) as name_zh,
    cast(is_required as boolean) as is_required,
    cast(status as string) as status,
    cast(figure * sign as decimal(38, 18)) as value,
    cast(case when figure is not null then unit_of_figure end as string) as unit,
    cast(sign as integer) as sign,
    cast(decimals as integer) as decimals,
    cast(case when status = 'given' then said_en end as string) as text_en,
    cast(case when status = 'given' then said_zh end as string) as text_zh,
    cast(case
        when status = 'given' then null
        when status = 'not_applicable' or not_applicable_mart is null and reason_en is not null then reason_en
        when is_partial then 'The year is not known whole in Scope ' || whole_scope || ': ' || months_covered || ' of 12 months.'
        else 'Nothing in the mart `' || mart || '` answers it for this year.'
    end as string) as reason_en,
    cast(case
        when status = 'given' then null
        when status = 'not_applicable' or not_applicable_mart is null and reason_zh is not null then reason_zh
        when is_partial then '该年度范围 ' || whole_scope || ' 数据不完整：12 个月中仅有 ' || months_covered || ' 个月。'
        else '数据集 `' || mart || '` 中无该年度的相应数据。'
    end as string) as reason_zh,
    cast(mart as string) as mart,
    cast(case when mart is not null then
        coalesce(year_of_row || ' = ' || year, 'true')
        || coalesce(' and ' || {{ adapter.quote('filter') }}, '')
        || coalesce(' and ' || judged.part || ' = ' || chr(39) || replace(part_of_point, chr(39), chr(39) || chr(39)) || chr(39), '')
    end as string) as {{ adapter.quote('filter') }},
    cast(expression as string) as expression,
    cast(certainty as string) as certainty
from judged
