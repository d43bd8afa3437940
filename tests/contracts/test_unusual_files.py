"""Files as utilities, cities and spreadsheets abroad write them: what reads in one way only is read, what reads in two
is a finding, and nothing is read wrongly."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from data_contracts.declarations.vocabulary import Vocabulary
from data_contracts.judging.judgement import Judgement

from .conftest import GOOD_ROWS, counts, errors, write_csv

Judged = Callable[..., Judgement]

HEADER = ["period", "facility_id", "activity_type", "quantity", "unit"]
ROW = ["2024-03", "ningjin", "grid_electricity", "10", "MWh"]


def months(*quantities: str) -> list[list[str]]:
    return [[f"2024-{month:02}", *ROW[1:3], quantity, ROW[4]] for month, quantity in enumerate(quantities, start=1)]


def write_bytes(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "energy_ledger.csv"
    path.write_bytes(text.encode(encoding))
    return path


def said(result: Judgement) -> list[tuple]:
    return result.findings.filter(pl.col("severity") != "info").select("source_row", "rule", "source_value").rows()


# --- decimal commas -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("delimiter", "quantities", "read", "ambiguous", "no_number"),
    [
        # A column with decimal commas, which only semicolons allow: 1.234 and 12,345 could be anything.
        (";", ["1.234,56", "1.234", "12,345", "987,6"], ["1234.56", "987.6"], ["1.234", "12,345"], []),
        # Three decimals and no fewer, as business software prints them; but for the first nothing would say so.
        ("\t", ["1.234,560", "987,100-", "0,500"], ["1234.56", "-987.1", "0.5"], [], []),
        (";", ["987,6", "1234.5"], ["1234.5"], [], ["987,6"]),
        (",", ["987,6", "12,345", "1.234", "1234.5"], ["1234.5"], ["12,345", "1.234"], ["987,6"]),
        (",", ["0,500", "12,345"], [], ["12,345"], ["0,500"]),
        (",", ["1.234.567", "1.234"], [], ["1.234"], ["1.234.567"]),
        # Semicolons separate where commas are decimal; nothing else is known.
        (";", ["1.234", "12.345", "7"], ["7"], ["1.234", "12.345"], []),
        (";", ["-1,234"], [], ["-1,234"], []),
        # The sign may stand behind the number.
        (";", ["1.234-", "12.345 -"], [], ["1.234-", "12.345 -"], []),
        (";", ["1.234-", "12.50-"], ["-1.234", "-12.5"], [], []),
        (",", ["1,5-", "1,234-"], [], ["1,234-"], ["1,5-"]),
        # Where other cells show a decimal point, there is no doubt.
        (";", ["1.234", "12.5", "1,234"], ["1.234", "12.5", "1234"], [], []),
        (";", ["1,234.5", "1.234"], ["1234.5", "1.234"], [], []),
        (";", ["0.123", "1.234"], ["0.123", "1.234"], [], []),
        (",", ["1,234", "12,345", "1.234"], ["1234", "12345", "1.234"], [], []),
        ("\t", ["1 234", "1.234"], ["1234", "1.234"], [], []),
    ],
)
def test_decimal_comma_is_never_taken_for_thousands(
    delimiter: str,
    quantities: list[str],
    read: list[str],
    ambiguous: list[str],
    no_number: list[str],
    judged: Judged,
    tmp_path: Path,
) -> None:
    rows = [[*row, "correction"] for row in months(*quantities)]
    path = write_csv(tmp_path / "energy_ledger.csv", [[*HEADER, "data_quality"], *rows], delimiter=delimiter)
    result = judged(path)
    assert result.rows["energy_ledger"]["quantity"].to_list() == [Decimal(text) for text in read]
    found = errors(result)
    for rule, texts in (("ambiguous_number", ambiguous), ("not_a_number", no_number)):
        assert found.filter(pl.col("rule") == rule)["source_value"].to_list() == texts
    assert len(found) == len(ambiguous) + len(no_number)


def test_one_column_does_not_speak_for_another(judged: Judged, tmp_path: Path) -> None:
    rows = [[*row, received] for row, received in zip(months("1,234", "2,345"), ("5,5", "6"), strict=True)]
    result = judged(write_csv(tmp_path / "energy_ledger.csv", [[*HEADER, "received"], *rows]))
    assert said(result) == [(2, "not_a_number", "5,5")]
    assert result.rows["energy_ledger"]["quantity"].to_list() == [Decimal(2345)]


def test_typed_numbers_of_a_workbook_are_not_ambiguous(judged: Judged, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in [HEADER, *months("987,6", "12,345", "3")]:
        book.active.append(row)
    book.active["D4"] = 1.234
    book.save(tmp_path / "energy_ledger.xlsx")
    result = judged(tmp_path / "energy_ledger.xlsx")
    assert said(result) == [(2, "not_a_number", "987,6"), (3, "ambiguous_number", "12,345")]
    assert result.rows["energy_ledger"]["quantity"].to_list() == [Decimal("1.234")]


# --- long numbers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "lost"),
    [
        ("2.4372E+19", True),
        ("1.42952E+13", True),
        ("2E+11", True),
        ("1.5E+3", False),
        ("2E12A", False),
        ("24372000000012345678", False),
    ],
)
def test_a_number_that_a_spreadsheet_shortened_is_kept_and_said(
    number: str, lost: bool, judged: Judged, tmp_path: Path
) -> None:
    row = {**GOOD_ROWS["invoices"], "invoice_number": number}
    result = judged(write_csv(tmp_path / "invoices.csv", [list(row), list(row.values())]))
    assert result.rows["invoices"]["invoice_number"].to_list() == [number]
    assert said(result) == ([(2, "digits_lost", number)] if lost else [])


def test_no_digits_are_made_up_for_a_typed_number(judged: Judged, tmp_path: Path) -> None:
    """A cell keeps fifteen digits of a number; texts, and numbers that it holds in full, stay as they are."""
    numbers = [24372000000012345678, "24372000000012345678", 1429522426188212, 1002, 99999999999999995000]
    book = openpyxl.Workbook()
    book.active.append(list(GOOD_ROWS["invoices"]))
    for number in numbers:
        book.active.append(list(({**GOOD_ROWS["invoices"], "invoice_number": number}).values()))
    book.save(tmp_path / "invoices.xlsx")
    result = judged(tmp_path / "invoices.xlsx")
    shown, rounded = "2.43720000000123E+19", "1.00000000000000E+20"
    assert result.rows["invoices"]["invoice_number"].to_list() == [
        shown, numbers[1], "1429522426188212", "1002", rounded,
    ]  # fmt: skip
    assert said(result) == [(2, "digits_lost", shown), (6, "digits_lost", rounded)]


# --- amounts with currency signs ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "currency", "value"),
    [
        ("$1,234.56", "USD", "1234.56"),
        ("-$5.00", "USD", "-5"),
        ("($5.00)", "USD", "-5"),
        ("$(5.00)", "CAD", "-5"),
        ("USD 1,234.50", "USD", "1234.5"),
        ("5.00 EUR", "EUR", "5"),
        ("5.00- EUR", "EUR", "-5"),
        ("$5.00-", "USD", "-5"),
        ("€5", "EUR", "5"),
        ("¥5", "CNY", "5"),
        ("￥5", "人民币", "5"),
        ("¥5", "JPY", "5"),
        ("5元", "CNY", "5"),
        ("C$5", "CAD", "5"),
        ("1E2", "USD", "100"),
    ],
)
def test_sign_of_the_own_currency_is_read(
    amount: str, currency: str, value: str, judged: Judged, tmp_path: Path
) -> None:
    row = {**GOOD_ROWS["invoices"], "net_amount": amount, "tax_amount": "", "gross_amount": "", "currency": currency}
    result = judged(write_csv(tmp_path / "invoices.csv", [list(row), list(row.values())]))
    assert said(result) == []
    assert result.rows["invoices"]["net_amount"].to_list() == [Decimal(value)]
    assert any(f"'{amount}'" in message for message in result.findings["message_en"])


@pytest.mark.parametrize(
    ("amount", "currency", "rule"),
    [
        ("$5", "CNY", "currency_sign"),
        ("$5", "", "currency_sign"),
        ("€5", "USD", "currency_sign"),
        ("C$5", "USD", "currency_sign"),
        ("5 GBP", "USD", "currency_sign"),
        ("ABC 5", "USD", "currency_sign"),
        ("5,00 €", "EUR", "not_a_number"),
        ("$", "USD", "not_a_number"),
        ("$5 USD", "USD", "not_a_number"),
        ("kWh 5", "USD", "not_a_number"),
    ],
)
def test_sign_of_another_currency_is_refused(
    amount: str, currency: str, rule: str, judged: Judged, tmp_path: Path
) -> None:
    row = {**GOOD_ROWS["invoices"], "net_amount": amount, "tax_amount": "", "gross_amount": "", "currency": currency}
    result = judged(write_csv(tmp_path / "invoices.csv", [list(row), list(row.values())]))
    assert said(result) == [(2, rule, amount)]


def test_quantities_carry_no_currency(judged: Judged, tmp_path: Path) -> None:
    result = judged(write_csv(tmp_path / "energy_ledger.csv", [HEADER, *months("$5", "10 MWh")]))
    assert said(result) == [(2, "not_a_number", "$5"), (3, "not_a_number", "10 MWh")]


# --- cells --------------------------------------------------------------------------------------------------------


def test_apostrophes_that_spreadsheets_put_before_text(judged: Judged, tmp_path: Path) -> None:
    cells = {"period": "'2024-03", "facility_id": "'ningjin", "quantity": "'1,234.5", "meter_id": "'0012"}
    row = {**GOOD_ROWS["energy_ledger"], **cells}
    result = judged(write_csv(tmp_path / "energy_ledger.csv", [list(row), list(row.values())]))
    assert said(result) == []
    read = result.rows["energy_ledger"].select("period", "facility_id", "quantity", "meter_id").row(0)
    # Text stays as it is delivered.
    assert read == ("2024-03", "ningjin", Decimal("1234.5"), "'0012")


def test_marks_for_nothing_in_optional_cells(judged: Judged, tmp_path: Path) -> None:
    row = {**GOOD_ROWS["energy_ledger"], "data_quality": "N/A", "received": "-", "opening_stock": "n.a."}
    other = {**GOOD_ROWS["procurement"], "net_amount": "-", "currency": "-", "transport_mode": "--"}
    result = judged(
        write_csv(tmp_path / "energy_ledger.csv", [list(row), list(row.values())]),
        write_csv(tmp_path / "procurement.csv", [list(other), list(other.values())]),
    )
    assert result.findings.is_empty()
    assert result.rows["procurement"].select("net_amount", "currency", "transport_mode").row(0) == (None, None, None)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("gal", " Did you mean US gal, imp gal?"),
        ("gallons", " Did you mean US gal, imp gal?"),
        ("tons", " Did you mean long ton, short ton, t?"),
        ("mwh", None),
        ("zz", None),
    ],
)
def test_unit_without_saying_whose(text: str, hint: str | None) -> None:
    answer = Vocabulary.build({}).resolve_unit(pl.Series([text])).row(0, named=True)
    if text == "mwh":
        assert (answer["value"], answer["hint_en"]) == (None, " Did you mean MWh?")
    else:
        assert (answer["value"], answer["hint_en"]) == (None, hint)


# --- tables -------------------------------------------------------------------------------------------------------

LINES = [",".join(HEADER), ",".join(ROW), "2024-02,ningjin,grid_electricity,20,MWh"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("\n".join(LINES), "utf-8-sig"),
        ("\r\n".join(LINES), "utf-8"),
        ("\r".join(LINES), "utf-8"),
        ("\n".join(LINES).replace(",", "\t"), "utf-16"),
        ("\n".join(LINES).replace(",", "|"), "utf-8"),
        ("\n".join(f'"{line}"' for line in LINES).replace(",", '","'), "utf-8"),
        ("\n".join(LINES).replace(",", "|").replace("10", '"10"'), "utf-8"),
        ("sep=;\n" + "\n".join(LINES).replace(",", ";"), "utf-8"),
        ("\n".join(f"{line},,," for line in LINES), "utf-8"),
        ("\n,,,,\n".join(LINES), "utf-8"),
        ("City of Springfield\nUtility: SPL,Account: 123\n\n" + "\n".join(LINES), "utf-8"),
        ("# exported\n" + "\n".join(LINES) + "\n# end of file", "utf-8"),
        ("\n".join(LINES) + "\nTotal,,,30,MWh\n\nSource: utility portal\nPage 1 of 1", "utf-8"),
        ("\n".join(LINES).replace("quantity,unit", "Quantity [MWh],unit"), "utf-8"),
        ("\n".join(LINES).replace("quantity,unit", '"Quantity, MWh",unit'), "utf-8"),
        ("\n".join(LINES).replace("facility_id", "Facility\u00a0ID "), "utf-8"),
    ],
)
def test_the_same_table_in_other_clothes(text: str, encoding: str, judged: Judged, tmp_path: Path) -> None:
    result = judged(write_bytes(tmp_path, text, encoding))
    assert said(result) == []
    assert result.rows["energy_ledger"].select("period", "quantity", "unit").rows() == [
        ("2024-03", Decimal(10), "MWh"),
        ("2024-02", Decimal(20), "MWh"),
    ]


def test_columns_nobody_knows_are_named_and_hold_nothing_back(judged: Judged, tmp_path: Path) -> None:
    header = [*HEADER, "Rate Class", "Notes 2", "Notes 2"]
    result = judged(write_csv(tmp_path / "energy_ledger.csv", [header, [*ROW, "GS-1", "a", "b"]]))
    assert counts(result) == (1, 0)
    assert result.findings.select("rule", "severity", "source_value").rows() == [
        ("unknown_column", "info", "Rate Class"),
        ("unknown_column", "info", "Notes 2"),
        ("unknown_column", "info", "Notes 2"),
    ]


TOTALS = ["Total 2024", "TOTALS", "Grand Total:", "Sub-total", "Subtotal - Electricity", "Total for the year", "Sum"]
AVERAGES = ["Average", "Mean (kWh)", "平均", "月平均值"]
TOTALS_ZH = ["总 计：", "一季度合计", "电力合计", "本年累计"]
DATA = ["Totally Solar 12", "总部", "Meander Mill", "Summit"]


def test_rows_that_sum_up_others_are_no_data(judged: Judged, tmp_path: Path) -> None:
    rows = [[word, "", "", "15" if word in AVERAGES else "30"] for word in (*TOTALS, *AVERAGES, *TOTALS_ZH)]
    result = judged(write_csv(tmp_path / "energy_ledger.csv", [HEADER, *months("10", "20"), *rows]))
    assert said(result) == []
    assert counts(result) == (2, 0)
    assert (result.findings["rule"] == "total_row").sum() == len(rows)


def test_words_that_only_begin_like_a_total_are_data(judged: Judged, tmp_path: Path) -> None:
    rows = [[word, *ROW[2:3], "", "5", "kg"] for word in DATA] + [["Total 7", ROW[2], "ningjin", "5", "MWh"]]
    header = ["record_id", "activity_type", "facility_id", "quantity", "unit", "start_date"]
    result = judged(write_csv(tmp_path / "activity_log.csv", [header, *([*row, "2024-03-01"] for row in rows)]))
    # Without a facility they are refused, not left out; with one, the word in a number of a record means nothing.
    assert counts(result) == (5, 4)
    assert result.rows["activity_log"]["record_id"].to_list() == ["Total 7"]


# --- encodings ----------------------------------------------------------------------------------------------------


def test_an_assumed_encoding_is_said_unless_the_headers_prove_it(judged: Judged, tmp_path: Path) -> None:
    lines = [*LINES[:1], f"{LINES[1]},Zähler Straße"]
    result = judged(write_bytes(tmp_path, "\n".join([lines[0] + ",remark", *lines[1:]]), "cp1252"))
    (finding,) = result.findings.to_dicts()
    assert (finding["rule"], finding["severity"]) == ("encoding_assumed", "warning")
    assert result.rows["energy_ledger"]["remark"].item() in f"Z{finding['message_en']}"
    proven = write_csv(tmp_path / "energy_ledger.csv", [[*HEADER[:4], "单位"], ROW], "gb18030")
    assert judged(proven).findings.is_empty()
    ascii_only = write_csv(tmp_path / "energy_ledger.csv", [HEADER, ROW], "gb18030")
    assert judged(ascii_only).findings.is_empty()


@pytest.mark.parametrize(
    ("encoding", "remark"),
    [
        ("gb18030", "国网江苏省电力公司 鑫昊"),
        ("cp950", "台灣電力公司，電費單"),
        ("cp932", "東京電力エナジーパートナー"),
        ("euc_jp", "東京電力エナジーパートナー"),
        ("cp949", "한국전력공사 삼월 검침"),
        ("cp1252", "Stadtwerke München, Électricité à Genève"),
        ("cp1252", "area 200 m², 25 °C"),
        ("cp1258", "Công ty Điê\u0323n lư\u0323c Bă\u0301c Giang"),
    ],
)
def test_letters_tell_an_encoding_that_no_header_proves(
    encoding: str, remark: str, judged: Judged, tmp_path: Path
) -> None:
    """What the letters of the countries become in all the other encodings is none that people write."""
    rows = [[*HEADER, "remark"], [*ROW, remark]]
    result = judged(write_csv(tmp_path / "energy_ledger.csv", rows, encoding))
    assert [unicodedata.normalize("NFC", one) for one in result.rows["energy_ledger"]["remark"]] == [
        unicodedata.normalize("NFC", remark)
    ]
    assert result.findings["rule"].to_list() == ["encoding_assumed"]


@pytest.mark.parametrize(
    ("encoding", "remark"),
    [
        ("cp1251", "Московская энергосбытовая"),
        ("cp1250", "Zakład Energetyczny, żółć"),
        ("mac_roman", "Müller"),
        ("cp1252", "São Paulo"),
    ],
)
def test_letters_that_can_be_several_are_refused(encoding: str, remark: str, judged: Judged, tmp_path: Path) -> None:
    result = judged(write_csv(tmp_path / "energy_ledger.csv", [[*HEADER, "remark"], [*ROW, remark]], encoding))
    assert result.findings["rule"].to_list() == ["unreadable_file"]
    assert "not text in UTF-8 or UTF-16" in result.findings["message_en"].item()


def test_the_headers_tell_which_of_the_old_encodings_a_file_is_in(judged: Judged, tmp_path: Path) -> None:
    header = ["統計月份", "設施編號", "活動類型", "數量", "單位", "備註"]
    for encoding, remark in (("big5", "台電電費單，堆高機"), ("gb18030", "電費單"), ("utf-8", "台電")):
        result = judged(write_csv(tmp_path / "energy_ledger.csv", [header, [*ROW, remark]], encoding))
        assert result.findings.filter(severity="error").is_empty()
        assert "encoding_assumed" not in set(result.findings["rule"])
        assert result.rows["energy_ledger"]["remark"].to_list() == [remark]


# --- workbooks ----------------------------------------------------------------------------------------------------


def workbook(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_sheets_with_the_headers_of_the_files_feed_are_its_data(judged: Judged, tmp_path: Path) -> None:
    january, february = months("1", "2")
    path = workbook(
        tmp_path / "energy_ledger.xlsx",
        {"Cover": [["City of Springfield"]], "Jan": [["title"], HEADER, january], "Feb": [HEADER, february]},
    )
    result = judged(path)
    assert result.rows["energy_ledger"].select("source_sheet", "period").rows() == [
        ("Jan", "2024-01"),
        ("Feb", "2024-02"),
    ]
    assert "unused_sheet" in result.findings["rule"].to_list()


def test_a_sheet_of_data_that_is_not_read_is_a_warning(judged: Judged, tmp_path: Path) -> None:
    sheets = {"能源台账": [HEADER, ROW], "Sheet2": [list(GOOD_ROWS["production"])], "Notes": [["x"]]}
    result = judged(workbook(tmp_path / "energy_ledger.xlsx", sheets))
    assert counts(result) == (1, 0)
    assert result.findings.select("rule", "severity", "source_value").rows() == [
        ("unused_sheet", "info", "Notes"),
        ("unread_data_sheet", "warning", "Sheet2"),
    ]
    assert "production (产量)" in result.findings["message_en"][1]


def test_numbers_and_dates_as_workbooks_type_them(judged: Judged, tmp_path: Path) -> None:
    rows = [[period, *ROW[1:3], quantity, "kWh"] for period, quantity in (
        (202403, 1234.567), (2024.03, "1,234"), (2024.1, 1), (2024, 0.1 + 0.2), (45352, 1e-7), ("Mar-24", True),
    )]  # fmt: skip
    result = judged(workbook(tmp_path / "energy_ledger.xlsx", {"能源台账": [HEADER, *rows]}))
    assert result.rows["energy_ledger"].select("period", "quantity").rows() == [
        ("2024-03", Decimal("1234.567")),
        ("2024-03", Decimal(1234)),
        ("2024", Decimal("0.3")),
        ("2024-03", Decimal("0.0000001")),
    ]
    found = errors(result).select("source_row", "rule", "source_value").rows()
    assert found == [(4, "ambiguous_period", "2024.1"), (7, "not_a_number", "true")]
