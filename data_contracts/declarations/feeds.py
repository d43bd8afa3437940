"""One declaration per feed: columns, headers, meaning, and the rules its rows keep.

From a declaration come the delivered contract (text: what must be there) and the typed contract (values: types, ranges,
rules between columns), both judged by pandera, as well as the headers the reader accepts, the templates and the raw
column types. A new feed is one more `Feed` in FEEDS.

A typed frame has, besides the columns of the feed, `<column>__text` (the cell as delivered) and `<column>__fault` (the
rule the cell broke when it was parsed or looked up, or null), and `times_of_day`, `coverage_start`, `coverage_end`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import polars as pl

from data_contracts.declarations.characters import simplified_characters
from data_contracts.declarations.contracts import Check, Contract, ContractColumn

Kind = Literal["text", "number", "date", "period", "facility", "activity_type", "unit", "currency", "choice", "name"]

QUANTITY = pl.Decimal(22, 9)
POLARS_TYPES: dict[str, pl.DataType] = {"number": QUANTITY, "date": pl.Date()}
FAULTS: dict[str, tuple[str, ...]] = {
    "number": ("not_a_number", "ambiguous_number", "number_out_of_range", "currency_sign", "header_unit_conflict"),
    "date": ("not_a_date", "ambiguous_date", "date_out_of_range"),
    "period": ("not_a_period", "ambiguous_period"),
    "facility": ("unknown_facility",),
    "activity_type": ("unknown_activity_type", "ambiguous_activity_type", "activity_type_open"),
    "unit": ("unknown_unit", "ambiguous_unit", "fill_not_stated", "unit_not_connected"),
    "currency": ("unknown_currency",),
    "choice": ("value_not_accepted",),
    "text": ("digits_lost",),
    "name": (),
}

SURPLUS_CELLS = "surplus_cells"
# The times that the date cells of a row carry beside their days.
TIMES_OF_DAY = "times_of_day"

# Headers that say more than a name.
BRACKETED = re.compile(r"\s*[(（\[［【]([^()（）\[\]［］【】]*)[)）\]］】]\s*")
AFTER_SLASH = re.compile(r"\s*[/／]\s*(.*)$", re.DOTALL)
AFTER_COMMA = re.compile(r"\s*[,，]\s*(.*)$", re.DOTALL)
UNIT_LABEL = re.compile(r"^\s*(?:计量)?(?:单位|unit)\s*[:：]\s*", re.IGNORECASE)
NO_UNIT = re.compile(r"必填|选填|可选|可空|required|optional|^\*+$", re.IGNORECASE)
LONGEST_COVERAGE = "20y"
# Days a bill may cover, and those a reading may take beyond twice its period, before somebody should look.
LONGEST_SERVICE, SLACK_DAYS = 380, 15
INVOICE_TOLERANCE = "0.02"


@dataclass(frozen=True)
class Column:
    """One column of a feed.

    kind: text is kept as delivered; `choice` takes one of `values`, `name` prefers them but keeps other text. `values`
    maps each code to its other spellings. `headers` are accepted besides `name` and `zh`. `unless` names the columns
    that may say the same together: then the header must stand, and the cell may be empty.
    """

    name: str
    kind: Kind
    zh: str
    description: str
    description_zh: str
    example: str
    headers: tuple[str, ...] = ()
    required: bool = True
    unit: str | None = None
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    not_negative: bool = False
    unless: tuple[str, ...] = ()

    @property
    def dtype(self) -> pl.DataType:
        """The type of the column in the raw table."""
        return POLARS_TYPES.get(self.kind, pl.String())

    @property
    def label_en(self) -> str:
        return f"`{self.name}`"

    @property
    def label_zh(self) -> str:
        return f"「{self.zh} {self.name}」"

    @property
    def bilingual_header(self) -> str:
        """The header of templates and feedback; the reader takes it back unchanged."""
        return f"{self.zh}\n{self.name}"

    @property
    def formula_rule(self) -> str:
        """The rule a formula without a value breaks: a remark keeps its text, anything else is refused."""
        return "formula_as_text" if self.kind in ("text", "name") and not self.required else "formula_not_a_value"

    def checks(self) -> list[Check]:
        checks = [_fault_check(self.name, code) for code in (*FAULTS[self.kind], self.formula_rule)]
        if self.not_negative:
            checks.append(Check("negative_value", pl.col(self.name) >= 0))
        return checks


@dataclass(frozen=True)
class RowRule:
    """A rule between columns. `holds` is true, or null where it does not apply; a breach points at `column`.

    `details` fill the message; `other` is the column it names besides.
    """

    code: str
    column: str
    holds: Callable[[], pl.Expr]
    details: Callable[[], Mapping[str, pl.Expr]] = dict
    other: str | None = None


@dataclass(frozen=True)
class Feed:
    """The contract of one feed.

    covered_by: the columns of the first and the last covered day (the same for a single day); a row without them is
    covered by its period, or by its first day alone. example: cells of the example row of templates that differ from
    the examples of their columns, so that the row makes sense. own_headers: header key -> column, of a workspace
    (header_aliases.csv); what it says comes before what the header would mean otherwise.
    """

    name: str
    zh: str
    version: str
    description: str
    description_zh: str
    columns: tuple[Column, ...]
    rules: tuple[RowRule, ...] = ()
    covered_by: tuple[str, str] | None = None
    example: Mapping[str, str] = field(default_factory=dict)
    own_headers: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @cached_property
    def column_of_header(self) -> dict[str, str]:
        """Header key -> column name, for every spelling the reader accepts."""
        accepted: dict[str, str] = {}
        for column in self.columns:
            spellings = {column.name, column.zh, *column.headers}
            spellings |= {one + column.name for one in (column.zh, *column.headers)}
            spellings |= {column.name + one for one in (column.zh, *column.headers)}
            for spelling in spellings:
                if accepted.setdefault(header_key(spelling), column.name) != column.name:
                    raise ValueError(f"{self.name}: header {spelling} stands for two columns")
        return accepted | dict(self.own_headers)

    @cached_property
    def required(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.required)

    @cached_property
    def measured(self) -> str | None:
        """The column whose unit is the row's `unit`."""
        return next((column.name for column in self.columns if column.unit == "unit"), None)

    def match_header(self, header: str) -> str | None:
        """The column a header stands for; remarks in brackets or after a slash and `*` do not matter."""
        return self.split_header(header)[0]

    def split_header(self, header: str) -> tuple[str | None, str | None]:
        """The column a header stands for, and what it says besides in brackets, after slash or comma: 电量（万kWh）."""
        known = self.column_of_header
        if (column := known.get(header_key(header))) is not None:
            return column, None
        for pattern in (BRACKETED, AFTER_SLASH, AFTER_COMMA):
            if found := pattern.search(header):
                column = known.get(header_key(header[: found.start()] + header[found.end() :]))
                if column is not None:
                    beside = UNIT_LABEL.sub("", found.group(1)).strip()
                    # The second of two spellings, or a hint how to fill in the column.
                    says_more = header_key(beside) not in known and not NO_UNIT.search(beside)
                    return column, beside if beside and says_more else None
        return None, None

    @cached_property
    def identity(self) -> tuple[str, ...]:
        """The columns of raw.<feed> in which two rows must agree to be the same row sent twice."""
        return (*self.by_name, TIMES_OF_DAY)

    def raw_schema(self) -> dict[str, pl.DataType]:
        """The columns of raw.<feed>, in order."""
        return (
            {
                "load_id": pl.String(),
                "submission_id": pl.String(),
                "source_sheet": pl.String(),
                "source_row": pl.Int32(),
            }
            | {column.name: column.dtype for column in self.columns}
            | {TIMES_OF_DAY: pl.String(), "coverage_start": pl.Date(), "coverage_end": pl.Date()}
        )

    @cached_property
    def delivered_contract(self) -> Contract:
        """What must be in a row, as text."""
        columns = {
            column.name: ContractColumn(
                pl.String, nullable=not column.required or bool(column.unless), description=column.description
            )
            for column in self.columns
        }
        surplus = ContractColumn(
            pl.UInt32, nullable=False, checks=(Check("too_many_cells", pl.col(SURPLUS_CELLS) == 0),)
        )
        return Contract(f"delivered {self.name} {self.version}", columns | {SURPLUS_CELLS: surplus})

    @cached_property
    def typed_contract(self) -> Contract:
        """What the values of a row must be, alone and together."""
        checks: dict[str, list[Check]] = {column.name: column.checks() for column in self.columns}
        for rule in self.rules:
            checks[rule.column].append(Check(rule.code, rule.holds()))
        columns = {
            column.name: ContractColumn(
                column.dtype,
                checks=tuple(checks[column.name]),
                description=column.description,
                metadata={"unit": column.unit, "example": column.example, "header_zh": column.zh},
            )
            for column in self.columns
        }
        return Contract(f"typed {self.name} {self.version}", columns)


def header_key(header: str) -> str:
    """The form in which headers are compared: width, case, white space, `_`, `-`, `*` and a colon do not matter, nor
    whether a Chinese character is written in its traditional or its simplified form."""
    text = re.sub(r"[\s_\-–—*:.]+", "", unicodedata.normalize("NFKC", header)).casefold()
    return text if text.isascii() else text.translate(simplified_characters())


def _fault_check(column: str, code: str) -> Check:
    return Check(code, pl.col(f"{column}__fault").ne_missing(code))


def _given(column: str) -> pl.Expr:
    return pl.col(f"{column}__text").is_not_null()


def _negative_only_if(allowed: pl.Expr, en: str, zh: str, column: str = "quantity") -> RowRule:
    return RowRule(
        "negative_quantity",
        column,
        lambda: (pl.col(column) >= 0) | pl.col("activity_type").str.starts_with("exported_") | allowed,
        lambda: {"remedy_en": pl.lit(en), "remedy_zh": pl.lit(zh)},
    )


def _ends_after_start(start: str, end: str) -> tuple[RowRule, ...]:
    given = pl.col(end).is_not_null()
    return (
        RowRule(
            "end_before_start",
            end,
            lambda: ~given | (pl.col("coverage_end") >= pl.col("coverage_start")),
            lambda: {"start": pl.col(f"{start}__text")},
        ),
        RowRule(
            "coverage_too_long",
            end,
            lambda: ~given | (pl.col("coverage_end") <= pl.col("coverage_start").dt.offset_by(LONGEST_COVERAGE)),
        ),
    )


def _days_covered() -> pl.Expr:
    return (pl.col("coverage_end") - pl.col("coverage_start")).dt.total_days() + 1


def _unusually_long(end: str, has_period: bool = False) -> RowRule:
    """Dates far longer than the period beside them, or than a year where there is none: a month that ends in the wrong
    year has 393 days or more."""

    def usual_days() -> pl.Expr:
        if not has_period:
            return pl.lit(LONGEST_SERVICE)
        of_period = (pl.col("period__end") - pl.col("period__start")).dt.total_days() + 1
        return (2 * of_period + SLACK_DAYS).fill_null(LONGEST_SERVICE)

    period = pl.col("period__text") if has_period else pl.lit(None, dtype=pl.String)
    return RowRule(
        "coverage_unusually_long",
        end,
        lambda: (
            pl.col(end).is_null()
            | (pl.col("coverage_end") > pl.col("coverage_start").dt.offset_by(LONGEST_COVERAGE))
            | (_days_covered() <= usual_days())
        ),
        lambda: {
            "days": _days_covered(),
            "usual_en": pl.format("the period {}", period).fill_null("a year"),
            "usual_zh": pl.format("统计期 {}", period).fill_null("一年"),
        },
    )


def _end_beside_period(end: str = "end_date", has_period: bool = False) -> RowRule:
    """The whole period and the day after it, or, where no period is given, from the first of a month to the first of
    another: an end that is not meant to be covered."""
    first, last = pl.col("coverage_start"), pl.col("coverage_end")
    of_month = first.dt.day().eq(1) & last.dt.day().eq(1) & (last > first)

    def is_beside() -> pl.Expr:
        if not has_period:
            return of_month
        beside = (first == pl.col("period__start")) & (last == pl.col("period__end").dt.offset_by("1d"))
        return pl.coalesce(beside, of_month)

    def period() -> pl.Expr:
        months = pl.format("{} – {}", first.dt.strftime("%Y-%m"), last.dt.offset_by("-1d").dt.strftime("%Y-%m"))
        months = pl.when(last == first.dt.offset_by("1mo")).then(first.dt.strftime("%Y-%m")).otherwise(months)
        return pl.coalesce("period__text", months) if has_period else months

    return RowRule("end_after_period", end, lambda: pl.col(end).is_null() | ~is_beside(), lambda: {"period": period()})


def _pair(column: str, other: str, code: str = "incomplete_pair") -> RowRule:
    return RowRule(
        code,
        column,
        lambda: _given(column) | ~_given(other),
        lambda: {"value": pl.col(f"{other}__text")},
        other=other,
    )


# What the metrics that the contract knows are counted in, and the units to name in a message; others are free.
METRIC_DIMENSIONS = {
    **dict.fromkeys(
        ("revenue", "gross_output", "fixed_assets", "operational_spend", "energy_spend"),
        ("money", "CNY, 10^4 CNY, 10^8 CNY, USD, EUR"),
    ),
    "headcount": ("person", "person, 10^4 person"),
    "comprehensive_energy": ("energy", "tce, 10^4 tce, GJ, MWh"),
}


def _metric_unit() -> RowRule:
    dimensions = {metric: dimension for metric, (dimension, _) in METRIC_DIMENSIONS.items()}
    accepted = {metric: units for metric, (_, units) in METRIC_DIMENSIONS.items()}

    def fits() -> pl.Expr:
        needed = pl.col("metric").replace_strict(dimensions, default=None, return_dtype=pl.String)
        is_money = pl.col("unit__dimension").str.contains("^[A-Z]{3}$")
        given = pl.when(is_money).then(pl.lit("money")).otherwise("unit__dimension")
        return needed.is_null() | given.is_null() | (given == needed)

    return RowRule(
        "metric_unit",
        "unit",
        fits,
        lambda: {
            "metric": pl.col("metric"),
            "accepted": pl.col("metric").replace_strict(accepted, default="", return_dtype=pl.String),
        },
    )


SAME_SIGN = (
    "of a return or a credit note quantity and amount are both negative, and of a purchase neither",
    "退货或贷项的数量与金额均为负，采购的均为正",
)


# --- columns that several feeds share ---------------------------------------------------------------------------

DATA_QUALITY = {
    "measured": ("实测", "计量", "抄表", "metered", "actual", "actual read", "actual reading"),
    "invoice": ("发票", "票据", "invoiced"),
    "estimated": ("估算", "估计", "估抄", "estimate", "estimated read", "estimated reading"),
    "correction": ("更正", "冲红", "调整", "corrected"),
}


def _period(unless: tuple[str, ...] = ()) -> Column:
    return Column(
        "period",
        "period",
        "统计月份",
        "Month, quarter, half-year or year the row is about"
        + ("; may be empty where both dates are given" if unless else ""),
        "统计期：月份、季度、半年或年份" + ("；两个日期均已填写时可留空" if unless else ""),
        "2024-03",
        headers=("月份", "统计期", "统计期间", "期间", "年月", "年份", "年度", "month", "reporting_period"),
        unless=unless,
    )


def _facility(required: bool = True) -> Column:
    return Column(
        "facility_id",
        "facility",
        "设施编号",
        "Facility, as in facilities.csv",
        "设施编号，同 facilities.csv",
        "ningjin",
        headers=("设施", "基地", "工厂", "厂区", "基地编号", "工厂编号", "厂区编号", "facility", "plant", "site"),
        required=required,
    )


def _activity_type() -> Column:
    return Column(
        "activity_type",
        "activity_type",
        "活动类型",
        "What was consumed, bought or released: code, English or Chinese name",
        "活动类型：代码、英文名或中文名",
        "grid_electricity",
        headers=(
            "能源品种",
            "能源种类",
            "能源类型",
            "能源名称",
            "燃料品种",
            "活动数据类型",
            "排放源类型",
            "品种",
            "energy_type",
            "activity",
        ),
    )


def _quantity(required: bool = True, *headers: str, not_negative: bool = False) -> Column:
    return Column(
        "quantity",
        "number",
        "数量",
        "Quantity in the unit of the row, up to 9 decimals",
        "数量，单位见本行，最多 9 位小数",
        "1234.5",
        headers=("数值", "amount", "qty", *headers),
        required=required,
        unit="unit",
        not_negative=not_negative,
    )


def _unit(required: bool = True) -> Column:
    return Column(
        "unit",
        "unit",
        "单位",
        "Unit of the quantity",
        "数量的单位",
        "MWh",
        headers=("计量单位", "数量单位", "unit_of_measure", "uom"),
        required=required,
    )


def _start_date(required: bool = True) -> Column:
    return Column(
        "start_date",
        "date",
        "开始日期",
        "First day covered",
        "覆盖的第一天",
        "2024-03-01",
        headers=("起始日期", "日期", "发生日期", "date", "start"),
        required=required,
    )


def _end_date() -> Column:
    return Column(
        "end_date",
        "date",
        "结束日期",
        "Last day covered (or the day after it, where organization.yml says period_end: exclusive)",
        "覆盖的最后一天",
        "2024-03-31",
        headers=("截止日期", "终止日期", "end"),
        required=False,
    )


def _meter_id() -> Column:
    return Column(
        "meter_id",
        "text",
        "计量表编号",
        "Meter, unique within its facility",
        "计量表编号，在设施内唯一",
        "E1",
        headers=("表号", "电表号", "计量器具编号", "仪表编号", "meter"),
        required=False,
    )


def _data_quality() -> Column:
    return Column(
        "data_quality",
        "choice",
        "数据质量",
        "measured, invoice, estimated or correction",
        "实测、发票、估算或更正",
        "measured",
        headers=("数据来源类型", "数据类型", "数据性质"),
        required=False,
        values=DATA_QUALITY,
    )


def _source_document() -> Column:
    return Column(
        "source_document",
        "text",
        "凭证",
        "The record the figure was taken from",
        "数据所依据的凭证",
        "DL-2024-03",
        headers=("凭证号", "凭证编号", "数据来源", "来源文件", "document"),
        required=False,
    )


def _remark() -> Column:
    return Column(
        "remark",
        "text",
        "备注",
        "Anything worth knowing",
        "其他说明",
        "",
        headers=("说明", "注释", "note", "remarks", "comment"),
        required=False,
    )


def _currency() -> Column:
    return Column(
        "currency",
        "currency",
        "币种",
        "ISO 4217 code",
        "ISO 4217 币种代码",
        "CNY",
        headers=("货币", "币别", "货币种类"),
        required=False,
    )


def _net_amount() -> Column:
    return Column(
        "net_amount",
        "number",
        "不含税金额",
        "Amount without tax",
        "不含税金额",
        "61725.00",
        headers=("金额", "未税金额", "净额", "金额不含税", "net"),
        required=False,
        unit="currency",
    )


def _optional_number(name: str, zh: str, en: str, description_zh: str, example: str, *headers: str, **more) -> Column:
    return Column(name, "number", zh, en, description_zh, example, headers=headers, required=False, **more)


def _text(
    name: str, zh: str, en: str, description_zh: str, example: str, *headers: str, required: bool = True
) -> Column:
    return Column(name, "text", zh, en, description_zh, example, headers=headers, required=required)


def _day(
    name: str, zh: str, en: str, description_zh: str, example: str, *headers: str, required: bool = True
) -> Column:
    return Column(name, "date", zh, en, description_zh, example, headers=headers, required=required)


# --- the feeds --------------------------------------------------------------------------------------------------

ENERGY_LEDGER = Feed(
    name="energy_ledger",
    zh="能源台账",
    version="1.0.0",
    description="Consumption of energy and fuels per facility and period, from meters and stock ledgers.",
    description_zh="各设施各期的能源与燃料消耗量，来自计量表和库存台账。",
    covered_by=("start_date", "end_date"),
    example=dict.fromkeys(("opening_stock", "received", "closing_stock", "temperature_c", "enthalpy_kj_per_kg"), ""),
    columns=(
        _period(unless=("start_date", "end_date")),
        _facility(),
        _activity_type(),
        _quantity(
            True,
            "消耗量",
            "消费量",
            "用量",
            "使用量",
            "电量",
            "用电量",
            "用电",
            "耗用量",
            "实物量",
            "consumption",
            "usage",
            "units consumed",
        ),
        _unit(),
        _start_date(False),
        _end_date(),
        _meter_id(),
        Column(
            "supplier",
            "text",
            "供应商",
            "Who supplied the energy",
            "能源供应商",
            "State Grid",
            headers=("供应商名称", "供电公司", "供应单位", "supplier_name"),
            required=False,
        ),
        _optional_number(
            "opening_stock", "期初库存", "Stock at the beginning", "期初库存量", "12.5", "期初库存量", unit="unit"
        ),
        _optional_number(
            "received",
            "购进量",
            "Quantity received",
            "本期购进量",
            "30",
            "购入量",
            "采购量",
            "收入量",
            "本期购进",
            unit="unit",
        ),
        _optional_number("closing_stock", "期末库存", "Stock at the end", "期末库存量", "8", "期末库存量", unit="unit"),
        _optional_number(
            "temperature_c", "温度", "Temperature of hot water or steam", "热水或蒸汽温度", "95", "温度℃", unit="°C"
        ),
        _optional_number(
            "enthalpy_kj_per_kg",
            "焓值",
            "Specific enthalpy of the steam",
            "蒸汽焓值",
            "2763",
            "热焓",
            "焓",
            unit="kJ/kg",
            not_negative=True,
        ),
        _data_quality(),
        _source_document(),
        _remark(),
    ),
    rules=(
        _negative_only_if(
            pl.col("data_quality").eq_missing("correction"),
            "set data_quality to correction, or, for energy that was sold or fed in, activity_type to "
            "exported_electricity or exported_heat",
            "请将数据质量填为 correction（更正）；外售或上网的能源，活动类型请填 exported_electricity 或 exported_heat",
        ),
        RowRule("required_cell", "period", lambda: _given("period") | (_given("start_date") & _given("end_date"))),
        _pair("start_date", "end_date", "incomplete_coverage"),
        _pair("end_date", "start_date", "incomplete_coverage"),
        *_ends_after_start("start_date", "end_date"),
        _unusually_long("end_date", has_period=True),
        _end_beside_period(has_period=True),
        RowRule(
            "dates_outside_period",
            "period",
            lambda: (
                (pl.col("start_date").is_null() | pl.col("end_date").is_null() | pl.col("period__end").is_null())
                | (
                    (pl.col("coverage_start") <= pl.col("period__end"))
                    & (pl.col("coverage_end") >= pl.col("period__start"))
                )
            ),
        ),
    ),
)

INVOICES = Feed(
    name="invoices",
    zh="发票",
    version="1.0.0",
    description="Invoices of energy suppliers: the evidence the ledger is reconciled with.",
    description_zh="能源供应商的发票，用于与台账核对。",
    covered_by=("service_start", "service_end"),
    columns=(
        Column(
            "invoice_number",
            "text",
            "发票号码",
            "Number of the invoice",
            "发票号码",
            "24372000000012345678",
            headers=("发票号", "发票编号", "invoice_no", "invoice"),
        ),
        Column(
            "invoice_date",
            "date",
            "开票日期",
            "Date of the invoice",
            "开票日期",
            "2024-04-05",
            headers=("发票日期", "日期", "date"),
        ),
        Column(
            "supplier",
            "text",
            "供应商",
            "Who issued the invoice",
            "开票方",
            "State Grid",
            headers=("供应商名称", "销售方", "销售方名称", "开票方", "supplier_name", "vendor"),
        ),
        _facility(),
        _activity_type(),
        Column(
            "service_start",
            "date",
            "服务开始",
            "First day supplied",
            "供应的第一天",
            "2024-03-01",
            headers=("服务开始日期", "起始日期", "开始日期", "计费开始", "计费开始日期", "service_from"),
        ),
        Column(
            "service_end",
            "date",
            "服务结束",
            "Last day supplied",
            "供应的最后一天",
            "2024-03-31",
            headers=("服务结束日期", "截止日期", "结束日期", "计费结束", "计费结束日期", "service_to"),
        ),
        _quantity(True, "用量", "电量", "用电量", "消耗量", "购入量", "购进量", "usage"),
        _unit(),
        _net_amount(),
        _optional_number("tax_amount", "税额", "Tax", "税额", "8024.25", "税金", "增值税", "tax", unit="currency"),
        _optional_number(
            "gross_amount",
            "价税合计",
            "Amount with tax",
            "价税合计",
            "69749.25",
            "含税金额",
            "总金额",
            "gross",
            unit="currency",
        ),
        _currency(),
        _meter_id(),
        Column(
            "corrects_invoice_number",
            "text",
            "更正发票号码",
            "The invoice that this one corrects or credits",
            "被更正或冲红的发票号码",
            "",
            headers=("原发票号码", "红冲发票号码", "被冲红发票号码", "对应蓝字发票号码"),
            required=False,
        ),
        _remark(),
    ),
    rules=(
        _negative_only_if(
            pl.col("corrects_invoice_number").is_not_null(),
            "name the invoice it corrects in corrects_invoice_number",
            "请在“更正发票号码”中填写被更正的发票",
        ),
        *_ends_after_start("service_start", "service_end"),
        _unusually_long("service_end"),
        _end_beside_period("service_end"),
        RowRule(
            "invoice_total_mismatch",
            "gross_amount",
            lambda: (
                (pl.col("net_amount") + pl.col("tax_amount") - pl.col("gross_amount")).abs()
                <= pl.lit(INVOICE_TOLERANCE).cast(QUANTITY)
            ),
            lambda: {"expected": plain_number(pl.col("net_amount") + pl.col("tax_amount"))},
        ),
    ),
)

PROCUREMENT = Feed(
    name="procurement",
    zh="采购",
    version="1.2.0",
    description="Goods and services bought, one row per document line.",
    description_zh="采购的商品和服务，每个凭证行一行。",
    covered_by=("posting_date", "posting_date"),
    example={
        "activity_type": "aluminium_frame",
        "quantity": "12",
        "unit": "t",
        "net_amount": "240000",
        "supplier_factor_kgco2e_per_unit": "",
    },
    columns=(
        Column(
            "document_number",
            "text",
            "单据编号",
            "Purchase document",
            "采购单据编号",
            "4500012345",
            headers=("采购单号", "采购订单号", "订单号", "单据号", "凭证编号", "凭证号", "document", "po_number"),
        ),
        Column(
            "line_number",
            "text",
            "行号",
            "Line of the document",
            "单据行号",
            "10",
            headers=("行项目", "行项目号", "序号", "line"),
        ),
        Column(
            "posting_date",
            "date",
            "过账日期",
            "Day the purchase counts",
            "过账日期",
            "2024-03-15",
            headers=("记账日期", "入账日期", "采购日期", "日期", "date"),
        ),
        _facility(),
        Column(
            "supplier_id",
            "text",
            "供应商编号",
            "Supplier",
            "供应商编号",
            "S-1001",
            headers=("供应商代码", "供应商", "supplier", "vendor", "vendor_id"),
        ),
        _activity_type(),
        _quantity(False, "采购数量", "采购量", "购入量", "购进量"),
        _unit(False),
        _net_amount(),
        _currency(),
        _optional_number(
            "supplier_factor_kgco2e_per_unit",
            "供应商排放因子",
            "Factor the supplier declares for one unit of the row",
            "供应商提供的每单位排放因子",
            "2.31",
            "供应商因子",
            "产品碳足迹",
            unit="kgCO2e/unit",
            not_negative=True,
        ),
        Column(
            "supplier_factor_includes_transport",
            "choice",
            "供应商因子含运输",
            "Whether the supplier's factor already holds the transport of the row, which category 4 then leaves out",
            "供应商因子是否已包含本行的运输；若包含，类别 4 不再计算",
            "no",
            headers=("因子含运输", "含运输"),
            required=False,
            values={"yes": ("是", "true", "y"), "no": ("否", "false", "n")},
        ),
        Column(
            "transport_mode",
            "name",
            "运输方式",
            "How the goods came",
            "运输方式",
            "road",
            headers=("运输模式", "mode"),
            required=False,
            values={
                "road": ("公路", "汽运", "卡车", "truck"),
                "rail": ("铁路", "火车", "train"),
                "sea": ("海运", "船运", "ship"),
                "inland_waterway": ("内河", "水运", "barge"),
                "air": ("空运", "航空"),
            },
        ),
        _optional_number(
            "transport_distance_km",
            "运输距离",
            "Distance the goods travelled",
            "运输距离（公里）",
            "850",
            "运距",
            unit="km",
            not_negative=True,
        ),
        _optional_number(
            "transported_mass_t",
            "运输质量",
            "Mass transported",
            "运输质量（吨）",
            "12",
            "运输重量",
            "运输吨数",
            unit="t",
            not_negative=True,
        ),
        _remark(),
    ),
    rules=(
        RowRule(
            "quantity_or_amount_required",
            "quantity",
            lambda: _given("quantity") | _given("unit") | _given("net_amount") | _given("currency"),
        ),
        _pair("quantity", "unit"),
        _pair("unit", "quantity"),
        _pair("net_amount", "currency"),
        _pair("currency", "net_amount"),
        # Business software posts a return or a credit note as a line of its own, with the sign of what it takes back.
        _negative_only_if(pl.col("net_amount").fill_null(0) <= 0, *SAME_SIGN),
        _negative_only_if(pl.col("quantity").fill_null(0) <= 0, *SAME_SIGN, "net_amount"),
    ),
)

ACTIVITY_LOG = Feed(
    name="activity_log",
    zh="活动数据",
    version="1.0.0",
    description="Any other activity: refrigerants, process gases, freight, waste, travel, commuting, leased assets, "
    "processing, end of life, investments.",
    description_zh="其他活动：制冷剂、工艺气体、货运、废物、差旅、通勤、租赁资产、加工、报废处理、投资等。",
    covered_by=("start_date", "end_date"),
    example={
        "start_date": "2024-03-05",
        "activity_type": "fugitive_r410a",
        "quantity": "3.2",
        "unit": "kg",
        **dict.fromkeys(("end_date", "factor_kgco2e_per_unit", "payer", "process"), ""),
    },
    columns=(
        Column(
            "record_id",
            "text",
            "记录编号",
            "Number of the record",
            "记录编号",
            "R-0001",
            headers=("编号", "记录号", "序号", "record"),
        ),
        _start_date(),
        _end_date(),
        _facility(),
        _activity_type(),
        _quantity(True, "消耗量", "用量", "使用量", "充装量", "逸散量", "重量"),
        _unit(),
        _optional_number(
            "factor_kgco2e_per_unit",
            "排放因子",
            "Own factor for one unit of the row",
            "本行每单位的自有排放因子",
            "0.09",
            "自有因子",
            "因子",
            "factor",
            unit="kgCO2e/unit",
            not_negative=True,
        ),
        Column(
            "payer",
            "choice",
            "付款方",
            "Who pays the freight: reporter (category 4) or other (category 9)",
            "运费支付方：本企业（类别 4）或其他（类别 9）",
            "reporter",
            headers=("运费承担方", "支付方"),
            required=False,
            values={"reporter": ("本企业", "本公司", "我方", "self"), "other": ("其他", "其他方", "对方", "客户")},
        ),
        Column(
            "process",
            "text",
            "工序",
            "Process or tool that used the gas",
            "使用气体的工序",
            "PECVD",
            headers=("工艺", "过程"),
            required=False,
        ),
        Column(
            "counterparty",
            "text",
            "往来单位",
            "Carrier, waste contractor, traveller, investee …",
            "承运商、处置单位、出行人、被投资方等",
            "",
            headers=("对方单位", "承运商", "处置单位", "员工", "被投资方"),
            required=False,
        ),
        _data_quality(),
        _source_document(),
        _remark(),
    ),
    rules=(
        _negative_only_if(
            pl.col("data_quality").eq_missing("correction"),
            "set data_quality to correction",
            "请将数据质量填为 correction（更正）",
        ),
        *_ends_after_start("start_date", "end_date"),
        _unusually_long("end_date"),
        _end_beside_period(),
    ),
)

PRODUCTION = Feed(
    name="production",
    zh="产量",
    version="1.0.0",
    description="Output per facility, workshop and product.",
    description_zh="各设施、车间和产品的产量。",
    example={"quantity": "120.5", "unit": "MW"},
    columns=(
        _period(),
        _facility(),
        Column(
            "workshop",
            "text",
            "车间",
            "Workshop",
            "车间",
            "Cell workshop 1",
            headers=("生产车间", "产线", "生产线"),
        ),
        Column(
            "product",
            "text",
            "产品",
            "Product",
            "产品",
            "PERC cell",
            headers=("产品名称", "产品型号", "品名"),
        ),
        _quantity(True, "产量", "产出量", "产出", "output", not_negative=True),
        _unit(),
    ),
)

BUSINESS_METRICS = Feed(
    name="business_metrics",
    zh="经营指标",
    version="1.1.0",
    description="Denominators of intensities, and other figures of the business.",
    description_zh="强度指标的分母及其他经营数据。",
    example={"period": "2024", "unit": "10^8 CNY", "facility_id": ""},
    columns=(
        _period(),
        Column(
            "metric",
            "name",
            "指标",
            "revenue, headcount, shipments_mw, production_mw, comprehensive_energy …",
            "营业收入、员工人数、出货量、产量、综合能耗等",
            "revenue",
            headers=("指标名称", "经营指标", "metric_name"),
            values={
                "revenue": ("营业收入", "收入", "营收", "sales"),
                "headcount": ("员工人数", "职工人数", "从业人数", "人数", "employees"),
                "shipments_mw": ("出货量", "组件出货量"),
                "production_mw": ("产量", "组件产量"),
                "comprehensive_energy": ("综合能耗", "综合能源消费量", "综合能源消耗量"),
                "gross_output": ("总产值", "工业总产值"),
                "fixed_assets": ("固定资产", "固定资产合计"),
            },
        ),
        Column(
            "value",
            "number",
            "数值",
            "Value in the unit of the row",
            "数值，单位见本行",
            "815.56",
            headers=("数量", "值", "金额"),
            unit="unit",
        ),
        _unit(),
        _facility(False),
    ),
    rules=(_metric_unit(),),
)

ENERGY_INSTRUMENTS = Feed(
    name="energy_instruments",
    zh="绿证绿电",
    version="1.1.0",
    description="Contractual instruments of electricity (certificates, green power, contracts) and carbon credits.",
    description_zh="电力合同工具（绿证、绿电、购电协议）与碳信用。",
    covered_by=("claim_start", "claim_end"),
    example={"quantity": "5000", "tracking_id": "", "registry": ""},
    columns=(
        _text(
            "instrument_id", "工具编号", "Identifier of the instrument", "工具编号", "GEC-2024-0001", "证书编号", "编号"
        ),
        Column(
            "instrument_type",
            "choice",
            "工具类型",
            "gec, green_power_trade, i_rec, go, rec, ppa, green_tariff, on_site; vcu, ccer, carbon_credit",
            "绿证、绿电交易、I-REC、购电协议、绿色电价、自发自用；VCU、CCER、碳信用",
            "gec",
            headers=("类型", "凭证类型", "type"),
            values={
                "gec": ("绿证", "绿色电力证书", "中国绿证"),
                "green_power_trade": ("绿电", "绿电交易", "绿色电力交易", "green power"),
                "i_rec": ("I-REC", "IREC", "国际绿证"),
                "go": ("guarantee of origin",),
                "rec": ("renewable energy certificate",),
                "ppa": ("购电协议", "power purchase agreement"),
                "green_tariff": ("绿色电价", "绿电套餐", "green tariff"),
                "on_site": ("自发自用", "on-site", "onsite"),
                "vcu": ("VCS",),
                "ccer": ("国家核证自愿减排量",),
                "carbon_credit": ("碳信用", "carbon credit"),
            },
        ),
        _day("vintage_start", "生产开始", "First day of generation", "电力生产的第一天", "2024-01-01", "生产开始日期"),
        _day("vintage_end", "生产结束", "Last day of generation", "电力生产的最后一天", "2024-12-31", "生产结束日期"),
        _text(
            "country", "国家", "Market of issue (ISO 3166 alpha-3)", "签发市场（ISO 3166 三位代码）", "CHN", "国家代码"
        ),
        _quantity(True, "电量", "证书数量", not_negative=True),
        _unit(),
        _day(
            "claim_start", "主张开始", "First day claimed", "主张使用的第一天", "2024-01-01", "主张开始日期", "使用开始"
        ),
        _day(
            "claim_end", "主张结束", "Last day claimed", "主张使用的最后一天", "2024-12-31", "主张结束日期", "使用结束"
        ),
        _day("retired_on", "注销日期", "Day of retirement", "注销日期", "2025-01-15", "核销日期", required=False),
        _facility(False),
        _optional_number(
            "factor_kgco2e_per_kwh",
            "排放因子",
            "Emission rate of the generation",
            "发电排放因子",
            "0",
            "因子",
            unit="kg CO2e/kWh",
            not_negative=True,
        ),
        _text(
            "tracking_id",
            "追踪编号",
            "Identifier of the MWh in its registry",
            "登记系统中的电量编号",
            "",
            required=False,
        ),
        _text("registry", "登记机构", "Registry", "登记机构", "", "登记平台", required=False),
        _text("project", "项目", "Project", "项目名称", "", "项目名称", required=False),
        _text("serial", "序列号", "Serial numbers", "序列号", "", required=False),
        _text("beneficiary", "受益方", "In whose name it was retired", "注销受益方", "", required=False),
        _remark(),
        _text(
            "technology",
            "发电技术",
            "How it was generated: wind, solar, hydro …",
            "发电方式：风电、光伏、水电等",
            "wind",
            "技术",
            "能源类型",
            required=False,
        ),
        _day(
            "commissioned_on",
            "投运日期",
            "Day on which the generator went into operation",
            "机组投运日期",
            "2021-06-30",
            "并网日期",
            required=False,
        ),
        _text(
            "grid_region",
            "电网区域",
            "Grid region of the generation",
            "发电所在电网区域",
            "CN-NORTH",
            "所在电网",
            required=False,
        ),
        _text(
            "generated_from",
            "发电时段起",
            "First hour of generation, where it is known by the hour",
            "发电时段的起始小时（如按小时记载）",
            "2024-03-01 13:00",
            required=False,
        ),
        _text(
            "generated_to",
            "发电时段止",
            "End of the last hour of generation",
            "发电时段的结束时刻",
            "2024-03-01 14:00",
            required=False,
        ),
        Column(
            "tradable",
            "choice",
            "可交易",
            "Whether the certificate may be traded",
            "证书是否可交易",
            "yes",
            headers=("是否可交易",),
            required=False,
            values={"yes": ("是", "true", "y", "可交易"), "no": ("否", "false", "n", "不可交易")},
        ),
        _day(
            "contract_date",
            "合同日期",
            "Day on which the contract was signed",
            "合同签订日期",
            "2023-12-01",
            "签约日期",
            required=False,
        ),
        Column(
            "retired_for_year",
            "period",
            "注销年份",
            "Year (or month) of consumption that it was retired for",
            "注销所对应的用电年份",
            "2024",
            headers=("抵消年份", "用电年份"),
            required=False,
        ),
    ),
    rules=(
        *_ends_after_start("claim_start", "claim_end"),
        RowRule(
            "end_before_start",
            "vintage_end",
            lambda: pl.col("vintage_end") >= pl.col("vintage_start"),
            lambda: {"start": pl.col("vintage_start__text")},
        ),
    ),
)

FEEDS: dict[str, Feed] = {
    feed.name: feed
    for feed in (
        ENERGY_LEDGER,
        INVOICES,
        PROCUREMENT,
        ACTIVITY_LOG,
        PRODUCTION,
        ENERGY_INSTRUMENTS,
        BUSINESS_METRICS,
    )
}


def plain_number(value: pl.Expr) -> pl.Expr:
    """A decimal as text without trailing zeros."""
    return value.cast(pl.String).str.replace(r"(\.[0-9]*?)0+$", "$1").str.replace(r"\.$", "")


def with_own_headers(aliases: Iterable[tuple[str, str, str]]) -> dict[str, Feed]:
    """The feeds with the headers of a workspace besides their own: feed, column, header."""
    own: dict[str, dict[str, str]] = {}
    for feed, column, header in aliases:
        own.setdefault(feed, {})[header_key(header)] = column
    return {name: replace(feed, own_headers=own[name]) if name in own else feed for name, feed in FEEDS.items()}


def feed_of_name(name: str, feeds: Mapping[str, Feed] | None = None) -> Feed | None:
    """The feed a file stem or sheet name stands for: FEED or FEED-anything, in English or Chinese."""
    text = unicodedata.normalize("NFKC", name).strip().translate(simplified_characters())
    for feed in (FEEDS if feeds is None else feeds).values():
        for title in (feed.name, feed.zh):
            if re.fullmatch(rf"{re.escape(title)}(\s*[-–—－].*)?", text, flags=re.IGNORECASE | re.DOTALL):
                return feed
    return None


FEED_NAMES = ", ".join(f"{feed.name} ({feed.zh})" for feed in FEEDS.values())
