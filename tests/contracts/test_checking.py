"""Checking before submitting."""

from __future__ import annotations

import os
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


def test_names_that_are_not_utf8_get_a_verdict(workspace: Path, tmp_path: Path) -> None:
    folder = tmp_path / "march"
    for at, name in enumerate(("energy_ledger-济宁.csv", "energy_ledger-扬州.csv")):
        write_feed(folder / os.fsdecode(name.encode("gbk")), "energy_ledger", {"quantity": str(at + 1)})
    write_feed(folder / "invoices.csv", "invoices", {"quantity": ""})
    shown = [
        "energy_ledger-\ufffd\ufffd\ufffd\ufffd.csv",
        "energy_ledger-\ufffd\ufffd\ufffd\ufffd-2.csv",
        "invoices.csv",
    ]
    result = check(folder, workspace)
    assert sorted(result.sheets.select("path", "rows_accepted").rows()) == sorted(zip(shown, (1, 1, 0), strict=True))
    assert {path for path in result.files if result.files[path].exists()} == set(shown)
    single = check(folder / os.fsdecode("energy_ledger-济宁.csv".encode("gbk")), workspace)
    assert single.sheets["path"].to_list() == shown[:1]
