"""What the sender of a faulty file gets back: a workbook whose first sheet lists what is wrong and how to correct it,
and whose others show it in its place, coloured and commented.

A small .xlsx comes back as it was sent (own_workbooks); of anything else, and of what is larger, plain sheets show the
faulty rows with their row numbers, so that an answer costs what is wrong and not what was sent (plain_workbooks).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from data_contracts.answers.feedback_contents import faulty_rows, lines_on_top, list_of, marks_on, of_sheet
from data_contracts.answers.plain_workbooks import ROWS_SHOWN, write_plain_workbook
from data_contracts.declarations.feeds import FEEDS, Feed
from data_contracts.readers.delivered_files import ZIP, find_header, read_grids

# Rows of a sheet, beyond which a workbook does not come back as it was sent.
ROWS_OF_OWN = 5_000


def write_feedback(
    path: Path,
    findings: pl.DataFrame,
    out: Path,
    name: str | None = None,
    counts: tuple[int, int] | None = None,
    feeds: Mapping[str, Feed] = FEEDS,
) -> Path:
    """Write the feedback workbook on a delivered file to `out`; returns that.

    `findings` are those of this file (columns of findings.FINDING_SCHEMA that matter: source_sheet, source_row,
    column_name, severity, messages). `name` is the delivered file name where `path` has another, as in an archive;
    `counts`: rows in and rows rejected; `feeds`: with the headers of the workspace.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    name = name or path.name
    grids, _ = read_grids(name, path, rows=(faulty_rows(findings), ROWS_SHOWN), feeds=feeds)
    if grids and all(len(grid.cells) <= ROWS_OF_OWN for _, grid in grids) and (content := _workbook(path)):
        from data_contracts.answers.own_workbooks import OwnWorkbook

        if own := OwnWorkbook.open(content, path, grids):
            marks, spots = {}, {}
            for feed, grid in grids:
                found, places = marks_on(feed, grid, find_header(feed, grid), of_sheet(findings, grid.sheet), None)
                marks |= found
                spots |= places
            own.mark(marks)
            address = own.address(spots.values())
            own.save(out, lines_on_top(name, findings, counts), list_of(findings, spots, address), address)
            return out
    write_plain_workbook(out, name, grids, findings, counts)
    return out


def _workbook(path: Path) -> bytes | None:
    """The bytes of an .xlsx."""
    with path.open("rb") as file:
        return ZIP + file.read() if file.read(len(ZIP)) == ZIP else None
