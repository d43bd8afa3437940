"""Dagster's event log, as this product stores it, beside Dagster's own."""

import sqlite3
from contextlib import closing

import dagster as dg
import pytest
from dagster import AssetCheckSeverity
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage

from orchestration import dagster_patches
from orchestration.history import EventLog

OURS = {"module": "orchestration.history", "class": "EventLog"}
DAGSTERS = {"module": "dagster._core.storage.event_log.sqlite.sqlite_event_log", "class": "SqliteEventLogStorage"}


@dg.asset(check_specs=[dg.AssetCheckSpec("kept", asset="first")])
def first():
    return dg.MaterializeResult(metadata={"rows": 1}, check_results=[dg.AssetCheckResult(passed=True)])


@dg.asset(deps=[first])
def second() -> None: ...


def told(storage, folder, runs=2):
    """What an instance knows after some runs: events of the last, materializations, checks."""
    config = {"config": {"base_dir": str(folder / storage["class"])}}
    with dg.instance_for_test(overrides={"event_log_storage": storage | config}) as instance:
        for _ in range(runs):
            run_id = dg.materialize([first, second], instance=instance).run_id
        events = [
            (event.dagster_event_type, event.step_key, event.dagster_event.asset_key)
            for event in instance.all_logs(run_id)
        ]
        keys = [dg.AssetKey("first"), dg.AssetKey("second")]
        made = [len(instance.fetch_materializations(key, limit=9).records) for key in keys]
        check = dg.AssetCheckKey(keys[0], "kept")
        checked = instance.event_log_storage.get_asset_check_execution_history(check, limit=9)
        (record,) = instance.get_asset_records(keys[:1])
        last = record.asset_entry.last_materialization_record.run_id == run_id
        return events, made, [each.status for each in checked], last


def test_what_is_planned_in_one_piece_is_told_as_dagster_tells_it(tmp_path, monkeypatch):
    monkeypatch.delenv("DAGSTER_EVENT_BATCH_SIZE", raising=False)
    expected = told(DAGSTERS, tmp_path)
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "100")
    events, made, checked, last = told(OURS, tmp_path)
    assert (events, made, checked, last) == expected
    assert made == [2, 2]
    assert len(checked) == 2
    assert last


def test_of_a_batch_that_fails_nothing_is_stored(tmp_path):
    config = {"config": {"base_dir": str(tmp_path)}}
    with dg.instance_for_test(overrides={"event_log_storage": OURS | config}) as instance:
        run_id = dg.materialize([second], instance=instance).run_id
        logs = instance.all_logs(run_id)
        with pytest.raises(AttributeError, match="step_key"):
            instance.event_log_storage.store_event_batch([*logs, "no event"])
        assert len(instance.all_logs(run_id)) == len(logs)
        instance.event_log_storage.store_event_batch(logs)  # and the next one is
        assert len(instance.all_logs(run_id)) == 2 * len(logs)


@dg.asset(
    check_specs=[dg.AssetCheckSpec("kept", asset="many"), dg.AssetCheckSpec("even", asset="many")],
    partitions_def=dg.StaticPartitionsDefinition(["a", "b"]),
)
def many(context):
    context.log_event(dg.AssetObservation("first", metadata={"seen": 1}))
    failed = dg.AssetCheckResult(check_name="even", passed=False, severity=AssetCheckSeverity.WARN)
    return dg.MaterializeResult(
        metadata={"rows": 1},
        tags={"made": "here"},
        check_results=[dg.AssetCheckResult(check_name="kept", passed=True), failed],
    )


@dg.asset(deps=[many])
def broken() -> None:
    raise ValueError("not this one")


def rows_of(folder):
    """All rows of all tables of an event log, without the times at which they were written."""
    found = {}
    for file in sorted(folder.glob("*.db")):
        with closing(sqlite3.connect(file)) as connection:
            tables = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
            for table in sorted(tables):
                columns = [name for _, name, *_ in connection.execute(f"pragma table_info({table})")]
                kept = ", ".join(
                    f'"{name}"' for name in columns if not name.endswith(("create_timestamp", "completed"))
                )
                found[file.name, table] = connection.execute(f"select {kept} from {table} order by 1").fetchall()
    return found


def test_every_row_is_the_one_that_dagster_stores(tmp_path):
    """Two runs of assets with and without checks, partitions and tags, that succeed, fail and observe, twice."""
    events = []
    config = {"config": {"base_dir": str(tmp_path / "instance")}}
    with dg.instance_for_test(overrides={"event_log_storage": OURS | config}) as instance:
        for _ in range(2):
            for assets, partition in (([first, second], None), ([many], "a"), ([broken], None)):
                run = dg.materialize(assets, instance=instance, partition_key=partition, raise_on_error=False)
                events += instance.all_logs(run.run_id)
        instance.report_runless_asset_event(dg.AssetMaterialization("first"))
        instance.report_runless_asset_event(
            dg.AssetCheckEvaluation(asset_key=dg.AssetKey("first"), check_name="kept", passed=True)
        )
        events += instance.all_logs("")
        stores = [store(str(tmp_path / store.__name__)) for store in (SqliteEventLogStorage, EventLog)]
        for store in stores:
            store.register_instance(instance)
            for event in events:
                store.store_event(event)
            store.dispose()
    dagsters, ours = (rows_of(tmp_path / type(store).__name__) for store in stores)
    assert ours == dagsters
    index = {table: len(rows) for (file, table), rows in ours.items() if file == "index.db"}
    assert index["asset_keys"] == 4
    assert index["asset_check_executions"] == 7
    assert index["asset_event_tags"] == 6


def test_what_is_kept_of_a_step_is_what_dagster_works_out(tmp_path):
    """The same events, checks and data versions, with the parts of Dagster replaced that a run replaces."""

    def versions():
        with dg.instance_for_test(
            overrides={"event_log_storage": OURS | {"config": {"base_dir": str(tmp_path)}}}
        ) as of:
            run = dg.materialize([together], instance=of)
            kinds = [(event.event_type_value, event.step_key) for event in run.all_events]
            logs = [of.get_latest_materialization_event(dg.AssetKey(name)) for name in ("first", "second")]
            return kinds, [log.asset_materialization.tags for log in logs]

    before = versions()
    dagster_patches.apply()
    after = versions()
    assert after[0] == before[0]
    inputs = {"dagster/input_data_version/first", "dagster/data_version"}
    for tags in (before[1], after[1]):
        assert inputs <= tags[1].keys()
        assert tags[1]["dagster/input_data_version/first"] == tags[0]["dagster/data_version"]


@dg.multi_asset(
    specs=[dg.AssetSpec("first"), dg.AssetSpec("second", deps=["first"])],
    check_specs=[dg.AssetCheckSpec("kept", asset="second")],
)
def together():
    yield dg.MaterializeResult("first")
    yield dg.MaterializeResult("second", check_results=[dg.AssetCheckResult(passed=True)])


def test_what_comes_before_its_parent_is_still_refused():
    @dg.multi_asset(specs=[dg.AssetSpec("first"), dg.AssetSpec("second", deps=["first"])])
    def turned_round():
        yield dg.MaterializeResult("second")
        yield dg.MaterializeResult("first")

    dagster_patches.apply()
    with pytest.raises(dg.DagsterInvariantViolationError, match="was yielded before its"):
        dg.materialize([turned_round])


def test_migrations_of_dagster_are_read_once_and_others_as_before(tmp_path):
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from dagster._core.storage.sql import ALEMBIC_SCRIPTS_LOCATION, get_alembic_config

    dagster_patches.apply()
    one, other = (ScriptDirectory.from_config(get_alembic_config(file)) for file in ("runs/a.py", "schedules/a.py"))
    assert one is other
    assert one.dir.endswith(ALEMBIC_SCRIPTS_LOCATION.split(":")[1])
    assert one.as_revision_number("head")
    of_others = Config()
    of_others.set_main_option("script_location", str(tmp_path))
    assert ScriptDirectory.from_config(of_others).dir == str(tmp_path)


def test_resources_of_one_kind_have_one_type_and_their_own_values():
    from dagster._core.definitions.scoped_resources_builder import ScopedResourcesBuilder

    dagster_patches.apply()
    one, other = (ScopedResourcesBuilder({"at": at, "by": "who"}).build({"at", "by"}) for at in (1, 2))
    assert (one.at, other.at, one.by) == (1, 2, "who")
    assert other.original_resource_dict == {"at": 2, "by": "who"}
