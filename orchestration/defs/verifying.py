"""Jobs of the verifier's desk: a re-performance pack, and a filled-in sample kept for the next publication."""

from pathlib import Path

import dagster as dg
from pydantic import Field

from orchestration.code_location import WORKSPACE_TAG, CodeLocation, RunLock, retrying

PACK = "re_performance_pack"
KEEP = "keep_sample"


class PackOfYear(dg.Config):
    """The year, the folder to make (by default warehouse/packs/YEAR-PUBLICATION), and facilities where not all."""

    year: int
    output: str = ""
    facilities: list[str] = Field(default_factory=list)


class SampleWorkbook(dg.Config):
    """The workbook of `helioledger sample`, filled in or not."""

    workbook: str


@dg.op(name="write_pack", out=dg.Out(dg.Nothing))
def write_pack(context: dg.OpExecutionContext, config: PackOfYear) -> None:
    from orchestration import packing, release

    workspace = CodeLocation.load().workspace
    manifest = release.published_manifest(workspace)
    if manifest is None:
        raise dg.Failure(f"Nothing is published in {workspace.root} yet.", allow_retries=False)
    folder = Path(config.output) if config.output else workspace.packs / f"{config.year}-{manifest['release_id']}"
    with retrying():
        try:
            made = packing.write(workspace, config.year, folder, config.facilities)
        except (ValueError, packing.PackDiffers) as stop:
            raise dg.Failure(str(stop), allow_retries=False) from stop
    context.log.info(made.outcome)
    context.add_output_metadata(
        {
            "folder": dg.MetadataValue.path(str(made.folder.resolve())),
            "lines": made.lines,
            "withheld_lines": made.withheld,
            "sha256_of_hashes": made.digest,
        }
    )


@dg.op(name="keep_sample_rows", out=dg.Out(dg.Nothing))
def keep_sample_rows(context: dg.OpExecutionContext, config: SampleWorkbook, run_lock: RunLock) -> None:
    from orchestration import sampling

    workspace = CodeLocation.load().workspace
    try:
        sample = sampling.read_workbook(Path(config.workbook))
    except sampling.NotASample as stop:
        raise dg.Failure(str(stop), allow_retries=False) from stop
    kept = sampling.keep(workspace, sample)
    examined = sum(item.verified_t is not None for item in sample.items)
    context.log.info(
        f"{sample.sample_id}: {examined} of {len(sample.items)} items examined; the next run publishes them."
    )
    context.add_output_metadata(
        {"table": dg.MetadataValue.path(str(kept)), "items": len(sample.items), "examined": examined}
    )


@dg.definitions
def definitions() -> dg.Definitions:
    tags = {WORKSPACE_TAG: CodeLocation.load().workspace.location_name}

    @dg.job(
        name=PACK,
        description="Packs a year so that anybody performs it again with nothing but a DuckDB. Configuration: year,"
        " output, facilities.",
        executor_def=dg.in_process_executor,
        tags=tags,
    )
    def re_performance_pack() -> None:
        write_pack()

    @dg.job(
        name=KEEP,
        description="Keeps a verifier's sample in reference/verification_samples.csv, for the next publication."
        " Configuration: workbook.",
        executor_def=dg.in_process_executor,
        tags=tags,
    )
    def keep_sample() -> None:
        keep_sample_rows()

    return dg.Definitions(jobs=[re_performance_pack, keep_sample])
