{#-
  The days that no interval covers, as intervals, per key: from the beginning of time to the first covered day, between
  covered stretches, and after the last. A key without any interval has no row here.
  relation: name of a CTE with the keys, coverage_start and coverage_end.
-#}
{% macro coverage_gaps(relation, keys) -%}
    select
        {{ keys | join(', ') }},
        gap_start,
        gap_end
    from (
        select
            {{ keys | join(', ') }},
            cast(max(coverage_end) over (
                partition by {{ keys | join(', ') }}
                order by coverage_start, coverage_end
                rows between unbounded preceding and current row
            ) + 1 as date) as gap_start,
            cast(coalesce(lead(coverage_start) over (
                partition by {{ keys | join(', ') }}
                order by coverage_start, coverage_end
            ) - 1, {{ open_end() }}) as date) as gap_end
        from (select distinct {{ keys | join(', ') }}, coverage_start, coverage_end from {{ relation }}) as covered
    ) as between_stretches
    where gap_start <= gap_end
    union all
    select
        {{ keys | join(', ') }},
        date '1900-01-01' as gap_start,
        cast(min(coverage_start) - 1 as date) as gap_end
    from {{ relation }}
    group by {{ keys | join(', ') }}
{%- endmacro %}
