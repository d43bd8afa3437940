"""A feedback workbook of plain sheets: of a short file all rows, of a longer one those that errors and warnings speak
of, under its headers and with their row numbers."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter
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
    SEVERITIES,
    SHORT_NUMBER,
    TITLE_COLOUR,
    WIDTHS_OF_TEXTS,
    Mark,
    Place,
    Spot,
    column_title,
    faulty_rows,
    fitted,
    gravest_first,
    height_on_top,
    is_number,
    lines_on_top,
    list_of,
    marks_on,
    of_sheet,
    text_width,
    writable,
)
from data_contracts.answers.sheet_rows import (
    Rows,
    blank_anywhere,
    columns,
    number_anywhere,
    row_xml,
    styles_of,
    text_anywhere,
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
ROWS_WRITTEN_TOGETHER = 10_000
# As many rows are written one by one: a query per column takes longer than they do.
FEW = 200


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
    letters = columns(1 + max((position for *_, position in spots.values()), default=0))
    address = {
        spot: (titles[spot[0]].name, f"{letters[spot[2]]}{titles[spot[0]].rows[spot[1]] + 1}")
        for spot in spots.values()
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
    sheets = [_list_rows(findings, spots, len(top), styles, address)]
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
    """What a sheet shows: rows up to its header one by one, those below column by column where they are many."""
    by_column: dict[int, dict[int, str]] = {}
    for (name, row, position), mark in marks.items():
        if name == shown.grid.sheet:
            by_column.setdefault(position, {})[row] = mark.severity
    titles = shown.titles and [*shown.titles, *[SOURCE_ROW_HEADER] * shown.is_shortened]
    width = max(shown.cells.width, len(shown.titles or ())) + shown.is_shortened
    names = columns(width)
    numbers = [is_number(shown.feed, title) for title in shown.header.titles]
    numbers += [False] * (shown.cells.width - len(numbers))
    nothing: dict[int, str] = {}
    places = pl.DataFrame(
        {"source_row": list(shown.rows), "at": list(shown.rows.values())},
        schema={"source_row": pl.Int64, "at": pl.Int64},
    )
    above = int((places["at"] <= shown.header_row).sum())
    if len(places) <= FEW:
        above = len(places)

    def lines() -> Iterator[str]:
        rows = zip(places.head(above).iter_rows(), shown.cells.head(above).iter_rows(), strict=True)
        for (source_row, at), texts in itertools.chain([((0, 0), titles)] if shown.first else [], rows):
            is_header, is_below = at == shown.header_row, at > shown.header_row
            cells = []
            for position, text in enumerate(titles or texts if is_header else texts):
                severity = by_column.get(position, nothing).get(source_row)
                look = TITLE if is_header and text is not None and severity is None else None
                if cell := _cell(text, severity, is_below and numbers[position], styles, look):
                    cells.append(f'<c r="{names[position]}{at + 1}{cell}')
            if is_below and shown.is_shortened:
                cells.append(f'<c r="{names[len(shown.titles or ())]}{at + 1}{number_anywhere(0, source_row)}')
            yield row_xml(at, cells)
        if above == len(places):
            return
        below, cells = places[above:], shown.cells[above:]
        number = (below["at"] + 1).cast(pl.String)
        written = []
        for position, texts in enumerate(cells.iter_columns()):
            marked = by_column.get(position, nothing)
            severities = below["source_row"].replace_strict(marked, default=None, return_dtype=pl.String)
            column = pl.DataFrame({"text": texts, "severity": severities})
            # A text is found again in many rows.
            each = column.unique()
            said = [_cell(*one, numbers[position], styles) for one in each.iter_rows()]
            column = column.join(
                each.with_columns(said=pl.Series(said, dtype=pl.String)),
                on=["text", "severity"],
                how="left",
                nulls_equal=True,
                maintain_order="left",
            )
            written.append((f'<c r="{names[position]}' + number + column["said"]).fill_null(""))
        if shown.is_shortened:
            source = below["source_row"].cast(pl.String)
            written.append(f'<c r="{names[len(shown.titles or ())]}' + number + '" s="0"><v>' + source + "</v></c>")
        row = pl.concat_str(pl.lit('<row r="'), pl.lit(number), pl.lit('">'), *map(pl.lit, written), pl.lit("</row>"))
        for some in pl.select(row.alias("row")).iter_slices(ROWS_WRITTEN_TOGETHER):
            yield "".join(some["row"])

    return Rows(0, shown.first + len(shown.rows), width, lines())


def _cell(
    text: str | None, severity: str | None, is_number: bool, styles: Mapping[Look, int], look: Look | None = None
) -> str | None:
    """A cell from the end of its address on; None where there is none."""
    if text is None:
        return blank_anywhere(styles["@", severity, False]) if severity else None
    if look is None and is_number and (short := SHORT_NUMBER.fullmatch(text)):
        # Numbers as numbers where the cell then shows the same, so that Excel does not complain of each; else text that
        # is never calculated, not even after somebody has edited it.
        return number_anywhere(styles[NUMBER_FORMATS[len(short.group(1) or "")], severity, False], text)
    return text_anywhere(styles[look or ("@", severity, text.startswith(FORMULA_STARTS))], text)


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
    findings: pl.DataFrame,
    spots: Mapping[Place, Spot],
    header: int,
    styles: Mapping[Look, int],
    address: Mapping[Spot, tuple[str, str]],
) -> Rows:
    """The list of findings, below its header (row from 0), as feedback_contents.list_of says it."""
    names = columns(len(COLUMNS))
    links: list[tuple[str, str]] = []

    def text(value: str) -> str | None:
        return text_anywhere(styles[LISTED, None, value.startswith(FORMULA_STARTS)], value) if value else None

    def lines() -> Iterator[str]:
        if len(findings) <= FEW:
            yield from one_by_one()
            return
        listed = gravest_first(findings)
        for first in range(0, len(listed), ROWS_WRITTEN_TOGETHER):
            yield "".join(written(listed.slice(first, ROWS_WRITTEN_TOGETHER), first))

    def one_by_one() -> Iterator[str]:
        severities = {said: severity for severity, said in SEVERITIES.items()}
        for n, line in enumerate(list_of(findings, spots, address), start=header + 2):
            said, sheet, row, cell, *others = line.cells
            if line.spot:
                links.append(_link(n, *address[line.spot]))
            cells = [
                text_anywhere(styles[LISTED, severities[said], False], said),
                text(sheet),
                None if row is None else number_anywhere(styles[LISTED_NUMBER, None, False], row),
                text_anywhere(styles[LINK], cell) if cell else None,
                *map(text, others),
            ]
            written = "".join(f'<c r="{name}{n}{one}' for name, one in zip(names, cells, strict=False) if one)
            yield f'<row r="{n}" ht="{min(15.5 * line.height, 400):g}" customHeight="1">{written}</row>'

    def written(some: pl.DataFrame, first: int) -> pl.Series:
        """The rows, which are those from `first` on."""
        sheets = some["source_sheet"].fill_null("")
        found = [spots.get(place) for place in zip(sheets, some["source_row"], some["column_name"], strict=True)]
        led_to = [address[spot] if spot else ("", "") for spot in found]
        there, cells = (pl.Series(texts, dtype=pl.String) for texts in zip(*led_to, strict=True))
        at = pl.int_range(first, first + len(some), eager=True)
        number, is_linked = (at + header + 2).cast(pl.String), at < FINDINGS_LINKED
        for n, (sheet, cell) in zip(number.filter(is_linked), led_to, strict=False):
            if cell:
                links.append(_link(n, sheet, cell))
        link = _each(cells, lambda cell: text_anywhere(styles[LINK], cell) if cell else None)
        asked = some.select(pl.struct("feed", "column_name")).to_series()
        titles = _each(asked, lambda one: column_title(one["feed"], one["column_name"]))
        said = [
            _each(some["severity"], lambda one: text_anywhere(styles[LISTED, one, False], SEVERITIES[one])),
            _each(sheets.zip_with(sheets != "", there), lambda sheet: text(writable(sheet))),
            _each(some["source_row"], lambda row: number_anywhere(styles[LISTED_NUMBER, None, False], row)),
            link.zip_with(is_linked, _each(cells, text)),
            _each(titles, text),
        ]
        heights = [_each(titles, lambda title: title.count("\n") + 1, pl.Int64)]
        for column, width in zip(("source_value", "message_zh", "message_en"), WIDTHS_OF_TEXTS, strict=True):
            said.append(_each(some[column], lambda one, width=width: text(fitted(one, width)[0])))
            heights.append(_each(some[column], lambda one, width=width: fitted(one, width)[1], pl.Int64))
        said.append(_each(some["rule"], text))
        cells_of_row = [
            (f'<c r="{name}' + number + cell).fill_null("") for name, cell in zip(names[: len(said)], said, strict=True)
        ]
        lines_high = pl.select(pl.max_horizontal(1, *heights)).to_series()
        height = _each(lines_high, lambda one: f"{min(15.5 * one, 400):g}")
        opened = '<row r="' + number + '" ht="' + height + '" customHeight="1">'
        row = pl.concat_str(pl.lit(opened), *map(pl.lit, cells_of_row), pl.lit("</row>"))
        return pl.select(row).to_series()

    return Rows(header + 1, header + 1 + min(len(findings), FINDINGS_LISTED), len(COLUMNS), lines(), links)


def _link(row: int, sheet: str, cell: str) -> tuple[str, str]:
    """From a cell of the list to one of a sheet."""
    quoted = sheet.replace("'", "''")
    return f"D{row}", f"'{quoted}'!{cell}"


def _each(values: pl.Series, write: Callable[..., Any], dtype: type[pl.DataType] = pl.String) -> pl.Series:
    """What is written of each value but NULL; asked once for each that differs, as mostly many rows say the same."""
    different = values.drop_nulls().unique()
    written = pl.Series([write(one) for one in different], dtype=dtype)
    asked = pl.DataFrame({"value": values})
    return asked.join(
        pl.DataFrame({"value": different, "written": written}), on="value", how="left", maintain_order="left"
    )["written"]
