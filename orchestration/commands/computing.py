"""What computes and publishes: `run`."""

from pathlib import Path
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
    engine: Annotated[
        str | None,
        typer.Option(
            "--engine",
            metavar="NAME",
            help="What computes: duckdb or spark; by default what HELIOLEDGER_ENGINE or organization.yml says.",
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="DATE",
            help="The inventory as it was known at the end of that day (or at a time in UTC, or at close:2024.1).",
        ),
    ] = None,
    other_warehouse: Annotated[
        Path | None,
        typer.Option("--warehouse", metavar="DIR", help="The new folder that --as-of computes into."),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Ingest what is new, changed or withdrawn in landing/, compute, check and publish.

    Without months every landing folder is looked into. When a check stops the run (exit code 1), the last publication
    stays as it is. With --as-of the files, settings and reference tables of then are computed into another warehouse,
    and nothing here changes.
    """
    opened = Workspace.open(workspace).prepare()
    if (as_of is None) != (other_warehouse is None):
        raise WrongUse("--as-of DATE and --warehouse DIR go together.")
    if as_of is not None and other_warehouse is not None:
        if first or last or rebuild or confirm_withdrawals or engine:
            raise WrongUse("--as-of takes everything that was known then; it goes with --warehouse alone.")
        _run_as_of(opened, as_of, other_warehouse)
        return
    import duckdb

    from data_contracts.declarations.problems import ReferenceProblems
    from orchestration import execution, inputs, integrity, landing, release, report, warehouse
    from orchestration.engines import DUCKDB, SPARK, Engine, EngineUnavailable
    from orchestration.rules import ReferenceChanged, Rules
    from orchestration.transformation import DbtProjectError

    for month in (first, last):
        if month is not None and not landing.MONTH.fullmatch(month):
            raise WrongUse(f"{month!r} is not a month; write it as 2024-03.")
    if first and last and first > last:
        raise WrongUse(f"--from {first} is after --to {last}.")
    try:
        computing = Engine.of(opened, engine)
        if computing.name == SPARK:
            from orchestration import spark

            spark.require(computing.master)
    except EngineUnavailable as error:
        raise WrongUse(str(error)) from None
    try:
        with warehouse.run_lock(opened, on_wait=complain):
            reference = inputs.reference_fingerprint(opened)
            rules = Rules.load(opened)
            months = rules.months()
            with warehouse.kept_open(opened):
                integrity.require(opened, on_wait=complain)
                if behind := integrity.is_behind(opened):
                    complain(str(behind))
                rebuild = rebuild or integrity.needs_build(opened)
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
                where = "" if computing.name == DUCKDB else f" in {computing.name.capitalize()} ({computing.master})"
                say(f"Ingesting {start} to {end}, computing{where} and checking ...")
                outcome = execution.run_monthly_inventory(
                    opened, start, end, confirm_withdrawals, rebuild, computing.name
                )
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


def _run_as_of(opened: Workspace, as_of: str, folder: Path) -> None:
    """Compute what was known at a moment into a new folder, and say the digest of each of its years."""
    from data_contracts.declarations.problems import ReferenceProblems
    from orchestration import closing, comparing, report, timeline, warehouse
    from orchestration.rules import Rules

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise WrongUse(f"{folder} exists already and is not empty; nothing was changed.")
    try:
        organization = Rules.load(opened).organization
        with warehouse.run_lock(opened, on_wait=complain), warehouse.open_work(opened, on_wait=complain) as connection:
            warehouse.create_raw_tables(connection)
            try:
                files, is_kept = comparing.inputs_at(connection, as_of, organization.time_zone)
                moment = comparing.moment_at(connection, as_of, organization.time_zone)
                trial = comparing.compute(connection, opened, files, folder, closed_until=moment)
            except timeline.NothingKnown as error:
                raise comparing.NoVersion(str(error)) from error
            digests = closing.digests(connection, trial.published_database, files)
    except ReferenceProblems as problems:
        complain(str(problems))
        raise typer.Exit(STOPPED) from None
    except comparing.NoVersion as error:
        raise WrongUse(str(error)) from None
    except (warehouse.WarehouseBusy, warehouse.WarehouseUnreadable) as error:
        complain(f"helioledger: {error}")
        raise typer.Exit(STOPPED) from None
    if not is_kept:
        say("The history of settings and reference tables begins later: the first that were kept were taken.")
        say("设置与参考表的历史始于此日之后，采用最早保存的版本；文件按接收时间选取。")
    if timeline.product_of(files) != timeline.product_of(
        {(timeline.PRODUCT, k): v for k, v in timeline.product().items()}
    ):
        say("Another version of the product computed then; its digits may have been others.")
    for year, digest in digests.items():
        say(f"Digest of {year} 摘要: {digest}")
    report.print_publication(trial, organization.data_notice)


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
