"""Checking before submitting."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from data_contracts.judging import checking
from data_contracts.judging.checking import check

from .conftest import GOOD_ROWS, write_csv, write_feed


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


def readings(begin: datetime, count: int) -> list[dict[str, object]]:
    """Readings every quarter of an hour, all of the same quantity."""
    moments = [begin + timedelta(minutes=15 * step) for step in range(count)]
    return [GOOD_ROWS["energy_ledger"] | {"start_date": moment, "end_date": moment} for moment in moments]


def test_readings_of_one_day_are_no_duplicates(workspace: Path, tmp_path: Path) -> None:
    """However the file says it, the first readings of the day are rows of their own, and sent again they are not."""
    rows = readings(datetime(2024, 3, 1), 4)
    names, written = list(rows[0]), [[str(value) for value in row.values()] for row in rows]
    folder = tmp_path / "march"
    write_csv(folder / "1" / "energy_ledger.csv", [names, *written])
    american = [[f"1-Mar-2024 12{cell[13:]} AM" if ":" in cell else cell for cell in row] for row in written]
    write_csv(folder / "2" / "energy_ledger.csv", [names, *american])
    workbook = folder / "3" / "energy_ledger.xlsx"
    workbook.parent.mkdir(parents=True)
    with xlsxwriter.Workbook(workbook, {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        sheet = book.add_worksheet("energy_ledger")
        for index, row in enumerate([names, *(list(row.values()) for row in rows)]):
            sheet.write_row(index, 0, row)
    (folder / "4").mkdir()
    pl.DataFrame(rows).write_parquet(folder / "4" / "energy_ledger.parquet")
    result = check(folder, workspace)
    assert result.is_accepted
    assert result.sheets.select("rows_accepted", "rows_duplicate").rows() == [(4, 0), (0, 4), (0, 4), (0, 4)]


def test_midnight_is_the_day_itself(workspace: Path, tmp_path: Path) -> None:
    same = [{"start_date": text} for text in ("2024-03-01", "2024-03-01 00:00:00", "2024-03-01T00:00+08:00")]
    result = check(write_feed(tmp_path / "energy_ledger.csv", "energy_ledger", *same), workspace)
    assert result.sheets.select("rows_accepted", "rows_duplicate").rows() == [(1, 2)]


def test_times_of_any_date_cell_tell_rows_apart(workspace: Path, tmp_path: Path) -> None:
    changes = [{"end_date": "2024-03-31 08:00"}, {"end_date": "2024-03-31"}, {"start_date": "2024-03-01 08:00"}]
    result = check(write_feed(tmp_path / "energy_ledger.csv", "energy_ledger", *changes), workspace)
    assert result.sheets.select("rows_accepted", "rows_duplicate").rows() == [(3, 0)]


def test_rows_compared_in_parts_have_the_same_duplicates(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = [{"quantity": str(n % 10)} for n in range(30)]
    path = write_feed(tmp_path / "energy_ledger.csv", "energy_ledger", *changes)
    whole = check(path, workspace)
    assert whole.sheets.select("rows_accepted", "rows_duplicate").rows() == [(10, 20)]
    monkeypatch.setattr(checking, "SLICE_ROWS", 3)
    assert check(path, workspace).findings.equals(whole.findings)


def test_check_of_nothing(workspace: Path) -> None:
    with pytest.raises(FileNotFoundError):
        check(workspace / "missing.csv", workspace)


def test_names_that_are_not_utf8_get_a_verdict(workspace: Path, tmp_path: Path) -> None:
    folder = tmp_path / "march"
    for at, name in enumerate(("energy_ledger-济宁.csv", "energy_ledger-扬州.csv")):
        write_feed(folder / os.fsdecode(name.encode("gbk")), "energy_ledger", {"quantity": str(at + 1)})
    write_feed(folder / "invoices.csv", "invoices", {"quantity": ""})
    shown = [r"energy_ledger-\xbc\xc3\xc4\xfe.csv", r"energy_ledger-\xd1\xef\xd6\xdd.csv", "invoices.csv"]
    result = check(folder, workspace)
    assert sorted(result.sheets.select("path", "rows_accepted").rows()) == sorted(zip(shown, (1, 1, 0), strict=True))
    assert {path for path in result.files if result.files[path].exists()} == set(shown)
    single = check(folder / os.fsdecode("energy_ledger-济宁.csv".encode("gbk")), workspace)
    assert single.sheets["path"].to_list() == shown[:1]
