"""What those who publish use: `report`, `supplier-footprint`, `product-footprint`."""

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


@app.command(epilog="Example: helioledger supplier-footprint glass.json --activity-type solar_glass --supplier GLASS")
def supplier_footprint(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A JSON file of PACT product footprints.")],
    activity_type: Annotated[str, typer.Option("--activity-type", help="The activity type of what is bought.")],
    supplier: Annotated[str, typer.Option("--supplier", help="supplier_id of the purchases.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE.csv", help="By default supplier-footprints.csv here.")
    ] = None,
) -> None:
    """Check a supplier's product footprints (PACT 3.0.3), and write them as rows for reference/emission_factors.csv.

    Exit code 1 and every problem where one is no sound footprint; then nothing is written.
    """
    from orchestration.reporting import footprints

    target = output or Path("supplier-footprints.csv")
    if target.exists():
        raise WrongUse(f"{target} exists already; nothing was changed.")
    try:
        rows = footprints.factor_rows(footprints.read_records(file), activity_type, supplier)
        footprints.write_rows(rows, target)
    except footprints.NotAFootprint as wrong:
        complain(str(wrong))
        raise typer.Exit(STOPPED) from None
    except OSError as error:
        raise WrongUse(f"{error.filename}: {error.strerror or error}.") from None
    say(f"Created {target} ({len(rows)} factors). Add its rows to reference/emission_factors.csv.")


@app.command(epilog="Example: helioledger product-footprint module.json --year 2023 -o module-2023.json")
def product_footprint(
    product: Annotated[
        Path,
        typer.Argument(
            metavar="PRODUCT.json", help="power_kw of a declared unit, and footprint: the fields no ledger knows."
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE.json", help="The file to make.")],
    year: Annotated[int | None, typer.Option("--year", help="By default the latest that is known whole.")] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Write the product's footprint as a PACT 3.0.3 record, from the mart product_footprints."""
    import json

    opened = Workspace.open(workspace)
    from orchestration import release, warehouse
    from orchestration.reporting import footprints, reading

    manifest, published = release.published_manifest(opened), release.published_at(opened)
    if manifest is None or published is None:
        raise WrongUse(f"Nothing is published in {opened.root} yet; `helioledger run` does.")
    if output.exists():
        raise WrongUse(f"{output} exists already; nothing was changed.")
    try:
        given = json.loads(product.read_text(encoding="utf-8-sig"))
        with warehouse.connect(opened.published_database, read_only=True, on_wait=complain) as marts:
            marts.execute("set schema = 'marts'")
            chosen = reading.chosen_year(marts, year)
            record = footprints.own_record(marts, given, chosen, manifest["release_id"], published)
        output.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except (reading.NotPublished, ValueError) as reason:
        raise WrongUse(str(reason)) from None
    except footprints.NotAFootprint as wrong:
        complain(str(wrong))
        raise typer.Exit(STOPPED) from None
    except (warehouse.WarehouseBusy, warehouse.WarehouseUnreadable) as error:
        complain(f"helioledger: {error}")
        raise typer.Exit(STOPPED) from None
    except OSError as error:
        raise WrongUse(f"{error.filename}: {error.strerror or error}.") from None
    say(f"Created {output}")
