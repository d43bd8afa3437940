"""What a failed step of a Dagster run said, for the command line and for alerts alike."""

from typing import Any


def message(event: Any) -> str:
    """What a failed step said: the description of a dg.Failure, else the error itself."""
    said = event.step_failure_data.user_failure_data
    return said.description if said and said.description else innermost(event.step_failure_data.error)


def innermost(error: Any) -> str:
    """The message of the error that Dagster's own errors wrap."""
    if error and error.cls_name == "DagsterExecutionInterruptedError":
        return "The run was interrupted."
    while error and error.cause and error.cls_name.startswith("Dagster") and error.cls_name.endswith("Error"):
        if error.cls_name == "DagsterDbtCliRuntimeError":
            break
        error = error.cause
    return error.message.split(f"{error.cls_name}: ", 1)[-1].strip() if error else "no reason given"
