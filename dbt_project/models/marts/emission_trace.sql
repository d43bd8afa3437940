-- One row per emission line: where it came from, what made its factor, and its product in words. A view: it costs a run
-- nothing, and a reader of one line looks up one line.
{{ config(materialized='view') }}
with

factors as (

    select
        factor_row_id,
        max(formula) as formula,
        {{ texts_together(
            "part || ' ' || " ~ all_digits('value') ~ " || case when unit = '1' then '' else ' ' || unit end", '; ', 'part'
        ) }} as parts,
        {{ different_texts('publication', '; ') }} as publication,
        {{ different_texts('licence', '; ') }} as licence
    from {{ ref('factor_register') }}
    group by factor_row_id

),

{#- The product that a calculator confirms. A share is taken of the factor, gas by gas, at twelve decimals. -#}
{%- set product %}
{{ all_digits('lines.exact_quantity') }} || ' ' || lines.unit || ' x ' || {{ all_digits('lines.factor_kgco2e_per_unit') }} || ' kg CO2e/' || lines.unit
    || case
        when lines.consolidation_share = 1 then ''
        else ' = ' || {{ all_digits('lines.gross_co2e_kg') }} || ' kg CO2e; x ' || {{ all_digits('lines.consolidation_share') }}
    end
    || ' = ' || {{ all_digits('lines.co2e_kg') }} || ' kg CO2e'
{%- endset %}

worded as (

    select
        lines.*,
        submissions.path as submission_path,
        submissions.sha256 as submission_sha256,
        factors.formula as factor_formula,
        factors.parts as factor_parts,
        factors.publication,
        factors.licence,
        {{ product }} as product
    from {{ ref('emissions') }} as lines
    left join {{ ref('submissions') }} as submissions
        on lines.submission_id = submissions.submission_id
    left join factors
        on lines.factor_row_id = factors.factor_row_id

)

select
    emission_id,
    period,
    facility_id,
    activity_type,
    source_class,
    stage,
    scope,
    scope2_method,
    market_basis,
    instrument_id,
    ghg_protocol_category,
    iso_14064_category,
    boundary_route,
    activity_id,
    feed,
    submission_id,
    submission_path,
    submission_sha256,
    source_sheet,
    source_row,
    data_quality,
    given_quantity,
    given_unit,
    unit_bridge,
    segment_start,
    segment_end,
    exact_quantity as quantity,
    unit,
    factor_table,
    factor_level,
    factor_distance,
    factor_id,
    factor_row_id,
    cast(factor_formula as string) as factor_formula,
    cast(factor_parts as string) as factor_parts,
    cast(publication as string) as publication,
    cast(licence as string) as licence,
    factor_kgco2e_per_unit,
    gwp_set,
    consolidation_share,
    gross_co2e_kg,
    co2e_kg,
    biogenic_co2_kg,
    cast(
        product
        || case
            when consolidation_share = 1 then ''
            else ' (the share is taken of each gas' || chr(39) || 's factor, rounded to 12 decimals; of the mean of the days where it changes)'
        end
        || case factor_table
            when 'row' then '. The factor stands on the delivered row.'
            when 'instrument' then '. The factor is the emission rate of instrument ' || instrument_id || '.'
            else coalesce('. Factor: ' || factor_formula || ', of ' || factor_parts || '.', '.')
        end
    as string) as formula_en,
    cast(
        replace(product, ' x ', ' × ')
        || case
            when consolidation_share = 1 then ''
            else '（份额按各气体因子计，保留 12 位小数；期间变动者取按日平均）'
        end
        || case factor_table
            when 'row' then '。因子写在所交的行上。'
            when 'instrument' then '。因子为凭证 ' || instrument_id || ' 的排放率。'
            else coalesce(
                '。因子：' || {{ register_in_chinese('factor_formula') }} || '，其中 ' || {{ register_in_chinese('factor_parts') }} || '。', '。'
            )
        end
    as string) as formula_zh
from worded
