"""A small .xlsx that comes back as the sender's own workbook, with its cells marked: its sheets, formats, widths and
merged cells are kept, and nothing lives on in it. Formulas become the values they had, and links, names, macros and
pictures stay behind."""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Iterable
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from data_contracts.answers.feedback_contents import (
    AUTHOR,
    CELLS_COMMENTED,
    COLOURS,
    COLUMNS,
    FINDINGS_LINKED,
    FORMULA_STARTS,
    LINK_COLOUR,
    TITLE_COLOUR,
    Line,
    Mark,
    Spot,
    height_on_top,
    writable,
)
from data_contracts.declarations.feeds import Feed
from data_contracts.readers.delivered_files import FINDINGS_SHEET, Grid
from data_contracts.readers.packages import Package

FILLS = {severity: PatternFill("solid", start_color=f"FF{colour}") for severity, colour in COLOURS.items()}
TITLE = PatternFill("solid", start_color=f"FF{TITLE_COLOUR}")
WRAPPED = Alignment(wrap_text=True, vertical="top")

# Drop-downs of plain lists and of cells of the same workbook are kept.
HARMLESS_LIST = re.compile(r'"[^"|]*"|(?:(?:\'[^\'\[\]|]+\'|\w+)!)?\$?[A-Z]{1,3}\$?[0-9]+:\$?[A-Z]{1,3}\$?[0-9]+')


@dataclass(frozen=True)
class OwnWorkbook:
    """The delivered workbook, opened and made harmless; `grids` are its sheets with data, by name."""

    book: Workbook
    grids: dict[str, Grid]

    @classmethod
    def open(cls, content: bytes, path: Path, grids: Collection[tuple[Feed, Grid]]) -> OwnWorkbook | None:
        """None if it is too large or too strange to be opened here."""
        try:
            if not Package(content).is_small():
                return None
            with warnings.catch_warnings(action="ignore"):
                book = openpyxl.load_workbook(path.open("rb"), data_only=True, keep_links=False)
            for sheet in list(book.chartsheets):
                book.remove(sheet)
            if FINDINGS_SHEET in book.sheetnames:
                book.remove(book[FINDINGS_SHEET])
            book.defined_names.clear()
            for sheet in book.worksheets:
                _make_harmless(sheet)
            opened = cls(book, {grid.sheet: grid for _, grid in grids if book[grid.sheet]})
        except Exception:
            # What the readers understand, openpyxl need not; the plain copy says as much.
            return None
        for grid in opened.grids.values():
            opened._show_formulas(grid)
        return opened

    def cell(self, spot: Spot) -> Cell:
        """The cell, or the first of those it is merged with."""
        name, row, position = spot
        sheet = self.book[name]
        cell = sheet.cell(row, position + 1 + self.grids[name].left)
        if isinstance(cell, MergedCell):
            ranges = (merged for merged in sheet.merged_cells.ranges if cell.coordinate in merged)
            cell = next((sheet.cell(one.min_row, one.min_col) for one in ranges), cell)
        return cell

    def address(self, spots: Iterable[Spot]) -> dict[Spot, tuple[str, str]]:
        return {spot: (spot[0], self.cell(spot).coordinate) for spot in spots}

    def mark(self, marks: dict[Spot, Mark]) -> None:
        """Colour and comment cells; the sender's own comment stands below ours."""
        merged: dict[tuple[str, str], tuple[Cell, Mark]] = {}
        for spot, mark in marks.items():
            cell = self.cell(spot)
            _, joined = merged.setdefault((spot[0], cell.coordinate), (cell, Mark()))
            joined.severities |= mark.severities
            joined.said += mark.said
        for number, (cell, mark) in enumerate(merged.values()):
            cell.fill = FILLS[mark.severity]
            if number >= CELLS_COMMENTED:
                continue
            if cell.comment:
                mark.said.append(cell.comment.text)
            text, height = mark.comment()
            cell.comment = Comment(text, AUTHOR, width=380, height=height)

    def save(self, out: Path, top: list[str], lines: Iterable[Line], address: dict[Spot, tuple[str, str]]) -> None:
        _list_findings(self.book.create_sheet(FINDINGS_SHEET, 0), top, lines, address)
        self.book.active = 0
        for sheet in self.book.worksheets[1:]:
            sheet.sheet_view.tabSelected = False
        self.book.save(out)

    def _show_formulas(self, grid: Grid) -> None:
        """Formulas without a value are shown as text, as they were judged."""
        for position, column in enumerate(grid.cells.iter_columns()):
            for at in column.str.starts_with("=").arg_true():
                cell = self.cell((grid.sheet, grid.rows[at], position))
                if cell.value is None:
                    _write_text(cell, column[at])


def _make_harmless(sheet: Worksheet) -> None:
    """Leave values and formats only, without the marks of an earlier feedback."""
    sheet.defined_names.clear()
    sheet.conditional_formatting = ConditionalFormattingList()
    sheet._charts, sheet._images, sheet._pivots, sheet._hyperlinks = [], [], [], []
    for table in sheet.tables.values():
        for column in table.tableColumns:
            column.calculatedColumnFormula = column.totalsRowFormula = None
    sheet.data_validations.dataValidation = [
        rule
        for rule in sheet.data_validations.dataValidation
        if rule.type == "list" and HARMLESS_LIST.fullmatch((rule.formula1 or "").lstrip("="))
    ]
    # The cells there are: walking over the rectangle would make all others.
    for cell in list(sheet._cells.values()):
        if not isinstance(cell, Cell):
            continue
        cell._hyperlink = None
        if cell.comment and cell.comment.author == AUTHOR:
            cell.comment = None
            cell.fill = PatternFill()
        if isinstance(cell.value, str):
            _write_text(cell, cell.value)


def _write_text(cell: Cell, text: str) -> None:
    """Text that is never calculated, not even after somebody has edited it."""
    cell.value = writable(text)
    cell.data_type = "s"
    if text.startswith(FORMULA_STARTS):
        cell.number_format = "@"
        cell.quotePrefix = True


def _list_findings(
    sheet: Worksheet, top: list[str], lines: Iterable[Line], address: dict[Spot, tuple[str, str]]
) -> None:
    for row, line in enumerate(top, start=1):
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=8)
        cell = sheet.cell(row, 1)
        _write_text(cell, line)
        cell.alignment = WRAPPED
        cell.font = _font(bold=row <= 2, size=14 if row == 1 else 11)
        sheet.row_dimensions[row].height = 22 if row == 1 else 16 * height_on_top(line)
    header = len(top) + 1
    for position, (title, width) in enumerate(COLUMNS, start=1):
        cell = sheet.cell(header, position, title)
        cell.font, cell.fill, cell.alignment = _font(bold=True), TITLE, WRAPPED
        sheet.column_dimensions[get_column_letter(position)].width = width
    sheet.row_dimensions[header].height = 32
    # Styles are copied: to set them anew for every cell would take most of the time.
    styles = {}
    for kind in (str, int):
        sample = sheet.cell(header + 1, 1)
        sample.alignment, sample.number_format = WRAPPED, "@" if kind is str else "General"
        styles[kind] = copy(sample._style)
    row = header
    for row, line in enumerate(lines, start=header + 1):
        for position, value in enumerate(line.cells, start=1):
            cell = sheet.cell(row, position)
            cell._style = copy(styles[str if isinstance(value, str) else int])
            if isinstance(value, str):
                _write_text(cell, value)
            elif value is not None:
                cell.value = value
        sheet.cell(row, 1).fill = FILLS[line.severity]
        if line.spot and row - header <= FINDINGS_LINKED:
            name, there = address[line.spot]
            name = name.replace("'", "''")
            link = sheet.cell(row, 4)
            link.hyperlink = Hyperlink(ref=link.coordinate, location=f"'{name}'!{there}")
            link.font = _font(underline="single", color=f"FF{LINK_COLOUR}")
        sheet.row_dimensions[row].height = min(15.5 * line.height, 400)
    sheet.freeze_panes = sheet.cell(header + 1, 1)
    sheet.auto_filter.ref = f"A{header}:{get_column_letter(len(COLUMNS))}{max(row, header + 1)}"
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{header}:{header}"


def _font(size: int = 11, **properties: Any) -> Font:
    return Font(name="Calibri", size=size, **properties)
