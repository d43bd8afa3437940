"""What a run sees in landing/, and what it makes of it in the raw tables."""

import errno
import hashlib
import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime

import polars as pl
import pytest

from data_contracts.readers import delimited, delivered_files
from orchestration import intake, landing, warehouse
from orchestration.code_location import CodeLocation
from orchestration.rules import Rules
from orchestration.workspace import WorkspaceError


def findings(raw):
    return raw(
        "select c.path, f.rule from raw.intake_findings f join raw.current_submissions c using (load_id)"
        " where severity = 'error' order by all"
    )


CURRENT_ROWS = (
    "select c.path, quantity from raw.energy_ledger e join raw.current_submissions c using (load_id) order by all"
)


def archived(workspace) -> list:
    """The kept bytes of deliveries; those of the settings and reference tables are in the archive, too."""
    declared = [workspace.root / "organization.yml", *(workspace.root / "reference").iterdir()]
    hashes = {hashlib.sha256(file.read_bytes()).hexdigest() for file in declared}
    return [file for file in workspace.archive.iterdir() if file.name not in hashes]


def test_new_changed_unchanged_withdrawn(workspace, deliver, ingest, raw):
    first = deliver("2024-01/BASE/energy_ledger.csv", "10")
    second = deliver("2024-02/BASE/energy_ledger.csv", "20")
    plan = ingest()
    assert (plan.new, plan.changed, plan.withdrawn) == (
        ["2024-01/BASE/energy_ledger.csv", "2024-02/BASE/energy_ledger.csv"],
        [],
        [],
    )
    assert plan.pending_months == {"2024-01", "2024-02"}

    again = ingest()
    assert len(again.unchanged) == 2
    assert not again.to_judge
    assert not again.pending_months

    deliver("2024-01/BASE/energy_ledger.csv", "11")
    second.unlink()
    plan = ingest()
    assert plan.changed == ["2024-01/BASE/energy_ledger.csv"]
    assert plan.withdrawn == ["2024-02/BASE/energy_ledger.csv"]
    assert plan.pending_months == {"2024-01", "2024-02"}
    assert raw(CURRENT_ROWS) == [("2024-01/BASE/energy_ledger.csv", 11)]
    # Append-only: every version and its rows are still there, and its bytes too.
    assert raw("select count(*) from raw.submission_versions") == [(3,)]
    assert raw("select count(*) from raw.energy_ledger") == [(3,)]
    assert len(archived(workspace)) == 3

    # Back to the first version: known, so nothing is judged again.
    deliver("2024-01/BASE/energy_ledger.csv", "10")
    plan = ingest()
    assert plan.changed == ["2024-01/BASE/energy_ledger.csv"]
    assert not plan.to_judge
    assert raw(CURRENT_ROWS) == [("2024-01/BASE/energy_ledger.csv", 10)]
    assert first.read_bytes()


def test_a_file_withdrawn_from_a_folder_without_a_partition_is_current_no_more(workspace, deliver, ingest, raw):
    early = deliver("2024-01/BASE/energy_ledger.csv", "10")
    deliver("2024-03/BASE/energy_ledger.csv", "30")
    ingest()
    workspace.organization_file.write_text(workspace.organization_file.read_text() + "\nfirst_month: 2024-03\n")
    early.unlink()
    plan = ingest({"2024-03"})
    assert plan.withdrawn == ["2024-01/BASE/energy_ledger.csv"]
    assert raw(CURRENT_ROWS) == [("2024-03/BASE/energy_ledger.csv", 30)]


def test_identity_is_path_and_bytes(deliver, ingest, raw):
    one = deliver("2024-01/BASE/energy_ledger.csv", "10")
    other = deliver("2024-01/OTHER/energy_ledger.csv", "10")
    assert one.read_bytes() == other.read_bytes()
    ingest()
    digest = hashlib.sha256(one.read_bytes()).hexdigest()
    expected = hashlib.sha256(b"2024-01/BASE/energy_ledger.csv\0" + digest.encode()).hexdigest()[:16]
    rows = raw(
        "select path, submission_id, sha256, landing_month, submitter from raw.submission_versions order by path"
    )
    assert rows[0] == ("2024-01/BASE/energy_ledger.csv", expected, digest, "2024-01", "BASE")
    assert rows[1][1] != expected
    assert rows[1][2] == digest
    # Touching a file is not a change.
    os.utime(one, (0, 0))
    assert len(ingest().unchanged) == 2


def test_selected_months_leave_the_others_as_they_are(deliver, ingest, raw):
    deliver("2024-01/BASE/energy_ledger.csv", "10")
    february = deliver("2024-02/BASE/energy_ledger.csv", "20")
    ingest()
    deliver("2024-01/BASE/energy_ledger.csv", "11")
    february.unlink()
    deliver("2024-03/BASE/energy_ledger.csv", "30")
    plan = ingest(["2024-01"])
    assert plan.changed == ["2024-01/BASE/energy_ledger.csv"]
    assert raw(CURRENT_ROWS) == [
        ("2024-01/BASE/energy_ledger.csv", 11),
        ("2024-02/BASE/energy_ledger.csv", 20),
    ]


def test_months_in_any_order_or_at_once_give_the_same_raw_rows(workspace, deliver, ingest, raw):
    months = ["2024-01", "2024-02", "2024-03"]
    for number, month in enumerate(months):
        deliver(f"{month}/BASE/energy_ledger.csv", str(number), "x")
    for month in reversed(months):
        ingest([month])
    one_by_one = raw("select * from raw.energy_ledger order by all"), findings(raw)
    workspace.work_database.unlink()
    ingest()
    assert (raw("select * from raw.energy_ledger order by all"), findings(raw)) == one_by_one


def test_nothing_in_landing_is_lost(workspace, deliver, ingest, raw, tmp_path):
    deliver("2024-01/BASE/energy_ledger.csv", "10")
    deliver("2024-01/energy_ledger.csv", "10")
    deliver("2024-01/BASE/more/energy_ledger.csv", "10")
    deliver("2024-13/BASE/energy_ledger.csv", "10")
    deliver("9999-01/BASE/energy_ledger.csv", "10")
    deliver("２０２４-01/BASE/energy_ledger.csv", "10")
    (workspace.landing / "2024-01/BASE/inbox").symlink_to(workspace.landing)
    (workspace.landing / "notes.txt").write_text("a note")
    outside = tmp_path / "outside.csv"
    outside.write_text("secret")
    (workspace.landing / "2024-01/BASE/invoices.csv").symlink_to(outside)
    (workspace.landing / "2024-01/ELSEWHERE").symlink_to(tmp_path)
    (workspace.landing / "2024-01/BASE/production.csv").symlink_to("nowhere.csv")
    (workspace.landing / "2024-01/BASE/one").symlink_to("other")
    (workspace.landing / "2024-01/BASE/other").symlink_to("one")
    os.mkfifo(workspace.landing / "2024-01/BASE/procurement.csv")
    # Not deliveries.
    for name in (".DS_Store", "~$energy_ledger.xlsx", ".~lock.energy_ledger.csv#", "Thumbs.db"):
        (workspace.landing / "2024-01/BASE" / name).write_text("")
    ingest()
    assert findings(raw) == [
        ("2024-01/BASE/inbox", "link_outside_workspace"),
        ("2024-01/BASE/invoices.csv", "link_outside_workspace"),
        ("2024-01/BASE/more/energy_ledger.csv", "misplaced_file"),
        ("2024-01/BASE/one", "unreadable_file"),
        ("2024-01/BASE/other", "unreadable_file"),
        ("2024-01/BASE/procurement.csv", "unreadable_file"),
        ("2024-01/BASE/production.csv", "unreadable_file"),
        ("2024-01/ELSEWHERE", "link_outside_workspace"),
        ("2024-01/energy_ledger.csv", "misplaced_file"),
        ("2024-13/BASE/energy_ledger.csv", "misplaced_file"),
        ("9999-01/BASE/energy_ledger.csv", "misplaced_file"),
        ("notes.txt", "misplaced_file"),
        ("２０２４-01/BASE/energy_ledger.csv", "misplaced_file"),
    ]
    (message,) = raw("select message_en from raw.intake_findings where source_value like '２%'")
    assert "in the future" not in message[0]
    assert raw(CURRENT_ROWS) == [("2024-01/BASE/energy_ledger.csv", 10)]
    assert "secret" not in {file.read_text() for file in workspace.archive.iterdir()}
    assert len(ingest().unchanged) == 14


def test_a_misplaced_file_is_read_once_its_place_is_right(workspace, deliver):
    deliver("2024-03/BASE/energy_ledger.csv", "10")
    rules = Rules.load(workspace)
    with warehouse.open_work(workspace) as connection:
        warehouse.create_raw_tables(connection)
        for first, last, refused in (
            ("2024-01", "2024-02", True),
            ("2024-04", "2024-05", True),
            ("2024-03", "2024-03", False),
        ):
            months = landing.Months(first, last)
            found = landing.scan(workspace, months)
            assert (found[0].refusal is not None) is refused
            plan = landing.plan(connection, found, rules.context_hash, months)
            assert len(plan.to_judge) == 1


def test_months_are_the_folders_that_are_named_so(workspace, deliver):
    deliver("2024-03/BASE/energy_ledger.csv", "10")
    deliver("2024-01/BASE/energy_ledger.csv", "10")
    (workspace.landing / "2024-05").write_text("a file")
    (workspace.landing / "2024-02 old").mkdir()
    assert landing.landing_months(workspace) == ["2024-01", "2024-03"]


def test_a_large_file_is_appended_while_it_is_read(workspace, deliver, ingest, raw, monkeypatch):
    monkeypatch.setattr(intake, "BATCH_ROWS", 1)
    monkeypatch.setattr(delivered_files, "PIECES_FROM", 100)
    monkeypatch.setattr(delimited, "BLOCK_BYTES", 100)
    deliver("2024-01/BASE/energy_ledger.csv", *map(str, range(100, 120)), "many")
    deliver("2024-02/BASE/energy_ledger.csv", "20")
    plan = ingest()
    assert len(plan.to_judge) == 2
    assert raw(CURRENT_ROWS) == [("2024-01/BASE/energy_ledger.csv", at) for at in range(100, 120)] + [
        ("2024-02/BASE/energy_ledger.csv", 20)
    ]
    assert raw("select rows_in, rows_rejected from raw.load_sheets order by all") == [(1, 0), (21, 1)]
    assert findings(raw) == [("2024-01/BASE/energy_ledger.csv", "not_a_number")]
    assert (workspace.feedback / "2024-01/BASE/energy_ledger.csv.feedback.xlsx").is_file()
    assert len(ingest().unchanged) == 2


def test_a_small_parquet_file_of_many_rows_is_a_batch_of_its_own(workspace, deliver, ingest, raw, monkeypatch):
    """Its bytes tell of some thirty rows; two files of few rows are one batch."""
    monkeypatch.setattr(intake, "BATCH_ROWS", 1_000)
    appended = []

    def noted(connection, workspace, rules, batch, known):
        appended.append([submission.submitter for submission in batch])
        append(connection, workspace, rules, batch, known)

    append = intake._append
    monkeypatch.setattr(intake, "_append", noted)
    for submitter in ("A", "C", "D"):
        deliver(f"2024-01/{submitter}/energy_ledger.csv", "10")
    packed = deliver("2024-01/B/energy_ledger.csv").with_suffix(".parquet")
    packed.with_suffix(".csv").unlink()
    row = {"period": "2024-01", "facility_id": "PLANT-1", "activity_type": "grid_electricity", "quantity": 1}
    pl.DataFrame({"unit": ["MWh"] * 1_001}).with_columns(**{k: pl.lit(v) for k, v in row.items()}).write_parquet(packed)
    assert packed.stat().st_size < 1_000 * intake.BYTES_OF_A_ROW / 10
    ingest()
    assert appended == [["A"], ["B"], ["C", "D"]]
    assert raw("select count(*) from raw.energy_ledger") == [(1_004,)]


def test_batches_go_feed_by_feed(workspace, deliver, monkeypatch):
    paths = [f"2024-0{month}/BASE/{name}.csv" for month in (1, 2) for name in ("invoices", "energy_ledger-a", "发票")]
    for path in paths:
        deliver(path, "10")
    found = landing.scan(workspace, landing.Months("2024-01", "2024-12"))
    monkeypatch.setattr(intake, "BATCH_ROWS", 2)
    batches = [[one.path for one in batch] for batch in intake._batches(workspace, found)]
    ledgers, invoices = [paths[1], paths[4]], [paths[0], paths[2], paths[3], paths[5]]
    assert [path for batch in batches for path in batch] == ledgers + invoices


def test_a_changed_context_judges_again_from_the_archive(workspace, deliver, ingest, raw):
    deliver("2024-01/BASE/energy_ledger.csv", "10")
    delivered = deliver("2024-02/BASE/energy_ledger.csv", "20")
    delivered.write_text(delivered.read_text().replace("PLANT-1", "PLANT-2"))
    ingest()
    assert findings(raw) == [("2024-02/BASE/energy_ledger.csv", "unknown_facility")]
    feedback = workspace.feedback / "2024-02/BASE/energy_ledger.csv.feedback.xlsx"
    assert feedback.is_file()

    facilities = workspace.reference / "facilities.csv"
    facilities.write_text(facilities.read_text() + "PLANT-2,Second,,CHN,,\n")
    # Only January is looked into, yet February's submission is judged by the new facilities.
    plan = ingest(["2024-01"])
    assert len(plan.stale) == 2
    assert findings(raw) == []
    assert raw(CURRENT_ROWS)[1] == ("2024-02/BASE/energy_ledger.csv", 20)
    assert not feedback.exists()


def test_strange_bytes_do_not_stop_the_others(workspace, deliver, ingest, raw):
    deliver("2024-01/BASE/energy_ledger.csv", "10")
    folder = workspace.landing / "2024-01/BASE"
    (folder / "invoices.csv").write_bytes(b"\x00\xff\x00" * 100)
    (folder / "production.xlsx").write_bytes(b"PK\x03\x04broken")
    (folder / "procurement.parquet").write_bytes(b"")
    (folder / os.fsdecode(b"energy_ledger-\xff\xfe.csv")).write_bytes((folder / "energy_ledger.csv").read_bytes())
    ingest()
    refused = {path for path, _ in findings(raw)}
    assert {f"2024-01/BASE/{name}" for name in ("invoices.csv", "production.xlsx", "procurement.parquet")} <= refused
    assert len(raw(CURRENT_ROWS)) == 2


def test_names_that_are_not_utf8_stay_different(workspace, deliver, ingest, raw):
    """Two names in GBK, as they come out of a ZIP archive: no byte of them is UTF-8."""
    for name, quantity in (("energy_ledger-二月.csv", "2"), ("energy_ledger-三月.csv", "3")):
        path = deliver("2024-01/BASE/energy_ledger.csv", quantity)
        path.rename(path.with_name(os.fsdecode(name.encode("gbk"))))
    plan = ingest()
    assert raw(CURRENT_ROWS) == [
        (r"2024-01/BASE/energy_ledger-\xb6\xfe\xd4\xc2.csv", 2),
        (r"2024-01/BASE/energy_ledger-\xc8\xfd\xd4\xc2.csv", 3),
    ]
    assert sorted(plan.new) == [path for path, _ in raw(CURRENT_ROWS)]
    assert len(ingest().unchanged) == 2


def test_a_folder_of_any_depth_does_not_stop_the_others(workspace, deliver, ingest, raw):
    deliver("2024-01/BASE/energy_ledger.csv", "10")
    base = os.open(workspace.landing / "2024-01", os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("a", dir_fd=base)
        inner = os.open("a", os.O_RDONLY, dir_fd=base)
        os.close(base)
        base = inner
    os.close(base)
    ingest()
    ((path, rule),) = findings(raw)
    assert (path[:13], rule) == ("2024-01/a/a/a", "misplaced_file")
    assert raw(CURRENT_ROWS) == [("2024-01/BASE/energy_ledger.csv", 10)]
    subprocess.run(["rm", "-r", str(workspace.landing)], check=True)  # shutil.rmtree has a limit


def test_a_full_disk_makes_no_file_unreadable(workspace, deliver, ingest, raw, monkeypatch):
    deliver("2024-01/BASE/energy_ledger.csv", "10")
    ingest()
    deliver("2024-01/BASE/energy_ledger.csv", "11")

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WorkspaceError, match="No space left"):
        ingest()
    assert raw(CURRENT_ROWS) == [("2024-01/BASE/energy_ledger.csv", 10)]
    assert findings(raw) == []
    assert len(archived(workspace)) == 1


WRITER = """
import sys, time
with open(sys.argv[1], "ab", buffering=0) as file:
    while True:
        file.write(b"2024-01,PLANT-1,grid_electricity,7,MWh\\n")
        time.sleep(0.0002)
"""


@pytest.fixture
def writer():
    """Start processes that append to a file until they are stopped."""
    running = []

    def start(path):
        before = path.stat().st_size
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(path)])
        running.append(process)
        while path.stat().st_size == before:
            time.sleep(0.001)
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()


def test_half_a_file_is_never_taken(workspace, deliver, ingest, raw, writer):
    deliver("2024-01/BASE/energy_ledger.csv", "10")
    ingest()
    corrected = deliver("2024-01/BASE/energy_ledger.csv", *["7"] * 100_000)
    added = deliver("2024-01/BASE/energy_ledger-2.csv", *["8"] * 100_000)
    for number in range(20):
        deliver(f"2024-01/LATER/energy_ledger-{number}.csv", str(number))
    processes = [writer(corrected), writer(added)]
    plan = ingest()
    assert plan.arriving == ["2024-01/BASE/energy_ledger-2.csv", "2024-01/BASE/energy_ledger.csv"]
    assert "2 still arriving" in plan.describe()
    assert plan.withdrawn == []
    # The former version counts until the new one is whole; a new file is refused until then.
    assert [row for row in raw(CURRENT_ROWS) if "BASE" in row[0]] == [("2024-01/BASE/energy_ledger.csv", 10)]
    assert findings(raw) == [("2024-01/BASE/energy_ledger-2.csv", "still_arriving")]

    for process in processes:
        process.kill()
        process.wait()
    plan = ingest()
    assert plan.changed == ["2024-01/BASE/energy_ledger-2.csv", "2024-01/BASE/energy_ledger.csv"]
    assert findings(raw) == []
    counted = dict(raw(f"select path, count(*) from ({CURRENT_ROWS}) where path like '%BASE%' group by path"))
    lines = {f"2024-01/BASE/{path.name}": len(path.read_bytes().splitlines()) - 1 for path in (corrected, added)}
    assert counted == lines
    assert min(lines.values()) > 100_000


def test_a_file_that_arrives_under_a_changed_context_keeps_its_former_version(workspace, deliver, ingest, raw, writer):
    path = deliver("2024-01/BASE/energy_ledger.csv", "10", "x")
    ingest()
    facilities = workspace.reference / "facilities.csv"
    facilities.write_text(facilities.read_text() + "PLANT-2,Second,,CHN,,\n")
    for number in range(20):
        deliver(f"2024-01/LATER/energy_ledger-{number}.csv", *["1"] * 1000)
    writer(path)
    plan = ingest()
    assert (plan.arriving, plan.stale) == (["2024-01/BASE/energy_ledger.csv"],) * 2
    assert raw(CURRENT_ROWS)[0] == ("2024-01/BASE/energy_ledger.csv", 10)


@pytest.mark.parametrize("name", ["energy_ledger.csv.part", "energy_ledger.xlsx.crdownload", "A1B2.TMP"])
def test_a_file_named_as_partial_waits_for_its_final_name(name, workspace, deliver, ingest, raw):
    partial = deliver("2024-01/BASE/energy_ledger.csv", "10").rename(workspace.landing / "2024-01/BASE" / name)
    assert ingest().arriving == [f"2024-01/BASE/{name}"]
    assert findings(raw) == [(f"2024-01/BASE/{name}", "still_arriving")]
    assert archived(workspace) == []
    again = ingest()
    assert (again.arriving, again.to_judge, again.pending_months) == ([f"2024-01/BASE/{name}"], [], set())
    partial.rename(partial.with_name("energy_ledger.csv"))
    ingest()
    assert findings(raw) == []
    assert raw(CURRENT_ROWS) == [("2024-01/BASE/energy_ledger.csv", 10)]


NINE = [f"2024-0{month}/BASE/energy_ledger.csv" for month in range(1, 10)]


@pytest.fixture
def nine(deliver, ingest):
    """Nine months that have been taken in."""
    for path in NINE:
        deliver(path, path[6])
    ingest()


@pytest.mark.parametrize("gone", ["emptied", "missing", "a broken link"])
def test_landing_that_has_vanished_withdraws_nothing_by_itself(gone, workspace, nine, ingest, raw):
    before = raw(CURRENT_ROWS)
    shutil.rmtree(workspace.landing)
    if gone == "emptied":
        workspace.landing.mkdir()
        (workspace.landing / ".DS_Store").touch()
    if gone == "a broken link":
        workspace.landing.symlink_to("elsewhere")
    for _ in range(2):
        with pytest.raises(landing.WithdrawalsNotConfirmed, match="9 of 9 submissions have vanished") as stop:
            ingest()
    assert "landing/ is empty or missing" in str(stop.value)
    assert f"  {NINE[0]}\n" in str(stop.value)
    assert "--confirm-withdrawals" in str(stop.value)
    assert raw(CURRENT_ROWS) == before
    assert ingest(confirm=True).withdrawn == NINE
    assert raw(CURRENT_ROWS) == []


def test_withdrawals_up_to_the_limit_and_single_ones_are_easy(workspace, nine, ingest, raw):
    (workspace.landing / NINE[0]).unlink()
    assert ingest().withdrawn == NINE[:1]
    # Moved files have not vanished, however many they are.
    (workspace.landing / "2024-02").rename(workspace.landing / "2024-01/MOVED")
    (workspace.landing / "2024-01/MOVED/BASE/energy_ledger.csv").rename(
        workspace.landing / "2024-01/MOVED/invoices.csv"
    )
    shutil.move(
        workspace.landing / "2024-01/MOVED/invoices.csv", workspace.landing / "2024-01/BASE/energy_ledger-2.csv"
    )
    shutil.rmtree(workspace.landing / "2024-01/MOVED")
    assert ingest().withdrawn == NINE[1:2]
    for path in NINE[2:4]:
        (workspace.landing / path).unlink()
    with pytest.raises(landing.WithdrawalsNotConfirmed, match=r"2 of 8 .*withdrawal_limit in organization.yml is 0.2"):
        ingest()
    settings = workspace.organization_file.read_text()
    workspace.organization_file.write_text(settings + "withdrawal_limit: 0.25\n")
    assert ingest().withdrawn == NINE[2:4]
    assert len(raw(CURRENT_ROWS)) == 6
    # The last one of all, while its folder is still there, is one file.
    for path in NINE[4:]:
        (workspace.landing / path).unlink()
    ingest(confirm=True)
    (workspace.landing / "2024-01/BASE/energy_ledger-2.csv").unlink()
    ingest()
    assert raw(CURRENT_ROWS) == []


def _truncate(path):
    path.write_bytes(b"")


def _break_link(path):
    path.unlink()
    path.symlink_to("nowhere.csv")


def _make_pipe(path):
    path.unlink()
    os.mkfifo(path)


def _make_garbage(path):
    path.write_bytes(b"\x00\xff\x00" * 100)


def _lead_out(path):
    path.unlink()
    path.symlink_to("/etc/hostname")


@pytest.mark.parametrize("spoil", [_truncate, _break_link, _make_pipe, _make_garbage, _lead_out])
def test_of_an_unreadable_file_the_last_readable_version_counts(spoil, workspace, nine, deliver, ingest, raw):
    path = workspace.landing / NINE[2]
    before = raw(CURRENT_ROWS)
    facilities = workspace.reference / "facilities.csv"
    spoil(path)
    for context in ("", "PLANT-2,Second,,CHN,,\n"):  # the second makes everything be judged again
        facilities.write_text(facilities.read_text() + context)
        plan = ingest()
        assert list(plan.unread) == [NINE[2]]
        assert plan.withdrawn == []
        assert raw(CURRENT_ROWS) == before
        ((found, rule, message_en, message_zh),) = raw(
            "select path, rule, message_en, message_zh from raw.landing_findings"
        )
        assert (found, rule) == (NINE[2], "unreadable_file")
        assert "last readable version counts" in message_en
        assert "最后一个可读版本" in message_zh
    again = ingest()
    assert (again.to_judge, again.pending_months, list(again.unread)) == ([], set(), [NINE[2]])

    path.unlink()
    deliver(NINE[2], "33")
    plan = ingest()
    assert (plan.changed, plan.unread, plan.pending_months) == ([NINE[2]], {}, {"2024-03"})
    assert raw("select * from raw.landing_findings") == []
    assert (NINE[2], 33) in raw(CURRENT_ROWS)
    spoil(path)
    ingest()
    path.unlink()
    ingest()
    assert NINE[2] not in dict(raw(CURRENT_ROWS))
    assert raw("select * from raw.landing_findings") == []


def test_a_month_that_cannot_be_read_keeps_its_submissions(workspace, nine, ingest, raw):
    month, aside = workspace.landing / "2024-03", workspace.landing.with_name("aside")
    before = raw(CURRENT_ROWS)
    month.rename(aside)
    month.symlink_to("nowhere")
    for _ in range(2):
        plan = ingest()
        assert (list(plan.unread), plan.withdrawn, plan.new) == ([NINE[2]], [], [])
        assert raw(CURRENT_ROWS) == before
    month.unlink()
    aside.rename(month)
    assert ingest().unread == {}
    assert raw(CURRENT_ROWS) == before


def test_landing_that_leads_out_of_the_workspace(workspace, tmp_path, ingest):
    workspace.landing.rmdir()
    (tmp_path / "elsewhere").mkdir()
    workspace.landing.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WorkspaceError, match="leads out"):
        ingest()


def test_no_landing_folder(workspace, ingest):
    workspace.landing.rmdir()
    assert ingest().describe() == "no submissions"


def test_partitions_start_at_first_month_and_include_the_current_one(workspace, deliver):
    now = datetime(2024, 5, 31, 20, tzinfo=UTC)  # June already in Shanghai
    months = landing.months_with_partition(workspace, None, "Asia/Shanghai", now)
    assert (months.first, months.last) == ("2024-01", "2024-06")
    deliver("2023-11/BASE/energy_ledger.csv", "1")
    assert landing.months_with_partition(workspace, None, "UTC", now) == landing.Months("2023-11", "2024-05")
    assert landing.months_with_partition(workspace, "2022-02", "UTC", now).first == "2022-02"
    assert list(landing.Months("2023-11", "2024-05").between("2023-11", "2024-02")) == [
        "2023-11",
        "2023-12",
        "2024-01",
        "2024-02",
    ]


def test_a_clock_set_back_unknows_no_month(workspace, deliver, ingest, raw):
    """The month of the clock was December, and is June again."""
    december, june = datetime(2024, 12, 10, tzinfo=UTC), datetime(2024, 6, 10, tzinfo=UTC)
    for month in ("2024-05", "2024-11"):
        deliver(f"{month}/BASE/energy_ledger.csv", "10")
    assert landing.months_with_partition(workspace, None, "UTC", june).last == "2024-06"
    ingest()
    assert landing.months_with_partition(workspace, None, "UTC", june).last == "2024-11"
    assert landing.months_with_partition(workspace, None, "UTC", december).last == "2024-12"
    landing.keep_latest_month(workspace, ["2024-05", None])
    assert landing.latest_month(workspace) == "2024-11"

    # As a run would see it whose clock is behind what was taken in.
    landing.keep_latest_month(workspace, ["2031-02"])
    deliver("2031-02/BASE/energy_ledger.csv", "20")
    ingest()
    assert findings(raw) == []
    assert dict(raw(CURRENT_ROWS))["2031-02/BASE/energy_ledger.csv"] == 20
    assert CodeLocation.load().partitions.get_partition_keys()[-1] == "2031-02"
    deliver("2031-03/BASE/energy_ledger.csv", "30")
    ingest()
    assert findings(raw) == [("2031-03/BASE/energy_ledger.csv", "misplaced_file")]


def test_the_archive_mends_itself(workspace, deliver, ingest):
    deliver("2024-01/BASE/energy_ledger.csv", "10")
    ingest()
    (kept,) = archived(workspace)
    content = kept.read_bytes()
    kept.unlink()
    (workspace.archive / ".incoming-killed").write_bytes(content[:5])
    ingest()
    assert [file.read_bytes() for file in archived(workspace)] == [content]
