"""What the sender of a faulty file gets back, and the templates to fill in."""

from __future__ import annotations

import time
from datetime import date, datetime
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from data_contracts.answers.feedback_contents import CELLS_COMMENTED, COLOURS, FINDINGS_LINKED
from data_contracts.answers.feedback_workbooks import ROWS_OF_OWN, write_feedback
from data_contracts.answers.plain_workbooks import ROWS_SHOWN
from data_contracts.answers.templates import EXAMPLE_MARK, example_of, write_template
from data_contracts.declarations.feeds import FEEDS, Feed
from data_contracts.judging.checking import CheckResult, check
from data_contracts.judging.judgement import Context
from data_contracts.readers import limits
from data_contracts.readers.delivered_files import FINDINGS_SHEET, INSTRUCTIONS_SHEET, LISTS_SHEET

from .conftest import GOOD_ROWS, write_csv, write_feed, write_xlsx
from .corpus import HEADER, ROW
from .files import raw_xlsx, row_xml, write_xls

COLUMNS = FEEDS["energy_ledger"].by_name


def feedback_of(path: Path, workspace: Path, out: Path) -> tuple[openpyxl.Workbook, CheckResult]:
    """The feedback workbook on a file, and the check it is made from."""
    result = check(path, workspace)
    counts = (int(result.sheets["rows_in"].sum()), int(result.sheets["rows_rejected"].sum()))
    return openpyxl.load_workbook(write_feedback(path, result.findings, out, counts=counts)), result


def colour(cell: Cell) -> str | None:
    """The name of the mark a cell carries."""
    names = {f"FF{colour}": severity for severity, colour in COLOURS.items()}
    return names.get(cell.fill.start_color.rgb) if cell.fill.fill_type else None


def marks(book: openpyxl.Workbook) -> dict[str, str]:
    """Sheet!cell -> mark, of all sheets but the list."""
    return {
        f"{sheet.title}!{cell.coordinate}": name
        for sheet in book.worksheets[1:]
        for row in sheet.iter_rows()
        for cell in row
        if (name := colour(cell))
    }


# --- feedback -----------------------------------------------------------------------------------------------------


def test_feedback_marks_the_senders_own_cells(workspace: Path, tmp_path: Path) -> None:
    good = GOOD_ROWS["energy_ledger"]
    bad = {**good, "unit": "kwH", "facility_id": "qujing", "remark": "=HYPERLINK(1)"}
    rows = [["2024 年台账"], [COLUMNS[name].zh for name in good], list(good.values()), list(bad.values())]
    path = write_csv(tmp_path / "energy_ledger.csv", rows)
    out = tmp_path / "out" / "能源台账-feedback.xlsx"
    book, _ = feedback_of(path, workspace, out)
    assert book.sheetnames == [FINDINGS_SHEET, "能源台账"]
    assert book.active.title == FINDINGS_SHEET
    sheet = book["能源台账"]
    position = {name: index for index, name in enumerate(good, start=1)}
    for column, value in (("unit", "kwH"), ("facility_id", "qujing")):
        cell = sheet.cell(4, position[column])
        assert cell.value == value
        assert COLUMNS[column].label_zh in cell.comment.text
        assert COLUMNS[column].label_en in cell.comment.text
    assert marks(book) == {"能源台账!B4": "error", "能源台账!E4": "error", "能源台账!Q4": "warning"}
    assert sheet.cell(3, position["unit"]).comment is None
    remark = sheet.cell(4, position["remark"])
    assert (remark.value, remark.data_type, remark.number_format, remark.quotePrefix) == (
        "=HYPERLINK(1)", "s", "@", True,
    )  # fmt: skip
    # Numbers are numbers, everything else stays as it is written.
    assert sheet.cell(3, position["quantity"]).value == 1234.5
    assert sheet.cell(3, position["start_date"]).value == "2024-03-01"
    # What comes back is read like what was sent.
    again = check(out, workspace)
    assert again.sheets.select("rows_in", "rows_rejected").rows() == [(2, 1)]


def test_the_list_says_what_to_do_and_leads_to_the_cells(workspace: Path, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "energy_ledger.csv", [["台账"], HEADER, ROW, [*ROW[:4], "kwH"]])
    book, result = feedback_of(path, workspace, tmp_path / "feedback.xlsx")
    sheet = book[FINDINGS_SHEET]
    assert "energy_ledger.csv" in sheet["A1"].value
    for said in ("共 2 行数据，其中 1 行有错误", "2 data rows, 1 of them with errors", "1 错误 error"):
        assert said in sheet["A2"].value
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    header = next(number for number, row in enumerate(rows, start=1) if row[8] == "规则\nrule")
    listed = rows[header:]
    assert [row[8] for row in listed] == ["unknown_unit", "title_row"]
    error = result.findings.filter(pl.col("rule") == "unknown_unit").row(0, named=True)
    said = [error["message_zh"], error["message_en"], "unknown_unit"]
    assert listed[0] == ["错误 error", "能源台账", 4, "E4", "单位\nunit", "kwH", *said, None]
    link = sheet.cell(header + 1, 4).hyperlink
    assert (link.location, link.target) == ("'能源台账'!E4", None)


@pytest.fixture
def company_workbook(tmp_path: Path) -> Path:
    """A workbook as a base keeps it: title, colours, formats, merged cells, formulas; three cells are wrong."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "三月"
    sheet.merge_cells("B2:H2")
    sheet["B2"] = "2024 年 3 月能源台账"
    sheet["B2"].font = Font(size=16, bold=True)
    for position, title in enumerate(["月份", "设施", "能源品种", "消耗量", "单位", "结束日期", "备注"], start=2):
        sheet.cell(4, position, title).fill = PatternFill("solid", start_color="FF4472C4")
    rows = (("电力", 123456.789, "kWh", ""), ("天燃气", 2345.6, "万Nm3", "=A1"), ("柴油（移动源）", "1,5", "t", "x"))
    for row, (kind, quantity, unit, remark) in enumerate(rows, start=5):
        sheet.cell(row, 2, datetime(2024, 3, 1)).number_format = 'yyyy"年"m"月"'
        for position, value in ((3, "qujing"), (4, kind), (5, quantity), (6, unit), (8, remark)):
            sheet.cell(row, position, value)
        sheet.cell(row, 5).number_format = "#,##0.00"
    sheet["H7"].hyperlink = "https://example.com/"
    sheet.merge_cells("C5:C7")
    sheet["E7"].comment = Comment("问过", "张三")
    sheet["B8"], sheet["E8"] = "合计", "=SUM(E5:E7)"
    sheet.column_dimensions["D"].width = 31
    sheet.row_dimensions[2].height = 40
    sheet.conditional_formatting.add("E5:E7", FormulaRule(formula=["[1]x!A1=1"], font=Font(bold=True)))
    for formula, place in (('"电力,柴油"', "D9"), ("'三月'!$D$5:$D$7", "D10"), ("[1]x!$A$1", "D11")):
        rule = DataValidation("list", formula1=formula)
        rule.add(place)
        sheet.add_data_validation(rule)
    book.create_sheet("封面")["A1"] = "编制：张三"
    book.save(tmp_path / "energy_ledger-三月.xlsx")
    return tmp_path / "energy_ledger-三月.xlsx"


def test_feedback_leaves_the_senders_workbook_as_it_is(company_workbook: Path, workspace: Path, tmp_path: Path) -> None:
    book, _ = feedback_of(company_workbook, workspace, tmp_path / "feedback.xlsx")
    assert book.sheetnames == [FINDINGS_SHEET, "三月", "封面"]
    before, after = openpyxl.load_workbook(company_workbook)["三月"], book["三月"]
    # The merged facility is marked once, where its text stands; the total was never calculated.
    assert marks(book) == {"三月!C5": "error", "三月!D6": "error", "三月!E7": "error", "三月!H6": "warning"}
    for row in before.iter_rows(max_row=7):
        for cell in row:
            copied = after[cell.coordinate]
            assert copied.value == cell.value
            if cell.coordinate != "H6":
                assert copied.number_format == cell.number_format
    assert [str(merged) for merged in after.merged_cells.ranges] == [str(one) for one in before.merged_cells.ranges]
    assert after.column_dimensions["D"].width == 31
    assert after.row_dimensions[2].height == 40
    assert after["B2"].font.size == 16
    assert after["B4"].fill.start_color.rgb == "FF4472C4"
    # The sender's remark stands below ours.
    assert after["E7"].comment.text.startswith("错误 error\n")
    assert after["E7"].comment.text.endswith("\n\n问过")


def test_nothing_of_the_senders_workbook_lives_on(company_workbook: Path, workspace: Path, tmp_path: Path) -> None:
    book, _ = feedback_of(company_workbook, workspace, tmp_path / "feedback.xlsx")
    sheet = book["三月"]
    assert {cell.data_type for one in book for row in one.iter_rows() for cell in row} <= {"s", "n", "d", "inlineStr"}
    assert (sheet["E8"].value, sheet["H6"].value) == ("=SUM(E5:E7)", "=A1")
    assert sheet["H7"].hyperlink is None
    assert len(sheet.conditional_formatting) == 0
    assert [rule.formula1 for rule in sheet.data_validations.dataValidation] == ['"电力,柴油"', "'三月'!$D$5:$D$7"]


def test_feedback_that_is_corrected_and_sent_back_is_accepted(
    company_workbook: Path, workspace: Path, tmp_path: Path
) -> None:
    out = tmp_path / "energy_ledger-三月.xlsx.feedback.xlsx"
    book, _ = feedback_of(company_workbook, workspace, out)
    sheet = book["三月"]
    sheet["C5"], sheet["D6"], sheet["H6"] = "ningjin", "natural_gas_stationary", "x"
    (tmp_path / "back").mkdir()
    back = tmp_path / "back" / company_workbook.name
    book.save(back)
    # One cell is still wrong: the others have lost their marks, and there is one list.
    book, result = feedback_of(back, workspace, tmp_path / "again.xlsx")
    assert result.sheets.select("rows_in", "rows_rejected").rows() == [(3, 1)]
    assert book.sheetnames == [FINDINGS_SHEET, "三月", "封面"]
    assert marks(book) == {"三月!E7": "error"}
    assert book["三月"]["D6"].comment is None
    book["三月"]["E7"] = 1.5
    book.save(back)
    assert check(back, workspace).is_accepted


def test_what_a_whole_sheet_lacks_is_said_at_its_header(workspace: Path, tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "energy_ledger.xlsx", {"能源台账": [["台账"], [*HEADER[:4], "用量"], [*ROW[:4], "5"]]})
    book, _ = feedback_of(path, workspace, tmp_path / "feedback.xlsx")
    assert marks(book) == {"能源台账!A2": "error", "能源台账!D2": "error"}
    assert "unit (单位)" in book["能源台账"]["A2"].comment.text


def test_feedback_of_xls_and_parquet(workspace: Path, tmp_path: Path) -> None:
    xls = write_xls(tmp_path / "energy_ledger.xls", {"能源台账": [HEADER[:5], [*ROW[:3], 1234.5, "kwH"]]})
    book, _ = feedback_of(xls, workspace, tmp_path / "xls.xlsx")
    assert marks(book) == {"能源台账!E2": "error"}
    assert book["能源台账"]["D2"].value == 1234.5
    pl.DataFrame([GOOD_ROWS["production"] | {"unit": "?"}]).write_parquet(tmp_path / "production.parquet")
    book, _ = feedback_of(tmp_path / "production.parquet", workspace, tmp_path / "parquet.xlsx")
    # The rows of a table without a header row begin below one.
    assert marks(book) == {"产量!F2": "error"}
    assert book["产量"]["F1"].value == "unit"


def test_feedback_of_an_unreadable_file_is_its_findings(workspace: Path, tmp_path: Path) -> None:
    path = tmp_path / "energy_ledger.xlsx"
    path.write_bytes(b"nothing")
    book, _ = feedback_of(path, workspace, tmp_path / "feedback.xlsx")
    assert book.sheetnames == [FINDINGS_SHEET]


@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx"])
def test_feedback_of_a_large_file_shows_the_faulty_rows(kind: str, workspace: Path, tmp_path: Path) -> None:
    height = ROWS_OF_OWN + 10
    changes = [{"record_id": str(number)} for number in range(height)]
    changes[height - 5]["unit"] = "?"
    rows = [GOOD_ROWS["activity_log"] | change for change in changes]
    path = tmp_path / f"activity_log.{kind}"
    if kind == "parquet":
        pl.DataFrame(rows).write_parquet(path)
    elif kind == "xlsx":
        write_xlsx(path, {"活动数据": [list(rows[0]), *(list(row.values()) for row in rows)]})
    else:
        write_feed(path, "activity_log", *changes)
    book, _ = feedback_of(path, workspace, tmp_path / "feedback.xlsx")
    sheet = book["活动数据"]
    # The rows of a table without a header row are counted from the first.
    row = height - 4 if kind == "parquet" else height - 3
    assert sheet.max_row == 2
    assert [sheet.cell(1, 1).value, sheet.cell(2, 1).value] == [sheet.cell(1, 1).value, str(height - 5)]
    assert [cell.value for cell in next(sheet.iter_cols(sheet.max_column))] == ["原行号\nsource row", row]
    assert marks(book) == {"活动数据!G2": "error"}
    assert sheet.cell(2, 7).comment is not None
    listed = [[cell.value for cell in row] for row in book[FINDINGS_SHEET].iter_rows()][-1]
    assert (listed[2], listed[3], listed[8]) == (row, "G2", "unknown_unit")
    # What was made of a part of the file is read like it.
    again = check(tmp_path / "feedback.xlsx", workspace)
    assert again.sheets.select("rows_in", "rows_rejected").rows() == [(1, 1)]


def test_feedback_of_a_large_table_that_lacks_a_column_says_which(workspace: Path, tmp_path: Path) -> None:
    """No row of it is at fault, so that its sheet shows the headers alone."""
    path = tmp_path / "activity_log.parquet"
    pl.DataFrame([GOOD_ROWS["activity_log"]] * (ROWS_OF_OWN + 1)).drop("unit").write_parquet(path)
    book, _ = feedback_of(path, workspace, tmp_path / "feedback.xlsx")
    assert [row[8].value for row in book[FINDINGS_SHEET].iter_rows()][-1] == "missing_columns"
    titles = [cell.value for cell in book["活动数据"][1]]
    assert book["活动数据"].max_row == 1
    assert "record_id" in titles
    assert "unit" not in titles


def test_feedback_costs_what_is_wrong(workspace: Path, tmp_path: Path) -> None:
    """One faulty row among ten times as many sound ones takes no more of a workbook."""
    sizes = []
    for height in (2 * ROWS_SHOWN, 20 * ROWS_SHOWN):
        rows = [GOOD_ROWS["production"] | {"workshop": str(number)} for number in range(height)]
        rows[7]["unit"] = "?"
        path = tmp_path / f"production-{height}.parquet"
        pl.DataFrame(rows).write_parquet(path)
        book, _ = feedback_of(path, workspace, tmp_path / f"{height}.xlsx")
        sizes.append([(sheet.max_row, sheet.max_column) for sheet in book])
    assert sizes[0] == sizes[1]


@pytest.mark.parametrize("height", [400, 8_000], ids=["in memory", "row by row"])
def test_feedback_of_many_faults_loses_none(height: int, workspace: Path, tmp_path: Path) -> None:
    rows = [{"record_id": str(number), "unit": "?", "quantity": "x"} for number in range(height)]
    path = write_feed(tmp_path / "activity_log.csv", "activity_log", *rows)
    book, result = feedback_of(path, workspace, tmp_path / "feedback.xlsx")
    sheet, listed = book["活动数据"], book[FINDINGS_SHEET]
    assert (sheet.max_row, len(result.findings)) == (1 + height, 2 * height)
    # All are coloured and listed, the first are commented and linked.
    cells = [sheet.cell(row, column) for row in range(2, sheet.max_row + 1) for column in (6, 7)]
    assert {colour(cell) for cell in cells} == {"error"}
    assert sum(cell.comment is not None for cell in cells) == min(CELLS_COMMENTED, 2 * height)
    found = [[cell.value for cell in row] for row in listed.iter_rows(min_row=6)]
    assert [(row[2], row[8]) for row in found] == sorted(
        ((at, rule) for at in range(2, height + 2) for rule in ("not_a_number", "unknown_unit")), key=lambda one: one[0]
    )
    assert sum(listed.cell(row, 4).hyperlink is not None for row in range(6, listed.max_row + 1)) == min(
        FINDINGS_LINKED, 2 * height
    )


@pytest.mark.parametrize(
    ("after", "parts"),
    [
        ('<mergeCells><mergeCell ref="H3:XFD1048576"/></mergeCells>', {}),
        ("", {"xl/media/picture.bin": b"0" * (limits.SMALL_PACKAGE + 1)}),
        ("", {"docProps/core.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}),
    ],
    ids=["merged", "large", "entities"],
)
def test_a_workbook_that_must_not_be_opened_whole_is_copied_plainly(
    after: str, parts: dict, workspace: Path, tmp_path: Path
) -> None:
    rows = row_xml(1, HEADER) + row_xml(2, [*ROW[:4], "kwH"])
    path = raw_xlsx(tmp_path / "energy_ledger.xlsx", rows, after=after, parts=parts)
    started = time.monotonic()
    book, _ = feedback_of(path, workspace, tmp_path / "feedback.xlsx")
    assert time.monotonic() - started < 10
    assert marks(book) == {"能源台账!E2": "error"}
    # Only a plain copy sets a width.
    assert book["能源台账"].column_dimensions["A"].width == pytest.approx(10.71, abs=0.01)


# --- templates ----------------------------------------------------------------------------------------------------


@pytest.fixture(params=FEEDS.values(), ids=lambda feed: feed.name)
def feed(request: pytest.FixtureRequest) -> Feed:
    return request.param


@pytest.fixture
def template(feed: Feed, shared_context: Context, tmp_path: Path) -> Path:
    return write_template(feed, shared_context.vocabulary, tmp_path / f"{feed.name}-template.xlsx")


def test_an_empty_template_holds_no_data(feed: Feed, template: Path, workspace: Path) -> None:
    empty = check(template, workspace)
    assert sorted(empty.findings["rule"]) == ["example_row", "no_data_rows"]
    assert empty.sheets["rows_in"].to_list() == [0]
    assert empty.is_accepted


def test_template_is_read_back_when_filled_in(feed: Feed, template: Path, workspace: Path) -> None:
    book = openpyxl.load_workbook(template)
    sheet = book[feed.zh]
    for position, value in enumerate(GOOD_ROWS[feed.name].values(), start=1):
        sheet.cell(3, position, value)
    book.save(template)
    filled = check(template, workspace)
    assert filled.findings["rule"].to_list() == ["example_row"]
    assert filled.sheets["rows_accepted"].to_list() == [1]


def test_the_example_of_a_template_is_a_sound_row(feed: Feed, template: Path, workspace: Path) -> None:
    book = openpyxl.load_workbook(template)
    sheet = book[feed.zh]
    assert sheet["A2"].value.startswith(EXAMPLE_MARK)
    sheet["A2"] = sheet["A2"].value.removeprefix(EXAMPLE_MARK)
    book.save(template)
    result = check(template, workspace)
    assert [message for message in result.findings["message_en"] if "read otherwise" not in message] == []
    assert result.sheets["rows_accepted"].to_list() == [1]


def test_every_choice_of_a_drop_down_is_understood(
    feed: Feed, template: Path, workspace: Path, shared_context: Context, tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(template)
    lists, sheet = book[LISTS_SHEET], book[feed.zh]
    validations = {str(rule.sqref).split(":")[0]: rule for rule in sheet.data_validations.dataValidation}
    assert len(validations) == len(feed.columns)
    example = example_of(feed, shared_context.vocabulary)
    rows = []
    for position, column in enumerate(feed.columns):
        rule = validations[sheet.cell(3, position + 1).coordinate]
        assert column.description_zh in rule.prompt
        assert len(rule.prompt) <= 255
        listed = column.kind in ("facility", "activity_type", "unit", "currency", "choice", "name")
        assert (rule.type == "list") is listed
        if listed:
            choices = [cell.value for cell in list(lists.iter_cols())[position][1:] if cell.value]
            assert rule.formula1.endswith(f"${len(choices) + 1}")
            rows += [[one if name == column.name else cell for name, cell in example.items()] for one in choices]
    assert rows
    path = write_csv(tmp_path / f"{feed.name}.csv", [list(example), *rows])
    found = check(path, workspace).findings.filter(pl.col("severity") == "error")
    # A choice that does not suit the rest of the row is another matter: here every word must be known.
    unknown = found.filter(pl.col("rule").str.contains("unknown_|ambiguous_|not_accepted"))
    assert unknown.select("column_name", "source_value", "rule").rows() == []


def test_headers_and_example_are_protected_and_nothing_else(feed: Feed, template: Path) -> None:
    book = openpyxl.load_workbook(template)
    sheet = book[feed.zh]
    assert sheet.protection.sheet
    assert not sheet.protection.password
    assert all(cell.protection.locked for row in sheet["A1:B2"] for cell in row)
    width = len(feed.columns)
    for position in (1, width, width + 1):
        letter = openpyxl.utils.get_column_letter(position)
        dimension = next(one for one in sheet.column_dimensions.values() if one.min <= position <= one.max)
        assert not dimension.protection.locked, letter
    dates = [position for position, column in enumerate(feed.columns, start=1) if column.kind == "date"]
    for position in dates:
        assert sheet.column_dimensions[openpyxl.utils.get_column_letter(position)].number_format == "yyyy-mm-dd"
        value = sheet.cell(2, position).value
        assert value is None or isinstance(value.date(), date)


def test_what_a_workspace_has_stands_first(shared_context: Context, tmp_path: Path) -> None:
    first = ["USD", "solar_glass", "diesel_mobile"]
    path = write_template(FEEDS["procurement"], shared_context.vocabulary, tmp_path / "t.xlsx", first)
    book = openpyxl.load_workbook(path)
    columns = [[cell.value for cell in column] for column in book[LISTS_SHEET].columns]
    lists = {column[0].split("\n")[1]: column[1:] for column in columns if column[0]}
    assert lists["activity_type"][:2] == ["solar_glass 光伏玻璃", "diesel_mobile 柴油（移动源）"]
    assert lists["currency"][0] == "USD"
    assert lists["facility_id"][:2] == ["ningjin Ningjin plant", "yangzhou Yangzhou plant"]
    assert book.sheetnames == ["采购", INSTRUCTIONS_SHEET, LISTS_SHEET]
