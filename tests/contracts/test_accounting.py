"""Whatever is done to the cells of a file, every data row is valid or rejected, and nothing vanishes."""

from __future__ import annotations

import csv
import io
import itertools
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from data_contracts.declarations.feeds import FEEDS
from data_contracts.declarations.rules import RULES
from data_contracts.judging.judgement import Context, DeliveredFile, Judgement, judge_deliveries
from data_contracts.readers.delivered_files import read_delivery

from .conftest import GOOD_ROWS, errors, judge_each
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


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
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

# A decimal comma is one of these only between commas: between semicolons it is read (see the corpus).
NOT_NUMBERS = ("many", "1.2.3", "1,23,4567", "--5", "0x10", "1/2", "12 kWh", "5%", "∞", "1e", "1 2")
NOT_DATES = ("2024-02-30", "2024-13-01", "tomorrow", "2024", "31/31/2024", "2024-3", "20240230")
AMBIGUOUS_DATES = ("04/05/2024", "5.4.2024", "01-02-24")
NOT_PERIODS = ("2024-13", "2024-Q5", "Q1", "24-03", "March", "2024-03-05", "1889-01")
NOT_UNITS = ("kwH", "heap", "MWh?")
# Containers that do not say what they hold.
CONTAINERS = ("sack", "瓶", "drum", "气瓶(40L)")
NOT_CURRENCIES = ("RMBY", "$$", "kWh")
ERROR_VALUES = ("#DIV/0!", "#N/A", "#REF!", "=B2*C2", "=cmd|' /C calc'!A0", "@SUM(A1)")
UNKNOWN_NAMES = ("no such thing", "未知", "0")

Defect = tuple[dict[str, str], tuple[str, str] | None]


def defects_of(feed: str) -> list[Defect]:
    """Changes to the sound row of a feed, each with the rule it breaks and the column that is to blame, by the kinds of
    the columns and the rules between them. None: the change is a warning at most."""
    found: list[Defect] = []

    def add(column: str, rule: str, *texts: str, **others: str) -> None:
        found.extend(({column: text, **others}, (rule, column)) for text in texts)

    for column in FEEDS[feed].columns:
        name = column.name
        match column.kind:
            case "number":
                add(name, "not_a_number", *NOT_NUMBERS)
                add(name, "number_out_of_range", "1e13", "99999999999999999999")
                if column.not_negative:
                    add(name, "negative_value", "-1", "(0.5)")
            case "date":
                add(name, "not_a_date", *NOT_DATES)
                add(name, "ambiguous_date", *AMBIGUOUS_DATES)
                add(name, "date_out_of_range", "1989-12-31", "2204-03-05")
            case "period":
                add(name, "not_a_period", *NOT_PERIODS)
            case "facility":
                add(name, "unknown_facility", "qujing", *UNKNOWN_NAMES)
            case "activity_type":
                add(name, "unknown_activity_type", *UNKNOWN_NAMES)
                add(name, "ambiguous_activity_type", "柴油", "HFC-134a")
            case "unit":
                add(name, "unknown_unit", *NOT_UNITS)
                add(name, "fill_not_stated", *CONTAINERS)
                if "activity_type" in FEEDS[feed].by_name:
                    add(name, "unit_not_connected", "p.km")
            case "currency":
                add(name, "unknown_currency", *NOT_CURRENCIES)
            case "choice":
                add(name, "value_not_accepted", *UNKNOWN_NAMES)
        if column.unless:
            found.append(({name: "", **dict.fromkeys(column.unless, "")}, ("required_cell", name)))
            found.append(({name: "n/a"}, None))
        elif column.required:
            add(name, "required_cell", "", *(("n/a", "-", "无") if column.kind in ("number", "date", "period") else ()))
        if column.formula_rule == "formula_not_a_value":
            add(name, "formula_not_a_value", *ERROR_VALUES)
        else:
            found.extend(({name: text}, None) for text in ERROR_VALUES)
    # DEFECTS holds those between columns; where the sound row has empty cells its rules may need other ones too.
    return found + [(changes, (rule, column)) for name, changes, rule, column, _ in DEFECTS if name == feed]


ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "utf-16")
CSV_FORMS = [(".csv", encoding, separator) for encoding in ENCODINGS for separator in ",;\t"]
FORMS = [*CSV_FORMS, (".xlsx", "", ""), (".xls", "", ""), (".parquet", "", "")]
HEADERS = ("name", "zh", "bilingual_header", "alias")


def titles(feed: str, header: str) -> dict[str, str]:
    """Column -> how it is headed: by its code, in Chinese, in both languages, or by another accepted word."""
    return {
        column.name: (column.headers or (column.zh,))[-1] if header == "alias" else getattr(column, header)
        for column in FEEDS[feed].columns
    }


def deliver(
    feed: str, rows: list[dict[str, str]], form: tuple[str, str, str], header: str, order: list[str], decorated: bool
) -> tuple[str, bytes, int]:
    """The name and bytes of a file of these rows, and where the first of them stands; decorated: with a title above,
    a blank row and a note below."""
    extension, encoding, delimiter = form
    names = titles(feed, header)
    table = [[names[column] for column in order]]
    table += [[{**GOOD_ROWS[feed], **row}[column] for column in order] for row in rows]
    decorated = decorated and extension != ".parquet"
    first = 4 if decorated else 1 if extension == ".parquet" else 2
    if decorated:
        table = [["2024 年 3 月"], [], *table, [], ["注：已核对"]]
    if extension == ".csv":
        text = io.StringIO()
        csv.writer(text, delimiter=delimiter).writerows(table)
        return f"{feed}.csv", text.getvalue().encode(encoding), first
    if extension == ".parquet":
        content = io.BytesIO()
        pl.DataFrame(table[1:], schema=table[0], orient="row").write_parquet(content)
        return f"{feed}.parquet", content.getvalue(), first
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{feed}{extension}"
        if extension == ".xls":
            write_xls(path, {FEEDS[feed].zh: table})
        else:
            with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as workbook:
                sheet = workbook.add_worksheet(FEEDS[feed].zh)
                for index, cells in enumerate(table):
                    sheet.write_row(index, 0, cells)
        return path.name, path.read_bytes(), first


def is_unicode_by_chance(defects: list[Defect], delivered: tuple[str, bytes, int]) -> bool:
    """Whether a text of another encoding is one in UTF-8 too, with other letters: 瓶 in GB18030 is ƿ."""
    name, content, _ = delivered
    try:
        text = content.decode() if name.endswith(".csv") else ""
    except UnicodeDecodeError:
        return False
    written = (cell for changes, _ in defects for cell in changes.values() if not cell.isascii())
    return bool(text) and any(cell not in text for cell in written)


def check_accounting(result: Judgement, feed: str, defects: list[Defect], first: int) -> None:
    """Rows in are rows accepted and rows rejected; every defective row is rejected under its rule, at its column and
    for nothing else, and no sound row is. first: where the first of the rows stands."""
    expected = {first + at: defect for at, (_, defect) in enumerate(defects)}
    rows_in, rejected = result.sheets.select(pl.col("rows_in", "rows_rejected").sum()).row(0)
    valid = result.rows[feed]["source_row"].to_list()
    found: dict[int, set[tuple[str, str]]] = {row: set() for row in expected}
    for row, rule, column in errors(result).select("source_row", "rule", "column_name").iter_rows():
        found[row].add((rule, column))
    wrong = {
        row: (defects[row - first][0], said)
        for row, said in found.items()
        if said != ({expected[row]} if expected[row] else set())
    }
    assert wrong == {}
    assert rows_in == len(expected) == len(valid) + rejected
    assert valid == [row for row, defect in expected.items() if defect is None]


HEADERS_OF_ALL_DEFECTS = ("name", "zh")
FORMS_OF_ALL_DEFECTS = (CSV_FORMS[0], *FORMS[-3:])


def all_defects_of(feed: str) -> list[Defect]:
    return [({}, None), *defects_of(feed), ({}, None)]


@pytest.fixture(scope="module")
def accounted(
    shared_context: Context, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], dict[str, tuple[Judgement, int]]]:
    """Of a feed, file by file (header and extension): what comes of all its defects, and where their first row stands.
    The files are judged in one run, as those of one month are."""

    @cache
    def judged(feed: str) -> dict[str, tuple[Judgement, int]]:
        folder, paths, firsts = tmp_path_factory.mktemp(feed), {}, {}
        rows = [changes for changes, _ in all_defects_of(feed)]
        for header, form in itertools.product(HEADERS_OF_ALL_DEFECTS, FORMS_OF_ALL_DEFECTS):
            file = f"{header}{form[0]}"
            _, content, firsts[file] = deliver(feed, rows, form, header, list(GOOD_ROWS[feed]), decorated=False)
            paths[file] = folder / f"{feed}-{file}"
            paths[file].write_bytes(content)
        return {file: (result, firsts[file]) for file, result in judge_each(shared_context, paths).items()}

    return judged


@pytest.mark.parametrize("form", FORMS_OF_ALL_DEFECTS, ids=lambda form: form[0])
@pytest.mark.parametrize("header", HEADERS_OF_ALL_DEFECTS)
@pytest.mark.parametrize("feed", FEEDS)
def test_every_defect_is_refused_for_what_it_is(
    feed: str, header: str, form: tuple[str, str, str], accounted: Callable[[str], dict[str, tuple[Judgement, int]]]
) -> None:
    result, first = accounted(feed)[f"{header}{form[0]}"]
    check_accounting(result, feed, all_defects_of(feed), first)


def test_every_rule_on_rows_has_a_defect() -> None:
    codes = list(RULES)
    on_rows = codes[codes.index("too_many_cells") : codes.index("missing_file")]
    errors_on_rows = {code for code in on_rows if RULES[code].severity == "error"}
    shown = {defect[0] for feed in FEEDS for _, defect in defects_of(feed) if defect}
    # Those are about more than a row; the corpus has files for them.
    assert errors_on_rows - shown == {
        "too_many_cells",
        "header_unit_conflict",
        "ambiguous_number",
        "facility_of_another",
    }


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@pytest.mark.parametrize("feed", FEEDS)
def test_no_defect_passes_unseen(feed: str, shared_context: Context, data: st.DataObject) -> None:
    """Any defects, anywhere among sound rows, in any form of file, under any headers in any order."""
    defects = data.draw(
        st.lists(st.one_of(st.just(({}, None)), st.sampled_from(defects_of(feed))), min_size=1, max_size=10)
    )
    delivered = deliver(
        feed,
        [changes for changes, _ in defects],
        data.draw(st.sampled_from(FORMS)),
        data.draw(st.sampled_from(HEADERS)),
        data.draw(st.permutations(list(GOOD_ROWS[feed]))),
        data.draw(st.booleans()),
    )
    assume(not is_unicode_by_chance(defects, delivered))
    name, content, first = delivered
    file = DeliveredFile(f"2024-03/base/{name}", Path(name), "submission", "load")
    result = judge_deliveries([(file, read_delivery(file.path, content))], shared_context)
    check_accounting(result, feed, defects, first)
