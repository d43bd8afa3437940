"""Sensors: who is told when a run fails or the publication is late; organization.yml says where (`alerts`)."""

import json
from datetime import datetime

import dagster as dg

from data_contracts.declarations import settings
from orchestration import alerts, failures, release
from orchestration.code_location import RANGE_END_TAG, RANGE_START_TAG, CodeLocation
from orchestration.workspace import Workspace

MAX_STEP_LINES = 20
NOT_CONFIGURED = "organization.yml names nobody to tell (alerts)."


def tell(workspace: Workspace, alert: alerts.Alert) -> dg.SkipReason:
    """Send an alert to whom organization.yml names. Raises alerts.NotDelivered, and ReferenceProblems where the alerts
    themselves are not valid."""
    told = alerts.send(settings.load_alerts(workspace.root), alert)
    return dg.SkipReason(f"Told by {' and '.join(told)}: {alert.subject}" if told else NOT_CONFIGURED)


def _links(workspace: Workspace, page: str) -> list[str]:
    address = settings.load_alerts(workspace.root).ui_address
    return [
        f"Workspace 工作区: {workspace.root}",
        *([f"Details 详情: {address.rstrip('/')}/{page}"] if address else []),
    ]


def failed_run(location: CodeLocation, context: dg.RunFailureSensorContext) -> alerts.Alert:
    """What is said about a run that failed: its months, and what each failed step said."""
    run = context.dagster_run
    first, last = run.tags.get(RANGE_START_TAG), run.tags.get(RANGE_END_TAG)
    months = run.tags.get("dagster/partition") or (f"{first} - {last}" if first else "")
    again = run.tags.get("dagster/will_retry") == "true"
    lines = [
        f"Run {run.run_id[:8]} of {run.job_name} {months} failed; the last publication is untouched.",
        f"{run.job_name} 运行 {run.run_id[:8]} {months} 失败；上一次发布的数据未受影响。",
        *(["It is started once more. 将自动重试一次。"] if again else []),
    ]
    events = context.get_step_failure_events()
    for event in events:
        said = failures.message(event).splitlines()
        lines += [f"- {event.step_key}: {said[0] if said else ''}", *(f"  {line}" for line in said[1:MAX_STEP_LINES])]
        if len(said) > MAX_STEP_LINES:
            lines.append("  ...")
    if not events:
        lines.append(f"- {context.failure_event.message}")
    return alerts.Alert(
        "run_failed",
        f"HelioLedger {location.name}: run failed 运行失败",
        "\n".join([*lines, *_links(location.workspace, f"runs/{run.run_id}")]),
        {
            "organization": location.name,
            "workspace": str(location.workspace.root),
            "job": run.job_name,
            "run_id": run.run_id,
            "months": months,
        },
    )


def missed_deadline(location: CodeLocation, now: datetime) -> datetime | None:
    """The latest deadline, where no publication has come in time or since; None when one has."""
    deadline = location.last_deadline(now)
    published = release.published_at(location.workspace)
    return None if published and published >= deadline - location.freshness.lower_bound_delta else deadline


def late_publication(location: CodeLocation, deadline: datetime) -> alerts.Alert:
    published = release.published_at(location.workspace)
    last = f"{published.astimezone(deadline.tzinfo):%Y-%m-%d %H:%M}" if published else "- "
    return alerts.Alert(
        "publication_late",
        f"HelioLedger {location.name}: publication is late 发布逾期",
        "\n".join(
            [
                f"No publication came by {deadline:%Y-%m-%d %H:%M %Z}; the last one is of {last}.",
                f"截至 {deadline:%Y-%m-%d %H:%M %Z} 没有新的发布；上一次发布：{last}。",
                *_links(location.workspace, "runs"),
            ]
        ),
        {
            "organization": location.name,
            "workspace": str(location.workspace.root),
            "deadline": deadline.isoformat(),
            "last_publication": published.isoformat() if published else "",
        },
    )


@dg.definitions
def definitions() -> dg.Definitions:
    @dg.run_failure_sensor(
        name="run_failed",
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells those whom organization.yml names (alerts) that a run of this workspace failed, and why.",
    )
    def run_failed(context: dg.RunFailureSensorContext) -> dg.SkipReason:
        location = CodeLocation.load()
        return tell(location.workspace, failed_run(location, context))

    @dg.sensor(
        name="publication_late",
        minimum_interval_seconds=600,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells those whom organization.yml names (alerts), once for each deadline that passed without a"
        " publication: schedule_day and schedule_hour and publication_grace_days.",
    )
    def publication_late(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        location = CodeLocation.load()
        now = datetime.now().astimezone()
        # Deadlines before the first look are nobody's news.
        told = datetime.fromisoformat(json.loads(context.cursor)["told"]) if context.cursor else now
        deadline = missed_deadline(location, now)
        outcome = dg.SkipReason("The publication is in time.")
        if deadline and deadline <= told:
            outcome = dg.SkipReason("The publication is late, which was told, or was so before this sensor ran.")
        elif deadline:
            outcome = tell(location.workspace, late_publication(location, deadline))
            told = deadline
        context.update_cursor(json.dumps({"told": told.isoformat()}))
        return outcome

    return dg.Definitions(sensors=[run_failed, publication_late])
