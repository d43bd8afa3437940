"""What those who submit use: `check`, `names`, `template`, `sources`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from orchestration.commands import STOPPED, Language, WorkspaceOption, WrongUse, app
from orchestration.console import complain, print_table, say
from orchestration.workspace import Workspace

SMALL_FILE_BYTES = 1_000_000


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
    if path.is_file() and path.stat().st_size < SMALL_FILE_BYTES:
        # Read when polars is imported: handing a few rows from thread to thread takes longer than looking at them.
        os.environ.setdefault("POLARS_MAX_THREADS", "1")
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


@app.command(epilog="Example: helioledger names landing/2024-03 -o names.xlsx; helioledger names --answers names.xlsx")
def names(
    path: Annotated[Path | None, typer.Argument(metavar="PATH", help="A file, or a folder of files.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE.xlsx", help="By default warehouse/names.xlsx.")
    ] = None,
    answers: Annotated[
        Path | None,
        typer.Option(
            "--answers",
            metavar="PATH",
            help="Put an answered workbook, or the answers in a feedback workbook, into reference/; of a folder, all.",
        ),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Write a workbook of the names that fit no single activity type, and take the answers back."""
    opened = Workspace.open(workspace)
    from data_contracts.declarations.problems import ReferenceProblems
    from data_contracts.declarations.vocabulary import Vocabulary
    from data_contracts.judging import checking
    from data_contracts.judging.reference import load_reference
    from orchestration import name_answers
    from orchestration.answer_workbooks import NotAnswers

    if (path is None) == (answers is None):
        raise WrongUse("give a file or folder to ask about, or --answers FILE.xlsx.")
    try:
        vocabulary = Vocabulary.build(load_reference(opened.root))
        if answers is not None:
            table, rows = name_answers.keep_answers(opened, name_answers.answers_in(answers, vocabulary))
            say(f"{table}: {rows} rows. Files that come in are read by them.")
            return
        result = checking.check(path, opened.root)
    except NotAnswers as error:
        raise WrongUse(str(error)) from None
    except FileNotFoundError:
        raise WrongUse(f"there is no file or folder {path}.") from None
    except ReferenceProblems as problems:
        say(str(problems))
        raise typer.Exit(STOPPED) from None
    asked = name_answers.questions(result.findings, vocabulary)
    if not asked:
        say("Every name has its activity type.")
        return
    written = output or opened.root / "warehouse" / "names.xlsx"
    if output is not None and output.exists():
        raise WrongUse(f"{output} exists already; nothing was changed.")
    say(f"{len(asked)} names to answer: {name_answers.write_workbook(asked, written)}")


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
        from orchestration.answer_workbooks import NotAnswers

        try:
            path, rows = source_list.keep_answers(opened, source_list.read_answers(answers))
            for line in source_list.not_taken(answers):
                complain(line)
        except NotAnswers as error:
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
