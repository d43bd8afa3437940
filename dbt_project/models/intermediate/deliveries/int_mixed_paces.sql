-- One row per piece that is the total of pieces of several shorter paces together, as a year of months and a quarter.
{{ config(materialized='view') }}
with

-- Rows of which no other row of a shorter pace speaks, beside a longer one: months and a quarter together are their year.
mixed as (

    select facility_id, activity_type, unit, meter_id
    from {{ ref('int_compared_pieces') }} as pieces
    where feed <> 'procurement' and pace > 1
    group by facility_id, activity_type, unit, meter_id
    having count(distinct pace) > 2

),

-- Hardly any piece is one of these: all that follows is looked for among them alone.
pieces_of_mixed as (

    select pieces.*
    from {{ ref('int_compared_pieces') }} as pieces
    inner join mixed
        on
            pieces.facility_id = mixed.facility_id and pieces.activity_type = mixed.activity_type
            and pieces.unit = mixed.unit and pieces.meter_id = mixed.meter_id
    where pieces.feed <> 'procurement'

),

finest as (

    select pieces.*
    from pieces_of_mixed as pieces
    left join pieces_of_mixed as finer
        on
            pieces.facility_id = finer.facility_id and pieces.activity_type = finer.activity_type
            and pieces.unit = finer.unit and pieces.meter_id = finer.meter_id
            and pieces.pace > finer.pace
            and least(pieces.piece_end, finer.piece_end) > greatest(pieces.piece_start, finer.piece_start)
    where finer.activity_id is null

),

wholes as (

    select
        whole.activity_id, whole.facility_id, whole.activity_type, whole.unit, whole.quantity,
        min(parts.activity_id) as other_activity_id,
        cast(sum(parts.quantity) as decimal(25, 6)) as other_quantity
    from pieces_of_mixed as whole
    inner join finest as parts
        on
            whole.facility_id = parts.facility_id and whole.activity_type = parts.activity_type
            and whole.unit = parts.unit and whole.meter_id = parts.meter_id and whole.pace > parts.pace
            and parts.piece_start between whole.piece_start and whole.piece_end
            and parts.piece_end between whole.piece_start and whole.piece_end
    group by whole.activity_id, whole.facility_id, whole.activity_type, whole.unit, whole.quantity
    having count(distinct parts.pace) > 1

)

select
    wholes.activity_id, wholes.other_activity_id, wholes.facility_id, wholes.activity_type, wholes.unit, wholes.quantity,
    wholes.other_quantity
from wholes
inner join {{ ref('int_tolerances') }} as tolerances
    on wholes.activity_type = tolerances.activity_type
where abs(wholes.quantity - wholes.other_quantity) <= wholes.quantity * tolerances.tolerance
