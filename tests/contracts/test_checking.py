"""Checking before submitting, feedback workbooks, templates."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import polars as pl
import pytest

from data_contracts.checking import check
from data_contracts.feeds import FEEDS, Feed
from data_contracts.judging import Context
from data_contracts.reading import FINDINGS_SHEET
from data_contracts.workbooks import write_feedback, write_template

from .conftest import GOOD_ROWS, write_csv, write_feed, write_xlsx


def test_check_of_a_file_accounts_for_every_row(workspace: Path, tmp_path: Path) -> None:
    path = write_feed(tmp_path / "energy_ledger.csv", "energy_ledger", {}, {}, {"unit": "?"}, {"quantity": "2"})
    result = check(path, workspace)
    assert result.sheets.rows() == [("energy_ledger.csv", "", "energy_ledger", 4, 2, 1, 1)]
    assert not result.is_accepted
    duplicate = result.findings.filter(pl.col("rule") == "duplicate_row").row(0, named=True)
    assert duplicate["source_row"] == 3
    assert "energy_ledger.csv 2" in duplicate["message_en"]
    assert not (workspace / "warehouse").exists()


def test_check_of_a_folder_finds_duplicates_between_files(workspace: Path, tmp_path: Path) -> None:
    folder = tmp_path / "march"
    write_feed(folder / "a" / "energy_ledger.csv", "energy_ledger", {})
    write_feed(folder / "b" / "energy_ledger.csv", "energy_ledger", {})
    (folder / "~$energy_ledger.xlsx").write_bytes(b"lock")
    (folder / ".~lock.energy_ledger.csv#").write_bytes(b"lock")
    result = check(folder, workspace)
    assert result.is_accepted
    assert result.sheets.select("path", "rows_accepted", "rows_duplicate").rows() == [
        ("a/energy_ledger.csv", 1, 0),
        ("b/energy_ledger.csv", 0, 1),
    ]


def test_check_of_nothing(workspace: Path) -> None:
    with pytest.raises(FileNotFoundError):
        check(workspace / "missing.csv", workspace)


def test_feedback_marks_the_senders_own_cells(workspace: Path, tmp_path: Path) -> None:
    good = GOOD_ROWS["energy_ledger"]
    columns = FEEDS["energy_ledger"].by_name
    bad = {**good, "unit": "kwH", "facility_id": "qujing", "remark": "=HYPERLINK(1)"}
    rows = [["2024 年台账"], [columns[name].zh for name in good], list(good.values()), list(bad.values())]
    path = write_csv(tmp_path / "energy_ledger.csv", rows)
    result = check(path, workspace)
    out = write_feedback(path, result.findings, tmp_path / "out" / "能源台账-feedback.xlsx")
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == [FINDINGS_SHEET, "能源台账"]
    sheet = book["能源台账"]
    position = {name: index for index, name in enumerate(good, start=1)}
    for column, value in (("unit", "kwH"), ("facility_id", "qujing")):
        cell = sheet.cell(4, position[column])
        assert cell.value == value
        assert columns[column].label_zh in cell.comment.text
        assert columns[column].label_en in cell.comment.text
    assert sheet.cell(3, position["unit"]).comment is None
    remark = sheet.cell(4, position["remark"])
    assert (remark.value, remark.data_type) == ("=HYPERLINK(1)", "s")
    assert "2 error" in book[FINDINGS_SHEET].cell(1, 1).value
    # What comes back is read like what was sent.
    again = check(out, workspace)
    assert again.sheets.select("rows_in", "rows_rejected").rows() == [(2, 1)]


def test_feedback_of_a_workbook_keeps_its_sheets(workspace: Path, tmp_path: Path) -> None:
    good = GOOD_ROWS["production"]
    path = write_xlsx(tmp_path / "月报.xlsx", {"产量": [list(good), [*list(good.values())[:-1], "?"]], "封面": [["x"]]})
    result = check(path, workspace)
    book = openpyxl.load_workbook(write_feedback(path, result.findings, tmp_path / "feedback.xlsx"))
    assert book.sheetnames == [FINDINGS_SHEET, "产量"]
    assert book["产量"].cell(2, 6).comment is not None


def test_feedback_of_an_unreadable_file_is_its_findings(workspace: Path, tmp_path: Path) -> None:
    path = tmp_path / "energy_ledger.xlsx"
    path.write_bytes(b"nothing")
    book = openpyxl.load_workbook(write_feedback(path, check(path, workspace).findings, tmp_path / "feedback.xlsx"))
    assert book.sheetnames == [FINDINGS_SHEET]


def test_feedback_of_a_large_file_shows_the_faulty_rows(workspace: Path, tmp_path: Path) -> None:
    changes = [{"record_id": str(number)} for number in range(20_010)]
    changes[20_005]["unit"] = "?"
    path = write_feed(tmp_path / "activity_log.csv", "activity_log", *changes)
    book = openpyxl.load_workbook(write_feedback(path, check(path, workspace).findings, tmp_path / "feedback.xlsx"))
    sheet = book["活动数据"]
    assert sheet.max_row == 2
    assert sheet.cell(2, 1).value == "20005"
    assert sheet.cell(2, sheet.max_column).value == "20007"
    assert sheet.cell(2, 7).comment is not None


@pytest.mark.parametrize("feed", FEEDS.values(), ids=lambda feed: feed.name)
def test_template_is_read_back_when_filled_in(
    feed: Feed, shared_context: Context, workspace: Path, tmp_path: Path
) -> None:
    path = write_template(feed, shared_context.vocabulary, tmp_path / f"{feed.name}-template.xlsx")
    empty = check(path, workspace)
    assert empty.findings["rule"].to_list() == ["no_data_rows"]
    book = openpyxl.load_workbook(path)
    sheet = book[feed.zh]
    validated = {str(rule.sqref) for rule in sheet.data_validations.dataValidation}
    assert len(validated) == sum(
        bool(column.kind in ("facility", "activity_type", "unit", "currency", "choice", "name"))
        for column in feed.columns
    )
    for position, value in enumerate(GOOD_ROWS[feed.name].values(), start=1):
        sheet.cell(2, position, value)
    book.save(path)
    filled = check(path, workspace)
    assert filled.findings["message_en"].to_list() == []
    assert filled.sheets["rows_accepted"].to_list() == [1]
