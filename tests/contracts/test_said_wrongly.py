"""Files that say something else than they seem to: the right figure is read, or none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import polars as pl
import pytest
import xlsxwriter

from data_contracts.answers.feedback_workbooks import write_feedback
from data_contracts.declarations.feeds import FEEDS
from data_contracts.declarations.problems import ReferenceProblems
from data_contracts.judging.checking import check
from data_contracts.judging.judgement import Context, Judgement
from data_contracts.judging.reference import load_reference
from data_contracts.readers import parsing
from data_contracts.readers.delivered_files import PIECES_FROM
from data_contracts.readers.headings import read_headings

from .conftest import GOOD_ROWS, context_of, judge_each, judge_paths, write_csv, write_feed, write_xlsx
from .corpus import shown_as

LEDGER = ["统计月份", "设施编号", "能源品种"]
MARCH = ["2024-03", "ningjin", "外购电力"]


def ledger(context: Context, folder: Path, *rows: Sequence[str], delimiter: str = ",") -> Judgement:
    """What comes of an energy ledger of these rows, the first of which is its header."""
    return judge_paths(context, write_csv(folder / "energy_ledger.csv", rows, delimiter=delimiter))


def read(judgement: Judgement, feed: str = "energy_ledger") -> list[tuple]:
    return judgement.rows[feed].select("facility_id", "quantity", "unit").rows()


def rules(judgement: Judgement) -> set[str]:
    return set(judgement.findings.filter(pl.col("severity") != "info")["rule"])


# --- headers ------------------------------------------------------------------------------------------------------


OTHER_FIGURES = (
    "用电量（去年同期）",
    "用电量(累计)",
    "用量/计划",
    "电量（无功）",
    "电量（峰）",
    "Quantity (ordered)",
    "Consumption, YTD",
    "quantity (target)",
    "用電量（累計）",
    "用電量（計畫）",
    "用电量（基准年）",
    "用电量（折标准煤）",
    "用电量（夜间）",
    "用电量（限额）",
    "用电量（损耗）",
    "用电量（退补）",
    "用电量（单耗）",
    "Consumption (theoretical)",
    "Consumption (weather adjusted)",
    "Consumption (max)",
    "Consumption (per unit)",
    "Quantity (incl. VAT)",
    "電量（上網）",
    "Consumption (kVArh)",
    "Consumption (rolling 12 months)",
    "Consumption (LY)",
    "Consumption (Vorjahr)",
    "Consumption (kumuliert)",
    "Consumption (lũy kế)",
    "Consumption (cùng kỳ)",
    "Consumption (capacity)",
    "用电量（预估）",
    "用电量（反向有功）",
    "用电量（1-3月）",
    "用电量（截至3月）",
    "用电量（期末）",
    "用电量（倍率前）",
    "用电量（示数）",
    "Consumption (to date)",
    "Consumption (N-1)",
    "Consumption (contracted)",
    "Quantity (on hand)",
    "Quantity (backorder)",
    "Quantity (bestellt)",
    "Quantity (Bestand)",
    "Consumption (objectif)",
    "Consumption (누계)",
    "Consumption (전년)",
    "Consumption (予算)",
    "Consumption (前月)",
    "Consumption (tồn kho)",
)


@pytest.fixture(scope="module")
def headed(shared_context: Context, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Judgement]:
    """What comes of a ledger with such a column, alone and beside the figure itself; all are judged in one run."""
    folder, paths = tmp_path_factory.mktemp("headed"), {}
    for number, header in enumerate(OTHER_FIGURES):
        alone = [[*LEDGER, header, "单位"], [*MARCH, "900", "MWh"]]
        beside = [[*LEDGER, header, "消耗量", "单位"], [*MARCH, "900", "1200", "MWh"]]
        for name, rows in (("alone", alone), ("beside", beside)):
            paths[f"{header} {name}"] = write_csv(folder / f"energy_ledger-{number}-{name}.csv", rows)
    return judge_each(shared_context, paths)


@pytest.mark.parametrize("header", OTHER_FIGURES)
def test_a_word_in_a_header_makes_it_another_figure(header: str, headed: dict[str, Judgement]) -> None:
    alone, beside = headed[f"{header} alone"], headed[f"{header} beside"]
    assert (read(alone), rules(alone)) == ([], {"header_other_figure", "missing_columns"})
    # Beside the figure itself it is one column more, which nobody needs to be warned of.
    assert (read(beside), rules(beside)) == ([("ningjin", Decimal(1200), "MWh")], set())


@pytest.mark.parametrize(
    "header",
    [
        "用电量（含损耗）",
        "用电量（不含线损）",
        "Consumption (incl. losses)",
        "用电量（估）",
        "用电量（倍率后）",
        "用电量（有功）",
        "用电量（本月实际）",
        "Consumption (billed)",
        "用电量（一号线）",
    ],
)
def test_other_words_leave_a_quantity_what_it_is(header: str, shared_context: Context, tmp_path: Path) -> None:
    rows = ledger(shared_context, tmp_path, [*LEDGER, header, "单位"], [*MARCH, "900", "MWh"])
    assert (read(rows), rules(rows)) == ([("ningjin", Decimal(900), "MWh")], set())


@pytest.mark.parametrize(
    "word", ["Gesamtergebnis", "Zwischensumme", "Tổng cộng", "Suma", "Somme", "Итого", "합계", "計"]
)
def test_totals_in_the_words_of_other_plants(word: str, shared_context: Context, tmp_path: Path) -> None:
    head = ["period", "facility_id", "activity_type", "quantity", "unit"]
    rows = [["2024-03", "ningjin", "grid_electricity", "900", "MWh"], [word, "", "", "900", "MWh"]]
    summed = ledger(shared_context, tmp_path, head, *rows)
    assert (read(summed), rules(summed)) == ([("ningjin", Decimal(900), "MWh")], set())


@pytest.mark.parametrize("header", ["用电量（2023年）", "Quantity (2023)", "Consumption/FY2023", "用电量（2023）"])
def test_a_quantity_of_another_year_is_not_that_of_the_rows(
    header: str, shared_context: Context, tmp_path: Path
) -> None:
    alone = ledger(shared_context, tmp_path, [*LEDGER, header, "单位"], [*MARCH, "900", "MWh"])
    assert (read(alone), rules(alone)) == ([], {"header_other_figure", "missing_columns"})
    # Of two years side by side the one of the rows counts, and its year is no unit.
    own = header.replace("2023", "2024")
    beside = ledger(shared_context, tmp_path, [*LEDGER, header, own, "单位"], [*MARCH, "900", "1200", "MWh"])
    assert (read(beside), rules(beside)) == ([("ningjin", Decimal(1200), "MWh")], set())


@pytest.mark.parametrize("above", [("2023年", "2024年"), ("去年同期", "本期"), ("Budget 2024", "2024")])
def test_what_stands_above_the_name_of_a_quantity_says_whose_it_is(
    above: tuple[str, str], shared_context: Context, tmp_path: Path
) -> None:
    head = [["", "", "", *above, ""], [*LEDGER, "用电量", "用电量", "单位"]]
    alone = ledger(
        shared_context, tmp_path, ["", "", "", above[0], "x"], [*LEDGER, "用电量", "单位"], [*MARCH, "900", "MWh"]
    )
    assert (read(alone), rules(alone)) == ([], {"header_other_figure", "missing_columns"})
    both = ledger(shared_context, tmp_path, *head, [*MARCH, "900", "1200", "MWh"])
    assert (read(both), rules(both)) == ([("ningjin", Decimal(1200), "MWh")], set())


@pytest.mark.parametrize(
    "header", ["用电量（万kWh）", "产量（MW，峰值）", "电量（合计）", "数量（必填）", "用电量（本月）"]
)
def test_other_words_in_a_header_leave_it_what_it_is(header: str) -> None:
    feed = FEEDS["production" if "产量" in header else "energy_ledger"]
    assert read_headings(feed, [header]).columns == {"quantity": [0]}


@pytest.mark.parametrize(
    ("titles", "read"),
    [
        (["本年累计用电量", "本月用电量（万kWh）"], (1, "万kWh")),
        (["总用电量", "实际用电量"], (1, None)),
        (["Total consumption", "Consumption"], (1, None)),
        (["总电量（kWh）", "尖", "峰", "平", "谷"], (0, "kWh")),
        (["上月用电量", "本月累计用电量", "Total consumption (YTD)", "Total amount"], (None, None)),
    ],
)
def test_the_figure_of_the_month_is_the_figure(titles: list[str], read: tuple[int | None, str | None]) -> None:
    found = read_headings(FEEDS["energy_ledger"], titles)
    assert (found.positions.get("quantity"), found.units.get("quantity")) == read


@pytest.mark.parametrize(
    "header",
    ["金额（含13%税）", "金额（含增值税）", "金額（含稅）", "net amount (incl. 19% VAT)", "net amount (VAT included)",
     "net amount (inkl. MwSt)", "net amount (TTC)", "金额（税后）"],
)  # fmt: skip
def test_an_amount_with_tax_is_no_net_amount(header: str) -> None:
    assert "net_amount" not in read_headings(FEEDS["procurement"], [header]).columns


@pytest.mark.parametrize(
    "header", ["金额（不含税）", "金额（未稅）", "金额（税前）", "net amount (excl. 19% VAT)", "net amount (HT)"]
)
def test_an_amount_without_tax_is_one(header: str) -> None:
    assert "net_amount" in read_headings(FEEDS["procurement"], [header]).columns


@pytest.mark.parametrize("beside", ["VAT", "CCY", "Währung", "Bill total (USD)", "税额"])
def test_an_amount_beside_money_of_any_kind_is_money(beside: str) -> None:
    assert "quantity" not in read_headings(FEEDS["energy_ledger"], ["Amount", "Unit", beside]).columns
    for currency in ("EUR", "Rs.", "₹", "RM", "Rp", "đồng", "Rupees"):
        assert "quantity" not in read_headings(FEEDS["energy_ledger"], [f"Amount ({currency})", "Unit"]).columns
    # Of a German tariff, and of raw material.
    for kept in ("Verbrauch NT", "material"):
        assert "quantity" in read_headings(FEEDS["energy_ledger"], ["Amount", "Unit", kept]).columns


def test_a_running_total_below_a_merged_header_is_none(shared_context: Context, tmp_path: Path) -> None:
    titles = ["用电量", "累计"]
    assert read_headings(FEEDS["energy_ledger"], [f"{titles[0]}（{titles[1]}）"]).others == [(0, "quantity", "累计")]


@pytest.mark.parametrize(
    ("titles", "columns"),
    [
        (["quantity", "amount", "currency"], {"quantity": 0, "net_amount": 1, "currency": 2}),
        (["amount", "currency"], {"net_amount": 0, "currency": 1}),
        (["amount", "unit"], {"quantity": 0, "unit": 1}),
        (["amount", "net_amount", "currency", "unit"], {"net_amount": 1, "currency": 2, "unit": 3}),
        (["金额（含税）", "currency"], {"gross_amount": 0, "currency": 1}),
        (["金额（不含税）", "currency"], {"net_amount": 0, "currency": 1}),
        (["金额（含13%税）", "currency"], {"gross_amount": 0, "currency": 1}),
        (["价税合计（不含税）", "currency"], {"currency": 1}),
    ],
)
def test_an_amount_is_money_where_money_stands_beside_it(titles: list[str], columns: dict[str, int]) -> None:
    assert read_headings(FEEDS["invoices"], titles).positions == columns


# --- tables below each other --------------------------------------------------------------------------------------


def test_a_second_header_begins_a_table(shared_context: Context, tmp_path: Path) -> None:
    header = ["period", "facility_id", "activity_type"]
    found = ledger(
        shared_context,
        tmp_path,
        [*header, "quantity", "unit", "received"],
        ["2024-03", "ningjin", "diesel_stationary", "100", "L", "500"],
        [],
        ["second site"],
        [*header, "received", "unit", "quantity"],
        ["2024-03", "yangzhou", "diesel_stationary", "600", "L", "120"],
        [*header, "received", "unit", "quantity"],
        ["2024-04", "yangzhou", "diesel_stationary", "601", "L", "121"],
    )
    assert read(found) == [
        ("ningjin", Decimal(100), "L"),
        ("yangzhou", Decimal(120), "L"),
        ("yangzhou", Decimal(121), "L"),
    ]
    assert found.sheets.select("rows_in", "rows_rejected").rows() == [(3, 0)]
    assert set(found.findings["rule"]) == {"blank_rows", "note_row", "repeated_header_row"}
    assert found.findings.filter(pl.col("rule") == "repeated_header_row")["source_row"].to_list() == [7]


def test_below_a_header_that_nobody_knows_nothing_is_read(shared_context: Context, tmp_path: Path) -> None:
    first = ["period", "facility_id", "activity_type", "quantity", "unit"]
    rows = [
        ["2024-03", "ningjin", "diesel_stationary", "100", "L"],
        ["2024-04", "ningjin", "diesel_stationary", "7", "L"],
    ]
    strange = ["Berichtsmonat", "Standort", "Energieart", "Bestand", "Einheit"]
    found = ledger(shared_context, tmp_path, first, rows[0], strange, rows[1])
    assert read(found) == [("ningjin", Decimal(100), "L")]
    assert rules(found) == {"missing_columns"}
    assert found.sheets.select("rows_in", "rows_rejected").rows() == [(2, 1)]
    with_digits = ["Berichtsmonat", "Standort", "Energieart", "Bestand (10^4 L)", "Einheit"]
    assert len(read(ledger(shared_context, tmp_path, first, rows[0], with_digits, rows[1]))) == 1
    # A row whose words other rows say too, and those who made the table, are no header.
    pending, signed = ["March", *rows[0][1:3], "pending", "L"], ["制表", "张三", "审核", "李四", "日期"]
    assert len(read(ledger(shared_context, tmp_path, first, rows[0], pending, rows[1], signed))) == 2


def test_the_unit_of_a_second_header_is_its_own(shared_context: Context, tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "energy_ledger.xlsx",
        {
            "能源台账": [
                [*LEDGER, "用电量（kWh）"],
                [*MARCH, 1200000],
                [*LEDGER, "用电量（万kWh）"],
                ["2024-03", "yangzhou", "外购电力", 88.5],
            ]
        },
    )
    found = judge_paths(shared_context, path)
    assert read(found) == [("ningjin", Decimal(1200000), "kWh"), ("yangzhou", Decimal("88.5"), "10^4 kWh")]


def test_rows_below_a_header_that_cannot_be_read_are_refused_and_marked_in_their_place(
    workspace: Path, tmp_path: Path
) -> None:
    rows = [[*LEDGER, "数量", "单位"], [*MARCH, "1", "MWh"], [*LEDGER, "单位", "计划"], [*MARCH, "kWh", "2"]]
    path = write_csv(tmp_path / "energy_ledger.csv", rows)
    result = check(path, workspace)
    assert result.sheets.select("rows_in", "rows_rejected").rows() == [(2, 1)]
    # Errors in a second table are marked in its own columns.
    rows[2], rows[3] = [*LEDGER, "单位", "数量"], [*MARCH, "kWh", "x"]
    result = check(write_csv(path, rows), workspace)
    book = openpyxl.load_workbook(write_feedback(path, result.findings, tmp_path / "feedback.xlsx"))
    assert book["能源台账"]["E4"].comment is not None


def test_a_second_header_in_a_large_text_is_refused(shared_context: Context, tmp_path: Path) -> None:
    row = "2024-03,ningjin,grid_electricity,1,MWh\n"
    text = "period,facility_id,activity_type,quantity,unit\n" + row * (PIECES_FROM // len(row) + 1)
    path = tmp_path / "energy_ledger.csv"
    path.write_text(text + "period,facility_id,activity_type,unit,quantity\n" + row)
    found = judge_paths(shared_context, path)
    assert (rules(found), len(found.rows["energy_ledger"])) == ({"unreadable_file"}, 0)
    assert "another header stands in row" in found.findings["message_en"][0]


# --- dates and digits ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "covered"),
    [
        ("2024-12-01 00:00", "2025-01-01 00:00", (date(2024, 12, 1), date(2024, 12, 31))),
        ("2024-12-01T00:00:00+08:00", "2025-01-01T00:00:00+08:00", (date(2024, 12, 1), date(2024, 12, 31))),
        # Of the organisation's clock, which is eight hours ahead.
        ("2024-11-30T16:00:00Z", "2024-12-31T16:00:00Z", (date(2024, 12, 1), date(2024, 12, 31))),
        ("2024-12-15 00:00", "2025-01-15 00:00", (date(2024, 12, 15), date(2025, 1, 14))),
        # Mere dates, as exports write them.
        ("2024-12-01 00:00", "2024-12-31 00:00", (date(2024, 12, 1), date(2024, 12, 31))),
        ("2024-12-01", "2024-12-31", (date(2024, 12, 1), date(2024, 12, 31))),
    ],
)
def test_midnight_after_the_last_day_is_not_covered(
    start: str, end: str, covered: tuple[date, date], shared_context: Context, tmp_path: Path
) -> None:
    path = write_feed(
        tmp_path / "energy_ledger.csv", "energy_ledger", {"period": "2024-12", "start_date": start, "end_date": end}
    )
    found = judge_paths(shared_context, path)
    assert found.rows["energy_ledger"].select("coverage_start", "coverage_end").rows() == [covered]
    assert rules(found) == set()


def test_a_moment_is_that_of_the_organisations_clock() -> None:
    moments = ["2024-12-31T17:30:00Z", "2024-12-31 23:00-05:00", "2025-01-01 08:00", "2024-10-27T00:30:00Z"]
    found = parsing.dates(pl.Series(moments), pl.Series([False] * 4), "Asia/Shanghai")
    assert found["value"].to_list() == [date(2025, 1, 1), date(2025, 1, 1), date(2025, 1, 1), date(2024, 10, 27)]
    assert found["time"].to_list() == ["01:30+0800", "12:00+0800", "08:00", "08:30+0800"]
    # The hour that comes twice in autumn stays two hours.
    twice = parsing.dates(
        pl.Series(["2024-10-27T00:30:00Z", "2024-10-27T01:30:00Z"]), pl.Series([False] * 2), "Europe/Berlin"
    )
    assert twice["time"].to_list() == ["02:30+0200", "02:30+0100"]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"end_date": "2025-03-31"}, {"coverage_unusually_long"}),
        ({"start_date": "2024-01-01", "end_date": "2024-03-31"}, {"coverage_unusually_long"}),
        ({"start_date": "2024-02-16", "end_date": "2024-03-15"}, set()),
        ({"start_date": "2024-02-01", "end_date": "2024-03-31"}, set()),
        ({"period": "2024", "start_date": "2024-01-01", "end_date": "2024-12-31"}, set()),
        ({"period": "", "start_date": "2024-01-01", "end_date": "2024-12-31"}, set()),
        ({"period": "", "start_date": "2024-03-01", "end_date": "2025-03-31"}, {"coverage_unusually_long"}),
        ({"end_date": "2024-04-01"}, {"end_after_period"}),
        ({"start_date": "2024-03-02", "end_date": "2024-04-01"}, set()),
    ],
)
def test_dates_far_longer_than_their_period(
    changes: dict[str, str], rule: set[str], shared_context: Context, tmp_path: Path
) -> None:
    found = judge_paths(shared_context, write_feed(tmp_path / "energy_ledger.csv", "energy_ledger", changes))
    assert (rules(found), len(found.rows["energy_ledger"])) == (rule, 1)


def test_a_bill_of_more_than_a_year(shared_context: Context, tmp_path: Path) -> None:
    path = write_feed(
        tmp_path / "invoices.csv", "invoices", {"service_end": "2025-05-31"}, {"service_end": "2025-03-01"}
    )
    found = judge_paths(shared_context, path)
    said = found.findings.filter(pl.col("rule") == "coverage_unusually_long")
    assert said["source_row"].to_list() == [2]
    assert "cover 457 days" in said["message_en"][0]


@pytest.mark.parametrize("text", ["10²", "①0", "1₂", "½", "1½"])
def test_raised_lowered_and_circled_digits_are_no_digits(text: str) -> None:
    assert parsing.numbers(pl.Series([text])).select("value", "fault").row(0) == (None, "not_a_number")


@pytest.mark.parametrize("text", ["2024-03-31 25:61", "2024-03-31 12:60", "2024-03-31 29:00", "2024-0³-31"])
def test_no_date(text: str) -> None:
    assert parsing.dates(pl.Series([text]), pl.Series([False])).select("value", "fault").row(0) == (None, "not_a_date")


def test_no_period() -> None:
    found = parsing.periods(pl.Series(["2024-0³", "2024年③月"]), pl.Series([False, False]))
    assert found.select("value", "fault").rows() == [(None, "not_a_period")] * 2


# --- points -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", ["\t", "|", ";"])
def test_three_digits_behind_every_point_are_asked_about(
    delimiter: str, shared_context: Context, tmp_path: Path
) -> None:
    header = ["period", "facility_id", "activity_type", "quantity", "unit"]
    rows = [[month, "ningjin", "grid_electricity", number, "MWh"] for month, number in MONTHS_AND_POINTS]
    found = ledger(shared_context, tmp_path, header, *rows, delimiter=delimiter)
    assert (read(found), rules(found)) == ([], {"ambiguous_number"})
    # One number that can only have a decimal point says what the others are.
    rows[1][3] = "1.31"
    found = ledger(shared_context, tmp_path, header, *rows, delimiter=delimiter)
    assert [quantity for _, quantity, _ in read(found)] == [Decimal("1.234"), Decimal("1.31"), Decimal("1.275")]


MONTHS_AND_POINTS = [("2024-01", "1.234"), ("2024-02", "1.310"), ("2024-03", "1.275")]


def test_a_point_is_decimal_between_commas_and_in_typed_numbers(shared_context: Context, tmp_path: Path) -> None:
    rows = [[month, "ningjin", "外购电力", number, "MWh"] for month, number in MONTHS_AND_POINTS]
    assert len(read(ledger(shared_context, tmp_path, [*LEDGER, "数量", "单位"], *rows))) == 3
    path = tmp_path / "energy_ledger.xlsx"
    typed = [[*row[:3], float(row[3]), row[4]] for row in rows]
    found = judge_paths(shared_context, write_xlsx(path, {"能源台账": [[*LEDGER, "数量", "单位"], *typed]}))
    assert read(found)[0][1] == Decimal("1.234")
    found = judge_paths(shared_context, write_xlsx(path, {"能源台账": [[*LEDGER, "数量", "单位"], *rows]}))
    assert (read(found), rules(found)) == ([], {"ambiguous_number"})
    # A single one says nothing about its column.
    found = judge_paths(shared_context, write_xlsx(path, {"能源台账": [[*LEDGER, "数量", "单位"], rows[0]]}))
    assert (read(found), rules(found)) == ([("ningjin", Decimal("1.234"), "MWh")], set())


@pytest.mark.parametrize(("delimiter", "is_asked"), [("\t", True), (";", True), (",", False)])
def test_a_factor_of_three_digits_behind_its_point(delimiter: str, is_asked: bool, workspace: Path) -> None:
    header = ["unit", "dimension", "to_base", "name_en"]
    rows = [["big_bag", "mass", "1.050", "big bag"], ["crate", "mass", "1.250", "crate"]]
    write_csv(workspace / "reference" / "units.csv", [header, *rows], delimiter=delimiter)
    if not is_asked:
        assert load_reference(workspace)["units"]["to_base"].to_list() == [Decimal("1.05"), Decimal("1.25")]
        return
    with pytest.raises(ReferenceProblems) as raised:
        load_reference(workspace)
    assert [problem.rule for problem in raised.value.problems] == ["ambiguous_number"] * 2


# --- columns that belong together ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "month", "period"),
    [
        ("2024", "3", "2024-03"),
        ("2024年", "03月", "2024-03"),
        ("2024", "十二月", "2024-12"),
        ("2024", "Mar", "2024-03"),
        ("2024", "2024-03", "2024-03"),
        ("2024", "", None),
        ("2024", "13", None),
        ("", "3", None),
    ],
)
def test_a_year_and_its_month_are_a_period(
    year: str, month: str, period: str | None, shared_context: Context, tmp_path: Path
) -> None:
    for names in (["年份", "月"], ["年度", "月份"], ["Year", "Month"]):
        found = ledger(
            shared_context,
            tmp_path,
            [*names, *LEDGER[1:], "数量", "单位"],
            [year, month, *MARCH[1:], "1", "MWh"],
        )
        assert found.rows["energy_ledger"]["period"].to_list() == ([period] if period else [])


def test_a_multiplier_that_was_not_applied(shared_context: Context, tmp_path: Path) -> None:
    header = [*LEDGER, "上月示数", "本月示数", "倍率", "用量", "单位"]
    rows = [
        [*MARCH, "1000.5", "1200.5", "4000", "200", "kWh"],
        [*MARCH, "1000.5", "1200.5", "4000", "800000", "kWh"],
        [*MARCH, "1000", "1500", "1", "500", "kWh"],
    ]
    found = ledger(shared_context, tmp_path, header, *rows)
    said = found.findings.filter(pl.col("rule") == "multiplier_not_applied")
    assert said.select("rule", "source_row", "column_name").rows() == [("multiplier_not_applied", 2, "quantity")]
    assert "write 800000 here" in said["message_en"][0]
    ratio = [*LEDGER, "起始表底", "终止表底", "CT变比", "用量", "单位"]
    found = ledger(shared_context, tmp_path, ratio, [*MARCH, "1000", "1200", "200/5", "200", "kWh"])
    assert "write 8000 here" in found.findings.filter(pl.col("rule") == "multiplier_not_applied")["message_en"][0]
    assert rules(ledger(shared_context, tmp_path, ratio, [*MARCH, "1000", "1200", "5/5", "200", "kWh"])) == set()
    assert "multiplier_not_applied" not in rules(ledger(shared_context, tmp_path, header, *rows[1:]))


# --- places -------------------------------------------------------------------------------------------------------


def facilities_in(workspace: Path, *places: str) -> list[tuple]:
    """What is wrong with facilities in (country, grid region)."""
    rows = [f"f{at},Plant {at},{place}" for at, place in enumerate(places)]
    text = "\n".join(["facility_id,name,country,grid_region", *rows, ""])
    (workspace / "reference" / "facilities.csv").write_text(text, encoding="utf-8")
    try:
        load_reference(workspace)
    except ReferenceProblems as raised:
        return [(problem.rule, problem.row, problem.value, problem.message_en) for problem in raised.problems]
    return []


def test_a_region_that_no_table_knows_is_no_national_average(workspace: Path) -> None:
    found = facilities_in(workspace, "CHN,CN-JS", "CHN,Jiangsu", "CHN,江苏", "CHN,Atlantis", "USA,CN-JS", "CHN,")
    assert [(rule, row, value) for rule, row, value, _ in found] == [
        ("unknown_geography", 3, "Jiangsu"),
        ("unknown_geography", 4, "江苏"),
        ("unknown_geography", 5, "Atlantis"),
        ("geography_of_another_country", 6, "CN-JS"),
    ]
    assert "Did you mean CN-JS?" in found[0][3]
    assert "Did you mean" not in found[2][3]


def test_a_region_of_ones_own_is_known(workspace: Path) -> None:
    (workspace / "reference" / "geographies.csv").write_text("geography,parent\nPARK,CN-JS\nISLAND,\n")
    assert facilities_in(workspace, "CHN,PARK", "USA,ISLAND") == []
    assert [found[0] for found in facilities_in(workspace, "USA,PARK")] == ["geography_of_another_country"]
    factor = "X1,grid_electricity,direct,2,2,location,{},2024-01-01,kWh,0.5,own,own,own\n"
    header = (
        "factor_id,activity_type,stage,scope,iso_14064_category,scope2_method,geography,valid_from,per_unit,co2_kg,"
        "publication,licence,source\n"
    )
    factors = workspace / "reference" / "emission_factors.csv"
    # Of a grid that only the workspace's own factors know, of a supplier, and of a place by its name.
    factors.write_text(header + factor.format("MY-GRID"))
    assert facilities_in(workspace, "CHN,MY-GRID") == []
    factors.write_text(header + factor.format("State Grid"))
    assert facilities_in(workspace, "CHN,CN-JS") == []
    factors.write_text(header + factor.format("Jiangsu"))
    assert [found[0] for found in facilities_in(workspace, "CHN,CN-JS")] == ["unknown_geography"]


# --- number formats -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "is_told"),
    [
        ("#,##0.0,", True),
        ("0.00,,", True),
        ("0!.0000", True),
        ('0.0"万"', True),
        ('0.0" GWh"', True),
        ("0.0%", True),
        ("[$€-407] #,##0.00", True),
        ('"¥"#,##0.00', True),
        ("#,##0.00", False),
        ("0.000", False),
        ('0.0" MWh"', False),
        ("#,##0_);[Red](#,##0)", False),
    ],
)
def test_a_number_format_that_shows_something_else(
    code: str, is_told: bool, shared_context: Context, tmp_path: Path
) -> None:
    found = judge_paths(shared_context, shown_as(code, 1234.5)(tmp_path))
    assert rules(found) == ({"number_format"} if is_told else set())
    if is_told:
        (said,) = found.findings.filter(pl.col("rule") == "number_format").iter_rows(named=True)
        assert (said["source_row"], said["column_name"], said["source_value"]) == (2, "quantity", code)


def test_amounts_may_be_shown_with_their_currency(shared_context: Context, tmp_path: Path) -> None:
    path = tmp_path / "invoices.xlsx"
    row = GOOD_ROWS["invoices"]
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet("发票")
        sheet.write_row(0, 0, list(row))
        sheet.write_row(1, 0, list(row.values()))
        at = list(row).index("net_amount")
        sheet.write_number(1, at, 100, workbook.add_format({"num_format": "[$¥-804]#,##0.00"}))
    assert rules(judge_paths(shared_context, path)) == set()


# --- units --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "code", "size"),
    [
        ("stone", "stone", "6.35029318"),
        ("troy pound", "lb troy", "0.3732417216"),
        ("acre-feet", "acre-foot", "1233.48183754752"),
        ("fl_oz_us", "US fl oz", "0.0000295735295625"),
        ("fl_oz_uk", "imp fl oz", "0.0000284130625"),
    ],
)
def test_units_of_the_trade(unit: str, code: str, size: str, shared_context: Context) -> None:
    vocabulary = shared_context.vocabulary
    assert vocabulary.resolve_unit(pl.Series([unit]))["value"].to_list() == [code]
    assert vocabulary.units.filter(pl.col("unit") == code)["to_base"].to_list() == [size]


# --- own headers --------------------------------------------------------------------------------------------------

GERMAN = ("Monat", "Werk", "Energieträger", "Verbrauch", "Einheit")
ALIASES = "feed,column,header\n" + "".join(
    f"能源台账,{column},{header}\n"
    for column, header in zip(("period", "facility_id", "能源品种", "quantity", "unit"), GERMAN, strict=True)
)


def with_headers(workspace: Path, text: str) -> Path:
    (workspace / "reference" / "header_aliases.csv").write_text(text, encoding="utf-8")
    return workspace


def test_own_headers_are_read_like_any_other(workspace: Path, tmp_path: Path) -> None:
    context = context_of(with_headers(workspace, ALIASES))
    rows = [[*GERMAN[:3], "Verbrauch [MWh]"], ["03.2024", "ningjin", "grid_electricity", "1.234,56"]]
    found = ledger(context, tmp_path, *rows, delimiter=";")
    assert read(found) == [("ningjin", Decimal("1234.56"), "MWh")]
    assert context.context_hash != context_of(with_headers(workspace, ALIASES.replace("Monat", "Periode"))).context_hash


def test_an_own_header_comes_before_what_it_would_mean(workspace: Path, tmp_path: Path) -> None:
    text = "feed,column,header\nenergy_ledger,quantity,用电量（累计）\nenergy_ledger,remark,数量\n"
    context = context_of(with_headers(workspace, text))
    found = ledger(context, tmp_path, [*LEDGER, "用电量（累计）", "数量", "单位"], [*MARCH, "900", "7", "MWh"])
    assert read(found) == [("ningjin", Decimal(900), "MWh")]
    assert found.rows["energy_ledger"]["remark"].to_list() == ["7"]


def test_faulty_cells_below_own_headers_are_marked_in_their_place(workspace: Path, tmp_path: Path) -> None:
    rows = [list(GERMAN), ["2024-03", "ningjin", "grid_electricity", "viel", "MWh"]]
    path = write_csv(tmp_path / "energy_ledger.csv", rows)
    result = check(path, with_headers(workspace, ALIASES))
    assert result.findings["rule"].to_list() == ["not_a_number"]
    written = write_feedback(path, result.findings, tmp_path / "feedback.xlsx", feeds=result.feeds)
    book = openpyxl.load_workbook(written)
    assert book["能源台账"]["D2"].comment is not None


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("ledger,quantity,Menge", "value_not_accepted"),
        ("energy_ledger,menge,Menge", "value_not_accepted"),
        ("energy_ledger,unit,verbrauch ", "header_of_two_columns"),
    ],
)
def test_an_own_header_stands_for_one_column_of_a_feed(row: str, rule: str, workspace: Path) -> None:
    with pytest.raises(ReferenceProblems) as raised:
        load_reference(with_headers(workspace, ALIASES + row + "\n"))
    assert [problem.rule for problem in raised.value.problems] == [rule]


# --- days first, months first -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "delimiter", "quantity", "covered"),
    [
        # The end can only be a day first, so the start is.
        ("01/03/2024", "31/03/2024", ",", "5", (date(2024, 3, 1), date(2024, 3, 31))),
        ("03/01/2024", "03/31/2024", ",", "5", (date(2024, 3, 1), date(2024, 3, 31))),
        # Beside decimal commas a date with points begins with its day.
        ("01.03.2024", "05.03.2024", ";", "5,5", (date(2024, 3, 1), date(2024, 3, 5))),
        ("01.03.2024", "05.03.2024", ";", "5", None),
    ],
)
def test_a_sheet_says_in_which_order_its_dates_are(
    start: str,
    end: str,
    delimiter: str,
    quantity: str,
    covered: tuple[date, date] | None,
    shared_context: Context,
    tmp_path: Path,
) -> None:
    header = [*LEDGER, "数量", "单位", "开始日期", "结束日期"]
    found = ledger(shared_context, tmp_path, header, [*MARCH, quantity, "MWh", start, end], delimiter=delimiter)
    days = found.rows["energy_ledger"].select("coverage_start", "coverage_end").rows()
    assert (days, rules(found)) == (([covered], set()) if covered else ([], {"ambiguous_date"}))


# --- calorific values ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        *((text, "kWh (gross)") for text in ("kWh Hs", "kWh(PCS)", "kWh gross CV", "kWh GCV", "kWh 高位发热量")),
        *((text, "kWh (net)") for text in ("kWh Hi", "kWh LHV", "kWh (net CV)", "kWh（低位）")),
        ("Dth", "Dth"),
        ("dekatherm", "Dth"),
        ("kWhs", None),
        ("t gross", None),
    ],
)
def test_a_unit_of_energy_may_say_by_which_calorific_value(
    text: str, unit: str | None, shared_context: Context
) -> None:
    assert shared_context.vocabulary.resolve_unit(pl.Series([text]))["value"].to_list() == [unit]


def test_a_header_may_say_it_for_all_rows(shared_context: Context, tmp_path: Path) -> None:
    gas = ["2024-03", "ningjin", "natural_gas_stationary"]
    for header, units in (("数量（gross CV）", ("kWh (gross)", "t")), ("数量（kWh Hs）", ("kWh (gross)",))):
        rows = [[*gas, "10", unit.removesuffix(" (gross)")] for unit in units]
        found = ledger(shared_context, tmp_path, [*LEDGER, header, "单位"], *rows)
        assert [unit for _, _, unit in read(found)] == list(units)
    # Of electricity there is no such thing.
    refused = ledger(shared_context, tmp_path, [*LEDGER, "数量", "单位"], [*MARCH, "10", "kWh Hs"])
    assert (read(refused), rules(refused)) == ([], {"unit_not_connected"})


# --- rows that take something back --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quantity", "amount", "refused"),
    [
        ("-2", "-100", set()),
        ("-2", "", set()),
        ("", "-100", set()),
        ("-2", "100", {"quantity"}),
        ("2", "-100", {"net_amount"}),
    ],
)
def test_a_return_takes_back_both_quantity_and_amount(
    quantity: str, amount: str, refused: set[str], shared_context: Context, tmp_path: Path
) -> None:
    changes = {"quantity": quantity, "unit": "t" if quantity else "", "net_amount": amount}
    changes["currency"] = "CNY" if amount else ""
    found = judge_paths(shared_context, write_feed(tmp_path / "procurement.csv", "procurement", changes))
    assert set(found.findings.filter(pl.col("severity") == "error")["column_name"]) == refused


# --- lines that lost something ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numbers", "end", "is_cut"),
    [
        (("1234.56", "1311.20", "12"), "", True),
        (("1234.56", "1311.20", "12"), "\n", False),
        (("1234.56", "1311.20", "1298.44"), "", False),
        (("1234", "1311", "1290"), "", False),
        (("1234", "1311", "12"), "", True),
        (("12", "1311.5"), "", False),
    ],
)
def test_a_file_cut_within_its_last_number(
    numbers: tuple[str, ...], end: str, is_cut: bool, shared_context: Context, tmp_path: Path
) -> None:
    rows = [f"2024-0{month},ningjin,外购电力,kWh,{number}" for month, number in enumerate(numbers, start=1)]
    path = tmp_path / "energy_ledger.csv"
    path.write_text("\n".join([",".join([*LEDGER, "单位", "数量"]), *rows]) + end, encoding="utf-8")
    assert ("last_line_cut" in rules(judge_paths(shared_context, path))) == is_cut


@pytest.mark.parametrize(
    ("rows", "is_split"),
    [
        ((("1", "234"), ("987", "E1")), True),
        # Meters with three digits, beside numbers of their size.
        ((("950", "101"), ("987", "E1")), False),
        ((("1", "101"), ("2", "102")), False),
    ],
)
def test_a_thousands_comma_that_shifts_a_row(
    rows: tuple[tuple[str, str], ...], is_split: bool, shared_context: Context, tmp_path: Path
) -> None:
    cells = [[*MARCH, "kWh", quantity, meter] for quantity, meter in rows]
    found = ledger(shared_context, tmp_path, [*LEDGER, "单位", "数量", "计量表编号"], *cells)
    assert ("number_split" in rules(found)) == is_split
