"""The command line, a thin front on the same Dagster definitions the UI shows.

Exit codes: 0 done; 1 stopped by the data or a blocking check; 2 wrong use. Modules that take long to import are
imported by the commands that need them.
"""

import atexit
import contextlib
import gc
import os
import signal
import socket
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from orchestration import __version__
from orchestration.console import complain, fetched, print_table, say, write_csv, write_json
from orchestration.workspace import Workspace, WorkspaceError, deployment_environment

STOPPED = 1
WRONG_USE = 2
TABLE_ROWS = 500

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


class WrongUse(Exception):
    """The command was given something it cannot take."""


def main() -> None:
    """Entry point: run a command and turn the errors a user can cause into a message and an exit code."""
    # A command makes some million objects that live to its end; looking through them again and again for cycles costs a
    # tenth of a small run.
    gc.set_threshold(1_000_000, 50, 100)
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
            say(f"{rules.organization.name}: {plan.describe()}.")

            published = release.published_manifest(opened)
            landing.confirm_withdrawals(opened, plan, rules.organization.withdrawal_limit, confirm_withdrawals)

            unread = {path: why.message_en for path, why in plan.unread.items()}
            for path, said in unread.items():
                complain(f"{path}: {said}")
            fingerprint = inputs.fingerprint(plan.current, plan.versions, reference, unread)
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


@app.command(
    epilog='Example: helioledger query "select * from scope12_trend order by year, month" --format csv > trend.csv'
)
def query(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="A query on the marts; they need no schema prefix.")],
    format: Annotated[
        Format, typer.Option("--format", help="Decimals are printed with all their digits.")
    ] = Format.table,
    workspace: WorkspaceOption = None,
) -> None:
    """Query the published marts, read-only."""
    opened = Workspace.open(workspace)
    if not opened.published_database.is_file():
        raise WrongUse(f"Nothing is published in {opened.root} yet; `helioledger run` does.")
    import duckdb

    from orchestration import warehouse

    try:
        with warehouse.connect(opened.published_database, read_only=True, on_wait=complain) as connection:
            connection.execute("set schema = 'marts'")
            cursor = connection.execute(sql)
            if cursor is None:
                raise WrongUse("the query is empty.")
            columns = [column[0] for column in cursor.description or ()]
            if format is Format.csv:
                write_csv(sys.stdout, columns, fetched(cursor))
            elif format is Format.json:
                write_json(sys.stdout, columns, fetched(cursor))
            else:
                numeric = [c[0] for c in cursor.description or () if _is_number(c[1])]
                rows = cursor.fetchmany(TABLE_ROWS + 1)
                print_table("", columns, rows[:TABLE_ROWS], numeric)
                if len(rows) > TABLE_ROWS:
                    complain(f"Only the first {TABLE_ROWS} rows are shown; --format csv prints all.")
    except duckdb.Error as error:
        raise WrongUse(f"the query failed. {error}") from None
    except (warehouse.WarehouseBusy, warehouse.WarehouseUnreadable) as error:
        complain(f"helioledger: {error}")
        raise typer.Exit(STOPPED) from None


def _is_number(kind: object) -> bool:
    return str(kind).split("(")[0].upper() in {
        "NUMBER", "DECIMAL", "DOUBLE", "FLOAT", "INTEGER", "BIGINT", "HUGEINT", "SMALLINT", "TINYINT", "UBIGINT",
    }  # fmt: skip


class Language(StrEnum):
    en = "en"
    zh = "zh"


@app.command(epilog="Example: helioledger check landing/2024-03/PLANT-1/energy_ledger.xlsx --language zh")
def check(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A file, or a folder of files.")],
    language: Annotated[Language, typer.Option("--language", help="Language of the messages.")] = Language.en,
    workspace: WorkspaceOption = None,
) -> None:
    """Check files by the contracts before they are submitted; nothing is ingested.

    When rows are refused (exit code 1), a copy of each file with its faulty cells marked is written to
    warehouse/feedback/.
    """
    opened = Workspace.open(workspace)
    from data_contracts.declarations.problems import ReferenceProblems
    from data_contracts.judging import checking
    from orchestration import feedback

    try:
        result = checking.check(path, opened.root)
    except FileNotFoundError:
        raise WrongUse(f"there is no file or folder {path}.") from None
    except ReferenceProblems as problems:
        say(str(problems))
        raise typer.Exit(STOPPED) from None
    feedback.print_result(result, language.value)
    if not result.is_accepted:
        for written in feedback.write(result, opened.prepare()):
            say(f"Feedback workbook: {written}")
        raise typer.Exit(STOPPED)


@app.command(epilog="Example: helioledger template energy_ledger -o energy_ledger-PLANT-1.xlsx")
def template(
    feed: Annotated[str, typer.Argument(metavar="FEED", help="A feed, by its English or Chinese name.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="By default warehouse/templates/FEED.xlsx."),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Write an empty workbook for a feed, with drop-downs of the workspace's facilities and names."""
    from xlsxwriter.exceptions import FileCreateError

    from data_contracts.answers import templates
    from data_contracts.declarations import feeds
    from data_contracts.declarations.problems import ReferenceProblems
    from data_contracts.declarations.settings import load_organization
    from data_contracts.declarations.vocabulary import Vocabulary
    from data_contracts.judging.reference import load_reference

    chosen = feeds.feed_of_name(feed)
    if chosen is None:
        raise WrongUse(f"{feed!r} is no feed; feeds are {', '.join(feeds.FEEDS)}.")
    if output is not None and output.exists():
        raise WrongUse(f"{output} exists already; nothing was changed.")
    opened = Workspace.open(workspace)
    try:
        reference = load_reference(opened.root)
        currency = load_organization(opened.root).currency
    except ReferenceProblems as problems:
        say(str(problems))
        raise typer.Exit(STOPPED) from None
    target = output or opened.prepare().templates / f"{chosen.name}.xlsx"
    try:
        templates.write_template(chosen, Vocabulary.build(reference), target, [currency, *_own_types(reference)])
    except (OSError, FileCreateError) as error:
        raise WrongUse(f"{target} cannot be written: {getattr(error, 'strerror', None) or error}.") from None
    say(f"Created {target}")


@app.command(epilog="Example: helioledger sources --year 2024 -o sources-2024.xlsx")
def sources(
    year: Annotated[int | None, typer.Option("--year", help="By default the last one with data.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE.xlsx", help="Write a workbook to answer in.")
    ] = None,
    answers: Annotated[
        Path | None,
        typer.Option("--answers", metavar="FILE.xlsx", help="Put an answered workbook into reference/."),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """List the sources of each facility: present with tonnes, declared absent with a reason, or not yet answered."""
    opened = Workspace.open(workspace)
    from orchestration import source_list

    if answers is not None:
        try:
            path, rows = source_list.keep_answers(opened, source_list.read_answers(answers))
        except source_list.NotAnswers as error:
            raise WrongUse(str(error)) from None
        say(f"{path}: {rows} rows. `helioledger run` takes them over.")
        return
    if not opened.published_database.is_file():
        raise WrongUse(f"Nothing is published in {opened.root} yet; `helioledger run` does.")
    if output is not None and output.exists():
        raise WrongUse(f"{output} exists already; nothing was changed.")
    from orchestration import warehouse

    try:
        with warehouse.connect(opened.published_database, read_only=True, on_wait=complain) as connection:
            connection.execute("set schema = 'marts'")
            rows = connection.execute(source_list.QUERY, [year]).fetchall()
    except (warehouse.WarehouseBusy, warehouse.WarehouseUnreadable) as error:
        complain(f"helioledger: {error}")
        raise typer.Exit(STOPPED) from None
    if output is not None:
        say(f"Created {source_list.write_workbook(rows, output)}")
        return
    shown = [(row[1], row[5], row[4], row[7], row[8], row[9] or row[10]) for row in rows]
    print_table(
        f"Sources of {rows[0][0]}" if rows else "Sources",
        ("facility_id", "ISO", "source", "status", "t CO2e", "reason"),
        shown,
        ("t CO2e",),
    )


def _own_types(reference) -> list[str]:
    """The activity types a workspace expects of its facilities, and those it has added."""
    expected = reference["facilities"]["expected_activity_types"].drop_nulls().str.split(";").explode()
    return list(dict.fromkeys([*expected.drop_nulls(), *reference["activity_types"]["activity_type"]]))


@app.command(epilog="Example: helioledger ui --workspace examples/ja-solar --port 3000")
def ui(
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port of the web server.")] = 3000,
    host: Annotated[str, typer.Option("--host", help="Address the web server listens on.")] = "127.0.0.1",
    deployment: Annotated[
        Path | None,
        typer.Option("--deployment", metavar="DIR", help="All workspaces of a deployment, in place of one workspace."),
    ] = None,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="For viewers: nothing can be launched, and no schedule runs.")
    ] = False,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(
            "--allowed-host", metavar="HOST", help="Another host that people reach the server by, as a proxy's."
        ),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Open the workspace in the Dagster UI, with its schedule running, until interrupted.

    The server answers only requests to its own host and from its own pages.
    """
    from orchestration import web
    from orchestration.transformation import DbtProjectError, parsed_project

    if deployment:
        if not (deployment / "workspace.yaml").is_file():
            raise WrongUse(f"{deployment} is no deployment; `helioledger deploy` makes one.")
        shown = deployment.resolve()
        os.environ.update(deployment_environment(shown))
        target, folder = ["--workspace", str(shown / "workspace.yaml")], shown
    else:
        opened = Workspace.open(workspace).prepare()
        shown = opened.root
        target, folder = ["--module-name", "orchestration.definitions"], opened.warehouse
    # Dagster's daemon would run on without a web server.
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        reason = error.strerror or error
        raise WrongUse(f"nothing can listen on {host}:{port} ({reason}). --port names another.") from None
    if not deployment:
        try:
            parsed_project(opened)
        except DbtProjectError as error:
            complain(f"helioledger: {error}")
            raise typer.Exit(STOPPED) from None
    say(f"Dagster UI of {shown}: http://{host}:{port} (Ctrl+C ends it)")
    if allowed_host:
        os.environ[web.HOSTS_VARIABLE] = ",".join(allowed_host)
    server = ["--read-only"] if read_only else ["dev"]
    command = [sys.executable, "-m", "orchestration.web", *server, *target, "--host", host, "--port", str(port)]
    # In place of this process, so that a signal to it ends the server. A script's background processes ignore SIGINT,
    # and Dagster would then ignore SIGTERM too.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.chdir(folder)
    os.execv(command[0], command)


@app.command(
    epilog="Example: helioledger deploy /srv/helioledger --workspace /srv/companies/north --workspace"
    " /srv/companies/south"
)
def deploy(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The deployment's folder; made when it is missing.")],
    workspaces: Annotated[
        list[Path], typer.Option("--workspace", metavar="DIR", help="A workspace; once for each of them.")
    ],
    user: Annotated[
        str, typer.Option("--user", metavar="NAME", help="The system's user that the services run as.")
    ] = "helioledger",
    host: Annotated[str, typer.Option("--host", help="Address the web server listens on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port of the web server.")] = 3000,
    concurrent_runs: Annotated[
        int, typer.Option("--concurrent-runs", min=1, help="Runs at a time, each of another workspace.")
    ] = 1,
) -> None:
    """Write what one web server and daemon need for these workspaces: Dagster's files and systemd units.

    Called again, it changes what differs: add a workspace, or leave one out. docs/deployment.md says the rest.
    """
    from orchestration import deployment, transformation

    folder = directory.resolve()
    try:
        opened = [Workspace.open(workspace) for workspace in workspaces]
        service = deployment.Service(user, host, port)
        written = deployment.deploy(folder, opened, service, concurrent_runs)
        os.environ.update(deployment_environment(folder))
        for workspace in opened:
            transformation.parsed_project(workspace.prepare())
    except deployment.DeploymentError as error:
        raise WrongUse(str(error)) from None
    except OSError as error:
        raise WrongUse(f"{folder} cannot be written: {error.strerror or error}.") from None
    except transformation.DbtProjectError as error:
        complain(f"helioledger: {error}")
        raise typer.Exit(STOPPED) from None
    for path in written or ["nothing; all was as it is"]:
        say(f"Wrote {path}")
    for workspace in opened:
        say(f"Code location {workspace.location_name}: {workspace.root}")
    say(f"Try it:      helioledger ui --deployment {folder}")
    say(f"Install it:  sudo cp {folder}/systemd/*.service /etc/systemd/system/ && sudo systemctl daemon-reload")
    say("             sudo systemctl enable --now helioledger-webserver helioledger-daemon")


@app.command(epilog="Example: helioledger init my-company")
def init(directory: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.")]) -> None:
    """Make a workspace to start from: commented settings, one facility, an empty landing folder."""
    from orchestration import scaffold

    try:
        created = scaffold.make_workspace(directory)
    except FileExistsError as error:
        raise WrongUse(f"{error.filename} exists already; nothing was changed.") from None
    except OSError as error:
        raise WrongUse(f"{directory} cannot be written: {error.strerror or error}.") from None
    for path in created:
        say(f"Created {path}")
    say(f"Edit organization.yml and reference/facilities.csv, then: helioledger run --workspace {directory}")
