{#-
  The current rows of a feed, each with its outcome (row_status):
    accepted   counts;
    duplicate  equal in every canonical column, and in the times of day beside its dates, to an accepted row of a
               current submission (the first by path, sheet, row counts);
    held_back  sound, but its submission has a rejected row and the organisation accepts submissions whole.
  feed: name of the raw table; columns: its canonical columns.
-#}
{% macro staged_feed(feed, columns) -%}
with

delivered as (

    select
        rows_of_feed.*,
        submissions.path,
        submissions.is_held_back
    from {{ source('raw', feed) }} as rows_of_feed
    inner join {{ ref('stg_current_submissions') }} as submissions
        on rows_of_feed.load_id = submissions.load_id

)

select
    {{ hash_id(['submission_id', "'" ~ feed ~ "'", 'source_sheet', 'source_row']) }} as activity_id,
    submission_id,
    load_id,
    path,
    source_sheet,
    source_row,
    {%- for column in columns %}
    {{ column }},
    {%- endfor %}
    times_of_day,
    coverage_start,
    coverage_end,
    case
        when is_held_back then 'held_back'
        when row_number() over (
            partition by is_held_back, times_of_day
                {%- for column in columns %}, {{ column }}{% endfor %}
            order by path, source_sheet, source_row
        ) > 1 then 'duplicate'
        else 'accepted'
    end as row_status
from delivered
{%- endmacro %}
