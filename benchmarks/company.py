"""A workspace of a given number of activity rows, made by DuckDB: one Parquet file per feed and landing month.

Three in ten rows are meter readings (50 meters a facility), eleven in twenty are purchases, the rest is the activity
log. Units are mixed, one plant in four writes Chinese names, one purchase in two thousand is delivered twice; one row
in a thousand has a unit that nobody knows, where `refused` is asked for. Rows lie in one year, or in several that end
with it. Equal arguments give equal rows.
"""

from pathlib import Path

import duckdb

LAST_YEAR = 2024
METERS = 50
REGIONS = ("CN-HE", "CN-JS", "CN-ZJ", "CN-YN", "CN-NM", "CN-AH")
ORGANIZATION = """\
name: Benchmark
consolidation_approach: operational_control
gwp_set: AR5
base_year: 2024
currency: CNY
target_scope2_method: market
first_month: {first_year}-01
"""
# activity type, stage, scope, GHG Protocol and ISO 14064-1 category, Scope 2 method, place, per unit, kg CO2, kg CO2e
FACTORS = [
    *(("grid_electricity", "direct", 2, "", 2, "location", place, "kWh", f"0.{5 + at}2", "")
      for at, place in enumerate(REGIONS[:4])),
    *(("grid_electricity", "direct", 2, "", 2, "location", place, "kWh", "0.45", "") for place in REGIONS[4:]),
    ("grid_electricity", "direct", 2, "", 2, "market", "CHN", "kWh", "0.5912", ""),
    ("grid_electricity", "upstream", 3, 3, 4, "", "CHN", "kWh", "", "0.0775"),
    ("natural_gas_stationary", "direct", 1, "", 1, "", "CHN", "Nm3", "2.162", ""),
    ("natural_gas_stationary", "upstream", 3, 3, 4, "", "CHN", "Nm3", "", "0.35"),
    ("solar_glass", "direct", 3, 1, 4, "", "CHN", "t", "", "1210"),
    ("aluminium_frame", "direct", 3, 1, 4, "", "CHN", "t", "", "11640"),
    ("pvc", "direct", 3, 1, 4, "", "CHN", "t", "", "2410"),
    ("hotel_night", "direct", 3, 6, 3, "", "CHN", "room-night", "", "53.5"),
    ("waste_landfill_commercial", "direct", 3, 5, 4, "", "CHN", "t", "", "520.3"),
]  # fmt: skip
HEADER = (
    "factor_id,activity_type,stage,scope,ghg_protocol_category,iso_14064_category,scope2_method,geography,valid_from,"
    "per_unit,co2_kg,co2e_kg,gwp_set,publication,licence,source\n"
)
MONTH = "(first_day + to_months(cast(month as int)))"
FEEDS = {
    "energy_ledger": f"""
        select strftime({MONTH}, '%Y-%m') as period, facility_id,
            case when meter >= 40 then 'natural_gas_stationary' when facility % 4 = 1 then '外购电力'
                else 'grid_electricity' end as activity_type,
            cast(round((1 + row % 997)
                * case when meter >= 40 then 11.3 when facility % 2 = 0 then 0.731 else 731.0 end, 3) as double)
                as quantity,
            case when meter >= 40 then 'Nm3' when facility % 2 = 0 then 'MWh' else 'kWh' end as unit,
            cast({MONTH} as date) as start_date, last_day({MONTH}) as end_date, 'M' || meter as meter_id,
            'measured' as data_quality, month, row
        from (select i as row, i // ({METERS} * $months) as facility, i % {METERS} as meter,
            (i // {METERS}) % $months as month from range(cast(0.3 * $rows as bigint)) as r(i))
        join facilities using (facility)""",
    "procurement": f"""
        select '45' || lpad(cast(row // 8 as varchar), 8, '0') as document_number,
            cast(row % 8 * 10 as varchar) as line_number, cast({MONTH} as date) + cast(row % 28 as int) as posting_date,
            facility_id, 'S-' || row % 1999 as supplier_id,
            ['solar_glass', 'aluminium_frame', 'pvc'][row % 3 + 1] as activity_type,
            cast(round((2 + row % 61 + row % 7 / 7.0) * if(row % 5 = 2, 1000, 1), 3) as double) as quantity,
            if(row % 5 = 2, 'kg', 't') as unit,
            cast((2 + row % 61) * 4100.5 as double) as net_amount, 'CNY' as currency,
            month + copy as month, row
        from (select i as row, (i * 7919) % $facilities as facility, i % $months as month
            from range(cast(0.55 * $rows as bigint)) as r(i)) join facilities using (facility),
            range(2) as c(copy) where copy = 0 or (row % 2000 = 11 and month < $months - 1)""",
    "activity_log": f"""
        select 'R-' || row as record_id, cast({MONTH} as date) + cast(row % 28 as int) as start_date,
            cast({MONTH} as date) + cast(row % 28 as int) as end_date, facility_id,
            if(row % 2 = 0, 'hotel_night', 'waste_landfill_commercial') as activity_type,
            cast(round(1 + row % 89 + row % 3 / 3.0, 2) as double) as quantity,
            if(row % 2 = 0, 'room-night', 't') as unit,
            'invoice' as data_quality, month, row
        from (select i as row, (i * 104729) % $facilities as facility, i % $months as month
            from range(cast(0.15 * $rows as bigint)) as r(i)) join facilities using (facility)""",
}


def make(root: Path, rows: int, refused: bool, years: int = 1) -> int:
    """Write the workspace; returns how many rows its files hold."""
    months, first_year = 12 * years, LAST_YEAR - years + 1
    reference = root / "reference"
    reference.mkdir(parents=True)
    (root / "organization.yml").write_text(ORGANIZATION.format(first_year=first_year))
    factors = [
        f"own_{kind}_{stage}_{method}_{place},{kind},{stage},{scope},{category},{iso},{method},{place},2010-01-01,{unit},"
        f"{co2},{co2e},{'AR5' if co2e else ''},benchmark,none,benchmark\n"
        for kind, stage, scope, category, iso, method, place, unit, co2, co2e in FACTORS
    ]
    (reference / "emission_factors.csv").write_text(HEADER + "".join(factors))
    facilities = max(6, -(-int(0.3 * rows) // (METERS * months)))
    written = 0
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute(
            "create table facilities as select i as facility, 'plant_' || lpad(i::varchar, 6, '0') as facility_id,"
            f" {list(REGIONS)}[i % {len(REGIONS)} + 1] as grid_region, date '{first_year}-01-01' as first_day"
            f" from range({facilities}) as r(i)"
        )
        connection.execute(
            "copy (select facility_id, 'Plant ' || facility as name, 'CHN' as country, grid_region from facilities)"
            f" to '{reference}/facilities.csv'"
        )
        connection.execute(
            "copy (select facility_id, 'M' || m as meter_id, if(m < 40, 'grid_electricity', 'natural_gas_stationary')"
            f" as activity_type from facilities, range({METERS}) as r(m)) to '{reference}/meters.csv'"
        )
        for feed, select in FEEDS.items():
            bound = select.replace("$rows", str(rows)).replace("$facilities", str(facilities))
            bound = bound.replace("$months", str(months))
            unit = "* replace (if(row % 1000 = 7, 'tonnnes', unit) as unit)" if refused else "*"
            connection.execute(f"create or replace table delivered as select {unit} from ({bound})")
            for month in range(months):
                folder = root / "landing" / f"{first_year + month // 12}-{month % 12 + 1:02}" / "base"
                folder.mkdir(parents=True, exist_ok=True)
                (count,) = connection.execute(
                    f"copy (select * exclude (month, row) from delivered where month = {month} order by row)"
                    f" to '{folder}/{feed}.parquet' (format parquet, compression zstd)"
                ).fetchone()
                written += count
    return written
