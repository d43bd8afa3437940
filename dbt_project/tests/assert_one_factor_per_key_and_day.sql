-- In one table (the workspace's own or the seeds) at most one row is valid for a key on any day: emission factors per
-- activity type, stage, Scope 2 method and geography; fuel properties per set, fuel, use and geography; fuel densities
-- per fuel and geography. A supplier is one in whatever case it is written; places and facilities go by their codes.
{{ config(meta={'dagster': {'ref': {'name': 'int_emission_factors'}}}) }}

with

codes as (

    select geography as code from {{ ref('int_geographies') }}
    union
    select facility_id from {{ ref('int_facilities') }}

),

rows_of_tables as (

    select
        'emission_factors' as reference_table,
        factor_table,
        activity_type || ' | ' || stage || ' | ' || coalesce(scope2_method, 'both methods') || ' | '
        || case when geography in (select code from codes) then geography else {{ name_key('geography') }} end as factor_key,
        factor_id as row_name,
        valid_from,
        valid_to
    from {{ ref('int_emission_factors') }}
    union all
    select
        'fuel_properties', factor_table,
        coalesce(factor_set, '') || ' | ' || fuel || ' | ' || coalesce(use, 'every use') || ' | ' || geography,
        coalesce(factor_set, '') || ':' || fuel, valid_from, valid_to
    from {{ ref('int_fuel_properties') }}
    union all
    select
        'fuel_densities', case table_rank when 0 then 'own' else 'seed' end, fuel || ' | ' || geography,
        {{ plain_number('density') }} || ' ' || density_unit, valid_from, valid_to
    from {{ ref('int_fuel_densities') }}

),

numbered as (

    select
        *,
        row_number() over (
            partition by reference_table, factor_table, factor_key order by valid_from, valid_to, row_name
        ) as place
    from rows_of_tables

)

select
    earlier.reference_table,
    earlier.factor_table,
    earlier.factor_key,
    earlier.row_name as one_row,
    later.row_name as other_row,
    later.valid_from as both_valid_from,
    least(earlier.valid_to, later.valid_to) as both_valid_to
from numbered as earlier
inner join numbered as later
    on
        earlier.reference_table = later.reference_table
        and earlier.factor_table = later.factor_table
        and earlier.factor_key = later.factor_key
        and earlier.place < later.place
        and later.valid_from <= earlier.valid_to
