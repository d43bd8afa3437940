"""What large, strange and hostile files may cost, and what must not live on."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import openpyxl
import polars as pl
import pytest
import xlsxwriter

from data_contracts.answers import findings
from data_contracts.answers.feedback_workbooks import write_feedback
from data_contracts.judging import judgement
from data_contracts.judging.checking import check
from data_contracts.judging.judgement import Context, Judgement
from data_contracts.readers import delimited, delivered_files, limits, packages
from data_contracts.readers.delivered_files import FINDINGS_SHEET, read_delivery

from .conftest import counts, errors, judge_each, write_csv, write_feed
from .corpus import HEADER, ROW, csv_of, quantities, sheet_named_as_path
from .files import raw_xlsx, row_xml

Judged = Callable[..., Judgement]


def folder(parent: Path) -> Path:
    """A folder of its own for a file, whatever it is called."""
    return Path(tempfile.mkdtemp(dir=parent))


# --- findings are listed up to a bound, rows counted exactly --------------------------------------------------------


def test_findings_beyond_the_bound_are_counted(judged: Judged, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "FINDINGS_LISTED", 10)
    monkeypatch.setattr(judgement, "SLICE_ROWS", 7)
    months = [f"20{year}-03" for year in range(10, 24)]
    path = write_feed(
        tmp_path / "activity_log.csv",
        "activity_log",
        {},
        *({"record_id": str(n), "quantity": "many", "unit": "?"} for n in range(40)),
        *({"record_id": month, "quantity": "many", "start_date": f"{month}-01"} for month in months),
    )
    result = judged(path)
    assert counts(result) == (55, 54)
    listed = errors(result).group_by("rule", "column_name").agg(pl.len())
    numbers = errors(result).filter(pl.col("rule") == "not_a_number")
    # Of the rest, each month is listed, so that a gap is still explained.
    assert {f"{month:%Y-%m}" for month in numbers["period"]} == {"2024-03", *months}
    assert 10 < len(numbers) < 54
    further = errors(result).filter(pl.col("rule") == "further_findings")
    assert further["source_value"].sort().to_list() == ["not_a_number", "unknown_unit"]
    assert further["source_row"].null_count() == 2
    for finding in further.iter_rows(named=True):
        seen = listed.filter(pl.col("rule") == finding["source_value"])["len"].item()
        total = {"not_a_number": 54, "unknown_unit": 40}[finding["source_value"]]
        assert f"{total - seen} more rows" in finding["message_en"]
        assert f"另有 {total - seen} 行" in finding["message_zh"]


def test_rows_set_aside_beyond_the_bound_are_counted(
    judged: Judged, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings, "FINDINGS_LISTED", 3)
    result = judged(write_csv(tmp_path / "energy_ledger.csv", [HEADER, ROW, *[["注：续"]] * 8]))
    assert counts(result) == (1, 0)
    assert result.findings["rule"].to_list().count("note_row") == 3
    assert "5 more rows" in result.findings.filter(pl.col("rule") == "further_findings")["message_en"].item()


def test_slices_change_nothing(judged: Judged, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changes = [{"record_id": str(n), "unit": "?" if n % 3 == 0 else "kg"} for n in range(50)]
    # A thousand times the median of rows of other slices.
    changes[25]["quantity"] = "3200"
    path = write_feed(tmp_path / "activity_log.csv", "activity_log", *changes)
    whole = judged(path)
    assert (whole.findings["rule"] == "magnitude_suspect").sum() == 1
    monkeypatch.setattr(judgement, "SLICE_ROWS", 7)
    monkeypatch.setattr(delimited, "BLOCK_BYTES", 200)
    sliced = judged(path)
    assert sliced.rows["activity_log"].equals(whole.rows["activity_log"])
    assert sliced.sheets.equals(whole.sheets)
    assert sliced.findings.equals(whole.findings)


# --- a CSV read in pieces ---------------------------------------------------------------------------------------------

# A title, columns in their own order with one nobody knows and one without a name, blank and noted rows, a total that
# is wrong, a decimal comma far below the numbers it makes ambiguous, a quantity a thousand times the usual.
LONG = [
    ["2024 年台账", "", "", "", "", "", ""],
    ["设施编号", "统计月份", "能源品种", "电价", "消耗量（kWh）", "单位", ""],
    *(["ningjin", "2024年3月", "电力", "0.6", str(100 + at), "" if at % 5 else "kWh", ""] for at in range(20)),
    ["", "", "", "", "", "", ""],
    ["注：以下为四月", "", "", "", "", "", ""],
    *(["ningjin", "2024-04", "电力", "0.6", f"1,{100 + at}", "?" if at == 7 else "kWh", ""] for at in range(20)),
    ["ningjin", "2024-04", "电力", "0.6", "107000", "kWh", "x"],
    ["设施编号", "统计月份", "能源品种", "电价", "消耗量（kWh）", "单位", ""],
    ["ningjin", "2024-05", "电力", "0.6", "12,5", "kWh", ""],
    ["合计", "", "", "", "9", "", ""],
    ["", "", "", "", "", "", ""],
]


@pytest.mark.parametrize(
    ("separator", "ending", "spoilt", "encoding"),
    [
        (",", "\n", "", "utf-8-sig"),
        (";", "\r\n", "", "gb18030"),
        (",", "\n", 'a "b', "utf-8"),
        (";", "\r\n", 'a "b', "utf-16"),
    ],
)
def test_pieces_of_a_csv_say_what_the_whole_says(
    judged: Judged,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    separator: str,
    ending: str,
    spoilt: str,
    encoding: str,
) -> None:
    rows = [[f'"{cell}"' if separator in cell else cell for cell in row] for row in LONG]
    rows[5][3] = spoilt or rows[5][3]
    path = tmp_path / "energy_ledger.csv"
    path.write_bytes(ending.join(separator.join(row) for row in rows).encode(encoding))
    whole = judged(path)
    rules = set(whole.findings["rule"])
    assert {"total_mismatch", "ambiguous_number", "unknown_unit", "unnamed_column", "blank_rows", "note_row"} <= rules
    assert {"title_row", "unknown_column", "repeated_header_row", "unit_from_header", "read_otherwise"} <= rules
    monkeypatch.setattr(delivered_files, "PIECES_FROM", 0)
    for block in (400, 100_000):
        monkeypatch.setattr(delimited, "BLOCK_BYTES", block)
        monkeypatch.setattr(delimited, "BLOCK_RECORDS", block // 50)
        pieces = judged(path)
        assert pieces.rows["energy_ledger"].equals(whole.rows["energy_ledger"])
        assert pieces.sheets.equals(whole.sheets)
        assert pieces.findings.equals(whole.findings)


@pytest.mark.parametrize("drop", ["统计月份", None], ids=["a required header", "all rows"])
def test_pieces_that_are_refused_or_empty_say_so(
    judged: Judged, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drop: str | None
) -> None:
    rows = [[cell for cell in row if cell != drop] for row in LONG[1:]] if drop else LONG[1:2]
    path = write_csv(tmp_path / "energy_ledger.csv", rows)
    whole = judged(path)
    monkeypatch.setattr(delivered_files, "PIECES_FROM", 0)
    monkeypatch.setattr(delimited, "BLOCK_BYTES", 300)
    pieces = judged(path)
    assert pieces.findings.equals(whole.findings)
    assert pieces.sheets.equals(whole.sheets)


def test_more_cells_than_are_held_at_once_are_read_in_pieces(
    judged: Judged, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_feed(tmp_path / "activity_log.csv", "activity_log", *({"record_id": str(at)} for at in range(50)))
    monkeypatch.setattr(delimited, "MOST_TABLE_CELLS", 200)
    monkeypatch.setattr(delimited, "BLOCK_BYTES", 300)
    assert errors(judged(path))["rule"].to_list() == ["file_too_large"]
    monkeypatch.setattr(delivered_files, "PIECES_FROM", 1000)
    assert counts(judged(path)) == (50, 0)
    # A piece itself has its bound: one long line makes every line of its block as wide.
    path.write_text(path.read_text() + "\n" * 90 + "," * 400)
    assert errors(judged(path))["rule"].to_list() == ["file_too_large"]


# --- blocks of a CSV --------------------------------------------------------------------------------------------------


def test_blocks_of_a_csv_join_without_a_seam(
    shared_context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "BLOCK_BYTES", 37)
    monkeypatch.setattr(delimited, "BLOCK_RECORDS", 2)
    paths, remarks = {}, {}
    for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
        for remark in ("春节", "two\nlines", 'said "no"', ""):
            rows = [[*ROW[:3], str(n), "kWh", remark] for n in range(1, 30)]
            name = f"{encoding} {len(remarks)}"
            paths[name] = csv_of(*rows[:10], [], *rows[10:], encoding=encoding)(folder(tmp_path))
            remarks[name] = remark or None
    for name, result in judge_each(shared_context, paths).items():
        assert errors(result).is_empty()
        ledger = result.rows["energy_ledger"]
        assert ledger["quantity"].to_list() == [Decimal(n) for n in range(1, 30)]
        assert ledger["source_row"].to_list() == [*range(2, 12), *range(13, 32)]
        assert set(ledger["remark"]) == {remarks[name]}


def test_file_beyond_the_size_is_not_even_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivered_files, "LARGEST_FILE", 1000)
    path = tmp_path / "energy_ledger.csv"
    with path.open("wb") as file:
        file.truncate(5 << 20)
    path.chmod(0o000)
    delivery = read_delivery(path.name, path)
    assert [notice.rule for notice in delivery.notices] == ["file_too_large"]
    assert delivery.sheets == []


def test_table_of_contents_of_a_workbook_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = raw_xlsx(tmp_path / "energy_ledger.xlsx", row_xml(1, HEADER) + row_xml(2, ROW))
    monkeypatch.setattr("data_contracts.readers.packages.LARGEST_INDEX", 50)
    assert [notice.rule for notice in read_delivery(path.name, path).notices] == ["file_too_large"]


def test_single_row_of_a_sheet_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = raw_xlsx(tmp_path / "energy_ledger.xlsx", row_xml(1, HEADER) + row_xml(2, ["x" * 10_000]))
    monkeypatch.setattr("data_contracts.readers.packages.LARGEST_ROW", 1000)
    monkeypatch.setattr("data_contracts.readers.packages.PIECE_BYTES", 50)
    assert [notice.rule for notice in read_delivery(path.name, path).notices] == ["file_too_large"]


def test_merged_cells_that_overlap_fill_nothing(judged: Judged, tmp_path: Path) -> None:
    merged = "".join('<mergeCell ref="B2:B1048576"/>' for _ in range(20_000))
    rows = row_xml(1, HEADER) + row_xml(2, ROW) + row_xml(3, [ROW[0], None, *ROW[2:]])
    path = raw_xlsx(tmp_path / "energy_ledger.xlsx", rows, after=f"<mergeCells>{merged}</mergeCells>")
    result = judged(path)
    assert errors(result).select("source_row", "rule").rows() == [(3, "required_cell")]


def test_marks_of_a_sheet_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data_contracts.readers.packages.MOST_MARKS", 3)
    formulas = "".join(f'<row r="{n}"><c r="A{n}"><f>1</f></c></row>' for n in range(2, 10))
    path = raw_xlsx(tmp_path / "energy_ledger.xlsx", row_xml(1, HEADER) + formulas)
    assert [notice.rule for notice in read_delivery(path.name, path).notices] == ["file_too_large"]


@pytest.mark.parametrize("piece", [1, 7, 40, 1 << 20])
def test_facts_of_a_sheet_do_not_depend_on_how_it_is_cut(
    piece: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data_contracts.readers.packages.PIECE_BYTES", piece)
    rows = (
        row_xml(1, HEADER)
        + row_xml(2, ROW, ' hidden="1"')
        + '<row r="3" hidden="true"><c r="A3"><f>B3</f></c><c r="B3" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
        + '<row r="4"><c r="C4" t="str"><f>""</f><v></v></c></row>'
    )
    path = raw_xlsx(
        tmp_path / "energy_ledger.xlsx", rows, after='<mergeCells count="1"><mergeCell ref="A5:B6"/></mergeCells>'
    )
    facts = packages.Package(path.read_bytes()).facts_of("能源台账")
    assert facts.hidden_rows == [2, 3]
    assert facts.formulas == [(2, 0, "=B3")]
    assert facts.errors == [(2, 1, "#DIV/0!")]
    assert facts.merged == [(4, 5, 0, 1)]


# --- what must not live on --------------------------------------------------------------------------------------------


FORMULAS = ("=cmd|' /C calc'!A0", "+SUM(A1)", "@SUM(A1)", "-cmd|x", "=1+1")


def test_formula_never_lives_on_in_feedback(workspace: Path, tmp_path: Path) -> None:
    remarks = [[*ROW[:4], "kwH", text] for text in FORMULAS]
    path = csv_of(*remarks, *([*ROW[:3], text, *ROW[4:]] for text in FORMULAS))(tmp_path)
    result = check(path, workspace)
    found = result.findings.filter(pl.col("rule").str.starts_with("formula_"))
    assert found.select("rule", "source_value").rows() == [
        *(("formula_as_text", text) for text in FORMULAS),
        *(("formula_not_a_value", text) for text in FORMULAS),
    ]
    out = write_feedback(path, result.findings, tmp_path / "feedback.xlsx")
    with zipfile.ZipFile(out) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/")]
    assert not any(b"<f>" in sheet or b"<f " in sheet for sheet in sheets)
    book = openpyxl.load_workbook(out)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value in FORMULAS]
    assert {cell.value for cell in cells} == set(FORMULAS)
    # As text, so that it stays text when somebody edits it.
    assert all((cell.data_type, cell.number_format) == ("s", "@") for cell in cells)


def test_feedback_of_a_sheet_named_like_a_path(workspace: Path, tmp_path: Path) -> None:
    path = sheet_named_as_path(tmp_path)
    (tmp_path / "out").mkdir()
    out = write_feedback(path, check(path, workspace).findings, tmp_path / "out" / "feedback.xlsx")
    names = openpyxl.load_workbook(out).sheetnames
    assert names[0] == FINDINGS_SHEET
    assert names[1].startswith("能源台账")
    assert not set("/\\:*?[]") & set(names[1])
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["feedback.xlsx"]


def test_nothing_a_workbook_carries_lives_on_in_feedback(workspace: Path, tmp_path: Path) -> None:
    path = raw_xlsx(
        tmp_path / "energy_ledger.xlsx",
        row_xml(1, HEADER) + row_xml(2, [*ROW[:4], "?"]),
        parts={"xl/vbaProject.bin": b"x", "xl/externalLinks/externalLink1.xml": b"<x/>"},
    )
    out = write_feedback(path, check(path, workspace).findings, tmp_path / "feedback.xlsx")
    with zipfile.ZipFile(out) as archive:
        assert not any("vba" in name or "external" in name for name in archive.namelist())


# --- plausibility -----------------------------------------------------------------------------------------------------


TOTALS = {
    "3750": False,
    "3,750.00": False,
    "3750.4": True,
    "3751": True,
    "0.375万": False,
    "": False,
    "见附表": False,
}


def test_total_is_compared_with_its_rows(shared_context: Context, tmp_path: Path) -> None:
    rows = quantities("1200", "1300", "1250")
    paths = {total: csv_of(*rows, ["合计", "", "", total])(folder(tmp_path)) for total in TOTALS}
    for total, result in judge_each(shared_context, paths).items():
        found = result.findings.filter(pl.col("rule") == "total_mismatch")
        expected = [(5, "quantity", total)] if TOTALS[total] else []
        assert found.select("source_row", "column_name", "source_value").rows() == expected
        for message in (*found["message_en"], *found["message_zh"]):
            assert "3750" in message
            assert total in message


def test_totals_of_parts_and_of_other_periods(judged: Judged, tmp_path: Path) -> None:
    rows = [
        *quantities("100", "200"),
        ["小计", "", "", "300"],
        *quantities("30", "40"),
        ["小计", "", "", "70"],
        ["合计", "", "", "370"],
        ["本年累计", "", "", "9999"],
        ["合计", "", "电力", "370", "kWh"],
    ]
    result = judged(csv_of(*rows)(tmp_path))
    assert "total_mismatch" not in result.findings["rule"].to_list()
    assert counts(result) == (4, 0)


def test_rounding_of_shown_figures_is_no_mismatch(judged: Judged, tmp_path: Path) -> None:
    rows = [*quantities("1.1", "1.1", "1.1"), ["合计", "", "", "3.4"]]
    assert "total_mismatch" not in judged(csv_of(*rows)(tmp_path)).findings["rule"].to_list()


SUSPECTS = {
    ("1000", "1100", "1050"): [],
    ("1000", "1100", "1050000"): [4],
    ("1000000", "1100000", "1200", "990000"): [4],
    ("1000", "10000", "100"): [],
    ("1000", "1000000"): [],
    ("0", "1000", "1100", "1"): [5],
    # Quantities that vary by a thousand by themselves, on one side of the usual.
    ("100", "100", "100", "8000", "5000", "2000", "100000"): [],
    ("100", "100", "100", "8000", "5000", "2000", "0.1"): [8],
    ("100", "100", "100", "100", "9", "100000"): [7],
    ("100", "100", "100", "100", "100", "2", "1", "5", "0.1"): [],
}


def test_a_thousand_times_the_usual(shared_context: Context, tmp_path: Path) -> None:
    paths = {str(values): csv_of(*quantities(*values))(folder(tmp_path)) for values in SUSPECTS}
    outcomes = judge_each(shared_context, paths)
    for values, suspects in SUSPECTS.items():
        result = outcomes[str(values)]
        found = result.findings.filter(pl.col("rule") == "magnitude_suspect")
        assert found["source_row"].to_list() == suspects
        assert set(found["severity"]) <= {"warning"}
        assert counts(result) == (len(values), 0)


def test_a_reading_of_part_of_a_day_is_between_standby_and_full_load(judged: Judged, tmp_path: Path) -> None:
    loads = ["5", "5", "5", "0.005", "0.005", "5"]
    changes = [
        {"start_date": f"2024-03-01 1{hour}:00", "end_date": f"2024-03-01 1{hour}:59", "quantity": load}
        for hour, load in enumerate(loads)
    ]
    result = judged(write_feed(tmp_path / "energy_ledger.csv", "energy_ledger", *changes))
    assert counts(result) == (6, 0)
    assert "magnitude_suspect" not in result.findings["rule"].to_list()


# --- units in headers -------------------------------------------------------------------------------------------------


TITLES = {
    "用电量（万kWh）": "10^4 kWh",
    "用电量(单位：MWh)": "MWh",
    "消耗量/GJ": "GJ",
    "quantity [MWh]": "MWh",
    "数量【kWh】": "kWh",
    "用电量\n（千瓦时）": "kWh",
}
REMARKS = ("用电量（含线损）", "用电量（必填）", "数量 (Quantity)", "数量/Quantity")


def test_unit_of_the_header(shared_context: Context, tmp_path: Path) -> None:
    paths = {title: csv_of(ROW[:4], header=[*HEADER[:3], title])(folder(tmp_path)) for title in TITLES}
    for title, result in judge_each(shared_context, paths).items():
        assert result.rows["energy_ledger"]["unit"].to_list() == [TITLES[title]]
        assert "unit_from_header" in result.findings["rule"].to_list()


def test_remark_of_the_header_is_no_unit(shared_context: Context, tmp_path: Path) -> None:
    header = {title: [*HEADER[:3], title, *HEADER[4:]] for title in REMARKS}
    paths = {title: csv_of(ROW, header=header[title])(folder(tmp_path)) for title in REMARKS}
    for result in judge_each(shared_context, paths).values():
        assert result.findings.is_empty()
        assert result.rows["energy_ledger"]["unit"].to_list() == ["kWh"]


def test_word_that_is_no_unit_does_not_stand_in_for_one(judged: Judged, tmp_path: Path) -> None:
    result = judged(csv_of(ROW[:4], header=[*HEADER[:3], "用电量（KWHH）"])(tmp_path))
    assert errors(result)["rule"].to_list() == ["unknown_unit"]
    required = judged(csv_of(ROW[:4], header=[*HEADER[:3], "用电量（必填）"])(tmp_path))
    assert errors(required)["rule"].to_list() == ["missing_columns"]


def test_amounts_are_multiplied_exactly(judged: Judged, tmp_path: Path) -> None:
    header = ["发票号码", "开票日期", "供应商", "设施编号", "能源品种", "服务开始", "服务结束", "数量", "单位"]
    cells = ["1", "2024-04-05", "State Grid", "ningjin", "电力", "2024-03-01", "2024-03-31", "5", "MWh"]
    path = write_csv(
        tmp_path / "invoices.csv",
        [
            [*header, "金额（万元）", "税额（元）", "价税合计（万元）"],
            [*cells, "1.23456789", "1604.94", "1.395061"],
            [*cells, "2000000000", "0", ""],
        ],
    )
    result = judged(path)
    row = result.rows["invoices"].select("net_amount", "tax_amount", "gross_amount", "currency").row(0)
    assert row == (Decimal("12345.6789"), Decimal("1604.94"), Decimal("13950.61"), "CNY")
    assert errors(result).select("source_row", "rule", "source_value").rows() == [
        (3, "number_out_of_range", "2000000000")
    ]


def test_currency_of_the_header_must_be_that_of_the_row(judged: Judged, tmp_path: Path) -> None:
    row = ["4500012345", "10", "2024-03-15", "ningjin", "S-1", "办公服务", "2.5", "USD"]
    header = ["单据编号", "行号", "过账日期", "设施编号", "供应商编号", "活动类型", "金额（元）", "币种"]
    result = judged(write_csv(tmp_path / "procurement.csv", [header, row, [*row[:7], "CNY"]]))
    assert errors(result).select("source_row", "rule").rows() == [(2, "header_unit_conflict")]


SHARED = '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>{}</t></si></sst>'
REFERENCES = {
    "as programs write it": '<row r="{0}"><c r="F{0}" t="s"><v>0</v></c></row>',
    "as nobody writes it": "<row r='{0}'><c r='F{0}' t = 's' ><v ><![CDATA[0]]></v ></c ></row>",
}


@pytest.mark.parametrize("reference", REFERENCES.values(), ids=REFERENCES)
def test_a_text_that_many_cells_share_is_counted_as_often(
    reference: str, judged: Judged, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a workbook is small and unpacks to little; its reader would write the text out for every cell."""
    monkeypatch.setattr(packages, "LARGEST_TEXT", 1_000_000)
    table = row_xml(1, HEADER) + row_xml(2, ROW)
    texts = {"xl/sharedStrings.xml": SHARED.format("x" * 10_000)}
    few, many = ("".join(reference.format(row) for row in range(3, 3 + number)) for number in (90, 110))
    good = judged(raw_xlsx(folder(tmp_path) / "energy_ledger.xlsx", table + few, parts=texts))
    assert "file_too_large" not in good.findings["rule"].to_list()
    refused = errors(judged(raw_xlsx(folder(tmp_path) / "energy_ledger.xlsx", table + many, parts=texts)))
    assert refused["rule"].to_list() == ["file_too_large"]
    inline = "".join(row_xml(row, [None] * 5 + ["x" * 10_000]) for row in range(3, 113))
    refused = errors(judged(raw_xlsx(folder(tmp_path) / "energy_ledger.xlsx", table + inline)))
    assert refused["rule"].to_list() == ["file_too_large"]


def test_a_parquet_text_that_many_rows_share_is_counted_as_often(
    judged: Judged, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivered_files, "LARGEST_TEXT", 1_000_000)
    path = tmp_path / "energy_ledger.parquet"
    for kind in (pl.String, pl.Categorical):
        pl.DataFrame({"period": pl.Series(["x" * 10_000] * 110, dtype=kind)}).write_parquet(path)
        assert path.stat().st_size < 15_000
        assert errors(judged(path))["rule"].to_list() == ["file_too_large"]


def test_texts_of_more_than_four_gigabytes_are_counted() -> None:
    shared = pl.Series("remark", ["x" * 60_000]).new_from_index(0, 72_000)
    assert delivered_files._bytes_of_texts(shared.to_frame().lazy()) == 4_320_000_000


def test_the_sheets_of_a_workbook_share_one_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivered_files, "MOST_TABLE_CELLS", 30)
    monkeypatch.setattr(delivered_files, "MOST_KEPT_CELLS", 20)
    for names, rules in (
        (["energy_ledger", "energy_ledger-2"], []),
        (["energy_ledger", "energy_ledger-2", "energy_ledger-3"], ["file_too_large"]),
    ):
        path = folder(tmp_path) / "report.xlsx"
        with xlsxwriter.Workbook(path) as workbook:
            for name in names:
                sheet = workbook.add_worksheet(name)
                for at, cells in enumerate((HEADER, ROW)):
                    sheet.write_row(at, 0, cells)
        delivery = read_delivery(path.name, path)
        assert [notice.rule for notice in delivery.notices] == rules
        assert len(delivery.sheets) == (0 if rules else 2)


def test_sheets_that_nobody_named_are_looked_at_up_to_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivered_files, "MOST_SHEET_CELLS", 25)
    path = tmp_path / "energy_ledger.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        for name in ("energy_ledger", "a", "b", "c", "d"):
            sheet = workbook.add_worksheet(name)
            for at, cells in enumerate((HEADER, ROW)):
                sheet.write_row(at, 0, cells)
    delivery = read_delivery(path.name, path)
    assert [notice.rule for notice in delivery.notices] == ["unread_data_sheet"] * 3 + ["unused_sheet"]
    assert [len(sheet.frame) for sheet in delivery.sheets] == [1]


def test_limits_are_what_the_reader_checks() -> None:
    """The bounds keep their order: a sheet that is not refused fits into what a table may hold."""
    assert limits.MOST_SHEET_CELLS <= limits.MOST_TABLE_CELLS
    assert limits.LARGEST_INDEX < limits.LARGEST_PART < limits.LARGEST_PACKAGE
