{#- Identities are hashes of content and path, never counters: the same rows give the same ids in any order of runs. -#}
{% macro hash_id(columns) -%}
    substr(md5(concat_ws('|'
        {%- for column in columns %},
        coalesce(cast({{ column }} as string), '')
        {%- endfor %}
    )), 1, 20)
{%- endmacro %}

{#-
  The same for cells of any text: whatever stands in one is not taken for the border to the next, nor NULL for empty.
  quantities: those of the columns that are DECIMAL(22,9); most of them fit 64 bits, where they are text in a fifth of the time.
-#}
{% macro content_id(columns, quantities=[]) -%}
    substr(md5(concat_ws(chr(31)
        {%- for column in columns %},
        coalesce({% if column in quantities %}cast(try_cast({{ column }} as decimal(18, 9)) as string), {% endif -%}
            cast({{ column }} as string), chr(30))
        {%- endfor %}
    )), 1, 20)
{%- endmacro %}

{#- Days between two dates, both inclusive. -#}
{% macro days_inclusive(first_day, last_day) -%}
    ({{ dbt.datediff(first_day, last_day, 'day') }} + 1)
{%- endmacro %}

{#-
  Years from one day to another, both included, in 133,590ths: a day is a 365th (366 of these parts) or, in a leap year, a
  366th (365 of them), so that the number of parts is whole.
-#}
{% macro year_parts(first_day, last_day) -%}
    (
        ({{ parts_since_year_zero(last_day, 1) }}) - ({{ parts_since_year_zero(first_day, 0) }})
    )
{%- endmacro %}

{% macro parts_since_year_zero(day, days_more) -%}
    {%- set year = 'cast(extract(year from ' ~ day ~ ') as integer)' -%}
    extract(year from {{ day }}) * 133590
    + ({{ dbt.datediff('make_date(' ~ year ~ ', 1, 1)', day, 'day') }} + {{ days_more }})
    * case when extract(day from {{ dbt.dateadd('day', 59, 'make_date(' ~ year ~ ', 1, 1)') }}) = 29 then 365 else 366 end
{%- endmacro %}

{#- First day of the month of a date. -#}
{% macro month_of(day) -%}
    cast({{ dbt.date_trunc('month', day) }} as date)
{%- endmacro %}

{#- The month of a date as text, YYYY-MM. -#}
{% macro year_month(day) -%} substr(cast({{ day }} as string), 1, 7) {%- endmacro %}

{#- The end of an open validity interval. -#}
{% macro open_end() -%} date '9999-12-30' {%- endmacro %}

{#- The part of an activity type's code that names a gas or blend: lower case, every other character an underscore. -#}
{% macro gas_slug(gas) -%}
    {{ return(adapter.dispatch('gas_slug', 'helioledger')(gas)) }}
{%- endmacro %}

{% macro default__gas_slug(gas) -%} regexp_replace(lower({{ gas }}), '[^a-z0-9]', '_', 'g') {%- endmacro %}

{% macro spark__gas_slug(gas) -%} regexp_replace(lower({{ gas }}), '[^a-z0-9]', '_') {%- endmacro %}

{#- 1 January of a year given as an integer. -#}
{% macro first_day_of(year) -%} cast(cast({{ year }} as string) || '-01-01' as date) {%- endmacro %}

{#- Identity of a released gas in `factor_register`; process: '' where it is not fed to one. -#}
{% macro gas_factor_row_id(gwp_set, gas, process) -%}
    {{ hash_id(["'gwp'", gwp_set, gas, process]) }}
{%- endmacro %}

{#- A number that equal rows share; rows that differ may share it too. NULL equals NULL. -#}
{% macro content_hash(columns) -%}
    {{ return(adapter.dispatch('content_hash', 'helioledger')(columns)) }}
{%- endmacro %}

{% macro default__content_hash(columns) -%} hash({{ columns | join(', ') }}) {%- endmacro %}

{#- Spark leaves NULLs out of a hash, so that fields on both sides of one would be taken for each other. -#}
{% macro spark__content_hash(columns) -%}
    xxhash64(
        {%- for column in columns %}
        coalesce(cast({{ column }} as string), ''), '|'{{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{#- The same as a number that can be added up: two sets of rows of which the hashes add up to the same are the same rows. -#}
{% macro hash_as_decimal(columns) -%} cast({{ content_hash(columns) }} as decimal(20, 0)) {%- endmacro %}

{#- A name as people mean it: without regard to case, to full-width letters and digits, or to spaces; NULL where empty. -#}
{% macro name_key(name) -%}
    {{ return(adapter.dispatch('name_key', 'helioledger')(name)) }}
{%- endmacro %}

{#- DuckDB takes twenty times as long to look for full-width letters as to see that there can be none: no character has
    more than one byte. -#}
{% macro default__name_key(name) -%}
    nullif(replace(
        case when strlen({{ name }}) = length({{ name }}) then lower({{ name }}) else {{ half_width(name) }} end, ' ', ''
    ), '')
{%- endmacro %}

{% macro spark__name_key(name) -%} nullif(replace({{ half_width(name) }}, ' ', ''), '') {%- endmacro %}

{#- The name of a process as people mean it: `CVD chamber-clean` is cvd_chamber_clean. -#}
{% macro process_key(name) -%} nullif(replace(replace({{ name_key(name) }}, '_', ''), '-', ''), '') {%- endmacro %}

{#- A text in lower case, its full-width letters, digits and signs as those of half the width. -#}
{% macro half_width(name) -%}
    translate(
        lower({{ name }}),
        '　ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ０１２３４５６７８９（）－．，＃／',
        ' abcdefghijklmnopqrstuvwxyz0123456789()-.,#/'
    )
{%- endmacro %}

{#- The key of a row as text for whoever reads a failed test: column=value, ... -#}
{% macro row_key(columns) -%}
    {%- for column in columns -%}
        '{{ ', ' if not loop.first }}{{ column }}=' || coalesce(cast({{ column }} as string), 'NULL'){{ ' || ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- A gas or blend as people write it: R410A, R-410A, R_410A and r 410a. -#}
{% macro gas_key(gas) -%} replace(replace({{ name_key(gas) }}, '-', ''), '_', '') {%- endmacro %}

{#- The shared gases and blends by that key, and by a formula that one gas alone has (CF4): an own row in another spelling
    speaks of the known one. -#}
{% macro known_gases() -%}
    select gas_key, min_by(gas, rank) as gas
    from (
        select {{ gas_key('gas') }} as gas_key, min(gas) as gas, 0 as rank
        from (
            select gas from {{ ref('gwp') }}
            union
            select blend from {{ ref('gas_blends') }}
        ) as named
        group by {{ gas_key('gas') }}
        union all
        select {{ gas_key('formula') }}, min(gas), 1
        from {{ ref('gwp') }}
        where formula is not null
        group by {{ gas_key('formula') }}
        having count(distinct gas) = 1
    ) as spelt
    group by gas_key
{%- endmacro %}

{#-
  The name of a meter as people mean it: of `E-1`, `e1` and `E 1`, of `No.7` and `NO 7`, of `00123` and the `123` that a
  spreadsheet makes of it (123.0 and '00123 too), of `#3` and `3#`, and of `表3`, `3号表`, `1#电表` and `Meter 1`, whose words
  say only that they are meters, one. Signs between two digits tell meters apart (1-1 is not 11), others do not.
-#}
{% macro meter_key(meter) -%}
    {{ return(adapter.dispatch('meter_key', 'helioledger')(meter)) }}
{%- endmacro %}

{% macro default__meter_key(meter) -%} {{ _meter_key(meter, "''", "\\", ", 'g'") }} {%- endmacro %}

{% macro spark__meter_key(meter) -%} {{ _meter_key(meter, "\\'", "$", "") }} {%- endmacro %}

{%- macro _meter_key(meter, apostrophe, group, everywhere) -%}
    regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
        replace(regexp_replace({{ name_key(meter) }}, '^[{{ apostrophe }}`’]', ''), '№', 'no'),
    '([^0-9])[-_.#]+', '{{ group }}1'{{ everywhere }}), '([0-9])[-_.]+([^0-9])', '{{ group }}1{{ group }}2'{{ everywhere }}),
    '^(电表|電表|电能表|表|meter|zähler|compteur|contador)(no|nr)?([0-9]+|[a-z])$', '{{ group }}3'),
    '^(no|nr|#)([0-9])', '{{ group }}2'), '^([0-9]+)(#|号|[.]0+)?(电表|電表|电能表|表)?$', '{{ group }}1'),
    '^0+([0-9])', '{{ group }}1')
{%- endmacro %}
