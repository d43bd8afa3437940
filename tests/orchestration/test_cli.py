"""The command line: exit codes, messages for its user, and what it writes where."""

import csv
import io
import json
import os
import signal
import socket
from decimal import Decimal

import pytest

from orchestration import release, scaffold, transformation, warehouse
from orchestration.commands import operating
from orchestration.console import exact, rounded

COMMANDS = [
    "run", "verify", "recover", "backup", "restore", "check", "template", "query", "report", "supplier-footprint",
    "product-footprint", "trace", "pack", "sample", "uncertainty", "close", "reopen", "prove", "compare",
    "simulate", "ui", "deploy", "init",
]  # fmt: skip


@pytest.fixture
def published(workspace):
    """A workspace with one published mart of awkward values."""
    with warehouse.connect(workspace.marts_database) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.figures as select 2024 as year, '厂, \"A\"' as name,"
            " 12345678901234567890.120000000000000000::decimal(38, 18) as co2e_t, null::varchar as remark,"
            " true as on_track, [0.10::decimal(4, 2)] as shares, date '2024-01-31' as day"
        )
    release.publish(workspace, {})
    return workspace


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_an_example(command, helioledger):
    finished = helioledger(command, "--help")
    assert finished.returncode == 0
    assert f"Example: helioledger {command}" in " ".join(finished.stdout.split())


def test_wrong_use_is_exit_code_2_and_no_traceback(workspace, helioledger, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    wrong = [
        ("run", "--workspace", tmp_path / "nowhere"),
        ("run", "--workspace", empty),
        ("run", "--workspace", workspace.root, "--from", "2024-13"),
        ("run", "--workspace", workspace.root, "--from", "2024-03", "--to", "2024-01"),
        ("run", "--workspace", workspace.root, "--from", "9999-01"),
        ("run", "--no-such-option"),
        ("check", "nowhere.csv", "--workspace", workspace.root),
        ("template", "no_feed", "--workspace", workspace.root),
        ("template", "invoices", "--output", workspace.organization_file, "--workspace", workspace.root),
        ("template", "invoices", "--output", "/proc/invoices.xlsx", "--workspace", workspace.root),
        ("query", "select 1", "--workspace", workspace.root),
        ("report", "--workspace", workspace.root),
        ("report", "--language", "de", "--workspace", workspace.root),
        ("supplier-footprint", "nowhere.json", "--activity-type", "a", "--supplier", "s", "-o", tmp_path / "x.csv"),
        ("product-footprint", "nowhere.json", "-o", tmp_path / "x.json", "--workspace", workspace.root),
        ("trace", "0123", "--workspace", workspace.root),
        ("pack", "--year", "2024", "--output", tmp_path / "pack", "--workspace", workspace.root),
        ("sample", "--year", "2024", "--seed", "1", "--workspace", workspace.root),
        ("sample", "--evaluate", workspace.organization_file, "--workspace", workspace.root),
        ("uncertainty", "--year", "2024", "--workspace", workspace.root),
        ("init", workspace.root),
    ]
    for arguments in wrong:
        finished = helioledger(*arguments)
        assert finished.returncode == 2, arguments
        assert "Traceback" not in finished.stderr, arguments
        assert finished.stderr, arguments
    assert list(empty.iterdir()) == []
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_workspace_is_named(workspace, helioledger):
    workspace.warehouse.chmod(0o500)
    finished = helioledger("run", "--workspace", workspace.root)
    workspace.warehouse.chmod(0o700)
    assert finished.returncode == 2
    assert "Nothing can be written under" in finished.stderr


def test_a_warehouse_that_cannot_be_made_is_named(tmp_path, helioledger):
    scaffold.make_workspace(tmp_path)
    (tmp_path / "warehouse").write_text("in the way")
    finished = helioledger("run", "--workspace", tmp_path)
    assert finished.returncode == 2
    assert "Nothing can be written under" in finished.stderr


def test_invalid_settings_and_reference_stop_a_run_with_every_problem(workspace, helioledger):
    settings = workspace.organization_file.read_text()
    workspace.organization_file.write_text(settings + "colour: green\n")
    finished = helioledger("run", "--workspace", workspace.root)
    assert finished.returncode == 1
    assert "colour" in finished.stdout
    assert "Nothing was published" in finished.stdout

    workspace.organization_file.write_text(settings)
    (workspace.reference / "facilities.csv").write_text("facility_id,name,country\nA,First,CHINA\nA,Second,CHN\n")
    finished = helioledger("run", "--workspace", workspace.root)
    assert finished.returncode == 1
    assert "CHINA" in finished.stdout
    assert "Traceback" not in finished.stderr


@pytest.mark.parametrize(
    ("largest_file_kb", "reason"), [(10, "File too large"), (1000, "disk I/O error"), (5000, "File too large")]
)
def test_a_disk_that_takes_no_more_stops_a_run_with_its_reason(
    largest_file_kb, reason, workspace, deliver, parsed_dbt_project, helioledger
):
    """The kernel writes no file beyond a size: the database before the run, Dagster's history, a mart."""
    parsed_dbt_project(workspace.root)
    transformation.parsed_project(workspace)  # else its files are the first that are too large
    deliver("2024-01/BASE/energy_ledger.csv", "10")
    finished = helioledger("run", "--workspace", workspace.root, largest_file=largest_file_kb * 1024)
    assert finished.returncode == 1
    assert reason in finished.stdout + finished.stderr
    assert "Nothing was published" in finished.stdout
    assert "Traceback" not in finished.stdout + finished.stderr


def test_check_refuses_and_writes_a_feedback_workbook(workspace, deliver, helioledger):
    good = deliver("2024-01/BASE/energy_ledger.csv", "10")
    finished = helioledger("check", good, "--workspace", workspace.root)
    assert finished.returncode == 0, finished.stdout
    assert not workspace.feedback.exists()

    bad = deliver("2024-01/BASE/energy_ledger-2.csv", "10", "ten")
    finished = helioledger("check", bad, "--workspace", workspace.root, "--language", "zh")
    assert finished.returncode == 1
    assert "不是数字" in finished.stdout
    assert list(workspace.feedback.glob("*.xlsx"))


def test_template_is_accepted_by_check(workspace, helioledger, tmp_path):
    target = tmp_path / "能源台账.xlsx"
    assert helioledger("template", "能源台账", "-o", target, "--workspace", workspace.root).returncode == 0
    assert helioledger("check", target, "--workspace", workspace.root).returncode == 0
    assert helioledger("template", "invoices", "--workspace", workspace.root).returncode == 0
    assert (workspace.templates / "invoices.xlsx").is_file()


def test_query_prints_exact_decimals(published, helioledger):
    def query(sql, *options):
        finished = helioledger("query", sql, "--workspace", published.root, *options)
        assert finished.returncode == 0, finished.stderr
        return finished.stdout

    (row,) = json.loads(query("select * from figures", "--format", "json"), parse_float=Decimal)
    assert row == {
        "year": 2024,
        "name": '厂, "A"',
        "co2e_t": Decimal("12345678901234567890.12"),
        "remark": None,
        "on_track": True,
        "shares": [Decimal("0.1")],
        "day": "2024-01-31",
    }
    (row,) = csv.DictReader(io.StringIO(query("select * from marts.figures", "--format", "csv")))
    assert (row["name"], row["co2e_t"], row["remark"]) == ('厂, "A"', "12345678901234567890.12", "")
    assert "12345678901234567890.12" in query("select co2e_t from figures")
    assert json.loads(query("select * from figures where false", "--format", "json")) == []


def test_query_reads_the_publication_only(published, helioledger):
    for sql in (
        "",
        "-- nothing",
        "selec",
        "select * from raw.loads",
        "create table marts.mine (a int)",
        "drop table figures",
    ):
        finished = helioledger("query", sql, "--workspace", published.root)
        assert finished.returncode == 2, sql
        assert "Traceback" not in finished.stderr
    # The work file is held by a run; readers do not care.
    with warehouse.open_work(published):
        assert helioledger("query", "select year from figures", "--workspace", published.root).returncode == 0


def test_numbers_for_people_and_numbers_in_full():
    assert exact(Decimal("100.000")) == "100"
    assert exact(Decimal("1E+3")) == "1000"
    assert exact(Decimal("-0.0000000010")) == "-0.000000001"
    assert rounded(Decimal("1234.5675"), 3) == "1,234.568"
    assert rounded(Decimal("-0.0005"), 3) == "-0.001"
    assert rounded(None) == "-"


def test_a_port_that_is_taken_ends_the_ui_before_its_schedule_runs(workspace, helioledger):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        finished = helioledger("ui", "--workspace", workspace.root, "--port", port)
    assert finished.returncode == 2
    assert f"127.0.0.1:{port}" in finished.stderr
    assert "--port names another" in finished.stderr


def test_the_ui_can_be_ended_when_a_script_started_it_in_the_background(workspace, parsed_dbt_project, monkeypatch):
    """A shell that is not interactive lets its background processes ignore SIGINT; Dagster treats SIGTERM as that."""
    parsed_dbt_project(workspace.root)
    ignored = []
    monkeypatch.setattr(os, "execv", lambda *_: ignored.append(signal.getsignal(signal.SIGINT) is signal.SIG_IGN))
    monkeypatch.chdir(workspace.root)
    former = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        operating.ui(workspace=workspace.root)
    finally:
        signal.signal(signal.SIGINT, former)
    assert ignored == [False]
