"""organization.yml: who reports, and by which rules."""

from __future__ import annotations

import re
import zoneinfo
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from data_contracts.declarations.problems import Problem, ReferenceProblems

ORGANIZATION_FILE = "organization.yml"
# The keys of the organisation's own texts for reports.
STATEMENTS = (
    "responsible_person",
    "reporting_boundary",
    "direct_removals",
    "base_year_changes",
    "quantification_approach",
    "quantification_changes",
    "uncertainty_assessment",
    "conformity_statement",
    "emissions_trading",
    "internal_carbon_price",
)
MONTH = re.compile(r"^(19|20)\d{2}-(0[1-9]|1[0-2])$")

MEMORY = re.compile(r"(?P<number>[0-9]+(\.[0-9]+)?) ?(?P<unit>[MG]i?B)", re.IGNORECASE)
MEGABYTES = {"MB": 1, "MIB": 1.048576, "GB": 1000, "GIB": 1073.741824}
SMALLEST_MEMORY_MB = 500


def megabytes(amount: str) -> float:
    """An amount of memory as organization.yml and DuckDB write it, such as 3GB, in units of 10^6 bytes."""
    found = MEMORY.fullmatch(amount.strip())
    if not found:
        raise ValueError("not an amount of memory such as 3GB or 800MB")
    return float(found["number"]) * MEGABYTES[found["unit"].upper()]


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Share = Annotated[Decimal, Field(ge=0, le=1)]
EstimationMethod = Literal["interpolation", "prior_year_scaled_by_output", "conservative_neighbour"]
# Secrets stand in the environment; the settings name them.
Variable = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
MailAddress = Annotated[str, StringConstraints(pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+$")]


class Webhook(BaseModel):
    """An address that takes alerts by HTTP POST; it is a secret itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url_variable: Variable
    format: Literal["json", "feishu", "wecom"] = "json"


class Mail(BaseModel):
    """The mail server that sends alerts, and who gets them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    server: Text
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user_variable: Variable | None = None
    password_variable: Variable | None = None
    sender: MailAddress
    recipients: list[MailAddress] = Field(min_length=1)


class HeatingValueBasis(BaseModel):
    """By which calorific value a fuel is measured in units of energy: of one fuel or activity type, of one unit, or of
    all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fuel: Text | None = None
    unit: Text | None = None
    basis: Literal["net", "gross"]


class Alerts(BaseModel):
    """Who is told when a run fails or the publication is late. ui_address: of the web server, for links."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    webhook: Webhook | None = None
    email: Mail | None = None
    ui_address: Annotated[str, StringConstraints(pattern=r"^https?://\S+$")] | None = None


class Statement(BaseModel):
    """A text of the organisation's own, in both languages; one that is given once stands in both."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    en: Text | None = None
    zh: Text | None = None

    @model_validator(mode="after")
    def _in_one_language_at_least(self) -> Statement:
        if not (self.en or self.zh):
            raise ValueError("neither en nor zh is given")
        return self


def _statement(value: Any) -> Any:
    return {"en": value, "zh": value} if isinstance(value, str) else value


OwnText = Annotated[Statement, BeforeValidator(_statement)]


class Organization(BaseModel):
    """The settings of one reporting organisation. Shares and tolerances are fractions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Text
    name_zh: Text | None = Field(default=None, description="Chinese name; the name if absent")
    consolidation_approach: Literal["operational_control", "financial_control", "equity_share"]
    gwp_set: Literal["SAR", "AR4", "AR5", "AR6"]
    base_year: int = Field(ge=1990, le=2100)
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    target_scope2_method: Literal["location", "market"]
    combustion_gases: Literal["co2", "co2_ch4_n2o"] = "co2"
    fuel_factor_set: Text | None = None
    significance_threshold: Share = Decimal("0.05")
    materiality: Share = Decimal("0.05")
    acceptance: Literal["rows", "submission"] = "rows"
    heating_value_basis: list[HeatingValueBasis] = Field(
        default_factory=list,
        description="Calorific value by which fuels are measured in units of energy: net or gross; by fuel, or by fuel "
        "and unit",
    )
    residual_mix_policy: Literal["residual_mix", "grid_average"] = "residual_mix"
    reconciliation_tolerance: dict[Text, Share] = Field(default_factory=dict)
    time_zone: Text = "Asia/Shanghai"
    schedule_day: int = Field(default=5, ge=1, le=28)
    schedule_hour: int = Field(default=6, ge=0, le=23)
    first_month: Annotated[str, StringConstraints(pattern=MONTH.pattern)] | None = None
    period_end: Literal["inclusive", "exclusive"] = "inclusive"
    estimate_warn: Share = Decimal("0.05")
    estimate_block: Share = Decimal("0.10")
    estimation_methods: list[EstimationMethod] = Field(
        default_factory=list, description="How gaps are filled, the preferred method first; empty: not at all"
    )
    data_notice: Text | None = None
    data_notice_zh: Text | None = Field(default=None, description="Chinese notice; data_notice if absent")
    high_income_country: bool | None = Field(
        default=None, description="Whether the seat is in a high-income country, which SBTi's company category asks"
    )
    memory_limit: str | None = Field(
        default=None,
        description="Memory that the database may take, such as 3GB; by default two fifths of the machine's, "
        "3 GB at most",
    )
    threads: int | None = Field(
        default=None, ge=1, le=256, description="Processor threads that the database may take; by default all there are"
    )
    engine: Literal["duckdb", "spark"] = Field(
        default="duckdb", description="What computes the models: DuckDB on one machine, or Spark"
    )
    spark_master: Text | None = Field(
        default=None,
        description="Where Spark is, such as local[4] or spark://host:7077; by default all processors of this machine",
    )
    spark_settings: dict[Text, str | int | float | bool] = Field(
        default_factory=dict, description="Settings of Spark, such as spark.executor.memory: 8g"
    )
    publication_grace_days: int = Field(
        default=3, ge=1, le=20, description="Days after the scheduled run by which its publication stands"
    )
    withdrawal_limit: Share = Field(
        default=Decimal("0.2"),
        description="Share of the current submissions that may vanish from landing/ at once; more, or all of landing/, "
        "stops the run until it is confirmed",
    )
    history_days: int = Field(default=400, ge=1, description="Days that Dagster's history of a run is kept")
    alerts: Alerts = Alerts()
    # What an inventory report has to say and no figure can. Each stands in the reports of all years.
    responsible_person: OwnText | None = Field(
        default=None, description="Who answers for the inventory: a function, such as the head of a department"
    )
    reporting_boundary: OwnText | None = Field(
        default=None, description="Which sources are reported, and how the significance of indirect ones was judged"
    )
    direct_removals: OwnText | None = Field(
        default=None, description="Direct removals that are quantified, or that there are none"
    )
    base_year_changes: OwnText | None = Field(
        default=None, description="Changes of the base year or of past figures, and what they mean for comparisons"
    )
    quantification_approach: OwnText | None = Field(
        default=None, description="How emissions are quantified, and why so"
    )
    quantification_changes: OwnText | None = Field(
        default=None, description="What has changed in the quantification since the last inventory, or that nothing has"
    )
    uncertainty_assessment: OwnText | None = Field(
        default=None, description="How uncertainty was assessed, and with what result"
    )
    conformity_statement: OwnText | None = Field(
        default=None, description="Sentence that the report was prepared in accordance with ISO 14064-1"
    )
    emissions_trading: OwnText | None = Field(
        default=None, description="Emission trading schemes that apply, and the share of Scope 1 under them"
    )
    internal_carbon_price: OwnText | None = Field(
        default=None, description="Internal price of carbon: kind, amount, and the decisions that use it"
    )

    @field_validator("time_zone")
    @classmethod
    def _known_time_zone(cls, value: str) -> str:
        if value not in zoneinfo.available_timezones():
            raise ValueError("not an IANA time zone such as Asia/Shanghai")
        return value

    @field_validator("memory_limit", mode="before")
    @classmethod
    def _amount_of_memory(cls, value: Any) -> Any:
        if value is None:
            return None
        amount = str(value).strip()
        if megabytes(amount) < SMALLEST_MEMORY_MB:
            raise ValueError(f"too little: the database needs {SMALLEST_MEMORY_MB}MB")
        return amount.replace(" ", "")

    @field_validator("heating_value_basis", mode="before")
    @classmethod
    def _list_of_bases(cls, value: Any) -> Any:
        """`gross`; `natural_gas: gross`; `natural_gas: {kWh: gross, GJ: net}`; or rows of fuel, unit and basis."""
        if isinstance(value, str):
            return [{"basis": value}]
        if not isinstance(value, dict):
            return value
        rows = []
        for fuel, of_fuel in value.items():
            if isinstance(of_fuel, dict):
                rows += [{"fuel": str(fuel), "unit": str(unit), "basis": basis} for unit, basis in of_fuel.items()]
            else:
                rows.append({"fuel": str(fuel), "basis": of_fuel})
        return rows

    @field_validator("estimation_methods", mode="before")
    @classmethod
    def _list_of_methods(cls, value: Any) -> Any:
        if not isinstance(value, list) or len({str(method) for method in value}) < len(value):
            raise ValueError(f"not a list that names each of {', '.join(get_args(EstimationMethod))} at most once")
        return value


def load_organization(workspace: Path) -> Organization:
    """The organisation of a workspace, with every default filled in.

    Raises ReferenceProblems with all problems at once: a missing file, an unknown or missing key, a value that is not
    accepted.
    """
    settings = _settings(workspace)
    try:
        organization = Organization.model_validate({str(key): value for key, value in settings.items()})
    except ValidationError as error:
        raise ReferenceProblems([_problem(detail) for detail in error.errors()]) from error
    return organization.model_copy(
        update={
            "name_zh": organization.name_zh or organization.name,
            "data_notice": organization.data_notice or organization.data_notice_zh,
            "data_notice_zh": organization.data_notice_zh or organization.data_notice,
            "first_month": organization.first_month or _earliest_month(Path(workspace), organization.base_year),
        }
    )


def load_alerts(workspace: Path) -> Alerts:
    """The alerts of a workspace, also where its other settings are invalid: that is what an alert may be about.

    Raises ReferenceProblems when they themselves, or the file, cannot be read.
    """
    try:
        return Alerts.model_validate(_settings(workspace).get("alerts", {}))
    except ValidationError as error:
        details = [{**detail, "loc": ("alerts", *detail["loc"])} for detail in error.errors()]
        raise ReferenceProblems([_problem(detail) for detail in details]) from error


def _settings(workspace: Path) -> dict[Any, Any]:
    """The mapping in organization.yml."""
    path = Path(workspace) / ORGANIZATION_FILE
    if not path.is_file():
        raise ReferenceProblems([Problem.of("missing_file", ORGANIZATION_FILE, value=ORGANIZATION_FILE)])
    try:
        settings = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_UniqueKeyLoader)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise ReferenceProblems([Problem.of("not_yaml", ORGANIZATION_FILE, reason=reason)]) from error
    if not isinstance(settings, dict):
        raise ReferenceProblems([Problem.of("not_yaml", ORGANIZATION_FILE, reason=type(settings).__name__)])
    return settings


class _UniqueKeyLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML lets a later key replace an earlier one without a word; settings must not. Read in C where PyYAML has it: in
    Python a file with its comments takes longer than what is done with it."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        repeated = sorted({str(key) for key in keys if keys.count(key) > 1})
        if repeated:
            raise yaml.constructor.ConstructorError(None, None, f"key given twice: {', '.join(repeated)}")
        return super().construct_mapping(node, deep)


def _earliest_month(workspace: Path, base_year: int) -> str:
    landing = workspace / "landing"
    months = sorted(folder.name for folder in landing.glob("*") if folder.is_dir() and MONTH.match(folder.name))
    return months[0] if months else f"{base_year}-01"


def _problem(detail: Any) -> Problem:
    key = ".".join(str(part) for part in detail["loc"] if part != "[key]")
    if detail["type"] == "extra_forbidden":
        accepted = _model_at(detail["loc"][:-1]).model_fields
        return Problem.of("unknown_key", ORGANIZATION_FILE, column=key, accepted=", ".join(accepted))
    if detail["type"] == "missing":
        return Problem.of("missing_key", ORGANIZATION_FILE, column=key)
    reason = detail["msg"].removeprefix("Value error, ")
    return Problem.of("invalid_setting", ORGANIZATION_FILE, column=key, value=detail["input"], reason=reason)


def _model_at(location: tuple[int | str, ...]) -> type[BaseModel]:
    """The settings that a key belongs to."""
    if not location:
        return Organization
    names = [str(part) for part in location if not isinstance(part, int)]
    models = {"alerts": Alerts, "webhook": Webhook, "email": Mail, "heating_value_basis": HeatingValueBasis}
    return Statement if names[-1] in STATEMENTS else models[names[-1]]
