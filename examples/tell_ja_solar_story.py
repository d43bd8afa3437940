"""Illustrative: what happens to a copy of examples/ja-solar after its years 2023 and 2024 were closed (docs/time.md).

A base bought in 2025, an error found in the data of 2023, a newer vintage of grid factors for 2024, a late invoice,
and a withdrawn file; each by the files that people would send or change. Nothing of it is of the company.

    python examples/tell_ja_solar_story.py my-copy --walk

makes the copy, and does all that docs/time.md tells of it, command by command.
"""

import argparse
import csv
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

SEEDS = Path(__file__).resolve().parents[1] / "seeds"


def read(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        return list(reader.fieldnames or ()), list(reader)


def write(path: Path, columns: list[str], rows: list[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def add(path: Path, *rows: dict[str, str]) -> None:
    """Add rows to a table, and the columns that it lacks."""
    columns, former = read(path) if path.exists() else ([], [])
    columns += [column for row in rows for column in row if column not in columns]
    write(path, list(dict.fromkeys(columns)), [*former, *rows])


def a_base_is_bought(root: Path) -> None:
    """Base 13 in Shandong comes on 1 January 2025, and sends its ledgers of 2023 and 2024 with the first of 2025."""
    add(
        root / "reference" / "facilities.csv",
        {"facility_id": "base_13", "name": "Base 13", "name_zh": "基地 13", "base": "Base 13", "country": "CHN",
         "grid_region": "CN-SD", "expected_activity_types": "grid_electricity", "valid_from": "2025-01-01"},
    )  # fmt: skip
    months = [f"{year}-{month:02}" for year in (2023, 2024) for month in range(1, 13)] + [
        "2025-01",
        "2025-02",
        "2025-03",
    ]
    rows = [
        {"period": month, "facility_id": "base_13", "activity_type": activity, "quantity": quantity, "unit": unit}
        for month in months
        for activity, quantity, unit in (("grid_electricity", "25000", "MWh"), ("diesel_stationary", "40", "t"))
    ]
    write(root / "landing" / "2025-03" / "base_13" / "energy_ledger.csv", list(rows[0]), rows)
    add(
        root / "reference" / "base_year_events.csv",
        {"event_id": "base_13_bought", "kind": "acquisition", "facility_id": "base_13", "effective_on": "2025-01-01",
         "delta_base_co2e_t": "", "document": "illustrative"},
    )  # fmt: skip


def an_error_is_found(root: Path) -> None:
    """The first quantity of Yangzhou's log of May 2023 was half of what it should be."""
    path = root / "landing" / "2023-05" / "yangzhou" / "activity_log.csv"
    columns, rows = read(path)
    quantity = next(column for column in columns if column in ("quantity", "数量"))
    rows[0][quantity] = str(Decimal(rows[0][quantity]) * 2)
    write(path, columns, rows)


def grid_factors(root: Path) -> Path:
    """A table of factors in which the grid factors of 2023 hold for 2024 too, in a folder to try first."""
    columns, own = read(root / "reference" / "emission_factors.csv")
    shared, rows = read(SEEDS / "emission_factors.csv")
    newer = [
        row | {"factor_id": f"{row['factor_id']}_for_2024", "valid_from": "2024-01-01", "valid_to": "2024-12-31"}
        for row in rows
        if row["factor_id"].startswith("cn_grid_2023_") and row["scope2_method"] == "location"
    ]
    folder = root / "grid-factors-2023"
    write(folder / "emission_factors.csv", shared + [column for column in columns if column not in shared], own + newer)
    return folder


def a_vintage_is_taken(root: Path) -> None:
    """What was tried is taken."""
    (root / "reference" / "emission_factors.csv").write_bytes(
        (grid_factors(root) / "emission_factors.csv").read_bytes()
    )


def an_invoice_comes_late(root: Path) -> None:
    """Diesel of base 12 in November 2024, for which nobody had sent anything."""
    row = {
        "invoice_number": "D-2024-11-7",
        "invoice_date": "2025-02-10",
        "supplier": "Fuel company",
        "facility_id": "base_12",
        "activity_type": "diesel_stationary",
        "service_start": "2024-11-01",
        "service_end": "2024-11-30",
        "quantity": "50",
        "unit": "t",
    }
    write(root / "landing" / "2025-02" / "base_12" / "invoices-late.csv", list(row), [row])


def a_file_is_withdrawn(root: Path) -> None:
    """Ningjin's log of March 2024 was another company's."""
    (root / "landing" / "2024-03" / "ningjin" / "activity_log.csv").unlink()


CHAPTERS = {
    chapter.__name__: chapter
    for chapter in (a_base_is_bought, an_error_is_found, a_vintage_is_taken, an_invoice_comes_late, a_file_is_withdrawn)
}


SHOWN = (
    "select year, figure, cause, closed_co2e_t::decimal(18, 3) as closed_t, co2e_t::decimal(18, 3) as change_t"
    " from pending_restatements where facility_id is null and ghg_protocol_category is null order by all",
    "select event_id, scope, as_reported_t::decimal(18, 3) as as_reported_t, effect_t::decimal(18, 3) as effect_t,"
    " decision from base_year_recalculation order by scope",
)


def walk(root: Path) -> None:
    """Everything that docs/time.md tells, into a new folder."""
    helioledger = [sys.executable, "-c", "from orchestration.cli import command; command()"]

    def do(*command: object) -> None:
        print(f"\n$ {' '.join(map(str, command))}", flush=True)
        program = helioledger if command[0] == "helioledger" else [sys.executable]
        subprocess.run([*program, *map(str, command[1:])], check=True)

    of_copy = ("--workspace", root)
    generator = Path(__file__).with_name("generate_ja_solar.py")
    do("python", generator, "--until", "2025-03", "--out", root)
    do("helioledger", "run", *of_copy)
    do("python", __file__, root, "--only-factors")
    do("helioledger", "simulate", "--reference", root / "grid-factors-2023", "--year", 2024, *of_copy)
    for year in (2023, 2024):
        do("helioledger", "close", year, "--reason", f"GHG report {year}", *of_copy)
    do("python", __file__, root)
    do("helioledger", "run", *of_copy)
    for query in SHOWN:
        do("helioledger", "query", query, *of_copy)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("workspace", type=Path, help="a copy of examples/ja-solar; its files are changed")
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER", help=f"which; all by default: {', '.join(CHAPTERS)}")
    parser.add_argument("--only-factors", action="store_true", help="only write grid-factors-2023/, to simulate")
    parser.add_argument("--walk", action="store_true", help="make the copy, and do all that docs/time.md tells of it")
    arguments = parser.parse_args()
    if arguments.walk:
        walk(arguments.workspace)
        return
    if unknown := set(arguments.chapters) - set(CHAPTERS):
        parser.error(f"no such chapter: {', '.join(sorted(unknown))}")
    if arguments.only_factors:
        print(grid_factors(arguments.workspace))
        return
    for name in arguments.chapters or CHAPTERS:
        CHAPTERS[name](arguments.workspace)
        print((CHAPTERS[name].__doc__ or name).strip())


if __name__ == "__main__":
    main()
