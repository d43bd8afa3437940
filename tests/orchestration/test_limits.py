"""Memory and threads of the database: from organization.yml, in every step of a run, and what it spills is removed."""

import os
import subprocess
import sys

from orchestration import release, transformation, warehouse
from orchestration.limits import Limits

ASK = "select current_setting('memory_limit'), current_setting('threads'), current_setting('temp_directory')"
# More than fits into 500 MB: a sort of 640 million bytes.
SPILLING = (
    "create table main.sorted as select md5(i::varchar) as a, repeat(md5((i + 1)::varchar), 19) as b"
    " from range(1_000_000) as r(i) order by a"
)


def limited(workspace, text):
    with workspace.organization_file.open("a") as file:
        file.write(text)
    return Limits.of(workspace)


def test_limits_are_those_of_organization_yml(workspace):
    limits = limited(workspace, "\nmemory_limit: 800MB\nthreads: 1\n")
    assert limits == Limits("800MB", 1)
    with warehouse.open_work(workspace) as connection:
        memory, threads, spill = connection.execute(ASK).fetchone()
    assert (memory, threads, spill) == ("762.9 MiB", 1, str(workspace.spill))


def test_limits_of_the_machine_hold_where_none_are_set_or_the_settings_are_not_valid(workspace):
    machine = Limits.of(workspace)
    assert 500 <= int(machine.memory_limit.removesuffix("MB")) <= 3000
    assert machine.threads == len(os.sched_getaffinity(0))
    assert limited(workspace, "\nmemory_limit: much\n") == machine


def test_dbt_works_within_the_limits(workspace):
    limited(workspace, "\nmemory_limit: 800MB\nthreads: 1\n")
    target = workspace.dbt_build
    finished = transformation._invoke(
        workspace,
        ["--quiet", "show", "--output", "json", "--inline", ASK.replace(", current", " as a, current", 1)],
        target,
    )
    assert finished.success, finished.exception
    (result,) = finished.result.results
    assert [str(value) for value in result.agate_table.rows[0].values()] == ["762.9 MiB", "1", str(workspace.spill)]


def test_what_does_not_fit_is_spilled_and_removed_with_the_lock(workspace):
    limited(workspace, "\nmemory_limit: 500MB\nthreads: 1\n")
    with warehouse.run_lock(workspace):
        with warehouse.open_work(workspace) as connection:
            connection.execute(SPILLING)
            (rows,) = connection.execute("select count(*) from main.sorted").fetchone()
            spilled = workspace.spill.is_dir()
        workspace.spill.mkdir(exist_ok=True)
        (workspace.spill / "left-by-a-killed-run").touch()
    assert rows == 1_000_000
    assert spilled
    assert not workspace.spill.exists()


def test_publication_works_within_the_limits_and_leaves_no_spill(workspace):
    limited(workspace, "\nmemory_limit: 500MB\nthreads: 1\n")
    with warehouse.open_work(workspace) as connection:
        connection.execute("create schema marts")
        connection.execute(SPILLING.replace("main.sorted", "marts.wide").replace(" order by a", ""))
    program = (
        "import sys\nfrom orchestration import release, warehouse\nfrom orchestration.workspace import Workspace\n"
        "workspace = Workspace.open(sys.argv[1])\n"
        "with warehouse.run_lock(workspace):\n    release.publish(workspace, {})\n"
        "print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1])"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, str(workspace.root)], capture_output=True, text=True, check=True
    ).stdout
    assert int(said) < 900_000  # kB; the table alone is 640 MB
    assert release.published_manifest(workspace)["rows"] == {"wide": 1_000_000}
    assert not workspace.spill.exists()
