"""What the sender of a faulty file gets back: the own workbook with its cells marked, after a sheet that lists what is
wrong and how to correct it.

An .xlsx keeps its sheets, formats, widths and merged cells; any other file gets its cells on a plain sheet. Nothing
lives on in either: formulas become the values they had, and links, names, macros and pictures stay behind.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
import warnings
from collections.abc import Collection, Iterable
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
from openpyxl.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from data_contracts.declarations.feeds import FEEDS, Feed
from data_contracts.readers.delivered_files import FINDINGS_SHEET, ZIP, Grid, find_header, read_grids
from data_contracts.readers.packages import Package

# Larger sheets are shown by their faulty rows only; a workbook of comments in every cell does not open.
ROWS_OF_OWN = 10_000
ROWS_COPIED = 5_000
CELLS_COMMENTED = 1_000
FINDINGS_LISTED = 2_000
LONGEST_COMMENT = 2_000
NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
NOT_IN_CELLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
SOURCE_ROW_HEADER = "原行号\nsource row"

# Who wrote a comment, so that a workbook that comes back corrected loses its old marks.
AUTHOR = "HelioLedger"
SEVERITIES = {"error": "错误 error", "warning": "警告 warning", "info": "提示 info"}
COLOURS = {"error": "FFFFC7CE", "warning": "FFFFEB9C", "info": "FFDDEBF7"}
FILLS = {severity: PatternFill("solid", start_color=colour) for severity, colour in COLOURS.items()}
TITLE = PatternFill("solid", start_color="FFD9E1F2")
WRAPPED = Alignment(wrap_text=True, vertical="top")

# Text a spreadsheet would take for a formula when somebody edits the cell.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# Drop-downs of plain lists and of cells of the same workbook are kept.
HARMLESS_LIST = re.compile(r'"[^"|]*"|(?:(?:\'[^\'\[\]|]+\'|\w+)!)?\$?[A-Z]{1,3}\$?[0-9]+:\$?[A-Z]{1,3}\$?[0-9]+')
# Numbers a cell shows as they were written.
SHORT_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,10})(?:\.([0-9]{1,4}))?")

COLUMNS = (
    ("级别\nseverity", 11),
    ("工作表\nsheet", 14),
    ("行\nrow", 7),
    ("单元格\ncell", 9),
    ("列\ncolumn", 18),
    ("内容\nvalue", 20),
    ("问题与处理\nwhat to do (Chinese)", 56),
    ("问题与处理\nwhat to do (English)", 60),
    ("规则\nrule", 22),
)
HELP = (
    "请逐条更正下表所列问题（点击“单元格”可跳转；单元格批注含同样说明），在原文件中改好后以原文件名重新提交。"
    "红色：错误，必须更正；黄色：警告，请核对。",
    "Correct what is listed below (a click on `cell` leads there; its comment says the same) in your own file, and "
    "submit it again under the same name. Red: an error, must be corrected. Yellow: a warning, please check.",
)


@dataclass(frozen=True)
class Place:
    """Where the cells of a delivered grid stand in the copy. rows: source row -> row of the sheet (None: the same)."""

    sheet: Worksheet
    feed: Feed
    grid: Grid
    rows: dict[int, int] | None = None

    def row(self, source_row: int) -> int | None:
        return source_row if self.rows is None else self.rows.get(source_row)

    def cell(self, row: int, position: int) -> Cell:
        """The cell, or the first of those it is merged with."""
        column = position + 1 + (self.grid.left if self.rows is None else 0)
        cell = self.sheet.cell(row, column)
        if isinstance(cell, MergedCell):
            ranges = (merged for merged in self.sheet.merged_cells.ranges if cell.coordinate in merged)
            cell = next((self.sheet.cell(one.min_row, one.min_col) for one in ranges), cell)
        return cell


def write_feedback(
    path: Path,
    findings: pl.DataFrame,
    out: Path,
    name: str | None = None,
    counts: tuple[int, int] | None = None,
) -> Path:
    """A copy of a delivered file with its faulty cells marked and commented, after a sheet that lists the findings.

    `findings` are those of this file (columns of findings.FINDING_SCHEMA that matter: source_sheet, source_row,
    column_name, severity, messages). `name` is the delivered file name where `path` has another, as in an archive;
    `counts`: rows in and rows rejected.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    name = name or path.name
    grids, _ = read_grids(name, path)
    book, places = _own_copy(path, grids) or _plain_copy(grids, findings)
    cells: dict[tuple[str, int | None, str | None], Cell] = {}
    for place in places:
        cells |= _mark(place, findings.filter(pl.col("source_sheet").fill_null("") == place.grid.sheet))
    _list_findings(book.create_sheet(FINDINGS_SHEET, 0), name, findings, counts, cells)
    book.active = 0
    for sheet in book.worksheets[1:]:
        sheet.sheet_view.tabSelected = False
    book.save(out)
    return out


# --- the sender's own workbook ------------------------------------------------------------------------------------


def _own_copy(path: Path, grids: Collection[tuple[Feed, Grid]]) -> tuple[Workbook, list[Place]] | None:
    """The delivered workbook itself, if it is one and not too large or too strange to be opened here."""
    if not grids or any(len(grid.cells) > ROWS_OF_OWN for _, grid in grids):
        return None
    content = path.read_bytes()
    if not content.startswith(ZIP):
        return None
    try:
        if not Package(content).is_small():
            return None
        with warnings.catch_warnings(action="ignore"):
            book = openpyxl.load_workbook(path.open("rb"), data_only=True, keep_links=False)
        for sheet in list(book.chartsheets):
            book.remove(sheet)
        _drop(book, FINDINGS_SHEET)
        book.defined_names.clear()
        for sheet in book.worksheets:
            _make_harmless(sheet)
        places = [Place(book[grid.sheet], feed, grid) for feed, grid in grids]
    except Exception:
        # What the readers understand, openpyxl need not; the plain copy says as much.
        return None
    for place in places:
        _show_formulas(place)
    return book, places


def _drop(book: Workbook, name: str) -> None:
    if name in book.sheetnames:
        book.remove(book[name])


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
    cell.value = NOT_IN_CELLS.sub("\ufffd", text)[:32_767]
    cell.data_type = "s"
    if text.startswith(FORMULA_STARTS):
        cell.number_format = "@"
        cell.quotePrefix = True


def _show_formulas(place: Place) -> None:
    """Formulas without a value are shown as text, as they were judged."""
    for position, column in enumerate(place.grid.cells.iter_columns()):
        for at in column.str.starts_with("=").arg_true():
            cell = place.cell(place.grid.rows[at], position)
            if cell.value is None:
                _write_text(cell, column[at])


# --- a plain copy -------------------------------------------------------------------------------------------------


def _plain_copy(grids: Iterable[tuple[Feed, Grid]], findings: pl.DataFrame) -> tuple[Workbook, list[Place]]:
    book = openpyxl.Workbook()
    book.remove(book.active)
    places = []
    for feed, grid in grids:
        name = _sheet_name(grid.sheet or feed.zh, {FINDINGS_SHEET.casefold(), *map(str.casefold, book.sheetnames)})
        about = findings.filter(pl.col("source_sheet").fill_null("") == grid.sheet)
        places.append(_copy_grid(book.create_sheet(name), feed, grid, about))
    return book, places


def _sheet_name(name: str, taken: Collection[str]) -> str:
    """A name Excel accepts and no other sheet has; the feed stays readable at its beginning."""
    name = NOT_IN_SHEET_NAMES.sub("_", name).strip("'")[:31] or "_"
    numbered = (name[: 31 - len(mark)] + mark for mark in (f"-{number}" for number in itertools.count(2)))
    return next(one for one in itertools.chain([name], numbered) if one.casefold() not in taken)


def _copy_grid(sheet: Worksheet, feed: Feed, grid: Grid, findings: pl.DataFrame) -> Place:
    found = find_header(feed, grid)
    cells, rows = grid.cells, grid.rows
    if shortened := len(cells) > ROWS_COPIED:
        faulty = findings.filter(pl.col("severity") != "info")["source_row"].drop_nulls().unique()
        kept = pl.DataFrame({"row": rows}).with_row_index("at")
        kept = kept.filter((pl.col("at") <= found.last) | pl.col("row").is_in(faulty.implode())).head(ROWS_COPIED)
        cells, rows = cells[kept["at"]], rows.gather(kept["at"])
    # A file without a header row of its own gets one, so that what comes back can be read again.
    first = 2 if found.last < 0 else 1
    header = found.last + first
    titles = [*found.titles, *[SOURCE_ROW_HEADER] * shortened]
    numbers = [bool(title) and _is_number(feed, title) for title in found.titles]
    if found.last < 0 or shortened:
        for position, title in enumerate(titles, start=1):
            if title:
                _write_text(sheet.cell(header, position), title)
    for at, (row, texts) in enumerate(zip(rows, cells.iter_rows(), strict=True), start=first):
        for position, text in enumerate(texts):
            if text is not None:
                number = at > header and position < len(numbers) and numbers[position]
                _write_value(sheet.cell(at, position + 1), text, number)
        if shortened and at > header:
            sheet.cell(at, len(titles), row)
    for cell in sheet[header] if sheet.max_row >= header else ():
        cell.font, cell.fill, cell.alignment = _font(bold=True), TITLE, WRAPPED
    for position, column in enumerate(cells.iter_columns()):
        longest = max((text_width(text) for text in column[max(found.last, 0) : 200] if text), default=0)
        sheet.column_dimensions[get_column_letter(position + 1)].width = min(max(longest + 2, 9), 42)
    if 0 < header < 20:
        sheet.freeze_panes = sheet.cell(header + 1, 1)
    return Place(sheet, feed, grid, {row: at for at, row in enumerate(rows, start=first)})


def _is_number(feed: Feed, title: str) -> bool:
    column = feed.match_header(title)
    return column is not None and feed.by_name[column].kind == "number"


def _write_value(cell: Cell, text: str, is_number: bool) -> None:
    """Numbers as numbers where the cell then shows the same, so that Excel does not complain of each; else text."""
    if is_number and (short := SHORT_NUMBER.fullmatch(text)):
        decimals = len(short.group(1) or "")
        cell.value = float(text) if decimals else int(text)
        cell.number_format = f"0.{'0' * decimals}" if decimals else "0"
    else:
        _write_text(cell, text)
        cell.number_format = "@"


# --- marks --------------------------------------------------------------------------------------------------------


def _mark(place: Place, findings: pl.DataFrame) -> dict[tuple[str, int | None, str | None], Cell]:
    """Colour and comment the cells that errors and warnings speak of; (sheet, source row, column) -> cell of each
    finding that has one. What a whole sheet lacks is said at its header."""
    header = find_header(place.feed, place.grid)
    positions: dict[str, int] = {}
    for position, title in enumerate(header.titles):
        if title:
            positions.setdefault(place.feed.match_header(title) or title, position)
    header_row = place.grid.rows[header.last] if header.last >= 0 and len(place.grid.rows) else None
    cells: dict[tuple[str, int | None, str | None], Cell] = {}
    comments: dict[str, tuple[Cell, set[str], list[str]]] = {}
    for finding in findings.iter_rows(named=True):
        source_row, column = finding["source_row"], finding["column_name"]
        if source_row is None and finding["rule"] in ("further_findings", "read_otherwise"):
            continue
        row = place.row(header_row if source_row is None else source_row) if source_row or header_row else None
        if row is None or (source_row is None and finding["severity"] == "info"):
            continue
        cell = place.cell(row, positions.get(column, next(iter(positions.values()), 0)))
        cells[place.grid.sheet, source_row, column] = cell
        if finding["severity"] == "info":
            continue
        _, severities, said = comments.setdefault(cell.coordinate, (cell, set(), []))
        severities.add(finding["severity"])
        said.append(f"{SEVERITIES[finding['severity']]}\n{finding['message_zh']}\n{finding['message_en']}")
    for number, (cell, severities, said) in enumerate(comments.values()):
        cell.fill = FILLS[min(severities)]
        if number >= CELLS_COMMENTED:
            continue
        if cell.comment:
            said.append(cell.comment.text)
        text = NOT_IN_CELLS.sub("\ufffd", "\n\n".join(said))[:LONGEST_COMMENT]
        lines = sum(-(-max(text_width(line), 1) // 52) for line in text.split("\n"))
        cell.comment = Comment(text, AUTHOR, width=380, height=min(24 + 17 * lines, 600))
    return cells


# --- the list -----------------------------------------------------------------------------------------------------


def _list_findings(
    sheet: Worksheet,
    name: str,
    findings: pl.DataFrame,
    counts: tuple[int, int] | None,
    cells: dict[tuple[str, int | None, str | None], Cell],
) -> None:
    number = dict(findings.group_by("severity").len().iter_rows())
    found = "，".join(f"{number.get(severity, 0)} {said}" for severity, said in SEVERITIES.items())
    lines = [f"检查结果 Findings: {name}", found, *HELP]
    if counts:
        rows_in, rejected = counts
        lines[1] = (
            f"共 {rows_in:,} 行数据，其中 {rejected:,} 行有错误；{found}。"
            f"{rows_in:,} data rows, {rejected:,} of them with errors."
        )
    order = pl.col("severity").replace_strict({"error": 0, "warning": 1, "info": 2}, default=3)
    listed = findings.sort(order, "source_sheet", "source_row", maintain_order=True).head(FINDINGS_LISTED)
    if len(findings) > len(listed):
        lines.append(f"共 {len(findings):,} 条，仅列出前 {len(listed):,} 条。The first {len(listed):,} are listed.")
    width = sum(width for _, width in COLUMNS[:8])
    for row, line in enumerate(lines, start=1):
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=8)
        cell = sheet.cell(row, 1)
        _write_text(cell, line)
        cell.alignment = WRAPPED
        cell.font = _font(bold=row <= 2, size=14 if row == 1 else 11)
        sheet.row_dimensions[row].height = 22 if row == 1 else 16 * -(-text_width(line) // (width - 8))
    top = len(lines) + 1
    for position, (title, width) in enumerate(COLUMNS, start=1):
        cell = sheet.cell(top, position, title)
        cell.font, cell.fill, cell.alignment = _font(bold=True), TITLE, WRAPPED
        sheet.column_dimensions[get_column_letter(position)].width = width
    sheet.row_dimensions[top].height = 32
    # Styles are copied: to set them anew for every cell would take most of the time.
    styles = {}
    for kind in (str, int):
        sample = sheet.cell(top + 1, 1)
        sample.alignment, sample.number_format = WRAPPED, "@" if kind is str else "General"
        styles[kind] = copy(sample._style)
    for row, finding in enumerate(listed.iter_rows(named=True), start=top + 1):
        place = finding["source_sheet"] or "", finding["source_row"], finding["column_name"]
        target = cells.get(place)
        texts = (
            SEVERITIES[finding["severity"]],
            finding["source_sheet"] or (target.parent.title if target else ""),
            finding["source_row"],
            target.coordinate if target else "",
            _column_title(finding),
            finding["source_value"],
            finding["message_zh"],
            finding["message_en"],
            finding["rule"],
        )
        height = 1
        for position, (text, (_, width)) in enumerate(zip(texts, COLUMNS, strict=True), start=1):
            cell = sheet.cell(row, position)
            cell._style = copy(styles[str if isinstance(text, str) else int])
            if isinstance(text, str):
                _write_text(cell, text)
                height = max(height, sum(-(-max(text_width(line), 1) // (width - 1)) for line in text.split("\n")))
            elif text is not None:
                cell.value = text
        sheet.cell(row, 1).fill = FILLS[finding["severity"]]
        if target:
            link, title = sheet.cell(row, 4), target.parent.title.replace("'", "''")
            link.hyperlink = Hyperlink(ref=link.coordinate, location=f"'{title}'!{target.coordinate}")
            link.font = _font(underline="single", color="FF0563C1")
        sheet.row_dimensions[row].height = min(15.5 * height, 400)
    sheet.freeze_panes = sheet.cell(top + 1, 1)
    sheet.auto_filter.ref = f"A{top}:{get_column_letter(len(COLUMNS))}{top + max(len(listed), 1)}"
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{top}:{top}"


def _column_title(finding: dict[str, str | None]) -> str:
    name = finding["column_name"] or ""
    feed = FEEDS.get(finding.get("feed") or "")
    return f"{feed.by_name[name].zh}\n{name}" if feed and name in feed.by_name else name


def _font(size: int = 11, **properties: Any) -> Font:
    return Font(name="Calibri", size=size, **properties)


def text_width(text: str) -> int:
    """How wide a line is, in half-width characters."""
    return len(text) if text.isascii() else sum(2 if unicodedata.east_asian_width(one) in "WFA" else 1 for one in text)
