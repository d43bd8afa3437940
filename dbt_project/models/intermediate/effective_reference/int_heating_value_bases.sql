-- One row per statement by which calorific value fuels are measured in units of energy: of a unit itself, of a facility and its
-- validity, or of the organisation for a fuel, a unit or all; of several that apply the lowest rank counts.
{{ config(materialized='view') }}
select
    cast(null as string) as facility_id, date '1900-01-01' as valid_from, {{ open_end() }} as valid_to,
    cast(null as string) as fuel, unit, heating_value_basis, 1 as statement_rank
from {{ ref('int_units') }}
where heating_value_basis is not null
union all
select facility_id, valid_from, valid_to, null, null, heating_value_basis, 2
from {{ ref('int_facilities') }}
where heating_value_basis is not null
union all
select
    null, date '1900-01-01', {{ open_end() }}, fuel, unit, basis,
    case
        when fuel is not null and unit is not null then 3
        when fuel is not null then 4
        when unit is not null then 5
        else 6
    end
from {{ source('raw', 'heating_value_bases') }}
