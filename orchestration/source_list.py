"""The list of sources of each facility: as a table, as a workbook to answer in, and the answers back as a reference
table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from orchestration.answer_workbooks import Form, Row, keep, read_sheet
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
FORM = Form(sheet="排放源 sources", guide=GUIDE, columns=COLUMNS, frozen=3)
NEEDED = ("facility_id", "emission_source", "year", "status", "reason_en", "reason_zh")


def write_workbook(rows: Iterable[tuple], path: Path) -> Path:
    """The list as a workbook; what is a question stands out, and its reasons may be filled in."""
    return FORM.write(_shown(rows), path)


def _shown(rows: Iterable[tuple]) -> Iterator[Row]:
    for row in rows:
        values = dict(zip((name for name, _, _ in COLUMNS), row, strict=True))
        look = "plain"
        if values["status"] == "not_answered":
            look = "likely" if values["usual_here"] else "question"
        values["status"] = f"{STATUS_ZH[values['status']]} {values['status']}"
        if values["usual_here"] is not None:
            values["usual_here"] = "是 yes" if values["usual_here"] else "否 no"
        yield Row(tuple(values.values()), (look,) * len(COLUMNS))


def read_answers(path: Path) -> list[dict[str, str]]:
    """The rows of an answered workbook that give a reason, as rows of source_declarations.csv.

    Raises NotAnswers for any other file.
    """
    return [
        {name: row.get(name, "") for name in DECLARATION_COLUMNS}
        for row in _answered(path)
        if not row.get("status", "").endswith("present") and (row.get("reason_en") or row.get("reason_zh"))
    ]


def not_taken(path: Path) -> list[str]:
    """What an answered workbook says that declares nothing, as lines to print."""
    lines = []
    for row in _answered(path):
        named = f"{row.get('facility_id', '')} {row['emission_source']} {row.get('year', '')}"
        reason = row.get("reason_en") or row.get("reason_zh")
        if reason and row.get("status", "").endswith("present"):
            lines.append(f"{named}: has data, so its reason was left out. Where the data is wrong, withdraw its file.")
        elif not reason and row.get("status", "").endswith("declared_absent"):
            lines.append(f"{named}: stays declared absent. To take that back, delete its row of reference/{TABLE}.")
    return lines


def _answered(path: Path) -> list[dict[str, str]]:
    rows = read_sheet(path, NEEDED, "workbook of `helioledger sources`")
    return [row for row in rows if row.get("emission_source")]


def keep_answers(workspace: Workspace, answers: Iterable[dict[str, str]]) -> tuple[Path, int]:
    """Answers over the rows that reference/source_declarations.csv has; the table and how many rows it holds then."""
    table = workspace.root / "reference" / TABLE
    return table, keep(
        table, DECLARATION_COLUMNS, answers, lambda row: (row["facility_id"], row["emission_source"], row["year"])
    )
