"""What people send, as small workspaces would hold it, and what comes of it: the cases behind test_field.py and
docs/field-cases.md.

All of them are one workspace, a facility each, so that one run answers for all. `python -m tests.pipeline.field` writes
the page, with the messages of seeds/finding_rules.csv.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter

from data_contracts.declarations.vocabulary import read_seed

BUILT = "docs/field-cases.md"
ORGANIZATION = """\
name: Field cases
consolidation_approach: operational_control
gwp_set: AR5
base_year: 2023
currency: CNY
target_scope2_method: location
combustion_gases: co2_ch4_n2o
fuel_factor_set: ipcc_2006
"""
LEDGER = "period,facility_id,activity_type,quantity,unit"
POWER = "grid_electricity"
GAS = "natural_gas_stationary"
ABROAD = {"gas_therm": "USA", "gas_kwh": "DEU", "gas_hs": "DEU", "old_factor": "GBR"}


@dataclass(frozen=True)
class Case:
    """files: name -> content, of the submitter that bears the name of the case and of its facility. quantity: what
    counts, in the unit of the lines; None: nothing. rules: (rule, variant) of what is said, besides what any short
    history draws; nothing else that is more than an info."""

    name: str
    en: str
    zh: str
    outcome_en: str
    outcome_zh: str
    files: dict[str, str | bytes]
    quantity: str | None
    rules: tuple[tuple[str, str], ...] = ()


def lines(name: str, *rows: str, header: str = LEDGER, tail: str = "\n") -> str:
    """A text of rows in which @ is the facility."""
    return "\n".join([header, *rows]).replace("@", name) + tail


def ledger(name: str, *rows: str, header: str = LEDGER, tail: str = "\n") -> dict[str, str | bytes]:
    return {"energy_ledger.csv": lines(name, *rows, header=header, tail=tail)}


def _thousands(name: str) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("energy_ledger")
        sheet.write_row(0, 0, ["period", "facility_id", "activity_type", "quantity (MWh)"])
        for row, number in enumerate((1234567.8, 1300000.0), start=1):
            sheet.write_row(row, 0, [f"2024-0{row}", name, POWER])
            sheet.write_number(row, 3, number, book.add_format({"num_format": "#,##0.0,"}))
    return content.getvalue()


MONTHS = [f"2024-{month:02}" for month in range(1, 13)]
METERS = LEDGER + ",meter_id"
DATED = LEDGER + ",start_date,end_date"
LOG = "record_id,start_date,facility_id,activity_type,quantity,unit"
LOG_DATED = "record_id,start_date,end_date,facility_id,activity_type,quantity,unit"
INVOICE = (
    "invoice_number,invoice_date,supplier,facility_id,activity_type,service_start,service_end,quantity,unit,meter_id"
)
PURCHASE = "document_number,line_number,posting_date,facility_id,supplier_id,activity_type,quantity,unit"
CERTIFICATE = (
    "instrument_id,instrument_type,vintage_start,vintage_end,country,quantity,unit,claim_start,claim_end,retired_on,"
    "facility_id,registry,serial,technology,retired_for_year"
)

CASES = [
    Case(
        "months_and_year",
        "twelve months and their year",
        "12 个月及其全年合计",
        "the months count; the year is their total",
        "计入各月；全年为其合计，不计",
        ledger(
            "months_and_year",
            *(f"{month},@,{POWER},{101 + at},MWh" for at, month in enumerate(MONTHS)),
            f"2024,@,{POWER},1278,MWh",
        ),
        "1278",
        (("shared_days", "total"),),
    ),
    Case(
        "months_and_half_year",
        "six months and their half-year, written 2024H1",
        "6 个月及其半年合计（写作 2024H1）",
        "the months count; the half-year is their total",
        "计入各月；半年为其合计，不计",
        ledger(
            "months_and_half_year",
            *(f"{month},@,{POWER},{101 + at},MWh" for at, month in enumerate(MONTHS[:6])),
            f"2024H1,@,{POWER},621,MWh",
        ),
        "621",
        (("shared_days", "total"),),
    ),
    Case(
        "amount_in_rupees",
        "a bill with Units consumed and Amount (Rs.)",
        "印度账单：Units consumed 与 Amount (Rs.) 并列",
        "the units count, in the unit beside them; the amount is money",
        "计入用量，金额不作为用量",
        ledger(
            "amount_in_rupees",
            f'2024-03,@,{POWER},"1,23,456",kWh,"9,87,648.00"',
            header="period,facility_id,activity_type,Units consumed,unit,Amount (Rs.)",
        ),
        "123.456",
    ),
    Case(
        "months_and_quarter",
        "three months and a quarter that says something else",
        "3 个月及与之不符的季度数",
        "both count, with the tonnes at stake",
        "两者均计入，并给出所涉吨数",
        ledger(
            "months_and_quarter",
            *(f"{month},@,{POWER},{101 + at},MWh" for at, month in enumerate(MONTHS[:3])),
            f"2024-Q1,@,{POWER},400,MWh",
        ),
        "706",
        (("shared_days", "both"),),
    ),
    Case(
        "hours_and_day",
        "the hours of a day and the day",
        "小时读数及当日合计",
        "the hours count; the day is their total",
        "计入各小时；当日为其合计，不计",
        ledger(
            "hours_and_day",
            *(f"2024-03,@,{POWER},10,MWh,2024-03-05 {hour:02}:00,2024-03-05 {hour:02}:59" for hour in range(24)),
            f"2024-03,@,{POWER},240,MWh,2024-03-05,2024-03-05",
            f"2024-03,@,{POWER},230,MWh,2024-03-06,2024-03-06",
            header=DATED,
        ),
        "470",
        (("shared_days", "total"),),
    ),
    Case(
        "peak_valley",
        "总 beside 尖, 峰, 平, 谷",
        "总与尖、峰、平、谷并列",
        "the parts count; the total does not",
        "计入各分项，总数不计",
        ledger(
            "peak_valley",
            *(
                f"2024-03,@,{POWER},{quantity},MWh,{meter}"
                for meter, quantity in zip("总尖峰平谷", (600, 60, 180, 200, 160), strict=True)
            ),
            header=METERS,
        ),
        "600",
        (("shared_days", "total"),),
    ),
    Case(
        "registers",
        "OBIS 1.8.0 beside 1.8.1 and 1.8.2",
        "OBIS 1.8.0 与 1.8.1、1.8.2 并列",
        "the registers count; their sum does not",
        "计入各费率寄存器，总寄存器不计",
        ledger(
            "registers",
            *(f"2024-03,@,{POWER},{q},MWh,{m}" for m, q in (("1.8.0", 1000), ("1.8.1", 600), ("1.8.2", 400))),
            header=METERS,
        ),
        "1000",
        (("shared_days", "total"),),
    ),
    Case(
        "new_sub_meter",
        "a meter that meters.csv lacks, beside a main meter",
        "未登记的计量表与总表并列",
        "both count, and the meter is asked for",
        "两者均计入，并要求登记",
        ledger(
            "new_sub_meter",
            *(f"2024-03,@,{POWER},{q},MWh,{m}" for m, q in (("M-0", 1000), ("M-1", 600), ("M-9", 50))),
            header=METERS,
        ),
        "1050",
        (("shared_days", "unregistered"),),
    ),
    Case(
        "leading_zeros",
        "meter 00123 and, from a spreadsheet, 123",
        "计量表 00123 与 123",
        "one meter, counted once",
        "视为同一计量表，只计一次",
        {
            f"energy_ledger-{part}.csv": lines("leading_zeros", f"2024-03,@,{POWER},1000,MWh,{meter}", header=METERS)
            for part, meter in (("a", "00123"), ("b", "123"))
        },
        "1000",
        (("shared_days", "total"),),
    ),
    Case(
        "fuel_card",
        "fills of a fuel card beside the month of the ledger",
        "加油卡记录与台账月度数并列",
        "the fills count; the month is their total",
        "计入逐次加油，月度数为其合计，不计",
        {
            "activity_log.csv": lines(
                "fuel_card",
                *(f"fc-{day},2024-03-{day:02},@,diesel_mobile,100,L" for day in (4, 14, 24)),
                header=LOG,
            ),
            **ledger("fuel_card", "2024-03,@,diesel_mobile,300,L"),
        },
        "0.3",
        (("shared_days", "total"),),
    ),
    Case(
        "two_invoices",
        "an invoice of an estimated reading, then one of the actual one",
        "估抄发票之后又开实抄发票",
        "both count, and the second is asked about",
        "两张均计入，并对后一张提出疑问",
        {
            "invoices.csv": lines(
                "two_invoices",
                f"A-1,2024-04-05,State Grid,@,{POWER},2024-03-01,2024-03-31,500,MWh,",
                f"A-2,2024-05-05,State Grid,@,{POWER},2024-03-01,2024-03-31,520,MWh,",
                header=INVOICE,
            )
        },
        "1020",
        (("shared_days", "both"), ("invoice_stands_in", "")),
    ),
    Case(
        "three_meters",
        "one invoice with three meters",
        "一张发票含三块表",
        "the lines add up",
        "各行相加",
        {
            "invoices.csv": lines(
                "three_meters",
                *(
                    f"INV-77,2024-04-05,State Grid,@,{POWER},2024-03-01,2024-03-31,{q},MWh,{m}"
                    for m, q in (("E1", 100), ("E2", 60), ("E3", 40))
                ),
                header=INVOICE,
            )
        },
        "200",
        (("invoice_stands_in", ""),),
    ),
    Case(
        "three_fills",
        "three equal fills of one day",
        "同日三次相同的加油",
        "one counts; what the others would add is said",
        "只计一次，并说明其余所涉吨数",
        ledger("three_fills", *["2024-03,@,diesel_mobile,200,L,2024-03-05,2024-03-05"] * 3, header=DATED),
        "0.2",
        (("duplicate_row", "same_file"),),
    ),
    Case(
        "midnight",
        "a month that ends at midnight",
        "以次日零点为止的月份",
        "the last day is the day before",
        "末日为前一天",
        ledger("midnight", f"2024-12,@,{POWER},310,MWh,2024-12-01 00:00,2025-01-01 00:00", header=DATED),
        "310",
    ),
    Case(
        "year_typo",
        "a month that ends a year late",
        "结束日期年份写错一年的月份",
        "it is spread over the days that it says, and asked about",
        "按所填日期分摊，并提出疑问",
        ledger("year_typo", f"2024-03,@,{POWER},100,MWh,2024-03-01,2025-03-31", header=DATED),
        "100",
        (("coverage_unusually_long", ""),),
    ),
    Case(
        "multiplier",
        "readings with a multiplier that was not applied",
        "有倍率但未乘的示数差",
        "counted as written, and asked about",
        "按所填计入，并提出疑问",
        ledger(
            "multiplier",
            "2024-03,@,外购电力,1000.5,1200.5,4000,200,kWh",
            header="统计月份,设施编号,能源品种,上月示数,本月示数,倍率,用量,单位",
        ),
        "0.2",
        (("multiplier_not_applied", ""),),
    ),
    Case(
        "cumulative",
        "用电量（累计）",
        "用电量（累计）",
        "refused: a running total is no month",
        "拒收：累计数不是当月数",
        ledger(
            "cumulative",
            "2024-01,@,外购电力,900,MWh",
            "2024-02,@,外购电力,1750,MWh",
            header="统计月份,设施编号,能源品种,用电量（累计）,单位",
        ),
        None,
        (("header_other_figure", ""), ("missing_columns", "")),
    ),
    Case(
        "last_year",
        "用电量（去年同期） beside 用电",
        "用电量（去年同期）与用电并列",
        "the column of this year is read",
        "读取本年列",
        ledger(
            "last_year",
            "2024-03,@,外购电力,900,1200,MWh",
            header="统计月份,设施编号,能源品种,用电量（去年同期）,用电,单位",
        ),
        "1200",
    ),
    Case(
        "amount",
        "Usage, Unit, Amount",
        "Usage、Unit、Amount",
        "the amount is money",
        "Amount 为金额",
        ledger(
            "amount",
            "2024-03,@,Electricity,12000,kWh,8400.50",
            header="period,facility_id,energy_type,Usage,Unit,Amount",
        ),
        "12",
    ),
    Case(
        "second_header",
        "a second header below, in another order",
        "表格下方另有次序不同的表头",
        "a table of its own",
        "作为另一张表读取",
        ledger(
            "second_header",
            "2024-03,@,diesel_stationary,100,L,500",
            "period,facility_id,activity_type,received,unit,quantity",
            "2024-04,@,diesel_stationary,600,L,120",
            header=LEDGER + ",received",
        ),
        "0.22",
    ),
    Case(
        "number_format",
        "cells whose number format scales them (#,##0.0,)",
        "数字格式带缩放的单元格（#,##0.0,）",
        "the stored numbers count, and are asked about",
        "按存储值计入，并提出疑问",
        {"energy_ledger.xlsx": _thousands("number_format")},
        "2534567.8",
        (("number_format", ""),),
    ),
    Case(
        "gas_therm",
        "gas in therms",
        "以 therm 计的燃气",
        "gross by the unit: 0.9 of it is net",
        "单位即为高位热值：按 0.9 折为低位",
        ledger("gas_therm", f"2024-01,@,{GAS},1000,therm"),
        "105.505585",
    ),
    Case(
        "gas_hs",
        "gas in kWh Hs",
        "以 kWh Hs 计的燃气",
        "gross by the unit: 0.9 of it is net",
        "单位注明高位热值：按 0.9 折为低位",
        ledger("gas_hs", f"2024-01,@,{GAS},1000,kWh Hs"),
        "3.6",
    ),
    Case(
        "gas_kwh",
        "gas in kWh, without a word about the calorific value",
        "以 kWh 计但未说明热值基准的燃气",
        "counted as net, and asked about",
        "按低位热值计入，并提出疑问",
        ledger("gas_kwh", f"2024-01,@,{GAS},1000,kWh"),
        "3.6",
        (("heating_value_basis", ""),),
    ),
    Case(
        "own_factor",
        "an own factor in t/MWh under kg",
        "以 t/MWh 填入 kg 列的自有因子",
        "it counts, with the shared one beside it",
        "按自有因子计入，并列出共享因子",
        ledger("own_factor", f"2024-01,@,{POWER},1000,MWh"),
        "1000",
        (("own_far_from_shared", "factor"),),
    ),
    Case(
        "old_factor",
        "a grid factor three years old",
        "使用了三年前的电网因子",
        "it counts, with its age",
        "照用，并给出年限",
        ledger("old_factor", f"2026-01,@,{POWER},1000,MWh"),
        "1000",
        (("factor_out_of_date", ""),),
    ),
    Case(
        "returns",
        "a return posted as a negative line",
        "以负数过账的退货",
        "it is deducted",
        "予以扣减",
        {
            "procurement.csv": lines(
                "returns",
                "5002,10,2024-03-06,@,V1,aluminium_frame,10,t",
                "5002,10,2024-03-20,@,V1,aluminium_frame,-10,t",
                header=PURCHASE,
            )
        },
        "0",
    ),
    Case(
        "return_alone",
        "a return of what nobody bought",
        "没有对应采购的退货",
        "it counts as negative, and is asked about",
        "按负数计入，并提出疑问",
        {"procurement.csv": lines("return_alone", "1,1,2024-03-06,@,V2,aluminium_frame,-1,t", header=PURCHASE)},
        "-1",
        (("return_without_purchase", ""),),
    ),
    Case(
        "tab_points",
        "1.234 in every row of a text with tabs",
        "制表符文件中每行均为 1.234 形式",
        "refused: two numbers can be meant",
        "拒收：可能有两种读法",
        {
            "energy_ledger.csv": lines(
                "tab_points", *(f"2024-0{month},@,{POWER},1.2{month}4,MWh" for month in (1, 2, 3))
            ).replace(",", "\t")
        },
        None,
        (("ambiguous_number", ""),),
    ),
    Case(
        "german",
        "a German export under its own headers (header_aliases.csv)",
        "使用自有表头的德文导出文件（header_aliases.csv）",
        "read as it is",
        "照常读取",
        ledger(
            "german",
            "03.2024;@;Strom;1.234,56;MWh;01.03.2024;31.03.2024",
            "04.2024;@;Strom;987,6;MWh;01.04.2024;30.04.2024",
            header="Monat;Werk;Energieträger;Verbrauch;Einheit;von;bis",
        ),
        "2222.16",
    ),
    Case(
        "traditional",
        "traditional Chinese headers and file name",
        "繁体中文表头和文件名",
        "read as it is",
        "照常读取",
        {
            "能源臺賬.csv": lines(
                "traditional", "2024-03,@,外購電力,900,MWh", header="統計月份,設施編號,能源品種,用電量,單位"
            )
        },
        "900",
    ),
    Case(
        "short_history",
        "a month in kWh under MWh, after one month",
        "仅有一个月历史时，以 kWh 填入 MWh",
        "counted as written, and asked about",
        "按所填计入，并提出疑问",
        ledger("short_history", f"2024-01,@,{POWER},120,MWh", f"2024-02,@,{POWER},118000,MWh"),
        "118120",
        (("unusual_quantity", "short"),),
    ),
    Case(
        "far_period",
        "a month of 1999",
        "1999 年的月份",
        "counted where a factor holds, and asked about",
        "有因子时计入，并提出疑问",
        ledger("far_period", f"1999-03,@,{POWER},121,MWh"),
        None,
        (("period_far_away", "past"), ("no_factor", "")),
    ),
    Case(
        "impossible",
        "10^12 MWh",
        "10^12 MWh",
        "not computed",
        "不予计算",
        ledger("impossible", f"2024-03,@,{POWER},1000000000000,MWh"),
        None,
        (("quantity_out_of_range", ""),),
    ),
    Case(
        "first_bill",
        "a year of which there is only its first, estimated bill",
        "仅有首张估抄账单的年份",
        "published, with the share of estimates",
        "照常发布，并给出估算占比",
        ledger(
            "first_bill",
            "2022-12,@,coke_stationary,10,t,estimated",
            "2023-12,@,coke_stationary,10,t,measured",
            header=LEDGER + ",data_quality",
        ),
        "20",
    ),
    Case(
        "certificates",
        "certificates with the same serial numbers; one of the year before, claimed for 2026",
        "序列号相同的绿证；以上年绿证主张 2026 年用电",
        "each number serves once; from 2026 on the vintage is of the year",
        "每个序列号只用一次；2026 年起须为当年绿证",
        {
            **ledger("certificates", f"2024-03,@,{POWER},100,MWh", f"2026-03,@,{POWER},100,MWh"),
            "energy_instruments.csv": lines(
                "certificates",
                "G-1,gec,2024-01-01,2024-12-31,CHN,60,MWh,2024-01-01,2024-12-31,2025-01-15,@,NEA,G0001-G0060,wind,2024",
                "G-2,gec,2024-01-01,2024-12-31,CHN,30,MWh,2024-01-01,2024-12-31,2025-01-15,@,NEA,G0031-G0060,wind,2024",
                "G-3,gec,2025-01-01,2025-12-31,CHN,50,MWh,2026-01-01,2026-12-31,2026-05-15,@,NEA,H0001-H0050,solar,2026",
                header=CERTIFICATE,
            ),
        },
        "200",
        (("instrument_not_eligible", "serial"), ("instrument_not_eligible", "vintage_year")),
    ),
    Case(
        "ten_days",
        "the ten days of a month, three times, and the month",
        "三个旬度数及当月数",
        "the ten days count; the month is their total",
        "计入各旬；当月为其合计，不计",
        ledger(
            "ten_days",
            *(
                f"2024-03,@,{POWER},{q},MWh,2024-03-{first:02},2024-03-{last}"
                for q, first, last in ((30, 1, 10), (31, 11, 20), (39, 21, 31))
            ),
            f"2024-03,@,{POWER},100,MWh,,",
            header=DATED,
        ),
        "100",
        (("shared_days", "total"),),
    ),
    Case(
        "rebill",
        "a month billed anew with other dates, in one file",
        "同一文件中日期不同的重新开账",
        "both count, with the tonnes at stake",
        "两者均计入，并给出所涉吨数",
        ledger(
            "rebill",
            f"2024-03,@,{POWER},100,MWh,2024-03-01,2024-03-31",
            f"2024-03,@,{POWER},96,MWh,2024-03-03,2024-04-02",
            header=DATED,
        ),
        "196",
        (("shared_days", "both"),),
    ),
    Case(
        "bills_in_turn",
        "bills from the 15th to the 14th",
        "15 日至次月 14 日的账单",
        "they follow each other: nothing is said",
        "首尾相接，不提示",
        ledger(
            "bills_in_turn",
            f"2024-03,@,{POWER},100,MWh,2024-02-15,2024-03-14",
            f"2024-04,@,{POWER},96,MWh,2024-03-15,2024-04-14",
            header=DATED,
        ),
        "196",
    ),
    Case(
        "two_units",
        "diesel in L from the plant and in t from finance",
        "柴油：工厂以升填报，财务以吨填报",
        "both count, because neither can be the other's total",
        "两者均计入，因单位不同而无法互为合计",
        {
            "energy_ledger-plant.csv": lines("two_units", "2024-03,@,diesel_mobile,1000,L"),
            "energy_ledger-finance.csv": lines("two_units", "2024-03,@,diesel_mobile,0.84,t"),
        },
        "1.84",
        (("shared_days", "both"), ("same_key_other_content", "energy_ledger")),
    ),
    Case(
        "log_year",
        "records of twelve months and one of the year",
        "12 个月的记录及全年记录",
        "the months count; the year is their total",
        "计入各月；全年为其合计，不计",
        {
            "activity_log.csv": lines(
                "log_year",
                *(f"r{at},{month}-01,{month}-28,@,diesel_mobile,100,L" for at, month in enumerate(MONTHS)),
                "r99,2024-01-01,2024-12-31,@,diesel_mobile,1200,L",
                header=LOG_DATED,
            )
        },
        "1.2",
        (("shared_days", "total"),),
    ),
    Case(
        "one_tariff",
        "OBIS 1.8.0 beside 1.8.1 alone",
        "仅有 1.8.0 与 1.8.1",
        "the register of the tariff counts",
        "计入费率寄存器，总寄存器不计",
        ledger("one_tariff", *(f"2024-03,@,{POWER},1000,MWh,1-1:1.8.{register}" for register in (0, 1)), header=METERS),
        "1000",
        (("shared_days", "total"),),
    ),
    Case(
        "signs_of_meters",
        "meter #3 and 3#",
        "计量表 #3 与 3#",
        "one meter, counted once",
        "视为同一计量表，只计一次",
        {
            f"energy_ledger-{part}.csv": lines("signs_of_meters", f"2024-03,@,{POWER},1000,MWh,{meter}", header=METERS)
            for part, meter in (("a", "#3"), ("b", "3#"))
        },
        "1000",
        (("shared_days", "total"),),
    ),
    Case(
        "fills_and_quarter",
        "fills of three months beside the quarter of the ledger",
        "3 个月的加油记录与台账季度数并列",
        "the fills count; the quarter is their total",
        "计入逐次加油，季度数为其合计，不计",
        {
            "activity_log.csv": lines(
                "fills_and_quarter", *(f"f{at},2024-0{at}-10,@,diesel_mobile,100,L" for at in (1, 2, 3)), header=LOG
            ),
            **ledger("fills_and_quarter", "2024-Q1,@,diesel_mobile,300,L"),
        },
        "0.3",
        (("shared_days", "total"),),
    ),
    Case(
        "refrigerant",
        "refrigerant bought in January and filled in March",
        "1 月采购、3 月充装的同一制冷剂",
        "the fill counts; the purchase of the year is its total",
        "计入充装量；当年采购为其合计，不计",
        {
            "activity_log.csv": lines("refrigerant", "f1,2024-03-10,@,fugitive_r410a,10,kg", header=LOG),
            "procurement.csv": lines("refrigerant", "1,1,2024-01-06,@,V1,fugitive_r410a,10,kg", header=PURCHASE),
        },
        "10",
        (("shared_days", "total"),),
    ),
    Case(
        "refrigerant_in_stock",
        "more refrigerant bought than filled",
        "制冷剂采购量大于充装量",
        "both count, with the tonnes at stake",
        "两者均计入，并给出所涉吨数",
        {
            "activity_log.csv": lines("refrigerant_in_stock", "f1,2024-03-10,@,fugitive_r410a,8,kg", header=LOG),
            "procurement.csv": lines(
                "refrigerant_in_stock", "1,1,2024-01-06,@,V1,fugitive_r410a,10,kg", header=PURCHASE
            ),
        },
        "18",
        (("shared_days", "both"), ("invoice_stands_in", "")),
    ),
    Case(
        "charge_lines",
        "three charges of one invoice that each repeat the consumption",
        "一张发票的三个费用行各自重复用电量",
        "the consumption counts once",
        "用电量只计一次",
        {
            "invoices.csv": lines(
                "charge_lines",
                *(
                    f"I-1,2024-04-05,Enel,@,{POWER},2024-03-01,2024-03-31,500,MWh,,{amount},EUR"
                    for amount in (40000, 12000, 3000)
                ),
                header=INVOICE + ",net_amount,currency",
            ),
            **ledger("charge_lines", f"2024-03,@,{POWER},500,MWh"),
        },
        "500",
        (("shared_days", "total"),),
    ),
    Case(
        "cancelled_invoice",
        "an invoice, its credit note and the invoice in its place",
        "发票、冲红发票及重开发票",
        "the last one counts; the cancelled one says nothing any more",
        "计入重开发票；已冲红发票不再参与比较",
        {
            "invoices.csv": lines(
                "cancelled_invoice",
                *(
                    f"A-{at},2024-05-05,SG,@,{POWER},2024-03-01,2024-03-31,{q},MWh,,{corrects}"
                    for at, q, corrects in ((1, 500, ""), (2, -500, "A-1"), (3, 520, ""))
                ),
                header=INVOICE + ",corrects_invoice_number",
            )
        },
        "520",
        (("invoice_stands_in", ""),),
    ),
    Case(
        "two_carriers",
        "one invoice of electricity and heat, over two months",
        "一张发票含电与热、跨两个月",
        "the lines add up; nobody is told to withdraw one",
        "各行相加，不提示撤回",
        {
            "invoices.csv": lines(
                "two_carriers",
                f"A,2024-04-05,SG,@,{POWER},2024-02-01,2024-02-29,100,MWh,",
                f"A,2024-04-05,SG,@,{POWER},2024-03-01,2024-03-31,110,MWh,",
                "A,2024-04-05,SG,@,purchased_heat,2024-03-01,2024-03-31,10,GJ,",
                header=INVOICE,
            )
        },
        "220",
        (("invoice_stands_in", ""),),
    ),
    Case(
        "parts_of_a_line",
        "a purchase line that was delivered in two parts; other plants have the same numbers",
        "分两次到货的采购行，其他工厂使用相同单号",
        "the parts add up; nobody is told to withdraw one",
        "各次到货相加，不提示撤回",
        {
            "procurement.csv": lines(
                "parts_of_a_line",
                "5002,10,2024-03-05,@,V1,aluminium_frame,3,t",
                "5002,10,2024-03-25,@,V1,aluminium_frame,2,t",
                header=PURCHASE,
            )
        },
        "5",
    ),
    Case(
        "fills_told_apart",
        "three equal fills of one day with their documents",
        "同日三次相同的加油，附各自凭证",
        "all count",
        "全部计入",
        ledger(
            "fills_told_apart",
            *(f"2024-03,@,diesel_mobile,200,L,2024-03-05,2024-03-05,T{at}" for at in (1, 2, 3)),
            header=DATED + ",source_document",
        ),
        "0.6",
    ),
    Case(
        "invoice_of_a_year_more",
        "an invoice of a month that ends a year late",
        "结束日期年份写错一年的发票",
        "it is spread over the days that it says, and asked about",
        "按所填日期分摊，并提出疑问",
        {
            "invoices.csv": lines(
                "invoice_of_a_year_more", f"A-1,2024-04-05,SG,@,{POWER},2024-03-01,2025-03-31,500,MWh,", header=INVOICE
            )
        },
        "500",
        (("coverage_unusually_long", ""), ("invoice_stands_in", "")),
    ),
    Case(
        "month_and_running_total",
        "本月用电量 beside 本年累计用电量",
        "本月用电量与本年累计用电量并列",
        "the column of the month is read",
        "读取本月列",
        ledger(
            "month_and_running_total",
            "2024-01,@,外购电力,900,900,MWh",
            "2024-02,@,外购电力,850,1750,MWh",
            header="统计月份,设施编号,能源品种,本月用电量,本年累计用电量,单位",
        ),
        "1750",
    ),
    Case(
        "traditional_cumulative",
        "用電量（累計）",
        "用電量（累計）",
        "refused: a running total is no month",
        "拒收：累计数不是当月数",
        ledger(
            "traditional_cumulative",
            "2024-01,@,外購電力,900,MWh",
            "2024-02,@,外購電力,1750,MWh",
            header="統計月份,設施編號,能源品種,用電量（累計）,單位",
        ),
        None,
        (("header_other_figure", ""), ("missing_columns", "")),
    ),
    Case(
        "with_19_vat",
        "net amount (incl. 19% VAT)",
        "net amount（incl. 19% VAT）",
        "refused: an amount with tax is not the net one",
        "拒收：含税金额不是不含税金额",
        {
            "procurement.csv": lines(
                "with_19_vat",
                "1,1,2024-03-06,@,V1,aluminium_frame,1,t,1190,EUR",
                header=PURCHASE + ",net_amount (incl. 19% VAT),currency",
            )
        },
        None,
        (("header_other_figure", ""), ("incomplete_pair", "")),
    ),
    Case(
        "amount_and_vat",
        "Amount, Unit, VAT",
        "Amount、Unit、VAT",
        "refused: the amount is money",
        "拒收：Amount 为金额",
        ledger(
            "amount_and_vat",
            f"2024-03,@,{POWER},8400.5,kWh,1596.1",
            header="period,facility_id,activity_type,Amount,Unit,VAT",
        ),
        None,
        (("header_other_figure", ""), ("missing_columns", "")),
    ),
    Case(
        "unknown_header_below",
        "a second header that nobody knows",
        "表格下方另有无法识别的表头",
        "the rows below it are refused",
        "其下各行拒收",
        ledger(
            "unknown_header_below",
            "2024-03,@,diesel_stationary,100,L",
            "Berichtsmonat,Standort,Energieart,Bestand,Einheit",
            "2024-04,@,diesel_stationary,999,L",
        ),
        "0.1",
        (("missing_columns", ""),),
    ),
    Case(
        "transformer",
        "readings with a transformer ratio of 200/5",
        "互感器变比 200/5 的示数",
        "counted as written, and asked about",
        "按所填计入，并提出疑问",
        ledger(
            "transformer",
            "2024-03,@,外购电力,1000,1200,200/5,200,kWh",
            header="统计月份,设施编号,能源品种,上期读数,本期读数,CT变比,用量,单位",
        ),
        "0.2",
        (("multiplier_not_applied", ""),),
    ),
    Case(
        "ranges_of_numbers",
        "certificates with several ranges, dashes of other kinds, and a single number",
        "含多个号段、不同连接符及单个号码的绿证",
        "each number serves once",
        "每个序列号只用一次",
        {
            **ledger("ranges_of_numbers", f"2024-03,@,{POWER},100,MWh"),
            "energy_instruments.csv": lines(
                "ranges_of_numbers",
                *(
                    f"R-{at},gec,2024-01-01,2024-12-31,CHN,{q},MWh,2024-01-01,2024-12-31,2025-01-15,@,NEA,{serial},wind,2024"
                    for at, q, serial in (
                        (1, 20, "R2024-0001–R2024-0010;R2024-0021–R2024-0030"),
                        (2, 2, "R2024-0015 ~ R2024-0016"),
                        (3, 1, "R2024-0025"),
                    )
                ),
                header=CERTIFICATE,
            ),
        },
        "100",
        (("instrument_not_eligible", "serial"),),
    ),
    Case(
        "credit_in_money",
        "a price credit on goods bought by weight",
        "按重量采购货物的价格贷项",
        "the goods count; the credit has no weight",
        "计入货物；贷项无重量，不予计算",
        {
            "procurement.csv": lines(
                "credit_in_money",
                "5003,10,2024-03-06,@,V1,aluminium_frame,10,t,8000,CNY",
                "5003,20,2024-03-20,@,V1,aluminium_frame,,,-1600,CNY",
                header=PURCHASE + ",net_amount,currency",
            )
        },
        "10",
        (("no_unit_bridge", "money"),),
    ),
    Case(
        "utc",
        "a month between two moments in UTC",
        "以 UTC 时刻起止的月份",
        "the month of the organisation's zone",
        "按组织所在时区确定月份",
        ledger("utc", f",@,{POWER},310,MWh,2024-12-31T16:00:00Z,2025-01-31T16:00:00Z", header=DATED),
        "310",
    ),
    Case(
        "two_invoices_and_ledger",
        "an estimated and an actual invoice beside the ledger of the month",
        "估抄发票与实抄发票并列，且有当月台账",
        "the ledger counts, compared with the invoice that it knows",
        "计入台账，并与其一致的发票比对",
        {
            **ledger("two_invoices_and_ledger", f"2024-03,@,{POWER},520,MWh"),
            "invoices.csv": lines(
                "two_invoices_and_ledger",
                f"A-1,2024-04-05,State Grid,@,{POWER},2024-03-01,2024-03-31,500,MWh,",
                f"A-2,2024-05-05,State Grid,@,{POWER},2024-03-01,2024-03-31,520,MWh,",
                header=INVOICE,
            ),
        },
        "520",
        (("shared_days", "document"),),
    ),
    Case(
        "refrigerant_over_two_years",
        "refrigerant bought in 2023, filled in 2023 and 2024",
        "2023 年采购、分 2023 与 2024 年充装的制冷剂",
        "the fills count; the purchase is their total",
        "计入各次充装；采购为其合计，不计",
        {
            "activity_log.csv": lines(
                "refrigerant_over_two_years",
                "f1,2023-08-10,@,fugitive_r410a,12,kg",
                "f2,2024-02-10,@,fugitive_r410a,8,kg",
                header=LOG,
            ),
            "procurement.csv": lines(
                "refrigerant_over_two_years", "1,1,2023-06-20,@,V1,fugitive_r410a,20,kg", header=PURCHASE
            ),
        },
        "20",
        (("shared_days", "total"),),
    ),
    Case(
        "months_quarters_and_year",
        "six months, two quarters and their year",
        "6 个月、两个季度及其全年合计",
        "months and quarters count; the year is their total",
        "计入各月及季度；全年为其合计，不计",
        ledger(
            "months_quarters_and_year",
            *(f"{month},@,{POWER},100,MWh" for month in MONTHS[:6]),
            *(f"2024-Q{quarter},@,{POWER},300,MWh" for quarter in (3, 4)),
            f"2024,@,{POWER},1200,MWh",
        ),
        "1200",
        (("shared_days", "total"),),
    ),
    Case(
        "hours_and_another_day",
        "the hours of a day and a day that says something else",
        "小时读数及与之不符的当日数",
        "both count, with the tonnes at stake",
        "两者均计入，并给出所涉吨数",
        ledger(
            "hours_and_another_day",
            *(f"2024-03,@,{POWER},10,MWh,2024-03-05 {hour:02}:00,2024-03-05 {hour:02}:59" for hour in range(23)),
            f"2024-03,@,{POWER},290,MWh,2024-03-05,2024-03-05",
            header=DATED,
        ),
        "520",
        (("shared_days", "both"),),
    ),
    Case(
        "named_main_meter",
        "a meter named 总表 beside a smaller one",
        "名为总表的计量表与较小的计量表并列",
        "both count, and the main meter is asked about",
        "两者均计入，并对总表提出疑问",
        ledger(
            "named_main_meter", f"2024-03,@,{POWER},1000,MWh,总表", f"2024-03,@,{POWER},600,MWh,一车间", header=METERS
        ),
        "1600",
        (("shared_days", "main_meter"),),
    ),
    Case(
        "invoice_with_its_total",
        "lines of an invoice for peak and off-peak, and their total",
        "发票含峰、谷两行及合计行",
        "the lines count; the total does not",
        "计入各行，合计行不计",
        {
            "invoices.csv": lines(
                "invoice_with_its_total",
                *(
                    f"B-1,2024-04-05,SG,@,{POWER},2024-03-01,2024-03-31,{q},MWh,{m}"
                    for m, q in (("Peak", 600), ("Off-peak", 400), ("Total", 1000))
                ),
                header=INVOICE,
            )
        },
        "1000",
        (("shared_days", "total"), ("invoice_stands_in", "")),
    ),
    Case(
        "words_of_meters",
        "meter 电表1 and 1#电表",
        "计量表“电表1”与“1#电表”",
        "one meter, counted once",
        "视为同一计量表，只计一次",
        {
            f"energy_ledger-{part}.csv": lines("words_of_meters", f"2024-03,@,{POWER},1000,MWh,{meter}", header=METERS)
            for part, meter in (("a", "电表1"), ("b", "1#电表"))
        },
        "1000",
        (("shared_days", "total"),),
    ),
    Case(
        "tariff_lines",
        "three tariff lines of one invoice, without meters",
        "一张发票的三个电价分项，未填计量表",
        "the lines add up; nobody is told to withdraw one",
        "各行相加，不提示撤回",
        {
            "invoices.csv": lines(
                "tariff_lines",
                *(f"U-9,2024-04-05,SG,@,{POWER},2024-03-01,2024-03-31,{q},MWh," for q in (100, 200, 300)),
                header=INVOICE,
            )
        },
        "600",
        (("invoice_stands_in", ""),),
    ),
    Case(
        "numbered_anew",
        "records numbered 1, 2 anew each month",
        "每月从 1 重新编号的记录",
        "all count; nobody is told to withdraw one",
        "全部计入，不提示撤回",
        {
            f"activity_log-{month:02}.csv": lines(
                "numbered_anew",
                *(f"{number},2024-{month:02}-{4 + number:02},@,diesel_mobile,100,L" for number in (1, 2)),
                header=LOG,
            )
            for month in (1, 2)
        },
        "0.4",
    ),
    Case(
        "retired_early",
        "a certificate retired before its vintage ends",
        "发电期结束前即注销的绿证",
        "it counts, and its dates are asked about",
        "照常计入，并对日期提出疑问",
        {
            **ledger("retired_early", f"2024-03,@,{POWER},100,MWh"),
            "energy_instruments.csv": lines(
                "retired_early",
                "E-1,gec,2024-01-01,2024-12-31,CHN,10,MWh,2024-01-01,2024-12-31,2024-06-15,@,NEA,E001-E010,wind,2024",
                header=CERTIFICATE,
            ),
        },
        "100",
        (("instrument_retired_early", ""),),
    ),
    Case(
        "far_end",
        "a month that ends in 2042",
        "结束日期误填为 2042 年的月份",
        "it is asked about, and makes nothing else due or old",
        "对该行提出疑问，不牵连其他数据",
        ledger("far_end", f"2024-03,@,{POWER},100,MWh,2024-03-01,2042-03-31", header=DATED),
        "100",
        (("coverage_unusually_long", ""),),
    ),
    Case(
        "far_month",
        "a month of 2042",
        "2042 年的月份",
        "it is asked about, and makes nothing else due or old",
        "对该行提出疑问，不牵连其他数据",
        ledger("far_month", f"2042-03,@,{POWER},100,MWh"),
        "100",
        (("period_far_away", "future"),),
    ),
    Case(
        "record_in_two_units",
        "one record in GJ and, in another file, in MWh",
        "同一记录分别以 GJ 与 MWh 填入两个文件",
        "it counts once",
        "只计一次",
        {
            f"activity_log-{part}.csv": lines(
                "record_in_two_units", f"R-1,2024-03-05,@,purchased_heat,{quantity}", header=LOG
            )
            for part, quantity in (("a", "360,GJ"), ("b", "100,MWh"))
        },
        "360",
        (("shared_days", "total"),),
    ),
    Case(
        "two_suppliers",
        "a month of two suppliers in one file, and a correction",
        "同一文件中两家供应商的同月数据及一行更正",
        "all add up; nobody is told to withdraw one",
        "全部相加，不提示撤回",
        ledger(
            "two_suppliers",
            f"2024-03,@,{POWER},100,MWh,State Grid,",
            f"2024-03,@,{POWER},40,MWh,Solar Park,",
            f"2024-03,@,{POWER},-10,MWh,State Grid,correction",
            header=LEDGER + ",supplier,data_quality",
        ),
        "130",
    ),
    Case(
        "suppliers_and_total",
        "a month of two suppliers, and a row of both without a supplier",
        "两家供应商的同月数据及未填供应商的合计行",
        "the suppliers count; the row is their total",
        "计入各供应商；未填供应商的一行为合计，不计",
        ledger(
            "suppliers_and_total",
            f"2024-03,@,{POWER},100,MWh,State Grid",
            f"2024-03,@,{POWER},40,MWh,Solar Park",
            f"2024-03,@,{POWER},140,MWh,",
            header=LEDGER + ",supplier",
        ),
        "140",
        (("shared_days", "total"),),
    ),
    Case(
        "other_signs_of_meters",
        "meter No. 7 and №7",
        "计量表 No. 7 与 №7",
        "one meter, counted once",
        "视为同一计量表，只计一次",
        {
            f"energy_ledger-{part}.csv": lines(
                "other_signs_of_meters", f"2024-03,@,{POWER},1000,MWh,{meter}", header=METERS
            )
            for part, meter in (("a", "No. 7"), ("b", "№7"))
        },
        "1000",
        (("shared_days", "total"),),
    ),
    Case(
        "multiplier_alone",
        "a multiplier beside the quantity, without readings",
        "数量旁有倍率而无示数",
        "counted as written, and asked about",
        "按所填计入，并提出疑问",
        ledger(
            "multiplier_alone", "2024-03,@,外购电力,4000,200,kWh", header="统计月份,设施编号,能源品种,倍率,用量,单位"
        ),
        "0.2",
        (("multiplier_beside", ""),),
    ),
    Case(
        "refrigerant_without_letter",
        "refrigerants R-134 and R410, without their letter",
        "未写明字母的制冷剂 R-134 与 R410",
        "asked about: R-134 and R-410B are other gases than R-134a and R-410A",
        "要求写明：R-134、R-410B 与 R-134a、R-410A 是不同的气体",
        {
            "activity_log.csv": lines(
                "refrigerant_without_letter",
                "f1,2024-03-10,@,R-134,10,kg",
                "f2,2024-03-10,@,R410,10,kg",
                header=LOG,
            )
        },
        None,
        (("activity_type_open", ""), ("ambiguous_activity_type", "")),
    ),
    Case(
        "styles_of_serials",
        "serial numbers with a word before, `to` between and a count behind",
        "序列号前有文字、以 to 相连、后附张数",
        "each number serves once",
        "每个序列号只用一次",
        {
            **ledger("styles_of_serials", f"2024-03,@,{POWER},100,MWh"),
            "energy_instruments.csv": lines(
                "styles_of_serials",
                *(
                    f"S-{at},gec,2024-01-01,2024-12-31,CHN,{q},MWh,2024-01-01,2024-12-31,2025-01-15,@,{registry},{serial},wind,2024"
                    for at, q, registry, serial in (
                        (1, 20, "NEA", "证书编号：S2024-0001 to S2024-0020（20张）"),
                        (2, 2, "", "S2024-0005..S2024-0006"),
                    )
                ),
                header=CERTIFICATE,
            ),
        },
        "100",
        (("instrument_not_eligible", "serial"),),
    ),
    Case(
        "sap_list",
        "a list of SAP: bars, lines of dashes, a minus behind the number",
        "SAP 清单：竖线分隔、虚线行、数字后带负号",
        "read as it is",
        "照常读取",
        {
            "energy_ledger.csv": (
                "-------------------------------------------------------\n"
                "|Monat  |Werk    |Energieträger|Verbrauch |Einheit|Art       |\n"
                "-------------------------------------------------------\n"
                "|03.2024|sap_list|Strom        | 1.234,500|MWh    |          |\n"
                "|04.2024|sap_list|Strom        |    34,50-|MWh    |correction|\n"
                "-------------------------------------------------------\n"
            )
        },
        "1200",
    ),
    Case(
        "korean",
        "a Korean export in EUC-KR under its own headers",
        "使用自有表头、EUC-KR 编码的韩文导出文件",
        "read as it is",
        "照常读取",
        {
            "energy_ledger.csv": lines(
                "korean", '2024년 3월,@,전기,"1,234",MWh', header="사용월,사업장,에너지,사용량,단위"
            ).encode("cp949")
        },
        "1234",
    ),
    Case(
        "western",
        "a German export in Windows-1252 under English headers",
        "英文表头、Windows-1252 编码的德文导出文件",
        "read in that encoding, which is said",
        "按该编码读取，并予以说明",
        {
            "energy_ledger.csv": lines(
                "western", f"2024-03,@,{POWER},100,MWh,Stadtwerke München", header=LEDGER + ",supplier"
            ).encode("cp1252")
        },
        "100",
        (("encoding_assumed", ""),),
    ),
    Case(
        "two_languages",
        "a header in Chinese and below it in English",
        "中文表头下另有一行英文表头",
        "read as it is",
        "照常读取",
        ledger("two_languages", LEDGER, f"2024-03,@,{POWER},100,MWh", header="统计月份,设施编号,能源品种,数量,单位"),
        "100",
    ),
]

# Of the whole organisation, and of a reference table.
OTHERS = [
    (
        "revenue of twelve months and of the year / 12 个月与全年的营业收入并列",
        "the months count / 计入各月",
        ("shared_days", "figure_total"),
    ),
    (
        "an own factor for a place where no facility is / 自有因子所属地没有设施",
        "it serves nothing / 未被使用",
        ("reference_row_unused", "place"),
    ),
]

# What the rules draw where nothing is wrong: the data of tests/cases/test_real_files.py, and readings of a campus.
ON_PUBLISHED_DATA = (
    "1,711 buildings in Seattle, 21,969 monthly readings of the buildings of a university, a steel plant by the",
    "quarter hour of a year, the facilities of Washington over nine years and the power plants of form EIA-923",
    "over five years, 47,737 rows in all, draw none of `shared_days`, `duplicate_row`, `header_other_figure`,",
    "`number_format`, `number_split`, `last_line_cut`, `multiplier_not_applied`, `coverage_unusually_long`,",
    "`end_after_period`, `dates_outside_period`, `factor_out_of_date`, `own_far_from_shared`,",
    "`reference_row_unused`, `period_far_away` and `heating_value_basis`. `same_key_other_content` and",
    "`coverage_overlap` are drawn by 257 pairs: the table of EIA-923 holds 2014 twice, with other figures.",
    "`magnitude_suspect` is drawn 15 times, by readings of 1 beside the usual 400 and purchases of a few MWh",
    "beside thousands; `unusual_quantity` 187 times, by 0.9 % of the months of the university.",
    "上述公开数据共 47,737 行，未触发以上各条提示。其中 EIA-923 表的 2014 年出现两次且数值不同，257 对由",
    "`same_key_other_content`、`coverage_overlap` 指出；数量级可疑 15 次；异常数量 187 次（占该校月度数据的 0.9%）。",
)


def make(root: Path) -> Path:
    """The workspace of all cases."""
    (root / "reference").mkdir(parents=True)
    (root / "organization.yml").write_text(ORGANIZATION, encoding="utf-8")
    facilities = [
        f"{case.name},{case.name},{ABROAD.get(case.name, 'CHN')},{'' if case.name in ABROAD else 'CN-JS'}"
        for case in CASES
    ]
    tables = {
        "facilities": ["facility_id,name,country,grid_region", *facilities],
        "meters": [
            "facility_id,meter_id,workshop,parent_meter_id",
            "new_sub_meter,M-0,,",
            "new_sub_meter,M-1,hall,M-0",
        ],
        "emission_factors": [
            "factor_id,activity_type,stage,scope,scope2_method,geography,valid_from,per_unit,co2_kg,publication,source",
            "X1,grid_electricity,direct,2,location,own_factor,2024-01-01,MWh,0.5978,own,own",
            "X2,grid_electricity,direct,2,location,CN-XX,2024-01-01,MWh,597.8,own,own",
        ],
        "activity_aliases": ["name,activity_type", "Strom,grid_electricity", "전기,grid_electricity"],
        "header_aliases": [
            "feed,column,header",
            *(
                f"energy_ledger,{column},{header}"
                for column, header in (
                    ("period", "Monat"),
                    ("facility_id", "Werk"),
                    ("activity_type", "Energieträger"),
                    ("quantity", "Verbrauch"),
                    ("unit", "Einheit"),
                    ("start_date", "von"),
                    ("end_date", "bis"),
                    ("data_quality", "Art"),
                    ("period", "사용월"),
                    ("facility_id", "사업장"),
                    ("activity_type", "에너지"),
                    ("quantity", "사용량"),
                    ("unit", "단위"),
                )
            ),
        ],
    }
    for name, rows in tables.items():
        (root / "reference" / f"{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    files = {case.name: case.files for case in CASES}
    revenue = [f"{month},revenue,68,10^8 CNY" for month in MONTHS]
    files["hq"] = {
        "business_metrics.csv": "\n".join(["period,metric,value,unit", *revenue, "2024,revenue,816,10^8 CNY"])
    }
    for submitter, delivered in files.items():
        folder = root / "landing" / "2026-06" / submitter
        folder.mkdir(parents=True)
        for name, content in delivered.items():
            if isinstance(content, str):
                content = content.encode()
            (folder / name).write_bytes(content)
    return root


def render() -> str:
    """docs/field-cases.md."""
    rules = {(row["rule"], row["variant"] or ""): row for row in read_seed("finding_rules").iter_rows(named=True)}

    def cell(rules_said: tuple[tuple[str, str], ...], column: str) -> str:
        texts = (rules[one][column].replace("|", "\\|") for one in rules_said)
        return "<br>".join(texts) or "–"

    def codes(rules_said: tuple[tuple[str, str], ...]) -> str:
        return "<br>".join(f"`{rule}` ({rules[rule, variant]['severity']})" for rule, variant in rules_said) or "–"

    rows = [(f"{case.en}<br>{case.zh}", f"{case.outcome_en}<br>{case.outcome_zh}", case.rules) for case in CASES] + [
        (what.replace(" / ", "<br>"), outcome.replace(" / ", "<br>"), (rule,)) for what, outcome, rule in OTHERS
    ]
    return "\n".join(
        [
            "# What people send, and what comes of it / 实际填报中的情形与处理结果",
            "",
            "Made by `python -m tests.pipeline.field`; every row is a facility of one workspace that a test runs, and",
            "its figure and findings are compared. Braces stand for what a finding names. How files are read is in",
            "[intake.md](intake.md). 本页由测试案例生成，每一行对应一个经测试运行的设施；花括号处为具体内容。",
            "",
            "For one facility and activity type no day's quantity counts from two sources without a warning: where one",
            "is the exact total of the others it does not count, else both do. 同一设施、同一活动类型的同一天，",
            "如由两个来源填报，必有警告：其一恰为其余之和时不计该合计，否则两者均计入。",
            "",
            "| sent 情形 | outcome 结果 | rule 规则 | message | 信息 |",
            "|---|---|---|---|---|",
            *(
                f"| {what} | {outcome} | {codes(said)} | {cell(said, 'text_en')} | {cell(said, 'text_zh')} |"
                for what, outcome, said in rows
            ),
            "",
            "## On published data / 在公开数据上",
            "",
            *ON_PUBLISHED_DATA,
            "",
        ]
    )


def main() -> None:
    page = Path(__file__).parents[2] / BUILT
    page.write_text(render(), encoding="utf-8")
    print(page)


if __name__ == "__main__":
    main()
