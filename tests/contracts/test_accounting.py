"""Whatever is done to the cells of a file, every data row is valid or rejected, and nothing vanishes."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import polars as pl
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_contracts.feeds import FEEDS
from data_contracts.judging import Context, DeliveredFile, Judgement, judge_deliveries
from data_contracts.reading import read_delivery

from .conftest import GOOD_ROWS, errors
from .corpus import DEFECTS
from .files import write_xls

FEED = "energy_ledger"
NASTY = st.one_of(
    st.sampled_from(
        [
            "",
            "-",
            "0",
            "-1",
            "1e99",
            "1,234",
            "合计",
            "注：",
            "\n",
            '"',
            "=1+1",
            "2024-02-30",
            "01/02/2024",
            "柴油",
            "kg",
        ]
    ),
    st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=12),
)
ROWS = st.lists(st.dictionaries(st.sampled_from(list(GOOD_ROWS[FEED])), NASTY, max_size=4), min_size=1, max_size=6)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS)
def test_rows_in_are_valid_or_rejected(shared_context: Context, changes: list[dict[str, str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(GOOD_ROWS[FEED])
    writer.writerows([{**GOOD_ROWS[FEED], **change}.values() for change in changes])
    file = DeliveredFile("2024-03/base/energy_ledger.csv", None, "submission", "load")
    result = judge_deliveries([(file, read_delivery(file.path, text.getvalue().encode()))], shared_context)

    rows_in, rejected = result.sheets.select(pl.col("rows_in", "rows_rejected").sum()).row(0)
    valid = result.rows[FEED]["source_row"]
    refused = errors(result)["source_row"]
    assert refused.null_count() == 0
    assert rows_in == len(valid) + rejected
    assert rejected == refused.n_unique()
    assert not set(valid) & set(refused)
    # Every line of the file is valid, rejected, or listed as something that is no data.
    listed = result.findings.filter(pl.col("rule").is_in(["total_row", "note_row", "repeated_header_row"]))
    blank = result.findings.filter(pl.col("rule") == "blank_rows")["source_value"].cast(pl.Int64).sum()
    assert rows_in + len(listed) + blank == len(changes)
    assert result.findings.filter(pl.col("rule") != "blank_rows")["message_zh"].str.len_chars().min() is None or (
        result.findings["message_zh"].str.len_chars().min() > 0
    )


# --- no defect passes unseen --------------------------------------------------------------------------------------

ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "utf-16")
FORMATS = st.one_of(
    st.tuples(st.just(".csv"), st.sampled_from(ENCODINGS), st.sampled_from(",;\t")),
    st.sampled_from([(".xlsx", "", ""), (".xls", "", ""), (".parquet", "", "")]),
)


@st.composite
def submissions(draw: st.DrawFn) -> tuple[str, list[tuple[dict[str, str], str | None]], tuple[str, str, str], bool]:
    """A feed, its rows with the rule each must break (None: sound), the form of the file, whether it has a title."""
    feed = draw(st.sampled_from(list(FEEDS)))
    defects = [(changes, rule) for name, changes, rule, _, _ in DEFECTS if name == feed]
    rows = draw(
        st.lists(st.one_of(st.just(({}, None)), st.sampled_from(defects or [({}, None)])), min_size=1, max_size=8)
    )
    return feed, rows, draw(FORMATS), draw(st.booleans())


def deliver(feed: str, rows: list[dict[str, str]], form: tuple[str, str, str], decorated: bool) -> tuple[str, bytes]:
    """The bytes of a file of these rows; decorated: with a title above, a blank row and a note below."""
    extension, encoding, delimiter = form
    table = [list(GOOD_ROWS[feed]), *(list({**GOOD_ROWS[feed], **row}.values()) for row in rows)]
    if decorated and extension != ".parquet":
        table = [["2024 年 3 月"], [], *table, [], ["注：已核对"]]
    if extension == ".csv":
        text = io.StringIO()
        csv.writer(text, delimiter=delimiter).writerows(table)
        return f"{feed}.csv", text.getvalue().encode(encoding)
    if extension == ".parquet":
        content = io.BytesIO()
        pl.DataFrame(table[1:], schema=table[0], orient="row").write_parquet(content)
        return f"{feed}.parquet", content.getvalue()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{feed}{extension}"
        if extension == ".xls":
            write_xls(path, {FEEDS[feed].zh: table})
        else:
            with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as workbook:
                sheet = workbook.add_worksheet(FEEDS[feed].zh)
                for index, cells in enumerate(table):
                    sheet.write_row(index, 0, cells)
        return path.name, path.read_bytes()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(submissions())
def test_no_defect_passes_unseen(shared_context: Context, submission: tuple) -> None:
    feed, rows, form, decorated = submission
    name, content = deliver(feed, [changes for changes, _ in rows], form, decorated)
    file = DeliveredFile(f"2024-03/base/{name}", Path(name), "submission", "load")
    result = judge_deliveries([(file, read_delivery(file.path, content))], shared_context)
    first = 1 if form[0] == ".parquet" else 4 if decorated else 2
    expected = {first + at: rule for at, (_, rule) in enumerate(rows)}
    check_accounting(result, feed, expected)


def check_accounting(result: Judgement, feed: str, expected: dict[int, str | None]) -> None:
    """Rows in are rows accepted and rows rejected; every defective row is rejected under its rule, no other is."""
    rows_in, rejected = result.sheets.select(pl.col("rows_in", "rows_rejected").sum()).row(0)
    valid = result.rows[feed]["source_row"].to_list()
    assert rows_in == len(expected) == len(valid) + rejected
    assert valid == [row for row, rule in expected.items() if rule is None]
    found = errors(result).select("source_row", "rule").rows()
    assert {row for row, _ in found} == {row for row, rule in expected.items() if rule is not None}
    assert {(row, rule) for row, rule in expected.items() if rule is not None} <= set(found)
