"""The same files to the same totals by a script without the product: DuckDB, polars, or pandas.

    python benchmarks/bare.py duckdb|polars|pandas WORKSPACE OUT

Each checks the essentials (known facility, activity type and unit, a quantity, a date), drops copies, converts to the
activity type's unit, joins the factors of place and method, writes a table of lines as Parquet and adds up the tonnes
by month, facility, scope, method and category. None keeps what was delivered, says what was wrong with a row, or can be
asked how a figure came about. Prints the lines, the refused rows and the tonnes by scope and method.
"""

import csv
import json
import sys
from pathlib import Path

CANONICAL = {
    "grid_electricity": "MWh",
    "natural_gas_stationary": "Nm3",
    "solar_glass": "t",
    "aluminium_frame": "t",
    "pvc": "t",
    "hotel_night": "room-night",
    "waste_landfill_commercial": "t",
}
NAMES = {**{name: name for name in CANONICAL}, "外购电力": "grid_electricity"}
UNITS = {
    "MWh": ("MWh", 1.0),
    "kWh": ("MWh", 0.001),
    "Nm3": ("Nm3", 1.0),
    "t": ("t", 1.0),
    "kg": ("t", 0.001),
    "room-night": ("room-night", 1.0),
}
DATES = {"energy_ledger": "start_date", "procurement": "posting_date", "activity_log": "start_date"}
KEYS = ["period", "facility_id", "scope", "scope2_method", "ghg_protocol_category"]


def factors(root: Path) -> list[dict]:
    """One row per place, activity type, stage and Scope 2 method: kg CO2e per canonical unit."""
    with (root / "reference" / "emission_factors.csv").open(encoding="utf-8", newline="") as file:
        return [
            {
                "activity_type": row["activity_type"],
                "geography": row["geography"],
                "scope": int(row["scope"]),
                "scope2_method": row["scope2_method"],
                "ghg_protocol_category": int(row["ghg_protocol_category"] or 0),
                "factor_id": row["factor_id"],
                "kg": round(float(row["co2_kg"] or row["co2e_kg"]) / UNITS[row["per_unit"]][1], 9),
            }
            for row in csv.DictReader(file)
        ]


def by_duckdb(root: Path, out: Path) -> dict:
    import duckdb

    (out / "bare.duckdb").unlink(missing_ok=True)
    with duckdb.connect(str(out / "bare.duckdb")) as c:
        c.execute(
            "set enable_progress_bar = false; set preserve_insertion_order = false; set threads = 2;"
            f" set temp_directory = '{out}/spill';"
            " create table factors (activity_type varchar, geography varchar, scope int, scope2_method varchar,"
            " ghg_protocol_category int, factor_id varchar, kg decimal(18, 9));"
            " create table units (unit varchar, canonical varchar, scale decimal(9, 3));"
            " create table types (name varchar, kind varchar, canonical varchar)"
        )
        c.executemany("insert into factors values (?, ?, ?, ?, ?, ?, ?)", [list(f.values()) for f in factors(root)])
        c.executemany("insert into units values (?, ?, ?)", [[unit, *of] for unit, of in UNITS.items()])
        c.executemany("insert into types values (?, ?, ?)", [[name, t, CANONICAL[t]] for name, t in NAMES.items()])
        c.execute(f"create table facilities as from read_csv('{root}/reference/facilities.csv')")
        for feed, date in DATES.items():
            c.execute(f"""
                create table {feed} as
                select r.facility_id, f.grid_region, t.kind, t.canonical,
                    cast(date_trunc('month', r.{date}) as date) as period,
                    cast(cast(r.quantity as decimal(18, 3)) * u.scale as decimal(19, 6)) as quantity,
                    f.facility_id is null or t.kind is null or u.unit is null or u.canonical <> t.canonical
                    or r.quantity is null or r.quantity < 0 or r.{date} is null as refused
                from (select distinct * from read_parquet('{root}/landing/*/*/{feed}.parquet')) as r
                left join facilities as f using (facility_id) left join types as t on t.name = r.activity_type
                left join units as u on u.unit = r.unit""")
        rows = " union all ".join(f"select * from {feed} where not refused" for feed in DATES)
        c.execute(f"""
            create table lines as
            select l.period, l.facility_id, l.kind, l.quantity, l.canonical, f.scope, f.scope2_method,
                f.ghg_protocol_category, f.factor_id, l.quantity * f.kg as co2e_kg
            from ({rows}) as l join factors as f on f.activity_type = l.kind and f.geography in ('CHN', l.grid_region);
            copy lines to '{out}/lines.parquet' (format parquet, compression zstd);
            create table totals as select {", ".join(KEYS)}, sum(co2e_kg) * 0.001 as co2e_t from lines group by all""")
        refused = sum(c.execute(f"select count(*) from {feed} where refused").fetchone()[0] for feed in DATES)
        lines = c.execute("select count(*) from lines").fetchone()[0]
        totals = c.execute("select scope, scope2_method, sum(co2e_t) from totals group by all").fetchall()
    return {"lines": lines, "refused": refused, "totals": {f"{s}{m}": float(t) for s, m, t in totals}}


def by_polars(root: Path, out: Path) -> dict:
    import polars as pl

    facilities = pl.read_csv(root / "reference" / "facilities.csv").select("facility_id", "grid_region").lazy()
    types = [(name, kind, CANONICAL[kind]) for name, kind in NAMES.items()]
    names = pl.DataFrame(types, schema=["activity_type", "kind", "canonical"], orient="row").lazy()
    units = pl.DataFrame([(u, *of) for u, of in UNITS.items()], schema=["unit", "of", "scale"], orient="row").lazy()
    parts, refused = [], []
    for feed, date in DATES.items():
        read = pl.scan_parquet(sorted(root.glob(f"landing/*/*/{feed}.parquet"))).unique()
        read = read.join(facilities, on="facility_id", how="left").join(names, on="activity_type", how="left")
        read = read.join(units, on="unit", how="left").with_columns(
            sound=pl.col("grid_region").is_not_null()
            & (pl.col("of") == pl.col("canonical")).fill_null(False)
            & (pl.col("quantity") >= 0).fill_null(False)
            & pl.col(date).is_not_null()
        )
        refused.append(read.filter(~pl.col("sound")).select(pl.len()))
        period, quantity = pl.col(date).dt.month_start(), (pl.col("quantity") * pl.col("scale")).round(6)
        columns = ["facility_id", "grid_region", "kind", "canonical"]
        parts.append(read.filter("sound").select(*columns, period=period, quantity=quantity))
    lines = pl.concat(parts).join(pl.DataFrame(factors(root)).lazy(), left_on="kind", right_on="activity_type")
    lines = lines.filter((pl.col("geography") == "CHN") | (pl.col("geography") == pl.col("grid_region")))
    kilograms = pl.col("quantity") * pl.col("kg")
    lines = lines.select(*KEYS, "kind", "canonical", "factor_id", "quantity", co2e_kg=kilograms)
    lines.sink_parquet(out / "lines.parquet", compression="zstd")
    written = pl.scan_parquet(out / "lines.parquet")
    written.group_by(KEYS).agg(co2e_t=pl.col("co2e_kg").sum() / 1000).sink_parquet(out / "totals.parquet")
    totals = written.group_by("scope", "scope2_method").agg(t=pl.col("co2e_kg").sum() / 1000, n=pl.len())
    totals = totals.collect(engine="streaming")
    return {
        "lines": int(totals["n"].sum()),
        "refused": sum(int(found.item()) for found in pl.collect_all(refused)),
        "totals": {f"{s}{m}": t for s, m, t in totals.select("scope", "scope2_method", "t").iter_rows()},
    }


def by_pandas(root: Path, out: Path) -> dict:
    import pandas as pd

    region = pd.read_csv(root / "reference" / "facilities.csv").set_index("facility_id")["grid_region"]
    unit_of, scale = ({unit: of[at] for unit, of in UNITS.items()} for at in (0, 1))
    refused, parts = 0, []
    for feed, date in DATES.items():
        files = sorted(root.glob(f"landing/*/*/{feed}.parquet"))
        read = pd.concat([pd.read_parquet(file) for file in files]).drop_duplicates()
        read["grid_region"], read["kind"] = read["facility_id"].map(region), read["activity_type"].map(NAMES)
        read["canonical"] = read["kind"].map(CANONICAL)
        of_its_unit = read["unit"].map(unit_of) == read["canonical"]
        sound = read["grid_region"].notna() & of_its_unit & (read["quantity"] >= 0) & read[date].notna()
        refused += int((~sound).sum())
        read = read[sound].copy()
        read["quantity"] = (read["quantity"] * read["unit"].map(scale)).round(6)
        read["period"] = pd.to_datetime(read[date]).dt.to_period("M").dt.to_timestamp()
        parts.append(read[["period", "facility_id", "grid_region", "kind", "canonical", "quantity"]])
    lines = pd.concat(parts).merge(pd.DataFrame(factors(root)), left_on="kind", right_on="activity_type")
    lines = lines[(lines["geography"] == "CHN") | (lines["geography"] == lines["grid_region"])].copy()
    lines["co2e_kg"] = lines["quantity"] * lines["kg"]
    lines = lines.drop(columns=["grid_region", "geography", "activity_type", "kg"])
    lines.to_parquet(out / "lines.parquet", compression="zstd")
    (lines.groupby(KEYS)["co2e_kg"].sum() / 1000).reset_index().to_parquet(out / "totals.parquet")
    totals = lines.groupby(["scope", "scope2_method"])["co2e_kg"].sum() / 1000
    return {"lines": len(lines), "refused": refused, "totals": {f"{s}{m}": float(t) for (s, m), t in totals.items()}}


if __name__ == "__main__":
    way, workspace, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    print(json.dumps({"duckdb": by_duckdb, "polars": by_polars, "pandas": by_pandas}[way](workspace, folder)))
