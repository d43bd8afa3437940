"""What guards and keeps all that the figures come from: `verify`, `recover`, `backup`, `restore`."""

from pathlib import Path
from typing import Annotated

import typer

from orchestration.commands import STOPPED, WorkspaceOption, WrongUse, app
from orchestration.console import complain, say
from orchestration.workspace import Workspace


@app.command(epilog="Example: helioledger verify --workspace my-company")
def verify(workspace: WorkspaceOption = None) -> None:
    """Check every published file, archived version, journal file and raw table against its digest.

    Exit code 1 and a list where anything differs. A run checks the same, but hashes again only the files that somebody
    has written to since they were last found sound.
    """
    opened = Workspace.open(workspace).prepare()
    from orchestration import integrity, warehouse

    try:
        with warehouse.run_lock(opened, on_wait=complain):
            found = integrity.check(opened, full=True, on_wait=complain)
    except (warehouse.WarehouseBusy, OSError) as error:
        complain(f"helioledger: {error}")
        raise typer.Exit(STOPPED) from None
    for mismatch in found:
        say(str(mismatch))
    if found:
        raise typer.Exit(STOPPED)
    say("Everything is as it was taken in and published. 所有数据与摘要一致。")


@app.command(epilog="Example: helioledger recover --workspace my-company")
def recover(
    accept_losses: Annotated[
        bool,
        typer.Option("--accept-losses", help="Go on without archived versions that nobody has any more."),
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Put right what `verify` found: the work database from the journal, the archive from landing/.

    An altered publication is set aside; the next run publishes anew. What was damaged is kept in warehouse/set-aside/.
    Exit code 1 while something cannot be put right: bring its file back from a backup, or accept that it is lost.
    """
    opened = Workspace.open(workspace).prepare()
    from orchestration import integrity, warehouse

    try:
        with warehouse.run_lock(opened, on_wait=complain):
            left = integrity.recover(opened, say, accept_losses)
    except (warehouse.WarehouseBusy, OSError) as error:
        complain(f"helioledger: {error}")
        raise typer.Exit(STOPPED) from None
    for mismatch in left:
        say(f"{mismatch.subject} {mismatch.said} and cannot be put right from here: bring it back from a backup.")
    if left:
        say("`helioledger recover --accept-losses` goes on without the archived versions that are lost.")
        raise typer.Exit(STOPPED)
    say("All that can be checked is as it was taken in; `helioledger run` goes on.")


@app.command(epilog="Example: helioledger backup /mnt/backup/my-company-2024-03.tar.gz --workspace my-company")
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to make, a .tar.gz.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Write everything that the figures come from into one file, also while a run goes on.

    Settings, reference tables, landing/, archive, journal and the published release; Dagster's history is not in it.
    """
    opened = Workspace.open(workspace)
    from orchestration import backup as backups

    try:
        number = backups.backup(opened, file)
    except backups.BackupError as error:
        raise WrongUse(str(error)) from None
    except OSError as error:
        raise WrongUse(f"{file} cannot be written: {error.strerror or error}.") from None
    say(f"Created {file} ({number} files). `helioledger restore {file} DIR` makes a workspace of it.")


@app.command(epilog="Example: helioledger restore /mnt/backup/my-company-2024-03.tar.gz my-company-again")
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `helioledger backup` has made.")],
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is new or empty.")],
) -> None:
    """Make a workspace of a backup; its next run publishes the same digits."""
    from orchestration import backup as backups

    if not file.is_file():
        raise WrongUse(f"there is no file {file}.")
    try:
        made = backups.restore(file, directory, say)
    except backups.BackupError as error:
        complain(f"helioledger: {error}")
        raise typer.Exit(STOPPED) from None
    except OSError as error:
        raise WrongUse(f"{directory} cannot be written: {error.strerror or error}.") from None
    say(f"Restored {made.root}. Go on: helioledger run --workspace {directory}")
