"""How much memory and how many threads the database may take, in every step of a run alike."""

import os
from dataclasses import dataclass

import duckdb

from data_contracts.declarations.problems import ReferenceProblems
from data_contracts.declarations.settings import load_organization, megabytes
from orchestration.workspace import Workspace

LARGEST_DEFAULT_MB = 2700
SMALLEST_DEFAULT_MB = 500
DEFAULT_SHARE = 0.4
# Models that dbt computes at a time share the memory; more than this are never ready at once for long.
MOST_MODELS_AT_ONCE = 4
# What a model that sorts or joins delivered rows holds of each in memory (measured: ten million rows spill at 2.7 GB,
# one million do not). Two that spill beside each other take half as much CPU again as one after the other, and one uses
# all threads too.
BYTES_OF_A_ROW = 1_000
# Of fewer delivered rows a model takes milliseconds, and to share it out among threads, or to compute two beside each
# other and what Dagster does of a third, takes longer than it spares.
ROWS_WORTH_SHARING = 100_000


@dataclass(frozen=True)
class Limits:
    """memory_limit: as DuckDB writes it, such as 2700MB; threads: of DuckDB."""

    memory_limit: str
    threads: int

    @classmethod
    def of(cls, workspace: Workspace) -> "Limits":
        """Of organization.yml, the rest by the machine. Settings that are not valid stop a run in its first step, which
        says why; until then the machine's hold."""
        try:
            organization = load_organization(workspace.root)
            memory_limit, threads = organization.memory_limit, organization.threads
        except ReferenceProblems:
            memory_limit, threads = None, None
        return cls(memory_limit or _default_memory(), threads or _processors())

    def environment(self, rows: int | None = None) -> dict[str, str]:
        """The variables that dbt_project/profiles.yml reads, by the number of delivered rows where it matters."""
        return {
            "HELIOLEDGER_MEMORY_LIMIT": self.memory_limit,
            "HELIOLEDGER_THREADS": str(1 if _are_few(rows) else self.threads),
            "HELIOLEDGER_MODELS_AT_ONCE": str(self.models_at_once(rows)),
        }

    def models_at_once(self, rows: int | None = None) -> int:
        """How many models dbt computes at a time, by the number of delivered rows."""
        if _are_few(rows) or (rows or 0) * BYTES_OF_A_ROW > megabytes(self.memory_limit) * 1e6:
            return 1
        return min(self.threads, MOST_MODELS_AT_ONCE)

    def apply(self, connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> None:
        """Bound a connection; what does not fit into its memory goes to warehouse/spill/."""
        spill = str(workspace.spill).replace("'", "''")
        connection.execute(
            f"set memory_limit = '{self.memory_limit}'; set threads = {self.threads}; set temp_directory = '{spill}';"
            "set enable_progress_bar = false"
        )


def _are_few(rows: int | None) -> bool:
    return rows is not None and rows < ROWS_WORTH_SHARING


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _default_memory() -> str:
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e6
    return f"{max(SMALLEST_DEFAULT_MB, min(LARGEST_DEFAULT_MB, int(machine * DEFAULT_SHARE)))}MB"
