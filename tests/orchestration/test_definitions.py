"""The code location, whatever state the workspace is in."""

import graphlib
from datetime import UTC, datetime

import dagster as dg
import pytest

from orchestration import intake, warehouse
from orchestration.code_location import RANGE_END_TAG, RANGE_START_TAG, CodeLocation
from orchestration.definitions import defs
from orchestration.defs.automation import monthly_range
from orchestration.rules import Rules
from orchestration.workspace import DBT_PROJECT_DIR


@pytest.fixture
def workspace(workspace, parsed_dbt_project):
    parsed_dbt_project(workspace.root)
    return workspace.prepare()  # parsing names the workspace that it was done for


def load(now: datetime | None = None) -> dg.RepositoryDefinition:
    return defs().get_repository_def()


def test_definitions_tell_the_story(workspace, deliver):
    deliver("2024-02/BASE/energy_ledger.csv", "10")
    repository = load()
    graph = repository.asset_graph
    keys = {key.to_user_string() for key in graph.executable_asset_keys}
    assert {f"raw/{table}" for table in warehouse.RAW_TABLES if table != "reference_fingerprint"} <= keys
    assert {"publication", "marts/emissions", "marts/scope12_trend", "seeds/units"} <= keys
    groups = {graph.get(key).group_name for key in graph.executable_asset_keys}
    rooms = {folder.name for folder in (DBT_PROJECT_DIR / "models" / "intermediate").iterdir()}
    assert groups == {"reference", "landing", "shared_reference", "staging", "marts", "publication", "report", *rooms}
    # Publication waits for every mart, and every source of dbt is an asset of ours.
    marts = {key for key in graph.executable_asset_keys if key.path[0] == "marts"}
    assert graph.get(dg.AssetKey("publication")).parent_keys == marts
    assert graph.executable_asset_keys == set(graph.get_all_asset_keys())

    job = repository.get_job("monthly_inventory")
    # The report follows the publication by itself; a run does not wait for it.
    assert dg.AssetKey("annual_report") in graph.executable_asset_keys
    assert dg.AssetKey("annual_report") not in job.asset_layer.executable_asset_keys
    assert graph.get(dg.AssetKey("annual_report")).parent_keys == {dg.AssetKey("publication")}
    keys_of_partitions = job.partitions_def.get_partition_keys()
    assert (keys_of_partitions[0], keys_of_partitions[-1]) == ("2024-02", CodeLocation.load().months.last)
    checks = {key.to_user_string() for key in graph.asset_check_keys}
    assert {f"raw/{feed}:contract" for feed in warehouse.FEED_TABLES} <= checks
    # Every invariant is a check of a run, whatever layer it reads; the tests of the layers below the marts are not.
    invariants = {file.stem for file in (DBT_PROJECT_DIR / "tests").glob("assert_*.sql")}
    names = {key.name for key in graph.asset_check_keys}
    assert invariants <= names
    assert not any("int_" in name or "stg_" in name for name in names - invariants)
    schedule = repository.get_schedule_def("monthly_inventory_schedule")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 6 5 * *", "Asia/Shanghai")
    retention = repository.get_schedule_def("history_retention_schedule")
    assert (retention.cron_schedule, retention.execution_timezone) == ("30 6 * * 0", "Asia/Shanghai")
    sensors = {sensor.name: sensor.default_status.value for sensor in repository.sensor_defs}
    names = ("abandoned_runs", "publication_late", "run_failed", "report_after_publication")
    running = dict.fromkeys(names, "RUNNING")
    assert sensors == {"landing_changes": "STOPPED", **running}


def test_the_groups_have_an_order(workspace):
    """A reader of the collapsed graph goes from landing to publication and never back."""
    graph = load().asset_graph
    before = {}
    for key in graph.executable_asset_keys:
        node = graph.get(key)
        groups = {graph.get(parent).group_name for parent in node.parent_keys}
        before.setdefault(node.group_name, set()).update(groups - {node.group_name})
    order = list(graphlib.TopologicalSorter(before).static_order())
    told = ["landing", "staging", "deliveries", "completeness", "activities", "factors", "lines", "marts"]
    told += ["observations", "publication"]
    assert [group for group in order if group in told] == told


def test_settings_choose_partitions_and_schedule(workspace):
    with workspace.organization_file.open("a") as settings:
        settings.write("time_zone: Europe/Berlin\nschedule_day: 12\nschedule_hour: 3\nfirst_month: 2022-07\n")
    repository = load()
    schedule = repository.get_schedule_def("monthly_inventory_schedule")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 3 12 * *", "Europe/Berlin")
    assert repository.get_job("monthly_inventory").partitions_def.get_first_partition_key() == "2022-07"


@pytest.mark.parametrize("settings", [None, "colour: green\n", "{"])
def test_without_valid_settings_the_location_loads_and_the_reference_asset_says_why(workspace, deliver, settings):
    deliver("2023-05/BASE/energy_ledger.csv", "10")
    if settings is None:
        workspace.organization_file.unlink()
    else:
        workspace.organization_file.write_text(settings)
    job = load().get_job("monthly_inventory")
    assert job.partitions_def.get_first_partition_key() == "2023-05"
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(
            instance=instance,
            raise_on_error=False,
            tags={RANGE_START_TAG: "2023-05", RANGE_END_TAG: "2023-05"},
        )
    failures = [event for event in result.all_events if event.is_step_failure]
    assert {event.step_key for event in failures} == {"reference"}
    assert "organization.yml" in failures[0].step_failure_data.user_failure_data.description
    assert not workspace.published.exists()


def test_ingestion_of_a_range_is_one_run_with_its_checks(workspace, deliver):
    deliver("2024-01/BASE/energy_ledger.csv", "10")
    deliver("2024-03/BASE/energy_ledger.csv", "10", "ten", "11")
    deliver("2024-04/BASE/energy_ledger.csv", "ten")
    repository = load()
    with dg.DagsterInstance.ephemeral() as instance:
        result = repository.get_job("monthly_inventory").execute_in_process(
            instance=instance,
            tags={RANGE_START_TAG: "2024-01", RANGE_END_TAG: "2024-03"},
            asset_selection=[dg.AssetKey(["raw", table]) for table in (*warehouse.REPLACED_TABLES, *_landing())],
        )
        assert result.success
        ledger = dg.AssetRecordsFilter(asset_key=dg.AssetKey(["raw", "energy_ledger"]))
        records = instance.fetch_materializations(ledger, limit=10).records
    rows_in = {record.partition_key: record.asset_materialization.metadata["rows_in"].value for record in records}
    assert rows_in == {"2024-01": 1, "2024-02": 0, "2024-03": 3}
    (check,) = [c for c in result.get_asset_check_evaluations() if c.asset_key.path[-1] == "energy_ledger"]
    assert not check.passed
    assert check.severity == dg.AssetCheckSeverity.WARN
    counts = [check.metadata[name].value for name in ("rows_in", "rows_valid", "rows_rejected")]
    assert counts == [4, 3, 1]
    assert "ten" in check.metadata["first_failures"].value


def _landing():
    return warehouse.LANDED_TABLES


def test_nothing_is_published_without_a_complete_build(workspace):
    with dg.DagsterInstance.ephemeral() as instance:
        result = (
            load()
            .get_job("__ASSET_JOB")
            .execute_in_process(instance=instance, raise_on_error=False, asset_selection=[dg.AssetKey("publication")])
        )
    (failed,) = [event for event in result.all_events if event.is_step_failure]
    assert "did not pass" in failed.step_failure_data.user_failure_data.description
    assert not workspace.published.exists()


def test_the_schedule_asks_for_what_is_pending_and_the_month_before(workspace, deliver):
    deliver("2024-02/BASE/energy_ledger.csv", "10")
    location = CodeLocation.load()
    assert monthly_range(location, "2024-06") == ("2024-02", "2024-05")
    rules = Rules.load(workspace)
    with warehouse.open_work(workspace) as connection:
        intake.ingest(connection, workspace, rules)
    assert monthly_range(location, "2024-06") == ("2024-05", "2024-05")
    assert monthly_range(location, "2025-01") == ("2024-12", "2024-12")
    # Files may be filed by the month they are sent in.
    sent = deliver("2024-06/BASE/energy_ledger.csv", "10")
    assert monthly_range(location, "2024-06") == ("2024-05", "2024-06")
    # While a run is under way nobody may look into the warehouse.
    with warehouse.run_lock(workspace):
        assert monthly_range(location, "2024-06") == ("2024-02", location.months.last)
    sent.unlink()

    repository = load()
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(
            instance=instance,
            scheduled_execution_time=datetime(2024, 6, 4, 22, tzinfo=UTC),
            repository_def=repository,
        )
        (request,) = repository.get_schedule_def("monthly_inventory_schedule").evaluate_tick(context).run_requests
    assert (request.tags[RANGE_START_TAG], request.tags[RANGE_END_TAG]) == ("2024-05", "2024-05")


def test_the_sensor_asks_once_for_the_months_that_changed(workspace, deliver):
    deliver("2024-02/plant/energy_ledger.csv", "1")
    deliver("2024-04/plant/energy_ledger.csv", "2")
    repository = load()
    sensor = repository.get_sensor_def("landing_changes")
    with dg.DagsterInstance.ephemeral() as instance:

        def evaluate():
            context = dg.build_sensor_context(instance=instance, repository_def=repository)
            return sensor.evaluate_tick(context)

        (request,) = evaluate().run_requests
        assert (request.tags[RANGE_START_TAG], request.tags[RANGE_END_TAG]) == ("2024-02", "2024-04")
        (same,) = evaluate().run_requests
        assert same.run_key == request.run_key
        deliver("2024-04/plant/energy_ledger.csv", "3")
        (changed,) = evaluate().run_requests
        assert changed.run_key != request.run_key


def test_the_sensor_asks_again_for_a_change_that_was_taken_back_and_made_again(workspace, deliver):
    repository = load()
    sensor = repository.get_sensor_def("landing_changes")
    rules = Rules.load(workspace)
    cursor, run_keys = None, []

    def evaluate(instance):
        nonlocal cursor
        context = dg.build_sensor_context(instance=instance, repository_def=repository, cursor=cursor)
        tick = sensor.evaluate_tick(context)
        cursor = tick.cursor
        return [request.run_key for request in tick.run_requests]

    with dg.DagsterInstance.ephemeral() as instance:
        for quantity in ("1", "2", "1", "2"):
            deliver("2024-02/plant/energy_ledger.csv", quantity)
            run_keys += evaluate(instance)
            assert evaluate(instance) == []
            with warehouse.run_lock(workspace):
                assert evaluate(instance) == []
            with warehouse.open_work(workspace) as connection:
                intake.ingest(connection, workspace, rules)
    assert len(set(run_keys)) == 4
