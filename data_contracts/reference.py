"""The reference tables of a workspace: one declaration per table, and the rules between tables.

`load_reference` returns every table typed, with units and activity types as their canonical codes, or raises
ReferenceProblems with everything that is wrong. Decimals are exact; factors, shares and GWPs keep 12 decimals (further
ones are rounded half up).
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import pandera.polars as pa
import polars as pl

from data_contracts import parsing, reading
from data_contracts.feeds import SURPLUS_CELLS, header_key
from data_contracts.limits import reasons
from data_contracts.problems import Problem, ReferenceProblems
from data_contracts.validation import check, failures
from data_contracts.vocabulary import SEEDS, Vocabulary, read_seed

FOLDER = "reference"
SOURCE_ROW = "source_row"
# How much of the name of a file must be that of a table.
NAMED_LIKE = 0.85
OTHER_FORMATS = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".parquet", ".tsv", ".txt", ".json")

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
    "decimal": ("not_a_number", "number_out_of_range"),
    "conversion": ("not_a_number", "number_out_of_range"),
    "tonnes": ("not_a_number", "number_out_of_range"),
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

    def checks(self) -> list[pa.Check]:
        value = pl.col(self.name)
        checks = [check(code, pl.col(f"{self.name}__fault").ne_missing(code)) for code in FAULTS[self.kind]]
        for bound, holds in ((self.at_least, value.ge), (self.at_most, value.le), (self.above, value.gt)):
            if bound is not None:
                checks.append(check("value_out_of_range", holds(pl.lit(bound).cast(self.dtype))))
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
    def delivered_schema(self) -> pa.DataFrameSchema:
        columns = {column.name: pa.Column(pl.String, nullable=not column.required) for column in self.columns}
        surplus = pa.Column(pl.UInt32, checks=check("too_many_cells", pl.col(SURPLUS_CELLS) == 0))
        return pa.DataFrameSchema(columns | {SURPLUS_CELLS: surplus}, name=f"delivered {self.name}")

    @cached_property
    def typed_schema(self) -> pa.DataFrameSchema:
        checks = {column.name: column.checks() for column in self.columns}
        for rule in self.rules:
            checks[rule.column].append(check(rule.code, rule.holds()))
        if self.unique:
            row = pl.struct(self.unique)
            checks[self.unique[0]].append(check("duplicate_key", row.is_unique()))
        return pa.DataFrameSchema(
            {
                column.name: pa.Column(column.dtype, nullable=True, checks=checks[column.name])
                for column in self.columns
            },
            name=f"typed {self.name}",
        )


# --- columns --------------------------------------------------------------------------------------------------------


def _text(name: str, **more: Any) -> ReferenceColumn:
    return ReferenceColumn(name, **more)


def _decimal(name: str, **more: Any) -> ReferenceColumn:
    return ReferenceColumn(name, "decimal", **more)


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
                _decimal("co2_kg", at_least="0"),
                _decimal("ch4_kg", at_least="0"),
                _decimal("n2o_kg", at_least="0"),
                _decimal("co2e_kg", at_least="0"),
                _text("gwp_set"),
                _decimal("biogenic_co2_kg"),
                _decimal("uncertainty_share", at_least="0"),
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
                _choice("use", "stationary", "mobile"),
                _decimal("ncv", above="0"),
                _text("ncv_unit"),
                _decimal("carbon_content_tc_per_gj", at_least="0"),
                _share("oxidation_rate"),
                *(_decimal(name, at_least="0") for name in ("co2_kg_per_tj", "ch4_kg_per_tj", "n2o_kg_per_tj")),
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
                _decimal("density", required=True, above="0"),
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
                _decimal("gwp100", required=True, at_least="0"),
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
                ReferenceColumn("to_base", "conversion", required=True, above="0"),
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
                _decimal("rate", required=True, above="0"),
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
                _decimal("value", required=True, above="0"),
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
                _choice("kind", "absolute", "intensity", required=True),
                _choice("scopes", "1", "2", "3", required=True, one_of_many=True),
                _choice("ghg_protocol_categories", *map(str, range(1, 16)), one_of_many=True),
                SCOPE2_METHOD,
                _text("denominator"),
                _year("base_year", required=True),
                _year("target_year", required=True),
                _decimal("reduction", required=True, above="0", at_most="1"),
                _choice("pathway", "linear", "compound"),
                *_texts("method_version", "status"),
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
            "reported_inventories",
            (
                _year("year", required=True),
                _choice("scope", *SCOPES, required=True),
                SCOPE2_METHOD,
                GHG_PROTOCOL_CATEGORY,
                ISO_14064_CATEGORY,
                *_texts("source_class", "facility_id"),
                ReferenceColumn("co2e_t", "tonnes", required=True),
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
                    "divestiture",
                    "outsourcing",
                    "methodology",
                    "error",
                    "boundary",
                    required=True,
                ),
                _text("facility_id"),
                _date("effective_on"),
                ReferenceColumn("delta_base_co2e_t", "tonnes"),
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
            "neutrality_statements",
            (
                _text("statement_id", required=True),
                *_texts("subject", "subject_zh", "facility_id"),
                _date("period_start"),
                _date("period_end"),
                _choice("scopes", "1", "2", "3", one_of_many=True),
                *(
                    ReferenceColumn(name, "tonnes")
                    for name in ("scope_1_t", "scope_2_location_t", "scope_2_market_t", "total_t")
                ),
                _text("energy_instruments"),
                ReferenceColumn("offset_t", "tonnes"),
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
                ReferenceColumn("co2e_t", "tonnes"),
                *_texts("qualifier", "basis"),
                *(
                    _decimal(name, at_least="0")
                    for name in ("capacity_mw", "full_load_hours", "baseline_factor_kg_per_kwh")
                ),
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
    )
}


# --- loading ----------------------------------------------------------------------------------------------------------


def load_reference(workspace: Path, seeds: Path = SEEDS) -> dict[str, pl.DataFrame]:
    """Every reference table of a workspace, typed as raw.reference_<table>; empty where there is no CSV.

    Raises ReferenceProblems with all problems of all tables at once.
    """
    folder = Path(workspace) / FOLDER
    problems: list[Problem] = []
    present = {path.stem: path for path in sorted(folder.glob("*")) if path.suffix.lower() == ".csv"}
    for name, path in present.items():
        if name not in TABLES and not name.startswith((".", "~")):
            problems.append(
                Problem.of(
                    "unknown_reference_table",
                    f"{FOLDER}/{path.name}",
                    value=path.name,
                    accepted=", ".join(TABLES),
                )
            )
    problems += _other_formats(folder)
    typed: dict[str, pl.DataFrame] = {}
    for table in TABLES.values():
        if table.name in present:
            frame, found = _load_table(table, present[table.name].read_bytes())
            problems += found
            typed[table.name] = frame
        else:
            typed[table.name] = pl.DataFrame(schema=table.raw_schema())
            if table.required:
                problems.append(Problem.of("missing_file", table.file, value=table.file))
    vocabulary = Vocabulary.build(typed, seeds)
    resolved, found = _resolve(typed, vocabulary)
    problems += found
    for table in TABLES.values():
        # A date that was not understood would look like an open end.
        unclear = [p.row for p in problems if p.file == table.file and p.column in ("valid_from", "valid_to")]
        problems += _overlaps(table, resolved[table.name].filter(~pl.col(SOURCE_ROW).is_in(unclear)))
    problems += _between_tables(resolved, seeds)
    if problems:
        raise ReferenceProblems(problems)
    return resolved


def _other_formats(folder: Path) -> list[Problem]:
    """Files that are tables by their name but no CSV: whoever put one there believes that it counts."""
    problems = []
    for path in sorted(folder.glob("*")):
        if path.suffix.lower() not in OTHER_FORMATS or path.name.startswith((".", "~")) or not path.is_file():
            continue
        # Versions and slips of the pen, too: Emission Factors (1), emission_factor-2024.
        words = re.sub(r"[^a-z]+", "_", path.stem.lower()).strip("_")
        for table in difflib.get_close_matches(words, TABLES, n=1, cutoff=NAMED_LIKE):
            problems.append(
                Problem.of("reference_table_not_csv", f"{FOLDER}/{path.name}", value=path.name, table=table)
            )
    return problems


def _load_table(table: ReferenceTable, content: bytes) -> tuple[pl.DataFrame, list[Problem]]:
    empty = pl.DataFrame(schema=table.raw_schema())
    try:
        grid = reading.read_csv(content, lambda header: header_key(header) in table.column_of_header)
    except (reading.Unreadable, pl.exceptions.PolarsError) as error:
        return empty, [Problem.of("unreadable_file", table.file, value=table.file, **reasons(error))]
    delivered, problems = _delivered(table, grid)
    if delivered is None:
        return empty, problems
    if table.required and not len(delivered):
        problems.append(Problem.of("empty_file", table.file, value=table.file))
    typed = _typed(table, delivered)
    problems += _problems(table, table.delivered_schema, delivered, typed)
    problems += _problems(table, table.typed_schema, typed, typed)
    defaults = [
        pl.col(column.name).fill_null(pl.lit(column.default).cast(column.dtype))
        for column in table.columns
        if column.default is not None
    ]
    return typed.with_columns(defaults).select(list(table.raw_schema())), problems


def _delivered(table: ReferenceTable, grid: reading.Grid) -> tuple[pl.DataFrame | None, list[Problem]]:
    cells = grid.cells
    filled = cells.select(pl.any_horizontal(pl.all().is_not_null()).arg_true()).to_series() if cells.width else []
    if not len(filled):
        return None, [Problem.of("empty_file", table.file, value=table.file)]
    at = int(filled[0])
    titles, row, width = cells.row(at), int(grid.rows[at]), int(grid.widths[at])
    problems: list[Problem] = []
    positions: dict[str, int] = {}
    for position, title in enumerate(titles[:width]):
        name = table.column_of_header.get(header_key(title)) if title else None
        if title and name is None:
            accepted = ", ".join(table.by_name)
            problems.append(
                Problem.of(
                    "unknown_reference_column",
                    table.file,
                    row=row,
                    column=title,
                    value=title,
                    accepted=accepted,
                )
            )
        elif name in positions:
            both = f"'{titles[positions[name]]}', '{title}'"
            problems.append(Problem.of("duplicate_column", table.file, row=row, column=name, value=both))
        elif name:
            positions[name] = position
    problems += [
        Problem.of("missing_reference_column", table.file, row=row, column=column.name)
        for column in table.columns
        if column.required and column.name not in positions
    ]
    if problems:
        return None, problems
    absent = pl.lit(None, dtype=pl.String)
    frame = cells.select(
        *((pl.col(str(positions[n])) if n in positions else absent).alias(n) for n in table.by_name),
        grid.rows.alias(SOURCE_ROW),
        reading.surplus_cells(grid, width, range(width)).alias(SURPLUS_CELLS),
    )
    kept = filled.filter(filled > at)
    return frame[kept], []


def _typed(table: ReferenceTable, delivered: pl.DataFrame) -> pl.DataFrame:
    parts = [delivered.select(SOURCE_ROW)]
    for column in table.columns:
        text = delivered[column.name]
        parsed = _parse(column, text)
        parts.append(
            parsed.select(
                pl.col("value").cast(column.dtype).alias(column.name),
                pl.col("fault").alias(f"{column.name}__fault"),
                pl.Series(f"{column.name}__text", text),
            )
        )
    return pl.concat(parts, how="horizontal")


def _parse(column: ReferenceColumn, text: pl.Series) -> pl.DataFrame:
    frame = pl.DataFrame({"text": text})
    match column.kind:
        case "decimal" | "tonnes" | "conversion":
            dtype = column.dtype
            return parsing.numbers(text, scale=dtype.scale, precision=dtype.precision)
        case "date":
            return parsing.dates(text, pl.Series([False]).new_from_index(0, len(text)))
        case "boolean":
            return parsing.booleans(text)
        case "integer":
            value = pl.when(pl.col("text").str.contains(r"^[0-9]{1,9}$")).then("text").cast(pl.Int32)
            return frame.select(value=value, fault=_fault(value, "not_a_whole_number"))
        case "country":
            value = pl.when(pl.col("text").str.contains(r"^[A-Z]{3}$")).then("text")
            return frame.select(value=value, fault=_fault(value, "not_a_country"))
        case "choice":
            # Lists and single values alike: `1;2` is accepted where the column takes several.
            lower = pl.col("text").str.normalize("NFKC").str.to_lowercase()
            parts = lower.str.split(";").list.eval(pl.element().str.strip_chars())
            known = parts.list.eval(pl.element().is_in(list(column.values))).list.all()
            single = pl.lit(True) if column.one_of_many else parts.list.len() == 1
            value = pl.when(known & single).then(parts.list.join(";"))
            return frame.select(value=value, fault=_fault(value, "value_not_accepted"))
        case _:
            return frame.select(value="text", fault=pl.lit(None, dtype=pl.String))


def _fault(value: pl.Expr, code: str) -> pl.Expr:
    return pl.when(pl.col("text").is_not_null() & value.is_null()).then(pl.lit(code))


def _problems(
    table: ReferenceTable, schema: pa.DataFrameSchema, frame: pl.DataFrame, typed: pl.DataFrame
) -> list[Problem]:
    cases = failures(schema, frame, "required_reference_cell").sort("index", maintain_order=True)
    problems: list[Problem] = []
    for column, code, index in cases.select("column", "rule", "index").iter_rows():
        row = typed.row(index, named=True)
        if code == "duplicate_key":
            continue
        if code == "too_many_cells":
            surplus = frame[SURPLUS_CELLS][index]
            problems.append(Problem.of(code, table.file, row=row[SOURCE_ROW], surplus=surplus))
            continue
        rule = next((rule for rule in table.rules if (rule.code, rule.column) == (code, column)), None)
        known = table.by_name[column]
        details = {"accepted": known.accepted}
        value = row[f"{rule.value_of or column}__text"] if rule else row[f"{column}__text"]
        problems.append(
            Problem.of(
                code,
                table.file,
                row=row[SOURCE_ROW],
                column=column,
                value=value,
                **{**details, **(rule.details if rule else {})},
            )
        )
    repeated = cases.filter(pl.col("rule") == "duplicate_key")["index"]
    if len(repeated):
        groups = typed[repeated].group_by(table.unique, maintain_order=True).agg(SOURCE_ROW)
        problems += [
            Problem.of(
                "duplicate_key",
                table.file,
                row=rows[1],
                column=", ".join(table.unique),
                value=" / ".join("" if part is None else str(part) for part in key),
                rows=", ".join(map(str, rows)),
            )
            for *key, rows in groups.iter_rows()
        ]
    return problems


def _overlaps(table: ReferenceTable, typed: pl.DataFrame) -> list[Problem]:
    if not table.valid_per:
        return []
    name = pl.col(table.named_by) if table.named_by else pl.col("valid_from").cast(pl.String).fill_null("…")
    rows = typed.select(
        *table.valid_per,
        SOURCE_ROW,
        name=name,
        start=pl.col("valid_from").fill_null(EARLIEST),
        end=pl.col("valid_to").fill_null(LATEST),
    ).filter(pl.col("start") <= pl.col("end"))
    # Only keys with an overlap are paired, so that long tables stay cheap.
    before = rows.sort(*table.valid_per, "start", "end").with_columns(
        reached=pl.col("end").cum_max().shift(1).over(table.valid_per)
    )
    clashing = before.filter(pl.col("reached") >= pl.col("start")).select(table.valid_per).unique()
    some = rows.join(clashing, on=table.valid_per, how="semi", nulls_equal=True)
    pairs = (
        some.join(some, on=table.valid_per, how="inner", nulls_equal=True, suffix="_2")
        .filter(
            (pl.col(SOURCE_ROW) < pl.col(f"{SOURCE_ROW}_2"))
            & (pl.col("start") <= pl.col("end_2"))
            & (pl.col("start_2") <= pl.col("end"))
        )
        .sort(SOURCE_ROW, f"{SOURCE_ROW}_2")
    )
    return [
        Problem.of(
            "overlapping_validity",
            table.file,
            row=pair[f"{SOURCE_ROW}_2"],
            column=", ".join(table.valid_per),
            value=" / ".join(pair[part] or "*" for part in table.valid_per),
            first=f"{pair['name']} (row {pair[SOURCE_ROW]})",
            second=f"{pair['name_2']} (row {pair[f'{SOURCE_ROW}_2']})",
        )
        for pair in pairs.iter_rows(named=True)
    ]


# --- between tables ---------------------------------------------------------------------------------------------------


def _resolve(
    tables: Mapping[str, pl.DataFrame], vocabulary: Vocabulary
) -> tuple[dict[str, pl.DataFrame], list[Problem]]:
    """The tables with names of units, activity types and facilities as their codes, and the names nobody knows."""
    resolved = dict(tables)
    problems: list[Problem] = []

    def put(table: str, column: str, resolve: Callable[[pl.Series], pl.DataFrame], **details: str) -> None:
        frame = resolved[table]
        if frame.is_empty():
            return
        answers = resolve(frame[column])
        bad = pl.concat([frame.select(SOURCE_ROW, pl.col(column).alias("cell")), answers], how="horizontal").filter(
            pl.col("fault").is_not_null()
        )
        for row in bad.iter_rows(named=True):
            more = {name: row.get(name) for name in ("candidates", "hint_en", "hint_zh")}
            problems.append(
                Problem.of(
                    row["fault"],
                    f"{FOLDER}/{table}.csv",
                    row=row[SOURCE_ROW],
                    column=column,
                    value=row.get("part") or row["cell"],
                    **{**more, **details},
                )
            )
        resolved[table] = frame.with_columns(pl.coalesce(answers["value"], frame[column]).alias(column))

    units = "units.csv"
    put("activity_types", "canonical_unit", vocabulary.resolve_unit, accepted=units)
    put("emission_factors", "per_unit", vocabulary.resolve_unit, accepted=units)
    for table in ("emission_factors", "meters", "data_quality_assessments"):
        put(table, "activity_type", vocabulary.resolve_activity_type)
    put(
        "facilities",
        "expected_activity_types",
        lambda text: _resolve_list(text, vocabulary.resolve_activity_type),
    )
    for table, column, above, below in (
        ("fuel_properties", "ncv_unit", ("energy",), ("mass", "volume", "normal_volume")),
        ("fuel_densities", "density_unit", ("mass",), ("volume", "normal_volume")),
    ):
        accepted = "GJ/t, GJ/Nm3, GJ/10^4 Nm3" if above == ("energy",) else "kg/L, kg/m3, kg/Nm3"
        put(
            table,
            column,
            lambda text, above=above, below=below: _resolve_ratio(text, vocabulary, above, below),
            accepted=accepted,
        )
    for table in (
        "meters", "reported_inventories", "base_year_events", "neutrality_statements", "data_quality_assessments",
    ):  # fmt: skip
        put(table, "facility_id", vocabulary.resolve_facility, accepted=vocabulary.facility_list)
    return resolved, problems


def _resolve_list(text: pl.Series, resolve: Callable[[pl.Series], pl.DataFrame]) -> pl.DataFrame:
    frame = pl.DataFrame({"list": text}).with_row_index("at")
    parts = frame.with_columns(part=pl.col("list").str.split(";")).explode("part")
    parts = parts.with_columns(pl.col("part").str.strip_chars()).filter(pl.col("part") != "")
    answers = pl.concat([parts, resolve(parts["part"])], how="horizontal")
    grouped = answers.group_by("at", maintain_order=True).agg(
        pl.col("value").str.join(";"),
        *(
            pl.col(name).filter(pl.col("fault").is_not_null()).first()
            for name in ("part", "fault", "candidates", "hint_en", "hint_zh")
        ),
    )
    return frame.join(grouped, on="at", how="left", maintain_order="left").drop("at", "list")


def _resolve_ratio(text: pl.Series, vocabulary: Vocabulary, above: Sequence[str], below: Sequence[str]) -> pl.DataFrame:
    parts = pl.DataFrame({"text": text}).select(
        first=pl.col("text").str.extract(r"^([^/]+)/[^/]+$", 1).str.strip_chars(),
        second=pl.col("text").str.extract(r"^[^/]+/([^/]+)$", 1).str.strip_chars(),
    )
    first, second = vocabulary.resolve_unit(parts["first"]), vocabulary.resolve_unit(parts["second"])
    fits = (first["dimension"].is_in(list(above)) & second["dimension"].is_in(list(below))).fill_null(False)
    return pl.DataFrame({"text": text, "first": first["value"], "second": second["value"], "fits": fits}).select(
        value=pl.when("fits").then(pl.concat_str("first", pl.lit("/"), "second")),
        fault=pl.when(pl.col("text").is_not_null() & ~pl.col("fits")).then(pl.lit("unit_ratio")),
    )


def _between_tables(tables: Mapping[str, pl.DataFrame], seeds: Path) -> list[Problem]:
    problems: list[Problem] = []
    gases = pl.concat([tables["gwp"]["gas"], read_seed("gwp", seeds)["gas"]])
    blends = pl.concat([tables["gas_blends"]["blend"], read_seed("gas_blends", seeds)["blend"]])
    problems += _absent(tables, "gas_blends", "component", gases, "gwp.csv")
    problems += _absent(tables, "activity_types", "gas", pl.concat([gases, blends]), "gwp.csv / gas_blends.csv")
    problems += _blend_sums(tables["gas_blends"])

    meters = tables["meters"]
    pairs = meters.select("facility_id", parent_meter_id="meter_id")
    orphans = meters.filter(pl.col("parent_meter_id").is_not_null()).join(
        pairs, on=["facility_id", "parent_meter_id"], how="anti"
    )
    problems += [
        Problem.of(
            "parent_not_found",
            TABLES["meters"].file,
            row=row,
            column="parent_meter_id",
            value=parent,
            where_en=f" for facility {facility}",
            where_zh=f"（设施 {facility}）",
        )
        for row, parent, facility in orphans.select(SOURCE_ROW, "parent_meter_id", "facility_id").iter_rows()
    ]
    nodes = pl.concat_str("facility_id", pl.lit("\0"), "meter_id")
    parents = pl.concat_str("facility_id", pl.lit("\0"), "parent_meter_id")
    problems += _cycles(
        "meters", "parent_meter_id", meters.select(SOURCE_ROW, child=nodes, parent=parents, name="meter_id")
    )

    geographies = tables["geographies"]
    shared = read_seed("geographies", seeds).select("geography", "parent")
    known = pl.concat([geographies["geography"], shared["geography"]])
    problems += _absent(tables, "geographies", "parent", known, "geographies.csv")
    every = pl.concat(
        [
            geographies.select(SOURCE_ROW, child="geography", parent="parent", name="geography"),
            shared.join(geographies, on="geography", how="anti").select(
                pl.lit(None, dtype=pl.Int32).alias(SOURCE_ROW),
                child="geography",
                parent="parent",
                name="geography",
            ),
        ]
    )
    problems += _cycles("geographies", "parent", every)
    return problems


def _absent(
    tables: Mapping[str, pl.DataFrame], table: str, column: str, known: Iterable[str], where: str
) -> list[Problem]:
    frame = tables[table]
    known = pl.Series(known).drop_nulls().unique()
    missing = frame.filter(pl.col(column).is_not_null() & ~pl.col(column).is_in(known.implode()))
    return [
        Problem.of("not_in_reference", f"{FOLDER}/{table}.csv", row=row, column=column, value=value, table=where)
        for row, value in missing.select(SOURCE_ROW, column).iter_rows()
    ]


def _blend_sums(blends: pl.DataFrame) -> list[Problem]:
    sums = blends.group_by("blend", maintain_order=True).agg(pl.col("mass_share").sum(), pl.col(SOURCE_ROW).first())
    wrong = sums.filter((pl.col("mass_share") - pl.lit(1).cast(FACTOR)).abs() > pl.lit("0.001").cast(FACTOR))
    return [
        Problem.of(
            "blend_shares_sum",
            TABLES["gas_blends"].file,
            row=row,
            column="mass_share",
            value=blend,
            expected=f"{share.normalize():f}",
        )
        for blend, share, row in wrong.iter_rows()
    ]


def _cycles(table: str, column: str, links: pl.DataFrame) -> list[Problem]:
    """Problems for rows that are their own ancestor: after enough doublings only cycles still have a parent."""
    parent_of = links.filter(pl.col("parent").is_not_null()).unique("child", keep="first").select("child", "parent")
    reached = parent_of
    for _ in range(max(len(parent_of), 1).bit_length() + 1):
        reached = reached.join(reached.select(parent="child", next="parent"), on="parent", how="inner").select(
            "child", parent="next"
        )
        if not len(reached):
            return []
    # What still climbs leads into a cycle; the members are what it reaches.
    members = links.join(reached.select(child="parent").unique(), on="child", how="semi").filter(
        pl.col(SOURCE_ROW).is_not_null()
    )
    return [
        Problem.of("parent_cycle", f"{FOLDER}/{table}.csv", row=row, column=column, value=name)
        for row, name in members.select(SOURCE_ROW, "name").sort(SOURCE_ROW).iter_rows()
    ]
