-- One row per sample and line that a verifier examined: what was recorded, what was found, and what the line is today.
select
    samples.sample_id,
    samples.emission_id,
    samples.year,
    cast(samples.scope as integer) as scope,
    samples.scope2_method,
    samples.stratum,
    cast(samples.interval_t as decimal(22, 9)) as interval_t,
    cast(samples.confidence as decimal(18, 9)) as confidence,
    cast(samples.materiality as decimal(18, 9)) as materiality,
    samples.seed,
    samples.release_id,
    cast(samples.recorded_t as decimal(22, 9)) as recorded_t,
    cast(samples.verified_t as decimal(22, 9)) as verified_t,
    cast(samples.recorded_t - samples.verified_t as decimal(22, 9)) as misstatement_t,
    -- What a line of the sample stands for in its population: its taint of an interval, or, where all were taken, itself.
    cast(case
        when samples.stratum <> 'sampled' then samples.recorded_t - samples.verified_t
        else {{ exact_quotient('samples.recorded_t - samples.verified_t', 'samples.recorded_t') }}
            * cast(samples.interval_t as decimal(19, 9))
    end as decimal(38, 18)) as projected_t,
    {{ tonnes('lines.co2e_kg') }} as current_t,
    cast(
        lines.emission_id is null
        -- What was recorded was cut to nine decimals.
        or abs({{ tonnes('lines.co2e_kg') }} - samples.recorded_t) > 0.000000001
    as boolean) as has_changed,
    samples.remark
from {{ ref('int_verification_samples') }} as samples
left join (
    select emission_id, co2e_kg
    from {{ ref('emissions') }}
    where emission_id in (select emission_id from {{ ref('int_verification_samples') }})
) as lines
    on samples.emission_id = lines.emission_id
