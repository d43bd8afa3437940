{#-
  SQL of a sentence on the scopes that a target counts: that of the one, or those of both and what they make `together`.
  sentences: SQL texts by scope, 1 and 2.
-#}
{% macro by_scope_of_target(sentences, comma, together="''") -%}
    case
        when scopes like '%1%' and scopes like '%2%' then {{ sentences[1] }} || '{{ comma }}' || {{ sentences[2] }} || {{ together }}
        when scopes like '%2%' then {{ sentences[2] }}
        else {{ sentences[1] }}
    end
{%- endmacro %}
