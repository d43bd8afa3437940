"""How fast files pass contract and load, beside plain polars reading of the same files in the same run.

    python benchmarks/intake.py [--csv-rows 1000000] [--xlsx-rows 100000]

Every figure is measured in a process of its own, so that its peak memory is its own; ratios are to the plain reading
of the same file. `contract` is reading, parsing, judging; `contract and load` also archives the bytes, appends rows and
findings to DuckDB and writes the feedback workbook, as a run does. Everything is written to a temporary folder.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

import polars as pl  # noqa: E402
import xlsxwriter  # noqa: E402

ORGANIZATION = """\
name: Benchmark
consolidation_approach: operational_control
gwp_set: AR5
base_year: 2023
currency: CNY
target_scope2_method: market
first_month: 2024-03
"""
FACILITIES = "facility_id,name,country\nningjin,Ningjin,CHN\nyangzhou,Yangzhou,CHN\n"
ACTIVITY_TYPES = (
    "activity_type,name_en,name_zh,source_class,method,canonical_unit\n"
    "solar_glass,Solar glass,光伏玻璃,purchased_goods,emission_factor,t\n"
)
# Three defects in every row: a date that does not exist, a unit nobody knows, a quantity that is no number.
DEFECTS = {"posting_date": "2024-02-30", "unit": "tonnnes", "quantity": "twelve"}


def rows(count: int, bad: bool) -> pl.DataFrame:
    """`count` procurement lines, all sound or all defective."""
    at = pl.int_range(count, eager=True).alias("at")
    frame = pl.DataFrame(at).select(
        document_number=pl.format("45{}", (pl.col("at") // 10 + 10_000_000)),
        line_number=(pl.col("at") % 10 * 10 + 10).cast(pl.String),
        posting_date=pl.date(2024, 3, 1).dt.offset_by(pl.format("{}d", pl.col("at") % 31)).cast(pl.String),
        facility_id=pl.when(pl.col("at") % 2 == 0).then(pl.lit("ningjin")).otherwise(pl.lit("yangzhou")),
        supplier_id=pl.format("S-{}", pl.col("at") % 997),
        activity_type=pl.lit("光伏玻璃"),
        quantity=pl.format("{}.{}", pl.col("at") % 9000 + 1000, pl.col("at") % 100),
        unit=pl.lit("t"),
        net_amount=pl.format("{}.50", pl.col("at") % 70_000 + 1000),
        currency=pl.lit("CNY"),
        transport_mode=pl.lit("公路"),
        transport_distance_km=(pl.col("at") % 2000).cast(pl.String),
        transported_mass_t=pl.format("{}.25", pl.col("at") % 40 + 1),
        remark=pl.lit("三月采购"),
    )
    return frame.with_columns(pl.lit(text).alias(name) for name, text in DEFECTS.items()) if bad else frame


def write_xlsx(frame: pl.DataFrame, path: Path) -> None:
    numbers = [name for name in ("quantity", "net_amount", "transport_distance_km") if name != "quantity"]
    frame = frame.with_columns(pl.col(numbers).cast(pl.Float64))
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as workbook:
        sheet = workbook.add_worksheet("采购")
        sheet.write_row(0, 0, frame.columns)
        for index, row in enumerate(frame.iter_rows(), start=1):
            sheet.write_row(index, 0, row)


def workspace(root: Path) -> Path:
    (root / "reference").mkdir(parents=True)
    (root / "organization.yml").write_text(ORGANIZATION, encoding="utf-8")
    (root / "reference" / "facilities.csv").write_text(FACILITIES, encoding="utf-8")
    (root / "reference" / "activity_types.csv").write_text(ACTIVITY_TYPES, encoding="utf-8")
    return root


# --- what is measured: each prepares, and returns what to time ----------------------------------------------------


def plain(root: Path, file: Path) -> Callable[[], str]:
    def read() -> str:
        if file.suffix == ".csv":
            frame = pl.read_csv(file, infer_schema=False)
        else:
            frame = pl.read_excel(file, engine="calamine", infer_schema_length=0)
        return f"{len(frame)} rows"

    return read


def contract(root: Path, file: Path) -> Callable[[], str]:
    from data_contracts.declarations.settings import load_organization
    from data_contracts.judging.judgement import Context, DeliveredFile, judge
    from data_contracts.judging.reference import load_reference

    context = Context.build(root, load_organization(root), load_reference(root))

    def read() -> str:
        judgement = judge([DeliveredFile(f"2024-03/base/{file.name}", file, "s", "l")], context)
        rows_in, rejected = judgement.sheets.select(pl.col("rows_in", "rows_rejected").sum()).row(0)
        return f"{rows_in - rejected} accepted, {rejected} rejected, {len(judgement.findings)} findings"

    return read


def load(root: Path, file: Path) -> Callable[[], str]:
    from orchestration import intake, warehouse
    from orchestration.rules import Rules
    from orchestration.workspace import Workspace

    space = Workspace.open(root)
    folder = space.landing / "2024-03" / "base"
    folder.mkdir(parents=True)
    (folder / file.name).hardlink_to(file)
    space.archive.mkdir(parents=True)
    rules = Rules.load(space)

    def run() -> str:
        with warehouse.open_work(space) as connection:
            intake.ingest(connection, space, rules)
            stored = connection.execute("select count(*) from raw.procurement").fetchone()[0]
            findings = connection.execute("select count(*) from raw.intake_findings").fetchone()[0]
        return f"{stored} stored, {findings} findings"

    return run


MEASURED = {"plain polars": plain, "contract": contract, "contract and load": load}


def measure(name: str, file: Path) -> None:
    """Run one measurement in this process and print seconds, peak memory and outcome."""
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        timed = MEASURED[name](workspace(Path(folder) / "workspace"), file)
        start = time.perf_counter()
        outcome = timed()
        seconds = time.perf_counter() - start
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    print(f"{seconds}\t{int(peak.split()[1]) / 1024}\t{outcome}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--csv-rows", type=int, default=1_000_000)
    parser.add_argument("--xlsx-rows", type=int, default=100_000)
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        measure(arguments.measure[0], Path(arguments.measure[1]))
        return
    print(f"{'file':<22}{'':<20}{'seconds':>9}{'rows/s':>11}{'ratio':>8}{'peak MB':>9}  outcome")
    with tempfile.TemporaryDirectory(prefix="helioledger-benchmark-") as folder:
        for kind, count in (("csv", arguments.csv_rows), ("xlsx", arguments.xlsx_rows)):
            for bad in (False, True):
                file = Path(folder) / f"{'bad' if bad else 'good'}" / f"procurement.{kind}"
                file.parent.mkdir(exist_ok=True)
                frame = rows(count, bad)
                frame.write_csv(file) if kind == "csv" else write_xlsx(frame, file)
                del frame
                title = f"{kind}, {count:,}, {'all bad' if bad else 'all good'}"
                base = None
                for name in MEASURED:
                    command = [sys.executable, __file__, "--measure", name, str(file)]
                    answer = subprocess.run(command, capture_output=True, text=True, check=False)
                    if answer.returncode:
                        print(f"{title:<22}{name:<20} failed: {answer.stderr.strip().splitlines()[-1:]}")
                        continue
                    seconds, peak, outcome = answer.stdout.strip().splitlines()[-1].split("\t")
                    base = base or float(seconds)
                    print(
                        f"{title:<26} {name:<18}{float(seconds):>7.2f}{count / float(seconds):>11,.0f}"
                        f"{float(seconds) / base:>7.1f}x{float(peak):>9,.0f}  {outcome}"
                    )
                file.unlink()


if __name__ == "__main__":
    main()
