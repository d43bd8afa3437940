"""The small company: every figure worked by hand, and the same bytes whatever the order of the runs."""

import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
import yaml

from orchestration import release, transformation, warehouse
from orchestration.defs.transformation import EXCLUDED
from orchestration.workspace import DBT_PROJECT_DIR, Workspace

from .conftest import Company, half_up

LEDGER = "facility_id = 'north' and feed = 'energy_ledger' and "
GLASS = "activity_type = 'solar_glass_own' and "
FREIGHT = "activity_type = 'freight_road_hgv_average'"
MONTHS = ("2024-01", "2024-02", "2024-03", "2024-04")


def parquet_hashes(company: Path) -> dict[str, str]:
    return json.loads((company / "warehouse" / "published" / "release.json").read_text())["parquet_sha256"]


def test_rows_in_are_accepted_rejected_or_duplicate(company: Company) -> None:
    assert company.rows(
        "select path, status, rows_in, rows_accepted, rows_rejected, rows_duplicate from submissions order by path"
    ) == [
        ("2024-01/lab/energy_ledger.csv", "accepted", 1, 1, 0, 0),
        ("2024-01/north/energy_ledger.xlsx", "partly_accepted", 5, 4, 1, 0),
        ("2024-02/lab/energy_ledger-again.csv", "duplicate", 1, 0, 0, 1),
        ("2024-02/north/invoices.csv", "accepted", 1, 1, 0, 0),
        ("2024-02/south/energy_ledger.csv", "accepted", 1, 1, 0, 0),
        ("2024-03/group/procurement.csv", "partly_accepted", 6, 5, 1, 0),
        ("2024-03/north/activity_log.csv", "accepted", 4, 4, 0, 0),
        ("2024-03/north/production.csv", "accepted", 1, 1, 0, 0),
        ("2024-04/group/business_metrics.csv", "accepted", 1, 1, 0, 0),
        ("2024-04/north/energy_ledger-gasoline.csv", "accepted", 2, 2, 0, 0),
    ]


@pytest.mark.parametrize(
    ("kilograms", "where"),
    [
        pytest.param("641000", LEDGER + "scope2_method = 'location'", id="641.0 kg/MWh, Shandong"),
        pytest.param("585600", LEDGER + "scope2_method = 'market'", id="residual mix"),
        pytest.param("96150", "feed = 'invoices' and scope2_method = 'location'", id="15 of 31 days without a ledger"),
        pytest.param("15022", "facility_id = 'south' and scope2_method = 'location'", id="14 of 29 days valid"),
        pytest.param("28000", "facility_id = 'south' and scope2_method = 'market'", id="supplier's rate"),
        pytest.param("2657.628506866667", "activity_type = 'diesel_mobile'", id="1000 L x 0.845 kg/L x 3.1451 t/t"),
        pytest.param("3042.5472", "activity_type = 'motor_gasoline_mobile'", id="1 t over a quarter"),
        pytest.param("19235", "activity_type = 'fugitive_r410a'", id="10 kg x (675 + 3170)/2"),
        pytest.param("22000", GLASS + "factor_table = 'own'", id="1000, from 15 Feb 1200 kg/t"),
        pytest.param("1000", GLASS + "factor_table = 'row'", id="supplier's own factor"),
        pytest.param("500", "activity_type = 'spend_tools'", id="1000 EUR x 0.5, not 3 t"),
        pytest.param("290.88", f"{FREIGHT} and stage = 'direct'", id="3000 t.km x 0.09696"),
        pytest.param("2122.8", "facility_id = 'lab' and ghg_protocol_category = 15", id="40 % of 1000 therm x 5.307"),
        pytest.param("0", "facility_id = 'lab' and scope = 1", id="outside the boundary"),
    ],
)  # fmt: skip
def test_line_worked_by_hand(company: Company, kilograms: str, where: str) -> None:
    # To the tenth of a gram: a quantity has six decimals in the unit of its line.
    calculated = company.value(f"select sum(co2e_kg) from emissions where {where}")
    assert half_up(calculated, 4) == half_up(Decimal(kilograms), 4)


def test_market_basis_is_on_the_line(company: Company) -> None:
    assert company.rows(
        "select facility_id, market_basis from emissions where scope2_method = 'market' group by all order by all"
    ) == [("north", "residual_mix"), ("south", "supplier")]


def test_gas_outside_the_kyoto_basket_is_outside_the_scopes(company: Company) -> None:
    assert company.rows(
        "select scope, co2e_kg, other_gases_kg_co2e from emissions where activity_type = 'fugitive_hcfc_22'"
    ) == [(None, Decimal(0), Decimal(1760))]


def test_transport_that_others_pay_for_is_downstream(company: Company) -> None:
    assert company.rows(
        "select ghg_protocol_category, period, sum(quantity) from emissions"
        f" where {FREIGHT} and stage = 'direct' group by all order by period"
    ) == [
        (9, company.value("select date '2024-02-01'"), Decimal(1500)),
        (9, company.value("select date '2024-03-01'"), Decimal(1500)),
    ]


def test_sub_meters_break_their_parent_down(company: Company) -> None:
    assert company.rows(
        "select workshop, quantity, co2e_kg from product_allocation where activity_type = 'grid_electricity'"
        " and facility_id = 'north' order by workshop"
    ) == [
        ("cells", Decimal(600), Decimal("351360")),
        ("modules", Decimal(300), Decimal("175680")),
        ("unallocated", Decimal(250), Decimal("146400")),
    ]
    assert company.value("select co2e_kg_per_unit from product_intensity") == Decimal("17568")


def test_what_could_not_be_counted_is_a_finding(company: Company) -> None:
    found = company.rows(
        "select rule, s.path, source_row, source_value from findings left join submissions s using (submission_id)"
        " where severity in ('error', 'warning') and submission_id is not null order by all"
    )
    assert found == [
        ("facility_not_valid", "2024-02/south/energy_ledger.csv", 2, "south"),
        ("invoice_stands_in", "2024-02/north/invoices.csv", 2, "310.000000000"),
        ("no_factor", "2024-03/group/procurement.csv", 5, "mystery_powder"),
        ("unknown_activity_type", "2024-01/north/energy_ledger.xlsx", 7, "moon_light"),
        ("unknown_facility", "2024-03/group/procurement.csv", 6, "nowhere"),
    ]


def test_what_is_counted_but_incomplete_is_a_finding(company: Company) -> None:
    rules = "'no_price_index', 'no_category', 'no_calorific_value'"
    assert company.rows(
        f"select rule, source_value, co2e_at_stake_t from findings where rule in ({rules}) order by rule"
    ) == [
        ("no_calorific_value", "t", None),
        ("no_category", "advice", Decimal("0.002")),
        ("no_price_index", "spend_tools", Decimal("0.5")),
    ]


def test_a_year_without_twelve_months_has_month_rows_and_no_comparison(company: Company) -> None:
    assert company.rows(
        "select month, actual_co2e_t is not null, months_covered, on_track from scope12_trend where year = 2024"
        " order by month nulls first"
    ) == [(None, False, 0, None), (1, True, 0, None), (2, True, 0, None), (3, True, 0, None)]
    # No month is covered: rosin was burnt in the base year, gas and diesel in January; electricity lacks days.
    lacking = company.rows(
        "select facility_id, source_value, message_en from findings where rule = 'year_not_covered' order by 1, 2"
    )
    assert [(facility, activity_type) for facility, activity_type, _ in lacking] == [
        ("lab", "natural_gas_stationary"),
        ("north", "diesel_mobile"),
        ("north", "grid_electricity"),
        ("north", "rosin_stationary"),
        ("south", "grid_electricity"),
    ]
    assert "lacks 60 day(s) from 2024-02-01 to 2024-03-31" in lacking[1][2]


def test_a_line_walks_back_to_its_row_and_computes_again(company: Company) -> None:
    differs = "gross_co2e_kg <> quantity * factor_kgco2e_per_unit"
    assert company.value(f"select count(*) from emissions where quantity = exact_quantity and {differs}") == 0
    assert company.rows(
        "select s.path, e.source_sheet, e.source_row from emissions e join submissions s using (submission_id)"
        " where e.activity_type = 'diesel_mobile'"
    ) == [("2024-01/north/energy_ledger.xlsx", "能源台账", 6)]


# --- the same digits ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Interrupted:
    """A workspace, and the release that readers had after each of its killed runs and after the one that published."""

    root: Path
    releases: dict[str, str | None]


def readable_release(root: Path) -> str | None:
    """The published release, if any; its files are those it was made of, and its database answers."""
    published = root / "warehouse" / "published"
    if not published.exists():
        return None
    for name, expected in parquet_hashes(root).items():
        assert hashlib.sha256((published / name).read_bytes()).hexdigest() == expected
    assert Company(root).value("select count(*) from emissions") > 0
    return json.loads((published / "release.json").read_text())["release_id"]


def takes_in_files(_: Workspace, log: str) -> bool:
    return 'Started execution of step "landing"' in log


def test_running_again_changes_nothing(
    company: Company, copied: Callable[..., Path], publish: Callable[..., str], kill_run: Callable[..., None]
) -> None:
    root = copied(company.root, with_warehouse=True)
    assert "Nothing has changed" in publish(root)
    # A rebuild goes to work all the same, and readers see nothing of it before its end.
    kill_run(root, takes_in_files, "--rebuild")
    assert readable_release(root) == readable_release(company.root)


@pytest.fixture(scope="module")
def by_month(
    company: Company, copied: Callable[..., Path], publish: Callable[..., str], kill_run: Callable[..., None]
) -> Interrupted:
    """The same deliveries, taken in month by month, out of order, with another number of threads, two files wrong at
    first. The very first run is killed as it takes in files, two others as they publish and as they build; the last
    takes in what is left. Tables of whatever size stand where nothing that they are made of has changed."""
    order = list(MONTHS)
    random.Random(7).shuffle(order)
    assert order != list(MONTHS)
    first, second, third, fourth = order
    root = copied(company.root)
    landing = root / "landing"
    ledger = Path(second, "south", "energy_ledger.csv")
    (landing / ledger).write_text((landing / ledger).read_text().replace("290", "580"))
    by_mistake = shutil.copytree(landing / third / "lab", landing / third / "group") / "energy_ledger.csv"
    by_mistake.write_text(by_mistake.read_text().replace("1000", "2000"))
    releases = {}

    def kill(at: str, month: str, has_reached: Callable[[Workspace, str], bool]) -> None:
        kill_run(root, has_reached, "--from", month, "--to", month)
        releases[at] = readable_release(root)

    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("HELIOLEDGER_DBT_THREADS", "1" if os.cpu_count() != 1 else "4")
        patched.setenv("HELIOLEDGER_ROWS_WORTH_KEEPING", "1")
        kill("ingestion", first, takes_in_files)
        publish(root, "--from", second, "--to", second)
        releases["published"] = readable_release(root)
        kill("publication", third, lambda workspace, _: any(workspace.releases.glob(".building-*/*")))
        kill("build", fourth, lambda _, log: "OK created sql table model" in log)
        # The month of the first run, and the two files as they should have been.
        shutil.copy2(company.root / "landing" / ledger, landing / ledger)
        shutil.rmtree(by_mistake.parent)
        publish(root)
    return Interrupted(root, releases)


def test_killed_runs_leave_readers_the_last_publication(by_month: Interrupted) -> None:
    first, last = by_month.releases["published"], readable_release(by_month.root)
    assert first is not None
    assert first != last
    assert by_month.releases == {"ingestion": None, "published": first, "publication": first, "build": first}


def test_nothing_is_left_of_killed_runs(by_month: Interrupted) -> None:
    warehouse = by_month.root / "warehouse"
    assert list(warehouse.glob(".published-*")) == []
    assert list((warehouse / "releases").glob(".*")) == []


def test_month_by_month_in_any_order_and_threads_gives_the_same_bytes(
    company: Company, by_month: Interrupted, by_year: Path
) -> None:
    """All but the list of what was delivered, which remembers the two files that were wrong. Lines are stored by year,
    of which some stood."""
    lines = by_year / "emissions.parquet"
    expected = parquet_hashes(company.root) | {lines.name: hashlib.sha256(lines.read_bytes()).hexdigest()}
    assert parquet_hashes(by_month.root) | {"submissions.parquet": ""} == expected | {"submissions.parquet": ""}


def test_corrected_and_withdrawn_files_are_remembered(company: Company, by_month: Interrupted) -> None:
    submissions = "select * exclude (superseded_by) from submissions"
    delivered = company.rows(submissions)
    more = [row for row in Company(by_month.root).rows(submissions) if row not in delivered]
    assert len(more) == 2
    assert Company(by_month.root).rows(
        "select old.path, old.status, new.status from submissions old"
        " left join submissions new on new.submission_id = old.superseded_by"
        " where old.status in ('superseded', 'withdrawn') order by all"
    ) == [
        ("2024-01/group/energy_ledger.csv", "withdrawn", None),
        ("2024-02/south/energy_ledger.csv", "superseded", "accepted"),
    ]


def test_a_broken_mart_is_told_by_rule_column_and_key(
    company: Company, copied: Callable[..., Path], dbt: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """One test per mart holds all of its rules. Here every kind breaks once, on lines of their own."""
    workspace = Workspace.open(copied(company.root, with_warehouse=True))
    breaks = (
        ("unique", "emission_id", "insert into {mart} select * from {mart} where emission_id = ?", "2 rows"),
        ("not_null", "source_row", "update {mart} set source_row = null where emission_id = ?", None),
        ("accepted_values", "scope", "update {mart} set scope = 4 where emission_id = ?", "4"),
        ("accepted_values", "stage", "update {mart} set stage = 'Direct' where emission_id = ?", "Direct"),
        ("relationships", "factor_row_id", "update {mart} set factor_row_id = 'x' where emission_id = ?", "x"),
    )
    expected = []
    with warehouse.connect(workspace.marts_database) as connection:
        mart = "marts.emissions"
        # A line of the ledger each; one that is estimated has no row, and its NULL is none of these.
        lines = connection.execute(f"select emission_id from {mart} where feed = 'energy_ledger' order by all limit 5")
        for (line,), (rule, column, change, found) in zip(lines.fetchall(), breaks, strict=True):
            connection.execute(change.format(mart=mart), [line])
            expected.append((rule, column, f"emission_id={line}", found))
    finished = dbt(workspace, "build", "--select", "test_name:keeps_rules")
    assert finished.returncode == 1, finished.stdout
    (failed,) = transformation.failed_nodes(workspace)
    assert failed.name == "emissions_keeps_its_rules"
    assert failed.columns == ("rule", "column_name", "row_key", "found")
    assert sorted(failed.rows, key=str) == sorted(expected, key=str)


def test_every_mart_has_its_rules() -> None:
    """A key at least, by which the rules name the rows that break them."""
    for mart in (DBT_PROJECT_DIR / "models" / "marts").rglob("*.sql"):
        (described,) = yaml.load(mart.with_suffix(".yml").read_bytes(), yaml.CSafeLoader)["models"]
        (test,) = described["data_tests"]
        assert test["keeps_rules"]["name"] == f"{mart.stem}_keeps_its_rules"
        rules = test["keeps_rules"]["arguments"]["rules"]
        assert "unique" in rules[0]
        named = {column for rule in rules for column in rule.get("unique", [next(iter(rule.values()))])}
        assert named <= {column["name"] for column in described["columns"]}


def test_dbt_project_passes_its_own_tests(
    company: Company, copied: Callable[..., Path], dbt: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """The unit tests, and the tests of seeds, staging and intermediate models, that a production run leaves out."""
    workspace = Workspace.open(copied(company.root, with_warehouse=True))
    finished = dbt(workspace, "test", "--select", EXCLUDED)
    assert finished.returncode == 0, finished.stdout
    passed, counted = map(int, re.search(r"PASS=(\d+).*TOTAL=(\d+)", finished.stdout).groups())
    assert passed == counted > 400


def test_every_mart_and_column_of_the_published_database_is_explained(company: Company) -> None:
    assert company.rows("select table_name from duckdb_tables() where comment is null") == []
    unexplained = "select table_name, column_name from duckdb_columns() where not internal and comment is null"
    assert company.rows(unexplained) == []
    assert company.value("select count(*) from duckdb_columns() where column_name = 'co2e_kg' and comment like '%kg%'")


def test_lines_are_the_same_in_however_many_parts_they_are_made(
    company: Company, copied: Callable[..., Path], dbt: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """Of millions of lines each part is sorted for itself; here a month is more than a part. A year is summed alone."""
    workspace = Workspace.open(copied(company.root, with_warehouse=True))

    def lines() -> list[tuple]:
        with warehouse.connect(workspace.marts_database, read_only=True) as connection:
            return connection.execute("select * from marts.emissions").fetchall()

    def sums() -> list[tuple]:
        with warehouse.open_work(workspace) as connection:
            return connection.execute("select * from intermediate.int_line_sums order by all").fetchall()

    as_one, added_up = lines(), sums()
    periods = {line[6] for line in as_one}
    assert len(periods) > 2
    chosen = "{many_rows: 1, rows_of_a_part: 1}"
    models = ["emissions", "int_line_sums"]
    finished = dbt(workspace, "run", "--select", *models, "--vars", chosen, "--log-level-file", "debug")
    assert finished.returncode == 0, finished.stdout
    assert (lines(), sums()) == (as_one, added_up)
    said = (workspace.dbt_logs / "dbt.log").read_text(encoding="utf-8")
    assert said.count('insert into "release"."enumerated"."emissions 20') == len(periods)
    grouped = re.search(r'int_line_sums" +as\s.*', said, re.DOTALL)
    assert grouped
    assert 'from "release"."enumerated"."emissions 20' in grouped[0]


@pytest.fixture(scope="module")
def by_year(
    company: Company, copied: Callable[..., Path], dbt: Callable[..., subprocess.CompletedProcess[str]]
) -> Path:
    """The release of the same company with its lines stored by year, as of 100,000 segments or more, from nothing."""
    workspace = Workspace.open(copied(company.root, with_warehouse=True))
    finished = dbt(workspace, "run", "--select", "emissions", "--vars", "many_rows: 1")
    assert finished.returncode == 0, finished.stdout
    told = {"emissions": release.Description("Lines", {"feed": "Where from"})}
    return release.publish(workspace, {"submissions": "b"}, told).folder


def test_lines_stored_as_enumerations_are_published_as_the_same_text(company: Company, by_year: Path) -> None:
    """Readers of the database, its views and the Parquet file see no difference."""
    former = (company.root / "warehouse" / "published").resolve()
    rows, stored_rows = (json.loads((one / release.MANIFEST_FILE).read_text())["rows"] for one in (former, by_year))
    assert by_year.name != former.name
    assert stored_rows == rows | {release.LOG_MART: rows[release.LOG_MART] + 1}

    def read(folder: Path) -> list[Any]:
        with duckdb.connect(str(folder / release.DATABASE_FILE), read_only=True) as connection:
            file = folder / "emissions.parquet"
            schema = "select name, type, converted_type, logical_type from parquet_schema(?)"
            return [
                connection.execute("from marts.emissions").fetchall(),
                connection.execute("describe marts.emissions").fetchall(),
                connection.execute("from marts.emission_trace order by emission_id").fetchall(),
                connection.execute("describe marts.emission_trace").fetchall(),
                connection.execute(f"from '{file}'").fetchall(),
                connection.execute(schema, [str(file)]).fetchall(),
                pl.read_parquet(file).schema,
                pl.scan_parquet(file).filter(pl.col("feed") == "activity_log").collect().rows(),
            ]

    is_as_before = [one == other for one, other in zip(read(by_year), read(former), strict=True)]
    assert is_as_before == [True] * len(is_as_before)
    with duckdb.connect(str(by_year / release.DATABASE_FILE), read_only=True) as connection:
        stored = "select count(*) from duckdb_columns() where schema_name = 'enumerated' and data_type like 'ENUM%'"
        assert connection.execute(stored).fetchone()[0] > 10
        said = connection.execute(
            "select distinct schema_name, comment from duckdb_columns()"
            " where split_part(table_name, ' ', 1) = 'emissions' and column_name = 'feed'"
        )
        assert sorted(said.fetchall()) == [("enumerated", "Where from"), ("marts", "Where from")]
    if folder := os.environ.get("HELIOLEDGER_DUCKDB_1"):
        query = (
            "import sys, duckdb; c = duckdb.connect(sys.argv[1], read_only=True);"
            "print(c.execute('select count(*), min(feed), max(unit) from marts.emission_trace').fetchone())"
        )
        answers = [
            subprocess.run(
                [sys.executable, "-c", query, str(one / release.DATABASE_FILE)],
                capture_output=True, text=True, check=True, env={"PYTHONPATH": folder},
            ).stdout
            for one in (by_year, former)
        ]  # fmt: skip
        assert answers[0] == answers[1]
