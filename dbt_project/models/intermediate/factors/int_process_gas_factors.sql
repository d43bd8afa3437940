-- One row per gas, process and gas group: kilograms of CO2e per kilogram of gas fed to the process (IPCC 2006 volume 3
-- chapter 6, Tier 2a and 2b): (1 - heel) x (1 - utilisation) x (1 - abatement share x destruction) x GWP, and by-products
-- (1 - heel) x formed x (1 - abatement share x destruction of the by-product) x GWP. Equipment that only leaks:
-- leak rate x GWP.
with

parameters as (

    select * from {{ ref('int_process_gas_parameters') }}

),

values_of as (

    select
        gas,
        process,
        max(case when parameter = 'heel' then value end) as heel,
        max(case when parameter = 'utilisation' then value end) as utilisation,
        max(case when parameter = 'abatement_share' then value end) as abatement_share,
        max(case when parameter = 'destruction' then value end) as destruction,
        max(case when parameter = 'leak_rate' then value end) as leak_rate,
        -- The nearer of the two says what the equipment does: it consumes the gas, or only leaks it.
        coalesce(
            min(case when parameter = 'leak_rate' then nearness end) < min(case when parameter = 'utilisation' then nearness end),
            false
        ) as only_leaks
    from parameters
    where parameter <> 'destruction' or by_product is null
    group by gas, process

),

by_products as (

    select
        formed.gas,
        formed.process,
        formed.by_product,
        formed.value as formed,
        coalesce(destroyed.value, 0) as destruction
    from parameters as formed
    left join parameters as destroyed
        on
            formed.gas = destroyed.gas
            and formed.process = destroyed.process
            and formed.by_product = destroyed.by_product
            and destroyed.parameter = 'destruction'
    where formed.parameter = 'by_product'

),

emitted as (

    -- kilograms of the gas itself per kilogram fed
    select
        gas,
        process,
        gas as emitted_gas,
        case
            when utilisation is not null and not only_leaks then {{ exact_product(
                'cast((1 - coalesce(heel, 0)) * (1 - utilisation) as decimal(28, 24))',
                'cast(1 - coalesce(abatement_share, 0) * coalesce(destruction, 0) as decimal(28, 24))'
            ) }}
            else cast(leak_rate as decimal(38, 18))
        end as share
    from values_of
    where utilisation is not null or leak_rate is not null
    union all
    select
        by_products.gas,
        by_products.process,
        by_products.by_product as emitted_gas,
        {{ exact_product(
            'cast((1 - coalesce(values_of.heel, 0)) * by_products.formed as decimal(28, 24))',
            'cast(1 - coalesce(values_of.abatement_share, 0) * by_products.destruction as decimal(28, 24))'
        ) }} as share
    from by_products
    inner join values_of
        on by_products.gas = values_of.gas and by_products.process = values_of.process and values_of.utilisation is not null
            and not values_of.only_leaks

)

select
    emitted.gas,
    emitted.process,
    gases.gas_group,
    cast(sum({{ exact_product('emitted.share', 'gases.gwp') }}) as decimal(28, 12)) as gwp
from emitted
left join {{ ref('int_gas_gwp') }} as gases
    on emitted.emitted_gas = gases.gas
where emitted.share > 0 or gases.gas is not null
group by emitted.gas, emitted.process, gases.gas_group
