{#- The columns of feeds that are DECIMAL(22,9) in the raw tables. -#}
{% macro quantities_of_feeds() -%}
    {{ return([
        'quantity', 'opening_stock', 'received', 'closing_stock', 'temperature_c', 'enthalpy_kj_per_kg', 'net_amount',
        'tax_amount', 'gross_amount', 'supplier_factor_kgco2e_per_unit', 'transport_distance_km', 'transported_mass_t',
        'factor_kgco2e_per_unit', 'factor_kgco2e_per_kwh', 'value'
    ]) }}
{%- endmacro %}

{#-
  The current rows of a feed, each with its outcome (row_status):
    accepted   counts;
    duplicate  equal in every canonical column, and in the times of day beside its dates, to an accepted row of a
               current submission (the first by path, sheet, row counts);
    held_back  sound, but its submission has a rejected row and the organisation accepts submissions whole.
  What counts is known by what it says, wherever it was sent: no order among activities depends on the name of a file.
  Equal rows have equal hashes: only rows whose hash is there twice are compared column by column, so that millions of rows
  are not sorted in their whole width for the sake of a few. Of most rows few columns tell already that no other is equal.
  feed: name of the raw table; columns: its canonical columns.
-#}
{% macro staged_feed(feed, columns) -%}
{%- set cells, numbers = [], [] %}
{%- for column in ['times_of_day'] + columns %}
{%- do cells.append('rows_of_feed.' ~ column) %}
{%- do numbers.append('rows_of_feed.' ~ column) if column in quantities_of_feeds() %}
{%- endfor %}
{%- set telling = ['rows_of_feed.coverage_start'] %}
{%- for column in columns if column in ['facility_id', 'meter_id', 'quantity', 'value', 'net_amount'] %}
{%- do telling.append('rows_of_feed.' ~ column) %}
{%- endfor %}
{%- set alike = content_hash(telling) %}
with

submissions as (

    select load_id, path, is_held_back from {{ ref('stg_current_submissions') }}

),

alike as (

    select {{ alike }} as alike_hash
    from {{ source('raw', feed) }} as rows_of_feed
    inner join submissions
        on rows_of_feed.load_id = submissions.load_id
    group by {{ alike }}
    having count(*) > 1

),

hashed as (

    select
        submissions.path,
        submissions.is_held_back,
        rows_of_feed.*,
        {{ content_hash(['submissions.is_held_back'] + cells) }} as content_hash
    from {{ source('raw', feed) }} as rows_of_feed
    inner join submissions
        on rows_of_feed.load_id = submissions.load_id
    where {{ alike }} in (select alike_hash from alike)

),

repeated as (

    select
        load_id,
        source_sheet,
        source_row,
        row_number() over (
            partition by is_held_back, times_of_day
                {%- for column in columns %}, {{ column }}{% endfor %}
            order by path, source_sheet, source_row
        ) as place
    from hashed
    where content_hash in (select content_hash from hashed group by content_hash having count(*) > 1)

),

duplicates as (

    select load_id, source_sheet, source_row
    from repeated
    where place > 1

)

select
    case
        when submissions.is_held_back or duplicates.load_id is not null then {{ hash_id([
            'rows_of_feed.submission_id', "'" ~ feed ~ "'", 'rows_of_feed.source_sheet', 'rows_of_feed.source_row'
        ]) }}
        else {{ content_id(["'" ~ feed ~ "'"] + cells, numbers) }}
    end as activity_id,
    rows_of_feed.submission_id,
    submissions.path,
    rows_of_feed.source_sheet,
    rows_of_feed.source_row,
    {%- for column in columns %}
    rows_of_feed.{{ column }},
    {%- endfor %}
    rows_of_feed.times_of_day,
    rows_of_feed.coverage_start,
    rows_of_feed.coverage_end,
    case
        when submissions.is_held_back then 'held_back'
        when duplicates.load_id is not null then 'duplicate'
        else 'accepted'
    end as row_status
from {{ source('raw', feed) }} as rows_of_feed
inner join submissions
    on rows_of_feed.load_id = submissions.load_id
left join duplicates
    on
        rows_of_feed.load_id = duplicates.load_id
        and coalesce(rows_of_feed.source_sheet, '') = coalesce(duplicates.source_sheet, '')
        and rows_of_feed.source_row = duplicates.source_row
{%- endmacro %}
