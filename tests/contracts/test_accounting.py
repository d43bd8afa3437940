"""Whatever is done to the cells of a file, every data row is valid or rejected, and nothing vanishes."""

from __future__ import annotations

import csv
import io

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_contracts.judging import Context, DeliveredFile, judge_deliveries
from data_contracts.reading import read_delivery

from .conftest import GOOD_ROWS, errors

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


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
