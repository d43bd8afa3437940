-- One row per observation about the targets and the base year that the trend is measured against.
with

left_out as (

    select
        targets.*,
        organization.base_year as organization_base_year,
        organization.target_scope2_method as organization_method
    from {{ ref('int_scope12_targets') }} as targets
    cross join {{ ref('stg_organization') }} as organization
    where targets.left_out_because is not null

),

recalculated as (

    select
        base.*,
        organization.significance_threshold,
        base.base_co2e_t <> base.as_reported_t as is_recalculated
    from {{ ref('int_base_year') }} as base
    cross join {{ ref('stg_organization') }} as organization
    where base.event_delta_t <> 0 and base.as_reported_t is not null

)

select
    'warning' as severity,
    'target_not_joined' as rule,
    cast(null as string) as facility_id,
    {{ first_day_of('target_year') }} as period,
    cast(null as string) as submission_id,
    cast(null as string) as source_sheet,
    cast(null as integer) as source_row,
    case when left_out_because = 'same_year' then 'target_year' else left_out_because end as column_name,
    target_id as source_value,
    'Target ' || target_id || ' is no part of the Scope 1 + 2 pathway: '
    || case left_out_because
        when 'status' then 'its status says that it is no longer in force.'
        when 'scope2_method' then 'its scope2_method is not target_scope2_method (' || organization_method || ').'
        when 'base_year'
            then 'its base year is ' || cast(base_year as string) || ', the organisation''s is '
                || cast(organization_base_year as string) || '.'
        else 'target ' || binding_target_id || ' of the same year asks for at least as much.'
    end || ' It keeps its own pathway in target_progress.' as message_en,
    '目标 ' || target_id || ' 未并入范围一加范围二路径：'
    || case left_out_because
        when 'status' then '其状态表明已失效。'
        when 'scope2_method' then '其 scope2_method 与 target_scope2_method（' || organization_method || '）不同。'
        when 'base_year'
            then '其基准年为 ' || cast(base_year as string) || '，组织基准年为 ' || cast(organization_base_year as string) || '。'
        else '同一目标年的 ' || binding_target_id || ' 要求不低于它。'
    end || '其自身路径见 target_progress。' as message_zh,
    cast(null as decimal(38, 18)) as co2e_at_stake_t
from left_out
union all
select
    'warning', 'base_year_event_not_computed', facility_id, {{ month_of('effective_on') }}, null, null, source_row,
    'delta_base_co2e_t', event_id,
    'Event ' || event_id || ' (' || kind || ') has no delta_base_co2e_t and none can be computed: '
    || case
        when kind in ('acquisition', 'divestiture', 'outsourcing')
            then 'it needs a facility_id with data of the base year, and for an acquisition an effective_on on which '
                || 'reference/facilities.csv begins or raises its share.'
        else 'a change of this kind is known only to who made it.'
    end || ' Give the tonnes in reference/base_year_events.csv.',
    '事件 ' || event_id || '（' || kind || '）未填 delta_base_co2e_t，也无法计算：'
    || case
        when kind in ('acquisition', 'divestiture', 'outsourcing')
            then '需要 facility_id 在基准年有数据；收购还需要 effective_on 与 reference/facilities.csv 中份额的开始或增加相符。'
        else '此类变化只能由填报者给出。'
    end || '请在 reference/base_year_events.csv 中填写吨数。',
    null
from {{ ref('int_base_year_events') }}
where delta_t is null
union all
select
    'info', case when is_recalculated then 'base_year_recalculated' else 'base_year_changes_accumulate' end, null,
    {{ first_day_of('base_year') }}, null, null, null, 'base_year', cast(base_year as string),
    'Changes of ' || {{ plain_number('event_delta_t') }} || ' t '
    || case when is_recalculated then 'reach' else 'stay below' end || ' the significance threshold of '
    || {{ plain_number('significance_threshold * 100') }} || ' % of the base year''s '
    || {{ plain_number('cast(as_reported_t as decimal(28, 3))') }} || ' t: the base is '
    || {{ plain_number('cast(base_co2e_t as decimal(28, 3))') }} || ' t.',
    '变化合计 ' || {{ plain_number('event_delta_t') }} || ' t，' || case when is_recalculated then '达到' else '未达到' end
    || '基准年 ' || {{ plain_number('cast(as_reported_t as decimal(28, 3))') }} || ' t 的重要性阈值（'
    || {{ plain_number('significance_threshold * 100') }} || ' %）：基准为 '
    || {{ plain_number('cast(base_co2e_t as decimal(28, 3))') }} || ' t。',
    cast(abs(event_delta_t) as decimal(38, 18))
from recalculated
