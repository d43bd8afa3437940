"""What runs beside the monthly run: freshness, alerts, retries, retention."""

import errno
import json
import os
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import dagster as dg
import pytest

from orchestration import release, warehouse
from orchestration.alerts import NotDelivered
from orchestration.code_location import RANGE_END_TAG, RANGE_START_TAG, CodeLocation, retrying
from orchestration.definitions import defs
from orchestration.defs import alerting
from orchestration.defs.retention import purge_runs
from orchestration.workspace import Workspace, dagster_instance_settings

ALERTS = "alerts:\n  webhook: {url_variable: TEST_WEBHOOK}\n  ui_address: https://dagster.example.com/\n"


@pytest.fixture
def workspace(workspace, parsed_dbt_project):
    parsed_dbt_project(workspace.root)
    return workspace.prepare()  # parsing names the workspace that it was done for


@pytest.fixture
def configure(workspace):
    def add(lines: str) -> None:
        with workspace.organization_file.open("a") as settings:
            settings.write(lines)

    return add


@pytest.fixture
def instance(workspace):
    with dg.DagsterInstance.from_config(str(workspace.dagster_home)) as instance:
        yield instance


@pytest.fixture
def publish(workspace):
    """Publish a mart, as of a time."""

    def make(when: datetime) -> None:
        with warehouse.connect(workspace.marts_database) as connection:
            connection.execute("create schema if not exists marts")
            connection.execute("create or replace table marts.figures as select 2024 as year")
        release.publish(workspace, {})
        os.utime(workspace.published, (when.timestamp(), when.timestamp()))

    return make


@cache
def loaded(root: Path) -> dg.RepositoryDefinition:
    """The definitions of a workspace; what they take from the settings while they run is read then."""
    return defs().get_repository_def()


def run(instance: dg.DagsterInstance, month: str = "2024-01", **options) -> dg.ExecuteInProcessResult:
    tags = {RANGE_START_TAG: month, RANGE_END_TAG: month}
    job = loaded(Workspace.open().root).get_job("monthly_inventory")
    return job.execute_in_process(instance=instance, raise_on_error=False, tags=tags, **options)


def evaluate(instance: dg.DagsterInstance, name: str, cursor: str | None = None):
    repository = loaded(Workspace.open().root)
    context = dg.build_sensor_context(instance=instance, repository_def=repository, cursor=cursor)
    return repository.get_sensor_def(name).evaluate_tick(context)


# --- who answers for what, and by when --------------------------------------------------------------------------


def test_every_asset_has_an_owner_and_the_version_of_its_code(workspace):
    graph = defs().get_repository_def().asset_graph
    versions = {}
    for key in graph.executable_asset_keys:
        node = graph.get(key)
        assert node.owners, key
        assert node.code_version, key
        versions.setdefault(node.group_name, set()).add((node.code_version, *node.owners))
    # Closed years are kept by the package and read by the dbt project.
    codes = {group: {code for code, _ in found} for group, found in versions.items()}
    assert codes.pop("closes") == codes["landing"] | codes["marts"]
    assert all(len(found) == 1 for group, found in versions.items() if group in codes)
    # The package, the dbt project and the seeds change apart from each other.
    assert versions["landing"] == versions["reference"]
    assert versions["staging"] == versions["marts"] != versions["shared_reference"]
    assert versions["publication"] != versions["landing"]


@pytest.mark.parametrize(
    ("settings", "cron", "days"),
    [
        ("", "0 6 8 * *", 3),
        ("schedule_day: 20\npublication_grace_days: 8\n", "0 6 28 * *", 8),
        ("schedule_day: 26\nschedule_hour: 9\ntime_zone: Europe/Berlin\n", "0 9 1 * *", 6),
    ],
)
def test_the_publication_is_due_some_days_after_the_scheduled_run(configure, settings, cron, days):
    configure(settings)
    graph = defs().get_repository_def().asset_graph
    policy = graph.get(dg.AssetKey("publication")).freshness_policy
    assert (policy.deadline_cron, policy.lower_bound_delta) == (cron, timedelta(days=days))
    assert policy.timezone == CodeLocation.load().time_zone


def test_the_deadline_is_the_workspaces_day_and_hour(workspace):
    location = CodeLocation.load()  # 6 o'clock of the 8th in Shanghai is 22 o'clock UTC of the day before
    just_before = datetime(2024, 1, 7, 21, 59, tzinfo=UTC)
    assert location.last_deadline(just_before) == datetime(2023, 12, 7, 22, tzinfo=UTC)
    assert location.last_deadline(just_before + timedelta(minutes=1)) == datetime(2024, 1, 7, 22, tzinfo=UTC)


def test_a_publication_before_the_scheduled_run_does_not_count(workspace, publish):
    location = CodeLocation.load()
    now = datetime(2024, 5, 20, tzinfo=UTC)
    deadline = datetime(2024, 5, 7, 22, tzinfo=UTC)
    assert alerting.missed_deadline(location, now) == deadline
    for published, late in [
        (deadline - timedelta(days=3, minutes=1), True),
        (deadline - timedelta(days=3), False),
        (deadline + timedelta(days=9), False),
    ]:
        publish(published)
        assert (alerting.missed_deadline(location, now) == deadline) is late, published


# --- alerts -------------------------------------------------------------------------------------------------------


def test_a_run_that_the_settings_stop_is_told_with_its_reason(workspace, configure, instance, receiver):
    assert "Initiating" in evaluate(instance, "run_failed").skip_message
    cursor = evaluate(instance, "run_failed").cursor
    configure(ALERTS + "colour: green\n")
    failed = run(instance)
    assert not failed.success
    cursor = evaluate(instance, "run_failed", cursor).cursor
    (told,) = receiver.bodies
    assert (told["event"], told["run_id"], told["months"]) == ("run_failed", failed.run_id, "2024-01 - 2024-01")
    assert told["subject"].endswith("run failed 运行失败")
    assert "- reference: organization.yml" in told["text"]
    assert "colour" in told["text"]
    assert f"https://dagster.example.com/runs/{failed.run_id}" in told["text"]
    # Once for each run.
    evaluate(instance, "run_failed", cursor)
    assert len(receiver.bodies) == 1


def test_a_run_whose_process_was_killed_is_told_too(workspace, configure, instance, receiver):
    configure(ALERTS)
    cursor = evaluate(instance, "run_failed").cursor
    job = loaded(workspace.root).get_job("monthly_inventory")
    killed = instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
    instance.report_run_failed(killed, "The process of this run was killed.")
    evaluate(instance, "run_failed", cursor)
    (told,) = receiver.bodies
    assert told["run_id"] == killed.run_id
    assert "The process of this run was killed." in told["text"]
    assert "started once more" in told["text"]


def test_an_alert_that_is_not_delivered_fails_the_tick(workspace, configure, instance, receiver):
    configure(ALERTS)
    cursor = evaluate(instance, "run_failed").cursor
    (workspace.reference / "facilities.csv").unlink()
    assert not run(instance).success
    receiver.answers = [(403, b"")]
    (reaction,) = evaluate(instance, "run_failed", cursor).dagster_run_reactions
    assert "NotDelivered: webhook: the receiver answered 403" in reaction.error.to_string()


def test_without_alerts_nobody_is_told_and_nothing_fails(workspace, instance, receiver):
    cursor = evaluate(instance, "run_failed").cursor
    (workspace.reference / "facilities.csv").unlink()
    run(instance)
    tick = evaluate(instance, "run_failed", cursor)
    assert "names nobody" in tick.skip_message
    assert receiver.bodies == []


def test_a_late_publication_is_told_once_for_each_deadline(configure, instance, publish, receiver):
    configure(ALERTS)
    tick = evaluate(instance, "publication_late")
    assert "before this sensor ran" in tick.skip_message
    assert receiver.bodies == []

    deadline = CodeLocation.load().last_deadline(datetime.now(tz=UTC))
    watching = json.dumps({"told": (deadline - timedelta(days=1)).isoformat()})
    receiver.answers = [(403, b"")]
    with pytest.raises(NotDelivered, match="403"):
        evaluate(instance, "publication_late", watching)
    told = evaluate(instance, "publication_late", watching)
    assert "Told by webhook" in told.skip_message
    assert len(receiver.bodies) == 2
    assert (receiver.bodies[1]["event"], receiver.bodies[1]["deadline"]) == ("publication_late", deadline.isoformat())
    assert "发布逾期" in receiver.bodies[1]["subject"]
    assert "which was told" in evaluate(instance, "publication_late", told.cursor).skip_message

    publish(deadline)
    assert "in time" in evaluate(instance, "publication_late", watching).skip_message
    assert len(receiver.bodies) == 2


def test_a_run_that_finds_nothing_to_do_confirms_the_publication(workspace, publish):
    publish(datetime(2024, 1, 1, tzinfo=UTC))
    assert release.published_at(workspace) == datetime(2024, 1, 1, tzinfo=UTC)
    release.confirm(workspace)
    assert datetime.now(tz=UTC) - release.published_at(workspace) < timedelta(hours=1)


# --- retries ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("errors", "attempts", "success"),
    [
        ([warehouse.WarehouseBusy("held by another program")], 2, True),
        ([OSError(errno.ESTALE, "share away"), warehouse.WarehouseBusy("held")], 3, True),
        ([warehouse.WarehouseBusy("held by another program")] * 9, 4, False),
        ([OSError(errno.ENOSPC, "disk full")], 1, False),
        ([dg.Failure("the data", allow_retries=False)], 1, False),
        ([ValueError("a mistake of ours")], 1, False),
    ],
)
def test_only_what_may_pass_is_tried_again(errors, attempts, success):
    made = []

    @dg.asset
    def step() -> None:
        made.append(len(made))
        with retrying(after_seconds=0):
            if len(made) <= len(errors):
                raise errors[len(made) - 1]

    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize([step], instance=instance, raise_on_error=False)
    assert (len(made), result.success) == (attempts, success)
    if attempts == 4:
        (failed,) = [event for event in result.all_events if event.is_step_failure]
        assert failed.step_failure_data.user_failure_data.description == "held by another program"


# --- retention ----------------------------------------------------------------------------------------------------


def test_old_runs_go_but_for_those_that_the_asset_graph_shows(workspace, deliver, instance):
    deliver("2024-01/BASE/energy_ledger.csv", "10")
    deliver("2024-02/BASE/energy_ledger.csv", "11")
    raw = [dg.AssetKey(["raw", table]) for table in warehouse.REPLACED_TABLES]
    raw += [dg.AssetKey(["raw", table]) for table in warehouse.LANDED_TABLES]
    first = [run(instance, month, asset_selection=raw).run_id for month in ("2024-01", "2024-02")]
    again = run(instance, "2024-02", asset_selection=raw).run_id
    location = CodeLocation.load()
    shards = workspace.history
    assert {path.stem for path in shards.glob("*.db")} == {*first, again, "index"}

    assert purge_runs(instance, location, datetime.now(tz=UTC) - timedelta(days=1)) == []
    later = datetime.now(tz=UTC) + timedelta(days=1)
    # The first run is the last that took in January.
    assert purge_runs(instance, location, later) == [first[1]]
    assert {found.run_id for found in instance.get_runs()} == {first[0], again}
    assert {path.stem for path in shards.glob("*.db")} == {first[0], again, "index"}
    assert purge_runs(instance, location, later) == []
    ledger = dg.AssetKey(["raw", "energy_ledger"])
    assert instance.get_materialized_partitions(ledger) == {"2024-01", "2024-02"}


def test_the_retention_job_deletes_what_is_older_than_the_settings_say(workspace, configure, instance):
    configure("history_days: 30\n")
    (workspace.reference / "facilities.csv").unlink()
    failed = run(instance).run_id
    result = loaded(workspace.root).get_job("history_retention").execute_in_process(instance=instance)
    assert result.success
    assert instance.get_run_by_id(failed)


def test_the_instance_is_what_dagster_takes(instance, workspace):
    assert (workspace.dagster_home / "dagster.yaml").read_text() == dagster_instance_settings(workspace.dagster_home)
    assert instance.run_retries_enabled
    assert instance.run_retries_max_retries == 1
    assert not instance.run_retries_retry_on_asset_or_op_failure
    assert instance.run_monitoring_enabled
    assert instance.freshness_enabled


def test_settings_of_the_instance_that_are_someones_own_stay(workspace):
    settings = workspace.dagster_home / "dagster.yaml"
    own = "".join(settings.read_text().splitlines(keepends=True)[1:])
    settings.write_text(own)
    workspace.prepare()
    assert settings.read_text() == own
    settings.write_text("# Written by helioledger; of an older version\ntelemetry: {enabled: true}\n")
    workspace.prepare()
    assert settings.read_text() == dagster_instance_settings(workspace.dagster_home)
