"""Job: what Dagster keeps of old runs is deleted."""

from datetime import datetime, timedelta

import dagster as dg
from dagster import AssetRecordsFilter, DagsterEventType, DagsterInstance

from orchestration.code_location import WORKSPACE_TAG, CodeLocation

FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


def last_runs(instance: DagsterInstance) -> set[str]:
    """The runs that made what the asset graph shows: the last materialization of every asset and month."""
    runs = set()
    for key in instance.all_asset_keys():
        storage_ids = instance.event_log_storage.get_latest_storage_id_by_partition(
            key, DagsterEventType.ASSET_MATERIALIZATION
        )
        if storage_ids:
            records = instance.fetch_materializations(
                AssetRecordsFilter(asset_key=key, storage_ids=list(storage_ids.values())), limit=len(storage_ids)
            ).records
            runs |= {record.run_id for record in records}
        newest = instance.get_latest_materialization_event(key)  # of an asset without partitions
        if newest:
            runs.add(newest.run_id)
    return runs


def purge_runs(instance: DagsterInstance, location: CodeLocation, before: datetime) -> list[str]:
    """Delete the workspace's finished runs created before a time, with their events and logs; their ids.

    A run that the asset graph still shows stays, however old: without it a month would look as if it had never been
    taken in.
    """
    old = instance.get_runs(dg.RunsFilter(created_before=before, statuses=FINISHED))
    kept = last_runs(instance) if old else set()
    purged = [run.run_id for run in old if run.run_id not in kept and _is_ours(run, location)]
    for run_id in purged:
        instance.delete_run(run_id)
        instance.compute_log_manager.delete_logs(prefix=[run_id])
    return purged


def _is_ours(run: dg.DagsterRun, location: CodeLocation) -> bool:
    """In a deployment, other workspaces have runs on the same instance."""
    name = location.workspace.location_name
    return (
        not location.workspace.deployment
        or run.tags.get(WORKSPACE_TAG) == name
        or run.tags.get("dagster/code_location") == name
    )


@dg.definitions
def definitions() -> dg.Definitions:
    location = CodeLocation.load()

    @dg.op(name="delete_old_runs", out=dg.Out(dg.Nothing))
    def delete_old_runs(context: dg.OpExecutionContext) -> None:
        current = CodeLocation.load()
        before = datetime.now().astimezone() - timedelta(days=current.history_days)
        purged = purge_runs(context.instance, current, before)
        context.log.info(f"Deleted {len(purged)} run(s) that were created before {before:%Y-%m-%d}.")

    @dg.job(
        name="history_retention",
        description="Deletes the history and logs of runs older than history_days of organization.yml, except the last"
        " run that made an asset or took in a month. Submissions, releases and figures are not touched.",
        executor_def=dg.in_process_executor,
        tags={WORKSPACE_TAG: location.workspace.location_name},
    )
    def history_retention() -> None:
        delete_old_runs()

    weekly = dg.ScheduleDefinition(
        name="history_retention_schedule",
        job=history_retention,
        cron_schedule=f"30 {location.schedule_hour} * * 0",
        execution_timezone=location.time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    return dg.Definitions(jobs=[history_retention], schedules=[weekly])
