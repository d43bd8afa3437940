"""A delivered file to sheets of text under canonical headers.

Reading never judges a value: every cell arrives as the text a person sees, null where it is empty, beside its 1-based
row in the file. What can be said about a file, a sheet or a header is a Notice; a file that cannot be read at all gives
one Notice and never an exception.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache, partial
from pathlib import Path, PurePosixPath
from typing import Any

import fastexcel
import polars as pl

from data_contracts.declarations.feeds import FEED_NAMES, FEEDS, SURPLUS_CELLS, Feed, feed_of_name
from data_contracts.declarations.vocabulary import read_seed, unit_key
from data_contracts.readers import delimited, parsing
from data_contracts.readers.distinct import dates_as_text
from data_contracts.readers.encodings import NAMES
from data_contracts.readers.headings import (
    APPLIED,
    MULTIPLIER,
    READING_AFTER,
    READING_BEFORE,
    Headings,
    find_title,
    is_year,
    of_their_years,
    read_headings,
    says_another_figure,
)
from data_contracts.readers.limits import (
    LARGEST_FILE,
    LARGEST_TEXT,
    MOST_KEPT_CELLS,
    MOST_SHEET_CELLS,
    MOST_TABLE_CELLS,
    TooLarge,
    Unreadable,
    reasons,
)
from data_contracts.readers.packages import NumberFormat, Package, SheetFacts
from data_contracts.readers.persons import text_without_persons

VERSION = "1.6.0"
WORKBOOKS = (".xlsx", ".xls")
# Text with commas, semicolons, tabs or bars; which of them is found out from the text.
TEXTS = (".csv", ".txt", ".tsv")
EXTENSIONS = (*TEXTS, *WORKBOOKS, ".parquet")
HEADER_SEARCHED_ROWS = delimited.HEADER_SEARCHED_ROWS
# Bytes of a CSV that is read in pieces.
PIECES_FROM = 128 << 20
RANGES_SHOWN = 20
# Tables in one sheet, and different texts looked at to find their headers.
MOST_TABLES, MOST_WORDS = 500, 100_000

# How files begin, whatever their name says (lower case).
ZIP = b"PK\x03\x04"
KINDS = (
    ((b"pk\x03\x04",), "an .xlsx workbook or another ZIP archive", " .xlsx 工作簿或其他 ZIP 压缩包"),
    ((b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",), "an old .xls workbook, or one with a password", "旧版 .xls 或加密工作簿"),
    ((b"par1",), "a Parquet file", " Parquet 文件"),
    ((b"<html", b"<!doctype", b"<table", b"<meta"), "a web page", "网页"),
    ((b"<?xml",), "an XML file", " XML 文件"),
    ((b"%pdf",), "a PDF", " PDF"),
)
# Records of an .xls: dates counted from 1904; cells and formulas whose value is an error, which reads as nothing.
XLS_1904 = b"\x22\x00\x02\x00\x01\x00"
_ERRORS = rb"[\x00\x07\x0f\x17\x1d\x24\x2a]"
XLS_ERROR = re.compile(
    rb"\x05\x02\x08\x00.{6}" + _ERRORS + rb"\x01|\x06\x00..{6}.\x02." + _ERRORS + rb".{3}\xff\xff", re.DOTALL
)
XLS_MACROS = "_VBA_PROJECT".encode("utf-16-le")

# Sheets that templates and feedback workbooks bring along: they hold no data and need no notice.
LISTS_SHEET, INSTRUCTIONS_SHEET, FINDINGS_SHEET = "列表 Lists", "说明 Instructions", "检查结果 Findings"
OWN_SHEETS = (LISTS_SHEET, INSTRUCTIONS_SHEET, FINDINGS_SHEET)

# Columns of a sheet's frame besides those of its feed.
SOURCE_ROW, FILLED_CELLS, FIRST_CELL, IS_HEADER = "source_row", "filled_cells", "first_cell", "is_header"
IS_SIGNATURE = "is_signature"

# The mark of the example row of templates, in its first cell.
EXAMPLE = r"(?i)^(?:示例|样例|example|e\.g\.)(?:[\s:：]|$)"

# What a cell below a table begins with that says who made it and when; rows may hold several.
SIGNATURE = (
    r"(?i)^(?:(?:填表|填报|制表|编制|统计|审核|复核|审批|批准|经办|签发|报送|报出)(?:人员?|者|单位|部门|日期|时间)?"
    r"|日期|时间|联系人|联系电话|联系方式|电话|手机|(?:单位|部门|统计|企业)?(?:负责人|主管)|签字|签名|盖章|公章"
    r"|(?:prepared|approved|checked|reviewed|verified|submitted|signed)(?: (?:by|on))?"
    r"|date|signature|contact|phone|tel)"
    r"(?:[(（][^)）]{0,12}[)）])?\s*[:：]"
)

# A cell that is all in brackets, as units below a header are.
IN_BRACKETS = re.compile(r"^[(（\[［【]([^()（）\[\]［］【】]+)[)）\]］】]$")

# How a transformer says its multiplier: 200/5.
RATIO = r"^([0-9]+(?:\.[0-9]+)?) ?[/:] ?([1-9][0-9]*)(?: ?A)?$"

# What stands behind the comma of a number.
SPLIT_END = r"^[0-9]+(?:\.[0-9]*)?-?[^0-9/.\-]*$"

# What a number format may say of the size of its number.
MULTIPLES = frozenset(("万", "萬", "亿", "億", "千", "十万", "百万", "千万", "K", "k", "M", "thousand", "million"))

# Digits that a format adds make another number of what is stored: ×1000, 000, 10³.
SHOWN_FACTOR = re.compile(r"(?<![A-Za-z])[0-9]{2,}|[x×*] ?[0-9]")

# A header of words that nobody knows has this many at least, and none like these.
STRANGE_TITLES = 4
NO_TITLE = r"(?i)合计|小计|总计|共计|平均|\btotals?\b|\bsum\b|^(?:n/?a|nan|null|none|nil|无|暂无)$"

# In front of a number in a cell that is a text; no cell begins with it.
TEXT_MARK = "\ue000"
# 1.234: a decimal point with three digits behind it, or thousands.
POINT_OR_THOUSANDS = r"^[-+(]?\s?[1-9][0-9]{0,2}\.[0-9]{3}\s?[-)]?$"

# Numbers whose text is cut at nine decimals, or has more digits than a double.
CUT_DECIMALS = r"^-?[0-9]+\.[0-9]{9}$|^-?[0-9.]{17,}$"
MADE_UP_DIGITS = r"^[0-9]{17,}$"

# A title that names the unit of the table below it, 单位：万元, but no organisation, which is 单位 too: 编制单位：甲.
_ORGANISATIONS = (
    "编制 编报 填报 填表 填写 制表 报送 上报 申报 提交 报告 统计 审核 核查 主管 责任 管理 所属 所在 直属 用能 "
    "用电 供电 供应 供货 排放 重点 企业 法人 建设 施工 使用 运营 产权 往来 对方 本"
)
TITLE_UNIT = re.compile(
    "".join(f"(?<!{word})" for word in _ORGANISATIONS.split())
    + r"(?:单位|(?<![a-z])units?)\s*[:：]\s*(?![^\s|,，;；]*(?:公司|集团|工厂|基地|分厂|车间|中心))\S",
    re.IGNORECASE,
)


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
    separator: what is between the cells of a text. assumed: some of its text, where the encoding is an assumption.
    header: column names where the file has no header row (Parquet). exact: the column with the given position as
    floats, for workbooks whose text form is cut at nine decimals. is_number: whether its cells are numbers, not texts.
    hidden: 1-based hidden rows. formats: position, number format, how many numbers it shows as something else, and the
    first 0-based row of these. left: empty columns of the sheet before the first. is_partial: whether only some rows
    were asked for. is_open: whether the last line of a text has no end.
    """

    sheet: str
    cells: pl.DataFrame
    rows: pl.Series
    widths: pl.Series | None = None
    serials: bool = False
    header: tuple[str, ...] | None = None
    separator: str | None = None
    assumed: delimited.Assumed | None = None
    merged: tuple[tuple[int, int, int, int], ...] = ()
    exact: Callable[[int], pl.Series] | None = None
    is_number: Callable[[int], pl.Series] | None = None
    hidden: tuple[int, ...] = ()
    formats: tuple[tuple[int, NumberFormat, int, int], ...] = ()
    left: int = 0
    is_partial: bool = False
    is_open: bool = False


@dataclass(frozen=True)
class Sheet:
    """One sheet of one feed.

    frame (None if the sheet is refused, or read in pieces): the columns of the feed as text, `source_row` Int32,
    `surplus_cells` UInt32, `filled_cells` UInt32, `first_cell` String, `is_header` and `is_signature` Boolean; blank
    rows are left out. pieces: makes such frames anew, one after the other, of a text too large to be one.
    rows_refused: data rows of a refused sheet. header_units: what the headers of its columns say beside the name, such
    as a unit.
    """

    name: str
    feed: Feed
    frame: pl.DataFrame | None
    serials: bool
    rows_refused: int = 0
    separator: str | None = None
    header_units: dict[str, str] = field(default_factory=dict)
    pieces: Callable[[], Iterator[pl.DataFrame]] | None = None

    @property
    def is_refused(self) -> bool:
        return self.frame is None and self.pieces is None


@dataclass(frozen=True)
class Delivery:
    """What one file holds."""

    sheets: list[Sheet]
    notices: list[Notice]


@dataclass(frozen=True)
class Header:
    """Where the header of a grid stands (first and last row; -1 where it has none of its own), and its titles."""

    first: int
    last: int
    titles: tuple[str | None, ...]


def read_delivery(name: str, content: bytes | Path, feeds: Mapping[str, Feed] = FEEDS) -> Delivery:
    """The sheets of a delivered file. `name` is its file name or path, `content` its bytes or where they are; feeds:
    with the headers of the workspace. Never raises."""
    if (in_pieces := _read_in_pieces(name, content, feeds)) is not None:
        return in_pieces
    grids, notices = read_grids(name, content, feeds=feeds)
    sheets: list[Sheet] = []
    for feed, grid in grids:
        try:
            for table in tables_of(feed, grid):
                sheet, found = _sheet(feed, table, PurePosixPath(name).name)
                sheets.append(sheet)
                notices = notices + found
        except BaseException as error:
            return Delivery([], [_refusal(name, feed, error)])
    if any(not sheet.is_refused for sheet in sheets):
        # An unused sheet of a workbook that holds others is no reason to refuse anything.
        notices = [
            replace(notice, rule="no_data_rows") if notice.rule == "empty_file" else notice for notice in notices
        ]
    return Delivery(sheets, notices)


def read_grids(
    name: str,
    content: bytes | Path,
    rows: tuple[pl.Series, int] | None = None,
    feeds: Mapping[str, Feed] = FEEDS,
) -> tuple[list[tuple[Feed, Grid]], list[Notice]]:
    """The grids of a delivered file with the feed of each, and what stands in the way of others. Never raises.

    rows: the 1-based rows that are enough, and the height from which a table that can be read in part (Parquet) is.
    """
    path = PurePosixPath(name)
    feed = feed_of_name(path.stem, feeds)
    extension = path.suffix.lower()
    if extension not in EXTENSIONS or (feed is None and extension not in WORKBOOKS):
        return [], [_unknown_file(path.name)]
    try:
        content = _bytes_of(content)
        _check_kind(extension, content)
        if extension in WORKBOOKS:
            return _read_workbook(path.name, content, feed, feeds)
        if extension in TEXTS:
            return [(feed, read_csv(content, lambda header: feed.match_header(header) is not None))], []
        return [(feed, _read_parquet(content, rows))], []
    except BaseException as error:
        return [], [_refusal(name, feed, error)]


def _refusal(name: str, feed: Feed | None, error: BaseException) -> Notice:
    """A file may be broken in any way its writer can think of, and must not stop the others; what a reader written in
    Rust throws when it is surprised is no Exception."""
    if isinstance(error, (KeyboardInterrupt, SystemExit, GeneratorExit)):
        raise error
    rule = "file_too_large" if isinstance(error, TooLarge | MemoryError) else "unreadable_file"
    return Notice(rule, feed=feed and feed.name, value=PurePosixPath(name).name, details=reasons(error))


def _unknown_file(name: str) -> Notice:
    return Notice("unknown_file", value=name, details={"accepted": FEED_NAMES})


def _bytes_of(content: bytes | Path) -> bytes:
    size = content.stat().st_size if isinstance(content, Path) else len(content)
    if size > LARGEST_FILE:
        most = f"{LARGEST_FILE >> 20:,} MB"
        raise TooLarge(f"{size >> 20:,} MB, of at most {most}", f"{size >> 20:,} MB，上限为 {most}")
    return content.read_bytes() if isinstance(content, Path) else content


def _check_kind(extension: str, content: bytes) -> None:
    """Refuse a file whose first bytes belong to another kind than its name; the reason says what it seems to be."""
    if content and not content.strip(b"\x00"):
        raise Unreadable(
            "it consists of NUL bytes, as a file does that was not copied completely", "全部为 NUL 字节，可能未复制完整"
        )
    start = content[:512].lstrip().lower()
    kind = next((kind for kind in KINDS if start.startswith(kind[0])), None)
    wanted = {".xlsx": KINDS[0], ".xls": KINDS[1], ".parquet": KINDS[2]}.get(extension)
    if kind != wanted:
        _, en, zh = kind or (b"", "nothing of the kind", "并非该格式")
        raise Unreadable(f"it is named {extension}, but its content is {en}", f"扩展名为 {extension}，但内容为{zh}")


# --- CSV ----------------------------------------------------------------------------------------------------------


def read_csv(content: bytes, is_header: Callable[[str], bool]) -> Grid:
    """A CSV as a grid. Rows are record numbers and count blank lines. `is_header` recognises header texts. Raises
    Unreadable."""
    table = delimited.read_table(content, is_header)
    rows = pl.int_range(1, len(table.cells) + 1, eager=True, dtype=pl.Int32)
    return Grid(
        "", table.cells, rows, table.widths, separator=table.separator, assumed=table.assumed, is_open=table.is_open
    )


@dataclass(frozen=True)
class Whole:
    """What must be known of all rows of a text before its first piece is read. blank: blank rows before the last filled
    one; filled: filled rows; columns: positions with something below the first piece."""

    blank: int
    filled: int
    columns: frozenset[int]

    @classmethod
    def of(cls, feed: Feed, text: delimited.Text, header: Header) -> Whole:
        """Raises Unreadable where another header stands below the first: its rows would be read under the first."""
        blank = waiting = filled = 0
        columns: set[int] = set()
        read = 0
        for number, (cells, widths) in enumerate(text.blocks()):
            piece = _piece(text, cells, widths, read)
            if others := [at for at in further_headers(feed, piece, header) if number or at > header.last]:
                row = read + others[0] + 1
                raise Unreadable(
                    f"another header stands in row {row:,}; deliver each table as a file of its own",
                    f"第 {row:,} 行另有表头；请将各表分别存为文件提交",
                )
            read += len(cells)
            full = _filled(cells) > 0
            filled += int(full.sum())
            last = full.arg_true().max()
            if last is None:
                waiting += len(cells)
                continue
            blank += waiting + int((~full[: last + 1]).sum())
            waiting = len(cells) - last - 1
            if number:
                columns |= {at for at, column in enumerate(cells.iter_columns()) if column.null_count() < len(column)}
        return cls(blank, filled, frozenset(columns))


def _read_in_pieces(name: str, content: bytes | Path, feeds: Mapping[str, Feed]) -> Delivery | None:
    """A CSV whose cells are too many to be held at once; None for any other file. Never raises."""
    path = PurePosixPath(name)
    feed = feed_of_name(path.stem, feeds)
    size = content.stat().st_size if isinstance(content, Path) else len(content)
    if path.suffix.lower() not in TEXTS or feed is None or not PIECES_FROM <= size <= LARGEST_FILE:
        return None
    try:
        content = _bytes_of(content)
        _check_kind(path.suffix.lower(), content)
        text = delimited.open_text(content, lambda header: feed.match_header(header) is not None)
        del content
        first, widths = next(text.blocks())
        grid = _piece(text, first, widths, 0)
        header = find_header(feed, grid)
        sheet, notices = _sheet(feed, grid, path.name, Whole.of(feed, text, header))
        if sheet.is_refused:
            return Delivery([sheet], notices)
        width = int(grid.widths[header.first : header.last + 1].max())
        headings = read_headings(feed, header.titles)

        def pieces() -> Iterator[pl.DataFrame]:
            before = 0
            for number, (cells, of_records) in enumerate(text.blocks()):
                piece = _piece(text, cells, of_records, before)
                at = header.last if number == 0 else -1
                before += len(cells)
                # Every cell that a header names, though no record of this piece reaches so far.
                missing = [pl.lit(None, dtype=pl.String).alias(str(at)) for at in range(cells.width, first.width)]
                piece = replace(piece, cells=cells.with_columns(missing))
                yield _frame(feed, piece, headings, header.titles, at, width, _filled(piece.cells))

        return Delivery([replace(sheet, frame=None, pieces=pieces)], notices)
    except BaseException as error:
        return Delivery([], [_refusal(name, feed, error)])


def _piece(text: delimited.Text, cells: pl.DataFrame, widths: pl.Series, before: int) -> Grid:
    rows = pl.int_range(before + 1, before + 1 + len(cells), eager=True, dtype=pl.Int32)
    return Grid("", cells, rows, widths, separator=text.separator, assumed=text.assumed)


def _filled(cells: pl.DataFrame) -> pl.Series:
    """How many cells of each row hold something."""
    if not cells.width:
        return pl.Series([], dtype=pl.UInt32)
    return cells.select(pl.sum_horizontal(pl.all().is_not_null())).to_series()


# --- workbooks and Parquet ----------------------------------------------------------------------------------------


def _read_workbook(
    name: str, content: bytes, feed: Feed | None, feeds: Mapping[str, Feed]
) -> tuple[list[tuple[Feed, Grid]], list[Notice]]:
    package = Package(content) if content.startswith(ZIP) else None
    workbook = fastexcel.read_excel(content)
    named = {sheet: feed_of_name(sheet, feeds) for sheet in workbook.sheet_names}
    hidden = package.hidden if package else {s for s in named if workbook.load_sheet(s, n_rows=0).visible != "visible"}
    visible = [sheet for sheet in workbook.sheet_names if sheet not in hidden]

    loaded: dict[str, Grid] = {}

    def load(sheet: str) -> Grid:
        grid = loaded.get(sheet)
        if grid is None:
            facts = package.facts_of(sheet) if package else SheetFacts()
            from_1904 = package.counts_from_1904 if package else XLS_1904 in content
            grid = _sheet_grid(workbook, sheet, facts, from_1904)
            if _cells([*loaded.values(), grid]) <= MOST_KEPT_CELLS:
                loaded[sheet] = grid
        return grid

    others = [sheet for sheet in visible if named[sheet] is None and sheet not in OWN_SHEETS]
    alike = _sheets_alike(load, others, feeds) if feed or any(named.values()) else {}
    if feed is not None and feed not in named.values():
        # The file names the feed: its sheets are those with the headers of the feed, else the first.
        chosen = [sheet for sheet in others if feed in alike.get(sheet, [])] or others[:1]
        named |= dict.fromkeys(chosen, feed)
    if not any(named.values()):
        return [], [_unknown_file(name)]
    notices = [_unused_sheet(sheet, alike.get(sheet, [])) for sheet in others if named[sheet] is None]
    notices += _file_notices(name, content, package)
    grids: list[tuple[Feed, Grid]] = []
    for sheet, found in named.items():
        if found is None:
            continue
        grid = load(sheet)
        if sheet in hidden and grid.cells.width:
            notices.append(Notice("hidden_sheet", sheet=sheet, feed=found.name, value=sheet))
        grids.append((found, grid))
        if _cells(grid for _, grid in grids) > MOST_TABLE_CELLS:
            raise TooLarge(
                f"its sheets hold more than {MOST_TABLE_CELLS:,} cells, empty ones included",
                f"各工作表的单元格（含空格）合计超过 {MOST_TABLE_CELLS:,} 个",
            )
    return grids, notices


def _cells(grids: Iterable[Grid]) -> int:
    return sum(len(grid.cells) * grid.cells.width for grid in grids)


def _sheets_alike(load: Callable[[str], Grid], sheets: list[str], feeds: Mapping[str, Feed]) -> dict[str, list[Feed]]:
    """The feeds whose required headers each sheet has. Looking ends where sheets that nobody named after a feed come to
    more cells than one sheet may have."""
    alike, cells = {}, 0
    for sheet in sheets:
        if cells > MOST_SHEET_CELLS:
            break
        try:
            grid = load(sheet)
            cells += _cells([grid])
            alike[sheet] = _feeds_alike(grid, feeds)
        except BaseException as error:
            _refusal(sheet, None, error)  # what cannot be read as a table has none
    return alike


def _feeds_alike(grid: Grid, feeds: Mapping[str, Feed]) -> list[Feed]:
    return [feed for feed in feeds.values() if not _missing(feed, find_header(feed, grid).titles)]


def _missing(feed: Feed, titles: Iterable[str | None]) -> list[str]:
    """The required columns without a header; the unit may be said by the header of the quantity."""
    return _without(feed, read_headings(feed, list(titles)))


def _without(feed: Feed, headings: Headings) -> list[str]:
    said = {"unit"} if feed.measured in headings.units else set()
    return [column.name for column in feed.required if column.name not in said | headings.columns.keys()]


def _unused_sheet(sheet: str, alike: list[Feed]) -> Notice:
    if alike:
        names = {"feed": f"{alike[0].name} ({alike[0].zh})", "name": alike[0].name}
        return Notice("unread_data_sheet", sheet=sheet, value=sheet, details=names)
    return Notice("unused_sheet", sheet=sheet, value=sheet, details={"accepted": FEED_NAMES})


def _file_notices(name: str, content: bytes, package: Package | None) -> list[Notice]:
    carries = package.carries if package else [("macros", "宏")] if XLS_MACROS in content else []
    notices = []
    if carries:
        kinds = {"kinds_en": ", ".join(en for en, _ in carries), "kinds_zh": "、".join(zh for _, zh in carries)}
        notices.append(Notice("active_content", value=name, details=kinds))
    if package is None and XLS_ERROR.search(content):
        notices.append(Notice("error_cells", value=name))
    return notices


def _sheet_grid(workbook: fastexcel.ExcelReader, sheet: str, facts: SheetFacts, counts_from_1904: bool) -> Grid:
    loaded = workbook.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string")
    cells = loaded.to_polars()
    offset = min((column.absolute_index for column in loaded.available_columns()), default=0)
    cells.columns = [str(position) for position in range(cells.width)]
    cells = cells.with_columns(pl.all().str.replace(r"^([0-9]{4}-[0-9]{2}-[0-9]{2}) 00:00:00$", "$1"))
    cells = _put(cells, [(row, column - offset, text) for row, column, text in facts.errors + facts.formulas])

    def read_as(dtype: str, position: int) -> pl.Series:
        index = position + offset
        column = workbook.load_sheet(sheet, header_row=None, skip_rows=0, use_columns=[index], dtypes=dtype)
        read = column.to_polars().to_series()
        return read.extend_constant(None, len(cells) - len(read))

    def exact(position: int) -> pl.Series:
        return read_as("float", position)

    def is_number(position: int) -> pl.Series:
        # To the reader a number is true or false, and a text is neither.
        return read_as("boolean", position).is_not_null()

    rows = pl.int_range(1, len(cells) + 1, eager=True, dtype=pl.Int32)
    merged = tuple((top, bottom, left - offset, right - offset) for top, bottom, left, right in facts.merged)
    return Grid(
        sheet,
        delimited.clean(cells),
        rows,
        serials=not counts_from_1904,
        merged=merged,
        exact=exact,
        is_number=is_number,
        hidden=tuple(facts.hidden_rows),
        formats=tuple((column - offset, made, *seen) for (column, made), seen in facts.formats.items()),
        left=offset,
    )


def _put(cells: pl.DataFrame, found: list[tuple[int, int, str]]) -> pl.DataFrame:
    """The cells with some texts put into them, and as many rows and columns as that takes."""
    found = [(row, column, text) for row, column, text in found if column >= 0]
    if not found:
        return cells
    height = max(len(cells), *(row + 1 for row, _, _ in found))
    width = max(cells.width, *(column + 1 for _, column, _ in found))
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, height)
    columns = [
        cells[str(at)].extend_constant(None, height - len(cells)) if at < cells.width else nothing.alias(str(at))
        for at in range(width)
    ]
    for column, group in itertools.groupby(sorted(found, key=lambda one: one[1]), key=lambda one: one[1]):
        texts = {row: text for row, _, text in group}
        columns[column] = columns[column].scatter(list(texts), list(texts.values())).alias(str(column))
    return pl.DataFrame(columns)


def _bytes_of_texts(table: pl.LazyFrame) -> int:
    """How much the texts of all rows come to; of a table without texts nothing. Polars adds up sizes in 32 bits."""
    sizes = pl.col(pl.String).str.len_bytes(), pl.col(pl.Binary).bin.size()
    found = table.select(*(size.cast(pl.UInt64).sum() for size in sizes)).collect(engine="streaming")
    return sum(found.row(0)) if found.width else 0


def _read_parquet(content: bytes, wanted: tuple[pl.Series, int] | None = None) -> Grid:
    table = pl.scan_parquet(content)
    schema = table.collect_schema()
    nested = [name for name, dtype in schema.items() if dtype.is_nested()]
    if nested:
        names = ", ".join(nested)
        raise Unreadable(
            f"columns with lists or structures: {names}; one plain value per cell is needed",
            f"以下列含列表或结构：{names}；每个单元格须为单一值",
        )
    height = table.select(pl.len()).collect().item()
    if height * len(schema) > MOST_TABLE_CELLS:
        raise TooLarge(
            f"{height:,} rows of {len(schema)} columns are more than {MOST_TABLE_CELLS:,} cells",
            f"{height:,} 行 × {len(schema)} 列，超过 {MOST_TABLE_CELLS:,} 个单元格",
        )
    is_partial = wanted is not None and height > wanted[1]
    rows = pl.int_range(1, height + 1, eager=True, dtype=pl.Int32)
    if is_partial:
        rows = rows.filter(rows.is_in(wanted[0].implode()))
        numbered = table.with_row_index(SOURCE_ROW, 1).filter(pl.col(SOURCE_ROW).is_in(rows.implode()))
        # Decoded once: few rows are left.
        table = numbered.drop(SOURCE_ROW).collect().lazy()
    # Texts that stand once for many rows, as pandas writes a category.
    table = table.with_columns(pl.col(pl.Categorical, pl.Enum).cast(pl.String))
    size = _bytes_of_texts(table)
    if size > LARGEST_TEXT:
        raise TooLarge(
            f"its texts come to {size >> 20:,} MB, of at most {LARGEST_TEXT >> 20:,} MB",
            f"文本共 {size >> 20:,} MB，上限为 {LARGEST_TEXT >> 20:,} MB",
        )
    floats = [name for name, dtype in schema.items() if dtype.is_float()]
    decimals = [name for name, dtype in schema.items() if dtype.is_decimal()]
    cells = table.with_columns(
        pl.col(floats).fill_nan(None).round_sig_figs(15).cast(pl.String).str.strip_suffix(".0"),
        pl.col(decimals).cast(pl.String).str.replace(r"(\.[0-9]*?)0+$", "$1").str.replace(r"\.$", ""),
    ).collect()
    texts = [name for name, dtype in schema.items() if not (dtype.is_numeric() or dtype == pl.Date)]
    cells = cells.with_columns(dates_as_text(cells[name]) for name, dtype in schema.items() if dtype == pl.Date)
    cells = cells.with_columns(pl.all().cast(pl.String))
    cells = cells.with_columns(delimited.clean(cells.select(texts)).iter_columns())
    cells.columns = [str(position) for position in range(cells.width)]
    return Grid("", cells, rows, serials=True, header=tuple(schema), is_partial=is_partial)


# --- grids to sheets ----------------------------------------------------------------------------------------------


def _sheet(feed: Feed, grid: Grid, name: str, whole: Whole | None = None) -> tuple[Sheet, list[Notice]]:
    """A grid under the headers of the feed, and what can be said about it. whole: of all rows, where the grid is the
    first piece of a text."""

    def notice(rule: str, **more: Any) -> Notice:
        return Notice(rule, sheet=grid.sheet, feed=feed.name, **more)

    cells = grid.cells
    filled = _filled(cells)
    if not (filled > 0).any() and not grid.header:
        return Sheet(grid.sheet, feed, None, grid.serials), [notice("empty_file", value=grid.sheet or name)]
    top = cells.head(HEADER_SEARCHED_ROWS).rows()
    found = find_header(feed, grid)
    at, header = found.last, found.titles
    width = len(header) if grid.header or grid.widths is None else int(grid.widths[found.first : at + 1].max())
    last = max(int(filled.to_frame().select((pl.first() > 0).arg_true().max()).item() or 0), at)

    titles = [
        (int(grid.rows[index]), " | ".join(cell for cell in top[index] if cell))
        for index in range(max(found.first, 0))
        if filled[index]
    ]
    notices = [
        notice("unit_in_title" if TITLE_UNIT.search(text) else "title_row", row=row, value=text_without_persons(text))
        for row, text in titles
    ]
    if grid.assumed and all((title or "").isascii() for title in header if title and feed.match_header(title)):
        # A known header that is no ASCII shows that the assumption holds.
        encoding_en, encoding_zh = NAMES[grid.assumed.encoding]
        details = {"encoding_en": encoding_en, "encoding_zh": encoding_zh, "example": grid.assumed.example}
        notices.append(notice("encoding_assumed", value=name, details=details))
    if hidden := _hidden_rows(grid, at, filled):
        notices.append(notice("hidden_rows", value=hidden))
    blank = int((filled[: last + 1] == 0).sum()) if len(filled) else 0
    if whole:
        blank = whole.blank
    if blank:
        notices.append(notice("blank_rows", value=str(blank)))

    header_row = None if grid.header else int(grid.rows[at])
    headings = of_their_years(feed, read_headings(feed, header), header, _dates(feed, grid, header, at))
    columns = headings.columns
    similar = headings.missing_but_similar
    for position, title in enumerate(header):
        if found_as := next((one for one in similar if one[0] == position), None):
            _, column, reason = found_as
            known = feed.by_name[column]
            details = {"column_en": known.label_en, "column_zh": known.label_zh, "reason": reason}
            notices.append(notice("header_other_figure", row=header_row, column=column, value=title, details=details))
        elif title and position != headings.month and not any(position in places for places in columns.values()):
            notices.append(notice("unknown_column", row=header_row, column=title, value=title))
        elif (
            not title
            and cells.width > position
            and position < width
            and (cells[str(position)][at + 1 :].is_not_null().any() or (whole and position in whole.columns))
        ):
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
    if missing := _without(feed, headings):
        refusals.append(
            notice(
                "missing_columns",
                details={
                    "missing": ", ".join(f"{name} ({feed.by_name[name].zh})" for name in missing),
                    "found": ", ".join(title for title in header if title) or "-",
                },
            )
        )
    if refusals:
        rows = whole.filled - int((filled[: at + 1] > 0).sum()) if whole else int((body > 0).sum())
        return Sheet(grid.sheet, feed, None, grid.serials, rows), notices + refusals
    frame = _frame(feed, grid, headings, header, at, width, filled)
    notices += _multiplied(feed, grid, headings, header, at)
    notices += _shown_otherwise(feed, grid, headings, at)
    notices += _split_by_commas(feed, grid, headings, at)
    notices += _cut_off(feed, grid, headings, at, filled)
    if frame[FIRST_CELL].str.contains(EXAMPLE).all() and (whole is None or whole.filled <= int((filled > 0).sum())):
        notices.append(notice("no_data_rows", value=grid.sheet or name))
    return Sheet(grid.sheet, feed, frame, grid.serials, separator=grid.separator, header_units=headings.units), notices


def _dates(feed: Feed, grid: Grid, header: Sequence[str | None], at: int) -> set[str]:
    """What the first rows below a header say of their time."""
    positions = read_headings(feed, header).positions
    times = [positions[name] for name in ("period", "start_date", "end_date", "service_start") if name in positions]
    below = grid.cells.slice(at + 1, HEADER_SEARCHED_ROWS)
    return {cell for position in times for cell in below[str(position)] if cell}


def tables_of(feed: Feed, grid: Grid) -> list[Grid]:
    """The tables of a sheet, one below the other: each further header that is not a repetition begins one, with columns
    in an order and units of its own. Raises Unreadable where they are too many."""
    starts = [0, *further_headers(feed, grid)]
    if len(starts) > 1 and starts[1] == find_header(feed, grid).last + 1:
        # The same header in another language, or one that nothing follows.
        del starts[0]
    if len(starts) > MOST_TABLES:
        raise Unreadable(
            f"more than {MOST_TABLES} different headers in one sheet", f"同一工作表中的表头超过 {MOST_TABLES} 个"
        )
    return [_part(grid, begin, end) for begin, end in itertools.pairwise([*starts, len(grid.cells)])] or [grid]


def further_headers(feed: Feed, grid: Grid, header: Header | None = None) -> list[int]:
    """Where a sheet has another header below its first (`header`: that of a piece that has none of its own)."""
    if grid.header or not grid.cells.width:
        return []
    first = header or find_header(feed, grid)
    positions = read_headings(feed, first.titles).positions
    lead = next((positions[c.name] for c in feed.columns if c.kind in ("period", "date") and c.name in positions), None)
    if lead is None or str(lead) not in grid.cells.columns:
        return []
    # Where a header says the period, and every row a figure, a header is what has none.
    cell = grid.cells[str(lead)]
    wordy = (~cell.str.contains("[0-9]")).fill_null(False)
    if header is None:
        wordy &= pl.int_range(len(cell), eager=True) > first.last
    if not wordy.any():
        return []
    words = cell.filter(wordy).unique().head(MOST_WORDS)
    words = words.filter(pl.Series([feed.match_header(word) is not None for word in words], dtype=pl.Boolean))
    starts, titles = [], first.titles
    strange = _headers_of_strangers(feed, grid.cells, positions, wordy)
    for at in (wordy & (cell.is_in(words.implode()) | strange)).arg_true():
        row = grid.cells.row(at)
        if not (strange[at] or _is_header(feed, row)):
            continue
        # The first header may have rows of units or merged cells, which a repetition leaves out.
        as_above = titles if starts or header else grid.cells.row(first.first)
        if not _repeats(row, titles) and not _repeats(row, as_above):
            starts.append(at)
            titles = row
    return starts


def _headers_of_strangers(feed: Feed, cells: pl.DataFrame, positions: Mapping[str, int], wordy: pl.Series) -> pl.Series:
    """Rows that can only be the header of another table, whatever they say: words where the rows above and below have
    figures, none of them said by another row of its column, and a row with a figure below. wordy: rows without a digit
    in the column of the period."""
    none = pl.Series([False]).new_from_index(0, len(cells))
    measured = positions.get(feed.measured or "")
    if measured is None or str(measured) not in cells.columns or not wordy.any():
        return none
    # A unit in brackets may have digits: 10^4 kWh.
    title = pl.all().str.replace_all(r"[(（\[【][^)）\]】]*[)）\]】]", "")
    words = pl.all().is_null() | (
        title.str.contains(r"\p{L}") & ~title.str.contains(r"[0-9:：]") & ~title.str.contains(NO_TITLE)
    )
    some = cells.with_row_index("at").filter(wordy & cells[str(measured)].is_not_null())
    if some.is_empty():
        return none
    some = some.filter(some.drop("at").select(pl.all_horizontal(words)).to_series())
    some = some.filter(some.drop("at").select(pl.sum_horizontal(pl.all().is_not_null()) >= STRANGE_TITLES).to_series())
    figure = cells[str(measured)].str.contains("[0-9]").fill_null(False).shift(-1, fill_value=False)
    found = [
        at
        for at, *row in some.rows()
        if figure[at] and all(int((cells[str(c)] == text).sum()) == 1 for c, text in enumerate(row) if text)
    ]
    return none.scatter(found, True) if found else none


def _repeats(row: Sequence[str | None], titles: Sequence[str | None]) -> bool:
    return all(cell == title for cell, title in zip(row, titles, strict=False) if title)


def _part(grid: Grid, begin: int, end: int) -> Grid:
    """The rows of a grid from `begin` to before `end`, as a grid."""
    if (begin, end) == (0, len(grid.cells)):
        return grid

    def part(read: Callable[[int], pl.Series] | None) -> Callable[[int], pl.Series] | None:
        return read and (lambda position: read(position)[begin:end])

    merged = tuple(
        (top - begin, bottom - begin, left, right)
        for top, bottom, left, right in grid.merged
        if begin <= top and bottom < end
    )
    return replace(
        grid,
        cells=grid.cells[begin:end],
        rows=grid.rows[begin:end],
        is_open=grid.is_open and end == len(grid.cells),
        widths=grid.widths[begin:end] if grid.widths is not None else None,
        merged=merged,
        exact=part(grid.exact),
        is_number=part(grid.is_number),
    )


def _hidden_rows(grid: Grid, at: int, filled: pl.Series) -> str:
    """The hidden data rows as ranges, such as `5-7, 9`."""
    before = int(grid.rows[0]) - 1 if len(grid.rows) else 0
    data = range(before + at + 2, before + len(filled) + 1)
    rows = [row for row in sorted(set(grid.hidden)) if row in data and filled[row - before - 1]]
    # Rows that follow each other keep the same distance from their position.
    runs = [[row for _, row in run] for _, run in itertools.groupby(enumerate(rows), key=lambda one: one[1] - one[0])]
    shown = [str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs[:RANGES_SHOWN]]
    return ", ".join([*shown, "…"] if len(runs) > RANGES_SHOWN else shown)


def find_header(feed: Feed, grid: Grid) -> Header:
    """The header of a grid. Cells merged over several columns stand above each of them, and a header whose cells are
    merged downwards has several rows; then the lower title counts, or both together where that is a known header. A
    row of units directly below belongs to it."""
    if grid.header:
        return Header(-1, -1, grid.header)
    top = grid.cells.head(HEADER_SEARCHED_ROWS).rows()
    at = _header_row(feed, top)
    titles = list(top[at]) if top else []
    below = [(bottom, left, right) for first, bottom, left, right in grid.merged if first == at]
    last = min(max((bottom for bottom, _, _ in below), default=at), len(top) - 1)
    for _, left, right in below if last > at else ():
        left = max(left, 0)
        titles[left : right + 1] = [titles[left]] * len(titles[left : right + 1])
    for lower in top[at + 1 : last + 1]:
        titles = [_joined(feed, upper, title) for upper, title in zip(titles, lower, strict=True)]
    last = max(last, at)
    if at:
        titles = _with_times_above(feed, top[at - 1], titles)
    if last + 1 < len(top) and (with_units := _with_units(feed, titles, top[last + 1])):
        return Header(at, last + 1, tuple(with_units))
    return Header(at, last, tuple(titles))


def _with_times_above(feed: Feed, above: tuple[str | None, ...], titles: list[str | None]) -> list[str | None]:
    """The titles with what stands above that of the quantity and says whose it is: 2023年, 去年同期 beside 本期."""
    is_row_of_words = sum(1 for cell in above if cell) > 1
    return [
        f"{title}（{word}）"
        if word
        and title
        and feed.split_header(title)[0] == feed.measured
        and (is_year(word) or (is_row_of_words and says_another_figure(word)))
        else title
        for word, title in zip(above, titles, strict=True)
    ]


def _with_units(feed: Feed, titles: list[str | None], below: tuple[str | None, ...]) -> list[str | None] | None:
    """The titles with the units of a row below them that holds nothing else: 用电量 above （万kWh）."""
    joined, measured = list(titles), False
    for at, (title, text) in enumerate(zip(titles, below, strict=True)):
        if not text:
            continue
        bracketed = IN_BRACKETS.match(text)
        unit = bracketed.group(1).strip() if bracketed else text
        if not title or unit.isdecimal() or not (bracketed or _is_unit(unit)):
            return None
        joined[at] = f"{title}（{unit}）"
        column, beside = feed.split_header(joined[at])
        if feed.match_header(title) and not (column and beside and feed.by_name[column].kind == "number"):
            return None
        measured |= column is not None
    return joined if measured else None


@lru_cache(maxsize=10_000)
def _is_unit(text: str) -> bool:
    return pl.select(unit_key(pl.lit(text))).item() in _seed_units()


@cache
def _seed_units() -> frozenset[str]:
    units = read_seed("units")
    spellings = pl.concat([units["unit"], units["aliases"].str.split(";").explode().alias("unit")]).drop_nulls()
    return frozenset(spellings.to_frame().select(unit_key(pl.col("unit"))).to_series())


def _joined(feed: Feed, upper: str | None, lower: str | None) -> str | None:
    if upper is None or lower is None:
        return lower or upper
    if says_another_figure(lower) and feed.match_header(upper) and not feed.match_header(lower):
        return f"{upper}（{lower}）"
    if is_year(upper) and feed.match_header(lower) == feed.measured:
        return f"{lower}（{upper}）"
    return next((title for title in (upper + lower, lower, upper) if feed.match_header(title)), lower)


def _header_row(feed: Feed, rows: Iterable[tuple[str | None, ...]]) -> int:
    """The first row that looks like the header of the feed; else the row with most known headers; else the first
    filled one."""
    best, best_known, first = None, 0, None
    for index, row in enumerate(rows):
        titles = [cell for cell in row if cell]
        if titles and first is None:
            first = index
        known = {column for title in titles if (column := feed.match_header(title))}
        if _is_header(feed, row):
            return index
        if len(known) > best_known:
            best, best_known = index, len(known)
    return best if best is not None else first or 0


def _is_header(feed: Feed, row: Iterable[str | None]) -> bool:
    titles = [cell for cell in row if cell]
    required = {column.name for column in feed.required}
    known = {column for title in titles if (column := feed.match_header(title))}
    return len(known & required) * 3 >= len(required) * 2 or (len(known) >= 3 and len(known) * 2 > len(titles))


def _frame(
    feed: Feed,
    grid: Grid,
    headings: Headings,
    titles: tuple[str | None, ...],
    at: int,
    width: int,
    filled: pl.Series,
) -> pl.DataFrame:
    cells = grid.cells
    positions = headings.positions
    text = {column: cells[str(position)] for column, position in positions.items()}
    figures = {column for column in positions if feed.by_name[column].kind == "number"}
    for column in _shown_differently(grid, positions, figures):
        exact, is_number = (partial(read, positions[column]) for read in (grid.exact, grid.is_number))
        if column in figures:
            text[column] = _marked_as_text(_as_shown(text[column], exact), is_number)
        else:
            text[column] = _without_made_up_digits(text[column], is_number)
    for column in positions.keys() - figures:
        text[column] = _fill_merged(text[column], positions[column], grid.merged, at)
    if headings.month is not None:
        month = _fill_merged(cells[str(headings.month)], headings.month, grid.merged, at)
        text["period"] = _with_month(text["period"], month)
    header_again = pl.all_horizontal(
        *(pl.col(str(p)).eq_missing(pl.lit(titles[p])) for p in range(min(len(titles), cells.width)) if titles[p])
    )
    numbers = set(range(width)) - {p for column, p in positions.items() if feed.by_name[column].kind != "number"}
    facts = cells.select(
        pl.coalesce(pl.all()).alias(FIRST_CELL),
        (header_again if not grid.header else pl.lit(False)).alias(IS_HEADER),
    )
    signed = _signatures(cells, facts[FIRST_CELL])
    frame = pl.DataFrame(
        [
            grid.rows.alias(SOURCE_ROW),
            surplus_cells(grid, width, numbers).alias(SURPLUS_CELLS),
            filled.cast(pl.UInt32).alias(FILLED_CELLS),
            *facts,
            signed.alias(IS_SIGNATURE),
            *(
                text[column.name].alias(column.name)
                if column.name in text
                else pl.Series(column.name, [None], dtype=pl.String).new_from_index(0, len(cells))
                for column in feed.columns
            ),
        ]
    )
    return frame.slice(at + 1).filter(pl.col(FILLED_CELLS) > 0)


def _shown_differently(grid: Grid, positions: Mapping[str, int], figures: Collection[str]) -> list[str]:
    """The columns of a workbook with cells whose text may not be what is shown."""
    if grid.is_number is None:
        return []
    number = f"{CUT_DECIMALS}|{POINT_OR_THOUSANDS}"
    asked = [
        pl.col(str(position)).str.contains(number if column in figures else MADE_UP_DIGITS).any().alias(column)
        for column, position in positions.items()
    ]
    return [column for column, is_found in grid.cells.select(asked).row(0, named=True).items() if is_found]


def _with_month(year: pl.Series, month: pl.Series) -> pl.Series:
    """Periods of a year and a month in cells of their own; a year without its month is none."""
    number = pl.col("month").str.extract(r"^([0-9]{1,2})(?:\.0)?\s*月?份?$")
    year_of = pl.coalesce(pl.col("year").str.extract(r"^([0-9]{4})(?:\.0)?\s*年?度?$"), "year")
    in_words = pl.concat_str(
        year_of, pl.when(pl.col("month").str.contains("月")).then(pl.lit("年")).otherwise(pl.lit("-")), "month"
    )
    return (
        pl.DataFrame({"year": year, "month": month})
        .select(
            pl.when(pl.col("month").str.contains("[0-9]{4}"))
            .then("month")
            .when(number.is_not_null())
            .then(pl.concat_str(year_of, pl.lit("-"), number.str.zfill(2)))
            .when(pl.col("month").is_not_null())
            .then(in_words)
            .when(pl.col("year").is_not_null())
            .then(pl.concat_str("year", pl.lit("-?")))
        )
        .to_series()
    )


def _shown_otherwise(feed: Feed, grid: Grid, headings: Headings, at: int) -> list[Notice]:
    """A notice for each column of numbers whose format shows other numbers, or adds a unit that is not that of the
    rows."""
    notices = []
    columns = {position: name for name, position in headings.positions.items() if feed.by_name[name].kind == "number"}
    for position, made, count, first in grid.formats:
        row = first + 1
        if position not in columns or not at < row - int(grid.rows[0]) < len(grid.cells):
            continue
        column = feed.by_name[columns[position]]
        said = {headings.units.get(column.name)}
        if column.unit == "unit" and "unit" in headings.positions:
            said |= set(grid.cells[str(headings.positions["unit"])][at + 1 :])
        adds_unit = bool(made.literal) and (
            made.literal in MULTIPLES or bool(SHOWN_FACTOR.search(made.literal)) or _is_unit(made.literal)
        )
        if adds_unit:
            keys = (
                pl.Series([one for one in said if one], dtype=pl.String)
                .to_frame("unit")
                .select(unit_key(pl.col("unit")))
            )
            adds_unit = keys.to_series().unique().to_list() != [pl.select(unit_key(pl.lit(made.literal))).item()]
        if not made.power and not adds_unit and not (made.is_money and column.unit != "currency"):
            continue
        stored = grid.cells[str(position)][row - int(grid.rows[0])] or ""
        details = {
            "stored": stored,
            "cells": str(count),
            "column_en": column.label_en,
            "column_zh": column.label_zh,
        }
        notices.append(Notice("number_format", grid.sheet, feed.name, row, column.name, made.code, details))
    return notices


def _multiplied(feed: Feed, grid: Grid, headings: Headings, titles: tuple[str | None, ...], at: int) -> list[Notice]:
    """A notice where a multiplier stands beside quantities that it was not applied to, or of which no readings show
    whether it was."""
    measured = {*headings.columns.get(feed.measured or "", []), *(at for at, _, _ in headings.others)}
    named = {
        "multiplier": find_title([None if at in measured else title for at, title in enumerate(titles)], MULTIPLIER),
        "quantity": headings.positions.get(feed.measured),
        "before": find_title(titles, READING_BEFORE),
        "after": find_title(titles, READING_AFTER),
    }
    found = {name: place for name, place in named.items() if place is not None and str(place) in grid.cells.columns}
    if "multiplier" not in found or "quantity" not in found or APPLIED.search(titles[found["multiplier"]] or ""):
        return []
    cells = grid.cells[at + 1 :]
    said = pl.col(str(found["multiplier"]))
    primary, secondary = (said.str.extract(RATIO, group).cast(pl.Float64) for group in (1, 2))
    cells = cells.with_columns(pl.coalesce((primary / secondary).round_sig_figs(12).cast(pl.String), said))
    numbers = pl.DataFrame({name: parsing.numbers(cells[str(at)])["value"] for name, at in found.items()})
    quantity, multiplier = pl.col("quantity"), pl.col("multiplier")
    applies = numbers.with_columns(row=grid.rows[at + 1 :]).filter(
        (multiplier.abs() != 1) & (multiplier != 0) & (quantity != 0)
    )
    rule, wrong = "multiplier_beside", applies
    if len(found) == len(named):
        difference = pl.col("after") - pl.col("before")
        is_difference = (quantity - difference).abs() * 1000 <= difference.abs()
        unapplied = applies.filter(is_difference & (difference != 0))
        if len(unapplied):
            rule, wrong = "multiplier_not_applied", unapplied
        else:
            # Losses of a transformer, and a power factor, are added to what a meter counts.
            product = difference * multiplier
            wrong = applies.filter(((quantity - product).abs() * 10 > product.abs()).fill_null(True))
    if wrong.is_empty():
        return []
    first = wrong.row(0, named=True)
    plain = {name: format(first[name].normalize(), "f") for name in ("quantity", "multiplier")}
    details = {
        **plain,
        "rows": str(len(wrong)),
        "product": format((first["quantity"] * first["multiplier"]).normalize(), "f"),
    }
    value = titles[found["multiplier"]]
    return [Notice(rule, grid.sheet, feed.name, first["row"], feed.measured, value, details)]


def _split_by_commas(feed: Feed, grid: Grid, headings: Headings, at: int) -> list[Notice]:
    """A notice where a thousands comma without quotation marks seems to have shifted a row that is no wider for it:
    its number and the next cell together are nearer to the numbers of the other rows than its number alone."""
    position = headings.positions.get(feed.measured)
    beside = next((name for name, place in headings.positions.items() if place == (position or 0) + 1), None)
    if grid.separator != "," or position is None or str(position + 1) not in grid.cells.columns:
        return []
    if beside is not None and feed.by_name[beside].kind not in ("text", "name"):
        return []
    cells = pl.DataFrame({"number": grid.cells[str(position)], "next": grid.cells[str(position + 1)], "row": grid.rows})
    cells = cells[at + 1 :].filter(pl.col("number").is_not_null())
    split = pl.col("number").str.contains(r"^[1-9][0-9]{0,2}$") & pl.col("next").str.contains(
        r"^[0-9]{3}(?:\.[0-9]+)?$"
    )
    cells = cells.with_columns(split=split.fill_null(False))
    if not cells["split"].any() or cells["split"].all():
        return []
    others = parsing.numbers(cells.filter(~pl.col("split"))["number"])["value"].cast(pl.Float64).abs().median()
    if not others:
        return []
    joined = pl.concat_str("number", "next").cast(pl.Float64, strict=False)
    distance = [(one / others).log().abs() for one in (joined, pl.col("number").cast(pl.Float64, strict=False))]
    wrong = cells.filter(pl.col("split") & (distance[0] < distance[1]))
    if wrong.is_empty():
        return []
    first = wrong.row(0, named=True)
    column = feed.by_name[feed.measured]
    details = {
        "rows": str(len(wrong)),
        "next": first["next"],
        "column_en": column.label_en,
        "column_zh": column.label_zh,
    }
    return [Notice("number_split", grid.sheet, feed.name, first["row"], feed.measured, first["number"], details)]


def _cut_off(feed: Feed, grid: Grid, headings: Headings, at: int, filled: pl.Series) -> list[Notice]:
    """A notice where the last line of a text has no end and its last number fewer digits than those above it, as it is
    when a file was not copied to its end."""
    last = int(filled.to_frame().select((pl.first() > 0).arg_true().max()).item() or 0)
    if not grid.is_open or last <= at + 1:
        return []
    values = grid.cells.row(last)
    position = max((place for place, cell in enumerate(values) if cell is not None), default=-1)
    name = next((name for name, place in headings.positions.items() if place == position), None)
    if name is None or feed.by_name[name].kind != "number" or position + 1 != grid.widths[last]:
        return []
    cells = grid.cells[str(position)]
    above = cells[at + 1 : last].drop_nulls()
    decimals = above.str.extract(r"^[^.]*\.([0-9]+)$", 1).str.len_chars().fill_null(0)
    own = len(values[position].partition(".")[2])
    numbers = parsing.numbers(cells[at + 1 : last + 1])["value"].cast(pl.Float64).abs()
    smallest, number = numbers[:-1].min(), numbers[-1]
    fewer = len(above) > 1 and decimals.n_unique() == 1 and own < decimals[0]
    if number is None or not (fewer or (smallest and number * 10 <= smallest)):
        return []
    column = feed.by_name[name]
    details = {"column_en": column.label_en, "column_zh": column.label_zh}
    return [Notice("last_line_cut", grid.sheet, feed.name, int(grid.rows[last]), name, values[position], details)]


def surplus_cells(grid: Grid, width: int, numbers: Iterable[int]) -> pl.Series:
    """How far each record reaches beyond the header. Empty cells behind it, as exports of spreadsheets leave them, are
    nothing, except where a number may have been split by its comma (`numbers`: the columns that may hold one), which
    moves the empty end of its row, or where they are too many to have been looked at."""
    none = pl.Series([0], dtype=pl.UInt32).new_from_index(0, len(grid.cells))
    if grid.widths is None or not (grid.widths > width).any():
        return none
    written = grid.widths.cast(pl.Int64) - width
    reach = [pl.when(pl.col(str(at)).is_not_null()).then(at + 1 - width) for at in range(width, grid.cells.width)]
    split = [
        (pl.col(str(at)).str.contains(r"^[^.]*[0-9]$") & pl.col(str(at + 1)).str.contains(SPLIT_END)).fill_null(False)
        for at in numbers
        if at + 1 < grid.cells.width
    ]
    unclear = pl.any_horizontal(pl.lit(grid.widths > delimited.WIDEST), *split)
    counted = pl.when(unclear).then(written).otherwise(pl.max_horizontal(none, *reach))
    return grid.cells.select(counted.clip(0).cast(pl.UInt32)).to_series()


def _signatures(cells: pl.DataFrame, first: pl.Series) -> pl.Series:
    """Whether all that a row holds is who made the table and when."""
    candidates = first.str.contains(SIGNATURE).fill_null(False)
    if not candidates.any():
        return candidates
    alone = cells.filter(candidates).select(pl.all_horizontal(pl.all().str.contains(SIGNATURE).fill_null(True)))
    return candidates.scatter(candidates.arg_true(), alone.to_series())


def _as_shown(text: pl.Series, floats: Callable[[], pl.Series]) -> pl.Series:
    """Numbers as Excel shows them: 15 significant digits of the stored double, not nine decimals of it."""
    cut = text.str.contains(CUT_DECIMALS).fill_null(False)
    if not cut.any():
        return text
    shown = floats().round_sig_figs(15).cast(pl.String)
    return pl.select(pl.when(cut & shown.is_not_null()).then(shown).otherwise(text)).to_series()


def _marked_as_text(text: pl.Series, is_number: Callable[[], pl.Series]) -> pl.Series:
    """Cells of a column of numbers with a mark in front where they are texts that can be read as two numbers:
    the point of a typed number is decimal, that of a text need not be."""
    unclear = text.str.contains(POINT_OR_THOUSANDS).fill_null(False)
    if not unclear.any():
        return text
    frame = pl.DataFrame({"text": text, "unclear": unclear & ~is_number()})
    return frame.select(pl.when("unclear").then(pl.concat_str(pl.lit(TEXT_MARK), "text")).otherwise("text")).to_series()


def _without_made_up_digits(text: pl.Series, is_number: Callable[[], pl.Series]) -> pl.Series:
    """Numbers of documents that are no texts, as Excel shows them: of more than 16 digits a number keeps 15, and what
    the reader writes behind them is made up."""
    long = text.str.contains(MADE_UP_DIGITS).fill_null(False)
    if not long.any():
        return text
    kept = ((pl.col("text").str.slice(0, 16).cast(pl.Int64, strict=False) + 5) // 10).cast(pl.String)
    carried = kept.str.len_chars() - 15
    exponent = (pl.col("text").str.len_chars() - 1 + carried).cast(pl.String)
    shown = pl.concat_str(kept.str.slice(0, 1), pl.lit("."), kept.str.slice(1, 14), pl.lit("E+"), exponent)
    frame = pl.DataFrame({"text": text, "cut": long & is_number()})
    return frame.select(pl.when("cut").then(shown).otherwise("text")).to_series()


def _fill_merged(text: pl.Series, position: int, merged: tuple[tuple[int, int, int, int], ...], at: int) -> pl.Series:
    """A cell merged over several rows says the same for each of them (numbers are never repeated this way)."""
    ranges = [
        (top, min(bottom, len(text) - 1))
        for top, bottom, left, right in merged
        if left == right == position and at < top < bottom
    ]
    # Merged cells do not overlap; more of them than rows are no merged cells but an attempt to fill the memory.
    if not 0 < sum(bottom - top + 1 for top, bottom in ranges) <= len(text):
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
