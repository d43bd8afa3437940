"""The names that fit no single type go out as a workbook, and come back as aliases."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import openpyxl
import polars as pl
import pytest

from data_contracts.answers.feedback_workbooks import write_feedback
from data_contracts.declarations.vocabulary import Vocabulary
from data_contracts.judging.checking import check
from data_contracts.judging.reference import load_reference
from data_contracts.readers.delivered_files import FINDINGS_SHEET
from orchestration.answer_workbooks import NotAnswers
from orchestration.name_answers import FORM, answers_in, keep_answers, questions, read_answers, write_workbook
from orchestration.scaffold import make_workspace
from orchestration.workspace import Workspace

VOCABULARY = Vocabulary.build({})
FINDINGS = pl.DataFrame(
    [
        ("ambiguous_activity_type", "柴油", "问", "ask"),
        ("ambiguous_activity_type", "柴油", "问", "ask"),
        ("activity_type_open", "绿电", "问", "ask"),
        ("unknown_activity_type", "Argon/CO2 widget", "问", "ask"),
        ("unknown_unit", "kwH", "问", "ask"),
    ],
    schema=["rule", "source_value", "message_zh", "message_en"],
    orient="row",
)


def answered(path: Path, answers: dict[int, str]) -> Path:
    book = openpyxl.load_workbook(write_workbook(questions(FINDINGS, VOCABULARY), path))
    for row, text in answers.items():
        book.worksheets[0].cell(FORM.header_row + 2 + row, 2, text)
    book.save(path)
    return path


def test_each_name_is_asked_about_once_with_what_fits() -> None:
    assert [row[:3] for row in questions(FINDINGS, VOCABULARY)] == [
        ("柴油", None, "diesel_mobile, diesel_stationary"),
        ("绿电", None, None),
        ("Argon/CO2 widget", None, "argon, fugitive_co2, process_co2"),
    ]


def test_an_answer_goes_back_and_is_understood(tmp_path: Path) -> None:
    root = tmp_path / "company"
    make_workspace(root)
    workspace = Workspace.open(root)
    (root / "reference" / "activity_aliases.csv").write_text(
        "name,activity_type\n柴油,diesel_mobile\n油,diesel_mobile\n"
    )
    # A code or a name; what is not answered stays a question.
    path = answered(tmp_path / "n.xlsx", {0: "柴油（固定源）", 1: "grid_electricity"})
    table, rows = keep_answers(workspace, read_answers(path, VOCABULARY))
    assert (table.name, rows) == ("activity_aliases.csv", 3)
    vocabulary = Vocabulary.build(load_reference(root))
    read = vocabulary.resolve_activity_type(pl.Series(["柴油", "绿电", "油", "Argon/CO2 widget"]))["value"]
    assert read.to_list() == ["diesel_stationary", "grid_electricity", "diesel_mobile", None]


def test_an_answer_that_is_no_type_changes_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotAnswers, match="绿的电"):
        read_answers(answered(tmp_path / "n.xlsx", {1: "绿的电"}), VOCABULARY)
    openpyxl.Workbook().save(tmp_path / "other.xlsx")
    with pytest.raises(NotAnswers):
        read_answers(tmp_path / "other.xlsx", VOCABULARY)


@pytest.fixture
def feedback(tmp_path: Path) -> tuple[Path, Path, Workspace]:
    """The feedback on a file with two names that are asked about, answered; the file, and the workspace."""
    root = tmp_path / "company"
    make_workspace(root)
    facility = load_reference(root)["facilities"]["facility_id"][0]
    file = root / "landing" / "2024-03" / facility / "energy_ledger.csv"
    file.parent.mkdir(parents=True)
    rows = [f"2024-03,{facility},{name},5,{unit}" for name, unit in (("柴油", "L"), ("柴油", "L"), ("LDO", "L"))]
    file.write_text("\n".join(["period,facility_id,activity_type,quantity,unit", *rows]), encoding="utf-8")
    back = tmp_path / "back" / "energy_ledger.csv.feedback.xlsx"
    write_feedback(file, check(file, root).findings, back)
    return back, file, Workspace.open(root)


def fill_in(path: Path, answers: dict[str, list[str]]) -> None:
    """Write answers beside the values of the list of findings, one after the other."""
    book = openpyxl.load_workbook(path)
    rows = list(book[FINDINGS_SHEET].iter_rows())
    header = next(row for row in rows if str(row[-1].value).endswith("answer"))
    value = next(cell.column for cell in header if str(cell.value).endswith("value")) - 1
    for row in rows[header[0].row :]:
        if answers.get(row[value].value):
            row[-1].value = answers[row[value].value].pop(0)
    book.save(path)


def test_a_feedback_workbook_is_answered_in_its_own_list(
    feedback: tuple[Path, Path, Workspace], helioledger: Callable[..., CompletedProcess[str]]
) -> None:
    back, file, workspace = feedback
    top = [cell.value for cell in openpyxl.load_workbook(back)[FINDINGS_SHEET]["A"][:8]]
    assert any("helioledger names --answers" in str(line) for line in top)
    fill_in(back, {"柴油": ["diesel_stationary"], "LDO": ["燃料油（固定源）"]})
    # It comes back into a folder, among files in which nobody answers.
    (back.parent / "other.xlsx").write_text("no workbook", encoding="utf-8")
    done = helioledger("names", "--answers", str(back.parent), "--workspace", str(workspace.root))
    assert done.returncode == 0, done.stderr
    table = (workspace.root / "reference" / "activity_aliases.csv").read_text(encoding="utf-8").splitlines()
    assert sorted(table[1:]) == ["LDO,fuel_oil_stationary", "柴油,diesel_stationary"]
    assert check(file, workspace.root).is_accepted
    # The list of findings is no data, wherever the workbook comes in.
    assert check(back, workspace.root).sheets["rows_in"].to_list() == [3]


def test_two_answers_to_one_name_are_refused(feedback: tuple[Path, Path, Workspace]) -> None:
    back, _, _ = feedback
    fill_in(back, {"柴油": ["diesel_stationary", "diesel_mobile"]})
    with pytest.raises(NotAnswers, match="柴油 is answered in two ways"):
        answers_in(back, VOCABULARY)
