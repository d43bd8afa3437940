"""From landing/ to the raw tables: judge what is new under the present contract and append it.

Nothing here knows of Dagster; the ingestion asset and the tests call `ingest`.
"""

import contextlib
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import duckdb
import polars as pl

from data_contracts.declarations.feeds import feed_of_name
from data_contracts.judging.judgement import DeliveredFile, Judgement, judge
from orchestration import feedback, journal, landing, timeline, warehouse
from orchestration.landing import Plan, Submission
from orchestration.rules import Rules
from orchestration.workspace import Workspace

# Submissions are judged and appended in batches of about this many rows, so that a first load of years of files does
# not need them all in memory. A Parquet file says how many it has; of others they are guessed from their bytes, of
# which a packed file stands for more than it has.
BATCH_ROWS = 400_000
BYTES_OF_A_ROW = 160
TEXT_BYTES_IN_A_PACKED_BYTE = {".xlsx": 4, ".gz": 10, ".zip": 10}
LONGEST_REASON = 300

# Inserts rows of a feed into its raw table.
Insert = Callable[[str, pl.DataFrame], None]

TEXT = pl.String
VERSION_SCHEMA = {
    "submission_id": TEXT,
    "path": TEXT,
    "sha256": TEXT,
    "size_bytes": pl.Int64,
    "landing_month": TEXT,
    "submitter": TEXT,
    "file_name": TEXT,
    "received_at": pl.Datetime("us"),
}
LOAD_SCHEMA = {"load_id": TEXT, "submission_id": TEXT, "context_hash": TEXT}
LANDING_FINDING_SCHEMA = dict.fromkeys(warehouse.LOAD_TABLES["landing_findings"], TEXT)
FINDING_SCHEMA = {
    "load_id": TEXT,
    "submission_id": TEXT,
    "feed": TEXT,
    "source_sheet": TEXT,
    "source_row": pl.Int32,
    "column_name": TEXT,
    "source_value": TEXT,
    "rule": TEXT,
    "severity": TEXT,
    "facility_id": TEXT,
    "period": pl.Date,
    "message_en": TEXT,
    "message_zh": TEXT,
}


def ingest(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    rules: Rules,
    selected: Collection[str] | None = None,
    say: Callable[[str], None] = lambda message: None,
    confirm_withdrawals: bool = False,
) -> Plan:
    """Judge and append what is pending in the selected landing folders, then make the result current.

    Killed anywhere, it leaves whole loads or none, and the former submissions current; the next call goes on. Raises
    landing.WithdrawalsNotConfirmed before anything is done.
    """
    warehouse.create_raw_tables(connection)
    if journal.adopt(connection, workspace):
        say(f"What was taken in so far is kept in {workspace.journal} now.")
    plan = rules.look(connection, selected)
    say(f"Landing: {plan.describe()}.")
    landing.confirm_withdrawals(workspace, plan, rules.organization.withdrawal_limit, confirm_withdrawals)
    known, judged, left = set(plan.known), set(), plan
    while left.to_judge:
        for batch in _batches(workspace, left.to_judge):
            _append(connection, workspace, rules, batch, known)
            known.update(submission.submission_id for submission in batch)
        judged |= {submission.load_id(rules.context_hash) for submission in left.to_judge}
        # Of a file that turned out to be unreadable the version before it counts, which may have to be judged too.
        left = rules.look_again(connection, plan, selected)
    plan.current, plan.unread = left.current, left.unread
    current = [(path, *identity) for path, identity in sorted(plan.current.items())]
    unread = [_unread(path, *plan.current[path], why) for path, why in sorted(plan.unread.items())]
    warehouse.replace_current_submissions(
        connection,
        pl.DataFrame(current, schema={"path": TEXT, "submission_id": TEXT, "load_id": TEXT}, orient="row"),
        pl.DataFrame(unread, schema=LANDING_FINDING_SCHEMA),
    )
    journal.keep_current(connection, workspace)
    timeline.record(connection, workspace)
    landing.keep_latest_month(workspace, [one.landing_month for one in plan.found if one.refusal is None])
    feedback.refresh(connection, workspace, judged, lambda: rules.context.feeds)
    return plan


def _unread(path: str, submission_id: str, load_id: str, why: landing.Unread) -> dict[str, str | None]:
    return {
        "path": path,
        "submission_id": submission_id,
        "load_id": load_id,
        "unread_submission_id": why.version,
        "rule": landing.UNREADABLE,
        "severity": "error",
        "message_en": why.message_en,
        "message_zh": why.message_zh,
    }


def _batches(workspace: Workspace, submissions: list[Submission]) -> Iterator[list[Submission]]:
    """Feed by feed: the more rows a batch adds to one table, the less of what stands there is written again."""
    batch: list[Submission] = []
    rows = 0
    for submission in sorted(submissions, key=_feed):
        more = _rows(workspace, submission)
        if batch and rows + more > BATCH_ROWS:
            yield batch
            batch, rows = [], 0
        batch.append(submission)
        rows += more
    if batch:
        yield batch


def _feed(submission: Submission) -> str:
    feed = feed_of_name(Path(submission.file_name).stem)
    return feed.name if feed else ""


def _rows(workspace: Workspace, submission: Submission) -> int:
    """About how many rows a file has, in the size of usual ones."""
    kind = Path(submission.file_name).suffix.lower()
    stated = 0
    if kind == ".parquet" and submission.refusal is None:
        with contextlib.suppress(Exception):  # a file that is none is refused when it is judged
            stated = pl.scan_parquet(workspace.archive / submission.sha256).select(pl.len()).collect().item()
    return max(stated, submission.size_bytes * TEXT_BYTES_IN_A_PACKED_BYTE.get(kind, 1) // BYTES_OF_A_ROW)


def _append(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    rules: Rules,
    batch: list[Submission],
    known: set[str],
) -> None:
    context_hash = rules.context_hash
    files = [
        DeliveredFile(
            path=submission.path,
            location=workspace.archive / submission.sha256,
            submission_id=submission.submission_id,
            load_id=submission.load_id(context_hash),
        )
        for submission in batch
        if submission.refusal is None
    ]
    versions = pl.DataFrame(
        [
            {column: getattr(submission, column) for column in VERSION_SCHEMA}
            for submission in batch
            if submission.submission_id not in known
        ],
        schema=VERSION_SCHEMA,
    )
    loads = pl.DataFrame(
        [
            (submission.load_id(context_hash), submission.submission_id, submission.context_hash(context_hash))
            for submission in batch
        ],
        schema=LOAD_SCHEMA,
        orient="row",
    )
    record = journal.recorder(connection, workspace)
    if len(files) == 1 and sum(_rows(workspace, submission) for submission in batch) > BATCH_ROWS:
        # One large file: its rows go into the table while the next ones are read.
        def streamed(insert: Insert) -> tuple[list[pl.DataFrame], list[pl.DataFrame]]:
            judgement = judge(files, rules.context, insert)
            return [judgement.sheets], [judgement.findings]

        try:
            warehouse.append_load(connection, versions=versions, loads=loads, judged=streamed, record=record)
            return
        except (duckdb.Error, OSError):
            raise
        except Exception as error:
            judgements, unreadable = [], [(files[0], _reason(error))]
    else:
        judgements, unreadable = _judge(files, rules)
    refusals = [
        _refusal(submission.load_id(context_hash), submission.submission_id, submission.path, submission.refusal)
        for submission in batch
        if submission.refusal
    ] + [
        _refusal(file.load_id, file.submission_id, file.path, landing.unreadable(reason)) for file, reason in unreadable
    ]

    def judged(insert: Insert) -> tuple[list[pl.DataFrame], list[pl.DataFrame]]:
        for judgement in judgements:
            for feed, rows in judgement.rows.items():
                insert(feed, rows)
        findings = [judgement.findings for judgement in judgements]
        return [one.sheets for one in judgements], [*findings, pl.DataFrame(refusals, schema=FINDING_SCHEMA)]

    warehouse.append_load(connection, versions=versions, loads=loads, judged=judged, record=record)


def _judge(files: list[DeliveredFile], rules: Rules) -> tuple[list[Judgement], list[tuple[DeliveredFile, str]]]:
    """The judgement of a batch. Should a file break its reader, the others are judged one by one and that file is
    refused with the reason: one strange file must not keep all others out of the ledger."""
    try:
        return ([judge(files, rules.context)] if files else []), []
    except Exception as error:
        if len(files) == 1:
            return [], [(files[0], _reason(error))]
    judgements, unreadable = [], []
    for file in files:
        judged, refused = _judge([file], rules)
        judgements += judged
        unreadable += refused
    return judgements, unreadable


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:LONGEST_REASON]


def _refusal(load_id: str, submission_id: str, path: str, refusal: landing.Refusal) -> dict[str, str]:
    return {
        "load_id": load_id,
        "submission_id": submission_id,
        "rule": refusal.rule,
        "severity": "error",
        "source_value": path,
        "message_en": refusal.message_en,
        "message_zh": refusal.message_zh,
    }


def feed_counts(
    connection: duckdb.DuckDBPyConnection, selected: Collection[str]
) -> dict[tuple[str, str], tuple[int, int]]:
    """(feed, landing folder) -> (rows in, rows rejected) of the current submissions in the selected landing folders."""
    rows = connection.execute(
        "select s.feed, v.landing_month, sum(s.rows_in)::bigint, sum(s.rows_rejected)::bigint"
        " from raw.load_sheets s join raw.current_submissions c using (load_id)"
        " join raw.submission_versions v on v.submission_id = c.submission_id"
        " where s.feed is not null and list_contains(?, v.landing_month) group by all",
        [list(selected)],
    ).fetchall()
    return {(feed, month): (rows_in, rejected) for feed, month, rows_in, rejected in rows}


def first_failures(
    connection: duckdb.DuckDBPyConnection, feed: str, selected: Collection[str], limit: int = 5
) -> list[tuple]:
    """(path, sheet, row, column, value, message) of the first refused rows of a feed in the selected folders."""
    return connection.execute(
        "select c.path, f.source_sheet, f.source_row, f.column_name, f.source_value, f.message_en"
        " from raw.intake_findings f join raw.current_submissions c using (load_id)"
        " join raw.submission_versions v on v.submission_id = c.submission_id"
        " where f.severity = 'error' and f.feed = ? and list_contains(?, v.landing_month)"
        " order by c.path, f.source_sheet, f.source_row, f.column_name, f.rule limit ?",
        [feed, list(selected), limit],
    ).fetchall()
