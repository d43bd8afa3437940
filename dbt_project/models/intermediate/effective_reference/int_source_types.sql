-- One row per source of the catalogue and activity type that counts in it; a source without any has one row.
with

patterns as (

    select emission_source, {{ rows_of_text('activity_types') }} as pattern
    from {{ ref('source_catalogue') }}

),

named as (

    select distinct patterns.emission_source, types.activity_type
    from patterns
    inner join {{ ref('int_activity_types') }} as types
        -- An underscore of a code is no wildcard.
        on types.activity_type like replace(patterns.pattern, '_', '!_') escape '!'

)

select
    catalogue.emission_source,
    catalogue.name_en,
    catalogue.name_zh,
    catalogue.iso_14064_category,
    catalogue.usual_in,
    named.activity_type
from {{ ref('source_catalogue') }} as catalogue
left join named on catalogue.emission_source = named.emission_source
