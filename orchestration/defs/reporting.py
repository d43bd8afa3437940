"""Asset: the report of the latest whole year, made again after each publication.

It is no part of the monthly job: whoever runs `helioledger run` gets figures, and a report when they ask for one. With
the daemon, the sensor makes it once a publication has come.
"""

import dagster as dg

from orchestration import inputs
from orchestration.code_location import INVENTORY_OWNER, CodeLocation, retrying
from orchestration.defs.publication import PUBLICATION

REPORT = "annual_report"
GROUP = "report"
# Shown on the asset's page; the others are in the report.
SHOWN_PICTURES = ("trend", "scopes", "green_share")


def report_asset(location: CodeLocation) -> dg.AssetsDefinition:
    @dg.asset(
        key=location.key(REPORT),
        group_name=GROUP,
        deps=[location.key(PUBLICATION)],
        kinds={"html", "pdf"},
        description="The report of the latest year that is known whole, in both languages, with a PDF and the workbook"
        " for others' forms: warehouse/reports/.",
        owners=[INVENTORY_OWNER],
        code_version=inputs.package_hash(),
        automation_condition=dg.AutomationCondition.any_deps_updated(),
    )
    def annual_report(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        from orchestration.reporting import making, page, pictures, reading

        try:
            with retrying():
                made = making.make(location.workspace, None, "both", on_wait=context.log.info)
        except reading.NotPublished as reason:
            raise dg.Failure(str(reason), allow_retries=False) from reason
        for item in made.missing:
            context.log.warning(page.missing_said(item))
        if made.why_no_pdf:
            context.log.warning(made.why_no_pdf)
        return dg.MaterializeResult(
            metadata={
                "year": made.year,
                "report": dg.MetadataValue.path(str(made.page)),
                "forms": dg.MetadataValue.path(str(made.forms)),
                **({"pdf": dg.MetadataValue.path(str(made.pdf))} if made.pdf else {}),
                "missing_items": len(made.missing),
                **{
                    f"picture/{name}": dg.MetadataValue.md(f"![{name}](data:image/png;base64,{image})")
                    for name, image in pictures.images(made.contents, SHOWN_PICTURES).items()
                },
            }
        )

    return annual_report


@dg.definitions
def definitions() -> dg.Definitions:
    location = CodeLocation.load()
    return dg.Definitions(
        assets=[report_asset(location)],
        jobs=[
            dg.define_asset_job(
                "report_of_the_year",
                selection=dg.AssetSelection.groups(GROUP),
                description="The report of the latest whole year, of what is published.",
                executor_def=dg.in_process_executor,
            )
        ],
        sensors=[
            dg.AutomationConditionSensorDefinition(
                "report_after_publication",
                target=dg.AssetSelection.groups(GROUP),
                default_status=dg.DefaultSensorStatus.RUNNING,
                minimum_interval_seconds=60,
                description="Makes the report again when a publication has come.",
            )
        ],
    )
