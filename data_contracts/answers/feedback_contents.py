"""What a feedback workbook says, whichever way it is written: the lines on top, the list of findings, and which cells
of the delivered sheets are marked with what."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import polars as pl

from data_contracts.declarations.feeds import FEEDS, Feed
from data_contracts.readers.delivered_files import Grid, Header, find_header, tables_of
from data_contracts.readers.headings import read_headings

# The cells below which a comment stands, and the findings that lead to their cell, in one workbook: thousands of
# either do not open. All cells are coloured, and all findings listed.
CELLS_COMMENTED = 500
FINDINGS_LINKED = 2_000
# As many as a sheet has rows, less those on top.
FINDINGS_LISTED = (1 << 20) - 10
LONGEST_COMMENT = 2_000
LONGEST_TEXT = 32_767
# Of value, Chinese and English, in characters.
WIDTHS_OF_TEXTS = (19, 55, 59)
NOT_IN_CELLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

# Who wrote a comment, so that a workbook that comes back corrected loses its old marks.
AUTHOR = "HelioLedger"
SEVERITIES = {"error": "错误 error", "warning": "警告 warning", "info": "提示 info"}
COLOURS = {"error": "FFC7CE", "warning": "FFEB9C", "info": "DDEBF7"}
TITLE_COLOUR, LINK_COLOUR = "D9E1F2", "0563C1"

# Text a spreadsheet would take for a formula when somebody edits the cell.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
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
    ("答复\nanswer", 30),
)
SAID_OVER = sum(width for _, width in COLUMNS[:8])
HELP = (
    "请逐条更正下表所列问题（点击“单元格”可跳转；单元格批注含同样说明），在原文件中改好后以原文件名重新提交。"
    "红色：错误，必须更正；黄色：警告，请核对。",
    "Correct what is listed below (a click on `cell` leads there; its comment says the same) in your own file, and "
    "submit it again under the same name. Red: an error, must be corrected. Yellow: a warning, please check.",
)
# Rules that ask what a name means; the last column of the list answers them.
ASK_FOR_NAMES = ("unknown_activity_type", "ambiguous_activity_type", "activity_type_open")
HELP_ON_NAMES = (
    "名称类问题也可不改原文件：在“答复”列填写对应的活动类型（代码或名称），将本工作簿交回管理员"
    "（helioledger names --answers），以后同名自动采用。",
    "A question about a name may be answered here instead: write the activity type (code or name) into `answer` and "
    "return this workbook to the administrator (helioledger names --answers); the name is known from then on.",
)

# A cell of a delivered sheet: its sheet, its 1-based row in the file, the position of its column.
Spot = tuple[str, int, int]
Place = tuple[str, int | None, str | None]


@dataclass
class Mark:
    """What one cell is coloured and commented with: `severities`, and what each finding says."""

    severities: set[str] = field(default_factory=set)
    said: list[str] = field(default_factory=list)

    @property
    def severity(self) -> str:
        return min(self.severities)

    def comment(self) -> tuple[str, int]:
        """The text of the comment, and the height of its box in points."""
        text = writable("\n\n".join(self.said))[:LONGEST_COMMENT]
        lines = sum(-(-max(text_width(line), 1) // 52) for line in text.split("\n"))
        return text, min(24 + 17 * lines, 600)


@dataclass(frozen=True)
class Line:
    """One row of the list: its severity, a text or number per column of COLUMNS, the cell it leads to, its height in
    lines."""

    severity: str
    cells: tuple[str | int | None, ...]
    spot: Spot | None
    height: int


def of_sheet(findings: pl.DataFrame, sheet: str) -> pl.DataFrame:
    """Those on one sheet; the only sheet of a CSV has no name."""
    return findings.filter(pl.col("source_sheet").fill_null("") == sheet)


def faulty_rows(findings: pl.DataFrame) -> pl.Series:
    """The rows that errors and warnings speak of."""
    told = {
        row for row, severity in zip(findings["source_row"], findings["severity"], strict=True) if severity != "info"
    }
    return pl.Series(sorted(told - {None}), dtype=pl.Int32)


def marks_on(
    feed: Feed, grid: Grid, header: Header, findings: pl.DataFrame, shown: Mapping[int, int] | None
) -> tuple[dict[Spot, Mark], dict[Place, Spot]]:
    """The marks of a sheet, and the cell of each finding that has one. What a whole sheet lacks is said at its header.

    shown: the rows of the file that the workbook shows (None: all).
    """
    tables = [(0, _places(feed, header.titles))]
    for table in tables_of(feed, grid)[1:]:
        tables.append((int(table.rows[0]), _places(feed, find_header(feed, table).titles)))
    positions = tables[0][1]
    first = next(iter(positions.values()), 0)
    header_row = grid.rows[header.last] if header.last >= 0 and len(grid.rows) else None
    marks: dict[Spot, Mark] = {}
    spots: dict[Place, Spot] = {}
    needed = ("source_row", "column_name", "severity", "rule", "message_zh", "message_en")
    for source_row, column, severity, rule, zh, en in findings.select(needed).iter_rows():
        row = source_row
        if row is None:
            if severity == "info" or rule in ("further_findings", "read_otherwise"):
                continue
            row = header_row
        if row is None or (shown is not None and row not in shown):
            continue
        if len(tables) > 1:
            positions = next(places for begin, places in reversed(tables) if begin <= row)
        spot = grid.sheet, row, positions.get(column, first)
        spots[grid.sheet, source_row, column] = spot
        if severity != "info":
            if (mark := marks.get(spot)) is None:
                mark = marks[spot] = Mark()
            mark.severities.add(severity)
            mark.said.append(f"{SEVERITIES[severity]}\n{zh}\n{en}")
    return marks, spots


def _places(feed: Feed, titles: Sequence[str | None]) -> dict[str, int]:
    """Column, or title that stands for none -> its position; the first of all in front."""
    headings = read_headings(feed, titles)
    similar = {column: position for position, column, _ in headings.missing_but_similar}
    filled = {title: position for position, title in reversed(list(enumerate(titles))) if title}
    return dict(sorted((filled | similar | headings.positions).items(), key=lambda one: one[1]))


def lines_on_top(name: str, findings: pl.DataFrame, counts: tuple[int, int] | None) -> list[str]:
    number = Counter(findings["severity"])
    found = "，".join(f"{number[severity]} {said}" for severity, said in SEVERITIES.items())
    if counts:
        rows_in, rejected = counts
        found = (
            f"共 {rows_in:,} 行数据，其中 {rejected:,} 行有错误；{found}。"
            f"{rows_in:,} data rows, {rejected:,} of them with errors."
        )
    lines = [f"检查结果 Findings: {name}", found, *HELP]
    if "rule" in findings.columns and findings["rule"].is_in(ASK_FOR_NAMES).any():
        lines += HELP_ON_NAMES
    if len(findings) > FINDINGS_LISTED:
        lines.append(
            f"共 {len(findings):,} 条，仅列出前 {FINDINGS_LISTED:,} 条。The first {FINDINGS_LISTED:,} are listed."
        )
    return [writable(line) for line in lines]


def height_on_top(line: str) -> int:
    """Of a line on top, in lines."""
    return -(-text_width(line) // (SAID_OVER - 8))


def gravest_first(findings: pl.DataFrame) -> pl.DataFrame:
    """As many as are listed, in the order in which they are."""
    order = pl.col("severity").replace_strict({"error": 0, "warning": 1, "info": 2}, default=3)
    return findings.sort(order, "source_sheet", "source_row", maintain_order=True).head(FINDINGS_LISTED)


def list_of(
    findings: pl.DataFrame, spots: Mapping[Place, Spot], address: Mapping[Spot, tuple[str, str]]
) -> Iterator[Line]:
    """The findings, gravest first. address: the sheet of the workbook and the cell that show a spot."""
    listed = gravest_first(findings)
    needed = ("severity", "source_sheet", "source_row", "column_name", "source_value", "message_zh", "message_en")
    titles: dict[tuple[str | None, str | None], str] = {}
    for severity, sheet, row, column, value, zh, en, rule, feed in listed.select(*needed, "rule", "feed").iter_rows():
        title = titles.get((feed, column))
        if title is None:
            title = titles[feed, column] = column_title(feed, column)
        spot = spots.get((sheet or "", row, column))
        there, cell = address.get(spot, ("", "")) if spot else ("", "")
        (value, lines), (zh, zh_lines), (en, en_lines) = (
            fitted(text, width) for text, width in zip((value, zh, en), WIDTHS_OF_TEXTS, strict=True)
        )
        height = max(lines, zh_lines, en_lines, title.count("\n") + 1)
        cells = (SEVERITIES[severity], writable(sheet or there), row, cell, title, value, zh, en, rule)
        yield Line(severity, cells, spot if cell else None, height)


def fitted(text: str | None, width: int) -> tuple[str, int]:
    """The text as a cell holds it, and the lines that it takes there."""
    text = writable(text or "")
    return text, _lines(text, width)


def _lines(text: str, width: int) -> int:
    if "\n" in text:
        return sum(_lines(line, width) for line in text.split("\n"))
    return -(-text_width(text) // width) or 1


def column_title(feed: str | None, column: str | None) -> str:
    known = FEEDS.get(feed or "")
    return f"{known.by_name[column].zh}\n{column}" if known and column in known.by_name else column or ""


def is_number(feed: Feed, title: str | None) -> bool:
    column = feed.match_header(title) if title else None
    return column is not None and feed.by_name[column].kind == "number"


def writable(text: str) -> str:
    """The text without what no cell can hold."""
    return (text if text.isprintable() else NOT_IN_CELLS.sub("\ufffd", text))[:LONGEST_TEXT]


@lru_cache(maxsize=10_000)
def text_width(text: str) -> int:
    """How wide a line is, in half-width characters: what GBK writes in two bytes is twice as wide."""
    return len(text) if text.isascii() else len(text.encode("gbk", "replace"))
