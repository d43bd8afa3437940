"""Unit conversions: one kilogram per unit of the result, so that the kilograms are the conversion."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from .conftest import Replay, same
from .workspaces import Row, published

CASES = published("unit_conversions")


def case_id(row: Row) -> str:
    return row["case_id"]


@pytest.mark.parametrize("row", [row for row in CASES if not row["finding"]], ids=case_id)
def test_conversion(row: Row, replay: Callable[[str], Replay]) -> None:
    run = replay(row["gwp_set"])
    assert run.lines(row["case_id"]), "no emission line"
    value = run.measure(row["case_id"])
    # A gas that is weighed in tonnes gives tonnes of CO2e.
    value = value * Decimal("0.001") if row["gas"] and row["to_unit"] == "t" else value
    assert value == Decimal(row["rule_value"]) if row["rule_value"] else same(value, row)


@pytest.mark.parametrize("row", [row for row in CASES if row["finding"]], ids=case_id)
def test_out_of_range(row: Row, replay: Callable[[str], Replay]) -> None:
    """Quantities of 10^13 and more are no inventory's: refused and said, never truncated."""
    run = replay(row["gwp_set"])
    assert run.lines(row["case_id"]) == []
    assert row["finding"] in run.findings(row["case_id"])


def test_the_units_that_publications_size_otherwise() -> None:
    """The calorie is 4.1868 J, as tce and toe presuppose (4.184 is the thermochemical one); a quad is 10^15 Btu."""
    differing = {
        row["unit"]: (Decimal(row["rule_value"]), Decimal(row["expected"])) for row in CASES if row["rule_value"]
    }
    assert differing == {
        "kcal": (Decimal("4.1868"), Decimal("4.184")),
        "quad": (Decimal("1055055852620"), Decimal("1055056000")),
    }
