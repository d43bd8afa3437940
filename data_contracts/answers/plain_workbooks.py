"""A feedback workbook of plain sheets: of a short file all rows, of a longer one those that errors and warnings speak
of, under its headers and with their row numbers."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from data_contracts.answers.feedback_contents import (
    AUTHOR,
    CELLS_COMMENTED,
    COLOURS,
    COLUMNS,
    FINDINGS_LINKED,
    FINDINGS_LISTED,
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
)
from data_contracts.answers.sheet_rows import (
    Rows,
    blank_xml,
    columns,
    number_xml,
    row_xml,
    styles_of,
    text_xml,
    write_rows,
)
from data_contracts.declarations.feeds import Feed
from data_contracts.readers.delivered_files import FINDINGS_SHEET, Grid, Header, find_header, further_headers

# A sheet with more rows is shown by its faulty ones.
ROWS_SHOWN = 200
# As many as a sheet has, less those of title and header.
MOST_ROWS = (1 << 20) - 100
NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
SOURCE_ROW_HEADER = "原行号\nsource row"
# By how many decimals a number has.
NUMBER_FORMATS = ("0", "0.0", "0.00", "0.000", "0.0000")
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
    skeleton = io.BytesIO()
    top = lines_on_top(name, findings, counts)
    with xlsxwriter.Workbook(skeleton, {"in_memory": True}) as book:
        listed = book.add_worksheet(FINDINGS_SHEET)
        samples = _frame_list(book, listed, top, min(len(findings), FINDINGS_LISTED))
        left = CELLS_COMMENTED
        for one in shown:
            left = _frame(book.add_worksheet(one.name), one, marks, left)
    styles = dict(zip(samples, styles_of(skeleton, 0, len(top) + 1), strict=True))
    lines = list_of(findings, spots, address)
    sheets = [_list_rows(lines, min(len(findings), FINDINGS_LISTED), len(top), styles, address)]
    sheets += [_rows(one, marks, styles) for one in shown]
    write_rows(skeleton, out, sheets)


# The looks of cells: their number format, the severity they are marked with, and `quoted` for text that a spreadsheet
# might take for a formula.
Look = tuple[str, str | None, bool]
TITLE: Look = ("title", None, False)
LINK: Look = ("link", None, False)
LISTED, LISTED_NUMBER = "listed", "listed number"


def _formats() -> dict[Look, dict[str, object]]:
    """The properties of each look."""
    wrapped = {"text_wrap": True, "valign": "top"}
    made: dict[Look, dict[str, object]] = {TITLE: {"bold": True, "bg_color": f"#{TITLE_COLOUR}", **wrapped}}
    for severity in (None, "error", "warning"):
        fill = {"bg_color": f"#{COLOURS[severity]}"} if severity else {}
        made |= {(shape, severity, False): {"num_format": shape, **fill} for shape in ("@", *NUMBER_FORMATS)}
        made["@", severity, True] = {"num_format": "@", "quote_prefix": True, **fill}
    for severity, colour in COLOURS.items():
        made[LISTED, severity, False] = {"num_format": "@", "bg_color": f"#{colour}", **wrapped}
    made[LISTED, None, False] = {"num_format": "@", **wrapped}
    made[LISTED, None, True] = {"num_format": "@", "quote_prefix": True, **wrapped}
    made[LISTED_NUMBER, None, False] = {"num_format": "General", **wrapped}
    made[LINK] = {"num_format": "@", "underline": 1, "font_color": f"#{LINK_COLOUR}", **wrapped}
    return made


FORMATS = _formats()


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
        headers = pl.col("at").is_in(further_headers(feed, grid)) | (pl.col("at") <= header.last)
        kept = kept.filter(headers | pl.col("row").is_in(faulty)).head(MOST_ROWS)
        cells, rows = cells[kept["at"]], rows.gather(kept["at"])
    # A file without a header row of its own gets one, so that what comes back can be read again.
    first = 1 if header.last < 0 else 0
    titles = header.titles if first or is_shortened else None
    numbered = {row: at for at, row in enumerate(rows, start=first)}
    return Shown(name, feed, grid, header, cells, first, header.last + first, titles, numbered, is_shortened)


def _frame(sheet: Worksheet, shown: Shown, marks: dict[Spot, Mark], left: int) -> int:
    """Give a sheet its widths and comments. left: how many more cells may be commented; returns how many are left after
    it."""
    titles = shown.titles or shown.header.titles
    for position, column in enumerate(shown.cells.iter_columns()):
        texts = [titles[position] if position < len(titles) else None, *column[max(shown.header.last, 0) : ROWS_SHOWN]]
        longest = max((text_width(text) for text in texts if text), default=0)
        sheet.set_column(position, position, min(max(longest + 2, NARROWEST_COLUMN), WIDEST_COLUMN))
    own = {spot: mark for spot, mark in marks.items() if spot[0] == shown.grid.sheet}
    for spot in sorted(own)[:left]:
        said, height = own[spot].comment()
        where = shown.header_row if spot[1] == 0 else shown.rows[spot[1]]
        sheet.write_comment(where, spot[2], said, {"author": AUTHOR, "width": 380, "height": height})
    if 0 <= shown.header_row < 20:
        sheet.freeze_panes(shown.header_row + 1, 0)
    return max(left - len(own), 0)


def _rows(shown: Shown, marks: dict[Spot, Mark], styles: Mapping[Look, int]) -> Rows:
    """What a sheet shows."""
    by_row: dict[int, dict[int, str]] = {}
    for (name, row, position), mark in marks.items():
        if name == shown.grid.sheet:
            by_row.setdefault(row, {})[position] = mark.severity
    width = max(shown.cells.width, len(shown.titles or ())) + shown.is_shortened
    names = columns(width)
    numbers = [is_number(shown.feed, title) for title in shown.header.titles]
    numbers += [False] * (shown.cells.width - len(numbers))
    nothing: dict[int, str] = {}

    def lines() -> Iterator[str]:
        said_again = shown.titles and [*shown.titles, *[SOURCE_ROW_HEADER] * shown.is_shortened]
        rows = zip(shown.rows.items(), shown.cells.iter_rows(), strict=True)
        for (source_row, at), texts in itertools.chain([((0, 0), said_again)] if shown.first else [], rows):
            marked = by_row.get(source_row, nothing)
            is_header, is_data = at == shown.header_row, at > shown.header_row
            cells = []
            for position, text in enumerate(said_again or texts if is_header else texts):
                severity = marked.get(position)
                if text is None:
                    if severity:
                        cells.append(blank_xml(names[position], at, styles["@", severity, False]))
                elif is_header and severity is None:
                    cells.append(text_xml(names[position], at, styles[TITLE], text))
                elif is_data and numbers[position] and (short := SHORT_NUMBER.fullmatch(text)):
                    # Numbers as numbers where the cell then shows the same, so that Excel does not complain of each;
                    # else text that is never calculated, not even after somebody has edited it.
                    shape = NUMBER_FORMATS[len(short.group(1) or "")]
                    cells.append(number_xml(names[position], at, styles[shape, severity, False], text))
                else:
                    look = ("@", severity, text.startswith(FORMULA_STARTS))
                    cells.append(text_xml(names[position], at, styles[look], text))
            if shown.is_shortened and is_data:
                cells.append(number_xml(names[len(shown.titles)], at, 0, source_row))
            yield row_xml(at, cells)

    return Rows(0, shown.first + len(shown.rows), width, lines())


def _frame_list(book: xlsxwriter.Workbook, sheet: Worksheet, top: list[str], listed: int) -> list[Look]:
    """Write what stands on top of the list of findings, and below it a row with a cell of each look that the workbook
    uses, whose numbers are read from there; returns the looks."""
    for position, (_, width) in enumerate(COLUMNS):
        sheet.set_column(position, position, width)
    last, header = len(COLUMNS) - 1, len(top)
    for row, line in enumerate(top):
        shape = {"bold": row <= 1, "font_size": 14 if row == 0 else 11, "text_wrap": True, "valign": "top"}
        sheet.set_row(row, 22 if row == 0 else 16 * height_on_top(line))
        sheet.merge_range(row, 0, row, last - 1, line, book.add_format(shape))
    formats = {look: book.add_format(properties) for look, properties in FORMATS.items()}
    sheet.set_row(header, 32)
    for position, (title, _) in enumerate(COLUMNS):
        sheet.write_string(header, position, title, formats[TITLE])
    for position, made in enumerate(formats.values()):
        sheet.write_blank(header + 1, position, None, made)
    sheet.freeze_panes(header + 1, 0)
    sheet.autofilter(header, 0, max(header + listed, header + 1), last)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(header)
    return list(formats)


def _list_rows(
    lines: Iterable[Line],
    listed: int,
    header: int,
    styles: Mapping[Look, int],
    address: Mapping[Spot, tuple[str, str]],
) -> Rows:
    """The list of findings, below its header (row from 0)."""
    names = columns(len(COLUMNS))
    links: list[tuple[str, str]] = []

    def rows() -> Iterator[str]:
        for at, line in enumerate(lines, start=header + 1):
            cells = [text_xml("A", at, styles[LISTED, line.severity, False], line.cells[0])]
            for position, value in enumerate(line.cells[1:], start=1):
                if value is None or value == "":
                    continue
                if position == 3 and line.spot and at - header <= FINDINGS_LINKED:
                    name, there = address[line.spot]
                    name = name.replace("'", "''")
                    links.append((f"D{at + 1}", f"'{name}'!{there}"))
                    cells.append(text_xml("D", at, styles[LINK], there))
                elif isinstance(value, int):
                    cells.append(number_xml(names[position], at, styles[LISTED_NUMBER, None, False], value))
                else:
                    look = (LISTED, None, value.startswith(FORMULA_STARTS))
                    cells.append(text_xml(names[position], at, styles[look], value))
            yield row_xml(at, cells, min(15.5 * line.height, 400))

    return Rows(header + 1, header + 1 + listed, len(COLUMNS), rows(), links)
