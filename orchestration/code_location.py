"""What Dagster's definitions take from the workspace, and the pieces that several of them share.

The definitions load whatever state the workspace is in: with an invalid organization.yml the defaults stand here, and
the reference asset says what is wrong when it runs.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import dagster as dg

from data_contracts.declarations import settings
from data_contracts.declarations.problems import ReferenceProblems
from orchestration import landing, warehouse
from orchestration.workspace import Workspace

DUCKDB_POOL = "duckdb"
RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"


@dataclass(frozen=True)
class CodeLocation:
    """A workspace as the definitions see it. months: the landing folders that have a partition."""

    workspace: Workspace
    months: landing.Months
    time_zone: str = "Asia/Shanghai"
    schedule_day: int = 5
    schedule_hour: int = 6

    @classmethod
    def load(cls) -> "CodeLocation":
        """Of the workspace that the environment names. Raises WorkspaceError when it cannot be used."""
        workspace = Workspace.of_code_location().prepare()
        try:
            organization = settings.load_organization(workspace.root)
        except ReferenceProblems:
            return cls(workspace, landing.months_with_partition(workspace, None, cls.time_zone))
        return cls(
            workspace,
            landing.months_with_partition(workspace, organization.first_month, organization.time_zone),
            organization.time_zone,
            organization.schedule_day,
            organization.schedule_hour,
        )

    @property
    def partitions(self) -> dg.MonthlyPartitionsDefinition:
        """One partition per landing month; the current month is one, although it has not ended."""
        return dg.MonthlyPartitionsDefinition(
            start_date=self.months.first, fmt="%Y-%m", timezone=self.time_zone, end_offset=1
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
