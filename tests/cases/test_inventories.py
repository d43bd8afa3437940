"""Published inventories: totals, parts that add up and parts that do not, intensities and changes."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from .conftest import Replay, same
from .workspaces import Row, change_years, published, report_years

CASES = published("inventory_cases")
YEARS = report_years()


def having(*prefixes: str) -> list[Row]:
    return [row for row in CASES if row["measure"].startswith(prefixes)]


def case_id(row: Row) -> str:
    return row["case_id"]


@pytest.mark.parametrize("row", having("total_"), ids=case_id)
def test_scopes_sum_to_the_total(row: Row, replay: Callable[[str], Replay]) -> None:
    method = row["measure"].removeprefix("total_")
    total = replay("AR6").value(
        "select sum(co2e_t) from scope_emissions"
        " where year = ? and basis = 'reported' and coalesce(scope2_method, ?) = ?",
        YEARS[row["report"]], method, method,
    )  # fmt: skip
    assert same(total, row)


DIMENSIONS = {"facilities": "facility_id", "parts_iso": "iso_14064_category", "parts_ghgp": "ghg_protocol_category"}


@pytest.mark.parametrize("row", having("facilities_scope_", "parts_"), ids=case_id)
def test_parts_that_differ_from_their_total_are_found(row: Row, replay: Callable[[str], Replay]) -> None:
    """A finding exactly where the publication does not add up, with the sum of its parts and the residue."""
    name = row["measure"].split("_scope_")[0]
    scope = row["measure"].split("_scope_")[1] if "_scope_" in row["measure"] else "3"
    found = replay("AR6").rows(
        "select source_value, co2e_at_stake_t from findings where rule = 'reported_parts_differ'"
        " and extract(year from period) = ? and column_name = ? and message_en like ?",
        YEARS[row["report"]], DIMENSIONS[name], f"%parts of Scope {scope}% by%",
    )  # fmt: skip
    stated = [(Decimal(parts), stake) for parts, stake in found]
    assert stated == ([(Decimal(row["expected"]), abs(Decimal(row["differs_by"])))] if row["differs_by"] else [])


def test_the_parts_that_differ_are_the_known_ones() -> None:
    """Seven facility sums, fourteen Scope 3 disclosures: the publications' own mismatches."""
    published_mismatches = {row["case_id"] for row in CASES if row["differs_by"]}
    assert len({name for name in published_mismatches if name.startswith("TWS3")}) == 14
    assert len({name.rsplit("-", 1)[0] for name in published_mismatches if name.startswith("TWC")}) == 7


@pytest.mark.parametrize("row", having("parts_ghgp"), ids=case_id)
def test_reported_categories(row: Row, replay: Callable[[str], Replay]) -> None:
    categories = replay("AR6").value(
        "select sum(co2e_t) from category_emissions"
        " where year = ? and basis = 'reported' and scope = 3 and ghg_protocol_category is not null",
        YEARS[row["report"]],
    )
    assert categories == Decimal(row["expected"])


@pytest.mark.parametrize("row", having("parts_iso"), ids=case_id)
def test_published_iso_categories(row: Row, replay: Callable[[str], Replay]) -> None:
    categories = replay("AR6").value(
        "select sum(published) from iso_14064_statement where year = ? and basis = 'reported'", YEARS[row["report"]]
    )
    assert categories == Decimal(row["expected"])


@pytest.mark.parametrize("row", having("per_"), ids=case_id)
def test_intensity(row: Row, replay: Callable[[str], Replay]) -> None:
    numerator, metric, scale = {
        "per_revenue": ("scope_1_and_2", "revenue", Decimal(1)),
        "per_washes_kg": ("scope_3", "washes", Decimal(1000)),
    }[row["measure"]]
    value = replay("AR6").value(
        "select value from intensity where year = ? and basis = 'reported' and numerator = ? and denominator = ?",
        YEARS[row["report"]], numerator, metric,
    )  # fmt: skip
    assert same(value * scale, row)


@pytest.mark.parametrize("row", having("reduction_percent", "intensity_change_percent"), ids=case_id)
def test_change_between_two_years(row: Row, replay: Callable[[str], Replay]) -> None:
    first, last = change_years(row)
    ((base, actual),) = replay("AR6").rows(
        "select base_value, actual_value from target_progress where target_id = ? and base_year = ? and year = ?",
        row["case_id"], first, last,
    )  # fmt: skip
    change = (Decimal(actual) / Decimal(base) - 1) * 100
    assert same(-change if row["measure"] == "reduction_percent" else change, row)


@pytest.mark.parametrize("row", published("avoided_emissions"), ids=case_id)
def test_avoided_emissions_are_recomputed(row: Row, replay: Callable[[str], Replay]) -> None:
    ((stated, recomputed),) = replay("AR6").rows(
        "select stated_co2e_t, recomputed_co2e_t from avoided_emissions where document = ?", row["case_id"]
    )
    assert stated == Decimal(row["co2e_t"])
    assert abs(recomputed - stated) <= Decimal(row["tolerance_t"])


@pytest.mark.parametrize("row", published("targets"), ids=case_id)
def test_target_arithmetic(row: Row, replay: Callable[[str], Replay]) -> None:
    ((index, tonnes),) = replay("AR4").rows(
        "select pathway_index, pathway_value from target_progress where target_id = ? and year = ?",
        row["target"], int(row["year"]),
    )  # fmt: skip
    assert same({"yearly_percent": 100 - index, "pathway_t": tonnes}[row["measure"]], row)
