"""What a change costs on ten years of history, beside the same change where there is hardly any.

    python benchmarks/history.py [--rows 10000 100000 1000000] [--compare]

Two workspaces of one company hold ten years but for their last month, and the month before it alone. To each the last
month is delivered; then one file is corrected in a hundredth of its rows, the one that both hold; then one facility
gets a factor of its own; then a setting changes. Each is a run of its own, in CPU seconds; the ratio is that of both.
--compare: after the changes every mart of both workspaces is held against one that is computed from nothing.
"""

import argparse
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb
from bench import Cost, run
from company import make

YEARS = 10
LAST, BEFORE = "2024-12", "2024-11"
CORRECTED = Path("landing", BEFORE, "base", "procurement.parquet")
OWN_FACTOR = "of_one_plant,solar_glass,direct,3,1,4,,plant_000001,2010-01-01,t,,1300,AR5,benchmark,none,benchmark\n"


def deliver(workspace: Path, held_back: Path) -> None:
    shutil.copytree(held_back, workspace / "landing" / LAST)


def correct(workspace: Path, _: Path) -> None:
    file = workspace / CORRECTED
    part = file.with_suffix(".part")
    with duckdb.connect() as connection:
        connection.execute(
            "copy (select * exclude (file_row_number)"
            " replace (quantity + if(file_row_number % 100 = 7, 1, 0) as quantity)"
            f" from read_parquet('{file}', file_row_number = true)) to '{part}' (format parquet, compression zstd)"
        )
    part.replace(file)


def give_own_factor(workspace: Path, _: Path) -> None:
    with (workspace / "reference" / "emission_factors.csv").open("a") as factors:
        factors.write(OWN_FACTOR)


def change_setting(workspace: Path, _: Path) -> None:
    with (workspace / "organization.yml").open("a") as settings:
        settings.write("materiality: 0.04\n")


CHANGES: dict[str, Callable[[Path, Path], None]] = {
    "one month more": deliver,
    "one file corrected": correct,
    "one facility's factor": give_own_factor,
    "one setting (materiality)": change_setting,
}


def marts(workspace: Path) -> dict[str, tuple[int, str]]:
    """Rows and a digest of the rows of each mart, but for the logs of what was delivered and published."""
    database = workspace / "warehouse" / "published" / "helioledger.duckdb"
    with duckdb.connect(str(database), read_only=True) as connection:
        stored = (
            "select distinct split_part(table_name, ' ', 1) from duckdb_tables()"
            " where schema_name in ('marts', 'enumerated')"
        )
        tables = connection.execute(stored).fetchall()
        return {
            table: connection.execute(f'select count(*), sum(hash(hash(t)))::varchar from marts."{table}" t').fetchone()
            for (table,) in tables
            if table not in ("submissions", "publications", "pending_restatements", "restatement_bridge")
        }


def measured(folder: Path, rows: int, compare: bool) -> list[str]:
    long, short, held_back = folder / "long", folder / "short", folder / "held back"
    delivered = make(long, rows, False, YEARS)
    shutil.move(long / "landing" / LAST, held_back)
    shutil.copytree(long, short, ignore=shutil.ignore_patterns("landing"))
    shutil.copytree(long / "landing" / BEFORE, short / "landing" / BEFORE)
    for workspace in (short, long):
        run(workspace)
    lines = []
    for name, change in CHANGES.items():
        costs: list[Cost] = []
        for workspace in (long, short):
            change(workspace, held_back)
            costs.append(run(workspace))
        on_long, on_short = costs
        lines.append(
            f"| {delivered:,} | {name} | {on_long.cpu:,.1f} | {on_short.cpu:,.1f} |"
            f" {on_long.cpu / on_short.cpu:.2f} | {on_long.peak:,.0f} |"
        )
        print(lines[-1], flush=True)
    for workspace in (long, short) if compare else ():
        found = marts(workspace)
        shutil.rmtree(workspace / "warehouse")
        run(workspace)
        anew = marts(workspace)
        if different := [name for name in anew if found.get(name) != anew[name]]:
            raise SystemExit(f"{workspace.name}: computed from nothing, other rows of {', '.join(sorted(different))}.")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--compare", action="store_true", help="hold the marts against those computed from nothing")
    arguments = parser.parse_args()
    table = ["| rows | change | CPU s on ten years | CPU s on a month | ratio | peak MB |"]
    table += ["|---:|---|---:|---:|---:|---:|"]
    print("\n".join(table), flush=True)
    for rows in arguments.rows:
        with tempfile.TemporaryDirectory(prefix="helioledger-history-") as temporary:
            table += measured(Path(temporary), rows, arguments.compare)


if __name__ == "__main__":
    main()
