"""The job, its schedule, and what all runs share."""

import hashlib
from zoneinfo import ZoneInfo

import dagster as dg

from data_contracts.declarations.problems import ReferenceProblems
from orchestration import landing, warehouse
from orchestration.code_location import (
    RANGE_END_TAG,
    RANGE_START_TAG,
    WORKSPACE_TAG,
    CodeLocation,
    RunLock,
    close_abandoned_run,
)
from orchestration.defs.closing import closed_keys
from orchestration.defs.reporting import GROUP as REPORT_GROUP
from orchestration.rules import Rules
from orchestration.workspace import Workspace

# The schedule must answer within Dagster's minute; while a run holds the file it asks for every month instead.
WAIT_FOR_DATABASE_SECONDS = 15


def look(workspace: Workspace) -> tuple[landing.Plan, str]:
    """What a run over all landing folders would have to do, and a name for the way from here to there.

    Raises ReferenceProblems for invalid settings or reference tables, WarehouseBusy while a run is under way.
    """
    rules = Rules.load(workspace)
    with (
        warehouse.while_idle(workspace),
        warehouse.connect(workspace.work_database, wait_seconds=WAIT_FOR_DATABASE_SECONDS) as connection,
    ):
        warehouse.create_raw_tables(connection)
        plan = rules.look(connection)
        current = connection.execute("select path, submission_id, load_id from raw.current_submissions").fetchall()
    way = repr((sorted(current), sorted(plan.current.items())))
    return plan, hashlib.sha256(way.encode()).hexdigest()[:16]


def monthly_range(location: CodeLocation, today: str) -> tuple[str, str]:
    """First and last landing month that a scheduled run in the month `today` (YYYY-MM) takes: all with something
    pending, the present one included where files are filed by the month they are sent in, and the month before."""
    months = location.months
    year, month = int(today[:4]), int(today[5:])
    previous = max(f"{year - (month == 1)}-{(month - 2) % 12 + 1:02}", months.first)
    try:
        plan, _ = look(location.workspace)
        pending = plan.pending_months
    except (ReferenceProblems, warehouse.WarehouseBusy):
        pending = {months.first, months.last}
    return min([previous, *pending]), max([previous, *pending])


@dg.definitions
def definitions() -> dg.Definitions:
    location = CodeLocation.load()

    monthly_inventory = dg.define_asset_job(
        "monthly_inventory",
        selection=dg.AssetSelection.all()
        - dg.AssetSelection.groups(REPORT_GROUP)
        - dg.AssetSelection.assets(*closed_keys(location)),
        description="Reference and landing folders to published marts. The months choose the landing folders that are"
        " looked into; everything after that is computed for all months.",
        executor_def=dg.in_process_executor,
        # Started again from its first step: files may have come since the run was killed.
        tags={WORKSPACE_TAG: location.workspace.location_name, "dagster/retry_strategy": "ALL_STEPS"},
    )

    @dg.schedule(
        name="monthly_inventory_schedule",
        job=monthly_inventory,
        cron_schedule=f"0 {location.schedule_hour} {location.schedule_day} * *",
        execution_timezone=location.time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="One run over every landing month that is new, changed or withdrawn, and the previous month.",
    )
    def monthly_inventory_schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        current = CodeLocation.load()
        today = context.scheduled_execution_time.astimezone(ZoneInfo(current.time_zone))
        first, last = monthly_range(current, today.strftime("%Y-%m"))
        return dg.RunRequest(tags={RANGE_START_TAG: first, RANGE_END_TAG: last})

    @dg.sensor(
        name="landing_changes",
        job=monthly_inventory,
        minimum_interval_seconds=300,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description="Requests a run over the months with new, changed or withdrawn files as soon as they are seen.",
    )
    def landing_changes(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        # How many requests were made, and what the last one was for; nothing once there was nothing to do, so that a
        # change is requested again when it was taken back and made again.
        number, _, requested = (context.cursor or "0:").partition(":")
        try:
            plan, change = look(CodeLocation.load().workspace)
        except ReferenceProblems as problems:
            return dg.SkipReason(f"The settings or reference tables are invalid: {problems}")
        except warehouse.WarehouseBusy:
            return dg.SkipReason("A run is in progress.")
        if not plan.pending_months:
            context.update_cursor(f"{number}:")
            return dg.SkipReason(f"Nothing is pending: {plan.describe()}.")
        if change == requested:
            return dg.SkipReason(f"Requested before: {plan.describe()}.")
        number = str(int(number) + 1)
        context.update_cursor(f"{number}:{change}")
        return dg.RunRequest(
            run_key=f"{number}-{change}",
            tags={RANGE_START_TAG: min(plan.pending_months), RANGE_END_TAG: max(plan.pending_months)},
        )

    @dg.sensor(
        name="abandoned_runs",
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Marks a run whose process was killed as failed, so that queued runs can start.",
    )
    def abandoned_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        run_id = warehouse.take_abandoned_run(location.workspace)
        if run_id:
            close_abandoned_run(context.instance, run_id)
            return dg.SkipReason(f"Run {run_id} was killed; it is marked as failed.")
        return dg.SkipReason("No run was killed.")

    return dg.Definitions(
        jobs=[monthly_inventory],
        schedules=[monthly_inventory_schedule],
        sensors=[landing_changes, abandoned_runs],
        resources={"run_lock": RunLock()},
        executor=dg.in_process_executor,
    )
