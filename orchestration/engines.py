"""Which engine computes the models: DuckDB in the process, or Spark, on this machine or on a cluster."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from data_contracts.declarations.problems import ReferenceProblems
from data_contracts.declarations.settings import load_organization
from orchestration.workspace import Workspace, chosen_engine, chosen_spark_master

DUCKDB = "duckdb"
SPARK = "spark"
ENGINES = (DUCKDB, SPARK)
# Spark on this machine, in one process.
DEFAULT_MASTER = "local[*]"


class EngineUnavailable(Exception):
    """The chosen engine is not known, not installed, or not there."""


@dataclass(frozen=True)
class Engine:
    """name: one of ENGINES, a target of dbt_project/profiles.yml. master and settings: of Spark, in Spark's words."""

    name: str = DUCKDB
    master: str = DEFAULT_MASTER
    settings: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, workspace: Workspace, chosen: str | None = None) -> "Engine":
        """The engine that is named, else that of the environment, else of organization.yml, else DuckDB.

        Settings that are not valid stop a run in its first step, which says why. Raises EngineUnavailable for a name
        that is none.
        """
        try:
            organization = load_organization(workspace.root)
            name, master, settings = organization.engine, organization.spark_master, organization.spark_settings
        except ReferenceProblems:
            name, master, settings = DUCKDB, None, {}
        name = chosen or chosen_engine() or name
        if name not in ENGINES:
            raise EngineUnavailable(f"There is no engine {name!r}, but {' and '.join(ENGINES)}.")
        written = {
            key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in settings.items()
        }
        return cls(name, chosen_spark_master() or master or DEFAULT_MASTER, written)
