"""The raw tables, the connection to the work file, and the run lock between processes."""

import subprocess
import sys
import time
from decimal import Decimal

import duckdb
import polars as pl
import pytest

from data_contracts.declarations.feeds import FEEDS
from data_contracts.declarations.reference_tables import TABLES
from data_contracts.declarations.settings import STATEMENTS, Organization
from orchestration import inputs, warehouse
from orchestration.rules import Rules

HOLD_LOCK = """
import sys, time
from orchestration import warehouse
from orchestration.workspace import Workspace
with warehouse.run_lock(Workspace.open(sys.argv[1])) as lock:
    lock.claim(sys.argv[2])
    print("held", flush=True)
    time.sleep(float(sys.argv[3]))
"""
HOLD_DATABASE = """
import sys, time, duckdb
connection = duckdb.connect(sys.argv[1])
print("open", flush=True)
time.sleep(float(sys.argv[2]))
"""


@pytest.fixture
def start():
    """Start a Python process and wait for its first line."""
    started = []

    def run(program, *arguments):
        process = subprocess.Popen(
            [sys.executable, "-c", program, *map(str, arguments)], stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        process.stdout.readline()
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()


def test_raw_tables_are_the_contracts_tables():
    assert {name: list(table.raw_schema()) for name, table in TABLES.items()} == {
        name: list(columns) for name, columns in warehouse.REFERENCE_TABLES.items()
    }
    assert {name: list(feed.raw_schema()) for name, feed in FEEDS.items()} == {
        name: list(columns) for name, columns in warehouse.FEED_TABLES.items()
    }
    listed = {"reconciliation_tolerance", "estimation_methods", "heating_value_basis", *STATEMENTS}
    # No figure depends on them.
    of_the_deployment = {
        "publication_grace_days", "history_days", "alerts", "memory_limit", "threads", "withdrawal_limit",
        "engine", "spark_master", "spark_settings",
    }  # fmt: skip
    settings = set(warehouse.ORGANIZATION_TABLES["organization"]) | listed | of_the_deployment
    assert set(Organization.model_fields) == settings


def test_a_work_file_that_is_kept_open_is_opened_by_others_as_before(workspace, start):
    with warehouse.kept_open(workspace):
        assert not workspace.work_database.exists()
    with warehouse.open_work(workspace) as connection:
        warehouse.create_raw_tables(connection)
    with warehouse.kept_open(workspace):
        for number in (1, 2):
            with warehouse.open_work(workspace) as connection:
                connection.execute("insert into raw.closes (close_id) values (?)", [str(number)])
        with warehouse.connect(workspace.work_database) as connection:
            assert connection.execute("select count(*) from raw.closes").fetchall() == [(2,)]
    program = start(HOLD_DATABASE, workspace.work_database, 60)  # it is closed, so that another process may open it
    assert program.poll() is None
    with (
        pytest.raises(warehouse.WarehouseBusy),
        warehouse.kept_open(workspace),
        warehouse.connect(workspace.work_database, wait_seconds=0),
    ):
        pass


def test_raw_types_take_the_contracts_frames_without_a_cast(workspace):
    """A type that differs would be cast silently on insertion."""
    with warehouse.open_work(workspace) as connection:
        warehouse.create_raw_tables(connection)
        schemas = {name: feed.raw_schema() for name, feed in FEEDS.items()}
        schemas |= {f"reference_{name}": table.raw_schema() for name, table in TABLES.items()}
        for table, schema in schemas.items():
            connection.register("frame", warehouse.Frame(pl.DataFrame(schema=schema)))
            delivered = {row[0]: row[1] for row in connection.execute("describe from frame").fetchall()}
            assert delivered == warehouse.RAW_TABLES[table], table
            connection.unregister("frame")


def test_a_newer_version_adds_its_columns_to_kept_rows(workspace):
    with warehouse.open_work(workspace) as connection:
        connection.execute("create schema raw")
        connection.execute("create table raw.production (load_id varchar, quantity decimal(22, 9))")
        connection.execute("insert into raw.production values ('kept', 1.5)")
        connection.execute("create table raw.reference_gwp (gas varchar)")
        warehouse.create_raw_tables(connection)
        warehouse.create_raw_tables(connection)
        assert connection.execute("select load_id, quantity, workshop from raw.production").fetchall()[0][2] is None
        columns = [row[0] for row in connection.execute("describe raw.reference_gwp").fetchall()]
        assert columns == list(warehouse.REFERENCE_TABLES["gwp"])


def test_closed_lines_get_more_decimals_and_stay_closed(workspace):
    with warehouse.open_work(workspace) as connection:
        warehouse.create_raw_tables(connection)
        warehouse._widen(connection, "closed_lines", "factor_kgco2e_per_unit", "decimal(18, 12)")
        connection.execute("insert into raw.closed_lines (close_id, quantity) values ('2023.1', 1.5)")
        warehouse.create_raw_tables(connection)
        kinds = {row[0]: row[1] for row in connection.execute("describe raw.closed_lines").fetchall()}
        assert kinds == warehouse.RAW_TABLES["closed_lines"]
        assert connection.execute("select quantity from raw.closed_lines").fetchall() == [(Decimal("1.5"),)]
        with pytest.raises(duckdb.Error, match="never changed"):
            connection.execute("update raw.closed_lines set quantity = 2")


def test_reference_is_replaced_whole_or_not_at_all(workspace):
    rules = Rules.load(workspace)
    state = inputs.reference_fingerprint(workspace)
    with warehouse.open_work(workspace) as connection:
        warehouse.create_raw_tables(connection)
        rows = warehouse.replace_reference(connection, rules.reference, rules.settings, state)
        assert (rows["organization"], rows["reference_facilities"], rows["reference_meters"]) == (1, 1, 0)
        broken = {"facilities": rules.reference["facilities"], "meters": pl.DataFrame({"nonsense": ["x"]})}
        with pytest.raises(ValueError, match="nonsense"):
            warehouse.replace_reference(connection, broken, rules.settings, {})
        assert warehouse.count_rows(connection, warehouse.REPLACED_TABLES) == rows
        assert connection.execute("select part, hash from raw.reference_fingerprint").fetchall() == sorted(
            state.items()
        )


def test_a_connection_waits_for_the_process_that_holds_the_file(workspace, start):
    start(HOLD_DATABASE, workspace.work_database, 1.5)
    said = []
    before = time.monotonic()
    with warehouse.open_work(workspace, on_wait=said.append) as connection:
        assert connection.execute("select 1").fetchall() == [(1,)]
    assert time.monotonic() - before > 0.5
    assert len(said) == 1


def test_a_file_held_for_too_long_or_broken_is_an_error(workspace, start):
    start(HOLD_DATABASE, workspace.work_database, 30)
    with (
        pytest.raises(warehouse.WarehouseBusy),
        warehouse.connect(workspace.work_database, wait_seconds=0.5),
    ):
        pass
    broken = workspace.warehouse / "broken.duckdb"
    broken.write_bytes(b"not a database" * 1000)
    with pytest.raises(warehouse.WarehouseUnreadable), warehouse.connect(broken, wait_seconds=0.5):
        pass


def test_the_second_process_waits_for_the_first(workspace, start):
    start(HOLD_LOCK, workspace.root, "run-1", 1.5)
    said = []
    before = time.monotonic()
    with warehouse.run_lock(workspace, on_wait=said.append) as lock:
        waited = time.monotonic() - before
        assert lock.abandoned_run is None
        with warehouse.run_lock(workspace) as again:
            assert again is lock
        # The inner block has not let the lock go.
        other = subprocess.Popen([sys.executable, "-c", HOLD_LOCK, str(workspace.root), "run-2", "0"])
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(timeout=1.5)
    assert waited > 0.5
    assert len(said) == 1
    assert other.wait(timeout=20) == 0


def test_a_killed_process_leaves_the_name_of_its_run(workspace, start):
    process = start(HOLD_LOCK, workspace.root, "run-1", 60)
    assert warehouse.take_abandoned_run(workspace) is None
    process.kill()
    process.wait()
    with warehouse.run_lock(workspace) as lock:
        assert lock.abandoned_run == "run-1"
    with warehouse.run_lock(workspace) as lock:
        assert lock.abandoned_run is None
    start(HOLD_LOCK, workspace.root, "run-2", 60).kill()
    time.sleep(0.2)
    assert warehouse.take_abandoned_run(workspace) == "run-2"
    assert warehouse.take_abandoned_run(workspace) is None


def test_an_interrupted_load_leaves_nothing(workspace):
    with warehouse.open_work(workspace) as connection:
        warehouse.create_raw_tables(connection)
        loads = pl.DataFrame({"load_id": ["l"], "submission_id": ["s"], "context_hash": ["c"]})
        rows = [pl.DataFrame({"load_id": ["l"], "quantity": [quantity]}) for quantity in ("1", "no number")]

        def judged(insert):
            for frame in rows:
                insert("energy_ledger", frame)
            return [], []

        with pytest.raises((duckdb.Error, ValueError)):
            warehouse.append_load(
                connection,
                versions=pl.DataFrame({"submission_id": ["s"]}),
                loads=loads,
                judged=judged,
            )
        assert warehouse.count_rows(connection, dict.fromkeys(("loads", "energy_ledger", "submission_versions"))) == {
            "loads": 0,
            "energy_ledger": 0,
            "submission_versions": 0,
        }
