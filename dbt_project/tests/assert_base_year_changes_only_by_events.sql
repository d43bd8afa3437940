-- The figure of the base year changes only by an event of base_year_events.csv: one that was closed is what was closed first and
-- the events between it and the base of the trend; and an event by which a published figure stands is there as it was published, or says
-- why not.
{{ config(meta={'dagster': {'ref': {'name': 'organization'}}}) }}

select
    'close ' || closed.close_id as what,
    cast(closed.base_co2e_t as string) as published,
    concat_ws(
        ' ', cast(organization.base_as_reported_co2e_t as string), cast(events.recalculated_t as string),
        cast(organization.base_co2e_t as string)
    ) as now,
    'A base year that was closed is what was closed first, and its events.' as what_to_do,
    '已关账的基准年等于首次关账数值加各事件。' as what_to_do_zh
from {{ ref('organization') }} as organization
inner join (
    select *, row_number() over (partition by year, target_scope2_method order by number) as place
    from {{ source('raw', 'closes') }}
    where action = 'close' and base_co2e_t is not null
) as closed
    on
        organization.base_year = closed.year
        and closed.place = 1
        and organization.target_scope2_method = closed.target_scope2_method
cross join (
    select coalesce(sum(delta_base_co2e_t), 0) as recalculated_t from {{ ref('base_year_events') }} where is_recalculated
) as events
where
    closed.base_co2e_t is distinct from organization.base_as_reported_co2e_t
    or organization.base_co2e_t
    is distinct from cast(closed.base_co2e_t + cast(events.recalculated_t as decimal(28, 9)) as decimal(38, 18))
union all
select
    'event ' || event_id,
    published_as || ': ' || cast(cast(published_t as decimal(28, 6)) as string) || ' t',
    coalesce(given_as || ': ' || coalesce(cast(cast(now_t as decimal(28, 6)) as string) || ' t', '-'), '-'),
    case change
        when 'gone' then 'Put its row back into reference/base_year_events.csv; if it does not hold any more, say why in withdrawn_reason.'
        when 'altered' then 'Put its row back as it was, with a withdrawn_reason, and enter what holds as a new event.'
        when 'moved' then 'The data of the facility changed: enter an event of it that says why (kind error or methodology,'
            || ' delta_base_co2e_t 0: the tonnes follow from the data).'
        else 'The threshold makes it count otherwise: put significance_threshold back, or enter an event that says why (kind'
            || ' methodology, delta_base_co2e_t 0).'
    end,
    case change
        when 'gone' then '请在 reference/base_year_events.csv 恢复该行；若事件已不成立，请在 withdrawn_reason 说明理由。'
        when 'altered' then '请恢复原行并填写 withdrawn_reason，再将现行内容作为新事件填报。'
        when 'moved' then '该设施数据已变：请为其填报说明原因的事件（error 或 methodology，delta_base_co2e_t 填 0，吨数由数据得出）。'
        else '阈值变化使其计入方式改变：请恢复 significance_threshold，或填报说明原因的事件（methodology，delta_base_co2e_t 填 0）。'
    end
from {{ ref('int_base_year_event_changes') }}
where stops
