"""Assets: the dbt project, from the raw tables to the marts. dbt's tests are asset checks, and block publication."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, DbtProject, dbt_assets
from packaging.version import Version

from orchestration import inputs, transformation, warehouse
from orchestration.code_location import DUCKDB_POOL, CodeLocation, RunLock
from orchestration.workspace import DBT_PROJECT_DIR, script

# Checks of a run are the invariants and the contracts of the marts. Tests of the layers below (tagged in
# dbt_project.yml) prove the project, not a run's data: they, and dbt's unit tests, belong to the test suite.
EXCLUDED = "resource_type:unit_test tag:project"


def group_of(node: Mapping[str, Any]) -> str:
    """The room of the dbt project that a node stands in: what lies between staging and marts is told by subject."""
    if node["resource_type"] == "seed":
        return "shared_reference"
    layer, *rooms = node["fqn"][1:-1]
    return rooms[0] if rooms else layer


class Translator(DagsterDbtTranslator):
    """Groups follow the folders of the dbt project; descriptions are dbt's, without the SQL."""

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        spec = super().get_asset_spec(manifest, unique_id, project)
        node = manifest["nodes"].get(unique_id)
        if not node:
            return spec
        return spec.replace_attributes(group_name=group_of(node), description=node.get("description") or None)


class Dbt(DbtCliResource):
    """The dbt of this Python environment. Its version is known, so that no process is started to ask for it, which
    would take as long as a small build."""

    @cached_property
    def _cli_version(self) -> Version:
        return Version(version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> None:
        """None: a second dbt in this process would only serve to count rows, which the publication does."""


def dbt_project(location: CodeLocation) -> DbtProject:
    return DbtProject(
        project_dir=DBT_PROJECT_DIR,
        profiles_dir=DBT_PROJECT_DIR,
        target_path=transformation.parsed_project(location.workspace),
    )


def inventory_assets(location: CodeLocation, project: DbtProject) -> dg.AssetsDefinition:
    workspace = location.workspace

    @dbt_assets(
        manifest=project.manifest_path,
        project=project,
        exclude=EXCLUDED,
        dagster_dbt_translator=Translator(),
        name="inventory",
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=DUCKDB_POOL,
    )
    def inventory(context: dg.AssetExecutionContext, dbt: Dbt, run_lock: RunLock) -> Iterator:
        # A dbt child that outlived its killed run still writes: opening the work file waits for its end.
        with warehouse.open_work(workspace, on_wait=context.log.info) as connection:
            fingerprint = inputs.loaded_fingerprint(connection)
        target: Path = transformation.begin_build(workspace)
        yield from dbt.cli(["build"], context=context, target_path=target).stream()
        if not context.is_subset:
            transformation.complete_build(workspace, fingerprint)

    return inventory


@dg.definitions
def definitions() -> dg.Definitions:
    project = dbt_project(location := CodeLocation.load())
    return dg.Definitions(
        assets=[inventory_assets(location, project)],
        resources={"dbt": Dbt(project_dir=project, dbt_executable=script("dbt"))},
    )
