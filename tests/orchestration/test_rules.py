"""What files are judged by is known from the last time only while nothing of it has changed."""

import json
import subprocess
import sys

import pytest

from data_contracts.declarations.problems import ReferenceProblems
from orchestration import rules
from orchestration.rules import ReferenceChanged, Rules

NOTHING_TO_DO = """
import sys
from orchestration.cli import main
sys.argv = ["helioledger", *sys.argv[1:]]
try:
    main()
except SystemExit as end:
    assert not end.code
print(sorted({name.partition(".")[0] for name in sys.modules}))
"""


@pytest.fixture
def load(workspace):
    """The rules as a new process loads them."""

    def load() -> Rules:
        rules._rules.cache_clear()
        return Rules.load(workspace)

    return load


def test_unchanged_tables_are_not_read_again(workspace, load):
    first = load()
    assert "_read" in vars(first)
    again = load()
    assert "_read" not in vars(again)
    assert again.context_hash == first.context_hash == again.context.context_hash


@pytest.mark.parametrize("kept", [b"", b"[]", b"{}", b'{"context_hash": "0000"}', b"\xff"])
def test_a_damaged_note_of_the_context_counts_as_none(workspace, load, kept):
    right = load().context_hash
    workspace.context_file.write_bytes(kept)
    assert load().context_hash == right
    assert json.loads(workspace.context_file.read_bytes())["context_hash"] == right


def test_a_changed_table_or_setting_is_read_again(workspace, load):
    right = load().context_hash
    facilities = workspace.reference / "facilities.csv"
    before = facilities.read_text()
    facilities.write_text(before + "PLANT-2" + before.splitlines()[1].removeprefix("PLANT-1") + "\n")
    assert load().context_hash != right
    facilities.write_text(before)
    assert load().context_hash == right
    settings = workspace.organization_file.read_text()
    workspace.organization_file.write_text(settings + "\nperiod_end: exclusive\n")
    assert load().context_hash != right


def test_a_table_that_has_become_wrong_stops_a_run(workspace, load):
    load()
    (workspace.reference / "facilities.csv").write_text("facility_id,name,country\nPLANT-1,Plant,nowhere\n")
    with pytest.raises(ReferenceProblems, match="not_a_country"):
        load()


def test_tables_changed_after_the_rules_were_loaded_are_not_taken_for_them(workspace, load):
    load()
    known = load()
    facilities = workspace.reference / "facilities.csv"
    facilities.write_text(facilities.read_text().replace("PLANT-1", "PLANT-9"))
    with pytest.raises(ReferenceChanged):
        _ = known.reference


def test_check_of_a_sound_file_imports_neither_duckdb_nor_pandera_nor_a_workbook_writer(workspace, deliver):
    """Whether a contract is broken, polars says; pandera is asked by what, and where."""
    path = deliver("2024-01/BASE/energy_ledger.csv", "10")
    command = [sys.executable, "-c", NOTHING_TO_DO, "check", str(path), "--workspace", str(workspace.root)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    imported = said.strip().splitlines()[-1]
    for absent in ("duckdb", "dagster", "dbt", "openpyxl", "xlsxwriter", "pandas", "pandera", "numpy"):
        assert f"'{absent}'" not in imported
    assert "'polars'" in imported


def test_check_of_a_faulty_file_imports_no_pandas(workspace, deliver):
    """Pandera looks for it with the first check that it runs."""
    path = deliver("2024-01/BASE/energy_ledger.csv", "ten")
    command = [sys.executable, "-c", NOTHING_TO_DO.replace("not end.code", "end.code == 1"), "check", str(path)]
    said = subprocess.run(
        [*command, "--workspace", str(workspace.root)], capture_output=True, text=True, check=True
    ).stdout
    imported = said.strip().splitlines()[-1]
    assert "'pandas'" not in imported
    assert "'pandera'" in imported
