"""The workbook of sources goes out, and comes back as a reference table."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from data_contracts.declarations.problems import ReferenceProblems
from data_contracts.judging.reference import load_reference
from orchestration.answer_workbooks import NotAnswers
from orchestration.scaffold import make_workspace
from orchestration.source_list import COLUMNS, FORM, keep_answers, not_taken, read_answers, write_workbook
from orchestration.workspace import Workspace

NAMES = [name for name, _, _ in COLUMNS]
ROWS = [
    (2024, "a", "urea", "尿素", "Urea", 1, "cell", True, "not_answered", None, None, None),
    (2024, "a", "septic_tanks", "化粪池", "Septic tanks", 1, None, False, "declared_absent", None, None, "sewer"),
    (2024, "a", "sf6_equipment", "=SF6", "SF6", 1, "cell", None, "present", Decimal("1.5"), None, None),
    (2024, "a", "carbonates", "碳酸盐", "Carbonates", 1, "cell", False, "not_answered", None, None, None),
]


def answered(path: Path, answers: dict[tuple[int, str], str]) -> Path:
    book = openpyxl.load_workbook(write_workbook(ROWS, path))
    for (row, column), text in answers.items():
        book.worksheets[0].cell(FORM.header_row + 2 + row, NAMES.index(column) + 1, text)
    book.save(path)
    return path


def test_the_workbook_holds_the_list(tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(write_workbook(ROWS, tmp_path / "s.xlsx")).worksheets[0]
    cells = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=FORM.header_row + 2)]
    assert [(row[2], *row[7:10]) for row in cells] == [
        ("urea", "是 yes", "待答复 not_answered", None),
        ("septic_tanks", "否 no", "已声明不存在 declared_absent", None),
        ("sf6_equipment", None, "已有数据 present", 1.5),
        ("carbonates", "否 no", "待答复 not_answered", None),
    ]
    # What plants of this kind usually have stands out among the questions.
    colours = [row[0].fill.fgColor.rgb for row in sheet.iter_rows(min_row=FORM.header_row + 2)]
    assert colours == ["FFFFC7CE", "00000000", "00000000", "FFFFEB9C"]
    # Text is never a formula.
    assert sheet.cell(FORM.header_row + 4, 4).data_type == "s"


def test_reasons_come_back_as_declarations(tmp_path: Path) -> None:
    """A reason beside data declares nothing, and neither does a question without one."""
    root = tmp_path / "company"
    make_workspace(root)
    facility = load_reference(root)["facilities"]["facility_id"][0]
    path = answered(
        tmp_path / "s.xlsx",
        {(0, "reason_zh"): "无脱硝", (2, "reason_en"): "none", **{(row, "facility_id"): facility for row in range(4)}},
    )
    answers = read_answers(path)
    assert [(row["emission_source"], row["reason_zh"], row["reason_en"]) for row in answers] == [
        ("urea", "无脱硝", ""), ("septic_tanks", "", "sewer"),
    ]  # fmt: skip
    unheard = not_taken(
        answered(tmp_path / "t.xlsx", {(0, "reason_en"): "no SCR", (1, "reason_en"): "", (2, "reason_en"): "none"})
    )
    assert [line.split(":")[0].split(" ", 1)[1] for line in unheard] == ["septic_tanks 2024", "sf6_equipment 2024"]
    assert "stays declared absent" in unheard[0]
    assert "has data" in unheard[1]
    workspace = Workspace.open(root)
    table, rows = keep_answers(workspace, answers)
    assert (table.name, rows) == ("source_declarations.csv", 2)
    # A second answer goes over the first, and keeps what it does not say.
    again = [{**answers[0], "reason_zh": "", "reason_en": "no SCR"}]
    assert keep_answers(workspace, again) == (table, 2)
    declared = load_reference(root)["source_declarations"]
    assert declared.select("facility_id", "emission_source", "year", "reason_en", "reason_zh").rows() == [
        (facility, "urea", 2024, "no SCR", "无脱硝"),
        (facility, "septic_tanks", 2024, "sewer", None),
    ]


@pytest.mark.parametrize("content", ["not a workbook", None])
def test_another_file_is_no_answer(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "other.xlsx"
    if content:
        path.write_text(content, encoding="utf-8")
    else:
        openpyxl.Workbook().save(path)
    with pytest.raises(NotAnswers):
        read_answers(path)


def test_answers_need_no_other_columns_than_theirs(tmp_path: Path) -> None:
    columns = ["facility_id", "emission_source", "year", "status", "reason_en", "reason_zh"]
    book = openpyxl.Workbook()
    for _ in range(FORM.header_row):
        book.active.append(["a title"])
    book.active.append(columns)
    book.active.append(["a", "urea", 2024, "absent", "none here", None])
    book.save(tmp_path / "answers.xlsx")
    assert [row["facility_id"] for row in read_answers(tmp_path / "answers.xlsx")] == ["a"]
    book.active.delete_cols(4)
    book.save(tmp_path / "answers.xlsx")
    with pytest.raises(NotAnswers):
        read_answers(tmp_path / "answers.xlsx")


@pytest.mark.parametrize(
    ("row", "rule"),
    [("a,unheard_of,2024,none", "value_not_accepted"), (",urea,2024,", "incomplete_values")],
)
def test_a_declaration_needs_a_known_source_and_a_reason(row: str, rule: str, tmp_path: Path) -> None:
    root = tmp_path / "company"
    make_workspace(root)
    facility = load_reference(root)["facilities"]["facility_id"][0]
    text = f"facility_id,emission_source,year,reason_en\n{row.replace('a,', f'{facility},', 1)}\n"
    (root / "reference" / "source_declarations.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ReferenceProblems) as refused:
        load_reference(root)
    assert rule in [problem.rule for problem in refused.value.problems]
