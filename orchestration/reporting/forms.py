"""The data points of others' forms as a workbook: what to type where, rounded as the form has it, or why not."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

from orchestration.reporting import words
from orchestration.reporting.reading import DIGITS

if TYPE_CHECKING:
    import duckdb

QUERY = """
    select points.*, items.name_en as item_en, items.name_zh as item_zh
    from disclosures as points
    left join report_items as items using (framework, framework_version, item, year)
    where year = ?
    order by datapoint_order, part nulls first
"""
# column of the marts, title in both languages, width
COLUMNS = (
    ("item", "条款\nitem", 12),
    ("datapoint", "数据点\ndata point", 34),
    ("name_zh", "内容\nwhat is asked (zh)", 34),
    ("name_en", "内容（英文）\nwhat is asked", 40),
    ("status", "状态\nstatus", 22),
    ("value", "数值\nfigure", 18),
    ("unit", "单位\nunit", 18),
    ("text_zh", "文字答复\nanswer (zh)", 40),
    ("text_en", "文字答复（英文）\nanswer", 40),
    ("reason_zh", "原因\nreason (zh)", 40),
    ("reason_en", "原因（英文）\nreason", 40),
    ("mart", "数据集\nmart", 22),
    ("filter", "条件\nfilter", 44),
    ("expression", "表达式\nexpression", 44),
    ("certainty", "依据\ncertainty", 14),
)
HEADER_ROW = 2
# Columns that go to paper: what is asked and answered, without how to ask again.
PRINTED = next(at for at, (name, *_) in enumerate(COLUMNS) if name == "mart")
SHEET_NAME_LENGTH = 31
LINE_HEIGHT, MOST_LINES = 15, 12


def write_workbook(marts: duckdb.DuckDBPyConnection, year: int, path: Path) -> Path:
    """One sheet per framework and version. marts: a connection whose schema is `marts`."""
    import xlsxwriter

    cursor = marts.execute(QUERY, [year])
    names = [column[0] for column in cursor.description or ()]
    sheets: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in cursor.fetchall():
        point = dict(zip(names, row, strict=True))
        sheets.setdefault((point["framework"], point["framework_version"]), []).append(point)
    notices = marts.execute("select distinct unnest([data_notice_zh, data_notice]) from organization").fetchall()
    notice = "  ".join(sorted(text for (text,) in notices if text))
    # A made-up day of making: equal contents give equal workbooks.
    with xlsxwriter.Workbook(path, {"in_memory": True}) as book:
        book.set_properties({"title": f"Data points {year} 披露数据点", "created": datetime(2000, 1, 1)})
        for (framework, version), points in sheets.items():
            _write_sheet(book, framework, version, year, points, notice)
    return path


def _write_sheet(
    book: Any, framework: str, version: str, year: int, points: Sequence[Mapping[str, Any]], notice: str
) -> None:
    sheet = book.add_worksheet(_sheet_name(framework, version))
    title = book.add_format({"bold": True, "font_size": 14})
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E8EDF1", "bottom": 1})
    plain = book.add_format({"text_wrap": True, "valign": "top"})
    # What a form requires and nothing answers stands out; what it only asks does not.
    missing = book.add_format({"text_wrap": True, "valign": "top", "bg_color": "#F8E3DE"})
    technical = book.add_format({"valign": "top", "font_color": "#5B6875"})
    unanswered = book.add_format({"text_wrap": True, "valign": "top", "font_color": "#8A5A4F"})
    numbers: dict[int, Any] = {}
    sheet.write_string(0, 0, f"{framework}, {version}: {year}", title)
    if notice:
        sheet.merge_range(1, 0, 1, PRINTED - 1, notice, plain)
        sheet.set_row(1, LINE_HEIGHT * _lines(notice, sum(width for _, _, width in COLUMNS[:PRINTED])))
    for position, (_, name, width) in enumerate(COLUMNS):
        sheet.write_string(HEADER_ROW, position, name, head)
        sheet.set_column(position, position, width)
    sheet.set_row(HEADER_ROW, 2 * LINE_HEIGHT)
    for line, point in enumerate(points, start=HEADER_ROW + 1):
        # Not every program makes room for what is wrapped.
        asked = COLUMNS[:PRINTED]
        wrapped = (_lines(str(point[name]), width) for name, _, width in asked if isinstance(point[name], str))
        sheet.set_row(line, LINE_HEIGHT * min(max(wrapped), MOST_LINES))
        kind = plain
        if point["status"] == "missing":
            kind = missing if point["is_required"] else unanswered
        for position, (name, _, _) in enumerate(COLUMNS):
            value = point[name]
            if value is None:
                sheet.write_blank(line, position, None, kind)
            elif name == "value":
                decimals = point["decimals"] or 0
                if decimals not in numbers:
                    shown = "#,##0" + ("." + "0" * decimals if decimals else "")
                    numbers[decimals] = book.add_format(
                        {"num_format": shown, "valign": "top", "indent": 1, "align": "right"}
                    )
                sheet.write_number(line, position, float(rounded(value, decimals)), numbers[decimals])
            elif name == "status":
                said = words.STATUSES[value]
                sheet.write_string(line, position, f"{said.zh} {said.en}", kind)
            else:
                sheet.write_string(line, position, str(value), kind if position < PRINTED else technical)
    sheet.print_area(0, 0, HEADER_ROW + len(points), PRINTED - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEADER_ROW)
    sheet.freeze_panes(HEADER_ROW + 1, 2)
    sheet.autofilter(HEADER_ROW, 0, HEADER_ROW + len(points), len(COLUMNS) - 1)


def _lines(text: str, width: int) -> int:
    """Lines that a text takes in a column of that many letters; a Chinese one takes the room of two."""
    letters = sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
    return math.ceil(letters / (0.9 * width)) or 1


def rounded(value: Decimal, decimals: int) -> Decimal:
    """As the form is filled in: half up."""
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, DIGITS)


def _sheet_name(framework: str, version: str) -> str:
    """What Excel takes as the name of a sheet."""
    name = f"{framework} {version}".translate({ord(letter): " " for letter in "[]:*?/\\"})
    return " ".join(name.split())[:SHEET_NAME_LENGTH].strip()
