"""Workbooks to fill in: bilingual headers the reader takes back unchanged, drop-downs of the organisation's own
facilities, activity types and units, and an example row that does not count."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from data_contracts.answers.feedback_contents import text_width
from data_contracts.declarations.feeds import Column, Feed
from data_contracts.declarations.vocabulary import Vocabulary
from data_contracts.readers.delivered_files import INSTRUCTIONS_SHEET, LISTS_SHEET
from data_contracts.readers.parsing import FIRST_YEAR, LAST_YEAR

SAFE = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
EXAMPLE_MARK = "示例 Example: "
# Rows with drop-downs; below them cells can be filled in all the same.
VALIDATED_ROWS = 5_000
LAST_COLUMN = 16_383
OF_THE_ROW = {"unit": "本行单位 unit", "currency": "本行币种 currency"}
LONGEST_PROMPT, LONGEST_PROMPT_TITLE = 255, 32

# What a feed is mostly about stands first among its activity types.
LIKELY_METHODS = {
    "energy_ledger": ("electricity", "heat", "fuel_combustion"),
    "invoices": ("electricity", "heat", "fuel_combustion"),
    "procurement": ("emission_factor",),
    "activity_log": ("gas_release", "emission_factor"),
}

# Everything but the headers and the example may be changed, and the protection has no password.
ALLOWED = dict.fromkeys(
    ("format_cells", "format_columns", "format_rows", "insert_rows", "delete_rows", "sort", "autofilter"), True
)

STEPS = (
    "1. 在第一张表中从第 3 行起填写，每条记录一行。第 2 行灰色内容为示例，不计入数据。",
    "Fill in the first sheet from row 3 on, one row per record. Row 2, in grey, is an example and does not count.",
    "2. 橙色表头为必填列，绿色为选填列。选中单元格可看到填写说明；有下拉列表的列请从列表中选择。",
    "Orange headers are required, green ones optional. A selected cell shows how to fill it in; choose from the list "
    "where there is one.",
    "3. 日期写作 2024-03-05；统计期写作 2024-03（月）、2024-Q1（季）、2024-H1（半年）或 2024（年）。"
    "数字用小数点，不带单位和百分号。",
    "Dates are written 2024-03-05, periods 2024-03 (month), 2024-Q1 (quarter), 2024-H1 (half-year) or 2024 "
    "(year); numbers with a decimal point, without unit or percent sign.",
    "4. 请勿改动表头和工作表名称。工作表的保护没有密码，可在“审阅”中撤销。",
    "Leave headers and sheet names as they are. The protection of the sheet has no password.",
    "5. 文件保存为 .xlsx，文件名以 {feed} 开头，放入 landing/年-月/提交单位/。提交前可用 helioledger check 检查。",
    "Save as .xlsx under a name that begins with {feed} and put it into landing/YYYY-MM/SUBMITTER/. `helioledger "
    "check` checks it beforehand.",
)


def write_template(feed: Feed, vocabulary: Vocabulary, out: Path, first: Sequence[str] = ()) -> Path:
    """An empty workbook for a feed. `first`: activity types and currencies that stand at the top of their lists."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(out, SAFE) as workbook:
        top = {"text_wrap": True, "valign": "top"}
        heading = {**top, "bold": True, "border": 1, "border_color": "#BFBFBF"}
        formats = {
            "required": workbook.add_format({**heading, "bg_color": "#F8CBAD"}),
            "optional": workbook.add_format({**heading, "bold": False, "bg_color": "#E2EFDA"}),
            "title": workbook.add_format({"bold": True, "font_size": 14}),
            "wrap": workbook.add_format(top),
            "plain": workbook.add_format({"locked": False}),
        }
        sheet = workbook.add_worksheet(feed.zh)
        guide = workbook.add_worksheet(INSTRUCTIONS_SHEET)
        lists = workbook.add_worksheet(LISTS_SHEET)
        example = example_of(feed, vocabulary)
        for position, column in enumerate(feed.columns):
            kind = _number_format(column)
            grey = {"num_format": kind, "italic": True, "font_color": "#808080", "bg_color": "#F2F2F2"}
            cells = workbook.add_format({"num_format": kind, "locked": False})
            sheet.write_string(
                0, position, column.bilingual_header, formats["required" if column.required else "optional"]
            )
            shown = (EXAMPLE_MARK if position == 0 else "") + example[column.name]
            sheet.set_column(position, position, max(_column_width(column), text_width(shown) + 2), cells)
            _write_example(sheet, position, column, shown, workbook.add_format(grey))
            choices = choices_of(column, vocabulary, first, feed)
            letter = xl_col_to_name(position)
            source = f"='{LISTS_SHEET}'!${letter}$2:${letter}${len(choices) + 1}" if choices else ""
            if choices:
                lists.write_string(0, position, column.bilingual_header, formats["optional"])
                lists.write_column(1, position, choices)
                lists.set_column(position, position, 40)
            sheet.data_validation(2, position, VALIDATED_ROWS + 1, position, _validation(column, source))
        # Rows can be deleted only where all their cells may be changed.
        sheet.set_column(len(feed.columns), LAST_COLUMN, None, formats["plain"])
        sheet.set_row(0, 33)
        sheet.freeze_panes(2, 0)
        sheet.ignore_errors({"number_stored_as_text": f"A1:{xl_col_to_name(len(feed.columns) - 1)}1048576"})
        sheet.protect("", ALLOWED)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        lists.set_row(0, 33)
        lists.freeze_panes(1, 0)
        lists.fit_to_pages(1, 0)
        _write_guide(guide, feed, example, formats)
    return out


def example_of(feed: Feed, vocabulary: Vocabulary) -> dict[str, str]:
    """The cells of the example row by column, without the mark in the first of them."""
    cells = {column.name: feed.example.get(column.name, column.example) for column in feed.columns}
    for column in feed.columns:
        if cells[column.name] and column.kind in ("facility", "activity_type", "choice", "name"):
            named = _labels(column, vocabulary)
            # The facility of the declaration is a name only; whoever fills in the workbook knows the own ones.
            fallback = next(iter(named.values()), "") if column.kind == "facility" else cells[column.name]
            cells[column.name] = named.get(cells[column.name], fallback)
    return cells


def choices_of(column: Column, vocabulary: Vocabulary, first: Sequence[str], feed: Feed) -> list[str]:
    """What the drop-down of a column offers; none: anything may be written."""
    units = vocabulary.units.sort("position")["unit"]
    currencies = set(vocabulary.currencies["code"])
    match column.kind:
        case "activity_type":
            likely = LIKELY_METHODS.get(feed.name, ())
            types = vocabulary.activity_types.select("activity_type", "method", "source_class").rows()
            types.sort(key=lambda one: (likely.index(one[1]) if one[1] in likely else len(likely), one[2], one[0]))
            labels = _labels(column, vocabulary)
            known = [code for code in first if code in labels]
            # The names that the workspace has answered for stand first, as it writes them.
            own = vocabulary.aliases["name"].to_list()
            return [*own, *(labels[code] for code in dict.fromkeys([*known, *(code for code, _, _ in types)]))]
        case "unit":
            return [unit for unit in units if unit not in currencies]
        case "currency":
            return list(dict.fromkeys([*(code for code in first if code in currencies), *sorted(currencies)]))
        case _:
            return list(_labels(column, vocabulary).values())


def _labels(column: Column, vocabulary: Vocabulary) -> dict[str, str]:
    """The codes of a column, each with the code and its name as the reader takes it back."""
    match column.kind:
        case "facility":
            named = vocabulary.facilities.select("facility_id", pl.coalesce("name_zh", "name"))
        case "activity_type":
            named = vocabulary.activity_types.select("activity_type", pl.coalesce("name_zh", "name_en"))
        case "choice" | "name":
            chinese = {code: [one for one in others if not one.isascii()] for code, others in column.values.items()}
            return {code: f"{code} {names[0]}" if names else code for code, names in chinese.items()}
        case _:
            return {}
    return {code: f"{code} {name}" if name else code for code, name in named.iter_rows()}


def _number_format(column: Column) -> str:
    """Identifiers and periods as text, so that Excel neither shortens nor re-dates them."""
    return {"number": "General", "date": "yyyy-mm-dd"}.get(column.kind, "@")


def _column_width(column: Column) -> int:
    usual = {"activity_type": 34, "facility": 20, "date": 13, "unit": 11, "currency": 11}.get(column.kind, 17)
    return max(usual, len(column.name) + 3)


def _write_example(sheet: Any, position: int, column: Column, text: str, grey: Any) -> None:
    if position == 0:
        sheet.write_string(1, position, text, grey)
    elif not text:
        sheet.write_blank(1, position, None, grey)
    elif column.kind == "number":
        sheet.write_number(1, position, float(text), grey)
    elif column.kind == "date":
        sheet.write_datetime(1, position, date.fromisoformat(text), grey)
    else:
        sheet.write_string(1, position, text, grey)


def _validation(column: Column, source: str) -> dict[str, Any]:
    """The drop-down or the kind of a cell, and what is said about it when it is selected. What does not fit can be
    written all the same: the check has the last word."""
    said = [
        "必填 required" if column.required else "选填 optional",
        column.description_zh,
        column.description,
        f"示例 e.g. {column.example}" if column.example and not source else "",
        f"单位 unit: {column.unit}" if column.unit and column.unit not in OF_THE_ROW else "",
    ]
    rule: dict[str, Any] = {
        "validate": "any",
        "input_title": f"{column.zh} {column.name}"[:LONGEST_PROMPT_TITLE],
        "input_message": "\n".join(line for line in said if line)[:LONGEST_PROMPT],
        "error_type": "warning",
        "error_title": "请核对 Please check",
    }
    if source:
        rule |= {"validate": "list", "source": source}
        rule |= {"error_message": "不在下拉列表中。\nThis is not in the list."}
    elif column.kind == "date":
        rule |= {"validate": "date", "criteria": "between"}
        rule |= {"minimum": date(FIRST_YEAR, 1, 1), "maximum": date(LAST_YEAR, 12, 31)}
        rule |= {"error_message": "不是日期，请写作 2024-03-05。\nThis is not a date; write it as 2024-03-05."}
    elif column.kind == "number":
        rule |= {"validate": "decimal", "criteria": "between", "minimum": -1e13, "maximum": 1e13}
        rule |= {"error_message": "不是数字。\nThis is not a number."}
    return rule


def _write_guide(sheet: Any, feed: Feed, example: dict[str, str], formats: dict[str, Any]) -> None:
    sheet.write_string(0, 0, f"{feed.zh} / {feed.name} {feed.version}", formats["title"])
    lines = (feed.description_zh, feed.description, "", *(line.format(feed=feed.name) for line in STEPS))
    for row, line in enumerate(lines, start=1):
        sheet.write_string(row, 0, line)
    top = len(lines) + 2
    columns = {
        "列\ncolumn": (18, [column.zh for column in feed.columns]),
        "": (26, [column.name for column in feed.columns]),
        "必填\nrequired": (10, ["是 yes" if column.required else "否 no" for column in feed.columns]),
        "说明": (38, [column.description_zh for column in feed.columns]),
        "description": (52, [column.description for column in feed.columns]),
        "单位\nunit": (14, [OF_THE_ROW.get(column.unit or "", column.unit or "") for column in feed.columns]),
        "示例\nexample": (30, list(example.values())),
    }
    for position, (title, (width, values)) in enumerate(columns.items()):
        sheet.set_column(position, position, width)
        sheet.write_string(top, position, title, formats["optional"])
        for row, value in enumerate(values, start=top + 1):
            sheet.write_string(row, position, value, formats["wrap"])
    for row, column in enumerate(feed.columns, start=top + 1):
        if column.required:
            sheet.write_string(row, 0, column.zh, formats["required"])
        said = [(column.description_zh, 38), (column.description, 52), (example[column.name], 30)]
        sheet.set_row(row, 16 * max(-(-text_width(text) // (width - 2)) or 1 for text, width in said))
    sheet.set_row(top, 33)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
