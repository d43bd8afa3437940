"""Rows of a delivered file as they stood in it: the cells of some rows under the titles above them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from data_contracts.readers.delivered_files import find_header, read_grids, tables_of
from data_contracts.readers.headings import read_headings


@dataclass(frozen=True)
class Cell:
    """A cell: its title in the file, the canonical column that the title stands for (if any), and its text."""

    title: str | None
    column: str | None
    text: str | None


def delivered_rows(
    name: str, file: Path, wanted: Collection[tuple[str, int]]
) -> dict[tuple[str, int], tuple[Cell, ...]]:
    """The wanted (sheet, 1-based row) of a file that was delivered as `name`; a row that cannot be read is left out.

    A CSV or Parquet file has one sheet, which is called ''.
    """
    rows = pl.Series(sorted({row for _, row in wanted}), dtype=pl.Int64)
    grids, _ = read_grids(name, file, (rows, 0))
    found: dict[tuple[str, int], tuple[Cell, ...]] = {}
    for feed, grid in grids:
        of_sheet = {row for sheet, row in wanted if sheet == grid.sheet}
        for table in tables_of(feed, grid) if of_sheet else ():
            header = find_header(feed, table)
            columns = {at: name for name, all_at in read_headings(feed, header.titles).columns.items() for at in all_at}
            titles = (*header.titles, *(None,) * (table.cells.width - len(header.titles)))
            picked = table.rows.cast(pl.Int64).is_in(list(of_sheet)).arg_true()
            for at in picked:
                found[grid.sheet, int(table.rows[at])] = tuple(
                    Cell(title, columns.get(position), text)
                    for position, (title, text) in enumerate(zip(titles, table.cells.row(at), strict=False))
                    if title is not None or text is not None
                )
    return found
