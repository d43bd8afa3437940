"""Every result of the 2019 verification report of Shandong Sangle comes back from its activity data."""

import json
import os
import subprocess
import sys
from decimal import Decimal

import openpyxl
import pytest

from .conftest import Company, half_up

TUBES, SPLIT = "真空管太阳能热水系统", "分体太阳能热水系统"
LINES = "select sum(co2e_kg) * 0.001 from emissions where "
WORKSHOP = "select sum(co2e_kg) * 0.001 from product_allocation where workshop = "
PER_UNIT = "select co2e_kg_per_unit from product_intensity where workshop = "


@pytest.mark.parametrize(
    ("published", "sql"),
    [
        pytest.param("5.4431", LINES + "activity_type = 'motor_gasoline_mobile'", id="gasoline, table 3-14"),
        pytest.param("22.8053", LINES + "activity_type = 'diesel_mobile'", id="diesel, table 3-14"),
        pytest.param("28.25", LINES + "scope = 1", id="fuels, table 3-14"),
        pytest.param("623.24", LINES + "scope2_method = 'location'", id="electricity, table 3-15"),
        pytest.param("651", "select actual_co2e_t from scope12_trend where month is null", id="total, table 3-16"),
        pytest.param("336.84", WORKSHOP + f"'{TUBES}'", id="evacuated tubes, table 3-26"),
        pytest.param("18.34", WORKSHOP + f"'{SPLIT}'", id="split systems, table 3-26"),
        pytest.param("2.78", PER_UNIT + f"'{TUBES}'", id="kg per evacuated-tube system, table 3-26"),
        pytest.param("1.63", PER_UNIT + f"'{SPLIT}'", id="kg per split system, table 3-26"),
        pytest.param("11286", f"select quantity from product_intensity where workshop = '{SPLIT}'", id="months sum"),
        pytest.param(
            "355",
            "select sum(co2e_kg) * 0.001 from product_allocation where workshop <> 'unallocated'",
            id="supplementary data table",
        ),
    ],
)
def test_published_result_is_calculated(sangle: Company, published: str, sql: str) -> None:
    places = len(published.partition(".")[2])
    assert half_up(sangle.value(sql), places) == Decimal(published)


@pytest.mark.parametrize(
    ("query", "figure", "places"),
    [
        # The report: 28.25 t of fuels, 623.24 t of 704.788 MWh, 446 people, gross output of 604.1 m CNY.
        ("select sum(co2e_t) from inventory", "651.49", 2),
        ("select sum(co2e_t) from inventory where year = 2019 and scope = 2", "623.24", 2),
        ("select sum(co2e_t) from inventory where year = 2019 and scope = 1", "28.25", 2),
        ("select sum(quantity) from inventory where activity_type = 'grid_electricity'", "704.788", 3),
        ("select sum(quantity) from inventory where activity_type = 'motor_gasoline_mobile'", "1.789", 3),
        ("select co2e_t from headline where scope = '1+2'", "651.49", 2),
        ("select sum(co2e_t) from headline where scope in ('1', '2')", "651.49", 2),
        ("select avg(value) from organization_ratios where item = 'scope_1_and_2 / headcount'", "1.4607", 4),
        ("select value from organization_ratios where item = 'scope_1_and_2 / gross_output'", "0.0108", 4),
        ("select max(value) from organization_ratios where ratio = 'green_share'", "0", 0),
        (f"select value from organization_ratios where item = '{TUBES}'", "2.78", 2),
        ("select sum(actual_co2e_t) from scope12_trend where grain = 'year'", "651.49", 2),
        ("select max(t) from (select activity_type, sum(co2e_t) as t from inventory group by all)", "623.24", 2),
        ("select count(*) from inventory where scope = 3", "0", 0),
        ("select count(*) from instrument_allocation", "0", 0),
        # The figure that counts is the calculated one, to the last digit.
        ("select count(*) from headline where basis = 'calculated' and co2e_t = calculated_co2e_t", "3", 0),
        (
            "select value from organization_ratios where unit = 't CO2e/person' and item = 'scope_1_and_2 / headcount'",
            "1.4607",
            4,
        ),
    ],
)
def test_first_queries_are_right(sangle: Company, query: str, figure: str, places: int) -> None:
    assert half_up(Decimal(str(sangle.value(query))), places) == Decimal(figure)


def test_what_nobody_knows_is_not_zero(sangle: Company) -> None:
    """A year without Scope 3 has no total of three scopes, and one year with no target is on no track."""
    assert sangle.rows(
        "select scope, co2e_t, is_whole_year from headline where scope in ('3', '1+2+3') order by 1"
    ) == [
        ("1+2+3", None, False),
        ("3", None, False),
    ]
    assert sangle.rows("select on_track from scope12_trend where grain = 'year'") == [(None,)]


def test_what_belongs_to_no_workshop_is_unallocated(sangle: Company) -> None:
    electricity = "activity_type = 'grid_electricity'"
    assert sangle.rows(
        f"select unit, quantity from product_allocation where workshop = 'unallocated' and {electricity}"
    ) == [("MWh", Decimal("303.137000"))]
    assert sangle.value("select sum(co2e_kg) from product_allocation") == sangle.value(
        "select sum(co2e_kg) from emissions where scope = 1 or scope2_method = 'location'"
    )


def test_annual_rows_cover_every_month_and_sum_to_the_last_decimal(sangle: Company) -> None:
    assert sangle.rows(
        "select count(distinct period), sum(quantity) from emissions where activity_type = 'motor_gasoline_mobile'"
    ) == [(12, Decimal("1.789000"))]


def test_both_scope_2_methods_stand_side_by_side(sangle: Company) -> None:
    assert sangle.rows(
        "select scope2_method, market_basis, sum(quantity) from emissions where scope = 2 group by all order by all"
    ) == [("location", None, Decimal("704.788000")), ("market", "grid_average", Decimal("704.788000"))]


def test_the_reports_comprehensive_energy_is_found_to_be_ten_times_its_own_data(sangle: Company) -> None:
    ((severity, english, chinese),) = sangle.rows(
        "select severity, message_en, message_zh from findings where rule = 'comprehensive_energy_mismatch'"
    )
    assert severity == "warning"
    for message in (english, chinese):
        assert "1000 tce" in message
        assert "99.816" in message


def test_every_row_of_every_submission_is_accounted_for(sangle: Company) -> None:
    assert sangle.rows(
        "select sum(rows_in), sum(rows_accepted), sum(rows_rejected), sum(rows_duplicate) from submissions"
    ) == [(21, 21, 0, 0)]


def test_the_run_prints_results_and_where_to_look(sangle: Company) -> None:
    assert "651.492" in sangle.output
    assert str(sangle.database) in sangle.output
    assert "helioledger query" in sangle.output


def test_a_tonne_is_walked_back_to_its_row_and_its_factor_to_its_publications(sangle: Company) -> None:
    lines = sangle.rows(
        "select distinct path, lines.source_sheet, lines.source_row, lines.given_quantity, lines.given_unit,"
        " lines.factor_row_id, lines.factor_kgco2e_per_unit from emissions as lines"
        " join submissions using (submission_id) where lines.activity_type = 'motor_gasoline_mobile'"
    )
    ((path, sheet, row, quantity, unit, factor, kilograms_per_tonne),) = lines
    delivered = openpyxl.load_workbook(sangle.root / "landing" / path)[sheet]
    assert [cell.value for cell in delivered[row]][3:5] == [float(quantity), unit]

    sql = "select part, value, publication from factor_register where factor_row_id = ?"
    parts = {part: (value, publication) for part, value, publication in sangle.rows(sql, factor)}
    product = Decimal(1000) * 44 / 12
    for part in ("net calorific value", "carbon content", "oxidation rate"):
        product *= parts[part][0]
        assert "工业其他行业" in parts[part][1]
    assert len(parts) == 3
    assert product.quantize(Decimal("1e-9")) == kilograms_per_tonne


def test_every_factor_names_its_publication(sangle: Company) -> None:
    assert sangle.value("select count(*) from factor_register where publication is null or formula is null") == 0


def test_the_rules_and_the_meters_are_published_with_the_figures(sangle: Company) -> None:
    assert sangle.rows(
        "select consolidation_approach, gwp_set, combustion_gases, base_year, base_as_reported_co2e_t = base_co2e_t"
        " from organization"
    ) == [("operational_control", "SAR", "co2", 2019, True)]
    assert sangle.rows("select accuracy, readings from meters where meter_id = 'E1'") == [("0.01 kWh", 1)]


def test_tools_with_duckdb_1_open_the_published_database(sangle: Company) -> None:
    sql = "select tags['storage_version'] from duckdb_databases() where not internal"
    assert "v1.0.0" in sangle.value(sql)


READS_ALL = """
import json, sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
names = connection.execute("select table_name from information_schema.tables where table_schema = 'marts'").fetchall()
counted = {}
for (name,) in names:
    counted[name] = connection.execute(f'select count(*), count(columns(*)) from marts."{name}"').fetchone()
lines = connection.execute("select scope, cast(sum(co2e_kg) as varchar) from marts.emissions group by 1 order by 1")
print(json.dumps([duckdb.__version__, {name: row[0] for name, row in counted.items()}, lines.fetchall()]))
"""


def test_a_client_of_duckdb_1_reads_every_table(sangle: Company) -> None:
    """pip install --target FOLDER duckdb==1.0.0, and HELIOLEDGER_DUCKDB_1=FOLDER."""
    if not (folder := os.environ.get("HELIOLEDGER_DUCKDB_1")):
        pytest.skip("no client of DuckDB 1.x is named (HELIOLEDGER_DUCKDB_1)")
    answer = subprocess.run(
        [sys.executable, "-c", READS_ALL, sangle.database],
        capture_output=True, text=True, check=True, env={"PYTHONPATH": folder},
    )  # fmt: skip
    version, counted, lines = json.loads(answer.stdout)
    assert version.startswith("1.")
    names = [
        name for (name,) in sangle.rows("select table_name from information_schema.tables where table_schema = 'marts'")
    ]
    assert counted == {name: sangle.value(f'select count(*) from "{name}"') for name in names}
    assert [tuple(line) for line in lines] == sangle.rows(
        "select scope, cast(sum(co2e_kg) as varchar) from emissions group by 1 order by 1"
    )
