"""Every invariant is fed a broken warehouse, once per thing that it looks at, and names the rows that broke it."""

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest

from orchestration import transformation, warehouse
from orchestration.workspace import DBT_PROJECT_DIR, Workspace

from .conftest import Company

Dbt = Callable[..., subprocess.CompletedProcess[str]]
INVARIANTS = ("--select", "test_type:singular")


class Broken(NamedTuple):
    """A change of the small company's warehouse, and what stands in the rows that the invariant then finds."""

    invariant: str
    change: str
    found: str


ELECTRICITY = "where activity_type = 'grid_electricity'"
LEDGER = "where feed = 'energy_ledger'"
BROKEN = [
    Broken(
        "base_year_changes_only_by_events",
        "insert into raw.closes (close_id, number, year, version, action, target_scope2_method, base_co2e_t)"
        " select '2024.1', 1, base_year, 1, 'close', target_scope2_method, 12345 from marts.organization",
        "12345",
    ),
    Broken(
        "base_year_changes_only_by_events",
        "insert into raw.published_events by name select publication_id, base_year, target_scope2_method,"
        " 'sold' as event_id, 'error' as kind, '1;2' as scope, 300 as effect_t, 'recalculated' as decision"
        " from raw.publications cross join marts.organization",
        "Put its row back",
    ),
    Broken(
        "accepted_rows_become_activities",
        "delete from intermediate.int_measured_activities where feed = 'activity_log' and source_row = 5",
        "activity_log",
    ),
    Broken(
        "accepted_rows_become_activities",
        "insert into intermediate.int_measured_activities select * from intermediate.int_measured_activities"
        " where activity_type = 'diesel_mobile'",
        "2024-01/north/energy_ledger.xlsx",
    ),
    Broken(
        "accepted_rows_become_activities",
        "update intermediate.int_measured_activities set activity_id = 'from nowhere'"
        " where activity_type = 'diesel_mobile'",
        "from nowhere",
    ),
    *(
        Broken("allocation_sums_to_the_entity", change, "north")
        for change in (
            "update marts.product_allocation set quantity = quantity + 0.000001 where workshop = 'cells'",
            "update marts.product_allocation set co2e_kg = co2e_kg + 0.000000001 where workshop = 'cells'",
            "update marts.product_allocation set other_method_co2e_kg = 0 where workshop = 'cells'",
            "delete from marts.product_allocation where activity_type = 'fugitive_r410a'",
            "update marts.product_allocation set year = 2023 where activity_type = 'fugitive_r410a'",
        )
    ),
    *(
        Broken(
            "estimates_stand_only_where_nothing_was_sent",
            "insert into marts.estimates by name (select 'north' as facility_id, 'grid_electricity' as activity_type,"
            f" {meter} as meter_id, date '2024-01-31' as first_day, date '2024-02-29' as last_day)",
            "north",
        )
        for meter in ("null", "'M0'")
    ),
    Broken(
        "estimates_stay_within_the_block",
        f"update marts.emissions set data_quality = 'estimated' {ELECTRICITY} and facility_id = 'north'",
        # 737,150 kg of 752,172.
        "98.00 % of the emissions of grid_electricity in 2024 are estimated; estimate_block is 10 %.",
    ),
    Broken(
        "estimates_stay_within_the_block",
        "insert into marts.emissions select * replace (-2 * gross_co2e_kg as gross_co2e_kg) from marts.emissions"
        " where activity_type = 'diesel_mobile';"
        "update marts.emissions set data_quality = 'estimated'"
        " where activity_type = 'diesel_mobile' and gross_co2e_kg > 0",
        "100.00 % of the emissions of diesel_mobile in 2024 are estimated; estimate_block is 10 %.",
    ),
    *(
        Broken(
            "drivers_sum_to_the_change",
            "insert into intermediate.int_scope12_years by name"
            " (select unnest([2022, 2023]) as year, 12 as months_covered, unnest([100, 130]) as calculated_co2e_t);"
            "insert into marts.emission_drivers by name (select 2022 as from_year, 2023 as to_year,"
            " unnest(['north', 'north', 'south']) as facility_id,"
            " unnest(['output', 'instruments', 'boundary']) as driver,"
            f" unnest([{effects}]) as effect_t, unnest([{former}]) as from_co2e_t, unnest([80, 80, 50]) as to_co2e_t)",
            found,
        )
        for effects, former, found in (
            ("-20, 0.000000001, 50", "100, 100, 0", "north"),
            ("-20, 0, 50", "100, 99, 0", "north"),
            ("-19, 0, 50", "99, 99, 0", "all"),
        )
    ),
    Broken(
        "drivers_sum_to_the_change",
        "insert into intermediate.int_scope12_years by name"
        " (select unnest([2022, 2023]) as year, 12 as months_covered, unnest([100, 130]) as calculated_co2e_t)",
        "all",
    ),
    Broken(
        "every_accepted_row_is_accounted_for",
        "delete from marts.emissions where feed = 'activity_log'",
        "fugitive_r410a",
    ),
    Broken(
        "every_accepted_row_is_accounted_for",
        "delete from intermediate.int_allocation where activity_id in (select activity_id from"
        " intermediate.int_activities where meter_id = 'M1')",
        "energy_ledger",
    ),
    Broken(
        "every_accepted_row_is_accounted_for",
        "update marts.findings set severity = 'warning', rule = 'other' where rule = 'no_factor'",
        "mystery_powder",
    ),
    *(
        Broken("facilities_sum_to_the_organisation", change, "2024")
        for change in (
            "update marts.facility_emissions set co2e_t = co2e_t + 0.000000000001 where facility_id = 'south'",
            "delete from marts.facility_emissions where scope = 1",
            "delete from marts.scope_emissions where scope = 1",
        )
    ),
    Broken(
        "figures_of_the_year_sum_to_the_inventory",
        "update marts.headline set calculated_co2e_t = calculated_co2e_t + 0.000000001 where scope = '1+2+3'",
        "1+2+3",
    ),
    Broken(
        "figures_of_the_year_sum_to_the_inventory",
        "update marts.headline set co2e_t = calculated_co2e_t where scope = '1'",
        "1, a figure of a year that is not whole",
    ),
    Broken(
        "figures_of_the_year_sum_to_the_inventory",
        "update marts.scope12_trend set calculated_co2e_t = 1 where grain = 'year' and year = 2024",
        "year",
    ),
    Broken(
        "figures_of_the_year_sum_to_the_inventory",
        "update marts.scope12_trend set calculated_co2e_t = calculated_co2e_t + 1 where month = 2",
        "month 2",
    ),
    Broken(
        "figures_of_the_year_sum_to_the_inventory",
        "update marts.scope12_trend set actual_co2e_t = calculated_co2e_t, basis = 'calculated'"
        " where grain = 'year' and year = 2024",
        "an actual figure of a year that is not covered",
    ),
    Broken(
        "figures_of_the_year_sum_to_the_inventory",
        "insert into marts.intensity by name (select 2024 as year, 'calculated' as basis, 'scope_1' as numerator,"
        " 'revenue' as denominator, 31 as numerator_co2e_t)",
        "scope_1/revenue",
    ),
    *(
        Broken("gases_sum_to_co2e", f"update marts.emissions set {change} {LEDGER} and scope = 1", "north")
        for change in ("co2_kg = co2_kg + 0.000000000001", "nf3_kg_co2e = null", "co2e_kg = null")
    ),
    Broken(
        "ghg_protocol_and_iso_categories_sum_to_the_same_total",
        "update marts.iso_14064_statement set co2e_t = co2e_t + 0.000000000001 where iso_14064_category = 4",
        "2024",
    ),
    Broken(
        "ghg_protocol_and_iso_categories_sum_to_the_same_total",
        "update marts.category_emissions set co2e_t = co2e_t + 0.000000000001 where ghg_protocol_category = 1",
        "2024",
    ),
    Broken(
        "ghg_protocol_and_iso_categories_sum_to_the_same_total",
        "delete from marts.annual_inventory where basis = 'calculated'",
        "2024",
    ),
    Broken(
        "instruments_never_serve_more_than_the_demand",
        "insert into intermediate.int_instrument_allocations by name (select facility_id, period, factor_date,"
        " has_supplier_factor, demand_mwh + 0.000001 as allocated_mwh from intermediate.int_electricity_demand"
        " where facility_id = 'south' and period = date '2024-02-01')",
        "facility and month",
    ),
    Broken(
        "instruments_never_serve_more_than_the_demand",
        "insert into intermediate.int_instrument_allocations by name (select 'lab' as facility_id,"
        " date '2024-02-01' as period, date '2024-02-01' as factor_date, false as has_supplier_factor,"
        " 1 as allocated_mwh)",
        "lab",
    ),
    *(
        Broken(
            "instruments_never_serve_more_than_the_demand",
            "insert into intermediate.int_market_slices by name (select activity_id, segment_start,"
            f" {quantity} as quantity from intermediate.int_activity_segments {ELECTRICITY} and facility_id = 'south')",
            "line",
        )
        for quantity in ("quantity + 0.000001", "-0.000001")
    ),
    *(
        Broken(
            "instruments_purchased_equal_allocated_and_surplus",
            "insert into intermediate.int_instruments by name (select 'a' as activity_id, 'GEC-1' as instrument_id,"
            " 10 as quantity_mwh);"
            "insert into marts.instrument_allocation by name (select 'a' as activity_id, 'GEC-1' as instrument_id,"
            f" {purchased} as purchased, {allocated} as allocated, {surplus} as surplus)",
            "GEC-1",
        )
        for purchased, allocated, surplus in ((11, 10, 1), (10, 10, 1), (10, 11, -1))
    ),
    Broken(
        "instruments_purchased_equal_allocated_and_surplus",
        "insert into intermediate.int_instruments by name (select 'a' as activity_id, 'GEC-1' as instrument_id,"
        " 10 as quantity_mwh)",
        "GEC-1",
    ),
    Broken(
        "instruments_purchased_equal_allocated_and_surplus",
        "insert into marts.instrument_allocation by name (select 'a' as activity_id, 'GEC-2' as instrument_id,"
        " 1 as purchased, 1 as allocated, 0 as surplus)",
        "GEC-2",
    ),
    *(
        Broken("marts_sum_to_the_emission_lines", change, mart)
        for mart in (
            "annual_inventory",
            "scope_emissions",
            "category_emissions",
            "source_class_emissions",
            "facility_emissions",
            "inventory",
            "data_quality",
        )
        for change in (
            f"update marts.{mart} set {'co2e_market_t = co2e_market_t' if mart == 'inventory' else 'co2e_t = co2e_t'}"
            " + 0.000000000001 where scope = 2",
            f"delete from marts.{mart} where scope = 1",
        )
    ),
    *(
        Broken("months_sum_to_the_quantity", change, found)
        for change, found in (
            (
                "update intermediate.int_activity_segments set quantity = quantity - 0.000001"
                " where activity_type = 'fugitive_r410a'",
                "activity_log",
            ),
            ("update intermediate.int_sub_meter_months set quantity = 601 where meter_id = 'M1'", "sub_meter"),
            (
                "update intermediate.int_activity_segments set quantity = 311 where activity_id in"
                " (select activity_id from intermediate.int_activities where role = 'evidence')",
                "evidence",
            ),
            (
                "delete from intermediate.int_activity_segments where activity_type = 'fugitive_r410a'",
                "activity_log",
            ),
        )
    ),
    *(
        Broken("one_factor_per_key_and_day", f"insert into {table} select * from {table} where {row}", found)
        for table, row, found in (
            ("intermediate.int_emission_factors", "factor_id = 'sea_gas'", "sea_gas"),
            ("intermediate.int_fuel_properties", "factor_set = 'cn_other_industry_2015' and fuel = 'diesel'", "diesel"),
            ("intermediate.int_fuel_densities", "fuel = 'diesel' and geography = 'CHN'", "0.845 kg/L"),
        )
    ),
    Broken(
        "one_factor_per_key_and_day",
        "insert into intermediate.int_emission_factors by name (select * replace (upper(geography) as geography,"
        " 'same_utility' as factor_id) from intermediate.int_emission_factors where factor_id = 'utility')",
        "same_utility",
    ),
    Broken(
        "one_factor_per_key_and_day",
        # The last day of the one is the first of the other.
        "update intermediate.int_emission_factors set valid_to = date '2024-02-15' where factor_id = 'glass_old'",
        "glass_new",
    ),
    *(
        Broken(
            "rows_in_equal_accepted_rejected_and_duplicate",
            f"update marts.submissions set {column} = {column} + 1 where path = '2024-03/group/procurement.csv'",
            "2024-03/group/procurement.csv",
        )
        for column in ("rows_in", "rows_accepted", "rows_rejected", "rows_duplicate")
    ),
    *(
        Broken("scope_2_has_both_methods", f"{change} {LEDGER} and scope = 2 and facility_id = 'south'", "south")
        for change in (
            "update marts.emissions set scope2_method = 'market'",
            "update marts.emissions set scope2_method = 'location'",
            "update marts.emissions set scope2_method = null",
            "update marts.emissions set quantity = case scope2_method when 'market' then 140 else 141 end",
        )
    ),
    *(
        Broken("comparisons_rest_on_the_emission_lines", change, found)
        for change, found in (
            (
                "update marts.scope12_trend set basis = 'calculated', other_method_co2e_t = 752"
                " where grain = 'year' and year = 2024",
                "year, other_method_co2e_t",
            ),
            (
                # A sum of three months is none of twelve.
                "update marts.scope12_trend set rolling_12m_co2e_t = 731.975175706866667 where month = 3",
                "month, rolling_12m_co2e_t",
            ),
            ("update marts.scope12_trend set actual_co2e_t = 1 where month = 3", "month, actual_co2e_t"),
            (
                "update marts.scope12_trend set actual_co2e_t = 2, reported_co2e_t = 2, basis = 'reported',"
                " pathway_co2e_t = 1, on_track = true where year = 2025",
                "year, on_track",
            ),
            ("update marts.target_progress set actual_value = 732 where year = 2024", "near, actual_value"),
            (
                "update marts.target_progress set actual_value = 731.975175706866667, pathway_value = 731,"
                " on_track = true where year = 2024",
                "near, on_track",
            ),
            (
                "insert into marts.intensity by name (select 2024 as year, 'calculated' as basis,"
                " 'scope_1' as numerator, 'revenue' as denominator, 30.535175706866667 as numerator_co2e_t,"
                " 2 as denominator_value, 15 as value)",
                "calculated scope_1/revenue, value",
            ),
            (
                "insert into marts.intensity by name (select 2024 as year, 'calculated' as basis,"
                " 'scope_1_and_2' as numerator, 'revenue' as denominator, 30 as numerator_co2e_t,"
                " 2 as denominator_value, 15 as value)",
                "calculated scope_1_and_2/revenue",
            ),
            ("update marts.green_electricity set consumption_mwh = 1290.01, green_share = 0", "consumption_mwh"),
            ("update marts.green_electricity set contracts_mwh = 0.01", "certificates_mwh + contracts_mwh"),
            ("update marts.green_electricity set green_share = 0.0001", "green_share"),
            ("update marts.misstatements set co2e_t = co2e_t + 0.000001 where scope = 1", "co2e_t of Scope 1"),
            ("update marts.misstatements set co2e_t = 1 where scope is null", "co2e_t of Scope 1 and 2"),
            (
                "update marts.misstatements set absolute_misstatement_t = 404 where scope <> 1 or scope is null",
                "absolute_misstatement_t",
            ),
            (
                "update marts.misstatements set signed_misstatement_t = 1 where scope = 1",
                "signed_misstatement_t of both scopes",
            ),
            ("delete from marts.energy_reconciliation where delta < 0", "signed_misstatement_t"),
        )
    ),
    Broken(
        "reported_parts_sum_to_the_reported_total",
        "insert into marts.annual_inventory by name"
        " (select 2024 as year, 'reported' as basis, 1 as scope, 30 as co2e_t)",
        "iso_14064_statement",
    ),
    *(
        Broken(
            "reported_parts_sum_to_the_reported_total",
            "insert into marts.annual_inventory by name"
            " (select 2024 as year, 'reported' as basis, 1 as scope, 30 as co2e_t);"
            "insert into marts.category_emissions by name"
            f" (select 2024 as year, 'reported' as basis, 1 as scope, {categories} as co2e_t);"
            "insert into marts.source_class_emissions by name"
            f" (select 2024 as year, 'reported' as basis, 1 as scope, {classes} as co2e_t);"
            "insert into marts.iso_14064_statement by name"
            f" (select 2024 as year, 'reported' as basis, {iso} as co2e_t)",
            mart,
        )
        for mart, categories, classes, iso in (
            ("category_emissions", 29, 30, 30),
            ("source_class_emissions", 30, 29, 30),
            ("iso_14064_statement", 30, 30, 29),
        )
    ),
]


@pytest.fixture(scope="module")
def sound(company: Company, copied: Callable[..., Path], dbt: Dbt) -> Workspace:
    """The small company with the warehouse of its run, and the invariants compiled for it."""
    workspace = Workspace.open(copied(company.root, with_warehouse=True))
    finished = dbt(workspace, "compile", *INVARIANTS)
    assert finished.returncode == 0, finished.stdout
    return workspace


@pytest.fixture(scope="module")
def work(sound: Workspace) -> Iterator[duckdb.DuckDBPyConnection]:
    """The work file with the marts in it: a transaction, which undoes what a test changes, spans one file."""
    with warehouse.connect(sound.work_database) as connection:
        warehouse.attach_marts(connection, sound)
        connection.execute("create schema marts")
        for (mart,) in connection.execute(
            "select table_name from duckdb_tables() where database_name = 'release'"
        ).fetchall():
            connection.execute(f"create table marts.{mart} as from release.marts.{mart}")
        yield connection


@pytest.fixture
def connection(work: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """The work file; what a test changes in it is undone."""
    work.execute("begin")
    yield work
    work.execute("rollback")


def compiled(workspace: Workspace) -> dict[str, str]:
    """The query of each invariant, by its name."""
    found = (workspace.dbt_build / "compiled" / "helioledger" / "tests").glob("assert_*.sql")
    return {
        path.stem.removeprefix("assert_"): path.read_text(encoding="utf-8").replace('"release".', '"helioledger".')
        for path in found
    }


def test_every_invariant_is_broken_here(sound: Workspace) -> None:
    assert set(compiled(sound)) == {broken.invariant for broken in BROKEN}
    assert set(compiled(sound)) == {
        path.stem.removeprefix("assert_") for path in (DBT_PROJECT_DIR / "tests").glob("*.sql")
    }


def test_a_sound_warehouse_breaks_none(sound: Workspace, connection: duckdb.DuckDBPyConnection) -> None:
    assert {name: connection.execute(query).fetchall() for name, query in compiled(sound).items()} == {
        name: [] for name in compiled(sound)
    }


@pytest.mark.parametrize("broken", BROKEN, ids=[f"{broken.invariant}-{number}" for number, broken in enumerate(BROKEN)])
def test_a_broken_warehouse_is_told(broken: Broken, sound: Workspace, connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(broken.change)
    rows = connection.execute(compiled(sound)[broken.invariant]).fetchall()
    assert any(broken.found in str(cell) for row in rows for cell in row), rows


def test_each_of_them_stops_a_build(company: Company, copied: Callable[..., Path], dbt: Dbt) -> None:
    """All at once, run by dbt itself: none is limited to nothing, or a mere warning."""
    workspace = Workspace.open(copied(company.root, with_warehouse=True))
    with warehouse.connect(workspace.work_database) as connection:
        warehouse.attach_marts(connection, workspace, read_only=False)
        connection.execute("set search_path = 'helioledger.main,release.marts'")
        for broken in {broken.invariant: broken for broken in reversed(BROKEN)}.values():
            connection.execute(broken.change)
    finished = dbt(workspace, "test", *INVARIANTS)
    assert finished.returncode == 1, finished.stdout
    failed = {node.name.removeprefix("assert_"): node for node in transformation.failed_nodes(workspace)}
    assert set(failed) == {broken.invariant for broken in BROKEN}
    assert all(node.rows for node in failed.values())
    assert re.search(rf"ERROR={len(failed)} .*TOTAL={len(failed)}", finished.stdout)
