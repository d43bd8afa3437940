"""Workbooks through another program: templates filled in and saved by LibreOffice, feedback opened in it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from data_contracts.answers.feedback_workbooks import write_feedback
from data_contracts.answers.templates import choices_of, write_template
from data_contracts.declarations.feeds import FEEDS
from data_contracts.judging.checking import check
from data_contracts.judging.judgement import Context, DeliveredFile, judge
from data_contracts.readers.delivered_files import FINDINGS_SHEET
from orchestration import intake, warehouse
from orchestration.rules import Rules
from orchestration.workspace import Workspace

from .conftest import GOOD_ROWS, build_workspace, write_csv
from .corpus import HEADER, ROW

pytestmark = pytest.mark.libreoffice

# What is hard to keep: many digits, few digits, trailing zeros, long identifiers, text that looks like something else.
NUMBERS = ("1234567890.12", "0.000001234", "1200.50", "3")
TEXTS = ("24372000000012345678", "0012", "3-4", "春节“停产”;1,5 <&>", "")
SAVED = ("xlsx", "xls")


def rows_of(feed: str) -> list[dict[str, str]]:
    """Four sound rows of a feed, as text."""
    rows = []
    for number, text in zip(NUMBERS, TEXTS, strict=False):
        row = dict(GOOD_ROWS[feed])
        row[FEEDS[feed].measured] = number
        if feed == "invoices":
            row |= {"net_amount": number, "tax_amount": "0", "gross_amount": number}
        for column in FEEDS[feed].columns:
            if column.kind == "text" and column.name != "country":
                row[column.name] = text or row[column.name]
        rows.append(row)
    return rows


def fill(template: Path, feed: str, context: Context) -> None:
    """Fill in a template as people do: numbers and dates as such, choices from the lists."""
    book = openpyxl.load_workbook(template)
    sheet = book[FEEDS[feed].zh]
    for position, column in enumerate(FEEDS[feed].columns, start=1):
        listed = {one.split(" ")[0]: one for one in choices_of(column, context.vocabulary, (), FEEDS[feed])}
        as_value = {"number": float, "date": datetime.fromisoformat, "unit": str}.get(column.kind, listed.get)
        for at, row in enumerate(rows_of(feed), start=3):
            if text := row[column.name]:
                sheet.cell(at, position).value = as_value(text) or text
    book.save(template)


@pytest.fixture(scope="session")
def convert(need_program: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Save files anew in a format; the folder of the results."""
    soffice = need_program("LibreOffice Calc", "soffice", "libreoffice")
    profile = tmp_path_factory.mktemp("libreoffice")

    def run(format: str, files: list[Path]) -> Path:
        target = tmp_path_factory.mktemp(format)
        command = [soffice, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore"]
        command += ["--convert-to", format, "--outdir", str(target), *map(str, files)]
        finished = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
        written = {file.stem for file in target.iterdir()}
        assert written == {file.stem for file in files}, finished.stdout + finished.stderr
        return target

    return run


@pytest.fixture(scope="session")
def saved(
    convert: Callable[..., Path], shared_context: Context, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """Format -> folder with the filled templates of all feeds, saved in it by LibreOffice."""
    folder = tmp_path_factory.mktemp("filled")
    for feed in FEEDS.values():
        path = write_template(feed, shared_context.vocabulary, folder / f"{feed.name}.xlsx")
        fill(path, feed.name, shared_context)
    files = sorted(folder.iterdir())
    # .xls by way of LibreOffice's own format, as somebody does who works in it.
    own = convert("ods", files)
    return {"xlsx": convert("xlsx", files), "xls": convert("xls", sorted(own.iterdir()))}


def canonical(feed: str, path: Path, context: Context) -> pl.DataFrame:
    """The valid rows of a file, without where they stood. Fails if any is refused."""
    result = judge([DeliveredFile(path.name, path, "submission", "load")], context)
    assert set(result.findings["severity"]) <= {"info"}, result.findings["message_en"].to_list()
    assert result.sheets.select("rows_in", "rows_rejected").rows() == [(len(NUMBERS), 0)]
    return result.rows[feed].drop("load_id", "submission_id", "source_sheet", "source_row")


@pytest.mark.parametrize("format", SAVED)
@pytest.mark.parametrize("feed", FEEDS)
def test_a_template_filled_in_and_saved_by_libreoffice_is_accepted(
    feed: str, format: str, saved: dict[str, Path], shared_context: Context, tmp_path: Path
) -> None:
    rows = rows_of(feed)
    plain = write_csv(tmp_path / f"{feed}.csv", [list(rows[0]), *(list(row.values()) for row in rows)])
    assert_frame_equal(
        canonical(feed, saved[format] / f"{feed}.{format}", shared_context), canonical(feed, plain, shared_context)
    )


def test_what_libreoffice_saved_enters_the_ledger(saved: dict[str, Path], tmp_path: Path) -> None:
    environment = dict(os.environ)
    try:
        workspace = Workspace.open(build_workspace(tmp_path / "company")).prepare()
        folder = workspace.landing / "2024-03" / "ningjin"
        folder.mkdir(parents=True)
        for file in saved["xlsx"].iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
        with warehouse.open_work(workspace) as connection:
            intake.ingest(connection, workspace, Rules.load(workspace))
            counts = intake.feed_counts(connection, ["2024-03"])
    finally:
        os.environ.clear()
        os.environ.update(environment)
    assert counts == {(feed, "2024-03"): (len(NUMBERS), 0) for feed in FEEDS}


def test_feedback_opens_in_libreoffice_and_keeps_its_comments(
    convert: Callable[..., Path], workspace: Path, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "energy_ledger.csv", [HEADER, ROW, [*ROW[:3], "=cmd|' /C calc'!A0", "kwH", "=1+1"]])
    out = write_feedback(path, check(path, workspace).findings, tmp_path / "energy_ledger-feedback.xlsx")
    before = openpyxl.load_workbook(out)
    after = openpyxl.load_workbook(convert("xlsx", [out]) / out.name)
    assert after.sheetnames == before.sheetnames == [FINDINGS_SHEET, "能源台账"]
    sheet = after["能源台账"]
    for place in ("D3", "E3", "F3"):
        assert sheet[place].comment.text == before["能源台账"][place].comment.text
        assert sheet[place].fill.start_color.rgb == before["能源台账"][place].fill.start_color.rgb
    # Still text, after another program has had it.
    assert [(sheet[place].value, sheet[place].data_type) for place in ("D3", "F3")] == [
        ("=cmd|' /C calc'!A0", "s"),
        ("=1+1", "s"),
    ]
    links = [cell.hyperlink.location for row in after[FINDINGS_SHEET].iter_rows() for cell in row if cell.hyperlink]
    assert {link.replace("'", "").replace("$", "") for link in links} == {"能源台账!D3", "能源台账!E3", "能源台账!F3"}
