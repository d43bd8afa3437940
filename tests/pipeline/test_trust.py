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


@pytest.fixture(scope="module")
def damaged_delivery(restored: Path, helioledger: Command) -> dict[str, dict[str, str]]:
    """The restored workspace after a run over a file that no longer can be read, and the hashes of what is published,
    before, after, and in the first and the last backup that were taken while the run went on."""
    hashes = {"before": parquet_hashes(restored)}
    (restored / "landing" / LEDGER).write_bytes(b"")
    command = [script("helioledger"), "run", "--workspace", str(restored)]
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    log = Workspace(restored).logs / f"unfinished-run-{run.pid}.log"
    while run.poll() is None and not log.exists():
        time.sleep(0.01)
    taken: list[Path] = []
    while run.poll() is None and len(taken) < 4:
        taken.append(restored.with_name(f"during-{len(taken)}.tar.gz"))
        assert helioledger("backup", taken[-1], "--workspace", restored).returncode == 0
    assert run.wait() == 0
    hashes["after"] = parquet_hashes(restored)
    assert taken, "the run ended before anything was taken"
    for name, file in (("first", taken[0]), ("last", taken[-1])):
        again = restored.with_name(f"again-{name}")
        finished = helioledger("restore", file, again)
        assert finished.returncode == 0, finished.stdout + finished.stderr
        assert helioledger("verify", "--workspace", again).returncode == 0
        hashes[name] = parquet_hashes(again)
    return hashes


def test_a_backup_taken_while_a_run_goes_on_is_whole(damaged_delivery: dict[str, dict[str, str]]) -> None:
    """It holds the publication of before the run, or the one after it, with all that these come from."""
    before, after = damaged_delivery["before"], damaged_delivery["after"]
    assert after != before
    assert damaged_delivery["first"] in (before, after)
    assert damaged_delivery["last"] in (before, after)


def test_the_last_readable_version_is_published_with_a_finding(
    root: Path, restored: Path, damaged_delivery: dict[str, dict[str, str]], publish: Callable[..., str]
) -> None:
    figures = "select sum(co2e_kg) from emissions"
    assert Company(restored).value(figures) == Company(root).value(figures)
    assert Company(restored).rows(
        "select severity, source_value from findings where rule = 'unreadable_file' and message_en like '%readable%'"
    ) == [("error", LEDGER)]
    assert Company(restored).rows(f"select status, rows_in from submissions where path = '{LEDGER}' order by all") == [
        ("accepted", 1),
        ("refused", 0),
    ]
    assert NOTHING_CHANGED in publish(restored)


def test_a_file_that_can_be_read_again_gives_the_same_digits_whatever_dagster_and_dbt_left(
    root: Path, restored: Path, damaged_delivery: dict[str, dict[str, str]], helioledger: Command
) -> None:
    """Nothing that is published depends on either: their damaged files are set aside. Only the list of what was
    delivered remembers the file that could not be read."""
    shutil.copy2(root / "landing" / LEDGER, restored / "landing" / LEDGER)
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
    assert Company(restored).value("select count(*) from findings where rule = 'unreadable_file'") == 0
    delivered = {"submissions.parquet": ""}
    assert parquet_hashes(restored) | delivered == damaged_delivery["before"] | delivered
    listed = "select * exclude (superseded_by) from submissions"
    former = Company(root).rows(listed)
    more = [row for row in Company(restored).rows(listed) if row not in former]
    assert len(more) == len(Company(restored).rows(listed)) - len(former) == 1
    again = helioledger("run", "--workspace", restored)
    assert NOTHING_CHANGED in again.stdout
    assert again.stderr == ""  # nor is damage told that was set aside before


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
