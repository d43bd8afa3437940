"""Checking before submitting."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from data_contracts.checking import check

from .conftest import write_feed


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
