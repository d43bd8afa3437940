-- One row per year and figure that is both published and calculated over twelve months: the inventory beside what was
-- reported, line by line. Scope 2 is in the target's method.
with

organization as (

    select * from {{ ref('int_organization') }}

),

whole_years as (

    select year
    from {{ ref('annual_inventory') }}
    where basis = 'calculated'
    group by year
    having min(months_covered) = 12

),

figures as (

    select
        inventory.year, inventory.basis, 1 as line_order, 'scope' as kind, cast(inventory.scope as string) as item,
        'Scope ' || cast(inventory.scope as string) as name_en, '范围' || cast(inventory.scope as string) as name_zh,
        inventory.co2e_t as figure, 'tCO2e' as unit
    from {{ ref('annual_inventory') }} as inventory
    cross join organization
    where inventory.scope2_method is null or inventory.scope2_method = organization.target_scope2_method
    union all
    select
        classes.year, classes.basis, 2, 'source_class', classes.source_class,
        'Scope 1, ' || replace(classes.source_class, '_', ' '),
        '范围1 ' || case classes.source_class
            when 'stationary_combustion' then '固定燃烧'
            when 'mobile_combustion' then '移动燃烧'
            when 'process' then '过程排放'
            when 'fugitive' then '逸散排放'
            else classes.source_class
        end,
        classes.co2e_t, 'tCO2e'
    from {{ ref('source_class_emissions') }} as classes
    where classes.scope = 1 and classes.source_class is not null
    union all
    select
        categories.year, categories.basis, 3, 'ghg_protocol_category', cast(categories.ghg_protocol_category as string),
        'Category ' || cast(categories.ghg_protocol_category as string) || ', ' || categories.category_name_en,
        '类别' || cast(categories.ghg_protocol_category as string) || ' ' || categories.category_name_zh,
        -- A category whose reason says that there is nothing is a zero.
        coalesce(categories.co2e_t, case when categories.reason_en is not null then 0 end), 'tCO2e'
    from {{ ref('category_emissions') }} as categories
    where categories.ghg_protocol_category is not null
    union all
    select
        statement.year, 'calculated', 4, 'iso_14064_category', cast(statement.iso_14064_category as string),
        'ISO 14064-1 category ' || cast(statement.iso_14064_category as string),
        'ISO 14064-1 类别' || cast(statement.iso_14064_category as string), statement.co2e_t, 'tCO2e'
    from {{ ref('iso_14064_statement') }} as statement
    where statement.basis = 'calculated'
    union all
    select
        statement.year, 'reported', 4, 'iso_14064_category', cast(statement.iso_14064_category as string),
        'ISO 14064-1 category ' || cast(statement.iso_14064_category as string),
        'ISO 14064-1 类别' || cast(statement.iso_14064_category as string), statement.published, 'tCO2e'
    from {{ ref('iso_14064_statement') }} as statement
    where statement.basis = 'reported'
    union all
    select
        intensities.year, intensities.basis, 5, 'intensity', intensities.numerator || '/' || intensities.denominator,
        'Intensity ' || replace(intensities.numerator, '_', ' ') || ' per ' || intensities.denominator,
        '范围1和2排放强度，按' || case intensities.denominator
            when 'revenue' then '营业收入'
            when 'headcount' then '员工人数'
            when 'production_mw' then '产量（MW）'
            when 'shipments_mw' then '出货量（MW）'
            else intensities.denominator
        end,
        intensities.value, intensities.unit
    from {{ ref('intensity') }} as intensities
    where intensities.numerator = 'scope_1_and_2'

)

select
    cast(figures.year as integer) as year,
    cast(figures.line_order as integer) as line_order,
    cast(figures.kind as string) as kind,
    cast(figures.item as string) as item,
    cast(min(figures.name_en) as string) as name_en,
    cast(min(figures.name_zh) as string) as name_zh,
    cast(sum(case when figures.basis = 'calculated' then figures.figure end) as decimal(38, 24)) as calculated,
    cast(sum(case when figures.basis = 'reported' then figures.figure end) as decimal(38, 24)) as reported,
    cast(
        sum(case when figures.basis = 'calculated' then figures.figure end)
        - sum(case when figures.basis = 'reported' then figures.figure end)
    as decimal(38, 24)) as difference,
    figures.unit
from figures
inner join whole_years
    on figures.year = whole_years.year
group by figures.year, figures.line_order, figures.kind, figures.item, figures.unit
having count(case when figures.basis = 'reported' then figures.figure end) > 0
