"""The names that fit no single type go out as a workbook, and come back as aliases."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import polars as pl
import pytest

from data_contracts.declarations.vocabulary import Vocabulary
from data_contracts.judging.reference import load_reference
from orchestration.name_answers import HEADER_ROW, NotAnswers, keep_answers, questions, read_answers, write_workbook
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
        book.worksheets[0].cell(HEADER_ROW + 2 + row, 2, text)
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
