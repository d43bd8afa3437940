"""Asset: the published release of the marts."""

import dagster as dg

from orchestration import inputs, integrity, release, transformation
from orchestration.code_location import INVENTORY_OWNER, CodeLocation, RunLock, retrying

PUBLICATION = "publication"


def mart_keys(location: CodeLocation) -> list[dg.AssetKey]:
    """Asset keys of the models in dbt's folder marts."""
    marts = transformation.marts(transformation.parsed_project(location.workspace))
    return [location.key(node["schema"], name) for name, node in marts.items()]


def publication_asset(location: CodeLocation) -> dg.AssetsDefinition:
    @dg.asset(
        key=location.key(PUBLICATION),
        group_name="publication",
        deps=mart_keys(location),
        kinds={"duckdb", "parquet"},
        description="The marts that readers open: warehouse/published/, replaced as a whole.",
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=location.pool,
        owners=[INVENTORY_OWNER],
        code_version=inputs.package_hash(),
        freshness_policy=location.freshness,
    )
    def publication(context: dg.AssetExecutionContext, run_lock: RunLock) -> dg.MaterializeResult:
        fingerprint = transformation.completed_inputs(location.workspace)
        if fingerprint is None:
            raise dg.Failure(
                "The latest build of the marts did not pass, or built only some of them; nothing was published.",
                allow_retries=False,
            )
        try:
            integrity.require_marts(location.workspace)
        except integrity.Altered as stop:
            raise dg.Failure(str(stop), allow_retries=False) from stop
        descriptions = transformation.descriptions(transformation.parsed_project(location.workspace))
        with retrying():
            published = release.publish(location.workspace, fingerprint, descriptions=descriptions)
            integrity.seal_build(location.workspace)
        return dg.MaterializeResult(
            metadata={
                "release_id": published.release_id,
                "is_new": published.is_new,
                "folder": dg.MetadataValue.path(str(published.folder)),
                **{f"rows/{mart}": rows for mart, rows in published.marts.items()},
            }
        )

    return publication


@dg.definitions
def definitions() -> dg.Definitions:
    return dg.Definitions(assets=[publication_asset(CodeLocation.load())])
