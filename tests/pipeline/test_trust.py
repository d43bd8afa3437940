"""The operations of a workspace that has been run: what vanishes, what is changed, what is brought back.

The runs go on one after the other in a copy of the small company, since each takes as long as the next test's."""

import json
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from orchestration.workspace import Workspace, script

from .conftest import Company

Command = Callable[..., subprocess.CompletedProcess[str]]
LEDGER = "2024-02/south/energy_ledger.csv"
NOTHING_CHANGED = "Nothing has changed since the last publication"


def parquet_hashes(root: Path) -> dict[str, str]:
    return json.loads((root / "warehouse" / "published" / "release.json").read_text())["parquet_sha256"]


@pytest.fixture(scope="module")
def root(company: Company, copied: Callable[..., Path]) -> Path:
    return copied(company.root, with_warehouse=True)


@pytest.fixture(scope="module")
def backup(root: Path, helioledger: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("backup") / "backup.tar.gz"
    assert helioledger("backup", file, "--workspace", root).returncode == 0
    return file


@pytest.fixture(scope="module")
def restored(root: Path, backup: Path, helioledger: Command, publish: Callable[..., str]) -> Path:
    """What the backup holds, with what Dagster and dbt left in the workspace that it was taken of."""
    restored = backup.with_name("restored")
    finished = helioledger("restore", backup, restored)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert parquet_hashes(restored) == parquet_hashes(root)
    assert NOTHING_CHANGED in publish(restored)
    for folder in ("dbt", "dagster"):
        shutil.copytree(root / "warehouse" / folder, restored / "warehouse" / folder, dirs_exist_ok=True)
    return restored


def test_a_share_that_is_not_mounted_withdraws_nothing(root: Path, helioledger: Command) -> None:
    before = parquet_hashes(root)
    aside = (root / "landing").rename(root / "aside")
    for _ in range(2):
        finished = helioledger("run", "--workspace", root)
        assert finished.returncode == 1
        assert "10 of 10 submissions have vanished" in finished.stderr
        assert "--confirm-withdrawals" in finished.stderr
        assert "Nothing was published" in finished.stdout
        (root / "landing").mkdir(exist_ok=True)  # the second time it is there, and empty
    (root / "landing").rmdir()
    aside.rename(root / "landing")
    assert NOTHING_CHANGED in helioledger("run", "--workspace", root).stdout
    assert parquet_hashes(root) == before


def test_a_restored_backup_publishes_the_same_digits_whatever_dagster_and_dbt_left(
    root: Path, restored: Path, helioledger: Command
) -> None:
    """Nothing that is published depends on either: their damaged files are set aside."""
    before = parquet_hashes(root)
    runs = restored / "warehouse" / "dagster" / "history" / "runs.db"
    for file in (runs, runs.parent / "runs" / "index.db"):
        file.write_bytes(b"not a database" * 500)
    (parsed,) = (restored / "warehouse" / "dbt").rglob("manifest.json")
    parsed.write_bytes(parsed.read_bytes()[:1000])
    finished = helioledger("run", "--rebuild", "--workspace", restored)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert finished.stderr.count("Dagster's history was damaged") == 2
    assert "dbt project was damaged" in finished.stderr
    aside = (restored / "warehouse" / "set-aside").glob("*.db-1")
    assert {file.name for file in aside} == {"runs.db-1", "index.db-1"}
    assert parquet_hashes(restored) == before


def test_a_backup_overwrites_nothing_and_half_of_one_is_refused(
    root: Path, backup: Path, restored: Path, helioledger: Command, tmp_path: Path
) -> None:
    assert helioledger("backup", backup, "--workspace", root).returncode == 2  # never over another
    assert helioledger("restore", backup, restored).returncode == 1  # never over a workspace
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(backup.read_bytes()[: backup.stat().st_size // 2])
    finished = helioledger("restore", cut, tmp_path / "of-half-a-file")
    assert finished.returncode == 1
    assert "no whole backup" in finished.stderr
    assert "Traceback" not in finished.stderr


def test_a_backup_taken_while_a_run_goes_on_is_whole(root: Path, helioledger: Command, tmp_path: Path) -> None:
    """It holds the publication of before the run, or the one after it, with all that these come from."""
    before = parquet_hashes(root)
    record = "record_id,start_date,facility_id,activity_type,quantity,unit\nB-1,2024-02-05,south,diesel_mobile,10,L\n"
    (root / "landing" / "2024-02" / "south" / "activity_log-while.csv").write_text(record)
    run = subprocess.Popen(
        [script("helioledger"), "run", "--workspace", str(root)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    log = Workspace(root).logs / f"unfinished-run-{run.pid}.log"
    while run.poll() is None and not log.exists():
        time.sleep(0.01)
    taken: list[Path] = []
    while run.poll() is None and len(taken) < 4:
        taken.append(tmp_path / f"backup-{len(taken)}.tar.gz")
        assert helioledger("backup", taken[-1], "--workspace", root).returncode == 0
    assert run.wait() == 0
    after = parquet_hashes(root)
    assert after != before
    assert taken, "the run ended before anything was taken"
    for number, file in enumerate((taken[0], taken[-1])):
        again = tmp_path / f"again-{number}"
        finished = helioledger("restore", file, again)
        assert finished.returncode == 0, finished.stdout + finished.stderr
        assert parquet_hashes(again) in (before, after)
        assert helioledger("verify", "--workspace", again).returncode == 0


def test_the_last_readable_version_is_published_with_a_finding(
    restored: Path, publish: Callable[..., str], helioledger: Command
) -> None:
    root = restored
    figures = "select sum(co2e_kg) from emissions"
    before = Company(root).value(figures)
    kept = (root / "landing" / LEDGER).read_bytes()
    (root / "landing" / LEDGER).write_bytes(b"")
    publish(root)
    assert Company(root).value(figures) == before
    assert Company(root).rows(
        "select severity, source_value from findings where rule = 'unreadable_file' and message_en like '%readable%'"
    ) == [("error", LEDGER)]
    assert Company(root).rows(f"select status, rows_in from submissions where path = '{LEDGER}' order by all") == [
        ("accepted", 1),
        ("refused", 0),
    ]
    assert NOTHING_CHANGED in publish(root)
    (root / "landing" / LEDGER).write_bytes(kept)
    finished = helioledger("run", "--workspace", root)
    assert (finished.returncode, finished.stderr) == (0, "")  # nor is damage told that was set aside before
    assert Company(root).value("select count(*) from findings where rule = 'unreadable_file'") == 0


def test_a_changed_figure_stops_the_run_until_it_is_put_right(root: Path, helioledger: Command) -> None:
    work = root / "warehouse" / "helioledger.duckdb"
    with duckdb.connect(str(work)) as connection:
        connection.execute("update raw.energy_ledger set quantity = quantity * 2 where facility_id = 'south'")
    for command in ("run", "verify"):
        finished = helioledger(command, "--workspace", root)
        assert finished.returncode == 1
        assert LEDGER in finished.stdout + finished.stderr
        assert "helioledger recover" in finished.stdout + finished.stderr
    assert helioledger("recover", "--workspace", root).returncode == 0
    assert helioledger("verify", "--workspace", root).returncode == 0
    assert NOTHING_CHANGED in helioledger("run", "--workspace", root).stdout
