"""The examples on a Spark cluster of one master and two workers on this machine, one of which is killed half-way.

    python benchmarks/spark_cluster.py examples/sangle-2019 [examples/ja-solar …] [--keep DIR] [--memory MB] [--parts N]

Each workspace (company.py makes some of any size) is computed from its files to its marts twice, by DuckDB and by the
cluster; every mart must be the same bytes. Exit code 1 where one is not, or where no worker was lost.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from orchestration.workspace import ENGINE_VARIABLE, SPARK_MASTER_VARIABLE, Workspace, script

GENERATOR = Path(__file__).parents[1] / "examples" / "generate_ja_solar.py"
# A worker is killed when so large a share of the models is made.
KILLED_AT = 0.5
# Of a worker's memory its executor gets this share; Spark adds a tenth to it, and 384 MB at least.
OF_EXECUTOR = 0.8
MADE = re.compile(r"(\d+) of (\d+) OK created")
HOST = "127.0.0.1"


@dataclass
class Cluster:
    master: subprocess.Popen
    workers: list[subprocess.Popen]
    address: str
    page: str
    memory: int

    def alive(self) -> int:
        """Workers that the master hears."""
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.page}/json/", timeout=5) as said:
            return json.load(said)["aliveworkers"]
        return 0

    def await_workers(self, number: int) -> None:
        deadline = time.monotonic() + 120
        while self.alive() != number:
            if time.monotonic() > deadline:
                sys.exit(f"The cluster has {self.alive()} workers, not {number}.")
            time.sleep(0.5)

    def start_worker(self, folder: Path) -> None:
        place = folder / f"worker-{len(self.workers)}"
        what = ["org.apache.spark.deploy.worker.Worker", "--host", HOST, "--cores", "1"]
        what += ["--memory", f"{self.memory}m"]
        self.workers.append(_started([*what, "--work-dir", str(place), self.address], place))


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind((HOST, 0))
        return listening.getsockname()[1]


def _started(arguments: list[str], log: Path) -> subprocess.Popen:
    """A process of Spark, in a group of its own: an executor dies with its worker."""
    import pyspark

    home = Path(pyspark.__file__).parent
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": HOST, "PYSPARK_PYTHON": sys.executable}
    with log.with_name(f"{log.name}.log").open("w") as output:
        return subprocess.Popen(
            [str(home / "bin" / "spark-class"), *arguments],
            stdout=output, stderr=output, env=environment, start_new_session=True,
        )  # fmt: skip


def _kill(process: subprocess.Popen) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextlib.contextmanager
def cluster(folder: Path, memory: int) -> Iterator[Cluster]:
    """One master and two workers of one processor and some megabytes each; all end with the block."""
    port, page = _free_port(), _free_port()
    what = ["org.apache.spark.deploy.master.Master", "--host", HOST, "--port", str(port), "--webui-port", str(page)]
    started = Cluster(_started(what, folder / "master"), [], f"spark://{HOST}:{port}", f"http://{HOST}:{page}", memory)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{started.page}/json/", timeout=5):
                break
            time.sleep(0.5)
        for _ in range(2):
            started.start_worker(folder)
        started.await_workers(2)
        yield started
    finally:
        for process in (*started.workers, started.master):
            _kill(process)


def copied(workspace: Path, folder: Path, settings: dict[str, int | str]) -> Path:
    """The workspace without what earlier runs made, with settings of Spark."""
    shutil.copytree(workspace, folder, ignore=shutil.ignore_patterns("warehouse"))
    if (folder / "illustration").is_dir() and not (folder / "landing").is_dir():
        subprocess.run([sys.executable, str(GENERATOR), "--out", str(folder)], check=True, stdout=subprocess.DEVNULL)
    with (folder / "organization.yml").open("a", encoding="utf-8") as file:
        file.write("\n" + yaml.safe_dump({"spark_settings": settings}))
    return folder


def run(folder: Path, engine: str, **environment: str) -> subprocess.Popen:
    return subprocess.Popen(
        [script("helioledger"), "run", "--engine", engine, "--workspace", str(folder)],
        env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def kill_half_way(running: subprocess.Popen, workspace: Workspace, spark: Cluster) -> str:
    """Kill a worker and its executor when half of the models are made; where the run was then."""
    log = workspace.logs / f"unfinished-run-{running.pid}.log"
    while running.poll() is None:
        made = MADE.findall(log.read_text(errors="replace")) if log.exists() else []
        if made and int(made[-1][0]) >= int(made[-1][1]) * KILLED_AT:
            _kill(spark.workers.pop())
            return f"{len(made)} of {made[-1][1]} models"
        time.sleep(0.2)
    return ""


def compare(one: Workspace, other: Workspace) -> list[str]:
    """The marts whose Parquet files are not the same bytes."""
    hashes = [
        json.loads((workspace.published / "release.json").read_text())["parquet_sha256"] for workspace in (one, other)
    ]
    return sorted(name for name in hashes[0].keys() | hashes[1].keys() if hashes[0].get(name) != hashes[1].get(name))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workspaces", nargs="+", type=Path)
    parser.add_argument("--keep", type=Path, help="folder for the copies and the logs of the cluster")
    parser.add_argument("--memory", type=int, default=1500, metavar="MB", help="of each worker")
    # Of a small table more parts would only be more tasks.
    parser.add_argument("--parts", type=int, default=4, metavar="N", help="of a table that is shuffled")
    chosen = parser.parse_args()
    settings = {
        "spark.sql.shuffle.partitions": chosen.parts,
        "spark.executor.memory": f"{chosen.memory * OF_EXECUTOR:.0f}m",
    }
    from orchestration import spark

    spark.require("local")
    bad = False
    with tempfile.TemporaryDirectory(prefix="spark-cluster-") as temporary:
        folder = chosen.keep or Path(temporary)
        with cluster(folder / "cluster", chosen.memory) as running:
            for workspace in chosen.workspaces:
                name = workspace.resolve().name
                running.await_workers(2)
                duck = Workspace(copied(workspace, folder / f"{name}-duckdb", settings))
                both = Workspace(copied(workspace, folder / f"{name}-spark", settings))
                started = time.monotonic()
                first = run(duck.root, "duckdb")
                said = first.communicate()[0]
                if first.returncode:
                    sys.exit(said)
                middle = time.monotonic()
                second = run(both.root, "spark", **{SPARK_MASTER_VARIABLE: running.address, ENGINE_VARIABLE: "spark"})
                killed = kill_half_way(second, both, running)
                said = second.communicate()[0]
                ended = time.monotonic()
                if second.returncode:
                    sys.exit(said)
                differing = compare(duck, both)
                marts = len(json.loads((both.published / "release.json").read_text())["parquet_sha256"])
                lost = running.alive()
                bad |= bool(differing) or not killed
                print(
                    f"{name}: DuckDB {middle - started:.0f} s, cluster {ended - middle:.0f} s; "
                    f"worker and executor killed after {killed or 'nothing'}, {lost} worker left; "
                    f"{marts - len(differing)} of {marts} marts the same bytes"
                    + (f"; not: {', '.join(differing)}" if differing else ""),
                    flush=True,
                )
                running.start_worker(folder / "cluster")
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
