"""A feedback workbook of plain sheets: of a short file all rows, of a longer one those that errors and warnings speak
of, under its headers and with their row numbers."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from data_contracts.answers.feedback_contents import (
    AUTHOR,
    CELLS_COMMENTED,
    COLOURS,
    COLUMNS,
    FINDINGS_LINKED,
    FORMULA_STARTS,
    LINK_COLOUR,
    SHORT_NUMBER,
    TITLE_COLOUR,
    Line,
    Mark,
    Place,
    Spot,
    faulty_rows,
    height_on_top,
    is_number,
    lines_on_top,
    list_of,
    marks_on,
    of_sheet,
    text_width,
    writable,
)
from data_contracts.declarations.feeds import Feed
from data_contracts.readers.delivered_files import FINDINGS_SHEET, Grid, Header, find_header

# A sheet with more rows is shown by its faulty ones.
ROWS_SHOWN = 200
ROWS_IN_MEMORY = 5_000
# As many as a sheet has, less those of title and header.
MOST_ROWS = (1 << 20) - 100
NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
SOURCE_ROW_HEADER = "原行号\nsource row"
WIDEST_COLUMN, NARROWEST_COLUMN = 42, 9


@dataclass(frozen=True)
class Shown:
    """What the workbook shows of a grid. first: the row of the workbook (from 0) with the first of `cells`; header:
    that with the titles; rows: row of the file -> row of the workbook; titles: None where the header is among the
    cells."""

    name: str
    feed: Feed
    grid: Grid
    header: Header
    cells: pl.DataFrame
    first: int
    header_row: int
    titles: tuple[str | None, ...] | None
    rows: dict[int, int]
    is_shortened: bool


def write_plain_workbook(
    out: Path,
    name: str,
    grids: Iterable[tuple[Feed, Grid]],
    findings: pl.DataFrame,
    counts: tuple[int, int] | None,
) -> None:
    """Write it. grids: those of the delivered file, of which the rows in between may be missing."""
    shown: list[Shown] = []
    marks: dict[Spot, Mark] = {}
    spots: dict[Place, Spot] = {}
    for feed, grid in grids:
        taken = {FINDINGS_SHEET.casefold(), *(one.name.casefold() for one in shown)}
        about = of_sheet(findings, grid.sheet)
        one = _shown(_sheet_name(grid.sheet or feed.zh, taken), feed, grid, about)
        found, places = marks_on(feed, grid, one.header, about, one.rows)
        shown.append(one)
        marks |= found
        spots |= places
    titles = {one.grid.sheet: one for one in shown}
    address = {
        (sheet, row, position): (titles[sheet].name, xl_rowcol_to_cell(titles[sheet].rows[row], position))
        for sheet, row, position in spots.values()
    }
    # Temporary files cost more than all else of a small workbook; a large one is not held in memory.
    rows = len(findings) + sum(len(one.rows) for one in shown)
    with xlsxwriter.Workbook(out, {"in_memory": True} if rows < ROWS_IN_MEMORY else {"constant_memory": True}) as book:
        formats = Formats(book)
        listed = book.add_worksheet(FINDINGS_SHEET)
        _list_findings(
            listed, formats, lines_on_top(name, findings, counts), list_of(findings, spots, address), address
        )
        left = CELLS_COMMENTED
        for one in shown:
            left = _copy(book.add_worksheet(one.name), formats, one, marks, left)


class Formats:
    """The formats of a workbook, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._made: dict[tuple, Format] = {}

    def of(self, **properties: object) -> Format:
        key = tuple(properties.items())
        if key not in self._made:
            self._made[key] = self._book.add_format(properties)
        return self._made[key]

    def title(self) -> Format:
        return self.of(bold=True, bg_color=f"#{TITLE_COLOUR}", text_wrap=True, valign="top")

    def of_cell(self, number_format: str, severity: str | None, quoted: bool = False, wrapped: bool = False) -> Format:
        key = (number_format, severity, quoted, wrapped)
        made = self._made.get(key)
        if made is None:
            properties = {"num_format": number_format}
            properties |= {"bg_color": f"#{COLOURS[severity]}"} if severity else {}
            properties |= {"quote_prefix": True} if quoted else {}
            properties |= {"text_wrap": True, "valign": "top"} if wrapped else {}
            made = self._made[key] = self._book.add_format(properties)
        return made


def _sheet_name(name: str, taken: Collection[str]) -> str:
    """A name Excel accepts and no other sheet has; the feed stays readable at its beginning."""
    name = NOT_IN_SHEET_NAMES.sub("_", name).strip("'")[:31] or "_"
    numbered = (name[: 31 - len(mark)] + mark for mark in (f"-{number}" for number in itertools.count(2)))
    return next(one for one in itertools.chain([name], numbered) if one.casefold() not in taken)


def _shown(name: str, feed: Feed, grid: Grid, findings: pl.DataFrame) -> Shown:
    header = find_header(feed, grid)
    cells, rows = grid.cells, grid.rows
    is_shortened = grid.is_partial or len(cells) > ROWS_SHOWN
    if is_shortened:
        kept = pl.DataFrame({"row": rows}).with_row_index("at")
        faulty = faulty_rows(findings).implode()
        kept = kept.filter((pl.col("at") <= header.last) | pl.col("row").is_in(faulty)).head(MOST_ROWS)
        cells, rows = cells[kept["at"]], rows.gather(kept["at"])
    # A file without a header row of its own gets one, so that what comes back can be read again.
    first = 1 if header.last < 0 else 0
    titles = header.titles if first or is_shortened else None
    numbered = {row: at for at, row in enumerate(rows, start=first)}
    return Shown(name, feed, grid, header, cells, first, header.last + first, titles, numbered, is_shortened)


def _copy(sheet: Worksheet, formats: Formats, shown: Shown, marks: dict[Spot, Mark], left: int) -> int:
    """Write a sheet and mark its cells. left: how many more may be commented; returns how many are left after it."""
    titles = shown.titles or shown.header.titles
    for position, column in enumerate(shown.cells.iter_columns()):
        texts = [titles[position] if position < len(titles) else None, *column[max(shown.header.last, 0) : ROWS_SHOWN]]
        longest = max((text_width(text) for text in texts if text), default=0)
        sheet.set_column(position, position, min(max(longest + 2, NARROWEST_COLUMN), WIDEST_COLUMN))
    numbers = [is_number(shown.feed, title) for title in shown.header.titles]
    numbers += [False] * (shown.cells.width - len(numbers))
    by_row: dict[int, dict[int, Mark]] = {}
    for (name, row, position), mark in marks.items():
        if name == shown.grid.sheet:
            by_row.setdefault(row, {})[position] = mark
    said_again = shown.titles and [*shown.titles, *[SOURCE_ROW_HEADER] * shown.is_shortened]
    rows = zip(shown.rows.items(), shown.cells.iter_rows(), strict=True)
    for (source_row, at), texts in itertools.chain([((0, 0), said_again)] if shown.first else [], rows):
        marked = by_row.get(source_row, {})
        is_header = at == shown.header_row
        for position, text in enumerate(said_again or texts if is_header else texts):
            mark = marked.get(position)
            severity = mark and mark.severity
            if text is None:
                if severity:
                    sheet.write_blank(at, position, None, formats.of_cell("@", severity))
            elif is_header and severity is None:
                sheet.write_string(at, position, writable(text), formats.title())
            else:
                _write_value(sheet, formats, at, position, text, at > shown.header_row and numbers[position], severity)
            if mark and left:
                said, height = mark.comment()
                sheet.write_comment(at, position, said, {"author": AUTHOR, "width": 380, "height": height})
                left -= 1
        if shown.is_shortened and at > shown.header_row:
            sheet.write_number(at, len(titles), source_row)
    if 0 <= shown.header_row < 20:
        sheet.freeze_panes(shown.header_row + 1, 0)
    return left


def _write_value(
    sheet: Worksheet, formats: Formats, row: int, column: int, text: str, is_numeric: bool, severity: str | None
) -> None:
    """Numbers as numbers where the cell then shows the same, so that Excel does not complain of each; else text that is
    never calculated, not even after somebody has edited it."""
    if is_numeric and (short := SHORT_NUMBER.fullmatch(text)):
        decimals = len(short.group(1) or "")
        shape = formats.of_cell(f"0.{'0' * decimals}" if decimals else "0", severity)
        sheet.write_number(row, column, float(text) if decimals else int(text), shape)
    else:
        shape = formats.of_cell("@", severity, quoted=text.startswith(FORMULA_STARTS))
        sheet.write_string(row, column, writable(text), shape)


def _list_findings(
    sheet: Worksheet, formats: Formats, top: list[str], lines: Iterable[Line], address: dict[Spot, tuple[str, str]]
) -> None:
    for position, (_, width) in enumerate(COLUMNS):
        sheet.set_column(position, position, width)
    last = len(COLUMNS) - 1
    for row, line in enumerate(top):
        shape = formats.of(bold=row <= 1, font_size=14 if row == 0 else 11, text_wrap=True, valign="top")
        sheet.set_row(row, 22 if row == 0 else 16 * height_on_top(line))
        sheet.merge_range(row, 0, row, last - 1, line, shape)
    header = len(top)
    sheet.set_row(header, 32)
    for position, (title, _) in enumerate(COLUMNS):
        sheet.write_string(header, position, title, formats.title())
    plain = formats.of_cell("@", None, wrapped=True)
    quoted = formats.of_cell("@", None, quoted=True, wrapped=True)
    number = formats.of_cell("General", None, wrapped=True)
    link = formats.of(num_format="@", text_wrap=True, valign="top", underline=1, font_color=f"#{LINK_COLOUR}")
    row = header
    for row, line in enumerate(lines, start=header + 1):
        sheet.set_row(row, min(15.5 * line.height, 400))
        sheet.write_string(row, 0, line.cells[0], formats.of_cell("@", line.severity, wrapped=True))
        for position, value in enumerate(line.cells[1:], start=1):
            if value is None or value == "":
                continue
            if position == 3 and line.spot and row - header <= FINDINGS_LINKED:
                name, there = address[line.spot]
                name = name.replace("'", "''")
                sheet.write_url(row, position, f"internal:'{name}'!{there}", link, there)
            elif isinstance(value, int):
                sheet.write_number(row, position, value, number)
            else:
                sheet.write_string(row, position, value, quoted if value.startswith(FORMULA_STARTS) else plain)
    sheet.freeze_panes(header + 1, 0)
    sheet.autofilter(header, 0, max(row, header + 1), last)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(header)
