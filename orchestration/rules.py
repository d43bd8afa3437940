"""What delivered files are judged by, and what that leaves to do in landing/.

A run that finds nothing to do needs of the reference tables only whether they are as they were when they were last read
and found sound; so nothing here imports polars or pandera before tables or files are read.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from data_contracts.declarations.settings import Organization, load_organization
from orchestration import inputs, landing
from orchestration.landing import Months, Plan
from orchestration.workspace import Workspace

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from data_contracts.judging.judgement import Context


class ReferenceChanged(Exception):
    """Somebody has changed organization.yml or a reference table since the run began."""


@dataclass(frozen=True)
class Rules:
    """What the judgement of a file depends on besides its bytes: settings, reference tables and the contract.

    fingerprint: of the files that they are read from.
    """

    workspace: Workspace
    fingerprint: tuple[str, ...]
    organization: Organization

    @classmethod
    def load(cls, workspace: Workspace) -> Rules:
        """Raises data_contracts' ReferenceProblems for an invalid organization.yml or reference table."""
        return _rules(workspace, tuple(inputs.reference_fingerprint(workspace).values()))

    @property
    def settings(self) -> dict[str, Any]:
        """The organisation's settings by the names of organization.yml."""
        settings = self.organization.model_dump(mode="python")
        if self.organization.heating_value_basis:
            from data_contracts.judging.heating_values import heating_value_bases

            settings["heating_value_basis"] = heating_value_bases(self.organization, self.context.vocabulary)
        return settings

    @cached_property
    def context_hash(self) -> str:
        """What every load is marked with: equal ones mean equal judgements."""
        judged_by = _judged_by(self.fingerprint)
        known = _known_context(self.workspace, judged_by)
        if known is None:
            known = self.context.context_hash
            _keep_context(self.workspace, judged_by, known)
        return known

    @property
    def reference(self) -> dict[str, pl.DataFrame]:
        return self._read[0]

    @property
    def context(self) -> Context:
        return self._read[1]

    @cached_property
    def _read(self) -> tuple[dict[str, pl.DataFrame], Context]:
        """The reference tables, and the context they make. Raises ReferenceProblems and ReferenceChanged."""
        from data_contracts.judging.judgement import Context
        from data_contracts.judging.reference import load_reference

        tables = load_reference(self.workspace.root)
        if tuple(inputs.reference_fingerprint(self.workspace).values()) != self.fingerprint:
            raise ReferenceChanged("organization.yml or a reference table has changed since the run began; run again.")
        return tables, Context.build(self.workspace.root, self.organization, tables)

    def months(self) -> Months:
        return landing.months_with_partition(self.workspace, self.organization.first_month, self.organization.time_zone)

    def look(self, connection: duckdb.DuckDBPyConnection, selected: Collection[str] | None = None) -> Plan:
        """What a run over the selected landing folders (None: all) would have to do."""
        months = self.months()
        found = landing.scan(self.workspace, months, selected)
        plan = landing.plan(connection, found, self.context_hash, months, selected)
        plan.is_emptied = landing.is_empty(self.workspace)
        return plan

    def look_again(
        self, connection: duckdb.DuckDBPyConnection, plan: Plan, selected: Collection[str] | None = None
    ) -> Plan:
        """What is left to do of a plan once files have been judged, by the same scan."""
        return landing.plan(connection, plan.found, self.context_hash, self.months(), selected)


@lru_cache(maxsize=1)
def _rules(workspace: Workspace, fingerprint: tuple[str, ...]) -> Rules:
    """The rules of a workspace; several steps of a run ask for the same ones."""
    rules = Rules(workspace, fingerprint, load_organization(workspace.root))
    # Tables that are not known to be sound are read, and what is wrong with them is raised, before anything is done.
    _ = rules.context_hash
    return rules


def _judged_by(fingerprint: tuple[str, ...]) -> str:
    """A hash over the bytes of everything that decides whether reference tables are sound and what context they make:
    the tables and settings themselves, the seeds, this code, and the library that computes it."""
    parts = [*fingerprint, inputs.seeds_hash(), inputs.package_hash(), version("polars"), version("pandera")]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _known_context(workspace: Workspace, judged_by: str) -> str | None:
    try:
        kept = json.loads(workspace.context_file.read_bytes())
        return kept["context_hash"] if kept["judged_by"] == judged_by else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep_context(workspace: Workspace, judged_by: str, context_hash: str) -> None:
    part = workspace.context_file.with_suffix(f".{os.getpid()}.part")
    try:
        part.write_text(json.dumps({"judged_by": judged_by, "context_hash": context_hash}))
        part.replace(workspace.context_file)
    except OSError:
        part.unlink(missing_ok=True)  # the next run reads the tables again
