-- One row per table of reference/ with rows that meet nothing of this organisation: how many, and the first of them. Rows of a
-- place or a set that it does not have (int_plausibility_observations), and reported figures (int_reported_observations), are said
-- one by one.
with

activities as (

    select distinct measured.facility_id, measured.activity_type, coalesce(measured.meter_id, '') as meter_id, types.gas
    from {{ ref('int_measured_activities') }} as measured
    inner join {{ ref('int_activity_types') }} as types
        on measured.activity_type = types.activity_type

),

-- Figures that a factor of the workspace made.
own_factors as (

    select distinct factor_id from {{ ref('int_line_sums') }} where factor_table = 'own'

),

-- Units and currencies that rows are written in, own factors are per, and activity types are counted in.
written_units as (

    select given_unit as unit from {{ ref('int_measured_activities') }}
    union
    select unit from {{ ref('stg_business_metrics') }}
    union
    select unit from {{ ref('stg_production') }}
    union
    select unit from {{ ref('stg_energy_instruments') }}
    union
    select per_unit from {{ source('raw', 'reference_emission_factors') }}
    union
    select canonical_unit from {{ source('raw', 'reference_activity_types') }}

),

delivered_feeds as (

    select distinct feed from {{ source('raw', 'load_sheets') }}

),

places as (

    select geography from {{ ref('int_facility_geographies') }}
    union
    select geography from {{ source('raw', 'reference_emission_factors') }}
    union
    select parent from {{ source('raw', 'reference_geographies') }} where parent is not null

),

rows_of_tables as (

    select
        'meters' as table_name, own.source_row, own.facility_id || ' ' || own.meter_id as named,
        exists (
            select 1 from activities where activities.facility_id = own.facility_id and activities.meter_id = own.meter_id
        )
        or exists (
            select 1 from {{ source('raw', 'reference_meters') }} as below
            where below.facility_id = own.facility_id and below.parent_meter_id = own.meter_id
        ) as serves
    from {{ source('raw', 'reference_meters') }} as own
    union all
    select
        'activity_types', source_row, activity_type,
        activity_type in (select activity_type from activities)
        or activity_type in (select activity_type from {{ source('raw', 'reference_activity_aliases') }})
    from {{ source('raw', 'reference_activity_types') }}
    union all
    select
        'emission_factors', source_row, factor_id,
        factor_id in (select factor_id from own_factors)
        -- Said as one of a place that nobody has.
        or geography not in (select geography from {{ ref('int_facility_geographies') }})
    from {{ source('raw', 'reference_emission_factors') }}
    union all
    select
        'gas_blends', min(source_row), blend,
        max(case when lower(blend) in (select lower(gas) from activities where gas is not null) then 1 else 0 end) = 1
    from {{ source('raw', 'reference_gas_blends') }}
    group by blend
    union all
    select 'gwp', own.source_row, own.gwp_set || ' ' || own.gas, own.gwp_set = organization.gwp_set
    from {{ source('raw', 'reference_gwp') }} as own
    cross join {{ ref('int_organization') }} as organization
    union all
    select
        'process_gas_parameters', source_row, gas || ' ' || process,
        lower(gas) in (select lower(gas) from activities where gas is not null)
    from {{ source('raw', 'reference_process_gas_parameters') }}
    union all
    select
        'metrics', source_row, metric,
        lower(trim(metric)) in (select lower(trim(metric)) from {{ ref('stg_business_metrics') }})
    from {{ source('raw', 'reference_metrics') }}
    union all
    select
        'submitters', source_row, submitter,
        submitter in (select split_part(path, '/', 2) from {{ ref('stg_current_submissions') }})
    from {{ source('raw', 'reference_submitters') }}
    union all
    select 'geographies', source_row, geography, geography in (select geography from places)
    from {{ source('raw', 'reference_geographies') }}
    union all
    select
        'electricity_markets', source_row, country,
        country in (select country from {{ ref('int_facilities') }})
        or country in (select country from {{ ref('stg_energy_instruments') }})
    from {{ source('raw', 'reference_electricity_markets') }}
    union all
    select 'units', source_row, unit, unit in (select unit from written_units where unit is not null)
    from {{ source('raw', 'reference_units') }}
    union all
    select
        'exchange_rates', own.source_row, own.currency || ' ' || own.per_currency || ' ' || own.year,
        exists (
            select 1 from {{ ref('int_currency_bridges') }} as bridges
            where
                bridges.spend_year = own.year
                and (
                    own.currency in (bridges.from_currency, bridges.to_currency)
                    or own.per_currency in (bridges.from_currency, bridges.to_currency)
                )
        )
        -- Targets of intensity take revenue of other currencies.
        or exists (
            select 1 from {{ ref('stg_business_metrics') }} as metrics
            where right(metrics.unit, 3) in (own.currency, own.per_currency) and extract(year from metrics.coverage_start) = own.year
        )
    from {{ source('raw', 'reference_exchange_rates') }} as own
    union all
    select
        'price_indices', own.source_row, own.price_index || ' ' || own.currency || ' ' || own.year,
        exists (
            select 1 from {{ ref('int_currency_bridges') }} as bridges
            where bridges.to_currency = own.currency and own.year in (bridges.spend_year, bridges.price_year)
        )
    from {{ source('raw', 'reference_price_indices') }} as own
    union all
    select
        'activity_aliases', source_row, name || ' = ' || activity_type,
        activity_type in (select activity_type from activities)
    from {{ source('raw', 'reference_activity_aliases') }}
    union all
    select
        'header_aliases', source_row, feed || ' ' || header,
        feed in (select feed from delivered_feeds)
    from {{ source('raw', 'reference_header_aliases') }}
    union all
    select
        'data_quality_assessments', own.source_row, own.activity_type,
        exists (
            select 1 from activities
            where activities.activity_type = own.activity_type and coalesce(own.facility_id, activities.facility_id) = activities.facility_id
        )
    from {{ source('raw', 'reference_data_quality_assessments') }} as own

)

select
    'reference_row_unused' as rule,
    'kept' as variant,
    cast(null as string) as facility_id,
    cast(null as date) as period,
    cast(null as string) as submission_id,
    cast(null as string) as source_sheet,
    cast(null as integer) as source_row,
    cast(null as string) as column_name,
    table_name as source_value,
    {{ finding_values({
        'table': 'table_name', 'rows': 'count(*)', 'row': 'min(source_row)', 'named': 'min_by(named, source_row)',
    }) }} as parameters,
    cast(null as decimal(38, 18)) as co2e_at_stake_t
from rows_of_tables
where not serves
group by table_name
