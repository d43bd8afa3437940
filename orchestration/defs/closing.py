"""Assets and job: closed years, and the marts that show them."""

from collections.abc import Iterator

import dagster as dg

from orchestration import closing, inputs, integrity, warehouse
from orchestration.code_location import INVENTORY_OWNER, WORKSPACE_TAG, CodeLocation, RunLock, retrying
from orchestration.defs.reporting import GROUP as REPORT_GROUP

JOB = "close_year"
DESCRIPTIONS = {
    "closes": "Every act of closing and reopening an inventory year, with reason, digest and the root of the log.",
    "closed_rows": "Settings, submissions and factors of every close, as the rows of text that its digest is over.",
    "closed_figures": "The figures of the year in every close.",
    "closed_lines": "The emission lines of every close.",
}


class Closing(dg.Config):
    """What to do with which year: close it as it is published, or reopen it. A reason is needed."""

    year: int
    reason: str
    action: str = "close"


def closed_keys(location: CodeLocation) -> list[dg.AssetKey]:
    return [location.key("raw", table) for table in warehouse.CLOSED_TABLES]


def closing_assets(location: CodeLocation) -> dg.AssetsDefinition:
    workspace = location.workspace

    @dg.multi_asset(
        name="closing",
        specs=[
            dg.AssetSpec(
                location.key("raw", table),
                group_name="closes",
                kinds={"duckdb"},
                description=DESCRIPTIONS[table],
                owners=[INVENTORY_OWNER],
                code_version=inputs.package_hash(),
            )
            for table in warehouse.CLOSED_TABLES
        ],
        pool=location.pool,
    )
    def closing_year(
        context: dg.AssetExecutionContext, config: Closing, run_lock: RunLock
    ) -> Iterator[dg.MaterializeResult]:
        if config.action not in ("close", "reopen"):
            raise dg.Failure(f"action is close or reopen, not {config.action!r}.", allow_retries=False)
        with retrying():
            try:
                integrity.require(workspace, on_wait=context.log.info)
                with warehouse.open_work(workspace, on_wait=context.log.info) as connection:
                    done = closing.act(connection, workspace, config.action, config.year, config.reason)
            except (integrity.Altered, closing.NotClosable) as stop:
                raise dg.Failure(str(stop), allow_retries=False) from stop
        context.log.info(f"{done.action} {done.close_id}: {done.digest} over {done.leaves} rows")
        for key in closed_keys(location):
            yield dg.MaterializeResult(asset_key=key, metadata={"close_id": done.close_id, "digest": done.digest})

    return closing_year


@dg.definitions
def definitions() -> dg.Definitions:
    location = CodeLocation.load()
    job = dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.assets(*closed_keys(location)).downstream()
        - dg.AssetSelection.groups(REPORT_GROUP),
        description="Closes an inventory year as it is published (or, action: reopen, reopens it), and publishes the"
        " marts that show it. Configuration: year, reason, action.",
        executor_def=dg.in_process_executor,
        tags={WORKSPACE_TAG: location.workspace.location_name},
    )
    return dg.Definitions(assets=[closing_assets(location)], jobs=[job])
