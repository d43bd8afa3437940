{#- The keys of organization.yml that hold the organisation's own texts for reports; each is a column, and one with _zh. -#}
{% macro own_texts() %}
    {{ return([
        'responsible_person', 'reporting_boundary', 'direct_removals', 'base_year_changes', 'quantification_approach',
        'quantification_changes', 'uncertainty_assessment', 'conformity_statement', 'emissions_trading',
        'internal_carbon_price'
    ]) }}
{% endmacro %}
