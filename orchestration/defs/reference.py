"""Assets: the organisation's settings and its reference tables."""

from collections.abc import Iterator

import dagster as dg

from data_contracts.declarations.problems import ReferenceProblems
from orchestration import inputs, integrity, warehouse
from orchestration.code_location import SUBMISSIONS_OWNER, CodeLocation, RunLock, failure, retrying
from orchestration.rules import Rules


def reference_assets(location: CodeLocation) -> dg.AssetsDefinition:
    def describe(table: str) -> str:
        if table in warehouse.ORGANIZATION_TABLES:
            return "Settings of organization.yml."
        return f"reference/{table.removeprefix('reference_')}.csv of the workspace; empty when there is none."

    @dg.multi_asset(
        name="reference",
        specs=[
            dg.AssetSpec(
                location.key("raw", table),
                group_name="reference",
                kinds={"csv", "duckdb"},
                description=describe(table),
                owners=[SUBMISSIONS_OWNER],
                code_version=inputs.package_hash(),
            )
            for table in warehouse.REPLACED_TABLES
        ],
        # Unpartitioned; without the policy `dg launch --partition-range` would refuse the job.
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=location.pool,
    )
    def reference(context: dg.AssetExecutionContext, run_lock: RunLock) -> Iterator[dg.MaterializeResult]:
        with retrying():
            fingerprint = inputs.reference_fingerprint(location.workspace)
            try:
                rules = Rules.load(location.workspace)
            except ReferenceProblems as problems:
                raise failure(problems) from problems
            with warehouse.open_work(location.workspace, on_wait=context.log.info) as connection:
                warehouse.create_raw_tables(connection)
                integrity.unseal_build(location.workspace, marts=False)
                rows = warehouse.replace_reference(connection, rules.reference, rules.settings, fingerprint)
        for table, count in rows.items():
            yield dg.MaterializeResult(asset_key=location.key("raw", table), metadata={"dagster/row_count": count})

    return reference


@dg.definitions
def definitions() -> dg.Definitions:
    return dg.Definitions(assets=[reference_assets(CodeLocation.load())])
