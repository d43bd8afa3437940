"""Entry point of the command line, a thin front on the same Dagster definitions the UI shows."""

import atexit
import contextlib
import gc
import os
import sys
from typing import Annotated

import typer

from orchestration import __version__
from orchestration.commands import (
    WRONG_USE,
    WrongUse,
    app,
    closing,
    comparing,
    computing,
    keeping,
    operating,
    reading,
    reporting,
    submitting,
    verifying,
)
from orchestration.console import complain, say
from orchestration.workspace import WorkspaceError

# The modules whose import adds their commands.
COMMANDS = (computing, submitting, reading, reporting, verifying, closing, comparing, keeping, operating)


def main() -> None:
    """Entry point: run a command and turn the errors a user can cause into a message and an exit code."""
    # A command makes some million objects that live to its end; looking through them again and again for cycles costs a
    # tenth of a small run.
    gc.set_threshold(5_000_000, 50, 100)
    # Read when numpy is imported: its threads take longer to start than any matrix here to multiply.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Pydantic would look through what is installed for plugins, and nothing here uses any.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        app()
    except (WrongUse, WorkspaceError) as error:
        complain(f"helioledger: {error}")
        sys.exit(WRONG_USE)
    except KeyboardInterrupt:
        complain("helioledger: interrupted; the last publication is untouched.")
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output has gone; Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def command() -> None:
    """The console script: `main`, and then the end of the process at once.

    Python would first take down a million objects one by one, which costs a tenth of a small run; the system frees
    them all the same. An error that nobody foresaw ends as always.
    """
    try:
        main()
        code = 0
    except SystemExit as ended:
        code = ended.code
    atexit._run_exitfuncs()
    with contextlib.suppress(BrokenPipeError):  # the reader of our output has gone
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0)


@app.callback(invoke_without_command=True)
def _common(version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False) -> None:
    if version:
        say(f"helioledger {__version__}")
        raise typer.Exit
