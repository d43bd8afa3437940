"""organization.yml: who reports, and by which rules."""

from __future__ import annotations

import re
import zoneinfo
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from data_contracts.declarations.problems import Problem, ReferenceProblems

ORGANIZATION_FILE = "organization.yml"
MONTH = re.compile(r"^(19|20)\d{2}-(0[1-9]|1[0-2])$")

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Share = Annotated[Decimal, Field(ge=0, le=1)]
EstimationMethod = Literal["interpolation", "prior_year_scaled_by_output", "conservative_neighbour"]


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

    @field_validator("time_zone")
    @classmethod
    def _known_time_zone(cls, value: str) -> str:
        if value not in zoneinfo.available_timezones():
            raise ValueError("not an IANA time zone such as Asia/Shanghai")
        return value

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
    try:
        organization = Organization.model_validate({str(key): value for key, value in settings.items()})
    except ValidationError as error:
        raise ReferenceProblems([_problem(detail) for detail in error.errors()]) from error
    return organization.model_copy(
        update={
            "name_zh": organization.name_zh or organization.name,
            "first_month": organization.first_month or _earliest_month(Path(workspace), organization.base_year),
        }
    )


class _UniqueKeyLoader(yaml.SafeLoader):
    """YAML lets a later key replace an earlier one without a word; settings must not."""

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
        return Problem.of("unknown_key", ORGANIZATION_FILE, column=key, accepted=", ".join(Organization.model_fields))
    if detail["type"] == "missing":
        return Problem.of("missing_key", ORGANIZATION_FILE, column=key)
    reason = detail["msg"].removeprefix("Value error, ")
    return Problem.of("invalid_setting", ORGANIZATION_FILE, column=key, value=detail["input"], reason=reason)
