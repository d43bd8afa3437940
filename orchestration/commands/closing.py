"""What fixes a year and proves it: `close`, `reopen`, `prove`."""

from typing import Annotated, Any

import typer

from orchestration.commands import STOPPED, WorkspaceOption, WrongUse, app
from orchestration.console import complain, say
from orchestration.workspace import Workspace

MONTHS = 12
YearArgument = Annotated[int, typer.Argument(metavar="YEAR", help="The inventory year.")]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept and published.")]


@app.command(epilog='Example: helioledger close 2024 --reason "Annual report 2024, verified" --workspace my-company')
def close(year: YearArgument, reason: ReasonOption, workspace: WorkspaceOption = None) -> None:
    """Close a year as it is published: lines, figures, factors, settings and files become a version that never changes.

    Its digest is the same wherever the same is published. What is corrected later shows in mart pending_restatements;
    the other marts show what is computed now.
    """
    _act(Workspace.open(workspace).prepare(), "close", year, reason)


@app.command(epilog='Example: helioledger reopen 2024 --reason "Late invoices of two bases" --workspace my-company')
def reopen(year: YearArgument, reason: ReasonOption, workspace: WorkspaceOption = None) -> None:
    """Reopen a closed year, so that it can be closed anew as its next version; the closed one stays as it is."""
    _act(Workspace.open(workspace).prepare(), "reopen", year, reason)


def _act(opened: Workspace, action: str, year: int, reason: str) -> None:
    from orchestration import closing, execution, integrity, report, warehouse
    from orchestration.transformation import DbtProjectError

    config: dict[str, Any] = {"year": year, "reason": reason, "action": action}
    try:
        with warehouse.run_lock(opened, on_wait=complain):
            with warehouse.open_work(opened, on_wait=complain) as connection:
                warehouse.create_raw_tables(connection)
            outcome = execution.run_job(opened, "close_year", run_config={"ops": {"closing": {"config": config}}})
            if not outcome.success:
                if any(step.name == "closing" for step in outcome.stopped):
                    complain("helioledger: " + "\n".join(step.message for step in outcome.stopped))
                else:
                    report.print_stop(opened, outcome)
                raise typer.Exit(STOPPED)
            with warehouse.open_work(opened) as connection:
                done = connection.execute("select * from raw.closes order by number desc limit 1").fetchone()
                names = [column[0] for column in connection.description or ()]
    except (
        warehouse.WarehouseBusy,
        warehouse.WarehouseUnreadable,
        DbtProjectError,
        execution.RunBrokenOff,
        integrity.Altered,
        OSError,
    ) as error:
        complain(f"helioledger: {error}")
        raise typer.Exit(STOPPED) from None
    act = dict(zip(names, done, strict=True))
    if action == "close":
        say(f"Closed {year}, version {act['version']} ({act['leaves']} rows). 已关账。")
        if (months := closing.whole_months(opened, year)) < MONTHS:
            say(f"Scopes 1 and 2 of {year} are whole in {months} of 12 months: what comes later is a restatement.")
            say(f"{year} 年范围一和范围二仅 {months} 个月数据完整，之后补报的数据将成为重述。")
        say(f"Digest 摘要:      {act['digest']}")
        say(f"Previous 前一次:  {act['previous_digest'] or '-'}")
        say("Keep the digest outside of this machine, as in the verification statement: it proves what was closed.")
    else:
        say(f"Reopened {year}; version {act['version']} stays as it is. 已重新打开。")
        say(f"Close it anew: helioledger close {year} --reason ...")


@app.command(epilog="Example: helioledger prove 3f9a0c1b2d4e5f607182 --workspace my-company")
def prove(
    emission_id: Annotated[str, typer.Argument(metavar="EMISSION_ID", help="A line of mart emissions.")],
    close_id: Annotated[
        str | None,
        typer.Option(
            "--close", metavar="YEAR.VERSION", help="In which close (2024.1, or 2024); by default the latest."
        ),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Print the proof that a line is in a closed year: its row, its place, and the hashes on the way to the digest.

    Whoever knows the digest can follow it with SHA-256 alone (RFC 6962): docs/time.md says how.
    """
    opened = Workspace.open(workspace).prepare()
    import json

    from orchestration import closing, warehouse

    try:
        with warehouse.run_lock(opened, on_wait=complain), warehouse.open_work(opened, on_wait=complain) as connection:
            warehouse.create_raw_tables(connection)
            proof = closing.prove(connection, emission_id, close_id and close_id.removeprefix("close:"))
    except (warehouse.WarehouseBusy, warehouse.WarehouseUnreadable) as error:
        complain(f"helioledger: {error}")
        raise typer.Exit(STOPPED) from None
    if proof is None:
        where = "no close" if close_id is None else f"no close {close_id.removeprefix('close:')}"
        raise WrongUse(f"{where} holds a line {emission_id!r}. 没有关账版本包含该行。")
    shown = {
        "close": proof.close_id,
        "leaf": proof.leaf,
        "leaf_hash": proof.leaf_hash,
        "leaf_index": proof.index,
        "tree_size": proof.size,
        "proof": list(proof.path),
        "root": proof.root,
        "holds": proof.holds,
    }
    say(json.dumps(shown, indent=2, ensure_ascii=False))
    if not proof.holds:
        complain("The proof does not lead to the digest: the close was changed. `helioledger verify` says more.")
        raise typer.Exit(STOPPED)
