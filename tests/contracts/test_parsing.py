"""Text to exact values."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from data_contracts.readers import parsing

NINE = Decimal("0.000000001")
FULL_WIDTH = str.maketrans("0123456789.,-()", "０１２３４５６７８９．，－（）")


def number(text: str) -> tuple[Decimal | None, str | None, bool]:
    return parsing.numbers(pl.Series([text])).row(0)


def serials(text: str, workbook: bool) -> tuple[pl.Series, pl.Series]:
    return pl.Series([text]), pl.Series([workbook])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", "0"),
        ("-5", "-5"),
        ("+5", "5"),
        (".5", "0.5"),
        ("1,234,567.89", "1234567.89"),
        ("1,23,456.78", "123456.78"),
        ("(12,34,567)", "-1234567"),
        ("1 234 567.89", "1234567.89"),
        ("1\u202f234.5", "1234.5"),
        ("1'234", "1234"),
        ("１，２３４．５", "1234.5"),
        ("(1,234)", "-1234"),
        ("（1,234.5）", "-1234.5"),
        ("−3", "-3"),
        ("3万", "30000"),
        ("1.5 亿", "150000000"),
        ("1.5E+3", "1500"),
        ("1.5e-3", "0.0015"),
        ("9999999999998.999999999", "9999999999998.999999999"),
        ("0e99", "0"),
        ("1234.", "1234"),
        ("1.2E+05", "120000"),
        ("1.500", "1.5"),
        ("1,234.50-", "-1234.5"),
        ("12 -", "-12"),
        ("5万-", "-50000"),
    ],
)
def test_number_is_read_exactly(text: str, value: str) -> None:
    assert number(text) == (Decimal(value).quantize(NINE), None, False)


@pytest.mark.parametrize(
    "text",
    [
        "50%",
        "1.234,50-",
        "-5-",
        "(5-)",
        "3-5",
        "5--",
        "1.234,56",
        "12,5",
        "1,23,4567",
        "123,45,678",
        "12 kWh",
        "¥5",
        "abc",
        "(-5)",
        "--5",
        "1..2",
        "e5",
        "٣",
        "#REF!",
        "1,234,",
        # No thousands begin with a zero.
        "0,500",
        "007,500",
        "0 500",
        "1.234.567,89",
        "1,2E+05",
        "½",
        "Ⅳ",
    ],
)
def test_anything_else_is_no_number(text: str) -> None:
    assert number(text) == (None, "not_a_number", False)


@pytest.mark.parametrize(
    "text",
    ["10000000000000", "-1e13", "9999999999999", "-9999999999999.5", "9999999999999.9999999995", "1e60", "10亿亿"],
)
def test_number_out_of_range(text: str) -> None:
    value, fault, _ = number(text)
    assert value is None
    assert fault == ("not_a_number" if text == "10亿亿" else "number_out_of_range")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1234567895", "0.123456790"),
        ("-0.1234567895", "-0.123456790"),
        ("0.12345678949", "0.123456789"),
        ("1E-10", "0"),
    ],
)
def test_more_than_nine_decimals_are_rounded_half_up_and_said(text: str, value: str) -> None:
    assert number(text) == (Decimal(value).quantize(NINE), None, True)


@given(st.decimals(min_value=Decimal("-9999999999998"), max_value=Decimal("9999999999998"), places=9), st.data())
def test_any_decimal_comes_back_exactly(value: Decimal, data: st.DataObject) -> None:
    text = f"{value:,f}" if data.draw(st.booleans()) else f"{value:f}"
    if data.draw(st.booleans()):
        text = text.replace(",", " ")
    if value < 0 and data.draw(st.booleans()):
        text = f"({text.removeprefix('-')})"
    if data.draw(st.booleans()):
        text = text.translate(FULL_WIDTH)
    assert number(text) == (value, None, False)


@given(st.decimals(min_value=Decimal(-1000), max_value=Decimal(1000), places=14))
def test_rounding_is_half_up(value: Decimal) -> None:
    expected = value.quantize(NINE, rounding=ROUND_HALF_UP)
    assert number(f"{value:f}")[:2] == (expected, None)
    assert number(f"{value:e}")[:2] == (expected, None)


def day(text: str, in_workbook: bool = False) -> tuple[date | None, str | None]:
    return parsing.dates(*serials(text, in_workbook)).select("value", "fault").row(0)


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-05", "2024/3/5", "2024.3.5", "20240305", "2024年3月5日", "２０２４－０３－０５",
        "2024-03-05T23:30:00+08:00",
        "2024-03-05 00:00:00", "5-Mar-2024", "March 5, 2024", "5-Mar-24", "05MAR2024", "5th March 2024", "Mar 5th 2024",
        "March 5 2024", "2024-03-05 12:00:00 AM", "2024.03.05", "２０２４年３月５日",
    ],
)  # fmt: skip
def test_date_is_read(text: str) -> None:
    assert day(text) == (date(2024, 3, 5), None)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("31.12.2023", date(2023, 12, 31)),
        ("25/08/2023", date(2023, 8, 25)),
        ("08/25/2023", date(2023, 8, 25)),
        ("03/03/2024", date(2024, 3, 3)),
        ("3/15/2024 12:00:00 AM", date(2024, 3, 15)),
        ("31-Dec-89", date(2089, 12, 31)),
    ],
)
def test_date_that_can_be_read_one_way_only(text: str, value: date) -> None:
    assert day(text) == (value, None)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("08/01/2023", "ambiguous_date"),
        ("03.04.2024", "ambiguous_date"),
        ("12/05/2024", "ambiguous_date"),
        ("05.12.2024", "ambiguous_date"),
        ("12-11-2024", "ambiguous_date"),
        ("31.12.23", "ambiguous_date"),
        ("3/15/24", "ambiguous_date"),
        ("24-03-15", "ambiguous_date"),
        ("15-Mar-95", "ambiguous_date"),
        ("Mar-24", "not_a_date"),
        ("2024-03", "not_a_date"),
        ("32-Mar-24", "not_a_date"),
        ("15-Foo-24", "not_a_date"),
        ("1710460800", "not_a_date"),
        ("2024-02-30", "not_a_date"),
        ("45356", "not_a_date"),
        ("soon", "not_a_date"),
        ("0204-03-05", "date_out_of_range"),
        ("2204-03-05", "date_out_of_range"),
    ],
)
def test_date_is_refused(text: str, fault: str) -> None:
    assert day(text) == (None, fault)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2024-03-05", None),
        ("2024-03-05 00:00", None),
        ("2024-03-05T00:00:00.000+08:00", None),
        ("3/15/2024 12:00:00 AM", None),
        ("2024-03-05 00:15", "00:15"),
        ("2024/3/5 0:15:00", "00:15"),
        ("２０２４－０３－０５ ００：１５", "00:15"),
        ("3/15/2024 12:15 AM", "00:15"),
        ("3/15/2024 12:15 PM", "12:15"),
        ("3/15/2024 1:15:30 PM", "13:15:30"),
        ("2024-03-05 00:15:00.500000", "00:15:00.5"),
        ("2024-03-05 24:00", "24:00"),
        # The hour that an autumn night has twice.
        ("2024-10-27T02:15+02:00", "02:15+0200"),
        ("2024-10-27T02:15+0100", "02:15+0100"),
        ("2024-03-05T00:15Z", "00:15Z"),
        ("2024-03-05T00:15+00:00", "00:15Z"),
    ],
)
def test_time_of_day_has_one_form(text: str, time: str | None) -> None:
    assert parsing.dates(*serials(text, False)).row(0, named=True)["time"] == time


@pytest.mark.parametrize("quarter", range(96))
def test_time_of_a_serial_is_that_of_its_fraction(quarter: int) -> None:
    time = f"{quarter // 4:02d}:{quarter % 4 * 15:02d}" if quarter else None
    found = parsing.dates(*serials(f"{45356 + quarter / 96:.9f}", True)).row(0)
    assert found == (date(2024, 3, 5), None, time, quarter == 0)


@pytest.mark.parametrize(
    ("text", "workbook", "midnight"),
    [
        ("2024-03-05", False, False),
        ("2024-03-05", True, True),
        ("2024-03-05 00:15", True, False),
        ("2024-03-05 00:00", False, True),
        ("2024-03-05T00:00:00.000+08:00", False, True),
        ("3/15/2024 12:00:00 AM", False, True),
        ("3/15/2024 12:00 PM", False, False),
        ("2024-03-05 10:00", False, False),
    ],
)
def test_midnight_is_told_from_the_bare_date_where_it_is_written(text: str, workbook: bool, midnight: bool) -> None:
    assert parsing.dates(*serials(text, workbook)).row(0, named=True)["midnight"] is midnight


def test_serial_is_a_date_in_workbooks_only() -> None:
    assert day("45356", True) == (date(2024, 3, 5), None)


@pytest.mark.parametrize(
    ("text", "value", "start", "end"),
    [
        ("2024-03", "2024-03", date(2024, 3, 1), date(2024, 3, 31)),
        ("2024/3", "2024-03", date(2024, 3, 1), date(2024, 3, 31)),
        ("202403", "2024-03", date(2024, 3, 1), date(2024, 3, 31)),
        ("2024年3月", "2024-03", date(2024, 3, 1), date(2024, 3, 31)),
        ("Mar 2024", "2024-03", date(2024, 3, 1), date(2024, 3, 31)),
        ("2024-Q1", "2024-Q1", date(2024, 1, 1), date(2024, 3, 31)),
        ("2024q4", "2024-Q4", date(2024, 10, 1), date(2024, 12, 31)),
        ("2024年第1季度", "2024-Q1", date(2024, 1, 1), date(2024, 3, 31)),
        ("2024年二季度", "2024-Q2", date(2024, 4, 1), date(2024, 6, 30)),
        ("Mar-24", "2024-03", date(2024, 3, 1), date(2024, 3, 31)),
        ("Mar '24", "2024-03", date(2024, 3, 1), date(2024, 3, 31)),
        ("2024.03", "2024-03", date(2024, 3, 1), date(2024, 3, 31)),
        ("2024.10", "2024-10", date(2024, 10, 1), date(2024, 10, 31)),
        ("2024年三月", "2024-03", date(2024, 3, 1), date(2024, 3, 31)),
        ("2024年十一月份", "2024-11", date(2024, 11, 1), date(2024, 11, 30)),
        ("1Q2024", "2024-Q1", date(2024, 1, 1), date(2024, 3, 31)),
        ("2024.0", "2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024", "2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024年", "2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("März 2024", "2024-03", date(2024, 3, 1), date(2024, 3, 31)),
        ("2024H1", "2024-H1", date(2024, 1, 1), date(2024, 6, 30)),
        ("2024-h2", "2024-H2", date(2024, 7, 1), date(2024, 12, 31)),
        ("H1 2024", "2024-H1", date(2024, 1, 1), date(2024, 6, 30)),
        ("2H/2024", "2024-H2", date(2024, 7, 1), date(2024, 12, 31)),
        ("2024年上半年", "2024-H1", date(2024, 1, 1), date(2024, 6, 30)),
        ("2024下半年", "2024-H2", date(2024, 7, 1), date(2024, 12, 31)),
        ("marzo de 2024", "2024-03", date(2024, 3, 1), date(2024, 3, 31)),
        ("Dez-24", "2024-12", date(2024, 12, 1), date(2024, 12, 31)),
        ("août 2024", "2024-08", date(2024, 8, 1), date(2024, 8, 31)),
        ("Tháng 3/2024", "2024-03", date(2024, 3, 1), date(2024, 3, 31)),
    ],
)
def test_period_is_read(text: str, value: str, start: date, end: date) -> None:
    assert parsing.periods(*serials(text, False)).row(0) == (value, start, end, None)


@pytest.mark.parametrize("text", ["2024-13", "2024-Q5", "202413", "24-03", "1024", "March", "2024-03-02", "2024-03-01"])
def test_period_is_refused(text: str) -> None:
    assert parsing.periods(*serials(text, False)).row(0)[3] == "not_a_period"


@pytest.mark.parametrize(
    "text",
    ["FY2024", "FY2024H1", "2024H3", "上半年", "1H24", "Mar-95", "24年3月", "Jan-Mar 2024", "2024-W12", "3月", "1Q24"],
)
def test_a_period_that_is_none_of_ours_is_refused(text: str) -> None:
    assert parsing.periods(*serials(text, False)).row(0)[3] == "not_a_period"


def test_what_a_spreadsheet_leaves_of_october_is_not_january() -> None:
    for workbook in (False, True):
        assert parsing.periods(*serials("2024.1", workbook)).row(0) == (None, None, None, "ambiguous_period")


def test_first_of_month_is_a_period_in_typed_files_only() -> None:
    assert parsing.periods(*serials("2024-03-01", True)).row(0)[0] == "2024-03"
    assert parsing.periods(*serials("2024-03-02", True)).row(0)[3] == "not_a_period"


@pytest.mark.parametrize("text", ["n/a", "N/A", "n.a.", "NaN", "-", "--", "—", "无", "null", "nil", "None"])
def test_marks_for_nothing(text: str) -> None:
    assert pl.select(parsing.nothing_to_null(pl.lit(text))).item() is None


@pytest.mark.parametrize("serial", [False, True])
def test_a_column_of_plain_forms_is_read_as_it_is_beside_other_forms(serial: bool) -> None:
    """Columns in which every cell has the form that most have are read without looking for any other."""

    def beside(parse, texts: list[str | None]) -> None:
        text = pl.Series(texts)
        marks = pl.Series([serial]).new_from_index(0, len(texts) + 1)
        among_others = parse(pl.concat([text, pl.Series(["3rd of May"])]), marks)[: len(texts)]
        assert_frame_equal(parse(text, marks[: len(texts)]), among_others)

    for zone in (None, "Asia/Shanghai"):
        beside(lambda text, serials, zone=zone: parsing.dates(text, serials, zone), ["2024-02-29", "1990-01-01", None])
    beside(parsing.dates, ["2024-02-30", "2024-02-29"])
    beside(parsing.dates, ["1989-12-31", "2100-12-31"])
    beside(parsing.periods, ["2024-02", "1990", "2100-12", None])
    beside(parsing.periods, ["2024-02", "2101-01"])
    beside(parsing.periods, ["2024-02", "1989"])
