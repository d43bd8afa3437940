"""Memory and threads of the database: from organization.yml, in every step of a run, and what it spills is removed."""

import os

from orchestration import compiled, transformation, warehouse
from orchestration.limits import Limits

ASK = "select current_setting('memory_limit'), current_setting('threads'), current_setting('temp_directory')"
# 600 MB, which do not fit into 500.
SPILLING = (
    "create table main.sorted as select md5(i::varchar) as a, repeat(md5((i + 1)::varchar), 60) as b"
    " from range(300_000) as r(i) order by a"
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
    assert 500 <= int(machine.memory_limit.removesuffix("MB")) <= 2700
    assert machine.threads == len(os.sched_getaffinity(0))
    assert limited(workspace, "\nmemory_limit: much\n") == machine


def test_dbt_works_within_the_limits(workspace, parsed_dbt_project):
    parsed_dbt_project(workspace.root)
    project = compiled.load(transformation.parsed_project(workspace) / transformation.PARSE_FILE)
    limited(workspace, "\nmemory_limit: 800MB\nthreads: 1\n")
    target = workspace.dbt_build
    target.mkdir(parents=True)
    finished = transformation._invoke(
        workspace,
        ["--quiet", "show", "--output", "json", "--inline", ASK.replace(", current", " as a, current", 1)],
        target,
        manifest=project,
    )
    assert finished.success, finished.exception
    (result,) = finished.result.results
    assert [str(value) for value in result.agate_table.rows[0].values()] == ["762.9 MiB", "1", str(workspace.spill)]


def test_models_of_few_rows_and_of_more_than_find_room_are_computed_one_at_a_time(
    workspace, parsed_dbt_project, capsys
):
    by_rows = {0: 1, 99_999: 1, 100_000: 2, 3_000_000: 2, 3_000_001: 1, None: 2}
    assert {rows: Limits("3GB", 2).models_at_once(rows) for rows in by_rows} == by_rows
    threads = {rows: Limits("3GB", 2).environment(rows)["HELIOLEDGER_THREADS"] for rows in by_rows}
    assert threads == {0: "1", 99_999: "1", 100_000: "2", 3_000_000: "2", 3_000_001: "2", None: "2"}
    assert Limits("1GiB", 2).models_at_once(1_073_742) == 1
    parsed_dbt_project(workspace.root)
    limited(workspace, "\nmemory_limit: 800MB\nthreads: 2\n")
    for rows, at_once in ((99_999, 1), (800_000, 2), (800_001, 1)):
        results = list(transformation.build(workspace, ["--select", "metrics"], rows=rows))
        assert "metrics" in [one["data"]["node_info"]["node_name"] for one in results]
        assert f"Concurrency: {at_once} threads" in capsys.readouterr().out


def test_what_does_not_fit_is_spilled_and_removed_with_the_lock(workspace):
    limited(workspace, "\nmemory_limit: 500MB\nthreads: 1\n")
    with warehouse.run_lock(workspace):
        with warehouse.open_work(workspace) as connection:
            connection.execute(SPILLING)
            (rows,) = connection.execute("select count(*) from main.sorted").fetchone()
            spilled = workspace.spill.is_dir()
        workspace.spill.mkdir(exist_ok=True)
        (workspace.spill / "left-by-a-killed-run").touch()
    assert rows == 300_000
    assert spilled
    assert not workspace.spill.exists()
