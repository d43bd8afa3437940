"""Files as they come, and what comes of each: the corpus behind the tests and behind docs/intake.md.

Every case writes one real file. `python -m tests.contracts.corpus` writes docs/intake.md from what the product says
about them.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import polars as pl
import xlsxwriter

from data_contracts.answers import findings
from data_contracts.judging.checking import check_files
from data_contracts.judging.judgement import Context, Judgement
from data_contracts.readers import delimited, limits
from data_contracts.readers.delivered_files import PIECES_FROM
from orchestration import landing
from orchestration.workspace import Workspace

from .conftest import GOOD_ROWS, corpus_context, judge_each, write_csv, write_feed, write_xlsx
from .files import declare_size, raw_xlsx, row_xml, write_xls

HEADER = ["统计月份", "设施编号", "能源品种", "消耗量", "单位", "备注"]
ROW = ["2024-03", "ningjin", "电力", "1234.5", "kWh", "春节"]
MONTHS = ["2024-01", "2024-02", "2024-03"]
BUILT = "docs/intake.md"


@dataclass(frozen=True)
class Case:
    """One file. rules: the findings it must cause, each once or more, and no others; rows: in, rejected."""

    name: str
    en: str
    zh: str
    write: Callable[[Path], Path]
    rules: tuple[str, ...] = ()
    rows: tuple[int, int] = (1, 0)


def ledger(*rows: list, header: list[str] = HEADER) -> list[list]:
    return [header, *rows]


def csv_of(*rows: list, header: list[str] = HEADER, encoding: str = "utf-8", delimiter: str = ",", name: str = ""):
    def write(folder: Path) -> Path:
        return write_csv(folder / (name or "energy_ledger.csv"), ledger(*rows, header=header), encoding, delimiter)

    return write


def xlsx_of(sheets: dict[str, list], name: str = "energy_ledger.xlsx"):
    return lambda folder: write_xlsx(folder / name, sheets)


def bytes_of(name: str, content: bytes):
    def write(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return write


def feed_of(feed: str, *changes: dict[str, str]):
    return lambda folder: write_feed(folder / f"{feed}.csv", feed, *changes)


def quantities(*values: str) -> list[list[str]]:
    return [[f"2024-{month:02}", *ROW[1:3], value, *ROW[4:]] for month, value in enumerate(values, start=1)]


# --- workbooks ----------------------------------------------------------------------------------------------------


def formatted(folder: Path) -> Path:
    path = folder / "energy_ledger.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet("能源台账")
        sheet.merge_range("A1:F1", "2024 年 3 月能源台账")
        sheet.write_row("A3", [*HEADER[:5], "开始日期", "结束日期"])
        sheet.merge_range("B4:B5", "ningjin")
        for row in (3, 4):
            sheet.write_datetime(row, 0, datetime(2024, 3, 1), workbook.add_format({"num_format": 'yyyy"年"m"月"'}))
            sheet.write_row(row, 2, ["电力", 1234.5 + row, "kWh"])
        sheet.write_datetime("F4", datetime(2024, 3, 1), workbook.add_format({"num_format": "yyyy/m/d"}))
        sheet.write("G4", 45382)
    return path


def two_row_header(folder: Path) -> Path:
    path = folder / "invoices.xlsx"
    good = {**GOOD_ROWS["invoices"]}
    plain = ["invoice_number", "invoice_date", "supplier", "facility_id", "activity_type"]
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet("发票")
        for column, title in enumerate(["发票号码", "开票日期", "供应商", "设施编号", "能源品种"]):
            sheet.merge_range(0, column, 1, column, title)
        sheet.merge_range(0, 5, 0, 6, "服务")
        sheet.write_row(1, 5, ["开始", "结束"])
        sheet.merge_range(0, 7, 0, 8, "消耗")
        sheet.write_row(1, 7, ["数量", "单位"])
        sheet.write_row(2, 0, [good[name] for name in (*plain, "service_start", "service_end", "quantity", "unit")])
    return path


def hidden(folder: Path) -> Path:
    path = folder / "宁晋.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet("能源台账")
        for row, cells in enumerate(ledger(*quantities("1200", "1300", "1250"))):
            sheet.write_row(row, 0, cells)
        sheet.set_row(2, None, None, {"hidden": True})
        other = workbook.add_worksheet("产量")
        other.hide()
        other.write_row(0, 0, list(GOOD_ROWS["production"]))
        other.write_row(1, 0, list(GOOD_ROWS["production"].values()))
    return path


def formulas(value: object):
    def write(folder: Path) -> Path:
        path = folder / "energy_ledger.xlsx"
        with xlsxwriter.Workbook(path) as workbook:
            sheet = workbook.add_worksheet("能源台账")
            sheet.write_row(0, 0, HEADER)
            sheet.write_row(1, 0, [*ROW[:3], None, *ROW[4:]])
            sheet.write_formula(1, 3, "=1200+34.5", None, value)
        return path

    return write


def uncalculated(folder: Path) -> Path:
    cells = row_xml(2, [*ROW[:3], None, *ROW[4:]]).replace("</row>", '<c r="G2"><f>B2&amp;"x"</f></c></row>')
    cells = cells.replace('<c r="E2"', '<c r="D2"><f>SUM(H2:H9)</f><v></v></c><c r="E2"')
    return raw_xlsx(folder / "energy_ledger.xlsx", row_xml(1, HEADER) + cells)


def prefixed(folder: Path) -> Path:
    """A workbook whose XML names carry a prefix and whose cells do not say where they are."""
    path = raw_xlsx(folder / "energy_ledger.xlsx", "")
    rows = "".join(
        "<x:row>" + "".join(f'<x:c t="inlineStr"><x:is><x:t>{text}</x:t></x:is></x:c>' for text in cells) + "</x:row>"
        for cells in ledger(ROW)
    )
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = f'<x:worksheet xmlns:x="{space}"><x:sheetData>{rows}</x:sheetData></x:worksheet>'
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, sheet if name.endswith("sheet1.xml") else content)
    return path


def million_empty_rows(folder: Path) -> Path:
    empty = "".join(
        f'<row r="{number}" s="1" customFormat="1"><c r="A{number}" s="1"/></row>' for number in range(3, 100_000)
    )
    last = '<row r="1048576"><c r="A1048576" s="1"/></row>'
    return raw_xlsx(folder / "energy_ledger.xlsx", row_xml(1, HEADER) + row_xml(2, ROW) + empty + last)


def far_corner(folder: Path) -> Path:
    last = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return raw_xlsx(folder / "energy_ledger.xlsx", row_xml(1, HEADER) + row_xml(2, ROW) + last)


def far_corner_unplaced(folder: Path) -> Path:
    wide = "<row>" + "<c><v>1</v></c>" * 16_000 + "</row>"
    return raw_xlsx(folder / "energy_ledger.xlsx", wide + '<row r="1048576"><c><v>1</v></c></row>')


def active(*parts: str, name: str = "energy_ledger.xlsx"):
    return lambda folder: raw_xlsx(
        folder / name, row_xml(1, HEADER) + row_xml(2, ROW), parts=dict.fromkeys(parts, b"never read")
    )


def zip_bomb(folder: Path) -> Path:
    rows = row_xml(1, HEADER) + row_xml(2, ROW)
    path = raw_xlsx(folder / "energy_ledger.xlsx", rows, parts={"xl/sharedStrings.xml": b"0" * 100_000})
    return declare_size(path, "xl/sharedStrings.xml", 4_000_000_000)


def lying_archive(folder: Path) -> Path:
    rows = row_xml(1, HEADER) + row_xml(2, ROW)
    path = raw_xlsx(folder / "energy_ledger.xlsx", rows, parts={"xl/sharedStrings.xml": b"0" * 50_000_000})
    return declare_size(path, "xl/sharedStrings.xml", 10)


def big_part(folder: Path) -> Path:
    rows = row_xml(1, HEADER) + row_xml(2, ROW)
    path = raw_xlsx(folder / "energy_ledger.xlsx", rows, parts={"xl/sharedStrings.xml": b"0" * 100_000})
    return declare_size(path, "xl/sharedStrings.xml", 500_000_000)


def truncated(folder: Path) -> Path:
    path = write_xlsx(folder / "energy_ledger.xlsx", {"能源台账": ledger(ROW)})
    path.write_bytes(path.read_bytes()[:-600])
    return path


def damaged_part(folder: Path) -> Path:
    path = write_xlsx(folder / "energy_ledger.xlsx", {"能源台账": ledger(*quantities("1", "2", "3"))})
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        at = archive.getinfo("xl/worksheets/sheet1.xml").header_offset
    content[at + 80 : at + 120] = bytes(40)
    path.write_bytes(content)
    return path


def billion_laughs(folder: Path) -> Path:
    path = raw_xlsx(folder / "energy_ledger.xlsx", row_xml(1, HEADER))
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/workbook.xml"] = (
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + parts["xl/workbook.xml"]
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def sheet_named_as_path(folder: Path) -> Path:
    rows = row_xml(1, HEADER) + row_xml(2, [*ROW[:4], "kwH"])
    return raw_xlsx(folder / "energy_ledger.xlsx", rows, sheet="能源台账-../../../etc/passwd")


def large_parquet(folder: Path) -> Path:
    path = folder / "production.parquet"
    pl.select(pl.repeat(0, 23_000_000, dtype=pl.Int8).alias("period")).with_columns(
        facility_id=pl.lit(0, pl.Int8), unit=pl.lit(0, pl.Int8)
    ).write_parquet(path)
    return path


def half_parquet(folder: Path) -> Path:
    path = folder / "production.parquet"
    pl.DataFrame([GOOD_ROWS["production"]]).write_parquet(path)
    path.write_bytes(path.read_bytes()[:-20])
    return path


def named(kind: Callable[[Path], Path], name: str):
    return lambda folder: kind(folder).rename(folder / name)


def parquet(folder: Path) -> Path:
    pl.DataFrame([GOOD_ROWS["production"]]).write_parquet(folder / "production.parquet")
    return folder / "production.parquet"


PLAIN_HEADER = "period,facility_id,activity_type,quantity,unit"
PLAIN_ROW = "2024-03,ningjin,grid_electricity,1234.5,kWh"
XLS_ROWS = [["2024-03", "ningjin", "电力", 1234.5, "kWh", 45352]]
XLS_HEADER = [*HEADER[:5], "开始日期"]
TOTALS = ("Total 2024", "Grand Total:", "Sub-total - site", "Total for the year", "一季度合计", "平均值", "Average")
AMOUNTS = ["单据编号", "行号", "过账日期", "设施编号", "供应商编号", "活动类型", "金额（万元）"]
PURCHASE = ["4500012345", "10", "2024-03-15", "ningjin", "S-1", "办公服务", "2.5"]


def shown_as(code: str, number: float, unit: str = "MWh"):
    """An energy ledger with one number in a number format."""

    def write(folder: Path) -> Path:
        path = folder / "energy_ledger.xlsx"
        with xlsxwriter.Workbook(path) as workbook:
            sheet = workbook.add_worksheet("能源台账")
            sheet.write_row(0, 0, HEADER[:5])
            sheet.write_row(1, 0, [*ROW[:3], None, unit])
            sheet.write_number(1, 3, number, workbook.add_format({"num_format": code}))
        return path

    return write


CASES = [
    # --- read as it is
    Case("utf8_bom", "CSV, UTF-8 with byte order mark", "CSV，UTF-8 带 BOM", csv_of(ROW, encoding="utf-8-sig")),
    Case(
        "gb18030", "CSV, GB18030, semicolons", "CSV，GB18030，分号分隔", csv_of(ROW, encoding="gb18030", delimiter=";")
    ),
    Case("utf16", "CSV, UTF-16, tabs", "CSV，UTF-16，制表符分隔", csv_of(ROW, encoding="utf-16", delimiter="\t")),
    Case("bars", "CSV, vertical bars", "CSV，竖线分隔", csv_of(ROW, delimiter="|")),
    Case("quoted_newline", "CSV, line break inside a quoted cell", "CSV，引号内换行", csv_of([*ROW[:5], "a\nb"])),
    Case(
        "spaces",
        "stray spaces and line breaks in headers and cells",
        "表头和单元格含多余空格、换行",
        csv_of([f"  {one}\u3000" for one in ROW], header=[" 统计 月份\n", "设施\u3000编号", *HEADER[2:]]),
    ),
    Case(
        "numbers",
        "full-width digits, thousands separators, 万, brackets for negatives",
        "全角数字、千分位、万、会计负数",
        csv_of(
            *[
                [*ROW[:3], value, *ROW[4:], quality]
                for value, quality in (("１，２３４．５", ""), ("1,234.5", ""), ("0.12万", ""), ("(1,234.5)", "更正"))
            ],
            header=[*HEADER, "数据质量"],
        ),
        rules=("read_otherwise",),
        rows=(4, 0),
    ),
    Case(
        "dates",
        "2024年3月, 2024/3, 2024/3/1, 2024-03-31 08:00",
        "2024年3月、2024/3、2024/3/1、2024-03-31 08:00",
        csv_of(
            ["2024年3月", *ROW[1:5], "2024/3/1", "2024-03-31 08:00"],
            ["2024/3", *ROW[1:5], "", ""],
            header=[*HEADER[:5], "开始日期", "结束日期"],
        ),
        rules=("read_otherwise",),
        rows=(2, 0),
    ),
    Case(
        "readings within a day",
        "readings of one day, equal but for their times (each counts)",
        "同一天内仅时间不同的读数（各自计入）",
        csv_of(
            *([*ROW[:5], moment, moment] for moment in ("2024-03-01 00:15", "2024-03-01 00:30", "2024-03-01 00:45")),
            header=[*HEADER[:5], "开始日期", "结束日期"],
        ),
        rules=("read_otherwise",),
        rows=(3, 0),
    ),
    Case(
        "xlsx",
        "XLSX: title above the header, merged cells, dates in any format, Excel serials",
        "XLSX：表头上方有标题、合并单元格、各种日期格式、Excel 序列日期",
        formatted,
        ("title_row", "blank_rows", "read_otherwise"),
        (2, 0),
    ),
    Case(
        "two_row_header", "XLSX: header of two rows with merged cells", "XLSX：含合并单元格的两行表头", two_row_header
    ),
    Case(
        "prefixed",
        "XLSX with prefixed XML names and cells without a place",
        "XLSX：带前缀的 XML、单元格无位置",
        prefixed,
    ),
    Case(
        "xls",
        "XLS (Excel 97)",
        "XLS（Excel 97）",
        lambda folder: write_xls(folder / "energy_ledger.xls", {"能源台账": [XLS_HEADER, [*XLS_ROWS[0][:5], ""]]}),
    ),
    Case("parquet", "Parquet", "Parquet", parquet),
    Case(
        "several_feeds",
        "one workbook, several feeds",
        "一个工作簿含多个数据类型",
        xlsx_of(
            {
                "能源台账": ledger(ROW),
                "产量": [list(GOOD_ROWS["production"]), list(GOOD_ROWS["production"].values())],
                "封面": [["宁晋"]],
            },
            "三月.xlsx",
        ),
        ("unused_sheet",),
        (2, 0),
    ),
    Case(
        "sheet_per_month",
        "a file named by its feed, a sheet per month and a cover",
        "以数据类型命名的文件：封面和每月一个工作表",
        xlsx_of({"封面": [["宁晋"]], "1月": ledger(*quantities("1")), "2月": ledger(*quantities("2", "3"))}),
        ("unused_sheet",),
        (3, 0),
    ),
    Case(
        "unread_data",
        "a sheet with the headers of a feed beside the one that is named so",
        "除已命名的工作表外，另有含相同表头的工作表",
        xlsx_of({"能源台账": ledger(ROW), "副本": ledger(ROW)}),
        ("unread_data_sheet",),
    ),
    Case("cached_formula", "XLSX: formula with its result", "XLSX：带计算结果的公式", formulas(1234.5)),
    Case(
        "million_empty_rows",
        "XLSX whose formatting reaches to row 1,048,576",
        "XLSX：格式延伸到第 1048576 行",
        million_empty_rows,
    ),
    # --- recorded
    Case(
        "notes",
        "notes and repeated headers below the table",
        "表格下方的备注、重复表头",
        csv_of(ROW, HEADER, ["注：含线损"]),
        ("repeated_header_row", "note_row"),
    ),
    Case(
        "example",
        "the example row of a template",
        "模板中的示例行",
        csv_of([f"示例 Example: {ROW[0]}", *ROW[1:]], ROW),
        ("example_row",),
    ),
    Case(
        "only_notes",
        "nothing but notes below the header",
        "表头下只有备注",
        csv_of(["注：本月停产"]),
        ("note_row",),
        (0, 0),
    ),
    Case(
        "facility_by_name",
        "a facility by its name",
        "以名称填写设施",
        csv_of([ROW[0], "Ningjin plant", *ROW[2:]]),
        ("unknown_facility",),
        (1, 1),
    ),
    Case(
        "unknown_header",
        "a header nobody knows",
        "未知表头",
        csv_of([*ROW, "0.61"], header=[*HEADER, "电价"]),
        ("unknown_column",),
    ),
    Case(
        "no_header",
        "a column without a header",
        "无表头的列",
        csv_of([*ROW, "0.61"], header=[*HEADER, ""]),
        ("unnamed_column",),
    ),
    Case(
        "dollars",
        "currency signs on the amounts, of the row's own currency",
        "金额带有与该行币种一致的货币符号",
        feed_of(
            "invoices", {"net_amount": "$1,234.56", "tax_amount": "", "gross_amount": "1,234.56 USD", "currency": "USD"}
        ),
        ("read_otherwise",),
    ),
    Case(
        "names_by_words",
        "names read by words: place, use and substance in any order",
        "按词识别的名称：地点、用途、物质不论次序",
        feed_of("energy_ledger", {"activity_type": "充电桩"}),
        ("names_read",),
    ),
    Case(
        "no_activity",
        "rows of a bill that are no activity: reactive energy, power-factor charges",
        "账单中不属于活动数据的行：无功电量、力率调整电费",
        feed_of("energy_ledger", {}, {"activity_type": "无功电量", "unit": "kvarh"}, {"activity_type": "力率调整电费"}),
        ("no_activity",),
        (1, 0),
    ),
    Case(
        "nothing_counts",
        "a total, and none of the rows that it adds up",
        "只有合计行，没有明细行",
        feed_of("energy_ledger", {"activity_type": "合计用电量"}),
        ("nothing_counts", "no_activity"),
        (0, 0),
    ),
    Case(
        "other_totals",
        "totals and averages by other words",
        "其他写法的合计和平均",
        csv_of(
            *quantities("1200", "1300"),
            *([word, "", "", "1250" if word in ("平均值", "Average") else "2500"] for word in TOTALS),
        ),
        ("total_row",),
        (2, 0),
    ),
    Case(
        "total_row",
        "a total that adds up",
        "加总一致的合计行",
        csv_of(*quantities("1200", "1300"), ["合计", "", "", "2500"]),
        ("total_row",),
        (2, 0),
    ),
    Case(
        "totals_in_other_columns",
        "totals named in the column of the facility, the period or the activity type",
        "合计字样写在设施、统计期或活动类型列",
        csv_of(
            *quantities("1200", "1300"),
            ["", "合计", "", "2500", "kWh"],
            ["1-3月合计", "ningjin", "电力", "2500", "kWh"],
            ["2024", "ningjin", "Subtotal", "2500", "kWh"],
        ),
        ("total_row",),
        (2, 0),
    ),
    Case(
        "signatures",
        "signatures below the table, several in a row",
        "表格下方的签字行，一行多项",
        csv_of(ROW, ["填表人：张三", "", "审核：李四", "", "日期：2024-04-02"]),
        ("note_row",),
    ),
    Case(
        "empty_surplus",
        "empty cells behind the last column",
        "末列之后的空单元格",
        csv_of([*ROW, "", "", ""]),
    ),
    Case(
        "unit_below_header",
        "the unit in a row of its own below the header",
        "单位单独写在表头下一行",
        csv_of(["", "", "", "（万kWh）"], ROW[:4], header=[*HEADER[:3], "用电量"]),
        ("unit_from_header", "read_otherwise"),
    ),
    Case("hidden", "hidden rows and sheets", "隐藏的行和工作表", hidden, ("hidden_rows", "hidden_sheet"), (4, 0)),
    Case(
        "unit_in_header",
        "the unit in the header only: 用电量（万kWh）",
        "单位仅写在表头：用电量（万kWh）",
        csv_of([*ROW[:4]], header=[*HEADER[:3], "用电量（万kWh）"]),
        ("unit_from_header", "read_otherwise"),
    ),
    Case(
        "unit_in_header_and_cells",
        "the unit in the header and in some cells",
        "单位写在表头及部分单元格",
        csv_of(ROW, [*ROW[:4], "", ""], header=[*HEADER[:3], "用电量/kWh", *HEADER[4:]]),
        ("unit_from_header",),
        (2, 0),
    ),
    Case(
        "amount_in_ten_thousands",
        "amounts in 万元 by their header",
        "表头注明金额单位为万元",
        lambda folder: write_csv(folder / "procurement.csv", [AMOUNTS, PURCHASE]),
        ("unit_from_header", "scaled_by_header"),
    ),
    Case(
        "rounded",
        "more than nine decimals",
        "超过 9 位小数",
        csv_of([*ROW[:3], "0.1234567895", *ROW[4:]]),
        ("quantity_rounded",),
    ),
    Case(
        "external_links",
        "XLSX with links to other workbooks",
        "XLSX：含外部链接",
        active("xl/externalLinks/externalLink1.xml", "xl/connections.xml"),
        ("active_content",),
    ),
    Case(
        "macros_as_xlsx",
        "macros in a file named .xlsx",
        "扩展名为 .xlsx 但含宏",
        active("xl/vbaProject.bin"),
        ("active_content",),
    ),
    # --- warnings
    Case(
        "total_mismatch",
        "a total that does not add up",
        "加总不一致的合计行",
        csv_of(*quantities("1200", "1300"), ["合计", "", "", "2600"]),
        ("total_row", "total_mismatch"),
        (2, 0),
    ),
    Case(
        "magnitude",
        "kWh that look like MWh",
        "疑似 kWh 与 MWh 混淆",
        csv_of(*quantities("1200.5", "1.3", "1250", "1310")),
        ("magnitude_suspect",),
        (4, 0),
    ),
    Case(
        "unit_in_title",
        "a unit above the table: 单位：万元",
        "表格上方注明单位：万元",
        lambda folder: write_csv(folder / "energy_ledger.csv", [["单位：万kWh"], *ledger(ROW)]),
        ("unit_in_title",),
    ),
    Case(
        "period_from_dates",
        "an empty period beside both dates",
        "统计期为空，起止日期均已填写",
        feed_of("energy_ledger", {"period": "", "start_date": "2024-03-01", "end_date": "2024-03-15"}),
    ),
    Case(
        "dates_outside_period",
        "dates beside the period",
        "日期与统计期不符",
        feed_of("energy_ledger", {"period": "2024-05"}),
        ("dates_outside_period",),
    ),
    Case(
        "formula_as_text",
        "a formula in a remark: =cmd|…",
        "备注中的公式：=cmd|…",
        csv_of([*ROW[:5], "=cmd|' /C calc'!A0"]),
        ("formula_as_text",),
    ),
    Case(
        "digits_lost",
        "a long number that a spreadsheet shortened: 2.4372E+19",
        "被表格软件缩短的长号码：2.4372E+19",
        feed_of("invoices", {"invoice_number": "2.4372E+19"}),
        ("digits_lost",),
    ),
    Case(
        "xls_errors",
        "XLS with error values",
        "XLS：含错误值",
        lambda folder: write_xls(
            folder / "energy_ledger.xls", {"能源台账": [HEADER, [*XLS_ROWS[0][:5], ValueError()]]}
        ),
        ("error_cells",),
    ),
    Case(
        "assumed_encoding",
        "CSV that is not UTF-8, with headers that do not show what it is",
        "非 UTF-8 的 CSV，且表头无法证明其编码",
        bytes_of("energy_ledger.csv", f"{PLAIN_HEADER},remark\n{PLAIN_ROW},Zähler".encode("cp1252")),
        ("encoding_assumed",),
    ),
    Case("no_rows", "a header without rows", "只有表头", csv_of(), ("no_data_rows",), (0, 0)),
    # --- rows refused; one more per rule below
    Case(
        "unit_conflict",
        "header and cell name different units",
        "表头与单元格单位不一致",
        csv_of(ROW, header=[*HEADER[:3], "用电量（万kWh）", *HEADER[4:]]),
        ("header_unit_conflict",),
        (1, 1),
    ),
    Case(
        "column_unit_conflict",
        "a header names another unit than its column takes",
        "表头单位与该列规定单位不一致",
        lambda folder: write_csv(
            folder / "procurement.csv",
            [[*list(GOOD_ROWS["procurement"])[:14], "运输质量（kg）"], [*GOOD_ROWS["procurement"].values()][:15]],
        ),
        ("header_unit_conflict",),
        (1, 1),
    ),
    Case(
        "decimal_commas",
        "1.234 and 12,345 in a column with decimal commas",
        "小数逗号列中的 1.234 和 12,345",
        csv_of(*quantities("987,6", "1.234", "12,345", "1234.5"), delimiter=";"),
        ("not_a_number", "ambiguous_number"),
        (4, 3),
    ),
    Case(
        "uncalculated",
        "XLSX: formula that was never calculated",
        "XLSX：从未计算的公式",
        uncalculated,
        ("formula_not_a_value", "unnamed_column"),
        (1, 1),
    ),
    Case(
        "too_many_findings",
        "one defect in more than 10,000 rows",
        "超过 10,000 行有同一错误",
        feed_of("activity_log", *[{"record_id": str(number), "unit": "?"} for number in range(10_010)]),
        ("unknown_unit", "further_findings"),
        (10_010, 10_010),
    ),
    Case("error_value", "XLSX: error value", "XLSX：错误值", formulas("#DIV/0!"), ("formula_not_a_value",), (1, 1)),
    Case(
        "surplus",
        "unquoted thousands comma: more cells than headers",
        "未加引号的千分位：单元格多于表头",
        bytes_of("energy_ledger.csv", f"{','.join(HEADER)}\n2024-03,ningjin,电力,1,234,kWh,\n".encode()),
        ("too_many_cells",),
        (1, 1),
    ),
    Case(
        "end_before_start",
        "the last day before the first",
        "结束日期早于开始日期",
        feed_of("activity_log", {"end_date": "2024-03-04"}),
        ("end_before_start",),
        (1, 1),
    ),
    # --- said wrongly
    Case(
        "same_period_last_year",
        "the figure of last year beside this year's: 用电量（去年同期）, 用电",
        "去年同期与本期并列：用电量（去年同期）、用电",
        csv_of([*ROW[:3], "900", "1200", "kWh"], header=[*HEADER[:3], "用电量（去年同期）", "用电", "单位"]),
        ("unknown_column",),
    ),
    Case(
        "running_total",
        "a running total for the quantity: 用电量（累计）",
        "以累计数代替当期数量：用电量（累计）",
        csv_of(ROW[:5], header=[*HEADER[:3], "用电量（累计）", "单位"]),
        ("missing_columns", "header_other_figure"),
        (1, 1),
    ),
    Case(
        "with_tax",
        "an amount with tax where the one without is needed: 金额（含税）",
        "需不含税金额而给出含税金额：金额（含税）",
        lambda folder: write_csv(
            folder / "procurement.csv",
            [
                ["单据编号", "行号", "过账日期", "设施编号", "供应商编号", "活动类型", "金额（含税）", "币种"],
                ["9001", "10", "2024-03-05", "ningjin", "V1", "spend_consulting", "113000", "CNY"],
            ],
        ),
        ("incomplete_pair", "header_other_figure"),
        (1, 1),
    ),
    Case(
        "amount_of_a_bill",
        "a bill with Usage, Unit and Amount: the amount is money",
        "账单含 Usage、Unit、Amount：Amount 是金额",
        csv_of(
            ["2024-03", "ningjin", "Electricity", "12000", "kWh", "8400.50"],
            header=["period", "facility_id", "energy_type", "Usage", "Unit", "Amount"],
        ),
        ("unknown_column",),
    ),
    Case(
        "amount_beside_a_currency",
        "Amount beside a currency, without a quantity",
        "Amount 与币种并列而无数量",
        csv_of(
            ["2024-03", "ningjin", "Electricity", "8400.50", "kWh", "CNY"],
            header=["period", "facility_id", "energy_type", "Amount", "Unit", "Currency"],
        ),
        ("missing_columns", "header_other_figure", "unknown_column"),
        (1, 1),
    ),
    Case(
        "second_header",
        "a second table below the first, its columns in another order and its unit another",
        "同一工作表下方的第二个表，列序和单位不同",
        csv_of(
            ROW[:5],
            [],
            ["设施编号", "统计月份", "能源品种", "用电量（万kWh）", "单位"],
            ["yangzhou", "2024-03", "电力", "88.5", ""],
            header=HEADER[:5],
        ),
        ("read_otherwise", "unit_from_header"),
        (2, 0),
    ),
    Case(
        "second_header_unreadable",
        "a second table whose header lacks a column: its rows are refused",
        "第二个表的表头缺列：其下各行均被拒收",
        csv_of(
            ROW[:5],
            ["统计月份", "设施编号", "能源品种", "计划用量", "单位"],
            ["2024-03", "yangzhou", "电力", "88.5", "万kWh"],
            header=HEADER[:5],
        ),
        ("missing_columns", "unknown_column"),
        (2, 1),
    ),
    Case(
        "midnight_to_midnight",
        "from midnight to the midnight after the last day, also with a UTC offset",
        "自零点至末日次日零点，或带 UTC 偏移",
        feed_of(
            "energy_ledger",
            {"start_date": "2024-03-01 00:00", "end_date": "2024-04-01 00:00"},
            {"start_date": "2024-02-29T16:00:00Z", "end_date": "2024-03-31T16:00:00Z", "meter_id": "E2"},
        ),
        ("read_otherwise",),
        (2, 0),
    ),
    Case(
        "year_of_the_end",
        "a slip in the year of the last day",
        "结束日期年份误写",
        feed_of("energy_ledger", {"end_date": "2025-03-31"}),
        ("coverage_unusually_long",),
    ),
    Case(
        "day_after_the_period",
        "the day after the period as the last one",
        "结束日期写成统计期次日",
        feed_of("energy_ledger", {"end_date": "2024-04-01"}),
        ("end_after_period",),
    ),
    Case(
        "raised_digits",
        "raised digits: 10²",
        "上标数字：10²",
        feed_of("energy_ledger", {"quantity": "10²"}),
        ("not_a_number",),
        (1, 1),
    ),
    Case(
        "no_time_of_day",
        "a time of day that no clock shows",
        "不存在的时刻",
        feed_of("energy_ledger", {"end_date": "2024-03-31 25:61"}),
        ("not_a_date",),
        (1, 1),
    ),
    Case(
        "german",
        "1.234,56 and 31.03.2024 between semicolons",
        "分号分隔文件中的 1.234,56 与 31.03.2024",
        lambda folder: write_csv(
            folder / "energy_ledger.csv",
            [
                [*HEADER[:5], "start_date", "end_date"],
                ["03.2024", *ROW[1:3], "1.234,56", "MWh", "01.03.2024", "31.03.2024"],
                ["04.2024", *ROW[1:3], "987,6", "MWh", "01.04.2024", "30.04.2024"],
            ],
            delimiter=";",
        ),
        ("read_otherwise",),
        (2, 0),
    ),
    Case(
        "traditional",
        "traditional Chinese headers",
        "繁体中文表头",
        csv_of(ROW, header=["統計月份", "設施編號", "能源品種", "消耗量", "單位", "備註"]),
    ),
    Case(
        "gross_gas",
        "gas billed by its gross calorific value: kWh Hs",
        "按高位热值计费的燃气：kWh Hs",
        csv_of(["2024-03", "ningjin", "natural_gas_stationary", "1200", "kWh Hs", ""]),
        ("read_otherwise",),
    ),
    Case(
        "number_split",
        "a thousands comma without quotation marks in a row that is no wider for it",
        "千分位逗号未加引号，且该行单元格数不变",
        csv_of(
            ["ningjin", "电力", "2024-03", "kWh", "1", "234"],
            ["ningjin", "电力", "2024-04", "kWh", "987", "E1"],
            header=["设施编号", "能源品种", "统计月份", "单位", "消耗量", "计量表编号"],
        ),
        ("number_split",),
        (2, 0),
    ),
    Case(
        "last_line_cut",
        "a file cut within its last number",
        "文件在末尾数字处被截断",
        bytes_of(
            "energy_ledger.csv",
            "统计月份,设施编号,能源品种,单位,消耗量\n"
            "2024-01,ningjin,电力,kWh,1234.56\n2024-02,ningjin,电力,kWh,1311.20\n"
            "2024-03,ningjin,电力,kWh,12".encode(),
        ),
        ("last_line_cut",),
        (3, 0),
    ),
    Case(
        "returns",
        "a return and a credit note of business software, negative as they are posted",
        "业务系统过账的退货与贷项（负数）",
        feed_of(
            "procurement",
            {},
            {"posting_date": "2024-03-20", "quantity": "-2.5", "net_amount": "-5000"},
            {"line_number": "20", "quantity": "", "unit": "", "net_amount": "-300"},
        ),
        (),
        (3, 0),
    ),
    Case(
        "tab_points",
        "three digits behind every point, between tabs",
        "制表符分隔，且每个小数点后均为三位",
        csv_of(*quantities("1.234", "1.310", "1.275"), delimiter="\t"),
        ("ambiguous_number",),
        (3, 3),
    ),
    Case(
        "text_points",
        "XLSX: the same in cells that are text",
        "XLSX：文本单元格中的同类数字",
        xlsx_of({"能源台账": ledger(*quantities("1.234", "1.310"))}),
        ("ambiguous_number",),
        (2, 2),
    ),
    Case(
        "year_and_month",
        "the year and the month in columns of their own",
        "年份和月份分两列",
        csv_of(
            ["2024", "3", *ROW[1:5]],
            ["2024年", "四月", *ROW[1:5]],
            header=["年份", "月", *HEADER[1:5]],
        ),
        ("read_otherwise",),
        (2, 0),
    ),
    Case(
        "multiplier",
        "a multiplier beside readings that the quantity leaves out",
        "示数旁有倍率，而数量未乘倍率",
        csv_of(
            [*ROW[:3], "1000.5", "1200.5", "4000", "200", "kWh"],
            header=[*HEADER[:3], "上月示数", "本月示数", "倍率", "用量", "单位"],
        ),
        ("multiplier_not_applied", "unknown_column"),
    ),
    Case(
        "multiplier_beside",
        "a multiplier beside the quantity, without readings",
        "数量旁有倍率，而无示数",
        csv_of([*ROW[:3], "4000", "200", "kWh"], header=[*HEADER[:3], "倍率", "用量", "单位"]),
        ("multiplier_beside", "unknown_column"),
    ),
    Case(
        "number_format",
        "XLSX: a number format that scales what is shown: #,##0.0,",
        "XLSX：缩放显示的数字格式：#,##0.0,",
        shown_as("#,##0.0,", 1234567.8),
        ("number_format",),
    ),
    Case(
        "format_with_a_unit",
        "XLSX: a number format with a unit that is not that of the row",
        "XLSX：数字格式所带单位与该行不同",
        shown_as('0.0" GWh"', 1.2),
        ("number_format",),
    ),
    # --- sheets and files refused
    Case(
        "missing_columns",
        "a required header is missing",
        "缺少必需的表头",
        csv_of(ROW[:4], header=HEADER[:4]),
        ("missing_columns",),
        (1, 1),
    ),
    Case(
        "two_columns",
        "two headers for one column",
        "两列表头含义相同",
        csv_of([*ROW, "5"], header=[*HEADER, "用量"]),
        ("duplicate_column",),
        (1, 1),
    ),
    Case("empty", "an empty file", "空文件", bytes_of("energy_ledger.csv", b""), ("empty_file",), (0, 0)),
    Case(
        "unknown_name",
        "a name that is no feed",
        "文件名不是数据类型",
        csv_of(ROW, name="三月.csv"),
        ("unknown_file",),
        (0, 0),
    ),
    Case(
        "xlsm",
        "a workbook with macros (.xlsm)",
        "含宏的工作簿（.xlsm）",
        active("xl/vbaProject.bin", name="energy_ledger.xlsm"),
        ("unknown_file",),
        (0, 0),
    ),
    Case(
        "other_format",
        "another format (.pdf)",
        "其他格式（.pdf）",
        bytes_of("energy_ledger.pdf", b"%PDF-1.7"),
        ("unknown_file",),
        (0, 0),
    ),
    Case(
        "xlsx_named_csv",
        "XLSX named .csv",
        "XLSX 误命名为 .csv",
        named(xlsx_of({"能源台账": ledger(ROW)}), "energy_ledger.csv"),
        ("unreadable_file",),
        (0, 0),
    ),
    Case(
        "csv_named_xlsx",
        "CSV named .xlsx",
        "CSV 误命名为 .xlsx",
        named(csv_of(ROW), "energy_ledger.xlsx"),
        ("unreadable_file",),
        (0, 0),
    ),
    Case(
        "xls_named_xlsx",
        "XLS (or a protected workbook) named .xlsx",
        "XLS（或加密工作簿）命名为 .xlsx",
        lambda folder: write_xls(folder / "energy_ledger.xlsx", {"能源台账": [XLS_HEADER, *XLS_ROWS]}),
        ("unreadable_file",),
        (0, 0),
    ),
    Case(
        "html_named_xls",
        "a web page named .xls",
        "网页误命名为 .xls",
        bytes_of("energy_ledger.xls", b"<html><table><tr><td>1"),
        ("unreadable_file",),
        (0, 0),
    ),
    Case("truncated", "a truncated XLSX", "被截断的 XLSX", truncated, ("unreadable_file",), (0, 0)),
    Case("damaged", "XLSX with a damaged sheet", "XLSX：工作表损坏", damaged_part, ("unreadable_file",), (0, 0)),
    Case("half_parquet", "a truncated Parquet file", "被截断的 Parquet", half_parquet, ("unreadable_file",), (0, 0)),
    Case(
        "nul",
        "NUL bytes within a CSV",
        "CSV 中含 NUL 字节",
        bytes_of("energy_ledger.csv", f"{','.join(HEADER)}\n{','.join(ROW)}\n".encode() + bytes(60)),
        ("unreadable_file",),
        (0, 0),
    ),
    Case(
        "only_nul",
        "a file of NUL bytes: space reserved, copy not finished",
        "全为 NUL 字节：已分配空间但未复制完",
        bytes_of("energy_ledger.xlsx", bytes(5000)),
        ("unreadable_file",),
        (0, 0),
    ),
    Case(
        "open_quote",
        "a quotation mark that is never closed",
        "引号未闭合",
        bytes_of("energy_ledger.csv", f'{",".join(HEADER)}\n2024-03,"ningjin,电力,1,kWh\n'.encode()),
        ("unreadable_file",),
        (0, 0),
    ),
    Case(
        "encoding",
        "bytes in none of the encodings",
        "无法识别的编码",
        bytes_of("energy_ledger.csv", "période,usine\n".encode("cp1252") + b"\xff\xff\xfe,\x81\n"),
        ("unreadable_file",),
        (0, 0),
    ),
    Case("zip_bomb", "a zip bomb", "压缩炸弹", zip_bomb, ("file_too_large",), (0, 0)),
    Case("big_part", "a workbook with an oversized part", "某部分过大的工作簿", big_part, ("file_too_large",), (0, 0)),
    Case(
        "lying_archive",
        "a zip bomb that understates its size",
        "虚报大小的压缩炸弹",
        lying_archive,
        ("file_too_large",),
        (0, 0),
    ),
    Case("entities", "XML entities that multiply", "XML 实体膨胀", billion_laughs, ("unreadable_file",), (0, 0)),
    Case(
        "far_corner",
        "one cell in the last corner of a sheet",
        "工作表最末角落的单元格",
        far_corner,
        ("file_too_large",),
        (0, 0),
    ),
    Case(
        "far_corner_unplaced",
        "the same without saying where its cells are",
        "同上，单元格不注明位置",
        far_corner_unplaced,
        ("file_too_large",),
        (0, 0),
    ),
    Case(
        "blank_lines",
        "a CSV of blank lines below a wide header",
        "宽表头下大量空行的 CSV",
        bytes_of("energy_ledger.csv", b"," * 511 + b"\n" * 140_000),
        ("file_too_large",),
        (0, 0),
    ),
    Case(
        "large_parquet",
        "a small Parquet file with 69 million cells",
        "体积很小但含 6900 万单元格的 Parquet",
        large_parquet,
        ("file_too_large",),
        (0, 0),
    ),
    Case(
        "sheet_path", "a sheet named like a path", "以路径命名的工作表", sheet_named_as_path, ("unknown_unit",), (1, 1)
    ),
    Case("file_path", "a file named like a path", "以路径命名的文件", csv_of(ROW, name="energy_ledger-..\\..\\x.csv")),
]

# feed, changes to the good row, rule, column, value in the finding
NOTHING_BOUGHT = {"net_amount": "", "currency": "", "quantity": "", "unit": ""}

DEFECTS = [
    ("energy_ledger", {"quantity": ""}, "required_cell", "quantity", None),
    ("energy_ledger", {"quantity": "n/a"}, "required_cell", "quantity", None),
    ("energy_ledger", {"period": "", "start_date": "", "end_date": ""}, "required_cell", "period", None),
    ("energy_ledger", {"quantity": "12,5"}, "not_a_number", "quantity", "12,5"),
    ("energy_ledger", {"quantity": "10000000000000"}, "number_out_of_range", "quantity", "10000000000000"),
    ("energy_ledger", {"received": "many"}, "not_a_number", "received", "many"),
    ("energy_ledger", {"period": "2024-13"}, "not_a_period", "period", "2024-13"),
    ("energy_ledger", {"period": "2024.1"}, "ambiguous_period", "period", "2024.1"),
    ("energy_ledger", {"end_date": "2024-02-30"}, "not_a_date", "end_date", "2024-02-30"),
    ("energy_ledger", {"end_date": "04/05/2024"}, "ambiguous_date", "end_date", "04/05/2024"),
    ("energy_ledger", {"end_date": "2204-03-05"}, "date_out_of_range", "end_date", "2204-03-05"),
    ("energy_ledger", {"end_date": "2024-02-01"}, "end_before_start", "end_date", "2024-02-01"),
    ("energy_ledger", {"start_date": "2003-01-01"}, "coverage_too_long", "end_date", "2024-03-31"),
    ("energy_ledger", {"end_date": ""}, "incomplete_coverage", "end_date", None),
    ("energy_ledger", {"start_date": ""}, "incomplete_coverage", "start_date", None),
    ("energy_ledger", {"facility_id": "qujing"}, "unknown_facility", "facility_id", "qujing"),
    ("energy_ledger", {"activity_type": "天然汽"}, "unknown_activity_type", "activity_type", "天然汽"),
    ("energy_ledger", {"activity_type": "变损电量"}, "activity_type_open", "activity_type", "变损电量"),
    ("energy_ledger", {"activity_type": "柴油"}, "ambiguous_activity_type", "activity_type", "柴油"),
    ("energy_ledger", {"unit": "kwH"}, "unknown_unit", "unit", "kwH"),
    ("energy_ledger", {"unit": "瓶"}, "fill_not_stated", "unit", "瓶"),
    ("energy_ledger", {"unit": "kg"}, "unit_not_connected", "unit", "kg"),
    (
        "energy_ledger",
        {"activity_type": "natural_gas_stationary", "unit": "度"},
        "ambiguous_unit",
        "unit",
        "度",
    ),
    ("energy_ledger", {"quantity": "-1"}, "negative_quantity", "quantity", "-1"),
    ("energy_ledger", {"data_quality": "guess"}, "value_not_accepted", "data_quality", "guess"),
    ("energy_ledger", {"enthalpy_kj_per_kg": "-5"}, "negative_value", "enthalpy_kj_per_kg", "-5"),
    ("energy_ledger", {"quantity": "=B2*C2"}, "formula_not_a_value", "quantity", "=B2*C2"),
    ("energy_ledger", {"unit": "#N/A"}, "formula_not_a_value", "unit", "#N/A"),
    ("invoices", {"supplier": "#REF!"}, "formula_not_a_value", "supplier", "#REF!"),
    ("invoices", {"service_end": ""}, "required_cell", "service_end", None),
    ("invoices", {"gross_amount": "113.03"}, "invoice_total_mismatch", "gross_amount", "113.03"),
    ("invoices", {"net_amount": "$100.00"}, "currency_sign", "net_amount", "$100.00"),
    ("invoices", {"tax_amount": "€13", "currency": ""}, "currency_sign", "tax_amount", "€13"),
    ("invoices", {"currency": "RMBY"}, "unknown_currency", "currency", "RMBY"),
    ("invoices", {"quantity": "-1234500"}, "negative_quantity", "quantity", "-1234500"),
    ("procurement", NOTHING_BOUGHT, "quantity_or_amount_required", "quantity", None),
    ("procurement", {"unit": ""}, "incomplete_pair", "unit", None),
    ("procurement", {"quantity": ""}, "incomplete_pair", "quantity", None),
    ("procurement", {"currency": ""}, "incomplete_pair", "currency", None),
    ("procurement", {"net_amount": ""}, "incomplete_pair", "net_amount", None),
    ("procurement", {"quantity": "-12.5"}, "negative_quantity", "quantity", "-12.5"),
    ("procurement", {"net_amount": "-25000"}, "negative_quantity", "net_amount", "-25000"),
    ("procurement", {"transport_distance_km": "-1"}, "negative_value", "transport_distance_km", "-1"),
    ("procurement", {"transported_mass_t": "-1"}, "negative_value", "transported_mass_t", "-1"),
    ("procurement", {"unit": "km"}, "unit_not_connected", "unit", "km"),
    ("activity_log", {"start_date": ""}, "required_cell", "start_date", None),
    ("activity_log", {"payer": "customer?"}, "value_not_accepted", "payer", "customer?"),
    ("activity_log", {"factor_kgco2e_per_unit": "-1"}, "negative_value", "factor_kgco2e_per_unit", "-1"),
    ("activity_log", {"end_date": "2024-03-04"}, "end_before_start", "end_date", "2024-03-04"),
    ("production", {"quantity": "-1"}, "negative_value", "quantity", "-1"),
    ("production", {"unit": "片片"}, "unknown_unit", "unit", "片片"),
    ("business_metrics", {"unit": "headz"}, "unknown_unit", "unit", "headz"),
    ("business_metrics", {"unit": "人"}, "metric_unit", "unit", "人"),
    ("business_metrics", {"metric": "职工人数", "unit": "万元"}, "metric_unit", "unit", "万元"),
    ("business_metrics", {"facility_id": "nowhere"}, "unknown_facility", "facility_id", "nowhere"),
]  # fmt: skip


def row_cases() -> list[Case]:
    """A case for each rule of DEFECTS that has none above."""
    shown = {rule for case in CASES for rule in case.rules}
    cases: dict[str, Case] = {}
    for feed, changes, rule, _, _ in DEFECTS:
        if rule not in shown:
            said = ", ".join(f"{name} = '{text}'" for name, text in changes.items())
            write = partial(_write_defect, feed, changes)
            cases.setdefault(rule, Case(rule, f"{feed}: {said}", f"{feed}：{said}", write, (rule,), (1, 1)))
    return list(cases.values())


def _write_defect(feed: str, changes: dict[str, str], folder: Path) -> Path:
    return write_feed(folder / f"{feed}.csv", feed, changes)


ALL = [*CASES, *row_cases()]


# --- what is seen only beside other files, or in landing/ ----------------------------------------------------------


@dataclass(frozen=True)
class Placed:
    """A file in landing/. rules: those of its findings; the others of its messages are those of the table above."""

    path: str
    en: str
    zh: str
    rules: tuple[str, ...]
    write: Callable[[Path], object]


def _ledger_at(path: Path) -> Path:
    return write_csv(path, ledger(ROW))


PLACED = [
    Placed("2024-03/ningjin/energy_ledger-1.csv", "a file in its place", "位置正确的文件", (), _ledger_at),
    Placed(
        "2024-03/ningjin/energy_ledger-2.csv",
        "the same rows again in another file",
        "另一文件中的相同数据",
        ("duplicate_row",),
        _ledger_at,
    ),
    Placed(
        "2024-03/energy_ledger.csv",
        "a file without the folder of its submitter",
        "文件不在提交单位目录下",
        ("misplaced_file",),
        _ledger_at,
    ),
    Placed(
        "2022-12/ningjin/energy_ledger.csv",
        "a month before first_month",
        "早于 first_month 的月份",
        ("misplaced_file",),
        _ledger_at,
    ),
    Placed(
        "2024-03/guest/energy_ledger.csv",
        "a row of a facility that another submitter delivers (submitters.csv)",
        "填报了其他提交单位的设施（submitters.csv）",
        ("facility_of_another",),
        _ledger_at,
    ),
    Placed("2099-01/ningjin/energy_ledger.csv", "a month to come", "未来的月份", ("misplaced_file",), _ledger_at),
    Placed(
        "2024-03/ningjin/invoices.csv",
        "a link that leads out of the workspace",
        "指向工作区之外的链接",
        ("link_outside_workspace",),
        lambda path: path.symlink_to("/etc/hostname"),
    ),
    Placed(
        "2024-03/ningjin/production.csv",
        "a link that leads nowhere",
        "无效的链接",
        ("unreadable_file",),
        lambda path: path.symlink_to("nowhere.csv"),
    ),
    Placed(
        "2024-03/ningjin/energy_ledger-3.csv.part",
        "a file that is still being copied, by its name or because it changes while it is read",
        "仍在复制的文件（按名称，或读取时内容在变化）",
        ("still_arriving",),
        _ledger_at,
    ),
]


def place_all(context: Context, root: Path) -> dict[str, list[dict[str, str]]]:
    """The findings on each file of PLACED, of a scan of landing/ and a check of what it lets through."""
    workspace = Workspace(root)
    for placed in PLACED:
        path = workspace.landing / placed.path
        path.parent.mkdir(parents=True, exist_ok=True)
        placed.write(path)
    workspace.archive.mkdir(parents=True)
    found = landing.scan(workspace, landing.Months("2023-01", "2024-12"))
    read = {one.path: workspace.archive / one.sha256 for one in found if one.refusal is None}
    checked = check_files(read, context).findings
    result = {path: checked.filter(pl.col("path") == path).to_dicts() for path in read}
    for one in found:
        if one.refusal:
            said = {name: getattr(one.refusal, name) for name in ("rule", "message_en", "message_zh")}
            result[one.path] = [{"severity": "error", **said}]
    return result


# --- the page -----------------------------------------------------------------------------------------------------


TABLE = ("| defect 情况 | outcome 结果 | rule 规则 | message | 信息 |", "|---|---|---|---|---|")
READ, REFUSED, COUNTED_ONCE = ("read", "正常读取"), ("file refused", "拒收文件"), ("counted once", "只计一次")


def outcome(case: Case, judgement: Judgement) -> tuple[str, str]:
    """What became of the file, in both languages."""
    rows_in, rejected = case.rows
    errors = judgement.findings.filter(pl.col("severity") == "error")
    if len(errors) and not len(judgement.sheets):
        return REFUSED
    if len(errors) and errors["source_row"].null_count() == len(errors):
        return "sheet refused" if rows_in else "file refused", "拒收工作表" if rows_in else "拒收文件"
    if rejected:
        return "row refused", "拒收该行"
    if (judgement.findings["severity"] == "warning").any():
        return "read, warning", "读取并警告"
    return ("read, recorded", "读取并记录") if len(judgement.findings) else READ


def render(judgements: dict[str, Judgement], placed: dict[str, list[dict[str, str]]]) -> str:
    """docs/intake.md."""
    lines = [
        "# What is delivered, and what comes of it / 提交的文件与处理结果",
        "",
        "Made by `python -m tests.contracts.corpus` from the test corpus (tests/contracts/corpus.py): every row of the",
        "table is a real file, and its messages are what the product said about it. A test compares the page with the",
        "product. 本页由测试语料生成，每一行对应一个真实文件及系统给出的实际信息。",
        "",
        "Nothing is repaired in silence: what was read otherwise than written is an info, what is probably wrong a",
        "warning, what cannot be read in one way only is refused. A refused file, sheet or row does not hold back the",
        "others. The sender finds the same messages in the feedback workbook, behind a list of all findings: a small",
        ".xlsx comes back as it was sent with its faulty cells marked, of anything larger the faulty rows with their",
        "row numbers and headers. No formula, link or macro lives on in it.",
        "",
        *TABLE,
    ]
    for case in ALL:
        judgement = judgements[case.name]
        said = judgement.findings.unique("rule", keep="first", maintain_order=True)
        order = {rule: place for place, rule in enumerate(case.rules)}
        said = sorted(said.iter_rows(named=True), key=lambda finding: order.get(finding["rule"], len(order)))
        lines.append(_row(case, outcome(case, judgement), said))
    lines += ["", "## Between files, and in landing/ / 文件之间及 landing/ 目录", "", *TABLE]
    for case in PLACED:
        said = placed[case.path]
        refused = any(finding["severity"] == "error" for finding in said)
        became = REFUSED if refused else COUNTED_ONCE if said else READ
        if "facility_of_another" in case.rules:
            became = "row refused", "拒收该行"
        lines.append(_row(case, became, said))
    lines += ["", "## Bounds / 上限", "", *_bounds(), "", "## Not covered / 未覆盖", "", *NOT_COVERED, ""]
    return "\n".join(lines)


def _row(case: Case | Placed, outcome: tuple[str, str], said: list[dict[str, str]]) -> str:
    rules = "<br>".join(f"`{finding['rule']}` ({finding['severity']})" for finding in said)
    messages = ["<br>".join(_cell(finding[f"message_{language}"]) for finding in said) for language in ("en", "zh")]
    what = f"{_cell(case.en)}<br>{_cell(case.zh)}"
    if isinstance(case, Placed):
        what += f"<br>`{case.path}`"
    return f"| {' | '.join([what, '<br>'.join(outcome), rules or '–', *(text or '–' for text in messages)])} |"


def _bounds() -> list[str]:
    return [
        f"- A file: {limits.LARGEST_FILE >> 20:,} MB. 单个文件上限。",
        f"- CSV and Parquet: {limits.MOST_TABLE_CELLS:,} cells; CSV is read in blocks of "
        f"{delimited.BLOCK_BYTES >> 20} MB, and from {PIECES_FROM >> 20} MB on in pieces, each of which may have so "
        f"many. At most {delimited.WIDEST} columns are looked at. "
        f"CSV 与 Parquet 的单元格数上限；CSV 分块读取，{PIECES_FROM >> 20} MB 以上逐段处理，上限按段计。",
        f"- A worksheet: {limits.MOST_SHEET_CELLS:,} cells from its corner to its last one, empty ones included, "
        "because its reader holds the rectangle in memory. Formatted but empty rows do not count. "
        "工作表单元格数上限（含空格）。",
        f"- A workbook: {limits.LARGEST_PACKAGE >> 20:,} MB unpacked, {limits.LARGEST_PART >> 20} MB for each part "
        "that is no sheet. Sizes are measured by unpacking, not taken from the archive. "
        "工作簿解压后大小上限，以实际解压为准。",
        f"- Texts of a worksheet or Parquet table: {limits.LARGEST_TEXT >> 20} MB, a text that many cells share "
        f"counted as often. All sheets that are read: {limits.MOST_TABLE_CELLS:,} cells. "
        "单个工作表或 Parquet 表的文本上限（共用文本按次计）；所读各表单元格合计上限。",
        f"- Findings: {findings.FINDINGS_LISTED:,} per rule, column and sheet are listed, and beyond them the first of "
        "each facility and month; a finding `further_findings` counts the rest. Row counts stay exact. "
        "每条规则、每列、每表列出的条数上限，其余计数。",
    ]


NOT_COVERED = [
    "- XLS does not tell merged cells (the lower ones count as empty), hidden rows, or where an error value stands.",
    "- A CSV that is no Unicode, and whose headers prove no encoding, is read in the one in which nearly all of its "
    "letters are such as people write there, with a warning; where there is none (Cyrillic, DOS and Mac encodings), or "
    "two, it is refused.",
    "- `magnitude_suspect` compares rows of one sheet with their median; it says nothing where fewer than three are "
    "alike, where their quantities fill the way to the suspect ones, and of readings of part of a day.",
    "- Decimal commas are refused, also where a whole column has them; so are dates whose day and month could change "
    "places, whatever the others of the column show.",
    "- A password-protected workbook is refused like an old .xls.",
]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def judge_all(context: Context, folder: Path) -> dict[str, Judgement]:
    """What comes of each file of the corpus, all of them in one run."""
    for case in ALL:
        (folder / case.name).mkdir()
    return judge_each(context, {case.name: case.write(folder / case.name) for case in ALL})


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        context = corpus_context(Path(folder) / "workspace")
        page = render(judge_all(context, Path(folder)), place_all(context, Path(folder) / "placed"))
    path = Path(__file__).resolve().parents[2] / BUILT
    path.parent.mkdir(exist_ok=True)
    path.write_text(page, encoding="utf-8")
    print(path)


if __name__ == "__main__":
    main()
