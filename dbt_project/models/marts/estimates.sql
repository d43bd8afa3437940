-- One row per estimate: facility, expected activity type, main meter (empty: all of the type) and stretch of days inside a
-- month that nobody sent anything for.
with

weights as (

    select emissions.activity_id, sum(emissions.co2e_kg) as co2e_kg
    from {{ ref('emissions') }} as emissions
    cross join {{ ref('int_organization') }} as organization
    where
        emissions.feed = 'estimate' and emissions.stage = 'direct' and emissions.boundary_route = 'consolidated'
        and (emissions.scope2_method is null or emissions.scope2_method = organization.target_scope2_method)
    group by emissions.activity_id

),

described as (

    select
        *,
        {%- for month in ['before', 'after'] %}
        {{ plain_number(month ~ '_quantity') }} || ' ' || unit || ' of ' || {{ year_month(month ~ '_period') }}
        || ' / ' || cast({{ month }}_days as string) || ' d' as {{ month }}_text,
        {%- endfor %}
        {{ plain_number('prior_year_quantity') }} || ' ' || unit || ' of ' || {{ year_month('prior_year_period') }}
        || ' x ' || {{ plain_number('output') }} || ' ' || output_unit || ' / '
        || {{ plain_number('prior_year_output') }} || ' ' || output_unit as prior_year_text
    from {{ ref('int_estimates') }}

)

select
    cast(estimates.activity_id as string) as activity_id,
    estimates.period,
    estimates.facility_id,
    cast(estimates.activity_type as string) as activity_type,
    cast(estimates.meter_id as string) as meter_id,
    estimates.first_day,
    estimates.last_day,
    cast(estimates.days as integer) as days,
    cast(estimates.method as string) as method,
    estimates.quantity,
    cast(estimates.unit as string) as unit,
    cast(case
        when estimates.method = 'prior_year_scaled_by_output'
            then estimates.prior_year_text || case
                when estimates.days < estimates.days_of_month
                    then ' x ' || cast(estimates.days as string) || ' d / ' || cast(estimates.days_of_month as string) || ' d'
                else ''
            end
        when estimates.method = 'interpolation'
            then '(' || estimates.before_text || ' + ' || estimates.after_text || ') / 2 x '
                || cast(estimates.days as string) || ' d'
        when estimates.before_period is null or estimates.after_period is null
            then coalesce(estimates.before_text, estimates.after_text) || ' x ' || cast(estimates.days as string) || ' d'
        else
            'the higher of ' || estimates.before_text || ' and ' || estimates.after_text || ', x '
            || cast(estimates.days as string) || ' d'
    end as string) as basis,
    estimates.before_period,
    estimates.before_quantity,
    cast(estimates.before_days as integer) as before_days,
    estimates.after_period,
    estimates.after_quantity,
    cast(estimates.after_days as integer) as after_days,
    estimates.prior_year_period,
    estimates.prior_year_quantity,
    cast(estimates.output as decimal(25, 6)) as output,
    cast(estimates.prior_year_output as decimal(25, 6)) as prior_year_output,
    cast(estimates.output_unit as string) as output_unit,
    {{ tonnes('weights.co2e_kg') }} as co2e_t
from described as estimates
left join weights
    on estimates.activity_id = weights.activity_id
