-- Performs a year of the inventory again, from delivered quantities and the parts of factors, and compares every line and
-- every sum with what was published, to the last digit. Needs DuckDB (1.2 or later) and this folder, nothing else:
--     duckdb -bail < recompute.sql
--     python -c "import duckdb; print(duckdb.sql(open('recompute.sql', encoding='utf-8').read()))"
-- It ends with an error that names what differs, or with one line that says that nothing does.
-- 用 DuckDB 在本文件夹内运行：由所交数量和因子各项重新计算每一行，并与发布值逐位比较；有差异时报错并指明。

-- 0. The files are those that the pack was made with.
create or replace temp table files as
select
    hashes.file,
    hashes.sha256 as expected,
    sha256(found.content) as found
from read_csv('hashes.csv', header = true, all_varchar = true) as hashes
left join (
    select filename, content from read_blob('data/*.parquet')
    union all
    select filename, content from read_blob('recompute.sql')
    union all
    select filename, content from read_blob('*.md')
    union all
    select filename, content from read_blob('*.csv')
    union all
    select filename, content from read_blob('*.json')
) as found
    on regexp_replace(replace(found.filename, '\', '/'), '^[.]/', '') = hashes.file;

create or replace temp table changed_files as
select file, case when found is null then 'is missing' else 'was changed' end as what
from files
where found is distinct from expected;

select case
    when count(*) > 0 then error('Not the files of this pack 文件与打包时不符: ' || string_agg(file || ' ' || what, ', ' order by file))
    else 'the files are those of the pack 文件未被改动'
end as files
from changed_files;

-- 1. Exact arithmetic. DuckDB divides decimals as doubles: here whole numbers of 10^-18 are divided, six places at a time,
-- and rounded half up once. A product may have more digits than a decimal holds: whole parts and decimals are apart.
select case
    when cast(cast(1.25 as decimal(20, 2)) * cast(1.5 as decimal(20, 2)) as decimal(20, 2)) <> 1.88
        then error('This DuckDB cuts decimals off instead of rounding them; take 1.2 or later. 请使用 DuckDB 1.2 及以上版本。')
    else 'decimals are rounded 小数四舍五入'
end as arithmetic;

create or replace temp macro whole(x) as cast(replace(cast(cast(x as decimal(38, 18)) as varchar), '.', '') as hugeint);
create or replace temp macro rest(r, d) as (r * 1000000) % d;
create or replace temp macro decimals_of(r, d) as
    ((r * 1000000) // d) * 1000000000000 + ((rest(r, d) * 1000000) // d) * 1000000
    + ((rest(rest(r, d), d) * 1000000) // d) + case when 2 * rest(rest(rest(r, d), d), d) >= d then 1 else 0 end;
create or replace temp macro quotient_of(n, d) as
    cast(n // d as decimal(38, 18)) + cast(decimals_of(n % d, d) as decimal(19, 0)) * 0.000000000000000001;
create or replace temp macro exact_quotient(n, d) as
    cast(cast(sign(n) * sign(d) as integer) * quotient_of(abs(whole(n)), abs(whole(d))) as decimal(38, 18));

create or replace temp macro exact_product(a, b) as
    cast(cast(a as decimal(19, 0)) * cast(b as decimal(19, 0)) as decimal(38, 18))
    + cast(
        cast(a as decimal(19, 0)) * cast(cast(b as decimal(38, 18)) - cast(b as decimal(19, 0)) as decimal(19, 18))
    as decimal(38, 18))
    + cast(
        cast(cast(a as decimal(38, 18)) - cast(a as decimal(19, 0)) as decimal(19, 18)) * cast(b as decimal(19, 0))
    as decimal(38, 18))
    + cast(
        cast(cast(a as decimal(38, 18)) - cast(a as decimal(19, 0)) as decimal(19, 18))
        * cast(cast(b as decimal(38, 18)) - cast(b as decimal(19, 0)) as decimal(19, 18))
    as decimal(38, 18));

-- Kilograms of quantity x factor, which is per factor_units units; rounded once, at the last place, where it is per a million, or the
-- quantity has more than six decimals.
create or replace temp macro line_product(quantity, factor, factor_units) as
    case
        when factor_units = 1000000 and quantity <> cast(quantity as decimal(19, 6))
            then cast(exact_product(quantity, factor) * 0.000001 as decimal(38, 18))
        when factor_units = 1000000
            then cast(cast(cast(quantity as decimal(19, 6)) * factor as decimal(38, 18)) * 0.000001 as decimal(38, 18))
        else cast(cast(quantity as decimal(19, 6)) * factor as decimal(38, 18))
            + cast(cast(quantity - cast(quantity as decimal(19, 6)) as decimal(18, 18)) * factor as decimal(38, 18))
    end;

create or replace temp view lines as from 'data/lines.parquet';
create or replace temp view factors as from 'data/factors.parquet';
create or replace temp view properties as from 'data/properties.parquet';
create or replace temp view gwp as from 'data/gwp.parquet';
create or replace temp view units as from 'data/units.parquet';
create or replace temp view money as from 'data/money.parquet';
create or replace temp view shares as from 'data/shares.parquet';
create or replace temp view line_parts as from 'data/line_parts.parquet';
create or replace temp view instruments as from 'data/instruments.parquet';
create or replace temp view delivered as from 'data/delivered.parquet';
create or replace temp view settings as from 'data/settings.parquet';
create or replace temp view figures as from 'data/figures.parquet';

-- 2. Bridges between dimensions, as the line names them: calorific value, density, and the volume of a gas at 20 degrees.
create or replace temp table bridges as
with recursive steps as (

    select
        unit,
        unit_bridge,
        unnest(string_split(string_split(unit_bridge, '; ')[-1], ', ')) as step,
        generate_subscripts(string_split(string_split(unit_bridge, '; ')[-1], ', '), 1) as place
    from (select distinct unit, unit_bridge from lines where unit_bridge is not null)

),

worded as (

    select
        steps.*,
        split_part(step, ' ', 1) as kind,
        try_cast(split_part(step, ' ', 2) as decimal(28, 12)) as value,
        split_part(regexp_replace(step, '^\S+ \S+ ', ''), '/', 1) as of_unit,
        split_part(regexp_replace(step, '^\S+ \S+ ', ''), '/', 2) as per_unit
    from steps

),

edges as (

    select
        worded.unit, worded.unit_bridge, worded.place, per.dimension as from_dimension, of_units.dimension as to_dimension,
        cast(exact_quotient(exact_product(worded.value, of_units.to_base), per.to_base) as decimal(25, 15)) as factor
    from worded
    inner join units as of_units on worded.of_unit = of_units.unit
    inner join units as per on worded.per_unit = per.unit
    where worded.kind in ('NCV', 'density')
    union all
    select unit, unit_bridge, place, 'volume', 'normal_volume', cast(0.931776 as decimal(25, 15))
    from worded
    where step = 'm3 at 20 C x 0.931776 = Nm3'
    union all
    select
        unit, unit_bridge, place, 'gross_energy', 'energy',
        cast(cast(regexp_extract(step, '^gross x (\S+) = net$', 1) as decimal(19, 15)) as decimal(25, 15))
    from worded
    where step like 'gross x % = net'

),

walked as (

    select
        texts.unit, texts.unit_bridge, 0::bigint as place, units.dimension, cast(null as decimal(25, 15)) as factor
    from (select distinct unit, unit_bridge from edges) as texts
    inner join units on texts.unit = units.unit
    union all
    select
        walked.unit, walked.unit_bridge, edges.place,
        case when walked.dimension = edges.from_dimension then edges.to_dimension else edges.from_dimension end,
        case
            when walked.factor is null then next_factor
            else cast(walked.factor * next_factor as decimal(25, 15))
        end
    from walked
    inner join (
        select *, factor as forth, cast(exact_quotient(1, factor) as decimal(25, 15)) as back from edges
    ) as edges
        on
            walked.unit = edges.unit and walked.unit_bridge = edges.unit_bridge and edges.place = walked.place + 1
            and walked.dimension in (edges.from_dimension, edges.to_dimension),
    lateral (select case when walked.dimension = edges.from_dimension then edges.forth else edges.back end as next_factor)

)

select unit, unit_bridge, dimension as to_dimension, factor
from walked
where place = (select max(edges.place) from edges where edges.unit = walked.unit and edges.unit_bridge = walked.unit_bridge);

-- 3. Factors in kilograms of CO2e by gas per unit of the line.
create or replace temp table asked as
select distinct factor_table, factor_row_id, factor_id, unit, unit_bridge, cast(year(period) as integer) as year
from lines
where not is_withheld;

-- 3a. Factor rows: mass of each gas per unit x potential, x units per unit of the line, x what is lost on the way.
create or replace temp table of_rows as
with parts as (

    select
        factor_row_id,
        max(formula) as formula,
        max(data_year) as data_year,
        max(case when unit like 'kg/%' and part in ('CO2', 'CH4', 'N2O', 'CO2e', 'biogenic CO2') then substr(unit, 4) end)
            as per_unit,
        coalesce(max(case when part = 'CO2' then value end), 0) as co2,
        coalesce(max(case when part = 'CH4' then value end), 0) as ch4,
        coalesce(max(case when part = 'N2O' then value end), 0) as n2o,
        coalesce(max(case when part = 'CO2e' then value end), 0) as unspecified,
        coalesce(max(case when part = 'biogenic CO2' then value end), 0) as biogenic_co2,
        coalesce(max(case when part = 'GWP of CH4' then value end), 0) as ch4_gwp,
        coalesce(max(case when part = 'GWP of N2O' then value end), 0) as n2o_gwp,
        max(case when part = 'losses' then value end) as losses
    from factors
    where factor_row_id in (select factor_row_id from asked where factor_table in ('own', 'seed'))
    group by factor_row_id
    having max(case when part = 'net calorific value' then 1 end) is null

),

scaled as (

    select
        asked.*,
        parts.* exclude (factor_row_id),
        case
            when line_units.is_currency and per_units.is_currency
                then exact_quotient(
                    cast(line_units.to_base * cast(money.factor as decimal(23, 15)) as decimal(38, 18)), per_units.to_base
                )
            -- A factor that says no calorific value, or the gross one, is per the same energy as a fuel by the gross one.
            when
                line_units.dimension = per_units.dimension
                or (
                    line_units.dimension = 'gross_energy' and per_units.dimension = 'energy'
                    and coalesce(per_units.heating_value_basis, 'gross') = 'gross'
                )
                then cast(cast(exact_quotient(line_units.to_base, per_units.to_base) as decimal(38, 15)) as decimal(38, 18))
            else exact_quotient(
                cast(line_units.to_base * cast(bridges.factor as decimal(23, 15)) as decimal(38, 18)), per_units.to_base
            )
        end as per_units_per_unit
    from asked
    inner join parts on asked.factor_row_id = parts.factor_row_id
    left join units as line_units on asked.unit = line_units.unit
    left join units as per_units on parts.per_unit = per_units.unit
    left join bridges
        on
            asked.unit = bridges.unit and asked.unit_bridge = bridges.unit_bridge
            and bridges.to_dimension = per_units.dimension
    left join money
        on
            line_units.dimension = money.from_currency and per_units.dimension = money.to_currency
            and asked.year = money.spend_year and coalesce(parts.data_year, -1) = coalesce(money.price_year, -1)

),

with_losses as (

    select
        *,
        case
            when losses is null then per_units_per_unit
            when formula like '%/ (1 - losses)%' then exact_product(per_units_per_unit, exact_quotient(losses, 1 - losses))
            else exact_product(per_units_per_unit, cast(losses as decimal(38, 18)))
        end as multiplier
    from scaled

)

-- Twelve decimals per unit of the line; of a factor below 0.001 (a kilogram per dong or won) per million of them.
select
    factor_table, factor_row_id, factor_id, unit, unit_bridge, year, factor_units,
    cast(exact_product(co2, scaled) as decimal(18, 12)) as co2,
    cast(exact_product(exact_product(ch4, ch4_gwp), scaled) as decimal(18, 12)) as ch4,
    cast(exact_product(exact_product(n2o, n2o_gwp), scaled) as decimal(18, 12)) as n2o,
    cast(exact_product(unspecified, scaled) as decimal(18, 12)) as unspecified,
    cast(exact_product(biogenic_co2, scaled) as decimal(18, 12)) as biogenic_co2
from (
    select
        with_losses.*,
        case
            when abs(cast(
                co2 + exact_product(ch4, ch4_gwp) + exact_product(n2o, n2o_gwp) + unspecified + biogenic_co2 as double
            )) * cast(multiplier as double) between 1e-18 and 0.001 then 1000000
            else 1
        end as factor_units,
        cast(multiplier * factor_units as decimal(38, 18)) as scaled
    from with_losses
);

-- 3b. Fuels: energy per unit x carbon content x oxidation x 44/12, or x CO2 per TJ; CH4 and N2O per TJ x potential.
create or replace temp table of_fuels as
with energy as (

    select
        asked.*,
        properties.* exclude (factor_row_id),
        coalesce(properties.oxidation_rate, 1) as oxidised,
        (select max(value) from factors where factors.factor_row_id = asked.factor_row_id and part = 'GWP of CH4') as ch4_gwp,
        (select max(value) from factors where factors.factor_row_id = asked.factor_row_id and part = 'GWP of N2O') as n2o_gwp,
        case
            when units.dimension = 'energy' then cast(units.to_base as decimal(38, 18))
            else exact_product(units.to_base, bridges.factor)
        end as mj
    from asked
    inner join properties on asked.factor_row_id = properties.factor_row_id
    inner join units on asked.unit = units.unit
    left join bridges
        on asked.unit = bridges.unit and asked.unit_bridge = bridges.unit_bridge and bridges.to_dimension = 'energy'

),

burnt as (

    select
        energy.*,
        case
            when co2_kg_per_tj is not null
                then exact_quotient(exact_product(exact_product(mj, co2_kg_per_tj), oxidised), 1000000)
            else exact_quotient(exact_product(mj, exact_product(carbon_content_tc_per_gj, oxidation_rate)) * 44, 12)
        end as co2_kg,
        exact_quotient(exact_product(mj, ch4_kg_per_tj), 1000000) as ch4_kg,
        exact_quotient(exact_product(mj, n2o_kg_per_tj), 1000000) as n2o_kg,
        (select combustion_gases from settings) = 'co2_ch4_n2o' as counts_gases
    from energy

)

select
    factor_table, factor_row_id, factor_id, unit, unit_bridge, year,
    cast(case when biogenic then 0 else co2_kg end as decimal(18, 12)) as co2,
    cast(case when counts_gases then exact_product(ch4_kg, coalesce(ch4_gwp, 0)) else 0 end as decimal(18, 12)) as ch4,
    cast(case when counts_gases then exact_product(n2o_kg, coalesce(n2o_gwp, 0)) else 0 end as decimal(18, 12)) as n2o,
    cast(0 as decimal(18, 12)) as unspecified,
    cast(case when biogenic then co2_kg else 0 end as decimal(18, 12)) as biogenic_co2
from burnt;

-- 3c. Released gases: mass x potential; of a blend by its components; of a process what of the gas and of its by-products
-- gets out.
create or replace temp table of_gases as
with parts as (

    select asked.factor_row_id, asked.factor_id, factors.part, factors.value
    from (select distinct factor_row_id, factor_id from asked where factor_table = 'gwp' and factor_row_id is not null) as asked
    inner join factors on asked.factor_row_id = factors.factor_row_id

),

named as (

    select
        factor_row_id,
        split_part(any_value(factor_id), ':', 2) as gas,
        split_part(any_value(factor_id), ':', 3) <> '' as is_process,
        coalesce(max(case when part = 'heel' then value end), 0) as heel,
        max(case when part = 'utilisation' then value end) as utilisation,
        coalesce(max(case when part = 'abatement share' then value end), 0) as abatement_share,
        coalesce(max(case when part = 'destruction' then value end), 0) as destruction,
        max(case when part = 'leak rate' then value end) as leak_rate
    from parts
    group by factor_row_id

),

emitted as (

    select
        factor_row_id,
        gas,
        case
            when not is_process then cast(1 as decimal(38, 18))
            when utilisation is not null then exact_product(
                cast((1 - heel) * (1 - utilisation) as decimal(28, 24)),
                cast(1 - abatement_share * destruction as decimal(28, 24))
            )
            else cast(leak_rate as decimal(38, 18))
        end as share
    from named
    union all
    select
        named.factor_row_id,
        replace(formed.part, 'by product ', ''),
        exact_product(
            cast((1 - named.heel) * formed.value as decimal(28, 24)),
            cast(1 - named.abatement_share * coalesce(destroyed.value, 0) as decimal(28, 24))
        )
    from named
    inner join parts as formed on named.factor_row_id = formed.factor_row_id and formed.part like 'by product %'
    left join parts as destroyed
        on
            named.factor_row_id = destroyed.factor_row_id
            and destroyed.part = replace(formed.part, 'by product ', 'destruction ')
    where named.utilisation is not null

),

-- A blend is its components, unless it has a potential of its own.
weighted as (

    select
        emitted.factor_row_id,
        case when potentials.kyoto_basket then potentials.gas_group else 'other' end as gas_group,
        cast(sum(exact_product(
            emitted.share,
            case when shares_of.value is null then potentials.gwp100 else exact_product(shares_of.value, potentials.gwp100) end
        )) as decimal(28, 12)) as gwp
    from (select *, gas not in (select gas from gwp) as is_blend from emitted) as emitted
    left join parts as shares_of
        on
            emitted.factor_row_id = shares_of.factor_row_id and shares_of.part like 'share of %' and emitted.is_blend
    inner join gwp as potentials
        on potentials.gas = coalesce(substr(shares_of.part, 10), emitted.gas)
    group by all

)

select
    asked.factor_table, asked.factor_row_id, asked.factor_id, asked.unit, asked.unit_bridge, asked.year,
    weighted.gas_group,
    cast(exact_product(
        weighted.gwp, cast(exact_quotient(from_units.to_base, to_units.to_base) as decimal(38, 15))
    ) as decimal(18, 12)) as factor
from asked
inner join weighted on asked.factor_row_id = weighted.factor_row_id
inner join units as from_units on asked.unit = from_units.unit
inner join units as to_units on to_units.unit = 'kg'
where asked.factor_table = 'gwp';

create or replace temp table effective as
select
    factor_table, factor_row_id, factor_id, unit, unit_bridge, year, factor_units, co2, ch4, n2o, unspecified, biogenic_co2,
    0::decimal(18, 12) as hfcs, 0::decimal(18, 12) as pfcs, 0::decimal(18, 12) as sf6, 0::decimal(18, 12) as nf3,
    0::decimal(18, 12) as other_gases
from (from of_rows union all by name select *, 1 as factor_units from of_fuels)
union all
select
    factor_table, factor_row_id, factor_id, unit, unit_bridge, year, 1,
    coalesce(max(case when gas_group = 'co2' then factor end), 0),
    coalesce(max(case when gas_group = 'ch4' then factor end), 0),
    coalesce(max(case when gas_group = 'n2o' then factor end), 0),
    0,
    0,
    coalesce(max(case when gas_group = 'hfcs' then factor end), 0),
    coalesce(max(case when gas_group = 'pfcs' then factor end), 0),
    coalesce(max(case when gas_group = 'sf6' then factor end), 0),
    coalesce(max(case when gas_group = 'nf3' then factor end), 0),
    coalesce(max(case when gas_group = 'other' then factor end), 0)
from of_gases
group by all
union all
-- Emissions that were stated as such.
select
    asked.factor_table, asked.factor_row_id, asked.factor_id, asked.unit, asked.unit_bridge, asked.year, 1, 0, 0, 0,
    cast(exact_quotient(from_units.to_base, to_units.to_base) as decimal(18, 12)), 0, 0, 0, 0, 0, 0
from asked
inner join units as from_units on asked.unit = from_units.unit
inner join units as to_units
    on to_units.unit = case when from_units.dimension = 'co2e' then 'kgCO2e' else 'kg' end
where asked.factor_id = 'CO2e';

-- 4. Lines. A factor that stands on the delivered row, and the emission rate of an instrument, are taken from there.
create or replace temp table factored as
with own as (

    select
        lines.emission_id,
        case lines.factor_table
            when 'row' then cast(delivered.factor_kgco2e_per_unit as decimal(18, 12))
            else (
                -- An instrument that was delivered more than once may have more than one rate.
                select coalesce(max(rate) filter (where rate = lines.factor_kgco2e_per_unit), max(rate))
                from (
                    select cast(
                        cast(instruments.factor_kgco2e_per_kwh as decimal(20, 9))
                        * cast(exact_quotient(units.to_base, kwh.to_base) as decimal(38, 15))
                    as decimal(18, 12)) as rate
                    from instruments, units, units as kwh
                    where
                        instruments.instrument_id = lines.instrument_id and units.unit = lines.unit and kwh.unit = 'kWh'
                )
            )
        end as unspecified
    from lines
    left join delivered
        on
            lines.submission_id = delivered.submission_id and lines.source_row = delivered.source_row
            and coalesce(lines.source_sheet, '') = coalesce(delivered.source_sheet, '')
    where lines.factor_table in ('row', 'instrument') and not lines.is_withheld

)

select
    lines.emission_id,
    case when lines.factor_table in ('row', 'instrument') then 1 else effective.factor_units end as factor_units,
    case when lines.factor_table in ('row', 'instrument') then 0 else effective.co2 end as co2,
    case when lines.factor_table in ('row', 'instrument') then 0 else effective.ch4 end as ch4,
    case when lines.factor_table in ('row', 'instrument') then 0 else effective.n2o end as n2o,
    case when lines.factor_table in ('row', 'instrument') then 0 else effective.hfcs end as hfcs,
    case when lines.factor_table in ('row', 'instrument') then 0 else effective.pfcs end as pfcs,
    case when lines.factor_table in ('row', 'instrument') then 0 else effective.sf6 end as sf6,
    case when lines.factor_table in ('row', 'instrument') then 0 else effective.nf3 end as nf3,
    case when lines.factor_table in ('row', 'instrument') then own.unspecified else effective.unspecified end as unspecified,
    case when lines.factor_table in ('row', 'instrument') then 0 else effective.other_gases end as other_gases,
    case when lines.factor_table in ('row', 'instrument') then 0 else effective.biogenic_co2 end as biogenic_co2
from lines
left join own on lines.emission_id = own.emission_id
left join effective
    on
        lines.factor_table = effective.factor_table
        and lines.factor_row_id is not distinct from effective.factor_row_id
        and lines.factor_id is not distinct from effective.factor_id
        and lines.unit = effective.unit
        and lines.unit_bridge is not distinct from effective.unit_bridge
        and cast(year(lines.period) as integer) = effective.year
where not lines.is_withheld;

-- What of a line the organisation accounts for: one share of its whole quantity, or, where the share changes inside the
-- month, one of each part.
create or replace temp table portions as
select lines.emission_id, lines.exact_quantity as quantity, any_value(shares.share) as share
from lines
inner join shares
    on
        lines.facility_id = shares.facility_id and lines.boundary_route = shares.boundary_route
        and shares.valid_from <= lines.segment_end and shares.valid_to >= lines.segment_start
where lines.emission_id not in (select emission_id from line_parts)
group by lines.emission_id, lines.exact_quantity
union all
select line_parts.emission_id, line_parts.quantity, shares.share
from line_parts
inner join lines on line_parts.emission_id = lines.emission_id
inner join shares
    on
        lines.facility_id = shares.facility_id and lines.boundary_route = shares.boundary_route
        and line_parts.segment_start between shares.valid_from and shares.valid_to;

create or replace temp table again as
select
    emission_id,
    any_value(case
        when factor_units = 1000000 then cast(gross_factor * 0.000001 as decimal(24, 18)) else cast(gross_factor as decimal(24, 18))
    end) as factor_kgco2e_per_unit,
    cast(sum(line_product(quantity, gross_factor, factor_units)) as decimal(38, 18)) as gross_co2e_kg,
    cast(sum(line_product(quantity, co2, factor_units)) as decimal(38, 18)) as co2_kg,
    cast(sum(line_product(quantity, ch4, factor_units)) as decimal(38, 18)) as ch4_kg_co2e,
    cast(sum(line_product(quantity, n2o, factor_units)) as decimal(38, 18)) as n2o_kg_co2e,
    cast(sum(line_product(quantity, hfcs, factor_units)) as decimal(38, 18)) as hfcs_kg_co2e,
    cast(sum(line_product(quantity, pfcs, factor_units)) as decimal(38, 18)) as pfcs_kg_co2e,
    cast(sum(line_product(quantity, sf6, factor_units)) as decimal(38, 18)) as sf6_kg_co2e,
    cast(sum(line_product(quantity, nf3, factor_units)) as decimal(38, 18)) as nf3_kg_co2e,
    cast(sum(line_product(quantity, unspecified, factor_units)) as decimal(38, 18)) as co2e_unspecified_kg,
    cast(sum(line_product(quantity, other_gases, factor_units)) as decimal(38, 18)) as other_gases_kg_co2e,
    cast(sum(line_product(quantity, biogenic_co2, factor_units)) as decimal(38, 18)) as biogenic_co2_kg,
    cast(sum(
        line_product(quantity, co2, factor_units) +
        line_product(quantity, ch4, factor_units) +
        line_product(quantity, n2o, factor_units) +
        line_product(quantity, hfcs, factor_units) +
        line_product(quantity, pfcs, factor_units) +
        line_product(quantity, sf6, factor_units) +
        line_product(quantity, nf3, factor_units) +
        line_product(quantity, unspecified, factor_units)
    ) as decimal(38, 18)) as co2e_kg
from (
    select
        portions.emission_id,
        portions.quantity,
        factored.factor_units,
        cast(co2 + ch4 + n2o + hfcs + pfcs + sf6 + nf3 + unspecified as decimal(18, 12)) as gross_factor,
        case when share = 1 then co2 else cast(cast(co2 as decimal(20, 12)) * share as decimal(18, 12)) end as co2,
        case when share = 1 then ch4 else cast(cast(ch4 as decimal(20, 12)) * share as decimal(18, 12)) end as ch4,
        case when share = 1 then n2o else cast(cast(n2o as decimal(20, 12)) * share as decimal(18, 12)) end as n2o,
        case when share = 1 then hfcs else cast(cast(hfcs as decimal(20, 12)) * share as decimal(18, 12)) end as hfcs,
        case when share = 1 then pfcs else cast(cast(pfcs as decimal(20, 12)) * share as decimal(18, 12)) end as pfcs,
        case when share = 1 then sf6 else cast(cast(sf6 as decimal(20, 12)) * share as decimal(18, 12)) end as sf6,
        case when share = 1 then nf3 else cast(cast(nf3 as decimal(20, 12)) * share as decimal(18, 12)) end as nf3,
        case when share = 1 then unspecified else cast(cast(unspecified as decimal(20, 12)) * share as decimal(18, 12)) end as unspecified,
        case when share = 1 then other_gases else cast(cast(other_gases as decimal(20, 12)) * share as decimal(18, 12)) end as other_gases,
        case when share = 1 then biogenic_co2 else cast(cast(biogenic_co2 as decimal(20, 12)) * share as decimal(18, 12)) end as biogenic_co2,
    from portions
    inner join factored on portions.emission_id = factored.emission_id
) as shared
group by emission_id;

-- 5. Every line against the published one, column by column.
create or replace temp table line_differences as
with compared as (

    select
        lines.emission_id,
        unnest([
            -- What is beside the six decimals of the quantity is at most half of the last.
            {'what': 'quantity', 'published': cast(lines.quantity as decimal(38, 18)), 'again': cast(case
                when abs(lines.exact_quantity - lines.quantity) <= 0.0000005 then lines.quantity else lines.exact_quantity
            end as decimal(38, 18))},
            {'what': 'factor_kgco2e_per_unit', 'published': cast(lines.factor_kgco2e_per_unit as decimal(38, 18)), 'again': cast(again.factor_kgco2e_per_unit as decimal(38, 18))},
            {'what': 'gross_co2e_kg', 'published': cast(lines.gross_co2e_kg as decimal(38, 18)), 'again': cast(again.gross_co2e_kg as decimal(38, 18))},
            {'what': 'co2_kg', 'published': cast(lines.co2_kg as decimal(38, 18)), 'again': cast(again.co2_kg as decimal(38, 18))},
            {'what': 'ch4_kg_co2e', 'published': cast(lines.ch4_kg_co2e as decimal(38, 18)), 'again': cast(again.ch4_kg_co2e as decimal(38, 18))},
            {'what': 'n2o_kg_co2e', 'published': cast(lines.n2o_kg_co2e as decimal(38, 18)), 'again': cast(again.n2o_kg_co2e as decimal(38, 18))},
            {'what': 'hfcs_kg_co2e', 'published': cast(lines.hfcs_kg_co2e as decimal(38, 18)), 'again': cast(again.hfcs_kg_co2e as decimal(38, 18))},
            {'what': 'pfcs_kg_co2e', 'published': cast(lines.pfcs_kg_co2e as decimal(38, 18)), 'again': cast(again.pfcs_kg_co2e as decimal(38, 18))},
            {'what': 'sf6_kg_co2e', 'published': cast(lines.sf6_kg_co2e as decimal(38, 18)), 'again': cast(again.sf6_kg_co2e as decimal(38, 18))},
            {'what': 'nf3_kg_co2e', 'published': cast(lines.nf3_kg_co2e as decimal(38, 18)), 'again': cast(again.nf3_kg_co2e as decimal(38, 18))},
            {'what': 'co2e_unspecified_kg', 'published': cast(lines.co2e_unspecified_kg as decimal(38, 18)), 'again': cast(again.co2e_unspecified_kg as decimal(38, 18))},
            {'what': 'other_gases_kg_co2e', 'published': cast(lines.other_gases_kg_co2e as decimal(38, 18)), 'again': cast(again.other_gases_kg_co2e as decimal(38, 18))},
            {'what': 'biogenic_co2_kg', 'published': cast(lines.biogenic_co2_kg as decimal(38, 18)), 'again': cast(again.biogenic_co2_kg as decimal(38, 18))},
            {'what': 'co2e_kg', 'published': cast(lines.co2e_kg as decimal(38, 18)), 'again': cast(again.co2e_kg as decimal(38, 18))}
        ], recursive := true)
    from lines
    left join again on lines.emission_id = again.emission_id
    where not lines.is_withheld

)

select * from compared where published is distinct from again;

-- Of each delivered row: the lines of it have what was delivered, and not more than it.
create or replace temp table row_differences as
with rows_of_lines as (

    select
        submission_id, coalesce(source_sheet, '') as source_sheet, source_row, activity_id, stage, scope2_method, boundary_route,
        any_value(given_quantity) as given_quantity, any_value(given_unit) as given_unit, any_value(unit) as unit,
        sum(quantity) as quantity, coalesce(max(unit_bridge like '%kJ/kg = GJ%'), false) as is_heat_by_mass
    from lines
    where submission_id is not null and not is_withheld
    group by all

)

select distinct
    rows_of_lines.submission_id, rows_of_lines.source_sheet, rows_of_lines.source_row,
    rows_of_lines.given_quantity, rows_of_lines.given_unit, rows_of_lines.quantity, rows_of_lines.unit
from rows_of_lines
left join delivered
    on
        rows_of_lines.submission_id = delivered.submission_id and rows_of_lines.source_row = delivered.source_row
        and rows_of_lines.source_sheet = coalesce(delivered.source_sheet, '')
left join units as given on rows_of_lines.given_unit = given.unit
left join units as of_line on rows_of_lines.unit = of_line.unit
where
    delivered.submission_id is null
    or not (
        rows_of_lines.given_quantity is not distinct from delivered.quantity
        or rows_of_lines.given_quantity is not distinct from delivered.net_amount
        or rows_of_lines.given_unit = 't.km'
    )
    or (
        not rows_of_lines.is_heat_by_mass
        and abs(cast(rows_of_lines.quantity as double))
        > abs(cast(rows_of_lines.given_quantity as double)) * cast(given.to_base as double) / cast(of_line.to_base as double)
        * (1 + 1e-12) + 0.0000006
    );

-- 6. Sums against the published figures.
create or replace temp table sums as
with every_line as (

    select lines.*, coalesce(again.co2e_kg, lines.co2e_kg) as kg
    from (select * exclude (co2e_kg), co2e_kg from lines) as lines
    left join again on lines.emission_id = again.emission_id
    where lines.scope is not null

)

select
    'facility_emissions' as figure, year(period) as year, month(period) as month, facility_id, scope, scope2_method,
    ghg_protocol_category, iso_14064_category, cast(sum(kg) * 0.001 as decimal(38, 21)) as co2e_t
from every_line
group by all
union all
select
    'scope_emissions', year(period), month(period), null, scope, scope2_method, null, null,
    cast(sum(kg) * 0.001 as decimal(38, 21))
from every_line
group by all
union all
select
    'category_emissions', year(period), null, null, scope, scope2_method, ghg_protocol_category, iso_14064_category,
    cast(sum(kg) * 0.001 as decimal(38, 21))
from every_line
group by all;

create or replace temp table figure_differences as
select
    coalesce(figures.figure, sums.figure) as figure, coalesce(figures.year, sums.year) as year,
    coalesce(figures.month, sums.month) as month, coalesce(figures.facility_id, sums.facility_id) as facility_id,
    coalesce(figures.scope, sums.scope) as scope, coalesce(figures.scope2_method, sums.scope2_method) as scope2_method,
    coalesce(figures.ghg_protocol_category, sums.ghg_protocol_category) as ghg_protocol_category,
    figures.co2e_t as published, sums.co2e_t as again
from figures
full outer join (select * from sums where figure in (select figure from figures)) as sums
    on
        figures.figure = sums.figure and figures.year = sums.year
        and coalesce(figures.month, 0) = coalesce(sums.month, 0)
        and coalesce(figures.facility_id, '') = coalesce(sums.facility_id, '')
        and figures.scope = sums.scope
        and coalesce(figures.scope2_method, '') = coalesce(sums.scope2_method, '')
        and coalesce(figures.ghg_protocol_category, 0) = coalesce(sums.ghg_protocol_category, 0)
        and coalesce(figures.iso_14064_category, 0) = coalesce(sums.iso_14064_category, 0)
where figures.co2e_t is distinct from sums.co2e_t;

-- 7. What differs; nothing, if all is well.
from line_differences order by all limit 20;
from row_differences order by all limit 20;
from figure_differences order by all limit 20;

select
    case
        when (select count(*) from changed_files) > 0 then error('Not the files of this pack 文件与打包时不符')
        when (select count(*) from line_differences) + (select count(*) from row_differences)
            + (select count(*) from figure_differences) > 0
            then error(
                (select count(distinct emission_id) from line_differences) || ' lines differ 行不符'
                || coalesce(' (first 首个: ' || (
                    select emission_id || ' ' || what || ' ' || published || ' <> ' || coalesce(cast(again as varchar), '-')
                    from line_differences order by emission_id, what limit 1
                ) || ')', '')
                || '; ' || (select count(*) from row_differences) || ' delivered rows differ 原始行不符'
                || coalesce(' (first 首个: ' || (
                    select submission_id || ' ' || source_sheet || ' ' || source_row
                    from row_differences order by all limit 1
                ) || ')', '')
                || '; ' || (select count(*) from figure_differences) || ' figures differ 汇总不符'
                || coalesce(' (first 首个: ' || (
                    select figure || ' ' || year || coalesce('-' || month, '') || coalesce(' ' || facility_id, '') || ' scope '
                        || scope || coalesce(' ' || scope2_method, '') || coalesce(' category ' || ghg_protocol_category, '')
                        || ': ' || coalesce(cast(published as varchar), '-') || ' <> ' || coalesce(cast(again as varchar), '-')
                    from figure_differences order by all limit 1
                ) || ')', '')
            )
        else 'every line and figure is the published one, to the last digit 各行、各汇总与发布值逐位一致'
    end as outcome,
    (select count(*) from again) as lines_performed_again,
    (select count(*) from lines where is_withheld) as lines_withheld,
    (select count(*) from figures) as figures_compared;
