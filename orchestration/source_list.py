"""The list of sources of each facility: as a table, as a workbook to answer in, and the answers back as a reference
table."""

from __future__ import annotations

import contextlib
import csv
from collections.abc import Iterable
from pathlib import Path

import openpyxl
import xlsxwriter

from orchestration.workspace import Workspace

COLUMNS = (
    ("year", "年份", 8),
    ("facility_id", "设施编号", 16),
    ("emission_source", "排放源代码", 24),
    ("name_zh", "排放源", 38),
    ("name_en", "source", 46),
    ("iso_14064_category", "ISO 14064 类别", 14),
    ("usual_in", "常见于", 18),
    ("usual_here", "同类工厂常有", 14),
    ("status", "状态", 18),
    ("co2e_t", "tCO2e", 14),
    ("reason_zh", "不存在的理由（中文）", 34),
    ("reason_en", "reason why it is absent", 34),
)
STATUS_ZH = {"present": "已有数据", "declared_absent": "已声明不存在", "not_answered": "待答复"}
DECLARATION_COLUMNS = ("facility_id", "emission_source", "year", "reason_en", "reason_zh", "document")
TABLE = "source_declarations.csv"
QUERY = f"""
    select {", ".join(name for name, _, _ in COLUMNS)} from source_list
    where year = coalesce(?, (select max(year) from source_list))
    order by facility_id, iso_14064_category, emission_source
"""
GUIDE = (
    "没有该排放源的，请在“状态”为“待答复”的行填写理由；有该排放源的，请提交数据。红色行是同类工厂通常有而本厂未报的。"
    "填好后运行 helioledger sources --answers 本文件。",
    "Where there is no such source, fill in the reason in a row that is not answered; where there is, submit its data. "
    "Red rows are what plants of this kind usually have and this one never sent. "
    "Then run helioledger sources --answers THIS-FILE.",
)
HEADER_ROW = len(GUIDE)


class NotAnswers(Exception):
    """A file that is no workbook of `helioledger sources`, or whose rows name nothing."""


def write_workbook(rows: Iterable[tuple], path: Path) -> Path:
    """The list as a workbook; what is a question stands out, and its reasons may be filled in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as workbook:
        sheet = workbook.add_worksheet("排放源 sources")
        head = workbook.add_format({"bold": True, "bg_color": "#D9E1F2", "border": 1, "text_wrap": True})
        question = workbook.add_format({"bg_color": "#FFEB9C"})
        likely = workbook.add_format({"bg_color": "#FFC7CE"})
        plain = workbook.add_format({})
        plain_text = workbook.add_format({"text_wrap": True, "valign": "top"})
        for line, text in enumerate(GUIDE):
            sheet.merge_range(line, 0, line, len(COLUMNS) - 1, text, plain_text)
            sheet.set_row(line, 32)
        sheet.set_row(HEADER_ROW, 32)
        for position, (name, zh, width) in enumerate(COLUMNS):
            sheet.write_string(HEADER_ROW, position, f"{zh}\n{name}", head)
            sheet.set_column(position, position, width)
        for line, row in enumerate(rows, start=HEADER_ROW + 1):
            values = dict(zip((name for name, _, _ in COLUMNS), row, strict=True))
            kind = plain
            if values["status"] == "not_answered":
                kind = likely if values["usual_here"] else question
            for position, (name, _, _) in enumerate(COLUMNS):
                value = values[name]
                if name == "status":
                    value = f"{STATUS_ZH[value]} {value}"
                if name == "usual_here" and value is not None:
                    value = "是 yes" if value else "否 no"
                if value is None:
                    sheet.write_blank(line, position, None, kind)
                elif isinstance(value, str):
                    sheet.write_string(line, position, value, kind)
                else:
                    sheet.write_number(line, position, value, kind)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(HEADER_ROW)
        sheet.freeze_panes(HEADER_ROW + 1, 3)
        sheet.autofilter(HEADER_ROW, 0, HEADER_ROW, len(COLUMNS) - 1)
    return path


def read_answers(path: Path) -> list[dict[str, str]]:
    """The rows of an answered workbook that give a reason, as rows of source_declarations.csv.

    Raises NotAnswers for any other file.
    """
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:
        raise NotAnswers(f"{path} cannot be read as a workbook: {error}") from None
    with contextlib.closing(book):
        rows = list(book.worksheets[0].iter_rows(values_only=True))
    names = [str(cell or "").split("\n")[-1].strip() for cell in (rows[HEADER_ROW] if len(rows) > HEADER_ROW else ())]
    if not {"facility_id", "emission_source", "year", "status", "reason_en", "reason_zh"} <= set(names):
        raise NotAnswers(f"{path} is no workbook of `helioledger sources`.")
    answers = []
    for row in rows[HEADER_ROW + 1 :]:
        cells = {name: str(cell).strip() for name, cell in zip(names, row, strict=False) if cell is not None}
        absent = not cells.get("status", "").endswith("present")
        if absent and cells.get("emission_source") and (cells.get("reason_en") or cells.get("reason_zh")):
            answers.append({name: cells.get(name, "") for name in DECLARATION_COLUMNS})
    return answers


def keep_answers(workspace: Workspace, answers: Iterable[dict[str, str]]) -> tuple[Path, int]:
    """Answers over the rows that reference/source_declarations.csv has; the table and how many rows it holds then."""
    path = workspace.root / "reference" / TABLE
    kept: dict[tuple[str, ...], dict[str, str]] = {}
    if path.is_file():
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [{name: row.get(name) or "" for name in DECLARATION_COLUMNS} for row in csv.DictReader(file)]
    else:
        rows = []
    for row in (*rows, *answers):
        key = row["facility_id"], row["emission_source"], row["year"]
        kept[key] = {name: row[name] or kept.get(key, {}).get(name, "") for name in DECLARATION_COLUMNS}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, DECLARATION_COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept.values())
    return path, len(kept)
