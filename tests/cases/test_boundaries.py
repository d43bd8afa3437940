"""What counts: the days of a record, and the share of an entity."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from .conftest import UNITS, Replay, same
from .workspaces import APPROACHES, SETTINGS, Row, published

PRORATING = published("prorating")
RUN_OF = {APPROACHES[settings["consolidation_approach"]]: run for run, settings in SETTINGS.items()}


def case_id(row: Row) -> str:
    return row["case_id"]


def share_of_year(replay: Replay, row: Row) -> Decimal:
    return replay.measure(row["case_id"], year=row["year"]) / (Decimal(row["quantity"]) * Decimal(row["factor"]))


@pytest.mark.parametrize("row", [row for row in PRORATING if not row["sum_of"]], ids=case_id)
def test_days_of_the_year(row: Row, replay: Callable[[str], Replay]) -> None:
    run = replay(row["run"])
    match row["expected_unit"]:
        case "share":
            value = share_of_year(run, row)
        case "quantity":
            value = run.measure(row["case_id"], "quantity", year=row["year"])
        case unit:
            value = run.measure(row["case_id"], year=row["year"]) * UNITS[unit]
    assert same(value, row)


@pytest.mark.parametrize("row", [row for row in PRORATING if row["sum_of"]], ids=case_id)
def test_windows_that_meet(row: Row, replay: Callable[[str], Replay]) -> None:
    parts = [part for part in PRORATING if part["case_id"] in row["sum_of"].split(";")]
    assert len(parts) == len(row["sum_of"].split(";"))
    # Not only within the tolerance: windows that meet sum to the whole.
    assert sum(share_of_year(replay(row["run"]), part) for part in parts) == 1


@pytest.mark.parametrize("row", [row for row in PRORATING if row["valid_from"] or row["valid_to"]], ids=case_id)
def test_days_outside_the_window_are_said(row: Row, replay: Callable[[str], Replay]) -> None:
    assert "facility_not_valid" in replay(row["run"]).findings(row["case_id"])


@pytest.mark.parametrize("row", published("consolidation"), ids=case_id)
def test_share_of_an_entity(row: Row, replay: Callable[[str], Replay]) -> None:
    """A tonne of Scope 1, by the approach. What a control approach leaves out stands in category 15 by equity share."""
    lines = replay(RUN_OF[row["approach"]]).lines(row["case_id"])
    shares = {line["boundary_route"]: (line["scope"], line["ghg_protocol_category"], line["co2e_kg"]) for line in lines}
    expected, equity = Decimal(row["expected"]), Decimal(row["equity_share"])
    assert shares["consolidated"] == (1, None, expected * 1000)
    investment = (3, 15, equity * 1000) if expected == 0 and row["approach"] != "EQ" else None
    assert shares.get("investment") == investment
    assert {line["gross_co2e_kg"] for line in lines} == {1000}
