"""A delivered file to sheets of text under canonical headers.

Reading never judges a value: every cell arrives as the text a person sees, null where it is empty, beside its 1-based
row in the file. What can be said about a file, a sheet or a header is a Notice; a file that cannot be read at all gives
one Notice and never an exception.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any
from xml.etree import ElementTree

import fastexcel
import polars as pl

from data_contracts.feeds import FEED_NAMES, SURPLUS_CELLS, Feed, feed_of_name

VERSION = "1.0.0"
EXTENSIONS = (".csv", ".xlsx", ".parquet")
SEPARATORS = (",", ";", "\t")
HEADER_SEARCHED_ROWS = 60
WIDEST = 512
CSV_CHUNK = 50_000

# Sheets that templates and feedback workbooks bring along: they hold no data and need no notice.
LISTS_SHEET, INSTRUCTIONS_SHEET, FINDINGS_SHEET = "列表 Lists", "说明 Instructions", "检查结果 Findings"
OWN_SHEETS = (LISTS_SHEET, INSTRUCTIONS_SHEET, FINDINGS_SHEET)

# Columns of a sheet's frame besides those of its feed.
SOURCE_ROW, FILLED_CELLS, FIRST_CELL, IS_HEADER = "source_row", "filled_cells", "first_cell", "is_header"


@dataclass(frozen=True)
class Notice:
    """Something to say about a file, a sheet or a row, before any value is judged."""

    rule: str
    sheet: str = ""
    feed: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Grid:
    """A rectangle of text. `cells`: String columns named 0, 1, …; `rows`: their 1-based rows in the file.

    widths: the number of cells each record was written with (CSV only). serials: whether a bare number can be a date.
    header: column names where the file has no header row (Parquet). exact: the column with the given position as
    floats, for workbooks whose text form is cut at nine decimals.
    """

    sheet: str
    cells: pl.DataFrame
    rows: pl.Series
    widths: pl.Series | None = None
    serials: bool = False
    header: tuple[str, ...] | None = None
    merged: tuple[tuple[int, int, int, int], ...] = ()
    exact: Callable[[int], pl.Series] | None = None


@dataclass(frozen=True)
class Sheet:
    """One sheet of one feed.

    frame (None if the sheet is refused): the columns of the feed as text, `source_row` Int32, `surplus_cells` UInt32,
    `filled_cells` UInt32, `first_cell` String, `is_header` Boolean; blank rows are left out. rows_refused: data rows of
    a refused sheet.
    """

    name: str
    feed: Feed
    frame: pl.DataFrame | None
    serials: bool
    rows_refused: int = 0


@dataclass(frozen=True)
class Delivery:
    """What one file holds."""

    sheets: list[Sheet]
    notices: list[Notice]


class Unreadable(Exception):
    """The bytes are not the file its name promises; the message is the reason."""


def read_delivery(name: str, content: bytes) -> Delivery:
    """The sheets of a delivered file. `name` is its file name or path, `content` its bytes. Never raises."""
    grids, notices = read_grids(name, content)
    sheets: list[Sheet] = []
    for feed, grid in grids:
        sheet, found = _sheet(feed, grid, PurePosixPath(name).name)
        sheets.append(sheet)
        notices = notices + found
    if any(sheet.frame is not None for sheet in sheets):
        # An unused sheet of a workbook that holds others is no reason to refuse anything.
        notices = [
            replace(notice, rule="no_data_rows") if notice.rule == "empty_file" else notice for notice in notices
        ]
    return Delivery(sheets, notices)


def read_grids(name: str, content: bytes) -> tuple[list[tuple[Feed, Grid]], list[Notice]]:
    """The grids of a delivered file with the feed of each, and what stands in the way of others. Never raises."""
    path = PurePosixPath(name)
    feed = feed_of_name(path.stem)
    extension = path.suffix.lower()
    if extension not in EXTENSIONS or (feed is None and extension != ".xlsx"):
        return [], [_unknown_file(path.name)]
    try:
        if extension == ".xlsx":
            return _read_workbook(path.name, content, feed)
        reader = read_csv if extension == ".csv" else _read_parquet
        return [(feed, reader(content, lambda header: feed.match_header(header) is not None))], []
    # A file may be broken in any way its writer can think of, and must not stop the others.
    except (Exception, pl.exceptions.PanicException) as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        return [], [Notice("unreadable_file", feed=feed and feed.name, value=path.name, details={"reason": reason})]


def _unknown_file(name: str) -> Notice:
    return Notice("unknown_file", value=name, details={"accepted": FEED_NAMES})


# --- CSV ----------------------------------------------------------------------------------------------------------


def read_csv(content: bytes, is_header: Callable[[str], bool]) -> Grid:
    """A CSV as a grid: UTF-8, UTF-16 or GB18030; comma, semicolon or tab; quoted line breaks; ragged rows.

    Rows are record numbers and count blank lines. `is_header` recognises header texts; the separator is the one under
    which most of them appear. Raises Unreadable.
    """
    text = _decode(content)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    separator = _separator(text, is_header)
    columns = _split_lines(text, separator)
    if columns is None:
        columns = _split_records(text, separator)
    cells, widths = columns
    return Grid("", _clean(cells), pl.int_range(1, len(cells) + 1, eager=True, dtype=pl.Int32), widths)


def _decode(content: bytes) -> str:
    sample = content[:4096]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\x00" in sample:
        # Separators and digits have their zero byte second in little-endian text, first in big-endian.
        encodings = ["utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not re.search(r"[\x00-\x08\x0e-\x1b]", text[:4096]) and "\x00" not in text:
            return text
    raise Unreadable("not text in UTF-8, UTF-16 or GB18030")


def _separator(text: str, is_header: Callable[[str], bool]) -> str:
    sample = list(itertools.islice(io.StringIO(text[: 1 << 20]), HEADER_SEARCHED_ROWS))

    def score(separator: str) -> tuple[int, int]:
        rows = list(csv.reader(sample, delimiter=separator))
        return (
            max((sum(is_header(cell) for cell in row) for row in rows), default=0),
            max((len(row) for row in rows), default=0),
        )

    try:
        return max(SEPARATORS, key=score)
    except csv.Error as error:
        raise Unreadable(str(error)) from error


def _split_lines(text: str, separator: str) -> tuple[pl.DataFrame, pl.Series] | None:
    """Cells and widths, where every line is a record of well-formed cells; None otherwise."""
    if "\x1f" in text:
        return None
    content = text.encode()
    lines = _parse_csv(content, "\x1f", None, 1)["0"]
    quoted = '"' in text
    bare = lines
    if quoted:
        cell = rf'(?:[^"{separator}]*|"(?:[^"]|"")*")'
        if not lines.str.contains(rf"^{cell}(?:{separator}{cell})*$").all():
            return None
        bare = lines.str.replace_all(r'"[^"]*"', "")
    widths = bare.str.count_matches(separator, literal=True) + 1
    width = min(int(widths.max() or 0), WIDEST)
    cells = _parse_csv(content, separator, '"' if quoted else None, width)
    return cells, widths


def _parse_csv(content: bytes, separator: str, quote: str | None, width: int) -> pl.DataFrame:
    if not content.strip(b"\n"):
        return pl.DataFrame(schema={str(position): pl.String for position in range(width)})
    return pl.read_csv(
        content,
        has_header=False,
        separator=separator,
        quote_char=quote,
        schema={str(position): pl.String for position in range(width)},
        missing_columns="insert",
        truncate_ragged_lines=True,
        empty_string_is_null=False,
    )


def _split_records(text: str, separator: str) -> tuple[pl.DataFrame, pl.Series]:
    """Cells and widths of records that span lines or hold stray quotation marks."""
    records = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
    csv.field_size_limit(max(csv.field_size_limit(), 1 << 24))
    frames: list[pl.DataFrame] = []
    widths: list[int] = []
    try:
        while chunk := list(itertools.islice(records, CSV_CHUNK)):
            widths += map(len, chunk)
            columns = itertools.islice(itertools.zip_longest(*chunk), WIDEST)
            series = [pl.Series(str(position), values, pl.String) for position, values in enumerate(columns)]
            frames.append(
                pl.DataFrame(series) if series else pl.DataFrame({"0": [None] * len(chunk)}, schema={"0": pl.String})
            )
    except csv.Error as error:
        raise Unreadable(f"a quotation mark before line {records.line_num} is not closed: {error}") from error
    cells = pl.concat(frames, how="diagonal") if frames else pl.DataFrame(schema={"0": pl.String})
    return cells, pl.Series(widths, dtype=pl.UInt32)


# --- workbooks and Parquet ----------------------------------------------------------------------------------------


def _read_workbook(name: str, content: bytes, feed: Feed | None) -> tuple[list[tuple[Feed, Grid]], list[Notice]]:
    workbook = fastexcel.read_excel(content)
    facts = _WorkbookFacts(content)
    named = {sheet: feed_of_name(sheet) for sheet in workbook.sheet_names}
    visible = [sheet for sheet in workbook.sheet_names if sheet not in facts.hidden]
    if feed is not None and feed not in named.values():
        first = next(iter(visible), None)
        named = {sheet: feed if sheet == first else found for sheet, found in named.items()}
    if not any(named.values()):
        return [], [_unknown_file(name)]
    unused = [
        Notice("unused_sheet", sheet=sheet, value=sheet, details={"accepted": FEED_NAMES})
        for sheet in visible
        if named[sheet] is None and sheet not in OWN_SHEETS
    ]
    return [(found, _sheet_grid(workbook, sheet, facts)) for sheet, found in named.items() if found is not None], unused


def _sheet_grid(workbook: fastexcel.ExcelReader, sheet: str, facts: _WorkbookFacts) -> Grid:
    loaded = workbook.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string")
    cells = loaded.to_polars()
    offset = min((column.absolute_index for column in loaded.available_columns()), default=0)
    cells.columns = [str(position) for position in range(cells.width)]
    errors, merged = facts.of_sheet(sheet, offset)
    for position, found in itertools.groupby(sorted(errors), key=lambda error: error[1]):
        at = {row: value for row, _, value in found if row < len(cells)}
        if position < cells.width:
            cells = cells.with_columns(cells[str(position)].scatter(list(at), list(at.values())))

    def exact(position: int) -> pl.Series:
        index = position + offset
        column = workbook.load_sheet(sheet, header_row=None, skip_rows=0, use_columns=[index], dtypes="float")
        return column.to_polars().to_series()

    cells = cells.with_columns(pl.all().str.replace(r"^([0-9]{4}-[0-9]{2}-[0-9]{2}) 00:00:00$", "$1"))
    rows = pl.int_range(1, len(cells) + 1, eager=True, dtype=pl.Int32)
    return Grid(sheet, _clean(cells), rows, serials=not facts.counts_from_1904, merged=merged, exact=exact)


class _WorkbookFacts:
    """What the text form of a workbook does not tell: hidden sheets, error cells, merged cells, the date system."""

    def __init__(self, content: bytes) -> None:
        self._archive = zipfile.ZipFile(io.BytesIO(content))
        self.hidden: set[str] = set()
        workbook = ElementTree.fromstring(self._archive.read("xl/workbook.xml"))
        relations = ElementTree.fromstring(self._archive.read("xl/_rels/workbook.xml.rels"))
        targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
        self._paths: dict[str, str] = {}
        self.counts_from_1904 = False
        for element in workbook.iter():
            tag = element.tag.rpartition("}")[2]
            if tag == "workbookPr":
                self.counts_from_1904 = element.get("date1904") in ("1", "true")
            elif tag == "sheet":
                target = next(
                    (targets.get(value, "") for key, value in element.attrib.items() if key.endswith("}id")),
                    "",
                )
                if element.get("state", "visible") != "visible":
                    self.hidden.add(element.get("name", ""))
                self._paths[element.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"

    def of_sheet(
        self, sheet: str, offset: int
    ) -> tuple[list[tuple[int, int, str]], tuple[tuple[int, int, int, int], ...]]:
        """Error cells (row, column, text) and merged ranges (first row, last row, first and last column), 0-based."""
        path = self._paths.get(sheet, "")
        if path not in self._archive.namelist():
            return [], ()
        xml = self._archive.read(path)
        errors, merged = [], ()
        if b't="e"' in xml:
            cell = rb'<c r="([A-Z]+)([0-9]+)"[^>]*\bt="e"[^>]*>(?:(?!</c>).)*?<v>([^<]*)</v>'
            errors = [
                (int(row) - 1, _column_number(column) - offset, value.decode())
                for column, row, value in re.findall(cell, xml, flags=re.DOTALL)
            ]
        if b"<mergeCell " in xml:
            reference = rb'<mergeCell ref="([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)"'
            merged = tuple(
                (int(top) - 1, int(bottom) - 1, _column_number(left) - offset, _column_number(right) - offset)
                for left, top, right, bottom in re.findall(reference, xml)
            )
        return errors, merged


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _read_parquet(content: bytes, is_header: Callable[[str], bool]) -> Grid:
    frame = pl.read_parquet(io.BytesIO(content))
    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested()]
    if nested:
        raise Unreadable(f"columns with lists or structures: {', '.join(nested)}; one plain value per cell is needed")
    floats = [name for name, dtype in frame.schema.items() if dtype.is_float()]
    decimals = [name for name, dtype in frame.schema.items() if dtype.is_decimal()]
    cells = frame.with_columns(pl.col(floats).fill_nan(None).round_sig_figs(15)).with_columns(pl.all().cast(pl.String))
    cells = cells.with_columns(
        pl.col(decimals).str.replace(r"(\.[0-9]*?)0+$", "$1").str.replace(r"\.$", ""),
        pl.col(floats).str.replace(r"\.0$", ""),
    )
    cells.columns = [str(position) for position in range(cells.width)]
    rows = pl.int_range(1, len(cells) + 1, eager=True, dtype=pl.Int32)
    return Grid("", _clean(cells), rows, serials=True, header=tuple(frame.columns))


def _clean(cells: pl.DataFrame) -> pl.DataFrame:
    text = pl.all().str.strip_chars().str.strip_chars("\ufeff\u200b")
    return cells.with_columns(text).with_columns(pl.when(pl.all() != "").then(pl.all()))


# --- grids to sheets ----------------------------------------------------------------------------------------------


def _sheet(feed: Feed, grid: Grid, name: str) -> tuple[Sheet, list[Notice]]:
    def notice(rule: str, **more: Any) -> Notice:
        return Notice(rule, sheet=grid.sheet, feed=feed.name, **more)

    cells = grid.cells
    filled = (
        cells.select(pl.sum_horizontal(pl.all().is_not_null())).to_series()
        if cells.width
        else pl.Series([], dtype=pl.UInt32)
    )
    if not (filled > 0).any() and not grid.header:
        return Sheet(grid.sheet, feed, None, grid.serials), [notice("empty_file", value=grid.sheet or name)]
    top = cells.head(HEADER_SEARCHED_ROWS).rows()
    at, header = find_header(feed, grid)
    width = len(header) if grid.header or grid.widths is None else int(grid.widths[at])
    last = max(int(filled.to_frame().select((pl.first() > 0).arg_true().max()).item() or 0), at)

    notices = [
        notice("title_row", row=int(grid.rows[index]), value=" | ".join(cell for cell in top[index] if cell))
        for index in range(max(at, 0))
        if filled[index]
    ]
    blank = int((filled[: last + 1] == 0).sum()) if len(filled) else 0
    if blank:
        notices.append(notice("blank_rows", value=str(blank)))

    header_row = None if grid.header else int(grid.rows[at])
    columns: dict[str, list[int]] = {}
    for position, title in enumerate(header):
        column = feed.match_header(title) if title else None
        if column:
            columns.setdefault(column, []).append(position)
        elif title:
            notices.append(notice("unknown_column", row=header_row, column=title, value=title))
        elif cells.width > position and position < width and cells[str(position)][at + 1 :].is_not_null().any():
            notices.append(notice("unnamed_column", row=header_row, value=str(position + 1)))
    body = filled[at + 1 :]
    refusals = [
        notice(
            "duplicate_column",
            column=column,
            value=", ".join(f"'{header[position]}'" for position in positions),
            details={"column_en": feed.by_name[column].label_en, "column_zh": feed.by_name[column].label_zh},
        )
        for column, positions in columns.items()
        if len(positions) > 1
    ]
    missing = [column for column in feed.required if column.name not in columns]
    if missing:
        refusals.append(
            notice(
                "missing_columns",
                details={
                    "missing": ", ".join(f"{column.name} ({column.zh})" for column in missing),
                    "found": ", ".join(title for title in header if title) or "-",
                },
            )
        )
    if refusals:
        return Sheet(grid.sheet, feed, None, grid.serials, int((body > 0).sum())), notices + refusals
    if not (body > 0).any():
        notices.append(notice("no_data_rows", value=grid.sheet or name))
    positions = {column: found[0] for column, found in columns.items()}
    return Sheet(grid.sheet, feed, _frame(feed, grid, positions, at, width, filled), grid.serials), notices


def find_header(feed: Feed, grid: Grid) -> tuple[int, tuple[str | None, ...]]:
    """The index of the header row in the grid (-1 where it has none of its own) and its cells."""
    if grid.header:
        return -1, grid.header
    top = grid.cells.head(HEADER_SEARCHED_ROWS).rows()
    at = _header_row(feed, top)
    return at, top[at] if top else ()


def _header_row(feed: Feed, rows: Iterable[tuple[str | None, ...]]) -> int:
    """The first row that looks like the header of the feed; else the row with most known headers; else the first
    filled one."""
    best, best_known, first = None, 0, None
    required = {column.name for column in feed.required}
    for index, row in enumerate(rows):
        titles = [cell for cell in row if cell]
        if titles and first is None:
            first = index
        known = {column for title in titles if (column := feed.match_header(title))}
        if len(known & required) * 3 >= len(required) * 2 or (len(known) >= 3 and len(known) * 2 > len(titles)):
            return index
        if len(known) > best_known:
            best, best_known = index, len(known)
    return best if best is not None else first or 0


def _frame(feed: Feed, grid: Grid, positions: dict[str, int], at: int, width: int, filled: pl.Series) -> pl.DataFrame:
    cells = grid.cells
    text = {column: cells[str(position)] for column, position in positions.items()}
    for column, position in positions.items():
        if feed.by_name[column].kind == "number":
            if grid.exact is not None:
                text[column] = _as_shown(text[column], lambda position=position: grid.exact(position))
        else:
            text[column] = _fill_merged(text[column], position, grid.merged, at)
    titles = grid.header or cells.row(at)
    header_again = pl.all_horizontal(
        *(pl.col(str(p)).eq_missing(pl.lit(titles[p])) for p in range(min(len(titles), cells.width)) if titles[p])
    )
    surplus = (
        (grid.widths.cast(pl.Int64) - width).clip(0).cast(pl.UInt32)
        if grid.widths is not None
        else pl.Series([0], dtype=pl.UInt32).new_from_index(0, len(cells))
    )
    facts = cells.select(
        pl.coalesce(pl.all()).alias(FIRST_CELL),
        (header_again if not grid.header else pl.lit(False)).alias(IS_HEADER),
    )
    frame = pl.DataFrame(
        [
            grid.rows.alias(SOURCE_ROW),
            surplus.alias(SURPLUS_CELLS),
            filled.cast(pl.UInt32).alias(FILLED_CELLS),
            *facts,
            *(
                text[column.name].alias(column.name)
                if column.name in text
                else pl.Series(column.name, [None], dtype=pl.String).new_from_index(0, len(cells))
                for column in feed.columns
            ),
        ]
    )
    return frame.slice(at + 1).filter(pl.col(FILLED_CELLS) > 0)


def _as_shown(text: pl.Series, floats: Callable[[], pl.Series]) -> pl.Series:
    """Numbers as Excel shows them: 15 significant digits of the stored double, not nine decimals of it."""
    cut = text.str.contains(r"^-?[0-9]+\.[0-9]{9}$|^-?[0-9.]{17,}$").fill_null(False)
    if not cut.any():
        return text
    shown = floats().round_sig_figs(15).cast(pl.String)
    return pl.select(pl.when(cut & shown.is_not_null()).then(shown).otherwise(text)).to_series()


def _fill_merged(text: pl.Series, position: int, merged: tuple[tuple[int, int, int, int], ...], at: int) -> pl.Series:
    """A cell merged over several rows says the same for each of them (numbers are never repeated this way)."""
    ranges = [(top, bottom) for top, bottom, left, right in merged if left == right == position and at < top < bottom]
    if not ranges:
        return text
    index = pl.int_range(len(text), eager=True)
    spread = (
        pl.DataFrame(ranges, schema={"top": pl.Int64, "bottom": pl.Int64}, orient="row")
        .with_columns(index=pl.int_ranges("top", pl.col("bottom") + 1))
        .explode("index")
        .join(pl.DataFrame({"top": index, "value": text}), on="top", how="inner")
    )
    filled = pl.DataFrame({"index": index, "text": text}).join(spread, on="index", how="left", maintain_order="left")
    return filled.select(pl.coalesce("text", "value")).to_series()
