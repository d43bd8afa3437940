"""Assets: the submissions of the landing folders, validated and appended to the raw tables."""

from collections.abc import Iterator

import dagster as dg

from data_contracts.declarations.feeds import FEEDS
from data_contracts.declarations.problems import ReferenceProblems
from orchestration import inputs, intake, integrity, warehouse
from orchestration.code_location import (
    CONFIRM_WITHDRAWALS_TAG,
    SUBMISSIONS_OWNER,
    CodeLocation,
    RunLock,
    failure,
    markdown_table,
    retrying,
)
from orchestration.landing import WithdrawalsNotConfirmed
from orchestration.rules import Rules

DESCRIPTIONS = {
    "submission_versions": "Every version of every file that was ever delivered, by its path and bytes.",
    "loads": "Each judgement of a version under one state of the contract, settings and reference tables.",
    "load_sheets": "Rows in and rows refused of each sheet of a load.",
    "current_submissions": "The version and load of each delivered file that counts now.",
    "landing_findings": "Files that cannot be read now and of which the last readable version counts.",
    "intake_findings": "What was found when files were read: refused rows and files, and observations.",
    "input_states": "Since when which state of settings, reference tables, submissions and product counted.",
    "input_changes": "The files that changed with each of those states, by their hash.",
    "publications": "Every publication so far; the next one adds itself.",
    "published_events": "What each publication said of each base-year event.",
    **{feed: f"{FEEDS[feed].description} Valid rows of every delivered version." for feed in warehouse.FEED_TABLES},
}
# A file is judged by the settings, the facilities, and the names and units that its activity types may have.
JUDGED_BY = [
    "organization",
    *(
        f"reference_{table}"
        for table in (
            "facilities",
            "submitters",
            "header_aliases",
            "activity_types",
            "activity_aliases",
            "units",
            "gwp",
            "gas_blends",
            "emission_factors",
            "fuel_properties",
            "fuel_densities",
        )
    ),
]


def landing_assets(location: CodeLocation) -> dg.AssetsDefinition:
    workspace = location.workspace

    @dg.multi_asset(
        name="landing",
        specs=[
            dg.AssetSpec(
                location.key("raw", table),
                deps=[location.key("raw", judge) for judge in JUDGED_BY],
                group_name="landing",
                kinds={"polars", "duckdb"},
                description=DESCRIPTIONS[table],
                owners=[SUBMISSIONS_OWNER],
                code_version=inputs.package_hash(),
            )
            for table in warehouse.LANDED_TABLES
        ],
        check_specs=[
            dg.AssetCheckSpec(
                "contract",
                asset=location.key("raw", feed),
                description="Every delivered row of the selected months meets the feed's contract.",
            )
            for feed in warehouse.FEED_TABLES
        ],
        partitions_def=location.partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=location.pool,
    )
    def landing(context: dg.AssetExecutionContext, run_lock: RunLock) -> Iterator[dg.MaterializeResult]:
        months = list(context.partition_keys)
        with retrying(), warehouse.kept_open(workspace):
            try:
                rules = Rules.load(workspace)
            except ReferenceProblems as problems:
                raise failure(problems) from problems
            try:
                integrity.require(workspace, on_wait=context.log.info)
                if behind := integrity.is_behind(workspace):
                    context.log.warning(str(behind))
            except integrity.Altered as stop:
                raise dg.Failure(str(stop), allow_retries=False) from stop
            with warehouse.open_work(workspace, on_wait=context.log.info) as connection:
                confirmed = context.run.tags.get(CONFIRM_WITHDRAWALS_TAG) == "true"
                try:
                    plan = intake.ingest(connection, workspace, rules, months, context.log.info, confirmed)
                except WithdrawalsNotConfirmed as stop:
                    raise dg.Failure(
                        f"{stop}\n(A run launched from the UI: the tag {CONFIRM_WITHDRAWALS_TAG}: true.)",
                        allow_retries=False,
                    ) from stop
                counts = intake.feed_counts(connection, months)
                failures = {feed: intake.first_failures(connection, feed, months) for feed in warehouse.FEED_TABLES}
                stored = warehouse.count_rows(connection, dict.fromkeys(warehouse.LANDED_TABLES))
        for feed in warehouse.FEED_TABLES:
            by_month = [counts.get((feed, month), (0, 0)) for month in months]
            for month, (rows_in, rejected) in zip(months, by_month, strict=True):
                context.add_asset_metadata(_row_metadata(rows_in, rejected), location.key("raw", feed), month)
            rows_in, rejected = map(sum, zip(*by_month, strict=True))
            check = dg.AssetCheckResult(
                check_name="contract",
                asset_key=location.key("raw", feed),
                passed=rejected == 0 and not failures[feed],
                severity=dg.AssetCheckSeverity.WARN,
                metadata={
                    **_row_metadata(rows_in, rejected),
                    "first_failures": dg.MetadataValue.md(
                        markdown_table(["file", "sheet", "row", "column", "value", "why"], failures[feed])
                    ),
                },
            )
            yield dg.MaterializeResult(
                asset_key=location.key("raw", feed), metadata={"dagster/row_count": stored[feed]}, check_results=[check]
            )
        for table in warehouse.LANDED_TABLES[len(warehouse.FEED_TABLES) :]:
            yield dg.MaterializeResult(
                asset_key=location.key("raw", table),
                metadata={"dagster/row_count": stored[table], "submissions": plan.describe()},
            )

    return landing


def _row_metadata(rows_in: int, rejected: int) -> dict[str, int]:
    return {"rows_in": rows_in, "rows_valid": rows_in - rejected, "rows_rejected": rejected}


@dg.definitions
def definitions() -> dg.Definitions:
    return dg.Definitions(assets=[landing_assets(CodeLocation.load())])
