"""Assets: the dbt project, from the raw tables to the marts. dbt's tests are asset checks, and block publication."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject, dbt_assets
from dagster_dbt.asset_utils import get_updated_cli_invocation_params_for_context
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

from orchestration import inputs, integrity, transformation, warehouse
from orchestration.code_location import ENGINE_TAG, INVENTORY_OWNER, REBUILD_TAG, CodeLocation, RunLock, retrying
from orchestration.engines import Engine, EngineUnavailable
from orchestration.workspace import DBT_PROJECT_DIR

# Checks of a run are the invariants and the contracts of the marts. Tests of the layers below (tagged in
# dbt_project.yml) prove the project, not a run's data: they, and dbt's unit tests, belong to the test suite.
EXCLUDED = "resource_type:unit_test tag:project"


def group_of(node: Mapping[str, Any]) -> str:
    """The room of the dbt project that a node stands in: what lies between staging and marts is told by subject, as are
    the marts that other rooms build on (the emission lines) or that come last (the findings)."""
    if node["resource_type"] == "seed":
        return "shared_reference"
    _, layer, *rooms, _ = node["fqn"]
    return rooms[0] if rooms else layer


class Translator(DagsterDbtTranslator):
    """Groups follow the folders of the dbt project; descriptions are dbt's, without the SQL. A macro or a seed may
    change any model, so that all have the version of the project as a whole."""

    def __init__(self, location: CodeLocation):
        super().__init__()
        self._location = location

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        return self._location.key(*super().get_asset_key(dbt_resource_props).path)

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        return [INVENTORY_OWNER]

    def get_code_version(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return inputs.seeds_hash() if dbt_resource_props["resource_type"] == "seed" else inputs.dbt_project_hash()

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return group_of(dbt_resource_props)

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return dbt_resource_props.get("description", "")


def dbt_project(location: CodeLocation) -> DbtProject:
    return DbtProject(
        project_dir=DBT_PROJECT_DIR,
        profiles_dir=DBT_PROJECT_DIR,
        target_path=transformation.parsed_project(location.workspace),
    )


def inventory_assets(location: CodeLocation, project: DbtProject) -> dg.AssetsDefinition:
    workspace = location.workspace
    manifest = transformation.manifest(project.manifest_path.parent)
    translator = Translator(location)
    of_closes = {
        translator.get_asset_key(manifest["nodes"][name])
        for name in transformation.downstream(
            manifest, [f"source.helioledger.raw.{t}" for t in warehouse.CLOSED_TABLES]
        )
    }

    @dbt_assets(
        manifest=manifest,
        project=project,
        exclude=EXCLUDED,
        dagster_dbt_translator=translator,
        name="inventory",
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=location.pool,
    )
    def inventory(context: dg.AssetExecutionContext, run_lock: RunLock) -> Iterator:
        with retrying(), warehouse.open_work(workspace, on_wait=context.log.info) as connection:
            fingerprint = inputs.loaded_fingerprint(connection)
            transformation.make_way(connection, project.manifest_path.parent)
            rows = transformation.delivered_rows(connection)
        former = transformation.completed_inputs(workspace) if context.is_subset else None
        chosen = get_updated_cli_invocation_params_for_context(context, manifest, translator)
        marts_are_sound = integrity.marts_are_sound(workspace)
        integrity.unseal_build(workspace)
        try:
            engine = Engine.of(workspace, context.run.tags.get(ENGINE_TAG))
            for result in transformation.build(
                workspace,
                chosen.selection_args,
                of_all=not context.is_subset,
                keeps=not context.is_subset and transformation.keeps_tables(rows),
                rows=rows,
                is_rebuilt=context.run.tags.get(REBUILD_TAG) == "true",
                engine=engine,
                marts_are_sound=marts_are_sound,
            ):
                message = DbtCoreCliEventMessage(raw_event=result, event_history_metadata={})
                yield from message.to_default_asset_events(chosen.manifest, translator, context, project=project)
        except (transformation.BuildFailed, EngineUnavailable) as error:
            raise dg.Failure(str(error), allow_retries=False) from error
        # What was closed changes the marts of closed years alone; when all of them were built, all stands as it should.
        if not context.is_subset or (
            former is not None
            and inputs.differences(former, fingerprint) in ([], ["closed years"])
            and context.selected_asset_keys >= of_closes
        ):
            transformation.complete_build(workspace, fingerprint)

    return inventory


@dg.definitions
def definitions() -> dg.Definitions:
    location = CodeLocation.load()
    return dg.Definitions(assets=[inventory_assets(location, dbt_project(location))])
