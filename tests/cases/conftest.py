"""The published cases in three workspaces, each run once per session through the command line."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import duckdb
import pytest

from .workspaces import Row, Workspace, build

MEASURES = ("co2_kg", "n2o_kg_co2e", "ch4_kg_co2e", "co2e_kg", "biogenic_co2_kg", "other_gases_kg_co2e", "quantity")
UNITS = {"kgCO2e": Decimal(1), "tCO2e": Decimal("0.001")}


@dataclass(frozen=True)
class Replay:
    """A workspace of published cases that has been run."""

    root: Path
    workspace: Workspace

    @cached_property
    def connection(self) -> duckdb.DuckDBPyConnection:
        published = self.root / "warehouse" / "published" / "helioledger.duckdb"
        connection = duckdb.connect(str(published), read_only=True)
        connection.execute("set schema = 'marts'")
        return connection

    def rows(self, sql: str, *parameters: Any) -> list[tuple]:
        """The rows of a query on the published marts."""
        return self.connection.execute(sql, list(parameters)).fetchall()

    def value(self, sql: str, *parameters: Any) -> Any:
        """The only value of a query on the published marts."""
        ((value,),) = self.rows(sql, *parameters)
        return value

    def lines(self, case: str, stage: str = "direct", year: str = "") -> list[dict[str, Any]]:
        """The emission lines of the row that delivered a case, Scope 2 location-based."""
        path, row = self.workspace.places[case]
        found = self.connection.execute(
            f"""
            select {", ".join(f"emissions.{name}" for name in MEASURES)}, scope, ghg_protocol_category,
                iso_14064_category, period, consolidation_share, boundary_route, gross_co2e_kg, emissions.facility_id
            from emissions join submissions using (submission_id)
            where path = ? and source_row = ? and stage = ? and coalesce(scope2_method, 'location') = 'location'
                and (? = '' or extract(year from period) = try_cast(? as integer))
            """,
            [path, row, stage, year, year],
        )
        names = [column[0] for column in found.description]
        return [dict(zip(names, values, strict=True)) for values in found.fetchall()]

    def measure(self, case: str, measure: str = "co2e_kg", stage: str = "direct", year: str = "") -> Decimal:
        return sum((line[measure] for line in self.lines(case, stage, year)), Decimal(0))

    def findings(self, case: str) -> list[str]:
        """The rules that the row of a case breaks."""
        path, row = self.workspace.places[case]
        joined = "findings join submissions using (submission_id)"
        found = self.rows(f"select rule from {joined} where path = ? and source_row = ?", path, row)
        return sorted(rule for (rule,) in found)


def same(value: Decimal, row: Row) -> bool:
    """Whether a value is the published one, within half of its last printed digit."""
    return abs(Decimal(value) - Decimal(row["expected"])) <= Decimal(row["tolerance"] or 0)


@pytest.fixture(scope="session")
def replay(
    made_once: Callable[[str, Callable[[Path], object]], Path],
    parsed_dbt_project: Callable[[Path], Path],
    publish: Callable[..., str],
) -> Callable[[str], Replay]:
    """A workspace of cases (AR4, AR5, AR6), written and run; once per session, whichever worker needs it first."""

    @cache
    def replayed(name: str) -> Replay:
        workspace = build(name)
        return Replay(made_once(name, lambda root: publish(parsed_dbt_project(workspace.write(root)))), workspace)

    return replayed
