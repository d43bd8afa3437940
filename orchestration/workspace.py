"""Paths of a workspace, and the environment that keeps every tool writing inside its warehouse/.

The only module that reads or sets environment variables.
"""

import hashlib
import json
import os
import re
import shutil
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path

ENVIRONMENT_VARIABLE = "HELIOLEDGER_WORKSPACE"
# The folder of a deployment (orchestration.deployment), whose Dagster instance several workspaces share.
DEPLOYMENT_VARIABLE = "HELIOLEDGER_DEPLOYMENT"
# What computes the models, and where Spark is, before what organization.yml says (orchestration.engines).
ENGINE_VARIABLE = "HELIOLEDGER_ENGINE"
SPARK_MASTER_VARIABLE = "HELIOLEDGER_SPARK_MASTER"

REPOSITORY = Path(__file__).resolve().parent.parent
DBT_PROJECT_DIR = REPOSITORY / "dbt_project"
SEEDS_DIR = REPOSITORY / "seeds"
EXAMPLE = REPOSITORY / "examples" / "sangle-2019"

WRITTEN_BY_US = "# Written by helioledger"


def dagster_instance_settings(home: Path, concurrent_runs: int = 1) -> str:
    """dagster.yaml. The pool and the queue keep two writers from one DuckDB file when runs are launched from the UI.

    A run whose process was killed is launched once more; one that the data stopped is not, nor is a step, which says
    itself what may pass. Who ends the server waits for its children too. Runs are deleted by the job
    `history_retention`, ticks by Dagster.
    """
    return f"""\
{WRITTEN_BY_US}, and again when it differs; without this line it stays as you make it.
telemetry:
  enabled: false
nux:
  enabled: false
concurrency:
  pools:
    default_limit: 1
    granularity: run
  runs:
    max_concurrent_runs: {concurrent_runs}
event_log_storage:
  module: orchestration.history
  class: EventLog
  config:
    base_dir: {json.dumps(str(home / "history" / "runs"), ensure_ascii=False)}
code_servers:
  wait_for_local_processes_on_shutdown: true
freshness:
  enabled: true
run_monitoring:
  enabled: true
  start_timeout_seconds: 600
  max_runtime_seconds: 86400
run_retries:
  enabled: true
  max_retries: 1
  retry_on_asset_or_op_failure: false
retention:
  schedule:
    purge_after_days: 400
  sensor:
    purge_after_days:
      skipped: 7
      success: 90
      failure: 90
"""


class WorkspaceError(Exception):
    """The workspace cannot be used: it is missing, or nothing can be written under its warehouse/."""


@dataclass(frozen=True)
class Workspace:
    """One reporting organisation's folder. `root` is absolute."""

    root: Path

    @classmethod
    def open(cls, root: Path | str | None = None) -> "Workspace":
        """The workspace at `root`, else at $HELIOLEDGER_WORKSPACE, else here.

        Raises WorkspaceError when there is no such folder, or nothing of a workspace in it: a mistyped folder gets no
        warehouse/.
        """
        chosen = Path(root or os.environ.get(ENVIRONMENT_VARIABLE) or ".").expanduser()
        if not chosen.is_dir():
            raise WorkspaceError(
                f"There is no workspace folder {chosen}. `helioledger init {chosen}` makes one; "
                f"--workspace or {ENVIRONMENT_VARIABLE} names another."
            )
        workspace = cls(chosen.resolve())
        if not (workspace.organization_file.exists() or workspace.reference.is_dir() or workspace.landing.is_dir()):
            raise WorkspaceError(
                f"{workspace.root} is no workspace: it has no organization.yml. `helioledger init DIR` makes one; "
                f"--workspace or {ENVIRONMENT_VARIABLE} names another."
            )
        return workspace

    @classmethod
    def of_code_location(cls) -> "Workspace":
        """As `open`; in the product's own checkout, with none chosen, the smaller example, so that `dg` finds one."""
        try:
            return cls.open()
        except WorkspaceError:
            if os.environ.get(ENVIRONMENT_VARIABLE) or Path.cwd() != REPOSITORY or not EXAMPLE.is_dir():
                raise
            return cls.open(EXAMPLE)

    @property
    def organization_file(self) -> Path:
        return self.root / "organization.yml"

    @property
    def reference(self) -> Path:
        return self.root / "reference"

    @property
    def landing(self) -> Path:
        return self.root / "landing"

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse"

    @property
    def work_database(self) -> Path:
        return self.warehouse / "helioledger.duckdb"

    @property
    def marts_database(self) -> Path:
        """The marts as the latest build made them; what is published is a copy."""
        return self.warehouse / "release.duckdb"

    @property
    def archive(self) -> Path:
        return self.warehouse / "archive"

    @property
    def journal(self) -> Path:
        """What was taken in, so that the work database can be made again (orchestration.journal)."""
        return self.warehouse / "journal"

    @property
    def seals(self) -> Path:
        """Digests of the files of each release (orchestration.release)."""
        return self.warehouse / "seals"

    @property
    def set_aside(self) -> Path:
        """What was found damaged; nothing reads it."""
        return self.warehouse / "set-aside"

    @property
    def stamps_file(self) -> Path:
        """Which files were found to be as they should, by size, times and inode."""
        return self.warehouse / "verified.json"

    @property
    def feedback(self) -> Path:
        return self.warehouse / "feedback"

    @property
    def reports(self) -> Path:
        """Reports made of the published release, a folder per year."""
        return self.warehouse / "reports"

    @property
    def packs(self) -> Path:
        """Re-performance packs that the job makes."""
        return self.warehouse / "packs"

    @property
    def templates(self) -> Path:
        return self.warehouse / "templates"

    @property
    def releases(self) -> Path:
        return self.warehouse / "releases"

    @property
    def published(self) -> Path:
        """Symbolic link to the release that readers open."""
        return self.warehouse / "published"

    @property
    def published_database(self) -> Path:
        return self.published / "helioledger.duckdb"

    @property
    def spill(self) -> Path:
        """Where the database puts what does not fit into its memory, during a run only."""
        return self.warehouse / "spill"

    @property
    def spark(self) -> Path:
        """What Spark reads and writes, during a build only. All of its workers see this folder under this name."""
        return self.warehouse / "spark"

    @property
    def spark_read(self) -> Path:
        return self.spark / "read"

    @property
    def spark_made(self) -> Path:
        """The tables that Spark made: SCHEMA/TABLE/*.parquet."""
        return self.spark / "made"

    @property
    def build_seal(self) -> Path:
        """Digests of the tables that the latest published build read."""
        return self.seals / "build.json"

    @property
    def lock_file(self) -> Path:
        return self.warehouse / ".lock"

    @property
    def context_file(self) -> Path:
        """Which context the settings and reference tables make, for runs that find nothing to do."""
        return self.warehouse / "context.json"

    @property
    def latest_month_file(self) -> Path:
        """The latest landing month that files were taken in from; the clock may be set back later."""
        return self.journal / "latest-month"

    @property
    def logs(self) -> Path:
        return self.warehouse / "logs"

    @property
    def deployment(self) -> Path | None:
        """The deployment that the environment names; it holds Dagster's history in place of the workspace."""
        named = os.environ.get(DEPLOYMENT_VARIABLE)
        return Path(named).resolve() if named else None

    @property
    def location_name(self) -> str:
        """Of the workspace in a deployment: the folder's name in the letters that Dagster takes, and where it has
        others, a digest of it."""
        name = self.root.name
        plain = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")
        return plain if name.isascii() else f"{plain or 'workspace'}_{hashlib.sha256(name.encode()).hexdigest()[:6]}"

    @property
    def dagster_home(self) -> Path:
        return self.deployment or self.warehouse / "dagster"

    @property
    def history(self) -> Path:
        """Dagster's event log, where Dagster itself would keep it."""
        return self.dagster_home / "history" / "runs"

    @property
    def dbt_target(self) -> Path:
        """Parsed dbt projects, one folder per content."""
        return self.warehouse / "dbt" / "target"

    @property
    def dbt_build(self) -> Path:
        """Artifacts of the latest `dbt build`."""
        return self.warehouse / "dbt" / "build"

    @property
    def dbt_logs(self) -> Path:
        return self.warehouse / "dbt" / "logs"

    def environment(self) -> dict[str, str]:
        """Variables that make Dagster, dbt and their children write under warehouse/ and call no one."""
        return {
            ENVIRONMENT_VARIABLE: str(self.root),
            "HELIOLEDGER_WAREHOUSE": str(self.warehouse),
            "DAGSTER_HOME": str(self.dagster_home),
            "DBT_TARGET_PATH": str(self.dbt_target),
            "DBT_LOG_PATH": str(self.dbt_logs),
            # What dbt says goes to the log of the run; a file of its own would say it twice.
            "DBT_LOG_LEVEL_FILE": "none",
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DO_NOT_TRACK": "1",
        }

    def prepare(self) -> "Workspace":
        """Make the folders of warehouse/, and set the environment of this process and its children.

        Raises WorkspaceError when warehouse/ cannot be written.
        """
        try:
            for folder in (self.archive, self.releases, self.logs, self.dagster_home, self.dbt_target, self.dbt_logs):
                folder.mkdir(parents=True, exist_ok=True)
            if not self.deployment:
                write_own(self.dagster_home / "dagster.yaml", dagster_instance_settings(self.dagster_home))
            with tempfile.TemporaryFile(dir=self.warehouse):
                pass
        except OSError as error:
            raise WorkspaceError(
                f"Nothing can be written under {self.warehouse} ({error.strerror or error}). "
                "HelioLedger keeps everything it makes there."
            ) from error
        os.environ.update(self.environment())
        return self


def deployment_environment(folder: Path) -> dict[str, str]:
    """Variables of the web server and the daemon of a deployment."""
    return {
        DEPLOYMENT_VARIABLE: str(folder),
        "DAGSTER_HOME": str(folder),
    }


def write_own(path: Path, text: str) -> bool:
    """Write a file of ours unless it says the same, or its first line has been taken away. Whether it was written."""
    if path.is_file():
        former = path.read_text()
        if former == text or not former.startswith(WRITTEN_BY_US):
            return False
    path.write_text(text)
    return True


def chosen_engine() -> str | None:
    """The engine that the environment names."""
    return os.environ.get(ENGINE_VARIABLE) or None


def chosen_spark_master() -> str | None:
    return os.environ.get(SPARK_MASTER_VARIABLE) or None


def java() -> str | None:
    """The java that Spark starts: of JAVA_HOME, else on PATH."""
    home = os.environ.get("JAVA_HOME")
    return shutil.which(str(Path(home) / "bin" / "java")) if home else shutil.which("java")


def keep_spark_here() -> None:
    """Of a Spark on this machine: its address is that of the loopback, and its workers are this Python."""
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)


def secret(variable: str) -> str | None:
    """The value of an environment variable that the settings name; they never hold a secret themselves."""
    return os.environ.get(variable)


def script(name: str) -> str:
    """The console script `name` of this Python environment, which need not be on PATH."""
    return str(Path(sysconfig.get_path("scripts")) / name)
