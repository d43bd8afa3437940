"""Dagster's event log, as this product stores it, beside Dagster's own."""

import dagster as dg
import pytest

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
        with pytest.raises(Exception, match="not a EventLogEntry"):
            instance.event_log_storage.store_event_batch([*logs, "no event"])
        assert len(instance.all_logs(run_id)) == len(logs)
        instance.event_log_storage.store_event_batch(logs)  # and the next one is
        assert len(instance.all_logs(run_id)) == 2 * len(logs)
