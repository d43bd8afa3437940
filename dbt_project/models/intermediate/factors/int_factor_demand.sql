-- One row per facility, supplier, activity type, process, line unit and date for which factors are needed.
select distinct
    segments.facility_id,
    segments.supplier,
    segments.activity_type,
    segments.process,
    segments.unit,
    segments.factor_date,
    types.method,
    types.fuel,
    types.gas,
    types.source_class,
    types.carrier_class,
    case when types.source_class like '%mobile%' then 'mobile' else 'stationary' end as fuel_use
from {{ ref('int_activity_segments') }} as segments
inner join {{ ref('stg_activity_types') }} as types
    on segments.activity_type = types.activity_type
