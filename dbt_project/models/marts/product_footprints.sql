-- One row per year with an output in MW, scope and Scope 3 category: what a kilowatt of output carries of it. Scopes 1 and 2 and the
-- categories up to the gate (1, 3, 4, 5) are in the footprint; the others stand beside it, so that the rows sum to the inventory.
with

output as (

    select year, max(denominator_value) as output_mw
    from {{ ref('intensity') }}
    where denominator = 'production_mw' and denominator_unit = 'MW' and basis = 'calculated' and numerator = 'scope_1_and_2'
    group by year

)

select
    cast(parts.year as integer) as year,
    cast(parts.scope as integer) as scope,
    cast(parts.ghg_protocol_category as integer) as ghg_protocol_category,
    cast(parts.category_name_en as string) as name_en,
    cast(parts.category_name_zh as string) as name_zh,
    cast(parts.co2e_t as decimal(38, 21)) as co2e_t,
    cast(parts.scope < 3 or parts.ghg_protocol_category in (1, 3, 4, 5) as boolean) as is_in_footprint,
    cast(output.output_mw as decimal(28, 6)) as output_mw,
    -- Tonnes per megawatt are kilograms per kilowatt.
    cast(case
        when parts.scope < 3 or parts.ghg_protocol_category in (1, 3, 4, 5)
            then {{ exact_quotient('parts.co2e_t', 'output.output_mw') }}
    end as decimal(38, 18)) as co2e_kg_per_kw
from {{ ref('category_emissions') }} as parts
inner join output
    on parts.year = output.year
cross join {{ ref('organization') }} as organization
where
    parts.basis = 'calculated'
    and parts.co2e_t is not null
    and (parts.scope2_method is null or parts.scope2_method = organization.target_scope2_method)
