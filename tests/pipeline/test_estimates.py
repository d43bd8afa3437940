"""A new workspace, from `helioledger init` to its publication, in which data is missing: gaps, estimates, the data that
replaces them, the limit that stops a publication."""

import json
import subprocess
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from .company import write
from .conftest import Company

SETTINGS = """\
estimate_warn: 0.05
estimate_block: 0.15
estimation_methods:
  - interpolation
  - conservative_neighbour
"""
FACILITIES = """\
facility_id,name,country,grid_region,valid_from,expected_activity_types
north,North plant,CHN,CN-SD,,grid_electricity
east,East plant,CHN,CN-SD,,grid_electricity;diesel_mobile
south,South plant,CHN,CN-SD,,grid_electricity
lab,Laboratory,CHN,CN-SD,2024-04-10,grid_electricity
"""
METERS = """\
facility_id,meter_id,workshop
south,M1,cells
south,M2,modules
"""
# 500 kg/MWh: a tonne by hand is a glance.
FACTORS = """\
factor_id,activity_type,stage,scope,geography,valid_from,per_unit,co2_kg,publication,source
grid,grid_electricity,direct,2,CHN,2020-01-01,MWh,500,Test,test
fleet,diesel_mobile,direct,1,CHN,2020-01-01,t,3000,Test,test
"""
LEDGER = "period,facility_id,activity_type,quantity,unit,meter_id\n"
MONTHS = ("2024-01", "2024-02", "2024-03", "2024-04")
# north: nothing in February, which was 29 days; and nothing after March. south: M2 was not read in March.
# east: February comes late.
NORTH = {"2024-01": 3100, "2024-03": 2790}
EAST = {"2024-01": 3100, "2024-03": 3100, "2024-04": 3000}
SOUTH = {
    "M1": {"2024-01": 6200, "2024-02": 5800, "2024-03": 6200, "2024-04": 6000},
    "M2": {"2024-01": 620, "2024-02": 290, "2024-04": 600},
}
# Of the diesel so little is missing that its share is no warning.
DIESEL = {"north": dict.fromkeys(MONTHS, 1000), "east": {"2024-01": 10, "2024-03": 10, "2024-04": 10}}
LATE = LEDGER + "2024-02,east,grid_electricity,2000,MWh,\n"
ESTIMATES = (
    "select facility_id, period, meter_id, method, quantity, unit, days, basis, co2e_t from estimates"
    " where activity_type = 'grid_electricity' order by 1, 2"
)
GAPS = (
    "select facility_id, period, status from data_completeness"
    " where status <> 'complete' and activity_type = 'grid_electricity' order by all"
)
LINES = (
    "select facility_id, period, scope2_method, quantity, co2e_kg, submission_id, source_row from emissions"
    " where feed = 'estimate' and stage = 'direct' and scope = 2 order by all"
)
FINDINGS = (
    "select rule, severity, facility_id, period, source_value, co2e_at_stake_t, message_en, message_zh"
    " from findings where rule in ('data_missing', 'estimated_gap', 'estimate_share') order by all"
)


@pytest.fixture(scope="module")
def workspace(
    tmp_path_factory: pytest.TempPathFactory,
    helioledger: Callable[..., subprocess.CompletedProcess[str]],
    parsed_dbt_project: Callable[[Path], Path],
) -> Path:
    root = tmp_path_factory.mktemp("estimates") / "gaps"
    assert helioledger("init", root).returncode == 0
    with (root / "organization.yml").open("a") as settings:
        settings.write(SETTINGS)
    for name, text in {"facilities": FACILITIES, "meters": METERS, "emission_factors": FACTORS}.items():
        write(root / "reference" / f"{name}.csv", text)
    readings = {("north", ""): NORTH, ("east", ""): EAST, **{("south", meter): read for meter, read in SOUTH.items()}}
    for month in MONTHS:
        rows = [
            f"{month},{facility},grid_electricity,{read[month]},MWh,{meter}\n"
            for (facility, meter), read in readings.items()
            if month in read
        ]
        rows += [f"{month},{name},diesel_mobile,{read[month]},t,\n" for name, read in DIESEL.items() if month in read]
        write(root / "landing" / month / "group" / "energy_ledger.csv", LEDGER + "".join(rows))
    return parsed_dbt_project(root)


@pytest.fixture(scope="module")
def blocked(workspace: Path, helioledger: Callable[..., subprocess.CompletedProcess[str]]) -> str:
    """What a run says that stops because too much of a source is estimated."""
    finished = helioledger("run", "--workspace", workspace.name, cwd=workspace.parent)
    assert finished.returncode == 1, finished.stdout + finished.stderr
    assert not (workspace / "warehouse" / "published").exists()
    return finished.stdout + finished.stderr


@pytest.fixture(scope="module")
def estimated(workspace: Path, blocked: str, publish: Callable[..., str]) -> Company:
    """One of the months that were missing comes late."""
    write(workspace / "landing" / "2024-04" / "east" / "energy_ledger.csv", LATE)
    return Company(workspace, publish(workspace))


FEBRUARY, MARCH, APRIL = date(2024, 2, 1), date(2024, 3, 1), date(2024, 4, 1)


def test_gaps_are_estimated_by_the_first_method_that_applies(estimated: Company) -> None:
    assert estimated.rows(ESTIMATES) == [
        # (3100 / 31 + 2790 / 31) / 2 = 95 a day
        ("north", FEBRUARY, None, "interpolation", Decimal("2755"), "MWh", 29,
         "(3100 MWh of 2024-01 / 31 d + 2790 MWh of 2024-03 / 31 d) / 2 x 29 d", Decimal("1377.5")),
        # Nothing after it to interpolate with: 2790 / 31 = 90 a day
        ("north", APRIL, None, "conservative_neighbour", Decimal("2700"), "MWh", 30,
         "2790 MWh of 2024-03 / 31 d x 30 d", Decimal("1350")),
        # The same meter: (10 + 20) / 2 = 15 a day
        ("south", MARCH, "M2", "interpolation", Decimal("465"), "MWh", 31,
         "(290 MWh of 2024-02 / 29 d + 600 MWh of 2024-04 / 30 d) / 2 x 31 d", Decimal("232.5")),
    ]  # fmt: skip
    assert estimated.rows(GAPS) == [
        ("lab", APRIL, "missing"),
        ("north", FEBRUARY, "estimated"),
        ("north", APRIL, "estimated"),
        ("south", MARCH, "estimated"),
    ]


def test_estimated_lines_are_computed_like_any_other_and_marked(estimated: Company) -> None:
    quantities = {("north", FEBRUARY): 2755, ("north", APRIL): 2700, ("south", MARCH): 465}
    lines = estimated.rows(LINES)
    assert [row[:4] for row in lines] == [
        (facility, period, method, Decimal(quantity))
        for (facility, period), quantity in sorted(quantities.items())
        for method in ("location", "market")
    ]
    assert all(row[4] == row[3] * 500 and row[5:] == (None, None) for row in lines)
    measured = sum(NORTH.values()) + sum(EAST.values()) + 2000 + sum(sum(read.values()) for read in SOUTH.values())
    total = "select sum(quantity), sum(co2e_kg) from emissions where scope2_method = 'location' and stage = 'direct'"
    assert estimated.rows(total) == [(Decimal(measured + 5920), Decimal(measured + 5920) * 500)]
    # The meter that was not read belongs to a workshop.
    assert estimated.rows(
        "select workshop, sum(quantity) from product_allocation where facility_id = 'south' group by all order by 1"
    ) == [
        ("cells", Decimal(sum(SOUTH["M1"].values()))),
        ("modules", Decimal(sum(SOUTH["M2"].values()) + 465)),
    ]


def test_every_estimate_is_a_finding_and_their_share_a_warning(estimated: Company) -> None:
    findings = estimated.rows(FINDINGS)
    *gaps, diesel = sorted(
        (row for row in findings if row[0] == "estimated_gap"), key=lambda row: row[4] == "diesel_mobile"
    )
    assert [row[1:6] for row in gaps] == [
        ("warning", "north", FEBRUARY, "grid_electricity", Decimal("1377.5")),
        ("warning", "north", APRIL, "grid_electricity", Decimal("1350")),
        ("warning", "south", MARCH, "grid_electricity", Decimal("232.5")),
    ]
    for message in gaps[0][6:]:
        for part in ("2755 MWh", "interpolation", "3100 MWh of 2024-01 / 31 d", "2024-02-01", "2024-02-29"):
            assert part in message
    assert "meter M2" in gaps[2][6]
    assert "表 M2" in gaps[2][7]
    # 5,920 of 48,720 MWh; of the diesel, 9.35 of 4,039 t.
    assert diesel[2:5] == ("east", FEBRUARY, "diesel_mobile")
    (share,) = [row for row in findings if row[0] == "estimate_share"]
    assert share[4] == "grid_electricity"
    assert "12.15 %" in share[6]
    # Nothing was ever measured in the laboratory: no estimate, and no silent zero.
    (missing,) = [row for row in findings if row[0] == "data_missing"]
    assert missing[2:4] == ("lab", APRIL)
    assert all("estimation_methods" in message for message in missing[6:])


def test_above_the_limit_nothing_is_published_and_the_run_says_why(blocked: str) -> None:
    # 8,820 of 49,620 MWh
    assert "estimates_stay_within_the_block" in blocked
    assert "17.78 % of the emissions of grid_electricity in 2024 are estimated; estimate_block is 15 %" in blocked


def test_data_that_comes_late_replaces_its_estimate(estimated: Company) -> None:
    assert estimated.rows(
        "select period, quantity, data_quality from emissions where facility_id = 'east'"
        " and scope2_method = 'location' and stage = 'direct' order by period"
    ) == [
        (date(2024, 1, 1), Decimal(3100), "measured"),
        (FEBRUARY, Decimal(2000), "measured"),
        (MARCH, Decimal(3100), "measured"),
        (APRIL, Decimal(3000), "measured"),
    ]


def test_the_late_file_is_found_by_a_query(
    estimated: Company, helioledger: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    sql = "select rows_in, rows_accepted from submissions where path = '2024-04/east/energy_ledger.csv'"
    finished = helioledger("query", sql, "--workspace", estimated.root, "--format", "json")
    assert json.loads(finished.stdout) == [{"rows_in": 1, "rows_accepted": 1}]


def test_a_run_writes_nowhere_but_into_the_warehouse(estimated: Company) -> None:
    assert {entry.name for entry in estimated.root.iterdir()} == {
        "organization.yml",
        "reference",
        "landing",
        "warehouse",
    }
    assert {entry.name for entry in estimated.root.parent.iterdir()} == {"gaps"}
