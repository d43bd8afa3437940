-- One row per correction that names neither supplier nor factor, and per return of purchases without a factor, of which the rows
-- that it takes back agree: their supplier and their factor. Apart from the activities, because such a row reads those of other months.
with

-- A correction that names neither supplier nor factor is of those of the rows that it corrects, where these agree: it weighs what
-- they weigh.
{%- set feeds_of_corrections = {
    'energy_ledger': {'supplier': 'supplier', 'factor': 'cast(null as decimal(22, 9))', 'meter': 'meter_id'},
    'activity_log': {'supplier': 'counterparty', 'factor': 'factor_kgco2e_per_unit', 'meter': 'cast(null as string)'},
} %}
corrected as (

    {%- for feed, columns in feeds_of_corrections.items() %}
    select
        corrections.activity_id,
        corrections.facility_id,
        corrections.coverage_start,
        min(rows_of_feed.supplier) as supplier,
        -- It speaks of the unit of its row, and of another one of the same dimension by their sizes.
        case
            when min(rows_of_feed.unit) = max(rows_of_feed.unit) and min(rows_of_feed.unit) = max(corrections.unit)
                then min(rows_of_feed.own_factor)
            when
                min(rows_of_feed.unit) = max(rows_of_feed.unit) and max(units.dimension) = max(corrected_units.dimension)
                and min(rows_of_feed.own_factor) < 999999999
                then cast({{ exact_quotient(
                    exact_product('min(rows_of_feed.own_factor)', 'max(units.to_base)'), 'max(corrected_units.to_base)'
                ) }} as decimal(22, 9))
        end as own_factor
    from (
        select activity_id, facility_id, activity_type, coverage_start, coverage_end, unit, {{ columns.meter }} as meter_id
        from {{ ref('stg_' ~ feed) }}
        where
            row_status = 'accepted' and data_quality = 'correction'
            and {{ columns.supplier }} is null and {{ columns.factor }} is null
    ) as corrections
    inner join (
        select
            facility_id, activity_type, coverage_start, coverage_end, data_quality, unit, {{ columns.meter }} as meter_id,
            {{ columns.supplier }} as supplier, {{ columns.factor }} as own_factor
        from {{ ref('stg_' ~ feed) }}
        where row_status = 'accepted'
    ) as rows_of_feed
        on
            corrections.facility_id = rows_of_feed.facility_id
            and corrections.activity_type = rows_of_feed.activity_type
            and corrections.coverage_start <= rows_of_feed.coverage_end
            and corrections.coverage_end >= rows_of_feed.coverage_start
            and coalesce(rows_of_feed.data_quality, '') <> 'correction'
            and (corrections.meter_id is null or {{ meter_key('corrections.meter_id') }} = {{ meter_key('rows_of_feed.meter_id') }})
    left join {{ ref('int_units') }} as units
        on corrections.unit = units.unit
    left join {{ ref('int_units') }} as corrected_units
        on rows_of_feed.unit = corrected_units.unit
    group by corrections.activity_id, corrections.facility_id, corrections.coverage_start
    having
        min(coalesce({{ name_key('rows_of_feed.supplier') }}, '')) = max(coalesce({{ name_key('rows_of_feed.supplier') }}, ''))
        and min(coalesce(rows_of_feed.own_factor, -1)) = max(coalesce(rows_of_feed.own_factor, -1))
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- A return without a factor of its own weighs what the supplier's goods weighed when they came, where their factors agree.
returned as (

    select
        returns.activity_id, returns.facility_id, returns.coverage_start,
        min(purchases.supplier_factor_kgco2e_per_unit) as own_factor
    from {{ ref('stg_procurement') }} as returns
    inner join {{ ref('stg_procurement') }} as purchases
        on
            returns.facility_id = purchases.facility_id
            and returns.supplier_id = purchases.supplier_id
            and returns.activity_type = purchases.activity_type
            and returns.unit = purchases.unit
            and returns.posting_date >= purchases.posting_date
    where
        returns.row_status = 'accepted' and returns.quantity < 0 and returns.supplier_factor_kgco2e_per_unit is null
        and purchases.row_status = 'accepted' and purchases.quantity > 0
        -- Hardly any supplier takes goods back: the others' purchases are passed over.
        and purchases.supplier_id in (select distinct supplier_id from {{ ref('stg_procurement') }} where quantity < 0)
    group by returns.activity_id, returns.facility_id, returns.coverage_start
    having
        min(coalesce(purchases.supplier_factor_kgco2e_per_unit, -1)) = max(coalesce(purchases.supplier_factor_kgco2e_per_unit, -1))

)

select activity_id, facility_id, coverage_start, supplier, own_factor
from corrected
union all
select activity_id, facility_id, coverage_start, cast(null as string), own_factor
from returned
