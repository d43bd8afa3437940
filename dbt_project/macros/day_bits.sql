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
