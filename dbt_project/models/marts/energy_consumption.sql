-- One row per month, facility, carrier and unit: energy consumed, before consolidation. green_share is the part of the
-- electricity that was generated on site from renewable sources.
select
    period,
    facility_id,
    carrier,
    unit,
    cast(sum(quantity) as decimal(25, 6)) as quantity,
    cast(sum(energy_gj) as decimal(38, 18)) as energy_gj,
    cast(sum(energy_tce) as decimal(38, 18)) as energy_tce,
    cast(case
        when carrier = 'electricity'
            then {{ exact_quotient('sum(case when is_onsite_renewable then quantity else 0 end)', 'sum(quantity)') }}
    end as decimal(18, 12)) as green_share
from {{ ref('int_energy') }}
group by period, facility_id, carrier, unit
