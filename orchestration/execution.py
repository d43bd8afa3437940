"""One run of the Dagster job in this process, on the workspace's own Dagster instance.

What Dagster and dbt print goes to a log file: the console belongs to the command line.
"""

import contextlib
import os
import shutil
import sqlite3
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration import dagster_patches, failures, transformation
from orchestration.console import complain
from orchestration.workspace import Workspace

KEPT_LOGS = 10
JOB = "monthly_inventory"
# What Dagster is going to make is told in one piece, which history.EventLog stores in one transaction.
PLANNED_AT_ONCE = "10000"
# With less than that free nothing is written; what broke off then says so, whatever the error was called.
LEAST_FREE_BYTES = 16 << 20
HISTORY_FILES = ("runs.db", "index.db", "schedules.db")


@dataclass(frozen=True)
class StoppedStep:
    """A step that failed: its name and what it said."""

    name: str
    message: str


@dataclass(frozen=True)
class Outcome:
    """How a run ended. stopped: the steps that failed, in order."""

    run_id: str
    success: bool
    stopped: tuple[StoppedStep, ...]
    log: Path


class RunBrokenOff(Exception):
    """Dagster itself could not go on, as on a full disk."""


@contextlib.contextmanager
def _output_to(log: Path) -> Iterator[None]:
    """Send what this process and its children print to a file."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    with log.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            with contextlib.suppress(OSError):  # the log may have filled the disk
                sys.stdout.flush()
                sys.stderr.flush()
            for descriptor, stream in zip(kept, (1, 2), strict=True):
                os.dup2(descriptor, stream)
                os.close(descriptor)


def _execute(workspace: Workspace, name: str, tags: dict[str, str], run_config: dict[str, Any] | None) -> Any:
    """Dagster's result of a run of a job; what is raised instead is on the log too."""
    import dagster as dg

    from orchestration.definitions import defs

    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", PLANNED_AT_ONCE)
    dagster_patches.apply()
    try:
        job = defs().resolve_job_def(name)
        with dg.DagsterInstance.from_config(str(workspace.dagster_home)) as instance:
            return job.execute_in_process(
                instance=instance,
                raise_on_error=False,
                run_config=run_config,
                tags={"helioledger/launched_by": "command line", **tags},
            )
    except Exception:
        with contextlib.suppress(OSError):
            traceback.print_exc()
        raise


def run_monthly_inventory(
    workspace: Workspace,
    first: str,
    last: str,
    confirm_withdrawals: bool = False,
    rebuild: bool = False,
    engine: str | None = None,
) -> Outcome:
    """Run the job over the landing folders first..last (YYYY-MM); as `run_job`.

    rebuild: every table is made anew. engine: the name of what computes the models, where it is chosen for this run.
    """
    from orchestration import code_location as tags

    told = {tags.RANGE_START_TAG: first, tags.RANGE_END_TAG: last}
    asked = {tags.CONFIRM_WITHDRAWALS_TAG: confirm_withdrawals, tags.REBUILD_TAG: rebuild}
    told |= {tag: "true" for tag, is_asked in asked.items() if is_asked}
    return run_job(workspace, JOB, told | ({tags.ENGINE_TAG: engine} if engine else {}))


def run_job(
    workspace: Workspace,
    name: str,
    tags: dict[str, str] | None = None,
    run_config: dict[str, Any] | None = None,
) -> Outcome:
    """Run a job of the definitions. The caller holds the run lock.

    Raises transformation.DbtProjectError when the definitions cannot be loaded because dbt does not parse, and
    RunBrokenOff.
    """
    workspace.prepare()
    transformation.parsed_project(workspace)
    logs = sorted(workspace.logs.glob("*run-*.log"), key=lambda log: log.stat().st_mtime_ns)
    for former in logs[: 1 - KEPT_LOGS]:
        former.unlink(missing_ok=True)
    started = workspace.logs / f"unfinished-run-{os.getpid()}.log"
    for aside in set_damaged_history_aside(workspace):
        complain(f"Dagster's history was damaged: {aside}. It is set aside and made anew; no figure depends on it.")
    try:
        with _output_to(started):
            result = _execute(workspace, name, tags or {}, run_config)
    except Exception as error:
        said = str(error).strip().split("\n")[0] or type(error).__name__
        if (free := shutil.disk_usage(workspace.warehouse).free) < LEAST_FREE_BYTES:
            said += f". The disk of {workspace.warehouse} is full ({free >> 20} MB are free) 磁盘已满。"
        raise RunBrokenOff(f"The run broke off: {said}\nLog: {started}") from error
    log = workspace.logs / f"run-{result.run_id[:8]}.log"
    os.replace(started, log)
    events = result.all_events
    stopped = [StoppedStep(event.step_key or "", failures.message(event)) for event in events if event.is_step_failure]
    if not result.success and not stopped:
        stopped = [
            StoppedStep("start of the run", failures.innermost(event.job_failure_data.error))
            for event in events
            if event.is_job_failure
        ]
    return Outcome(result.run_id, result.success, tuple(stopped), log)


def set_damaged_history_aside(workspace: Workspace) -> list[Path]:
    """Move SQLite files of Dagster that are damaged out of the way, with their logs; where they are now. A deployment's
    history is other workspaces' too, and is left to who runs it."""
    moved: list[Path] = []
    if workspace.deployment:
        return moved
    for file in sorted(workspace.dagster_home.rglob("*.db")):
        if file.name not in HISTORY_FILES or _is_sound(file):  # else of one former run, which nothing here opens
            continue
        workspace.set_aside.mkdir(exist_ok=True)
        number = 1
        while (target := workspace.set_aside / f"{file.name}-{number}").exists():
            number += 1
        os.rename(file, target)
        for suffix in ("-wal", "-shm", "-journal"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
        moved.append(target)
    return moved


def _is_sound(file: Path) -> bool:
    try:
        with contextlib.closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute("pragma quick_check(1)").fetchone() == ("ok",)
    except sqlite3.OperationalError as error:
        return "malformed" not in str(error)  # another process has it open
    except sqlite3.DatabaseError:
        return False
