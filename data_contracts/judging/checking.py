"""Check a file or a folder before it is submitted: the same judgement as in a run, without writing anything."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from data_contracts.answers.findings import FINDING_SCHEMA, fill_expression
from data_contracts.declarations.feeds import FEEDS, Feed
from data_contracts.declarations.rules import RULES
from data_contracts.declarations.settings import load_organization
from data_contracts.judging.judgement import SLICE_ROWS, Context, DeliveredFile, Judgement, judge
from data_contracts.judging.reference import load_reference

SKIPPED_PREFIXES = (".", "~$")
SKIPPED_NAMES = ("thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class CheckResult:
    """The outcome of a check.

    findings: `path` and the columns of FINDING_SCHEMA without the ids; sheets: path, source_sheet, feed, rows_in,
    rows_accepted, rows_rejected, rows_duplicate (the last three add up to the first); files: path -> file checked;
    feeds: with the headers of the workspace.
    """

    findings: pl.DataFrame
    sheets: pl.DataFrame
    files: dict[str, Path]
    feeds: Mapping[str, Feed] = field(default_factory=lambda: FEEDS)

    @property
    def is_accepted(self) -> bool:
        """Whether nothing was refused: no row, no sheet, no file."""
        return not (self.findings["severity"] == "error").any()

    def findings_of(self, path: str) -> pl.DataFrame:
        return self.findings.filter(pl.col("path") == path)


def check(path: Path, workspace: Path) -> CheckResult:
    """Judge one file, or every file below a folder, by the rules of a workspace.

    Raises ReferenceProblems if the workspace's settings or reference tables are invalid, FileNotFoundError if there is
    nothing at `path`.
    """
    organization = load_organization(Path(workspace))
    context = Context.build(Path(workspace), organization, load_reference(Path(workspace)))
    return check_files(_shown(_files(Path(path))), context)


def check_files(files: Mapping[str, Path], context: Context) -> CheckResult:
    """Judge files (shown path -> location) in a context."""
    delivered = [DeliveredFile(name, location, name, name) for name, location in files.items()]
    judgement = judge(delivered, context)
    duplicates = _duplicates(judgement)
    counted = duplicates.group_by("path", "source_sheet", "feed").agg(rows_duplicate=pl.len())
    sheets = (
        judgement.sheets.rename({"submission_id": "path"})
        .drop("load_id")
        .join(counted, on=["path", "source_sheet", "feed"], how="left", maintain_order="left")
        .with_columns(pl.col("rows_duplicate").fill_null(0).cast(pl.Int32))
        .with_columns(rows_accepted=pl.col("rows_in") - pl.col("rows_rejected") - pl.col("rows_duplicate"))
    )
    findings = judgement.findings.rename({"submission_id": "path"}).drop("load_id")
    return CheckResult(
        findings=pl.concat([findings, duplicates.select(findings.columns)]).sort(
            "path", "source_sheet", "source_row", maintain_order=True
        ),
        sheets=sheets.select(
            "path", "source_sheet", "feed", "rows_in", "rows_accepted", "rows_rejected", "rows_duplicate"
        ),
        files=dict(files),
        feeds=context.feeds,
    )


def _shown(files: Iterator[tuple[str, Path]]) -> dict[str, Path]:
    """Shown path -> location. As in a run, bytes of a name that are not UTF-8, as they are in a Chinese name out of a
    ZIP archive, are written as \\xb6, so that names that differ stay different."""
    return {os.fsencode(name).decode("utf-8", errors="backslashreplace"): location for name, location in files}


def _files(path: Path) -> Iterator[tuple[str, Path]]:
    if path.is_file():
        yield path.name, path
        return
    if not path.is_dir():
        raise FileNotFoundError(path)
    for location in sorted(_below(path)):
        yield location.relative_to(path).as_posix(), location


def _below(folder: Path) -> Iterator[Path]:
    """The files below a folder, however deep; links to folders are not followed."""
    folders = [folder]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.name.startswith(SKIPPED_PREFIXES) or entry.name.lower() in SKIPPED_NAMES:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append(Path(entry.path))
                elif os.path.isfile(entry.path):
                    yield Path(entry.path)


def _duplicates(judgement: Judgement) -> pl.DataFrame:
    """Findings on valid rows that equal an earlier one (by path, sheet, row) in every canonical column, times of day
    included."""
    rule = RULES["duplicate_row"]
    found = [
        pl.DataFrame(
            schema={name: dtype for name, dtype in FINDING_SCHEMA.items() if name not in ("load_id", "submission_id")}
            | {"path": pl.String}
        )
    ]
    for feed in FEEDS.values():
        rows = judgement.rows[feed.name]
        if rows.is_empty():
            continue
        # Only rows of the same hash can be equal; comparing all rows in full at once would take twice the memory of
        # the rest.
        hashes = rows.select(feed.identity).hash_rows()
        again = hashes.is_duplicated()
        parts = int(again.sum()) // SLICE_ROWS + 1
        repeated = pl.concat([_repeated(feed, rows.filter(again & (hashes % parts == part))) for part in range(parts)])
        found.append(
            repeated.select(
                feed=pl.lit(feed.name),
                source_sheet="source_sheet",
                source_row="source_row",
                column_name=pl.lit(None, dtype=pl.String),
                source_value=pl.lit(None, dtype=pl.String),
                rule=pl.lit(rule.code),
                severity=pl.lit(rule.severity),
                facility_id="facility_id",
                period=pl.col("coverage_start").dt.month_start(),
                message_en=fill_expression(rule.en, {}, ["first"]),
                message_zh=fill_expression(rule.zh, {}, ["first"]),
                path="submission_id",
            )
        )
    return pl.concat(found)


def _repeated(feed: Feed, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows that equal an earlier one, and the place of the first of these."""
    ordered = rows.sort("submission_id", "source_sheet", "source_row").with_row_index("at")
    repeated = ordered.with_columns(first=pl.col("at").first().over(feed.identity)).filter(
        pl.col("at") > pl.col("first")
    )
    place = pl.format("{} {} {}", "submission_id", "source_sheet", "source_row").str.replace_all("  ", " ")
    return repeated.select(
        "submission_id",
        "source_sheet",
        "source_row",
        "facility_id",
        "coverage_start",
        first=ordered[repeated["first"]].select(place).to_series(),
    )
