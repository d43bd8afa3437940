{#-
  Exact arithmetic. A quantity is DECIMAL(19,6), with what it has beyond six decimals beside it, DECIMAL(18,18): nearly always nothing,
  and then it costs nothing. An effective factor is DECIMAL(18,12), a line one product DECIMAL(38,18).
  DuckDB divides decimals as doubles and Spark exactly, so every division goes through one of these two macros.
-#}

{#-
  A decimal rounded to fewer places, as a cast does it, where that is wanted of every row. DuckDB takes most of a microsecond
  to divide the 128 bits of a wide decimal by a power of ten; where an estimate, rounded, is nearer to the value than half of the
  last place, it is the value rounded, and only ties and what has no estimate are divided.
  value: a decimal of more places; estimate: about the same as DOUBLE, not made from a wide decimal; scale: below 18.
-#}
{% macro narrowed(value, estimate, precision, scale) -%}
    {{ return(adapter.dispatch('narrowed', 'helioledger')(value, estimate, precision, scale)) }}
{%- endmacro %}

{% macro default__narrowed(value, estimate, precision, scale) -%}
    case
        when abs({{ value }} - try_cast({{ estimate }} as decimal(18, {{ scale }}))) < 0.{{ '0' * scale }}49
            then cast(try_cast({{ estimate }} as decimal(18, {{ scale }})) as decimal({{ precision }}, {{ scale }}))
        else cast({{ value }} as decimal({{ precision }}, {{ scale }}))
    end
{%- endmacro %}

{% macro spark__narrowed(value, estimate, precision, scale) -%}
    cast({{ value }} as decimal({{ precision }}, {{ scale }}))
{%- endmacro %}

{#- The same of a DECIMAL(22,9): most fit 64 bits, which are divided in a tenth of the time. -#}
{% macro quantity_narrowed(quantity, precision, scale) -%}
    coalesce(
        cast(try_cast({{ quantity }} as decimal(18, 9)) as decimal({{ precision }}, {{ scale }})),
        cast({{ quantity }} as decimal({{ precision }}, {{ scale }}))
    )
{%- endmacro %}

{#-
  n / d as DECIMAL(38,18), correct to the last place while |n| < 10^14, which is more kilograms than the world emits; NULL
  when d is zero.
-#}
{% macro exact_quotient(n, d) -%}
    {{ return(adapter.dispatch('exact_quotient', 'helioledger')(n, d)) }}
{%- endmacro %}

{#-
  One step of long division: six places from the double, the remainder (exact) divided again. A number beyond that bound, as
  a meter's own number in a column of quantities makes it, is divided as a double rather than stopping the run.
-#}
{% macro default__exact_quotient(n, d) -%}
    case
        when abs(cast({{ n }} as double)) < 1e14 then
            cast(cast({{ n }} as double) / nullif(cast({{ d }} as double), 0) as decimal(38, 6))
            + cast(
                cast(
                    cast({{ n }} as decimal(38, 24))
                    - cast(cast({{ n }} as double) / nullif(cast({{ d }} as double), 0) as decimal(38, 6))
                    * cast({{ d }} as decimal(38, 18))
                as double)
                / nullif(cast({{ d }} as double), 0)
            as decimal(38, 18))
        else cast(cast({{ n }} as double) / nullif(cast({{ d }} as double), 0) as decimal(38, 18))
    end
{%- endmacro %}

{#- The same steps: Spark's own division is exact to the last place, which the other is not where a quotient has more than
    ten digits before the point, and the two engines must say the same. -#}
{% macro spark__exact_quotient(n, d) -%}
    element_at(transform(
        array(struct({{ n }} as n, {{ d }} as d, cast({{ n }} as double) as n_near, nullif(cast({{ d }} as double), 0) as d_near)),
        pair -> case
            when abs(pair.n_near) < 1e14D
                then element_at(transform(
                    array({{ digits_of_double('pair.n_near / pair.d_near', 6) }}),
                    six_places -> six_places + {{ digits_of_double(
                        'cast(cast(pair.n as decimal(38, 24)) - six_places * cast(pair.d as decimal(38, 18)) as double)'
                        ~ ' / pair.d_near', 18
                    ) }}
                ), 1)
            else {{ digits_of_double('pair.n_near / pair.d_near', 18) }}
        end
    ), 1)
{%- endmacro %}

{#- base to the exponent, both DOUBLE. -#}
{% macro power(base, exponent) -%} {{ return(adapter.dispatch('power', 'helioledger')(base, exponent)) }} {%- endmacro %}

{% macro default__power(base, exponent) -%} pow({{ base }}, {{ exponent }}) {%- endmacro %}

{% macro spark__power(base, exponent) -%} power_as_in_c({{ base }}, {{ exponent }}) {%- endmacro %}

{#- A double as a decimal. double: an expression that may be NULL, below 10^(38 - scale). -#}
{% macro decimal_of_double(double, precision, scale) -%}
    {{ return(adapter.dispatch('decimal_of_double', 'helioledger')(double, precision, scale)) }}
{%- endmacro %}

{% macro default__decimal_of_double(double, precision, scale) -%}
    cast({{ double }} as decimal({{ precision }}, {{ scale }}))
{%- endmacro %}

{% macro spark__decimal_of_double(double, precision, scale) -%}
    cast({{ digits_of_double(double, scale) }} as decimal({{ precision }}, {{ scale }}))
{%- endmacro %}

{#-
  A double as a decimal as DuckDB casts it: of the double that is 10^scale times it, rounded, every digit. Spark takes the fewest
  digits that tell a double from its neighbours. By three numbers of 50 bits each.
-#}
{% macro digits_of_double(double, scale) -%}
    element_at(transform(
        array(round(({{ double }}) * 1e{{ scale }}D)),
        whole -> cast(
            (
                cast(cast(whole / 1267650600228229401496703205376D as bigint) as decimal(20, 0))
                * cast(1267650600228229401496703205376 as decimal(31, 0))
                + cast(cast(whole % 1267650600228229401496703205376D / 1125899906842624D as bigint) as decimal(20, 0))
                * cast(1125899906842624 as decimal(16, 0))
                + cast(cast(whole % 1125899906842624D as bigint) as decimal(20, 0))
            ) * 0.{{ '0' * (scale - 1) }}1
        as decimal(38, {{ scale }}))
    ), 1)
{%- endmacro %}

{#-
  n / d as DECIMAL(18,12), a share or a change of something; NULL when d is zero, or so near zero that n is a million times
  as large: that says nothing, and has more digits than a share holds.
-#}
{% macro share(n, d) -%}
    cast(case
        when abs(cast({{ n }} as double)) < 999999 * abs(cast({{ d }} as double)) then {{ exact_quotient(n, d) }}
    end as decimal(18, 12))
{%- endmacro %}

{#-
  a x b as DECIMAL(38,18), rounded once, at the last place: whole parts and decimals are multiplied apart, because the product
  of two numbers of twelve decimals and more has more digits than a decimal holds. a, b: up to 18 decimals, below 10^19;
  their product below 10^20.
-#}
{% macro exact_product(a, b) -%}
    {%- set parts = {} %}
    {%- for name, number in {'a': a, 'b': b}.items() %}
    {%- do parts.update({
        name ~ '_whole': 'cast(' ~ number ~ ' as decimal(19, 0))',
        name ~ '_rest': 'cast(cast(' ~ number ~ ' as decimal(38, 18)) - cast(' ~ number ~ ' as decimal(19, 0)) as decimal(19, 18))',
    }) %}
    {%- endfor -%}
    (
        cast({{ parts.a_whole }} * {{ parts.b_whole }} as decimal(38, 18))
        + cast({{ parts.a_whole }} * {{ parts.b_rest }} as decimal(38, 18))
        + cast({{ parts.a_rest }} * {{ parts.b_whole }} as decimal(38, 18))
        + cast({{ parts.a_rest }} * {{ parts.b_rest }} as decimal(38, 18))
    )
{%- endmacro %}


{#-
  quantity x part / whole, rounded half up once to six places, of a rest to eighteen. With part of whole days, 0 <= part <= whole, differences
  of this cumulative share sum to the quantity to the last decimal, however it is cut. quantity: DECIMAL(19,6), or
  (25,6) where the result is below 10^13, or (18,18); part, whole: whole numbers.
-#}
{% macro cumulative_share(quantity, part, whole, scale=6) -%}
    {{ return(adapter.dispatch('cumulative_share', 'helioledger')(quantity, part, whole, scale)) }}
{%- endmacro %}

{% macro default__cumulative_share(quantity, part, whole, scale) -%}
    {%- set type = 'decimal(' ~ (19 if scale == 6 else scale) ~ ', ' ~ scale ~ ')' -%}
    case
        when {{ part }} = {{ whole }} then {{ quantity }}
        when {{ part }} = 0 then cast({{ quantity }} * 0 as {{ type }})
        else cast(
            cast(
                (
                    2 * cast(abs({{ quantity }}) * 1{{ '0' * scale }} as hugeint) * {{ part }} + {{ whole }}
                ) // (2 * {{ whole }})
                * sign({{ quantity }})
            as decimal(38, 0)) * 0.{{ '0' * (scale - 1) }}1
        as {{ type }})
    end
{%- endmacro %}

{#- `div` is a whole number of 64 bits on Spark, and silently another one beyond them. -#}
{% macro spark__cumulative_share(quantity, part, whole, scale) -%}
    {%- set type = 'decimal(' ~ (19 if scale == 6 else scale) ~ ', ' ~ scale ~ ')' -%}
    {%- set twice = '(2 * cast(abs(' ~ quantity ~ ') * 1' ~ '0' * scale ~ ' as decimal(38, 0)) * ' ~ part ~ ' + ' ~ whole ~ ')' -%}
    case
        when {{ part }} = {{ whole }} then {{ quantity }}
        when {{ part }} = 0 then cast({{ quantity }} * 0 as {{ type }})
        else cast(
            cast(
                cast(({{ twice }} - {{ twice }} % (2 * {{ whole }})) / (2 * {{ whole }}) as decimal(38, 0))
                * cast(sign({{ quantity }}) as integer)
            as decimal({{ 38 if scale == 6 else 19 }}, 0)) * 0.{{ '0' * (scale - 1) }}1
        as {{ type }})
    end
{%- endmacro %}

{#- Tonnes from kilograms: exact, because a decimal divided by 1000 would be a double. -#}
{% macro tonnes(kilograms) -%}
    cast({{ kilograms }} * 0.001 as decimal(38, 21))
{%- endmacro %}

{#- A decimal as text without trailing zeros. -#}
{% macro plain_number(number) -%}
    {{ all_digits('cast(' ~ number ~ ' as decimal(28, 9))') }}
{%- endmacro %}

{#- A number of zero and more, rounded, as people read it: 3,700,000 or, with three decimals, 58,737.764. -#}
{% macro grouped_number(number, decimals=0) -%}
    {%- set text = 'cast(cast(round(' ~ number ~ ', ' ~ decimals ~ ') as decimal(28, ' ~ decimals ~ ')) as string)' -%}
    {{ by_thousands("split_part(" ~ text ~ ", '.', 1)") }}
    {%- if decimals %} || '.' || split_part({{ text }}, '.', 2){% endif %}
{%- endmacro %}

{#- A decimal of a type with decimals as text, with every digit that it has and no zero behind them. -#}
{% macro all_digits(number) -%} {{ return(adapter.dispatch('all_digits', 'helioledger')(number)) }} {%- endmacro %}

{% macro default__all_digits(number) -%} rtrim(rtrim(cast({{ number }} as string), '0'), '.') {%- endmacro %}

{#- The function takes its arguments in the other order there. -#}
{% macro spark__all_digits(number) -%}
    trim(trailing '.' from trim(trailing '0' from cast({{ number }} as string)))
{%- endmacro %}

{#- Digits as a text with a comma before each three. -#}
{% macro by_thousands(digits) -%} {{ return(adapter.dispatch('by_thousands', 'helioledger')(digits)) }} {%- endmacro %}

{% macro default__by_thousands(digits) -%}
    ltrim(reverse(regexp_replace(reverse({{ digits }}), '([0-9]{3})', '\1,', 'g')), ',')
{%- endmacro %}

{% macro spark__by_thousands(digits) -%}
    trim(leading ',' from reverse(regexp_replace(reverse({{ digits }}), '([0-9]{3})', '$1,')))
{%- endmacro %}

{#-
  value x share as DECIMAL(38,18), correct to the last place: the whole part and the decimals are multiplied apart, because
  their product has more digits than a decimal holds (and 19 digits, because DuckDB multiplies up to 18 in 64 bits).
  value: below 10^12; share: DECIMAL of at most 19 digits, 0 to 1.
-#}
{% macro share_of_value(value, share) -%}
    (
        cast(cast({{ value }} as decimal(19, 0)) * {{ share }} as decimal(38, 18))
        + cast(
            cast({{ value }} - cast({{ value }} as decimal(19, 0)) as decimal(19, 18)) * {{ share }}
        as decimal(38, 18))
    )
{%- endmacro %}

{#-
  n / d as DECIMAL(38,24) with twelve significant digits and more, also of tonnes per unit of a small currency: below 0.001 the
  quotient is taken in units of 10^9. d: DECIMAL of at most 9 decimals; NULL when d is zero. The quotient: below 10^14.
-#}
{% macro significant_quotient(n, d) -%}
    case
        when abs(cast({{ n }} as double) / nullif(cast({{ d }} as double), 0)) < 0.001
            then cast({{ exact_quotient(n, '(' ~ d ~ ') * 0.000000001') }} * 0.000000001 as decimal(38, 24))
        else cast({{ exact_quotient(n, d) }} as decimal(38, 24))
    end
{%- endmacro %}

{#-
  What part of a total a part is, 0 to 1, where corrections may have taken the total below the part, to zero or below zero:
  then the part is all of it.
-#}
{% macro part_of_total(part, total) -%}
    case
        when {{ part }} <= 0 then cast(0 as decimal(38, 18))
        when {{ total }} <= {{ part }} then cast(1 as decimal(38, 18))
        else {{ exact_quotient(part, total) }}
    end
{%- endmacro %}

{#-
  Kilograms of a line (or its energy) as DECIMAL(38,18): quantity, DECIMAL(19,6), and its rest, DECIMAL(18,18), x factor,
  DECIMAL(18,12), per one unit or per factor_units of them, 1 or 1000000. One product, exact; of a rest, and per million units
  (only of factors below 0.001 per unit), rounded once, at the last place.
-#}
{% macro line_product(quantity, rest, factor, factor_units=none) -%}
    case
        {%- if factor_units %}
        when {{ rest }} <> 0 and {{ factor_units }} = 1000000
            then cast({{ exact_product(quantity ~ ' + ' ~ rest, factor) }} * 0.000001 as decimal(38, 18))
        {%- endif %}
        when {{ rest }} <> 0
            then cast({{ quantity }} * {{ factor }} as decimal(38, 18)) + cast({{ rest }} * {{ factor }} as decimal(38, 18))
        {%- if factor_units %}
        when {{ factor_units }} = 1000000
            then cast(cast({{ quantity }} * {{ factor }} as decimal(38, 18)) * 0.000001 as decimal(38, 18))
        {%- endif %}
        else cast({{ quantity }} * {{ factor }} as decimal(38, 18))
    end
{%- endmacro %}

{#-
  Units of one currency for one of another, rounded to fifteen decimals; of a dong or a won, of which the other has thousands, to eighteen.
  DECIMAL(38,18).
-#}
{% macro money_factor(number) -%}
    case
        when {{ number }} < 0.001 then {{ number }}
        else cast(cast({{ number }} as decimal(24, 15)) as decimal(38, 18))
    end
{%- endmacro %}
