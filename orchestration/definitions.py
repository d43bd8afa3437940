"""The Dagster code location: what the modules of `defs` define, for the workspace that the environment names."""

import dagster as dg

from orchestration.defs import (
    alerting,
    automation,
    closing,
    ingestion,
    publication,
    reference,
    reporting,
    retention,
    transformation,
    verifying,
)


@dg.definitions
def defs() -> dg.Definitions:
    # Merged by name: dg's loader of folders describes every kind of component first, at each start of a run.
    modules = (
        reference, ingestion, transformation, publication, reporting, closing, verifying, automation, alerting,
        retention,
    )  # fmt: skip
    return dg.Definitions.merge(*(module.definitions() for module in modules))
