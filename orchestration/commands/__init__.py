"""The commands, by who uses them: each module of this folder adds its own to `app`.

Modules that take long to import are imported by the commands that need them. Exit codes: 0 done; 1 stopped by the data
or a blocking check; 2 wrong use.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

STOPPED = 1
WRONG_USE = 2

app = typer.Typer(
    help="Greenhouse-gas ledger of a solar manufacturer: from monthly submissions to published marts.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

WorkspaceOption = Annotated[
    Path | None,
    typer.Option(
        "--workspace", metavar="DIR", help="The workspace; by default $HELIOLEDGER_WORKSPACE, else this folder."
    ),
]


class Format(StrEnum):
    table = "table"
    csv = "csv"
    json = "json"


class Language(StrEnum):
    en = "en"
    zh = "zh"


class WrongUse(Exception):
    """The command was given something it cannot take."""
