"""What people send, one facility each, in one run: the right figure counts, or somebody is asked."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from .conftest import Company
from .field import BUILT, CASES, OTHERS, Case, make, render

# What a facility with a few months of data draws, whatever it sends.
OF_ANY = {"year_not_covered", "coverage_gap"}


@pytest.fixture(scope="module")
def field(made_once: Callable[..., Path], parsed_dbt_project: Callable[[Path], Path], publish: Callable) -> Company:
    return Company(made_once("field", lambda root: publish(parsed_dbt_project(make(root)))))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_counts_and_what_is_said(case: Case, field: Company) -> None:
    counted = field.value(
        "select sum(quantity) from emissions where facility_id = ? and stage = 'direct'"
        " and coalesce(scope2_method, 'location') = 'location'",
        case.name,
    )
    assert counted == (None if case.quantity is None else Decimal(case.quantity))
    said = field.rows(
        "select distinct findings.rule from findings left join submissions using (submission_id)"
        " where severity <> 'info' and (facility_id = $1 or path like '2026-06/' || $1 || '/%')",
        case.name,
    )
    assert {rule for (rule,) in said} - OF_ANY == {rule for rule, _ in case.rules}


def test_gas_by_its_gross_calorific_value(field: Company) -> None:
    """1,000 therm are 105.505585262 GJ gross, 94.9550267358 GJ net: x 56.1 kg CO2/GJ, x (1 x 28 + 0.1 x 265) g/GJ."""
    kilograms = Decimal("105.505585262") * Decimal("0.9") * (Decimal("56.1") + Decimal("0.0545"))
    assert field.value("select co2e_kg from emissions where facility_id = 'gas_therm'") == kilograms
    assert "gross x 0.9 = net" in field.value("select unit_bridge from emissions where facility_id = 'gas_therm'")


def test_certificates_keep_what_they_say(field: Company) -> None:
    assert field.rows(
        "select instrument_id, sum(allocated), min(technology), min(retired_for_year), min(vintage_end)::varchar"
        " from instrument_allocation group by 1 order by 1"
    ) == [
        ("E-1", Decimal(10), "wind", "2024", "2024-12-31"),
        ("G-1", Decimal(60), "wind", "2024", "2024-12-31"),
        ("G-2", Decimal(0), "wind", "2024", "2024-12-31"),
        ("G-3", Decimal(0), "solar", "2026", "2025-12-31"),
        ("R-1", Decimal(20), "wind", "2024", "2024-12-31"),
        ("R-2", Decimal(2), "wind", "2024", "2024-12-31"),
        ("R-3", Decimal(0), "wind", "2024", "2024-12-31"),
        ("S-1", Decimal(20), "wind", "2024", "2024-12-31"),
        ("S-2", Decimal(0), "wind", "2024", "2024-12-31"),
    ]


def test_a_row_of_a_far_year_makes_nothing_due(field: Company) -> None:
    """The latest folder is of June 2026; other rows reach to April of that year."""
    assert field.rows("select count(*) from findings where rule = 'year_not_covered' and period > '2026-12-31'") == [
        (0,)
    ]


def test_what_no_facility_sends(field: Company) -> None:
    found = {rule for (rule,) in field.rows("select rule from findings where facility_id is null")}
    assert {rule for _, _, (rule, _) in OTHERS} <= found


def test_page_is_what_the_cases_say() -> None:
    """After a change: python -m tests.pipeline.field"""
    assert (Path(__file__).parents[2] / BUILT).read_text(encoding="utf-8") == render()
