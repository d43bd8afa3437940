"""Programs, started without importing the same libraries each time.

A run spends a quarter of its time on importing Dagster and dbt. This server imports them once and forks for each
command; what is forked runs the program's own entry point, with arguments, environment, folder and output of its own.
Polars, which starts threads that no fork would have, and all that imports it, is left to each command; what Pandera
imports beside it is not.
"""

import contextlib
import gc
import importlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from orchestration.workspace import script

IMPORTED = (
    "alembic.config",
    "babel.localtime",
    "dagster._core.execution.execute_in_process",
    "dagster._core.storage.legacy_storage",
    "dagster._core.storage.runs.sqlite.sqlite_run_storage",
    "dagster._core.storage.schedules.sqlite.sqlite_schedule_storage",
    "orchestration.defs",
    "dagster_dbt",
    "dbt.adapters.duckdb",
    "dbt.cli.main",
    "dbt.task.build",
    "dbt_common.clients.agate_helper",
    "orchestration.alerts",
    "orchestration.cli",
    "orchestration.code_location",
    "orchestration.dbt_functions",
    "orchestration.history",
    "orchestration.integrity",
    "orchestration.rules",
    "pandera.api.base",
    "upath.implementations.local",
    "xlsxwriter",
)
TIMEOUT_SECONDS = 900
ROOT = Path(__file__).parents[1]


class Programs:
    """Console scripts of this environment, and functions (`module:function`) as if they were, run one at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.started"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )

    def run(
        self,
        name: str,
        *arguments: object,
        cwd: Path | None = None,
        env: dict[str, str] | None = None,
        largest_file: int = resource.RLIM_INFINITY,
        meanwhile: Callable[[int], None] = lambda pid: None,
    ) -> subprocess.CompletedProcess[str]:
        """What `subprocess.run` gives of a console script.

        largest_file: in bytes, beyond which the kernel writes none for it. meanwhile: what is done while it runs, with
        the id of its process.
        """
        command = [script(name), *map(str, arguments)]
        with self._lock, tempfile.TemporaryDirectory() as folder:
            outputs = [Path(folder, stream) for stream in ("stdout", "stderr")]
            order = {
                "name": name,
                "command": command,
                "cwd": str(cwd or Path.cwd()),
                "env": dict(os.environ if env is None else env),
                "outputs": list(map(str, outputs)),
                "largest_file": largest_file,
            }
            self._server.stdin.write(json.dumps(order) + "\n")
            self._server.stdin.flush()
            meanwhile(int(self._server.stdout.readline()))
            code = int(self._server.stdout.readline())
            return subprocess.CompletedProcess(command, code, *(file.read_text() for file in outputs))

    def close(self) -> None:
        self._server.stdin.close()
        self._server.wait()


def serve() -> None:
    """Fork for each order on the standard input; print the id of the process, then its exit code."""
    scripts = {entry.name: entry.value for entry in entry_points(group="console_scripts")}
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as a command has it, so that numpy starts no thread here
    for module in IMPORTED:
        importlib.import_module(module)
    assert len(os.listdir("/proc/self/task")) == 1, "a fork would lack the threads that an import has started"
    gc.freeze()
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _become(order, scripts.get(order["name"], order["name"]))
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
    os._exit(0)


def _become(order: dict[str, Any], program: str) -> None:
    """Be the program that an order names, to the end of this process."""
    code = 1
    try:
        signal.alarm(TIMEOUT_SECONDS)
        os.chdir(order["cwd"])
        os.environ.clear()
        os.environ.update(order["env"])
        opened = [os.open(os.devnull, os.O_RDONLY)]
        opened += [os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND) for file in order["outputs"]]
        for stream, descriptor in enumerate(opened):
            os.dup2(descriptor, stream)
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["largest_file"], order["largest_file"]))
        sys.argv = order["command"]
        code = EntryPoint("program", program, "console_scripts").load()()
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code if isinstance(code, int) else int(bool(code)))


if __name__ == "__main__":
    serve()
