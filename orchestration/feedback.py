"""What senders of files get back: the findings of a check, and a copy of each faulty file with its cells marked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from data_contracts.judging.checking import CheckResult
from orchestration.console import print_table, say
from orchestration.landing import MONTH
from orchestration.workspace import Workspace

if TYPE_CHECKING:
    import duckdb

    from data_contracts.declarations.feeds import Feed

LISTED_FINDINGS = 50
SUFFIX = ".feedback.xlsx"
# Findings fetched at once: a query per file would cost more than its workbook.
FINDINGS_TOGETHER = 100_000


def print_result(result: CheckResult, language: str) -> None:
    """Rows per sheet and the findings, gravest first, in a language (en or zh)."""
    if not result.files:
        say("There is no file to check.")
        return
    columns = ["file", "sheet", "feed", "rows in", "accepted", "rejected", "duplicate"]
    if not result.sheets.is_empty():
        print_table("Rows (rows in = accepted + rejected + duplicate)", columns, result.sheets.rows(), columns[3:])
    gravity = pl.col("severity").replace_strict({"error": 0, "warning": 1, "info": 2}, return_dtype=pl.Int8)
    findings = result.findings.sort(gravity, "path", "source_sheet", "source_row", maintain_order=True)
    say(f"Findings: {len(findings) or 'none'}")
    for finding in findings.head(LISTED_FINDINGS).iter_rows(named=True):
        place = [finding["path"], finding["source_sheet"]]
        place += [f"row {finding['source_row']}"] if finding["source_row"] else []
        say(f"  {finding['severity']}: {', '.join(part for part in place if part)}: {finding[f'message_{language}']}")
    if len(findings) > LISTED_FINDINGS:
        say(f"  ... and {len(findings) - LISTED_FINDINGS} more.")


def write(result: CheckResult, workspace: Workspace) -> list[Path]:
    """A feedback workbook for each checked file with an error, in warehouse/feedback/; the paths written."""
    targets = {
        path: workspace.feedback / (path.replace("/", "__") + SUFFIX)
        for path in result.files
        if (result.findings_of(path)["severity"] == "error").any()
    }
    return [
        target
        for path, target in targets.items()
        if _write(
            result.files[path], result.findings_of(path), target, Path(path).name, _counts(result, path), result.feeds
        )
    ]


def _counts(result: CheckResult, path: str) -> tuple[int, int]:
    of_file = result.sheets.filter(pl.col("path") == path)
    return int(of_file["rows_in"].sum()), int(of_file["rows_rejected"].sum())


def refresh(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    judged: Collection[str],
    feeds: Callable[[], Mapping[str, Feed]],
) -> int:
    """Make warehouse/feedback/YYYY-MM/SUBMITTER/ hold a feedback workbook for each current submission with an error,
    and no other. judged: ids of the loads whose workbook must be written anew; feeds: gives them with the headers of
    the workspace, and is asked only where a workbook is due. Returns how many there are."""
    refused = connection.execute(
        "with found as (select load_id, count(*) as findings, bool_or(severity = 'error') as is_refused"
        " from raw.intake_findings group by load_id),"
        " sheets as (select load_id, sum(rows_in)::bigint as rows_in, sum(rows_rejected)::bigint as rows_rejected"
        " from raw.load_sheets group by load_id)"
        " select c.path, c.load_id, v.sha256, v.file_name, f.findings, coalesce(s.rows_in, 0),"
        " coalesce(s.rows_rejected, 0) from raw.current_submissions c"
        " join raw.submission_versions v using (submission_id) join raw.loads l on l.load_id = c.load_id"
        " join found f on f.load_id = c.load_id left join sheets s on s.load_id = c.load_id"
        " where l.context_hash not like 'landing:%' and f.is_refused order by c.path"
    ).fetchall()
    expected = {workspace.feedback / (row[0] + SUFFIX) for row in refused}
    due = [row for row in refused if row[1] in judged or not (workspace.feedback / (row[0] + SUFFIX)).is_file()]
    for some in _batches(due):
        findings = pl.DataFrame(
            connection.sql(
                "select * from raw.intake_findings where list_contains($loads, load_id)"
                " order by source_sheet, source_row, rule",
                params={"loads": [row[1] for row in some]},
            )
        ).partition_by("load_id", as_dict=True)
        for path, load_id, sha256, file_name, _, *counts in some:
            target = workspace.feedback / (path + SUFFIX)
            _write(workspace.archive / sha256, findings[load_id,], target, file_name, tuple(counts), feeds())
    if workspace.feedback.is_dir():
        for folder in workspace.feedback.iterdir():
            for former in folder.rglob(f"*{SUFFIX}") if MONTH.fullmatch(folder.name) else ():
                if former not in expected:
                    former.unlink(missing_ok=True)
    return len(expected)


def _batches(refused: Iterable[tuple]) -> Iterator[list[tuple]]:
    """Files whose findings are looked up together; the fifth field is how many a file has."""
    batch, size = [], 0
    for row in refused:
        if batch and size + row[4] > FINDINGS_TOGETHER:
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += row[4]
    if batch:
        yield batch


def _write(
    delivered: Path,
    findings: pl.DataFrame,
    target: Path,
    name: str,
    counts: tuple[int, int],
    feeds: Mapping[str, Feed],
) -> bool:
    """Write one workbook. A file too strange to be copied must not stop a run: its findings are listed anyway."""
    # A check that refuses nothing writes no workbook.
    from data_contracts.answers.feedback_workbooks import write_feedback

    try:
        write_feedback(delivered, findings, target, name, counts, feeds)
    except Exception as error:
        say(f"No feedback workbook for {name}: {type(error).__name__}: {error}")
        return False
    return True
