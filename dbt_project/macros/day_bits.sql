{#-
  The days of a month as the bits of one whole number, bit 0 being the 1st: a month's days are joined by bit_or, compared by
  & and ~, and counted by bit_count, which needs no row per day.
  first_day, last_day: dates of one month; 0 where the first is after the last.
-#}
{% macro day_bits(first_day, last_day) -%}
    case
        when {{ first_day }} <= {{ last_day }} then cast(
            pow(2, extract(day from {{ last_day }})) - pow(2, extract(day from {{ first_day }}) - 1)
        as bigint)
        else cast(0 as bigint)
    end
{%- endmacro %}

{#- Day of the month of the first and of the last bit that is set. -#}
{% macro first_day_of_bits(bits) -%} cast(log2({{ bits }} & -{{ bits }}) as integer) + 1 {%- endmacro %}

{% macro last_day_of_bits(bits) -%} cast(floor(log2({{ bits }})) as integer) + 1 {%- endmacro %}

{#- Until when rows can be meant, one row: the latest landing folder of a month, and the first day that is a slip of the year.
    Files that lie in no folder of a month say nothing about it. -#}
{% macro landing_reach() -%}
    select
        landing_month,
        cast({{ dbt.dateadd('month', 12, "cast(landing_month || '-01' as date)") }} as date) as latest
    from (
        select max(case when path like '20__-__/%' then substr(path, 1, 7) end) as landing_month
        from {{ ref('stg_current_submissions') }}
    ) as folders
{%- endmacro %}

{#- As of a bill that nobody asks about (LONGEST_SERVICE of the contracts). -#}
{% macro longest_usual_coverage() -%} 380 {%- endmacro %}
