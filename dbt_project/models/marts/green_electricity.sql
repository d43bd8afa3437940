-- One row per year: the organisation's electricity, what of it was green and by which right. A facility's green electricity
-- never exceeds what it consumed. Consumption and what serves it count with the share that the facility's emissions count
-- with: not at all on days outside the boundary.
{#- Where the share is one nothing is to be rounded. -#}
{%- set shared_gj -%}
case
            when consolidated.share = 1 then cast(cast(energy.energy_gj as decimal(24, 10)) as decimal(38, 12))
            else cast(cast(energy.energy_gj as decimal(24, 10)) * consolidated.share as decimal(38, 12))
        end
{%- endset %}
with

consolidated as (

    select distinct facility_id, valid_from, valid_to, share
    from {{ ref('int_consolidation_shares') }}
    where boundary_route = 'consolidated' and share > 0

),

consumed as (

    select
        energy.facility_id,
        energy.period,
        sum({{ shared_gj }}) as energy_gj,
        sum(case when energy.is_onsite_renewable then {{ shared_gj }} else 0 end) as onsite_gj
    from {{ ref('int_energy') }} as energy
    inner join consolidated
        on
            energy.facility_id = consolidated.facility_id
            and energy.factor_date between consolidated.valid_from and consolidated.valid_to
    where energy.carrier = 'electricity'
    group by energy.facility_id, energy.period

),

served as (

    select
        allocations.facility_id,
        allocations.period,
        sum(case
            when instruments.instrument_type in ('gec', 'i_rec', 'go', 'rec')
                then cast(allocations.allocated_mwh * consolidated.share as decimal(28, 12))
            else 0
        end) as certificates_mwh,
        sum(case
            when instruments.instrument_type not in ('gec', 'i_rec', 'go', 'rec')
                then cast(allocations.allocated_mwh * consolidated.share as decimal(28, 12))
            else 0
        end) as contracts_mwh
    from {{ ref('int_instrument_allocations') }} as allocations
    inner join {{ ref('int_instruments') }} as instruments
        on allocations.activity_id = instruments.activity_id
    inner join consolidated
        on
            allocations.facility_id = consolidated.facility_id
            and allocations.factor_date between consolidated.valid_from and consolidated.valid_to
    where instruments.factor_kgco2e_per_kwh = 0
    group by allocations.facility_id, allocations.period

),

months as (

    select
        cast(extract(year from consumed.period) as integer) as year,
        consumed.period,
        {{ exact_quotient('consumed.energy_gj', '3.6') }} as consumption_mwh,
        {{ exact_quotient('consumed.onsite_gj', '3.6') }} as onsite_mwh,
        coalesce(served.certificates_mwh, 0) as certificates_mwh,
        coalesce(served.contracts_mwh, 0) as contracts_mwh
    from consumed
    left join served
        on consumed.facility_id = served.facility_id and consumed.period = served.period

)

select
    year,
    cast(count(distinct period) as integer) as months_covered,
    cast(sum(consumption_mwh) as decimal(25, 6)) as consumption_mwh,
    cast(sum(onsite_mwh) as decimal(25, 6)) as onsite_mwh,
    cast(sum(certificates_mwh) as decimal(25, 6)) as certificates_mwh,
    cast(sum(contracts_mwh) as decimal(25, 6)) as contracts_mwh,
    cast(sum(greatest(0, least(consumption_mwh, onsite_mwh + certificates_mwh + contracts_mwh))) as decimal(25, 6)) as green_mwh,
    -- A month that corrections took below zero is not green, and takes from what was consumed.
    cast(case
        when sum(consumption_mwh) > 0 then {{ part_of_total(
            'sum(cast(greatest(0, least(consumption_mwh, onsite_mwh + certificates_mwh + contracts_mwh)) as decimal(28, 12)))',
            'sum(cast(consumption_mwh as decimal(28, 12)))'
        ) }}
    end as decimal(18, 12)) as green_share
from months
group by year
