{#-
  The parts and formulas of `factor_register` in Chinese: longer words first, so that none is a part of one that is still
  to come.
-#}
{% macro register_in_chinese(text) -%}
    {%- set words_zh = {
        'of a blend: the sum of share x GWP': '混合物为各组分份额 × GWP 之和',
        'of each by-product': '各副产物',
        'net calorific value': '低位发热量', 'carbon content': '单位热值含碳量', 'oxidation rate': '碳氧化率',
        'share of what is generated': '占发电量份额', 'share of what is delivered': '占供电量份额',
        'abatement share': '处理比例', 'utilisation': '利用率', 'destruction': '去除率', 'by product': '副产物', 'heel': '残余率',
        'leak rate': '泄漏率', 'biogenic CO2': '生物源 CO2', 'quantity': '数量', 'losses': '损耗率', 'factor': '因子',
        'mass = volume x density': '质量 = 体积 × 密度', 'density': '密度', 'share of': '份额', 'GWP of': 'GWP',
        ' and ': ' 和 ', ' or ': ' 或 ', ' its ': ' 其 ', ' x ': ' × '
    } %}
    {%- set said = namespace(text=text) -%}
    {%- for en, zh in words_zh.items() -%}
        {%- set said.text = "replace(" ~ said.text ~ ", '" ~ en ~ "', '" ~ zh ~ "')" -%}
    {%- endfor -%}
    {{ said.text }}
{%- endmacro %}

{#- The words, in lower case, by which products and workshops of a solar plant are known, by kind of plant. -#}
{% macro solar_products() -%}
    {{ return({
        'wafer': ['wafer', 'ingot', '硅片', '晶片', '切片', '拉晶', '单晶', '硅棒', '铸锭', '矽片'],
        'cell': ['cell', '电池', '電池'],
        'module': ['module', 'panel', '组件', '組件', '模组', '模組'],
    }) }}
{%- endmacro %}
