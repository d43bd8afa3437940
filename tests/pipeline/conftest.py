"""Whole runs, built once per session: the shipped examples, and a small company of three facilities and four months."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.workspace import Workspace

from .company import make_company
from .edges import make_edges

EXAMPLES = Path(__file__).parents[2] / "examples"


_opened: dict[Path, tuple[os.stat_result, duckdb.DuckDBPyConnection]] = {}
MOST_OPENED = 6


def _marts(database: Path) -> duckdb.DuckDBPyConnection:
    """A connection that stays open as long as the file is what it was: opening one takes longer than most queries."""
    database = database.resolve()
    now = database.stat()
    if database in _opened:
        then, connection = _opened[database]
        if (then.st_ino, then.st_mtime_ns) == (now.st_ino, now.st_mtime_ns):
            return connection
        _opened.pop(database)[1].close()
    if len(_opened) == MOST_OPENED:
        _opened.pop(next(iter(_opened)))[1].close()
    connection = duckdb.connect(str(database), read_only=True)
    connection.execute("set schema = 'marts'")
    _opened[database] = now, connection
    return connection


@dataclass(frozen=True)
class Company:
    """A workspace that has been run."""

    root: Path
    output: str = ""

    @property
    def database(self) -> Path:
        return self.root / "warehouse" / "published" / "helioledger.duckdb"

    def rows(self, sql: str, *parameters: Any) -> list[tuple]:
        """The rows of a query on the published marts."""
        return _marts(self.database).execute(sql, list(parameters)).fetchall()

    def value(self, sql: str, *parameters: Any) -> Any:
        """The only value of a query on the published marts."""
        ((value,),) = self.rows(sql, *parameters)
        return value


def half_up(number: Decimal, places: int) -> Decimal:
    """Rounded as a report prints it."""
    return Decimal(number).quantize(Decimal(1).scaleb(-places), "ROUND_HALF_UP")


@pytest.fixture(scope="session")
def kill_run(helioledger: Callable[..., subprocess.CompletedProcess[str]]) -> Callable[..., None]:
    """Start a run and kill it, and the dbt in it, where it has reached a point by its workspace and its log."""

    def kill(root: Path, has_reached: Callable[[Workspace, str], bool], *options: str) -> None:
        workspace = Workspace(root)

        def when_reached(pid: int) -> None:
            log = workspace.logs / f"unfinished-run-{pid}.log"
            deadline = time.monotonic() + 300
            with contextlib.suppress(ProcessLookupError):  # it has ended
                while time.monotonic() < deadline:
                    if has_reached(workspace, log.read_text(errors="replace") if log.exists() else ""):
                        break
                    time.sleep(0.005)
                    os.kill(pid, 0)
                os.kill(pid, signal.SIGKILL)

        killed = helioledger("run", "--workspace", root, *options, meanwhile=when_reached)
        assert killed.returncode == -signal.SIGKILL, f"the run ended before it was killed\n{killed.stdout}"

    return kill


@pytest.fixture(scope="session")
def copied(parsed_dbt_project: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A fresh copy of a workspace, with or without what earlier runs made."""

    def copy(workspace: Path, with_warehouse: bool = False) -> Path:
        root = tmp_path_factory.mktemp("workspace") / workspace.name
        ignored = None if with_warehouse else shutil.ignore_patterns("warehouse")
        return parsed_dbt_project(shutil.copytree(workspace, root, symlinks=True, ignore=ignored))

    return copy


@pytest.fixture(scope="session")
def company(
    made_once: Callable[[str, Callable[[Path], object]], Path],
    parsed_dbt_project: Callable[[Path], Path],
    publish: Callable[..., str],
) -> Company:
    """The small company, run once over all its months."""
    return Company(made_once("sunrise", lambda root: publish(parsed_dbt_project(make_company(root)))))


@pytest.fixture(scope="session")
def edges(
    made_once: Callable[[str, Callable[[Path], object]], Path],
    parsed_dbt_project: Callable[[Path], Path],
    publish: Callable[..., str],
) -> Company:
    """The company of rules that meet, which brings most tables and feeds of its own."""
    return Company(made_once("edges", lambda root: publish(parsed_dbt_project(make_edges(root)))))


@pytest.fixture(scope="session")
def example(
    made_once: Callable[[str, Callable[[Path], object]], Path],
    parsed_dbt_project: Callable[[Path], Path],
    publish: Callable[..., str],
    copied: Callable[..., Path],
) -> Callable[..., Company]:
    """A shipped example, run once, and each worker's own copy of it: commands leave files in a workspace."""

    def make(name: str, prepare: Callable[[Path], object] = lambda root: None) -> Company:
        def run(root: Path) -> None:
            shutil.copytree(EXAMPLES / name, root, ignore=shutil.ignore_patterns("warehouse"))
            prepare(root)
            root.with_name(f"{name}.printed").write_text(publish(parsed_dbt_project(root)))

        root = made_once(name, run)
        own = copied(root, with_warehouse=True)
        return Company(own, root.with_name(f"{name}.printed").read_text().replace(str(root), str(own)))

    return make


@pytest.fixture(scope="session")
def sangle(example: Callable[..., Company]) -> Company:
    return example("sangle-2019")


@pytest.fixture(scope="session")
def ja_solar(example: Callable[..., Company]) -> Company:
    """The base year and two months more; the generator writes the same files whatever the last month is."""

    def deliver(root: Path) -> None:
        shutil.rmtree(root / "landing", ignore_errors=True)
        generator = [sys.executable, str(EXAMPLES / "generate_ja_solar.py"), "--until", "2024-02", "--out", str(root)]
        subprocess.run(generator, check=True, capture_output=True)

    return example("ja-solar", deliver)
