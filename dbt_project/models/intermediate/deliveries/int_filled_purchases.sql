-- One row per piece of purchases of a gas that was filled meanwhile: what was bought in all, beside what was filled in all.
{{ config(materialized='view') }}
with

-- What is bought of a gas is filled by and by, into the next year too: all of it, beside all that was filled meanwhile.
filled as (

    select
        bought.facility_id, bought.activity_type, bought.unit, bought.quantity as bought_quantity,
        min(fills.activity_id) as other_activity_id,
        cast(sum(fills.quantity) as decimal(25, 6)) as other_quantity
    from (
        select
            pieces.facility_id, pieces.activity_type, pieces.unit, min(pieces.piece_start) as first_day,
            max(extract(year from pieces.piece_start)) as last_year, cast(sum(pieces.quantity) as decimal(25, 6)) as quantity
        from {{ ref('int_compared_pieces') }} as pieces
        inner join {{ ref('int_activity_types') }} as types
            on pieces.activity_type = types.activity_type and types.gas is not null
        where pieces.feed = 'procurement'
        group by pieces.facility_id, pieces.activity_type, pieces.unit
    ) as bought
    inner join {{ ref('int_compared_pieces') }} as fills
        on
            bought.facility_id = fills.facility_id and bought.activity_type = fills.activity_type and bought.unit = fills.unit
            and fills.feed in ('activity_log', 'energy_ledger')
            and fills.piece_start >= bought.first_day
            and extract(year from fills.piece_start) <= bought.last_year + 1
    group by bought.facility_id, bought.activity_type, bought.unit, bought.quantity

)

select
    pieces.activity_id, filled.other_activity_id, pieces.facility_id, pieces.activity_type, pieces.unit,
    filled.bought_quantity as quantity, filled.other_quantity,
    abs(filled.bought_quantity - filled.other_quantity) <= filled.bought_quantity * tolerances.tolerance as is_total
from {{ ref('int_compared_pieces') }} as pieces
inner join filled
    on
        pieces.facility_id = filled.facility_id and pieces.activity_type = filled.activity_type
        and pieces.unit = filled.unit
inner join {{ ref('int_tolerances') }} as tolerances
    on pieces.activity_type = tolerances.activity_type
where pieces.feed = 'procurement'
