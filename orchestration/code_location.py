"""What Dagster's definitions take from the workspace, and the pieces that several of them share.

The definitions load whatever state the workspace is in: with an invalid organization.yml the defaults stand here, and
the reference asset says what is wrong when it runs.
"""

import contextlib
import errno
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import dagster as dg

from data_contracts.declarations import settings
from data_contracts.declarations.problems import ReferenceProblems
from data_contracts.declarations.settings import Organization
from orchestration import landing, warehouse
from orchestration.workspace import Workspace

# Who answers for an asset: those who deliver and correct files, and those who keep the methods and the marts.
SUBMISSIONS_OWNER = "team:carbon_administration"
INVENTORY_OWNER = "team:sustainability_data"
# What may pass by itself: another program that has the file open, a network share that is away for a moment.
RETRIES = 3
RETRY_AFTER_SECONDS = 30
PASSING_ERRORS = frozenset(
    {
        errno.EAGAIN, errno.EBUSY, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.EINTR, errno.ENETDOWN, errno.ENETRESET,
        errno.ENETUNREACH, errno.ENOLCK, errno.EREMOTEIO, errno.ESTALE, errno.ETIMEDOUT, errno.ETXTBSY,
    }
)  # fmt: skip
# On every run of a job of ours, so that a deployment's runs can be told apart by workspace.
WORKSPACE_TAG = "helioledger/workspace"
# On a run that may withdraw whatever has vanished from landing/; runs launched from the UI take it too.
CONFIRM_WITHDRAWALS_TAG = "helioledger/confirm_withdrawals"
# A run that makes every table anew, also those that would come out as they are.
REBUILD_TAG = "helioledger/rebuild"
# On a run that another engine computes than that of organization.yml and the environment.
ENGINE_TAG = "helioledger/engine"
RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"


@dataclass(frozen=True)
class CodeLocation:
    """A workspace as the definitions see it. months: the landing folders that have a partition."""

    workspace: Workspace
    months: landing.Months
    name: str = ""
    time_zone: str = Organization.model_fields["time_zone"].default
    schedule_day: int = Organization.model_fields["schedule_day"].default
    schedule_hour: int = Organization.model_fields["schedule_hour"].default
    grace_days: int = Organization.model_fields["publication_grace_days"].default
    history_days: int = Organization.model_fields["history_days"].default

    @classmethod
    def load(cls) -> "CodeLocation":
        """Of the workspace that the environment names. Raises WorkspaceError when it cannot be used."""
        workspace = Workspace.of_code_location().prepare()
        try:
            organization = settings.load_organization(workspace.root)
        except ReferenceProblems:
            return cls(workspace, landing.months_with_partition(workspace, None, cls.time_zone), workspace.root.name)
        return cls(
            workspace,
            landing.months_with_partition(workspace, organization.first_month, organization.time_zone),
            organization.name,
            organization.time_zone,
            organization.schedule_day,
            organization.schedule_hour,
            organization.publication_grace_days,
            organization.history_days,
        )

    def key(self, *path: str) -> dg.AssetKey:
        """An asset's key. In a deployment the workspace's name stands before it: Dagster knows an asset by its key,
        whatever code location it is in."""
        return dg.AssetKey([*self.key_prefix, *path])

    @property
    def key_prefix(self) -> list[str]:
        return [self.workspace.location_name] if self.workspace.deployment else []

    @property
    def pool(self) -> str:
        """Dagster's pool of the runs that write the workspace's DuckDB file: one at a time."""
        return "_".join(["duckdb", *self.key_prefix])

    @property
    def freshness(self) -> dg.FreshnessPolicy:
        """The publication comes from the scheduled run on, and at the latest the days of grace after it.

        A deadline past the 28th, which every month has, falls into the next month; there the days of grace are up to
        three more, as the month is longer.
        """
        return dg.FreshnessPolicy.cron(
            deadline_cron=f"0 {self.schedule_hour} {self._deadline_day} * *",
            lower_bound_delta=timedelta(days=self.grace_days + (3 if self._deadline_day < self.schedule_day else 0)),
            timezone=self.time_zone,
        )

    @property
    def _deadline_day(self) -> int:
        return (self.schedule_day + self.grace_days - 1) % 28 + 1

    def last_deadline(self, now: datetime) -> datetime:
        """The latest deadline of the publication that has passed, in the workspace's time zone."""
        here = now.astimezone(ZoneInfo(self.time_zone))
        deadline = here.replace(day=self._deadline_day, hour=self.schedule_hour, minute=0, second=0, microsecond=0)
        if deadline > here:
            year, month = (here.year - 1, 12) if here.month == 1 else (here.year, here.month - 1)
            deadline = deadline.replace(year=year, month=month)
        return deadline

    @property
    def partitions(self) -> dg.MonthlyPartitionsDefinition:
        """One partition per landing month; the current month is one, although it has not ended, and so are those after
        it that were taken in before the clock was set back."""
        now = datetime.now(ZoneInfo(self.time_zone)).strftime("%Y-%m")
        ahead = len(list(self.months.between(now, self.months.last)))
        return dg.MonthlyPartitionsDefinition(
            start_date=self.months.first, fmt="%Y-%m", timezone=self.time_zone, end_offset=max(1, ahead)
        )


class RunLock(dg.ConfigurableResource):
    """Holds the workspace's run lock from a run's first step to its last, so that two runs never interleave."""

    @contextlib.contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["RunLock"]:
        say = context.log.info if context.log else print
        with warehouse.run_lock(Workspace.open(), on_wait=say) as lock:
            if lock.abandoned_run and context.instance:
                close_abandoned_run(context.instance, lock.abandoned_run)
                lock.abandoned_run = None
            if context.run:
                lock.claim(context.run.run_id)
            yield self


def close_abandoned_run(instance: dg.DagsterInstance, run_id: str) -> None:
    """Mark a run whose process was killed as failed; until then it would keep its place in the run queue."""
    run = instance.get_run_by_id(run_id)
    if run and not run.is_finished:
        instance.report_run_failed(run, "The process of this run was killed.")


@contextlib.contextmanager
def retrying(after_seconds: int = RETRY_AFTER_SECONDS) -> Iterator[None]:
    """Have Dagster try the step again for what may pass by itself; everything else fails as it does.

    What the data or a check stops is never tried again: the same data would stop it again.
    """
    try:
        yield
    except (warehouse.WarehouseBusy, OSError) as error:
        if isinstance(error, OSError) and error.errno not in PASSING_ERRORS:
            raise
        reason = dg.Failure(str(error))
        raise dg.RetryRequested(max_retries=RETRIES, seconds_to_wait=after_seconds) from reason


def failure(problems: ReferenceProblems) -> dg.Failure:
    """A step failure that shows every problem of the settings and reference tables."""
    listed = [str(problem) for problem in problems.problems]
    return dg.Failure(
        description="\n".join(listed),
        metadata={"problems": dg.MetadataValue.md(markdown_table(["problem"], [[problem] for problem in listed]))},
        allow_retries=False,
    )


def markdown_table(columns: list[str], rows: list) -> str:
    """A table for Dagster's metadata."""

    def line(cells: list) -> str:
        return "| " + " | ".join("" if cell is None else str(cell).replace("|", "\\|") for cell in cells) + " |"

    return "\n".join([line(columns), line(["---"] * len(columns)), *(line(list(row)) for row in rows)])
