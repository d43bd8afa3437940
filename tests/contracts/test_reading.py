"""Files as people send them: encodings, separators, title rows, workbooks, Parquet, and broken ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from data_contracts.judging.judgement import Judgement

from .conftest import GOOD_ROWS, counts, errors, write_csv, write_feed, write_xlsx

Judged = Callable[..., Judgement]

HEADER = ["统计月份", "设施编号", "能源品种", "消耗量", "单位", "备注"]
ROW = ["2024-03", "ningjin", "电力", "1234.5", "kWh", "春节"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_separators(encoding: str, delimiter: str, judged: Judged, tmp_path: Path) -> None:
    result = judged(write_csv(tmp_path / "energy_ledger.csv", [HEADER, ROW], encoding, delimiter))
    assert errors(result).is_empty()
    row = result.rows["energy_ledger"].row(0, named=True)
    assert (row["quantity"], row["remark"]) == (Decimal("1234.5"), "春节")


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends_and_rows_as_people_count_them(line_end: str, judged: Judged, tmp_path: Path) -> None:
    path = tmp_path / "energy_ledger.csv"
    lines = ["台账,,,,,", "", ",".join(HEADER), ",".join(ROW), "", ",,,,,", ",".join(ROW[:3])]
    path.write_bytes(line_end.join(lines).encode())
    result = judged(path)
    assert result.rows["energy_ledger"]["source_row"].to_list() == [4]
    assert errors(result)["source_row"].unique().to_list() == [7]
    assert errors(result)["rule"].unique().to_list() == ["required_cell"]
    assert counts(result) == (2, 1)
    blank = result.findings.filter(pl.col("rule") == "blank_rows")
    assert blank["source_value"].to_list() == ["3"]


def test_quoted_cells(judged: Judged, tmp_path: Path) -> None:
    remark = 'first line\nsecond; "quoted", line'
    path = write_csv(
        tmp_path / "energy_ledger.csv", [HEADER, [*ROW[:5], remark], ["2024-03", "ningjin", "电力", "1,234", "kWh", ""]]
    )
    rows = judged(path).rows["energy_ledger"]
    assert rows["remark"].to_list() == [remark, None]
    assert rows["quantity"].to_list() == [Decimal("1234.5"), Decimal(1234)]
    assert rows["source_row"].to_list() == [2, 3]


def test_inch_sign_inside_a_cell(judged: Judged, tmp_path: Path) -> None:
    path = tmp_path / "energy_ledger.csv"
    path.write_text(
        f'{",".join(HEADER)}\n2024-03,ningjin,电力,1,kWh,5" pipe\n2024-03,ningjin,电力,2,kWh,6" pipe\n', "utf-8"
    )
    assert judged(path).rows["energy_ledger"]["remark"].to_list() == ['5" pipe', '6" pipe']


def test_row_with_more_cells_than_the_header(judged: Judged, tmp_path: Path) -> None:
    path = tmp_path / "energy_ledger.csv"
    path.write_text(f"{','.join(HEADER)}\n{','.join(ROW)}\n2024-03,ningjin,电力,1,234,kWh,\n", "utf-8")
    result = judged(path)
    assert errors(result).select("source_row", "rule", "column_name").rows() == [(3, "too_many_cells", None)]
    assert counts(result) == (2, 1)


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "empty_file"),
        (b"\n\n ,,\n", "empty_file"),
        (b"\x00\x01\x02\xff\xfe" * 40, "unreadable_file"),
        (b"a,b,c\n1,2,3\n", "missing_columns"),
        ('统计月份,设施编号,能源品种,消耗量,单位\n2024-03,"ningjin,电力,1,kWh\n'.encode(), "unreadable_file"),
    ],
)
def test_useless_csv_is_one_finding(content: bytes, rule: str, judged: Judged, tmp_path: Path) -> None:
    path = tmp_path / "energy_ledger.csv"
    path.write_bytes(content)
    found = errors(judged(path)).select("rule", "source_row", "submission_id").rows()
    assert found == [(rule, None, "energy_ledger.csv")]


@pytest.mark.parametrize("suffix", [".xlsx", ".xls", ".parquet"])
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"not what the name says"])
def test_broken_binary_file_is_one_finding(suffix: str, content: bytes, judged: Judged, tmp_path: Path) -> None:
    path = tmp_path / f"energy_ledger{suffix}"
    path.write_bytes(content)
    assert errors(judged(path))["rule"].to_list() == ["unreadable_file"]


def test_truncated_workbook(judged: Judged, tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "energy_ledger.xlsx", {"能源台账": [HEADER, ROW]})
    path.write_bytes(path.read_bytes()[:-600])
    assert errors(judged(path))["rule"].to_list() == ["unreadable_file"]


@pytest.mark.parametrize(
    "name", ["notes.csv", "energy_ledger.xlsm", "energy_ledger.pdf", "energy_ledgers.csv", "README"]
)
def test_unknown_file_is_refused_with_one_finding(name: str, judged: Judged, tmp_path: Path) -> None:
    path = write_csv(tmp_path / name, [HEADER, ROW])
    finding = errors(judged(path)).row(0, named=True)
    assert (finding["rule"], finding["source_value"], finding["feed"]) == ("unknown_file", name, None)
    assert "energy_ledger (能源台账)" in finding["message_en"]


def test_missing_headers_refuse_the_sheet_and_name_both_sides(judged: Judged, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "energy_ledger.csv", [[*HEADER[:4], "unit price"], ROW[:5], ROW[:5]])
    result = judged(path)
    finding = errors(result).row(0, named=True)
    assert finding["rule"] == "missing_columns"
    assert "unit (单位)" in finding["message_en"]
    assert "统计月份, 设施编号, 能源品种, 消耗量, unit price" in finding["message_zh"]
    assert counts(result) == (2, 2)


def test_two_headers_of_one_column(judged: Judged, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "energy_ledger.csv", [[*HEADER, "用量"], [*ROW, "5"]])
    finding = errors(judged(path)).row(0, named=True)
    assert (finding["rule"], finding["column_name"]) == ("duplicate_column", "quantity")
    assert "'消耗量', '用量'" in finding["message_en"]


def test_unknown_header_is_listed_and_ignored(judged: Judged, tmp_path: Path) -> None:
    result = judged(write_csv(tmp_path / "energy_ledger.csv", [[*HEADER, "电价"], [*ROW, "0.61"]]))
    assert result.findings.select("rule", "severity", "source_value").rows() == [("unknown_column", "info", "电价")]
    assert counts(result) == (1, 0)


def test_header_without_rows_is_a_warning(judged: Judged, tmp_path: Path) -> None:
    result = judged(write_csv(tmp_path / "energy_ledger.csv", [HEADER]))
    assert result.findings.select("rule", "severity").rows() == [("no_data_rows", "warning")]


def test_rows_that_are_no_data(judged: Judged, tmp_path: Path) -> None:
    rows = [
        HEADER,
        ROW,
        ["小计", "", "", "1234.5", "kWh", ""],
        HEADER,
        ["注：含损耗"],
        ["Total:", "", "", "1,234.50"],
        ["填表人：李"],
    ]
    result = judged(write_csv(tmp_path / "energy_ledger.csv", rows))
    assert result.findings.select("rule", "severity", "source_row").rows() == [
        ("total_row", "info", 3),
        ("repeated_header_row", "info", 4),
        ("note_row", "info", 5),
        ("total_row", "info", 6),
        ("note_row", "info", 7),
    ]
    assert counts(result) == (1, 0)


@pytest.mark.parametrize("cell", ["1200", "2024-03", "ningjin", "电力"])
def test_lonely_data_cell_is_no_note(cell: str, judged: Judged, tmp_path: Path) -> None:
    result = judged(write_csv(tmp_path / "energy_ledger.csv", [HEADER, ROW, [cell]]))
    assert counts(result) == (2, 1)


# The rows add up to 600.5, of which 500 are of facility ningjin.
TOTALS = [
    ["", "合计", "", "600.5", "kWh"],
    ["2024-03", "合计", "", "600.5"],
    ["2024-03", "总 计：", "", "600.5", "kWh"],
    ["1-3月合计", "ningjin", "电力", "500", "kWh"],
    ["Total", "ningjin", "grid_electricity", "500"],
    ["本月合计", "yangzhou", "", "100.5", "kWh"],
    ["2024", "ningjin", "合计", "500"],
    ["2024-03", "", "Sub-total (kWh)", "600.5", "kWh"],
    ["一季度汇总", "", "", "600.5", ""],
    ["Q1 Total", "ningjin", "电力", "500", "kWh"],
]


@pytest.mark.parametrize("total", TOTALS, ids=lambda total: "|".join(total))
def test_a_total_says_so_in_any_column_that_identifies_it(total: list[str], judged: Judged, tmp_path: Path) -> None:
    rows = [[*ROW[:3], "200", "kWh"], [*ROW[:3], "300", "kWh"], ["2024-03", "yangzhou", "电力", "100.5", "kWh"]]
    wrong = [*total[:3], "777.5", *total[4:]]
    result = judged(write_csv(tmp_path / "energy_ledger.csv", [HEADER[:5], *rows, total, wrong]))
    found = result.findings.select("rule", "severity", "source_row").rows()
    mismatch = [] if "季" in total[0] else [("total_mismatch", "warning", 6)]
    assert sorted(found) == [*mismatch, ("total_row", "info", 5), ("total_row", "info", 6)]
    label = next(cell for cell in total if any(word in cell for word in ("计", "汇", "otal")))
    assert result.findings.filter(pl.col("rule") == "total_row")["source_value"].to_list() == [label] * 2
    assert counts(result) == (3, 0)
    if mismatch:
        expected = "500" if "ningjin" in total else "100.5" if "yangzhou" in total else "600.5"
        assert f"add up to {expected}." in result.findings.filter(rule="total_mismatch")["message_en"].item()


def test_total_word_in_a_remark_is_data(judged: Judged, tmp_path: Path) -> None:
    result = judged(write_csv(tmp_path / "energy_ledger.csv", [HEADER, [*ROW[:5], "合计"]]))
    assert result.findings.is_empty()


@pytest.mark.parametrize(
    ("feed", "cells", "is_total"),
    [
        ("energy_instruments", {"instrument_id": "Total-001", "facility_id": ""}, False),
        ("invoices", {"supplier": "Total", "facility_id": ""}, False),
        ("business_metrics", {"metric": "电力合计"}, False),
        ("invoices", {"supplier": "TotalEnergies", "facility_id": ""}, False),
        (
            "invoices",
            {"invoice_number": "合计", **dict.fromkeys(("invoice_date", "supplier", "facility_id"), "")},
            True,
        ),
        ("business_metrics", {"metric": "固定资产合计"}, False),
        ("energy_ledger", {"supplier": "Total"}, False),
        ("activity_log", {"record_id": "合计", "start_date": "", "activity_type": ""}, True),
        ("production", {"workshop": "小计", "product": ""}, True),
        ("production", {"product": "合计"}, True),
        ("business_metrics", {"metric": "总计"}, True),
        ("invoices", {"invoice_date": "本月合计"}, True),
        ("procurement", {"document_number": "Total", "facility_id": "", "supplier_id": "", "activity_type": ""}, True),
    ],
)
def test_a_name_that_is_a_total_word_is_data(
    feed: str, cells: dict[str, str], is_total: bool, judged: Judged, tmp_path: Path
) -> None:
    row = {**GOOD_ROWS[feed], **cells}
    # The supplier first, as many invoice lists have it.
    order = sorted(row, key=lambda name: name != next(iter(cells)))
    path = write_csv(tmp_path / f"{feed}.csv", [order, [row[name] for name in order]])
    result = judged(path)
    assert ("total_row" in result.findings["rule"].to_list()) == is_total
    assert counts(result)[0] == (0 if is_total else 1)


def test_a_total_of_meters_is_told_from_a_meter_of_that_name(judged: Judged, tmp_path: Path) -> None:
    meters = [
        ("ningjin", "E1", "200"),
        ("ningjin", "E2", "300"),
        ("ningjin", "合计", "500"),
        ("yangzhou", "Total", "7"),
    ]
    rows = [["2024-03", facility, "电力", quantity, "kWh", meter] for facility, meter, quantity in meters]
    result = judged(write_csv(tmp_path / "energy_ledger.csv", [[*HEADER[:5], "计量表编号"], *rows]))
    assert result.findings.select("rule", "source_row").rows() == [("total_row", 4)]
    assert result.rows["energy_ledger"]["source_row"].to_list() == [2, 3, 5]


SIGNATURES = [
    ["填表人：张三", "", "", "审核：李四", "", ""],
    ["制表：张三", "", "审核：李四", "", "日期：2024-02-01", ""],
    ["", "单位负责人: 王五", "", "联系电话：010-1234", "", ""],
    ["Prepared by: A", "", "", "Approved by: B", "Date: 2024-02-01", ""],
]


def test_signatures_are_a_note(judged: Judged, tmp_path: Path) -> None:
    rows = [HEADER, ROW, *SIGNATURES, ["审核：李四", *ROW[1:]]]
    result = judged(write_csv(tmp_path / "energy_ledger.csv", rows))
    notes = result.findings.filter(rule="note_row")
    assert notes["source_row"].to_list() == [3, 4, 5, 6]
    assert notes["source_value"].to_list() == ["填表人：…", "制表：…", "单位负责人：…", "Prepared by: …"]
    # Among other cells such a word is what a sender wrote into the wrong column.
    assert errors(result).select("rule", "source_row").rows() == [("not_a_period", 7)]
    assert counts(result) == (2, 1)


def test_text_of_a_row_is_quoted_beside_a_column_named_value(judged: Judged, tmp_path: Path) -> None:
    good = list(GOOD_ROWS["business_metrics"].values())
    rows = [list(GOOD_ROWS["business_metrics"]), good, ["合计", "", "815.56"], ["注：已核对"]]
    found = judged(write_csv(tmp_path / "business_metrics.csv", rows)).findings
    for rule, text in (("total_row", "合计"), ("note_row", "注：已核对")):
        (finding,) = found.filter(rule=rule).to_dicts()
        assert f"'{text}'" in finding["message_en"]
        assert f"“{text}”" in finding["message_zh"]


UNIT_HEADER = ["统计月份", "设施编号", "活动类型", "用电量", "备注"]


@pytest.mark.parametrize("unit", ["（万kWh）", "万kWh", "[万kWh]", "万千瓦时"])
@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_units_below_the_header_belong_to_it(unit: str, extension: str, judged: Judged, tmp_path: Path) -> None:
    rows = [["能源台账"], UNIT_HEADER, ["", "", "", unit], [*ROW[:4], "春节"], ["合计", "", "", "1234.5", ""]]
    if extension == "csv":
        path = write_csv(tmp_path / "energy_ledger.csv", rows)
    else:
        path = write_xlsx(tmp_path / "energy_ledger.xlsx", {"能源台账": rows})
    result = judged(path)
    assert errors(result).is_empty()
    row = result.rows["energy_ledger"].row(0, named=True)
    assert (row["source_row"], row["quantity"], row["unit"]) == (4, Decimal("1234.5"), "10^4 kWh")
    assert counts(result) == (1, 0)


@pytest.mark.parametrize("below", [["", "", "", "5"], ["", "", "", "见附表"], ["", "", "（电）", "万kWh"], ["2024-03"]])
def test_other_rows_below_the_header_are_no_part_of_it(below: list[str], judged: Judged, tmp_path: Path) -> None:
    header = [*UNIT_HEADER[:4], "单位"]
    result = judged(write_csv(tmp_path / "energy_ledger.csv", [header, below, ROW[:5]]))
    assert result.rows["energy_ledger"].select("source_row", "unit").rows() == [(3, "kWh")]
    assert not result.findings.filter(pl.col("source_row") == 2).is_empty()


@pytest.mark.parametrize(
    ("title", "is_unit"),
    [
        ("单位：万kWh", True),
        ("2024年能耗统计表（单位: 吨）", True),
        ("计量单位：吨", True),
        ("编制单位：甲公司  单位：万元", True),
        ("Unit: MWh", True),
        ("编制单位：甲", False),
        ("填报单位: 宁晋", False),
        ("报送单位：晶澳", False),
        ("单位名称：甲公司", False),
        ("单位：晶澳太阳能有限公司", False),
        ("Business unit of Example", False),
    ],
)
def test_a_title_with_a_unit_is_no_organisation(title: str, is_unit: bool, judged: Judged, tmp_path: Path) -> None:
    result = judged(write_csv(tmp_path / "energy_ledger.csv", [[title], HEADER, ROW]))
    assert result.findings["rule"].to_list() == ["unit_in_title" if is_unit else "title_row"]


def test_empty_surplus_cells_are_nothing(judged: Judged, tmp_path: Path) -> None:
    rows = [HEADER, [*ROW, "", "", ""], [*ROW, "", "5", ""], [*ROW, *[""] * 600], ROW]
    result = judged(write_csv(tmp_path / "energy_ledger.csv", rows))
    found = errors(result)
    assert found.select("rule", "source_row").rows() == [("too_many_cells", 3), ("too_many_cells", 4)]
    assert "2 more cells" in found["message_en"][0]
    assert result.rows["energy_ledger"]["source_row"].to_list() == [2, 5]


def test_a_number_split_by_its_comma_is_no_empty_surplus(judged: Judged, tmp_path: Path) -> None:
    header = [*HEADER[:3], "用电量（kWh）", "购进量", "备注"]
    rows = [header, [*ROW[:3], "1", "234", "", ""], [*ROW[:3], "1.5", "234", "", ""]]
    result = judged(write_csv(tmp_path / "energy_ledger.csv", rows))
    assert errors(result).select("rule", "source_row").rows() == [("too_many_cells", 2)]


def test_workbook_cells_as_people_see_them(judged: Judged, tmp_path: Path) -> None:
    path = tmp_path / "energy_ledger.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet("Sheet1")
        month = workbook.add_format({"num_format": 'yyyy"年"m"月"'})
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        sheet.merge_range("B2:G2", "能源台账")
        sheet.write_row("B4", ["统计月份", "设施编号", "能源品种", "消耗量", "单位", "开始日期", "结束日期", "凭证"])
        sheet.merge_range("C5:C7", "ningjin")
        for row, (period, quantity) in enumerate(
            [(datetime(2024, 3, 1), 0.1 + 0.2), ("2024-03", 1234567890.12), (202403, 12.34567890123)], start=4
        ):
            if isinstance(period, datetime):
                sheet.write_datetime(row, 1, period, month)
            else:
                sheet.write(row, 1, period)
            sheet.write_row(row, 3, ["电力", quantity, "kWh"])
        sheet.write_datetime("G5", datetime(2024, 3, 1), day)
        sheet.write_number("H5", 45382)
        sheet.write_number("I5", 20240331)
        sheet.write_row("B8", ["2024-03", "ningjin", "电力", None, "kWh"])
        sheet.write_formula("E8", "=1/0", None, "#DIV/0!")
    result = judged(path)
    rows = result.rows["energy_ledger"]
    assert rows["source_row"].to_list() == [5, 6, 7]
    assert rows["facility_id"].to_list() == ["ningjin"] * 3
    assert rows["period"].to_list() == ["2024-03"] * 3
    assert rows["quantity"].to_list() == [Decimal("0.3"), Decimal("1234567890.12"), Decimal("12.345678901")]
    assert rows.select("start_date", "end_date", "source_document").row(0) == (
        date(2024, 3, 1),
        date(2024, 3, 31),
        "20240331",
    )
    assert errors(result).select("source_row", "rule", "source_value").rows() == [(8, "formula_not_a_value", "#DIV/0!")]
    rounded = result.findings.filter(pl.col("rule") == "quantity_rounded")
    assert rounded.select("source_row", "source_value").rows() == [(7, "12.34567890123")]


def test_workbook_with_a_sheet_per_feed(judged: Judged, tmp_path: Path) -> None:
    production, metrics = GOOD_ROWS["production"], GOOD_ROWS["business_metrics"]
    path = write_xlsx(
        tmp_path / "宁晋 3 月.xlsx",
        {
            "封面": [["宁晋基地"]],
            "Energy_Ledger": [HEADER, ROW],
            "产量-3月": [list(production), list(production.values())],
            "经营指标": [list(metrics), list(metrics.values())],
            "发票": [],
        },
    )
    result = judged(path)
    assert errors(result).is_empty()
    assert result.sheets.filter(pl.col("rows_in") > 0).select("source_sheet", "feed").rows() == [
        ("Energy_Ledger", "energy_ledger"),
        ("产量-3月", "production"),
        ("经营指标", "business_metrics"),
    ]
    assert set(result.findings.select("source_sheet", "rule").rows()) == {
        ("封面", "unused_sheet"),
        ("发票", "no_data_rows"),
    }


def test_workbook_named_by_feed_without_such_a_sheet_uses_the_first_visible_one(judged: Judged, tmp_path: Path) -> None:
    path = tmp_path / "energy_ledger.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        workbook.add_worksheet("secret").hide()
        shown = workbook.add_worksheet("Tabelle1")
        shown.activate()
        shown.set_first_sheet()
        shown.write_row(0, 0, HEADER)
        shown.write_row(1, 0, ROW)
    assert judged(path).rows["energy_ledger"]["source_sheet"].to_list() == ["Tabelle1"]


def test_workbook_without_any_feed_is_refused(judged: Judged, tmp_path: Path) -> None:
    assert errors(judged(write_xlsx(tmp_path / "汇总.xlsx", {"Sheet1": [HEADER, ROW]})))["rule"].to_list() == [
        "unknown_file"
    ]


def test_parquet(judged: Judged, tmp_path: Path) -> None:
    path = tmp_path / "production.parquet"
    pl.DataFrame(
        {
            "period": [date(2024, 3, 1), date(2024, 3, 2)],
            "facility_id": ["ningjin"] * 2,
            "workshop": ["A"] * 2,
            "product": ["B"] * 2,
            "quantity": [0.1 + 0.2, 2.0],
            "unit": ["MW", "件"],
        }
    ).write_parquet(path)
    result = judged(path)
    assert result.rows["production"].select("source_row", "period", "quantity").rows() == [
        (1, "2024-03", Decimal("0.3"))
    ]
    assert errors(result).select("source_row", "rule").rows() == [(2, "not_a_period")]


def test_moments_of_a_parquet_file_are_those_of_the_text(judged: Judged, tmp_path: Path) -> None:
    """January in Shanghai, in UTC, to the midnight after its last day; without a zone they may be mere dates."""
    days = {"start_date": datetime(2023, 12, 31, 16), "end_date": datetime(2024, 1, 31, 16)}
    rows = pl.DataFrame([GOOD_ROWS["energy_ledger"] | {"period": None, "quantity": 31.0} | days])
    moments = pl.col(*days).dt.replace_time_zone("UTC")
    rows.with_columns(moments).write_parquet(tmp_path / "energy_ledger.parquet")
    rows.with_columns(moments.dt.to_string("iso")).write_csv(tmp_path / "energy_ledger.csv")
    rows.with_columns(pl.col(*days).dt.offset_by("8h")).write_parquet(tmp_path / "energy_ledger-2.parquet")
    for name, last in (("", date(2024, 1, 31)), (".csv", date(2024, 1, 31)), ("-2.parquet", date(2024, 2, 1))):
        read = judged(tmp_path / f"energy_ledger{name or '.parquet'}").rows["energy_ledger"]
        assert read.select("coverage_start", "coverage_end").rows() == [(date(2024, 1, 1), last)]


def test_parquet_whose_texts_are_all_categories(judged: Judged, tmp_path: Path) -> None:
    """As pandas writes them: no column is of texts."""
    path = tmp_path / "production.parquet"
    rows = pl.DataFrame([GOOD_ROWS["production"]] * 2).with_columns(pl.col("quantity").cast(pl.Decimal(22, 9)))
    rows.with_columns(pl.col(pl.String).cast(pl.Categorical)).write_parquet(path)
    assert judged(path).rows["production"].height == 2


def test_parquet_decimals_stay_exact(judged: Judged, tmp_path: Path) -> None:
    path = tmp_path / "production.parquet"
    good = {**GOOD_ROWS["production"], "quantity": Decimal("1234567890123.123456789")}
    pl.DataFrame([good]).write_parquet(path)
    assert judged(path).rows["production"]["quantity"].to_list() == [Decimal("1234567890123.123456789")]


def test_nested_parquet_is_refused(judged: Judged, tmp_path: Path) -> None:
    path = tmp_path / "production.parquet"
    pl.DataFrame({"period": [["2024-03"]]}).write_parquet(path)
    assert errors(judged(path))["rule"].to_list() == ["unreadable_file"]


def test_the_same_file_gives_the_same_judgement(judged: Judged, tmp_path: Path) -> None:
    path = write_feed(tmp_path / "energy_ledger.csv", "energy_ledger", {}, {"unit": "?"})
    first, second = judged(path), judged(path)
    assert first.findings.equals(second.findings)
    assert first.rows["energy_ledger"].equals(second.rows["energy_ledger"])
