"""What explains a change, and tries one: `compare`, `simulate`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from orchestration.commands import STOPPED, Format, WorkspaceOption, WrongUse, app
from orchestration.console import complain, print_table, say, write_csv, write_json
from orchestration.workspace import Workspace

VERSIONS = "close:2024, close:2024.1, publication:ID, a date such as 2025-04-15, or current."
FormatOption = Annotated[Format, typer.Option("--format", help="Decimals are printed with all their digits.")]
YearOption = Annotated[int | None, typer.Option("--year", metavar="Y", help="Only this year.")]
MOST_FACTORS = 40


@app.command(epilog="Example: helioledger compare close:2024 current --workspace my-company")
def compare(
    a: Annotated[str, typer.Argument(metavar="A", help=f"The earlier version: {VERSIONS}")],
    b: Annotated[str, typer.Argument(metavar="B", help="The later version, in the same way.")],
    year: YearOption = None,
    format: FormatOption = Format.table,
    workspace: WorkspaceOption = None,
) -> None:
    """Say what tells two versions of the inventory apart: every tonne of the difference has one cause.

    By year, facility, scope, Scope 2 method, category and cause, with the reason of CDP 7.10.1. The causes sum to the
    difference exactly. A version that is no longer kept is computed again from its inputs, which takes a run.
    """
    opened = Workspace.open(workspace).prepare()
    from data_contracts.declarations.problems import ReferenceProblems
    from orchestration import comparing, warehouse
    from orchestration.rules import Rules

    try:
        time_zone = Rules.load(opened).organization.time_zone
        with warehouse.run_lock(opened, on_wait=complain), comparing.aside(opened) as aside:
            with warehouse.open_work(opened, on_wait=complain) as connection:
                warehouse.create_raw_tables(connection)
                sides = [
                    comparing.find(connection, opened, name, time_zone, aside / str(number))
                    for number, name in enumerate((a, b))
                ]
            with comparing.bridge(opened, *sides, year) as memory:
                rows = comparing.summed(memory).fetchall()
    except ReferenceProblems as problems:
        complain(str(problems))
        raise typer.Exit(STOPPED) from None
    except comparing.NoVersion as error:
        raise WrongUse(str(error)) from None
    except (warehouse.WarehouseBusy, warehouse.WarehouseUnreadable) as error:
        complain(f"helioledger: {error}")
        raise typer.Exit(STOPPED) from None
    _show(f"{sides[0].name} to {sides[1].name}", [*comparing.GRAIN, "co2e_t"], rows, format)


def _show(title: str, names: list[str], rows: list[tuple], format: Format) -> None:
    if format is Format.csv:
        write_csv(sys.stdout, names, rows)
    elif format is Format.json:
        write_json(sys.stdout, names, rows)
    elif rows:
        print_table(title, names, rows, ("co2e_t",))
    else:
        say(f"{title}: nothing differs. 无差异。")


@app.command(
    epilog="Example: helioledger simulate --reference grid-factors-2023 --workspace my-company\n\n"
    "Example: helioledger simulate --settings organization-ar6.yml --workspace my-company"
)
def simulate(
    reference: Annotated[
        Path | None,
        typer.Option("--reference", metavar="DIR", help="Reference tables to take in place of those of the same name."),
    ] = None,
    settings: Annotated[
        Path | None, typer.Option("--settings", metavar="FILE", help="Settings to take in place of organization.yml.")
    ] = None,
    year: YearOption = None,
    format: FormatOption = Format.table,
    workspace: WorkspaceOption = None,
) -> None:
    """Try other reference tables or settings against all history: what would move, by cause and by factor row.

    In the form of `compare`. It is computed aside; nothing that is published or taken in changes.
    """
    opened = Workspace.open(workspace).prepare()
    if reference is None and settings is None:
        raise WrongUse("name what to try: --reference DIR, --settings FILE, or both.")
    if reference is not None and not reference.is_dir():
        raise WrongUse(f"there is no folder {reference}.")
    if settings is not None and not settings.is_file():
        raise WrongUse(f"there is no file {settings}.")
    from orchestration import comparing, timeline, warehouse

    instead = {f"reference/{file.name}": file for file in sorted(reference.glob("*.csv"))} if reference else {}
    if reference and not instead:
        raise WrongUse(f"{reference} holds no .csv.")
    if settings:
        instead[opened.organization_file.name] = settings
    try:
        with warehouse.run_lock(opened, on_wait=complain), comparing.aside(opened) as aside:
            with warehouse.open_work(opened, on_wait=complain) as connection:
                warehouse.create_raw_tables(connection)
                now = comparing.find(connection, opened, "current", "UTC", aside)
                trial = comparing.compute(connection, opened, now.files, aside, instead)
            tried = {kind_and_path: "tried" for kind_and_path in now.files if kind_and_path[1] in instead}
            then = comparing.of_database("simulation", trial.published_database, {**now.files, **tried})
            with comparing.bridge(opened, now, then, year) as memory:
                tables = [
                    ([*grain, "co2e_t"], comparing.summed(memory, grain).fetchall())
                    for grain in (comparing.GRAIN, comparing.BY_FACTOR)
                ]
    except (comparing.NoVersion, timeline.NothingKnown) as error:
        complain(f"helioledger: {error}")
        raise typer.Exit(STOPPED) from None
    except (warehouse.WarehouseBusy, warehouse.WarehouseUnreadable) as error:
        complain(f"helioledger: {error}")
        raise typer.Exit(STOPPED) from None
    (names, rows), (factor_names, factor_rows) = tables
    _show("current to simulation", names, rows, format)
    if format is Format.table and factor_rows:
        say("")
        factor_rows.sort(key=lambda row: -abs(row[-1]))
        print_table("By factor row, the largest first", factor_names, factor_rows[:MOST_FACTORS], ("co2e_t",))
        say("Nothing that is published has changed. 已发布数据未改变。")
