{#-
  The days that no interval covers, as intervals, per key: from the beginning of time to the first covered day, between
  covered stretches, and after the last. A key without any interval has no row here. Intervals of most keys follow each other
  from day to day, as the sums of the hashes of their days tell (int_meter_series): only those of the others are put in order.
  relation: name of a CTE with the keys, none of them NULL, coverage_start and coverage_end, of which none ends before it starts.
-#}
{% macro coverage_gaps(relation, keys) -%}
    with

    covered as (

        select distinct {{ keys | join(', ') }}, coverage_start, coverage_end
        from {{ relation }}

    ),

    stretches as (

        select
            {{ keys | join(', ') }},
            min(coverage_start) as first_day,
            max(coverage_end) as last_day,
            sum({{ hash_as_decimal(['coverage_start']) }} - {{ hash_as_decimal(['cast(coverage_end + 1 as date)']) }})
            = {{ hash_as_decimal(['min(coverage_start)']) }} - {{ hash_as_decimal(['cast(max(coverage_end) + 1 as date)']) }}
                as is_chain
        from covered
        group by {{ keys | join(', ') }}

    )

    select
        {{ keys | join(', ') }},
        gap_start,
        gap_end
    from (
        select
            {%- for key in keys %}
            covered.{{ key }},
            {%- endfor %}
            cast(max(covered.coverage_end) over (
                partition by covered.{{ keys | join(', covered.') }}
                order by covered.coverage_start, covered.coverage_end
                rows between unbounded preceding and current row
            ) + 1 as date) as gap_start,
            cast(coalesce(lead(covered.coverage_start) over (
                partition by covered.{{ keys | join(', covered.') }}
                order by covered.coverage_start, covered.coverage_end
            ) - 1, {{ open_end() }}) as date) as gap_end
        from covered
        inner join stretches
            on
                {%- for key in keys %}
                covered.{{ key }} = stretches.{{ key }} and
                {%- endfor %}
                not stretches.is_chain
    ) as between_stretches
    where gap_start <= gap_end
    union all
    select {{ keys | join(', ') }}, cast(last_day + 1 as date), {{ open_end() }}
    from stretches
    where is_chain
    union all
    select {{ keys | join(', ') }}, date '1900-01-01', cast(first_day - 1 as date)
    from stretches
{%- endmacro %}
