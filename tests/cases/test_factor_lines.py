"""Quantities and factors: worked examples, recorded calculators, factor tables by gas."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from .conftest import UNITS, Replay, same
from .workspaces import Row, activity_of, published

LINES = published("factor_lines")
VALUES = [row for row in LINES if not row["sum_of"] and row["expected"] not in ("", "refused")]
REFUSED = [row for row in LINES if row["expected"] == "refused"]
TOTALS = [row for row in LINES if row["sum_of"]]


def case_id(row: Row) -> str:
    return row["case_id"]


def measured(replay: Replay, row: Row) -> Decimal:
    """What the inventory says about a published line, in the unit of the publication."""
    case, stage = activity_of(row), row["stage"] or "direct"
    assert replay.lines(case, stage), "no emission line"
    value = replay.measure(case, row["measure"], stage, row["year"])
    return value * UNITS[row["expected_unit"] or "kgCO2e"]


def agrees(value: Decimal, row: Row) -> bool:
    """As published; where the publication follows another rule or is wrong, exactly what the product's rule gives."""
    return value == Decimal(row["rule_value"]) if row["rule_value"] else same(value, row)


@pytest.mark.parametrize("row", VALUES, ids=case_id)
def test_line(row: Row, replay: Callable[[str], Replay]) -> None:
    assert agrees(measured(replay(row["run"]), row), row)


@pytest.mark.parametrize("row", TOTALS, ids=case_id)
def test_total_of_lines(row: Row, replay: Callable[[str], Replay]) -> None:
    prefixes = tuple(row["sum_of"].split(";"))
    lines = [line for line in LINES if line["case_id"].startswith(prefixes) and not line["sum_of"]]
    assert lines
    scale = UNITS[row["expected_unit"]] / UNITS["kgCO2e"]
    total = sum(measured(replay(row["run"]), line | {"expected_unit": "kgCO2e"}) for line in lines) * scale
    assert agrees(total, row)


def test_a_publication_that_does_not_add_up_leaves_its_residue(replay: Callable[[str], Replay]) -> None:
    """Example 15.2 prints 900,000 for company 4, which is 990,000; its total is 90,000 too low."""
    residues = {
        row["case_id"]: Decimal(row["rule_value"]) - Decimal(row["expected"])
        for row in VALUES + TOTALS
        if row["rule_value"] and not same(Decimal(row["rule_value"]), row)
    }
    assert residues == {"S3G-15.2-TOTAL": 90000, "CB-L23": Decimal("-0.0015")}


@pytest.mark.parametrize("row", REFUSED, ids=case_id)
def test_refused_with_its_reason(row: Row, replay: Callable[[str], Replay]) -> None:
    run = replay(row["run"])
    assert run.lines(row["case_id"]) == []
    assert row["rule_value"] in run.findings(row["case_id"])


@pytest.mark.parametrize("row", [row for row in LINES if row["category"]], ids=case_id)
def test_scope_3_category(row: Row, replay: Callable[[str], Replay]) -> None:
    lines = replay(row["run"]).lines(activity_of(row), row["stage"] or "direct")
    assert {(line["scope"], line["ghg_protocol_category"]) for line in lines} == {(3, int(row["category"]))}


def test_outside_the_scopes(replay: Callable[[str], Replay]) -> None:
    """Projected lifetime emissions of an investment are reported apart from Scope 3 (guidance, example 15.5)."""
    (line,) = replay("AR5").lines("S3G-15.5-60-01")
    assert (line["scope"], line["ghg_protocol_category"]) == (None, None)


def test_certificates_first_then_the_residual_mix(replay: Callable[[str], Replay]) -> None:
    """GERA-MB (tools.gera.services): 600,000 kWh of certificates at zero, 0.45 kg/kWh on the other 400,000: 180 t."""
    slices = replay("AR5").rows(
        "select market_basis, sum(quantity), sum(co2e_kg) * 0.001 from emissions"
        " where facility_id = 'gera' and scope2_method = 'market' and stage = 'direct' group by all order by all"
    )
    assert slices == [("instrument", 600, 0), ("residual_mix", 400, 180)]


@pytest.mark.parametrize("row", published("defra_2020_by_gas"), ids=case_id)
def test_factor_by_gas(row: Row, replay: Callable[[str], Replay]) -> None:
    """Three gases and their printed sum, which differ by the rounding of four figures at most."""
    run = replay("AR4")
    for measure, gas in (("co2_kg", "kg_co2"), ("ch4_kg_co2e", "kg_ch4_as_co2e"), ("n2o_kg_co2e", "kg_n2o_as_co2e")):
        assert abs(run.measure(row["case_id"], measure) - Decimal(row[gas] or 0)) < Decimal("1e-9")
    figures = [row[name] or "0" for name in ("kg_co2", "kg_ch4_as_co2e", "kg_n2o_as_co2e", "kg_co2e")]
    rounding = sum(Decimal(5).scaleb(Decimal(figure).as_tuple().exponent - 1) for figure in figures)
    assert abs(run.measure(row["case_id"]) - Decimal(row["kg_co2e"])) <= rounding
