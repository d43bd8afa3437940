"""What those who publish use: `report`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from orchestration.commands import STOPPED, WorkspaceOption, WrongUse, app
from orchestration.console import complain, say
from orchestration.workspace import Workspace


class Languages(StrEnum):
    both = "both"
    zh = "zh"
    en = "en"


@app.command(epilog="Example: helioledger report --year 2023 --language zh --workspace examples/ja-solar")
def report(
    year: Annotated[int | None, typer.Option("--year", help="By default the latest that is known whole.")] = None,
    language: Annotated[
        Languages, typer.Option("--language", help="Chinese, English, or both on one page.")
    ] = Languages.both,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="By default warehouse/reports/YEAR.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit code 1 where an item that the standards require is missing.")
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Write the report of a year: one HTML page that needs no network, a PDF of it, and a workbook for others' forms.

    Every figure is a query on the published marts, with a footnote that says which. A required item that is missing is
    printed as missing.
    """
    opened = Workspace.open(workspace)
    from orchestration import warehouse
    from orchestration.reporting import making, page, reading

    try:
        made = making.make(opened, year, language.value, output, complain)
    except reading.NotPublished as reason:
        raise WrongUse(str(reason)) from None
    except (warehouse.WarehouseBusy, warehouse.WarehouseUnreadable) as error:
        complain(f"helioledger: {error}")
        raise typer.Exit(STOPPED) from None
    except OSError as error:
        raise WrongUse(f"{output or opened.reports} cannot be written: {error.strerror or error}.") from None
    say(f"Created {made.page}")
    say(f"Created {made.forms}")
    if made.pdf:
        say(f"Created {made.pdf}")
    else:
        complain(str(made.why_no_pdf))
    for item in made.missing:
        complain(page.missing_said(item))
    if strict and made.missing:
        raise typer.Exit(STOPPED)
