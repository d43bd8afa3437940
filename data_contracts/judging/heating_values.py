"""By which calorific value fuels are measured, as organization.yml says it, in codes of fuels and units."""

from __future__ import annotations

import polars as pl

from data_contracts.declarations.problems import Problem, ReferenceProblems
from data_contracts.declarations.settings import ORGANIZATION_FILE, Organization
from data_contracts.declarations.vocabulary import Vocabulary

KEY = "heating_value_basis"


def heating_value_bases(organization: Organization, vocabulary: Vocabulary) -> list[dict[str, str | None]]:
    """fuel (or activity type), unit, basis of each row of the setting; a name without a unit beside it may be that of a
    unit. Raises ReferenceProblems for names of neither."""
    types = vocabulary.activity_types.filter(pl.col("method") == "fuel_combustion")
    known = set(types["fuel"]) | set(types["activity_type"])
    rows, problems = [], []

    def energy_unit(text: str | None) -> str | None:
        found = vocabulary.resolve_unit(pl.Series([text], dtype=pl.String)).row(0, named=True)
        return found["value"] if found["dimension"] == "energy" else None

    for setting in organization.heating_value_basis:
        fuel, unit = setting.fuel, setting.unit
        if fuel and fuel not in known:
            fuel = vocabulary.resolve_activity_type(pl.Series([fuel]))["value"][0]
            if fuel not in known:
                fuel, unit = None, unit or setting.fuel
        code = energy_unit(unit) if unit else None
        if unit and (code is None or (setting.fuel and setting.unit and fuel is None)):
            value = setting.unit if fuel or not setting.fuel else setting.fuel
            problems.append(
                Problem.of(
                    "invalid_setting",
                    ORGANIZATION_FILE,
                    column=KEY,
                    value=value,
                    reason="neither a fuel nor a unit of energy that is known",
                )
            )
            continue
        rows.append({"fuel": fuel, "unit": code, "basis": setting.basis})
    if problems:
        raise ReferenceProblems(problems)
    return rows
