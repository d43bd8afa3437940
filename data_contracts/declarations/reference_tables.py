"""The reference tables of a workspace: one declaration per table, with the rules between its columns.

Decimals are exact; factors, shares and GWPs keep 12 decimals (further ones are rounded half up).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import polars as pl

from data_contracts.declarations.contracts import Check, Contract, ContractColumn
from data_contracts.declarations.feeds import SURPLUS_CELLS, header_key
from data_contracts.declarations.vocabulary import read_seed

FOLDER = "reference"
SOURCE_ROW = "source_row"

# Far above anything that is emitted, so that no figure made of them outgrows a decimal: twice what the world emits.
LARGEST_TONNES = "100000000000"
LARGEST_FACTOR = "1000000000"

Kind = Literal["text", "decimal", "conversion", "tonnes", "date", "integer", "boolean", "choice", "country"]

FACTOR = pl.Decimal(28, 12)
CONVERSION = pl.Decimal(38, 18)
TONNES = pl.Decimal(22, 9)
POLARS_TYPES: dict[str, pl.DataType] = {
    "decimal": FACTOR,
    "conversion": CONVERSION,
    "tonnes": TONNES,
    "date": pl.Date(),
    "integer": pl.Int32(),
    "boolean": pl.Boolean(),
}
FAULTS: dict[str, tuple[str, ...]] = {
    "decimal": ("not_a_number", "ambiguous_number", "number_out_of_range"),
    "conversion": ("not_a_number", "ambiguous_number", "number_out_of_range"),
    "tonnes": ("not_a_number", "ambiguous_number", "number_out_of_range"),
    "date": ("not_a_date", "ambiguous_date", "date_out_of_range"),
    "integer": ("not_a_whole_number",),
    "boolean": ("not_a_boolean",),
    "choice": ("value_not_accepted",),
    "country": ("not_a_country",),
    "text": (),
}
EARLIEST, LATEST = pl.date(1, 1, 1), pl.date(9999, 12, 31)

# Chinese headers that mean the same in every table.
HEADERS_ZH = {
    "facility_id": ("设施编号",),
    "name": ("名称", "设施名称"),
    "name_zh": ("中文名称",),
    "name_en": ("英文名称",),
    "base": ("基地",),
    "legal_entity": ("法人", "法人实体"),
    "country": ("国家",),
    "grid_region": ("电网区域",),
    "equity_share": ("股权比例",),
    "valid_from": ("生效日期",),
    "valid_to": ("失效日期",),
    "meter_id": ("计量表编号",),
    "workshop": ("车间",),
    "activity_type": ("活动类型",),
    "parent_meter_id": ("上级计量表编号",),
    "model": ("型号",),
    "accuracy": ("精度", "准确度等级"),
    "calibrated_on": ("检定日期",),
    "calibration_due": ("检定有效期",),
    "unit": ("单位",),
    "source": ("来源",),
    "publication": ("出处",),
    "year": ("年份",),
    "document": ("文件",),
}


@dataclass(frozen=True)
class ReferenceColumn:
    """One column: its kind, whether every row needs it, its default, and the values it may take."""

    name: str
    kind: Kind = "text"
    required: bool = False
    default: Any = None
    values: tuple[str, ...] = ()
    at_least: str | None = None
    at_most: str | None = None
    above: str | None = None
    one_of_many: bool = False
    aliases: tuple[tuple[str, str], ...] = ()  # other words for the values

    @property
    def dtype(self) -> pl.DataType:
        return POLARS_TYPES.get(self.kind, pl.String())

    @property
    def accepted(self) -> str:
        """What a message says would be accepted."""
        if self.values:
            return ("; " if self.one_of_many else ", ").join(self.values)
        bounds = [f"> {self.above}"] if self.above else [f">= {self.at_least}"] if self.at_least else []
        return ", ".join([*bounds, *([f"<= {self.at_most}"] if self.at_most else [])])

    def checks(self) -> list[Check]:
        value = pl.col(self.name)
        checks = [Check(code, pl.col(f"{self.name}__fault").ne_missing(code)) for code in FAULTS[self.kind]]
        for bound, holds in ((self.at_least, value.ge), (self.at_most, value.le), (self.above, value.gt)):
            if bound is not None:
                checks.append(Check("value_out_of_range", holds(pl.lit(bound).cast(self.dtype))))
        return checks


@dataclass(frozen=True)
class TableRule:
    """A rule between the columns of a row. `holds` is true, or null where it does not apply."""

    code: str
    column: str
    holds: Callable[[], pl.Expr]
    value_of: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ReferenceTable:
    """The contract of one reference table.

    unique: columns that identify a row. valid_per: columns of which two rows may not be valid on one day; named_by: the
    column by which a message names a row.
    """

    name: str
    columns: tuple[ReferenceColumn, ...]
    required: bool = False
    unique: tuple[str, ...] = ()
    valid_per: tuple[str, ...] = ()
    named_by: str | None = None
    rules: tuple[TableRule, ...] = ()

    @property
    def file(self) -> str:
        return f"{FOLDER}/{self.name}.csv"

    @cached_property
    def by_name(self) -> dict[str, ReferenceColumn]:
        return {column.name: column for column in self.columns}

    @cached_property
    def column_of_header(self) -> dict[str, str]:
        return {
            header_key(spelling): column.name
            for column in self.columns
            for spelling in (column.name, *HEADERS_ZH.get(column.name, ()))
        }

    def raw_schema(self) -> dict[str, pl.DataType]:
        """The columns of raw.reference_<table>, in order."""
        return {column.name: column.dtype for column in self.columns} | {SOURCE_ROW: pl.Int32()}

    @cached_property
    def delivered_contract(self) -> Contract:
        columns = {column.name: ContractColumn(pl.String, nullable=not column.required) for column in self.columns}
        surplus = ContractColumn(
            pl.UInt32, nullable=False, checks=(Check("too_many_cells", pl.col(SURPLUS_CELLS) == 0),)
        )
        return Contract(f"delivered {self.name}", columns | {SURPLUS_CELLS: surplus})

    @cached_property
    def typed_contract(self) -> Contract:
        checks = {column.name: column.checks() for column in self.columns}
        for rule in self.rules:
            checks[rule.column].append(Check(rule.code, rule.holds()))
        if self.unique:
            row = pl.struct(self.unique)
            checks[self.unique[0]].append(Check("duplicate_key", row.is_unique()))
        columns = {
            column.name: ContractColumn(column.dtype, checks=tuple(checks[column.name])) for column in self.columns
        }
        return Contract(f"typed {self.name}", columns)


# --- columns --------------------------------------------------------------------------------------------------------


def _text(name: str, **more: Any) -> ReferenceColumn:
    return ReferenceColumn(name, **more)


def _decimal(name: str, **more: Any) -> ReferenceColumn:
    return ReferenceColumn(name, "decimal", **more)


def _tonnes(name: str, **more: Any) -> ReferenceColumn:
    return ReferenceColumn(name, "tonnes", at_least=f"-{LARGEST_TONNES}", at_most=LARGEST_TONNES, **more)


def _share(name: str, **more: Any) -> ReferenceColumn:
    return ReferenceColumn(name, "decimal", at_least="0", at_most="1", **more)


def _date(name: str, **more: Any) -> ReferenceColumn:
    return ReferenceColumn(name, "date", **more)


def _year(name: str, **more: Any) -> ReferenceColumn:
    return ReferenceColumn(name, "integer", at_least="1990", at_most="2100", **more)


def _choice(name: str, *values: str, **more: Any) -> ReferenceColumn:
    return ReferenceColumn(name, "choice", values=values, **more)


def _texts(*names: str) -> tuple[ReferenceColumn, ...]:
    return tuple(ReferenceColumn(name) for name in names)


def _validity(from_required: bool = False) -> tuple[ReferenceColumn, ...]:
    return (_date("valid_from", required=from_required), _date("valid_to"))


SCOPES = ("1", "2", "3", "outside")
SCOPE2_METHOD = _choice("scope2_method", "location", "market")
HEATING_VALUE_BASIS = _choice(
    "heating_value_basis",
    "net",
    "gross",
    aliases=(*((word, "gross") for word in ("高位", "高热值")), *((word, "net") for word in ("低位", "低热值"))),
)
FUEL_USES = ("stationary", "mobile")
FUEL_USE_WORDS = (
    *((word, "stationary") for word in ("固定", "固定源", "固定燃烧", "固定源燃烧")),
    *((word, "mobile") for word in ("移动", "移动源", "移动燃烧", "移动源燃烧", "流动源")),
)
GHG_PROTOCOL_CATEGORY = ReferenceColumn("ghg_protocol_category", "integer", at_least="1", at_most="15")
ISO_14064_CATEGORY = ReferenceColumn("iso_14064_category", "integer", at_least="1", at_most="6")
FACTOR_VALUES = ("co2_kg", "ch4_kg", "n2o_kg", "co2e_kg", "biogenic_co2_kg")
VALIDITY_ORDER = TableRule(
    "validity_ends_before_it_starts",
    "valid_to",
    lambda: pl.col("valid_to") >= pl.col("valid_from"),
    "valid_to",
)


# The classes of data_quality_levels, by indicator, and the five indicators of the GHG Protocol Scope 3 Standard.
DATA_QUALITY_CLASSES = {
    indicator: tuple(levels["class"].to_list())
    for (indicator,), levels in read_seed("data_quality_levels").group_by("indicator", maintain_order=True)
}
DATA_QUALITY_SCORES = ("technology", "time", "geography", "completeness", "reliability")


def _given(column: str) -> pl.Expr:
    return pl.col(f"{column}__text").is_not_null()


def _all_or_none(columns: Sequence[str]) -> tuple[TableRule, ...]:
    """One rule per column: it is given when one of the others is."""
    return tuple(
        TableRule(
            "incomplete_values",
            column,
            lambda column=column, other=other: ~_given(other) | _given(column),
            other,
            {"other_en": f"`{other}`", "other_zh": f"「{other}」"},
        )
        for other, column in [*itertools.pairwise(columns), (columns[-1], columns[0])]
    )


# --- tables -----------------------------------------------------------------------------------------------------------

TABLES: dict[str, ReferenceTable] = {
    table.name: table
    for table in (
        ReferenceTable(
            "facilities",
            (
                _text("facility_id", required=True),
                _text("name", required=True),
                *_texts("name_zh", "base", "legal_entity"),
                ReferenceColumn("country", "country", required=True),
                _text("grid_region"),
                _share("equity_share", default="1"),
                ReferenceColumn("operational_control", "boolean", default=True),
                _choice("financial_control", "true", "false", "joint", default="true"),
                _choice("outside_boundary_category", "8", "13", "15"),
                *_validity(),
                _text("expected_activity_types"),
                HEATING_VALUE_BASIS,
            ),
            required=True,
            valid_per=("facility_id",),
            rules=(VALIDITY_ORDER,),
        ),
        ReferenceTable(
            "meters",
            (
                _text("facility_id", required=True),
                _text("meter_id", required=True),
                *_texts("workshop", "activity_type", "parent_meter_id", "model", "accuracy"),
                _date("calibrated_on"),
                _date("calibration_due"),
            ),
            unique=("facility_id", "meter_id"),
        ),
        ReferenceTable(
            "submitters",
            (_text("submitter", required=True), _text("facilities")),
            unique=("submitter",),
        ),
        ReferenceTable(
            "header_aliases",
            (
                _text("feed", required=True),
                _text("column", required=True),
                _text("header", required=True),
            ),
            unique=("feed", "header"),
        ),
        ReferenceTable(
            "activity_types",
            (
                _text("activity_type", required=True),
                *_texts("name_en", "name_zh"),
                _text("source_class", required=True),
                _choice(
                    "method",
                    "fuel_combustion",
                    "electricity",
                    "heat",
                    "gas_release",
                    "emission_factor",
                    "direct",
                    required=True,
                ),
                _text("canonical_unit", required=True),
                *_texts("fuel", "gas", "carrier_class", "aliases"),
                _choice("fuel_use", *FUEL_USES, aliases=FUEL_USE_WORDS),
            ),
            unique=("activity_type",),
            rules=(
                TableRule(
                    "incomplete_values",
                    "fuel",
                    lambda: (pl.col("method") != "fuel_combustion") | _given("fuel"),
                    "method",
                    {"other_en": "`method`", "other_zh": "「method」"},
                ),
                TableRule(
                    "incomplete_values",
                    "gas",
                    lambda: (pl.col("method") != "gas_release") | _given("gas"),
                    "method",
                    {"other_en": "`method`", "other_zh": "「method」"},
                ),
            ),
        ),
        ReferenceTable(
            "activity_aliases",
            (
                _text("name", required=True),
                _text("activity_type", required=True),
                *_texts("remark"),
            ),
            unique=("name",),
        ),
        ReferenceTable(
            "emission_factors",
            (
                _text("factor_id", required=True),
                _text("activity_type", required=True),
                _choice("stage", "direct", "upstream", "transmission_losses", "biogenic", default="direct"),
                _choice("scope", *SCOPES),
                GHG_PROTOCOL_CATEGORY,
                ISO_14064_CATEGORY,
                SCOPE2_METHOD,
                _text("geography", required=True),
                *_validity(from_required=True),
                _text("per_unit", required=True),
                _decimal("co2_kg", at_least="0", at_most=LARGEST_FACTOR),
                _decimal("ch4_kg", at_least="0", at_most=LARGEST_FACTOR),
                _decimal("n2o_kg", at_least="0", at_most=LARGEST_FACTOR),
                _decimal("co2e_kg", at_least="0", at_most=LARGEST_FACTOR),
                _text("gwp_set"),
                _decimal("biogenic_co2_kg", at_least=f"-{LARGEST_FACTOR}", at_most=LARGEST_FACTOR),
                _decimal("uncertainty_share", at_least="0", at_most="1000"),
                _share("loss_share"),
                _choice("loss_basis", "generated", "delivered"),
                _year("data_year"),
                _text("publication", required=True),
                *_texts("published_on", "licence"),
                _text("source", required=True),
            ),
            valid_per=("activity_type", "stage", "scope2_method", "geography"),
            named_by="factor_id",
            rules=(
                VALIDITY_ORDER,
                TableRule(
                    "factor_without_value",
                    "co2_kg",
                    lambda: pl.any_horizontal(_given(name) for name in FACTOR_VALUES),
                    "factor_id",
                ),
                TableRule(
                    "factor_sum_and_gases",
                    "co2e_kg",
                    lambda: (
                        ~_given("co2e_kg") | ~pl.any_horizontal(_given(name) for name in ("co2_kg", "ch4_kg", "n2o_kg"))
                    ),
                    "factor_id",
                ),
            ),
        ),
        ReferenceTable(
            "fuel_properties",
            (
                _text("factor_set"),
                _text("fuel", required=True),
                _choice("use", *FUEL_USES, aliases=FUEL_USE_WORDS),
                _decimal("ncv", above="0.0000001", at_most="1000000"),
                _text("ncv_unit"),
                _decimal("carbon_content_tc_per_gj", at_least="0", at_most="1000"),
                _share("oxidation_rate"),
                *(
                    _decimal(name, at_least="0", at_most="1000000")
                    for name in ("co2_kg_per_tj", "ch4_kg_per_tj", "n2o_kg_per_tj")
                ),
                ReferenceColumn("biogenic", "boolean"),
                _text("geography"),
                *_validity(),
                *_texts("publication", "source"),
            ),
            valid_per=("factor_set", "fuel", "use", "geography"),
            rules=(
                VALIDITY_ORDER,
                TableRule(
                    "incomplete_values",
                    "ncv_unit",
                    lambda: ~_given("ncv") | _given("ncv_unit"),
                    "ncv",
                    {"other_en": "`ncv`", "other_zh": "「ncv」"},
                ),
            ),
        ),
        ReferenceTable(
            "fuel_densities",
            (
                _text("fuel", required=True),
                _decimal("density", required=True, above="0.0000001", at_most="1000000"),
                _text("density_unit", required=True),
                _text("geography"),
                *_validity(),
                *_texts("publication", "source"),
            ),
            valid_per=("fuel", "geography"),
            rules=(VALIDITY_ORDER,),
        ),
        ReferenceTable(
            "gwp",
            (
                _text("gwp_set", required=True),
                _text("gas", required=True),
                _text("formula"),
                _decimal("gwp100", required=True, at_least="0", at_most="1000000"),
                _choice("gas_group", "co2", "ch4", "n2o", "hfcs", "pfcs", "sf6", "nf3", "other", required=True),
                ReferenceColumn("kyoto_basket", "boolean", required=True),
                *_texts("publication", "source"),
            ),
            unique=("gwp_set", "gas"),
        ),
        ReferenceTable(
            "gas_blends",
            (
                _text("blend", required=True),
                _text("component", required=True),
                _share("mass_share", required=True),
                *_texts("publication", "source"),
            ),
            unique=("blend", "component"),
        ),
        ReferenceTable(
            "units",
            (
                _text("unit", required=True),
                _text("dimension", required=True),
                ReferenceColumn("to_base", "conversion", required=True, above="0", at_most="1000000000000000"),
                HEATING_VALUE_BASIS,
                *_texts("aliases", "name_en", "name_zh", "source"),
            ),
            unique=("unit",),
        ),
        ReferenceTable(
            "geographies",
            (_text("geography", required=True), *_texts("parent", "name_en", "name_zh")),
            unique=("geography",),
        ),
        ReferenceTable(
            "electricity_markets",
            (
                ReferenceColumn("country", "country", required=True),
                _text("market", required=True),
                *_texts("publication", "source"),
            ),
            unique=("country",),
        ),
        ReferenceTable(
            "process_gas_parameters",
            (
                _text("parameter_set"),
                *(_text(name, required=True) for name in ("gas", "process")),
                _choice(
                    "parameter",
                    "heel",
                    "utilisation",
                    "by_product",
                    "abatement_share",
                    "destruction",
                    "leak_rate",
                    required=True,
                ),
                _text("by_product"),
                _share("value", required=True),
                *_texts("publication", "source"),
            ),
            unique=("gas", "process", "parameter", "by_product"),
        ),
        ReferenceTable(
            "exchange_rates",
            (
                _text("currency", required=True),
                _text("per_currency", required=True),
                _year("year", required=True),
                _decimal("rate", required=True, above="0.0000001", at_most="100000000"),
                *_texts("publication", "source"),
            ),
            unique=("currency", "per_currency", "year"),
        ),
        ReferenceTable(
            "price_indices",
            (
                _text("price_index", required=True),
                _text("currency", required=True),
                _year("year", required=True),
                _decimal("value", required=True, above="0.0000001", at_most="1000000000"),
                *_texts("base_year", "publication", "source"),
            ),
            unique=("price_index", "currency", "year"),
        ),
        ReferenceTable(
            "metrics",
            (
                _text("metric", required=True),
                *_texts("name_en", "name_zh"),
                _choice("kind", "flow", "stock", required=True),
            ),
            unique=("metric",),
        ),
        ReferenceTable(
            "targets",
            (
                _text("target_id", required=True),
                *_texts("name_en", "name_zh"),
                _choice("kind", "absolute", "intensity", "low_carbon_share", "supplier_engagement", required=True),
                _choice("scopes", "1", "2", "3", required=True, one_of_many=True),
                _choice("ghg_protocol_categories", *map(str, range(1, 16)), one_of_many=True),
                SCOPE2_METHOD,
                _text("denominator"),
                _year("base_year", required=True),
                _year("target_year", required=True),
                _decimal("reduction", required=True, above="0", at_most="1"),
                _choice("pathway", "linear", "compound"),
                *_texts("method_version", "status"),
                _date("submitted_on"),
                _choice("term", "near", "long"),
                _share("coverage"),
            ),
            unique=("target_id",),
            rules=(
                # The same percentage of what is left, every year, never leaves nothing.
                TableRule(
                    "compound_to_zero",
                    "reduction",
                    lambda: (pl.col("pathway").fill_null("linear") != "compound") | (pl.col("reduction") < 1),
                ),
                TableRule(
                    "target_before_base_year",
                    "target_year",
                    lambda: pl.col("target_year") > pl.col("base_year"),
                    "target_year",
                ),
                TableRule(
                    "incomplete_values",
                    "denominator",
                    lambda: (pl.col("kind") != "intensity") | _given("denominator"),
                    "kind",
                    {"other_en": "`kind`", "other_zh": "「kind」"},
                ),
            ),
        ),
        ReferenceTable(
            "target_progress_published",
            (
                _text("target_id", required=True),
                _year("year", required=True),
                _decimal("progress", required=True, at_least="-1000", at_most="1000"),
                _text("document"),
            ),
            unique=("target_id", "year"),
        ),
        ReferenceTable(
            "measures",
            (
                _text("measure_id", required=True),
                *_texts("name_en", "name_zh", "facility_id"),
                _year("year"),
                _date("started_on"),
                _date("ended_on"),
                _tonnes("expected_t"),
                _decimal("expected_mwh", at_least="0", at_most="1000000000"),
                _text("measured_activity_type"),
                _tonnes("realised_t"),
                _decimal("realised_mwh", at_least="0", at_most="1000000000"),
                _text("document"),
            ),
            unique=("measure_id", "year"),
            rules=(
                # The row without a year declares the measure; a row of a year says what was realised in it.
                TableRule(
                    "incomplete_values",
                    "started_on",
                    lambda: _given("year") | _given("started_on"),
                    "measure_id",
                    {"other_en": "`measure_id`", "other_zh": "「measure_id」"},
                ),
                TableRule(
                    "validity_ends_before_it_starts",
                    "ended_on",
                    lambda: pl.col("ended_on") >= pl.col("started_on"),
                    "ended_on",
                ),
            ),
        ),
        ReferenceTable(
            "reported_inventories",
            (
                _year("year", required=True),
                _choice("scope", "1", "2", "3", required=True, one_of_many=True),
                SCOPE2_METHOD,
                GHG_PROTOCOL_CATEGORY,
                ISO_14064_CATEGORY,
                *_texts("source_class", "facility_id"),
                _tonnes("co2e_t", required=True),
                *_texts("document", "verifier", "statement_number"),
                _date("verified_on"),
            ),
            unique=(
                "year",
                "scope",
                "scope2_method",
                "ghg_protocol_category",
                "iso_14064_category",
                "source_class",
                "facility_id",
            ),
        ),
        ReferenceTable(
            "base_year_events",
            (
                _text("event_id", required=True),
                _choice(
                    "kind",
                    "acquisition",
                    "merger",
                    "divestiture",
                    "outsourcing",
                    "insourcing",
                    "methodology",
                    "error",
                    "boundary",
                    required=True,
                ),
                _text("facility_id"),
                _date("effective_on"),
                _tonnes("delta_base_co2e_t"),
                _choice("scope", "1", "2", "3"),
                GHG_PROTOCOL_CATEGORY,
                _text("waived_reason"),
                _text("withdrawn_reason"),
                _text("document"),
            ),
            unique=("event_id",),
        ),
        ReferenceTable(
            "category_notes",
            (
                _year("year"),
                GHG_PROTOCOL_CATEGORY,
                ISO_14064_CATEGORY,
                *_texts("treatment", "reason_en", "reason_zh", "document"),
            ),
            unique=("year", "ghg_protocol_category", "iso_14064_category"),
        ),
        ReferenceTable(
            "source_declarations",
            (
                _text("facility_id"),
                _choice("emission_source", *read_seed("source_catalogue")["emission_source"], required=True),
                _year("year"),
                *_texts("reason_en", "reason_zh", "document"),
            ),
            unique=("facility_id", "emission_source", "year"),
            rules=(
                TableRule(
                    "incomplete_values",
                    "reason_en",
                    lambda: _given("reason_en") | _given("reason_zh"),
                    "emission_source",
                    {"other_en": "`emission_source`", "other_zh": "「emission_source」"},
                ),
            ),
        ),
        ReferenceTable(
            "neutrality_statements",
            (
                _text("statement_id", required=True),
                *_texts("subject", "subject_zh", "facility_id"),
                _date("period_start"),
                _date("period_end"),
                _choice("scopes", "1", "2", "3", one_of_many=True),
                *(_tonnes(name) for name in ("scope_1_t", "scope_2_location_t", "scope_2_market_t", "total_t")),
                _text("energy_instruments"),
                _tonnes("offset_t"),
                _share("offset_share"),
                *_texts("offset_units", "offset_programme", "standard", "issuer", "statement_number"),
                _date("issued_on"),
                *_texts("document", "remark"),
            ),
            unique=("statement_id",),
        ),
        ReferenceTable(
            "avoided_emissions",
            (
                _year("year"),
                _tonnes("co2e_t"),
                *_texts("qualifier", "basis"),
                _decimal("capacity_mw", at_least="0", at_most="10000000"),
                _decimal("full_load_hours", at_least="0", at_most="999999"),
                _decimal("baseline_factor_kg_per_kwh", at_least="0", at_most="10000"),
                *_texts("baseline_source", "assumption_en", "assumption_zh", "document"),
            ),
        ),
        ReferenceTable(
            "data_quality_assessments",
            (
                _text("activity_type", required=True),
                _text("facility_id"),
                *_validity(),
                *(_choice(f"{indicator}_class", *classes) for indicator, classes in DATA_QUALITY_CLASSES.items()),
                *(ReferenceColumn(name, "integer", at_least="1", at_most="5") for name in DATA_QUALITY_SCORES),
                *_texts("document", "remark"),
            ),
            valid_per=("activity_type", "facility_id"),
            named_by="activity_type",
            rules=(
                VALIDITY_ORDER,
                *_all_or_none([f"{indicator}_class" for indicator in DATA_QUALITY_CLASSES]),
                *_all_or_none(DATA_QUALITY_SCORES),
                TableRule(
                    "assessment_without_value",
                    "activity_type",
                    lambda: pl.any_horizontal(_given("activity_data_class"), _given(DATA_QUALITY_SCORES[0])),
                ),
            ),
        ),
        ReferenceTable(
            "verification",
            (
                _text("statement_number", required=True),
                _year("year", required=True),
                _choice("scope", "1", "2", "3", required=True, one_of_many=True),
                SCOPE2_METHOD,
                _tonnes("verified_t", required=True),
                _tonnes("printed_to_t"),
                *_texts("body", "body_zh", "accreditation", "criteria"),
                _choice("assurance", "limited", "reasonable", "not_stated"),
                _share("materiality"),
                _choice("opinion", "unmodified", "qualified", "adverse", "disclaimer"),
                _date("verified_on"),
                *_texts("version_verified", "document"),
            ),
            unique=("statement_number", "year", "scope", "scope2_method"),
        ),
        ReferenceTable(
            "nonconformities",
            (
                _text("nonconformity_id", required=True),
                _text("statement_number"),
                _year("year", required=True),
                _text("facility_id"),
                _date("raised_on"),
                *_texts("description_en", "description_zh", "cause_en", "cause_zh", "correction_en", "correction_zh"),
                _date("closed_on"),
                *_texts("conclusion_en", "conclusion_zh", "document"),
            ),
            unique=("nonconformity_id",),
            rules=(
                TableRule(
                    "incomplete_values",
                    "description_en",
                    lambda: _given("description_en") | _given("description_zh"),
                    "nonconformity_id",
                    {"other_en": "`nonconformity_id`", "other_zh": "「nonconformity_id」"},
                ),
            ),
        ),
        ReferenceTable(
            "verification_samples",
            (
                _text("sample_id", required=True),
                _year("year", required=True),
                _choice("scope", "1", "2", "3", required=True),
                SCOPE2_METHOD,
                _choice("stratum", "certain", "sampled", "zero_or_negative", required=True),
                _text("emission_id", required=True),
                _tonnes("interval_t"),
                _share("confidence"),
                _share("materiality"),
                *_texts("seed", "release_id"),
                _tonnes("recorded_t", required=True),
                _tonnes("verified_t"),
                _text("remark"),
            ),
            unique=("sample_id", "emission_id"),
        ),
    )
}
