-- One row per gas, process, parameter and by-product that applies to gases fed to a process: the workspace's own before the
-- shared one, the process before any process, the gas before all gases. Abatement counts only where the workspace states
-- it: the shared defaults hold for certified tools.
with

demand as (

    select distinct gas, process
    from {{ ref('int_factor_demand') }}
    where method = 'gas_release' and {{ process_key('process') }} in (select process_key from {{ ref('stg_gas_processes') }})

),

known as (

    {{ known_gases() }}

),

own as (

    select
        0 as table_rank,
        coalesce(gases.gas, own.gas) as gas,
        own.process,
        own.parameter,
        coalesce(formed.gas, own.by_product) as by_product,
        cast(own.value as decimal(18, 12)) as value,
        own.publication,
        own.source
    from {{ source('raw', 'reference_process_gas_parameters') }} as own
    left join known as gases
        on {{ gas_key('own.gas') }} = gases.gas_key
    left join known as formed
        on {{ gas_key('own.by_product') }} = formed.gas_key

),

parameters as (

    select * from own
    union all
    select 1, gas, process, parameter, by_product, cast(value as decimal(18, 12)), publication, source
    from {{ ref('process_gas_parameters') }}
    where parameter not in ('abatement_share', 'destruction')

),

found as (

    select
        demand.gas,
        demand.process,
        parameters.parameter,
        parameters.by_product,
        parameters.value,
        4 * parameters.table_rank + case when {{ process_key('parameters.process') }} = {{ process_key('demand.process') }} then 0 else 2 end
        + case when parameters.gas = demand.gas then 0 else 1 end as nearness,
        parameters.publication,
        parameters.source,
        row_number() over (
            partition by demand.gas, demand.process, parameters.parameter, parameters.by_product
            order by
                parameters.table_rank,
                case when {{ process_key('parameters.process') }} = {{ process_key('demand.process') }} then 0 else 1 end,
                case when parameters.gas = demand.gas then 0 else 1 end
        ) as preference
    from demand
    inner join parameters
        on
            (parameters.gas = demand.gas or parameters.gas = 'any')
            and ({{ process_key('parameters.process') }} = {{ process_key('demand.process') }} or parameters.process = 'any' or parameters.process is null)

),

-- What is formed is destroyed as the workspace says of it, as a by-product before on its own account: again the process
-- before any process, the gas before all gases.
destroyed_by_products as (

    select
        found.gas,
        found.process,
        found.by_product,
        own.value,
        own.publication,
        own.source,
        row_number() over (
            partition by found.gas, found.process, found.by_product
            order by
                case when own.by_product is not null then 0 else 1 end,
                case when {{ process_key('own.process') }} = {{ process_key('found.process') }} then 0 else 1 end,
                case when own.gas <> 'any' then 0 else 1 end
        ) as preference
    from found
    inner join own
        on
            own.gas in (case when own.by_product is null then found.by_product else found.gas end, 'any')
            and coalesce(own.by_product, found.by_product) = found.by_product
            and own.parameter = 'destruction'
            and ({{ process_key('own.process') }} = {{ process_key('found.process') }} or own.process = 'any' or own.process is null)
    where found.preference = 1 and found.parameter = 'by_product'

)

select gas, process, parameter, by_product, value, nearness, publication, source
from found
where preference = 1 and (parameter <> 'destruction' or by_product is null)
union all
select gas, process, 'destruction', by_product, value, cast(null as integer), publication, source
from destroyed_by_products
where preference = 1
