"""What a run costs, beside scripts that do the bare work on the same files: writes the tables of docs/performance.md.

    python benchmarks/bench.py [--rows 100000 1000000 10000000] [--refused-up-to 1000000] [--ways ...] [--write]

Every figure is of a process of its own: wall time, CPU (user and system, of the process and its children) and the
largest resident memory of one process. The runs of the product start without warehouse. All ways must come to the same
lines and tonnes, or it stops. A folder of some gigabytes is made in the temporary folder and removed.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb
from company import make

REPOSITORY = Path(__file__).resolve().parents[1]
PAGE = REPOSITORY / "docs" / "performance.md"
MARK, END = "<!-- measured -->", "<!-- end of measured -->"
BARE = ["duckdb", "polars", "pandas"]
TOLERANCE = 1e-6  # polars and pandas count in binary fractions
PRODUCT = "import sys; sys.argv[0] = 'helioledger'; from orchestration.cli import command; command()"
# Runs a command and says what it cost: in a process of its own, since only the peak of all children is told.
CLOCK = """
import json, resource, subprocess, sys, time
start = time.perf_counter()
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([done.returncode, time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024,
    done.stdout, done.stderr]))
"""


@dataclass(frozen=True)
class Cost:
    """Seconds of wall time and CPU, megabytes of the largest process, and what the command printed."""

    wall: float
    cpu: float
    peak: float
    output: str

    def __str__(self) -> str:
        return f"{self.wall:,.1f} | {self.cpu:,.1f} | {self.peak:,.0f}"


def cost(*command: str | Path) -> Cost:
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    clocked = [sys.executable, "-c", CLOCK, *map(str, command)]
    answer = subprocess.run(clocked, capture_output=True, text=True, check=True, env=environment).stdout
    code, wall, cpu, peak, output, complaint = json.loads(answer)
    if code:
        raise SystemExit(f"{' '.join(map(str, command))} ended with {code}:\n{output[-2000:]}\n{complaint[-2000:]}")
    return Cost(wall, cpu, peak, output)


def run(workspace: Path) -> Cost:
    return cost(sys.executable, "-c", PRODUCT, "run", "--workspace", workspace)


def published(workspace: Path) -> dict:
    """Lines, refused rows and tonnes by scope and method, as bare.py prints them."""
    database = workspace / "warehouse" / "published" / "helioledger.duckdb"
    with duckdb.connect(str(database), read_only=True) as connection:
        ((lines,),) = connection.execute("select count(*) from marts.emissions").fetchall()
        ((refused,),) = connection.execute("select sum(rows_rejected)::bigint from marts.submissions").fetchall()
        totals = connection.execute(
            "select scope || coalesce(scope2_method, ''), sum(co2e_t)::double from marts.facility_emissions"
            " group by all"
        ).fetchall()
    return {"lines": lines, "refused": refused, "totals": dict(totals)}


def compare(way: str, found: dict, expected: dict) -> None:
    same = found["lines"] == expected["lines"] and found["refused"] == expected["refused"]
    same = same and found["totals"].keys() == expected["totals"].keys()
    if not same or any(abs(found["totals"][key] / t - 1) > TOLERANCE for key, t in expected["totals"].items()):
        raise SystemExit(f"{way} and the product differ: {found}, {expected}")


def fixed_cost(folder: Path) -> list[str]:
    """Runs of the small example: from nothing, in a second workspace, with changed settings, and with nothing to do."""
    workspace = folder / "sangle-2019"
    source = REPOSITORY / "examples" / "sangle-2019"
    shutil.copytree(source, workspace, ignore=shutil.ignore_patterns("warehouse"))
    rows = [f"| first run of `examples/sangle-2019`, the first of this version | {run(workspace)} |"]
    shutil.rmtree(workspace / "warehouse")
    rows.append(f"| first run of it when any workspace has been run | {run(workspace)} |")
    with (workspace / "organization.yml").open("a") as settings:
        settings.write("\n# changed\n")
    rows.append(f"| its rebuild after a change of the settings | {run(workspace)} |")
    rows.append(f"| nothing to do | {run(workspace)} |")
    return ["| fixed cost | wall s | CPU s | peak MB |", "|---|---:|---:|---:|", *rows]


def measured(folder: Path, rows: int, refused: bool, ways: list[str]) -> list[str]:
    workspace = folder / f"{rows}-{refused}"
    delivered = make(workspace, rows, refused)
    title = f"{delivered:,} rows, " + ("0.1 % refused" if refused else "all good")
    product = run(workspace)
    expected = published(workspace)
    shutil.rmtree(workspace / "warehouse")
    costs = {"helioledger": product}
    for way in ways:
        costs[way] = cost(sys.executable, REPOSITORY / "benchmarks" / "bare.py", way, workspace, folder / way)
        compare(way, json.loads(costs[way].output.splitlines()[-1]), expected)
        shutil.rmtree(folder / way)
    shutil.rmtree(workspace)
    base = costs.get("duckdb")
    lines = []
    for way, found in costs.items():
        times = f"{found.cpu / base.cpu:.1f}" if base else ""
        lines.append(f"| {title} | {way} | {found} | {times} |")
        print(lines[-1], flush=True)
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000, 10_000_000])
    parser.add_argument("--refused-up-to", type=int, default=10_000_000, help="largest size measured with refused rows")
    parser.add_argument("--ways", nargs="*", choices=BARE, default=BARE)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    arguments = parser.parse_args()
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    ).stdout.strip()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    table = [
        f"{time.strftime('%Y-%m-%d')}, commit {commit or 'unknown'}; {os.cpu_count()} cores, {memory:.0f} GB,"
        f" {platform.system()}, {platform.machine()}, Python {platform.python_version()}, DuckDB {duckdb.__version__};"
        f" load of the machine at the start {os.getloadavg()[0]:.1f}.",
        "",
    ]
    with tempfile.TemporaryDirectory(prefix="helioledger-bench-") as temporary:
        folder = Path(temporary)
        os.environ["XDG_CACHE_HOME"] = str(folder / "cache")  # where nothing is parsed yet
        table += fixed_cost(folder)
        print("\n".join(table), flush=True)
        table += ["", "| rows | | wall s | CPU s | peak MB | CPU, times bare DuckDB |"]
        table += ["|---|---|---:|---:|---:|---:|"]
        for rows in arguments.rows:
            for refused in (False, True):
                if not refused or rows <= arguments.refused_up_to:
                    table += measured(folder, rows, refused, arguments.ways)
    if arguments.write:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(MARK)
        after = rest.partition(END)[2]
        PAGE.write_text(before + MARK + "\n" + "\n".join(table) + "\n" + END + after, encoding="utf-8")


if __name__ == "__main__":
    main()
