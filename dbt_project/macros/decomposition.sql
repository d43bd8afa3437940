{#-
  Additive logarithmic mean Divisia index I (Ang 2005): what one factor, from x0 to x1, did to a value that went from v0 to v1.
  Where a value is zero the limits hold that Ang, Zhang and Choi (1998) and Wood and Lenzen (2006) give: the factor that is zero on
  that side takes the whole value, every other one nothing. DOUBLE, because logarithms are. Values and factors: zero and above.
-#}
{% macro divisia_effect(v0, v1, x0, x1) -%}
    case
        when {{ v0 }} = 0 and {{ v1 }} = 0 then 0.0
        when {{ v0 }} = 0 then case when {{ x0 }} = 0 and {{ x1 }} > 0 then {{ v1 }} else 0.0 end
        when {{ v1 }} = 0 then case when {{ x0 }} > 0 and {{ x1 }} = 0 then -{{ v0 }} else 0.0 end
        else {{ logarithmic_mean(v0, v1) }} * ln({{ x1 }} / {{ x0 }})
    end
{%- endmacro %}

{#- Of two values above zero; of two that are all but equal it is their mean. DOUBLE. -#}
{% macro logarithmic_mean(v0, v1) -%}
    case
        when abs({{ v1 }} - {{ v0 }}) <= 0.0000001 * {{ v0 }} then ({{ v0 }} + {{ v1 }}) / 2
        else ({{ v1 }} - {{ v0 }}) / ln({{ v1 }} / {{ v0 }})
    end
{%- endmacro %}
