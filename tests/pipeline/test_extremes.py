"""Numbers at the edge of what the contracts accept: each is computed or is a finding on its row, and everything else is
published. `make_extremes` fills every numeric column of every feed, `make_extreme_reference` those of reference/."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from data_contracts.declarations.feeds import FEEDS
from data_contracts.declarations.reference_tables import TABLES

from .conftest import Company
from .extremes import NUMERIC, ROWS, make_extreme_reference, make_extremes, rows

pytestmark = pytest.mark.slow
TOO_LARGE = "9999999999999"


def test_every_numeric_column_of_every_feed_is_tried() -> None:
    numeric = {
        name: {column.name for column in feed.columns if column.kind == "number"} for name, feed in FEEDS.items()
    }
    left_out = {"invoices": {"gross_amount"}}  # the sum of two others
    assert {name: set(NUMERIC[name]) | left_out.get(name, set()) for name in FEEDS} == numeric
    assert all(any(row.get(column) for row in ROWS[feed]) for feed, columns in NUMERIC.items() for column in columns)


def test_every_number_of_a_reference_table_has_a_largest_one() -> None:
    unbounded = [
        f"{table.file} {column.name}"
        for table in TABLES.values()
        for column in table.columns
        if column.kind in ("decimal", "tonnes", "conversion", "integer") and column.at_most is None
    ]
    assert unbounded == []


def test_feeds(tmp_path: Path, parsed_dbt_project: Callable[[Path], Path], publish: Callable[..., str]) -> None:
    edge = Company(tmp_path / "edge")
    publish(parsed_dbt_project(make_extremes(edge.root)))
    refused = sum(TOO_LARGE in row.values() for feed in ROWS for row in rows(feed, (TOO_LARGE,)))
    assert edge.value("select count(*) from findings where rule = 'number_out_of_range'") == 2 * refused
    # Beside them, what is ordinary counts as ever: 10 MWh of one facility, of which the others are no part.
    ordinary = "facility_id = 'energyledger0' and activity_type = 'grid_electricity' and scope2_method = 'location'"
    assert edge.value(f"select sum(quantity) from emissions where {ordinary}") == Decimal(10)
    large = "quantity_out_of_range', 'factor_out_of_range"
    assert edge.value(f"select count(*) from findings where rule in ('{large}') and severity = 'error'") > 0


@pytest.mark.parametrize(("edge", "base"), [("largest", "0.000000001"), ("smallest", "100000000000")])
def test_reference_tables(
    edge: str, base: str, tmp_path: Path, parsed_dbt_project: Callable[[Path], Path], publish: Callable[..., str]
) -> None:
    """Also a base year next to nothing, or far above everything."""
    company = Company(tmp_path / "edge")
    publish(parsed_dbt_project(make_extreme_reference(company.root, edge, base)))
    assert company.value(
        "select co2e_t from annual_inventory where year = 2023 and scope = 1 and basis = 'reported'"
    ) == (Decimal(base))
    assert company.value("select count(*) from emissions") > 0
    assert company.value("select count(*) from findings where rule = 'factor_out_of_range'") > 0
