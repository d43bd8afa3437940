"""What computes and publishes: `run`."""

from typing import Annotated

import typer

from orchestration.commands import STOPPED, WorkspaceOption, WrongUse, app
from orchestration.console import complain, say
from orchestration.workspace import Workspace


@app.command(
    epilog="Example: helioledger run --workspace examples/sangle-2019 --from 2019-01 --to 2019-03",
)
def run(
    first: Annotated[
        str | None, typer.Option("--from", metavar="YYYY-MM", help="First landing folder to look into.")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="YYYY-MM", help="Last landing folder to look into.")
    ] = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Compute everything even if nothing has changed.")] = False,
    confirm_withdrawals: Annotated[
        bool,
        typer.Option(
            "--confirm-withdrawals",
            help="Withdraw what has vanished from landing/, also if it is all or more than withdrawal_limit.",
        ),
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Ingest what is new, changed or withdrawn in landing/, compute, check and publish.

    Without months every landing folder is looked into. When a check stops the run (exit code 1), the last publication
    stays as it is.
    """
    opened = Workspace.open(workspace).prepare()
    import duckdb

    from data_contracts.declarations.problems import ReferenceProblems
    from orchestration import execution, inputs, integrity, landing, release, report, warehouse
    from orchestration.rules import ReferenceChanged, Rules
    from orchestration.transformation import DbtProjectError

    for month in (first, last):
        if month is not None and not landing.MONTH.fullmatch(month):
            raise WrongUse(f"{month!r} is not a month; write it as 2024-03.")
    if first and last and first > last:
        raise WrongUse(f"--from {first} is after --to {last}.")
    try:
        with warehouse.run_lock(opened, on_wait=complain):
            reference = inputs.reference_fingerprint(opened)
            rules = Rules.load(opened)
            months = rules.months()
            integrity.require(opened, on_wait=complain)
            selected = _selected(first, last, months)
            with warehouse.open_work(opened, on_wait=complain) as connection:
                warehouse.create_raw_tables(connection)
                plan = rules.look(connection, selected)
                closes = inputs.closes_hash(connection)
            say(f"{rules.organization.name}: {plan.describe()}.")

            published = release.published_manifest(opened)
            landing.confirm_withdrawals(opened, plan, rules.organization.withdrawal_limit, confirm_withdrawals)

            unread = {path: why.message_en for path, why in plan.unread.items()}
            for path, said in unread.items():
                complain(f"{path}: {said}")
            fingerprint = inputs.fingerprint(plan.current, plan.versions, reference, unread, closes)
            if published and published["inputs"] == fingerprint and not rebuild:
                release.confirm(opened)
                say("Nothing has changed since the last publication.")
            else:
                changed = inputs.differences(published["inputs"] if published else {}, fingerprint)
                say(
                    f"Changed since the last publication: {', '.join(changed) or 'nothing'}."
                    if published
                    else "First publication of this workspace."
                )
                folders = [month for month in landing.landing_months(opened) if month in months]
                pending = folders if rebuild else sorted(plan.pending_months)
                start, end = _range(selected, pending, months)
                say(f"Ingesting {start} to {end}, computing and checking ...")
                outcome = execution.run_monthly_inventory(opened, start, end, confirm_withdrawals)
                if not outcome.success:
                    report.print_stop(opened, outcome)
                    raise typer.Exit(STOPPED)
        report.print_publication(opened, rules.organization.data_notice)
    except ReferenceProblems as problems:
        say(str(problems))
        report.print_untouched(opened)
        raise typer.Exit(STOPPED) from None
    except (
        warehouse.WarehouseBusy,
        warehouse.WarehouseUnreadable,
        DbtProjectError,
        execution.RunBrokenOff,
        ReferenceChanged,
        landing.WithdrawalsNotConfirmed,
        integrity.Altered,
    ) as error:
        complain(f"helioledger: {error}")
        report.print_untouched(opened)
        raise typer.Exit(STOPPED) from None
    except BrokenPipeError:
        raise
    except (OSError, duckdb.Error) as error:  # a disk that is full or broken, a file nobody may read
        complain(f"helioledger: the run broke off. {error}")
        report.print_untouched(opened)
        raise typer.Exit(STOPPED) from None


def _selected(first: str | None, last: str | None, months) -> list[str] | None:
    """The months from --from to --to that have a partition; None when neither is given."""
    if first is None and last is None:
        return None
    start, end = max(first or months.first, months.first), min(last or months.last, months.last)
    if start > end:
        raise WrongUse(
            f"No landing folder from {first or '...'} to {last or '...'}: there are {months.first} to {months.last}."
        )
    return list(months.between(start, end))


def _range(selected: list[str] | None, pending: list[str], months) -> tuple[str, str]:
    """First and last month of the Dagster run."""
    if selected:
        return selected[0], selected[-1]
    return (pending[0], pending[-1]) if pending else (months.last, months.last)
