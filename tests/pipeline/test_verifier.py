"""What a verifier does with whole runs: walk lines back, perform them again, draw a sample, take its outcome in."""

import bisect
import hashlib
import html
import itertools
import json
import math
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal, localcontext
from pathlib import Path

import duckdb
import openpyxl
import pytest

from orchestration import packing, propagation, sampling, tracing, warehouse
from orchestration.workspace import Workspace

from .conftest import Company, half_up

# --- trace ----------------------------------------------------------------------------------------------------------

# Quantity, factor, share (where it is not 1) and emissions of a line, as its product in words has them.
PRODUCT = re.compile(
    r"^([\d.-]+) [^=;]+ x ([\d.-]+) kg CO2e/[^=;]+(?: = ([\d.-]+) kg CO2e; x ([\d.-]+))? = ([\d.-]+) kg CO2e"
)
TWELVE = Decimal(1).scaleb(-12)


@pytest.fixture(scope="module", params=["company", "sangle", "ja_solar"])
def traced(request) -> list[tracing.Trace]:
    """One line of each factor, unit and conversion of a run."""
    run: Company = request.getfixturevalue(request.param)
    lines = run.rows("select min(emission_id) from emissions group by factor_row_id, factor_table, unit, unit_bridge")
    with duckdb.connect(str(run.database), read_only=True) as connection:
        connection.execute("set schema = 'marts'")
        return tracing.traces(
            Workspace.open(run.root), connection, "list_contains(?, emission_id)", [[line for (line,) in lines]]
        )


def product(quantity: str, factor: str) -> Decimal:
    """To eighteen decimals, half up: of a quantity of more than six decimals it has more."""
    with localcontext(prec=60):
        return (Decimal(quantity) * Decimal(factor)).quantize(Decimal(1).scaleb(-18), "ROUND_HALF_UP")


def test_a_calculator_confirms_every_product_and_every_factor(traced: list[tracing.Trace]) -> None:
    in_numbers, without = 0, set()
    for trace in traced:
        quantity, factor, gross, share, emissions = PRODUCT.match(trace.line["formula_en"]).groups()
        assert Decimal(quantity) == trace.line["quantity"]
        assert Decimal(emissions) == trace.line["co2e_kg"]
        assert product(quantity, factor) == Decimal(gross or emissions)
        if gross is not None:
            assert abs(Decimal(gross) * Decimal(share) - Decimal(emissions)) <= abs(Decimal(quantity)) * 8 * TWELVE
        if trace.in_numbers:
            in_numbers += 1
            outcome = tracing.calculated(trace.in_numbers).quantize(TWELVE, "ROUND_HALF_UP")
            assert outcome == trace.line["factor_kgco2e_per_unit"], trace.in_numbers
        elif trace.parts and trace.line["scope"]:
            without.add((trace.line["activity_type"], trace.line["unit_bridge"]))
    assert in_numbers >= 3
    assert not without, "factors of several values that no calculation makes"


def test_the_delivered_cells_say_the_quantity_of_the_line(traced: list[tracing.Trace]) -> None:
    read = 0
    for trace in traced:
        if trace.line["feed"] == "estimate":
            assert trace.rows == []
            continue
        delivered = trace.rows[0]
        assert hashlib.sha256(delivered.archived.read_bytes()).hexdigest() == delivered.sha256
        texts = [re.sub(r"[,，\s]", "", cell.text or "") for cell in delivered.cells]
        if trace.line["given_unit"] != "t.km":  # of a purchase's freight: mass x distance
            numbers = {Decimal(text) for text in texts if re.fullmatch(r"-?\d+(\.\d+)?", text)}
            assert trace.line["given_quantity"] in numbers, delivered
            read += 1
    assert read >= 3


def test_a_line_is_walked_back_by_hand(sangle: Company, helioledger: Callable, tmp_path) -> None:
    """Petrol in March: 1.789 t of the year, 31 of 365 days, x 44.8 GJ/t x 0.0189 tC/GJ x 0.98 x 44/12."""
    figure = ["--facility", "jinan", "--period", "2019-03", "--scope", "1"]
    said = helioledger("trace", "--workspace", sangle.root, *figure)
    assert said.returncode == 0, said.stderr
    for expected in (
        "Product: 0.151942 t x 3042.5472 kg CO2e/t = 462.2907066624 kg CO2e.",
        "Factor in numbers: 1000 × (44.8 × 1000 / 1000) × (0.0189 × 0.98 × 44 / 12) = 3042.5472",
        "    消耗量: 1.789",
        "All lines of this activity: 12 lines, 1.789 t",
        "2019-12/sangle/energy_ledger.xlsx 能源台账 3 (SHA-256",
        "Sum of the lines 2.399179797834306461387 t CO2e;"
        " published in facility_emissions 2.399179797834306461387 t CO2e",
    ):
        assert expected in said.stdout
    in_chinese = helioledger("trace", "--workspace", sangle.root, *figure, "--language", "zh").stdout
    assert "算式: 0.151942 t × 3042.5472 kg CO2e/t = 462.2907066624 kg CO2e。因子：数量 × 低位发热量 ×" in in_chinese

    written = helioledger("trace", "--workspace", sangle.root, *figure, "--output", tmp_path)
    assert written.returncode == 0, written.stderr
    (source,) = (tmp_path / "sources").iterdir()
    listed = json.loads((tmp_path / "trace.json").read_text(), parse_float=Decimal)
    emissions = [line["co2e_kg"] for line in listed["lines"]]
    assert emissions == [Decimal("1936.889091171906461387"), Decimal("462.2907066624")]
    assert listed["lines"][1]["delivered_rows"][0]["source"] == f"sources/{source.name}"
    assert hashlib.sha256(source.read_bytes()).hexdigest() == listed["lines"][1]["submission_sha256"]
    page = (tmp_path / "trace.html").read_text()
    assert html.unescape(page).count("1.789") >= 2
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", page)


def test_an_unknown_line_and_two_methods_at_once_are_refused(sangle: Company, helioledger: Callable) -> None:
    assert helioledger("trace", "--workspace", sangle.root, "nothing").returncode == 1
    assert helioledger("trace", "--workspace", sangle.root).returncode == 2
    both = helioledger("trace", "--workspace", sangle.root, "--period", "2019-03", "--scope", "2")
    assert both.returncode == 2
    assert "--scope2-method" in both.stderr


# --- pack -----------------------------------------------------------------------------------------------------------

SAYS_ALL_IS_WELL = "every line and figure is the published one"
# Nothing of the product, of dbt or of Dagster is imported: the standard library and DuckDB do.
BARE = (
    "import sys, duckdb\n"
    "print(duckdb.sql(open('recompute.sql', encoding='utf-8').read()).fetchall())\n"
    "print(sorted({'orchestration', 'data_contracts', 'dbt', 'dagster', 'polars', 'pandas'} & set(sys.modules)))"
)


def performed_again(pack: Path) -> tuple[int, str]:
    """Exit code and output of the pack's SQL in a process of its own."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "DBT", "DAGSTER"))
    }
    done = subprocess.run(
        [sys.executable, "-c", BARE], cwd=pack, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def rehash(pack: Path) -> None:
    """What a careful forger does after changing a file."""
    files = sorted(file for file in pack.rglob("*") if file.is_file() and file.name != "hashes.csv")
    lines = [f"{file.relative_to(pack).as_posix()},{hashlib.sha256(file.read_bytes()).hexdigest()}" for file in files]
    (pack / "hashes.csv").write_text("\n".join(["file,sha256", *lines]) + "\n")


def forge(pack: Path, table: str, column: str, value: str, where: str = "true") -> None:
    file = pack / "data" / f"{table}.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"create table forged as from '{file}'")
        connection.execute(f"update forged set {column} = {value} where {where}")
        connection.execute(f"copy forged to '{file}' (format parquet)")
    rehash(pack)


@pytest.mark.parametrize(("run", "year", "lines"), [("sangle", 2019, 48), ("ja_solar", 2023, 9_818)])
def test_a_year_is_performed_again_with_nothing_but_duckdb(run, year, lines, request, helioledger, tmp_path) -> None:
    example: Company = request.getfixturevalue(run)
    made = helioledger("pack", "--workspace", example.root, "--year", year, "--output", tmp_path / "pack")
    assert made.returncode == 0, made.stderr
    assert lines == example.value("select count(*) from emissions where year(period) = ?", year)
    code, said = performed_again(tmp_path / "pack")
    assert code == 0, said
    assert SAYS_ALL_IS_WELL in said
    assert f", {lines}, 0, " in said
    assert said.rstrip().endswith("[]")
    digest = hashlib.sha256((tmp_path / "pack" / "hashes.csv").read_bytes()).hexdigest()
    assert digest in made.stdout


@pytest.fixture
def pack(sangle: Company, tmp_path: Path) -> Path:
    """The pack of the small example."""
    return packing.write(Workspace.open(sangle.root), 2019, tmp_path / "pack").folder


def test_a_changed_byte_is_named(pack: Path) -> None:
    file = pack / "data" / "units.parquet"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    code, said = performed_again(pack)
    assert code == 1
    assert "data/units.parquet was changed" in said
    # One byte in each file, of the SQL in a remark: all are named.
    others = [one for one in sorted(pack.rglob("*")) if one.is_file() and one.name != "hashes.csv"]
    for one in others:
        if one.suffix == ".sql":
            one.write_text(one.read_text(encoding="utf-8").replace("-- ", "--  ", 1), encoding="utf-8")
        elif one != file:
            one.write_bytes(bytes([*(content := one.read_bytes())[:-1], content[-1] ^ 1]))
    code, said = performed_again(pack)
    assert code == 1
    assert len(others) == 16
    assert [one.name for one in others if f"{one.relative_to(pack).as_posix()} was changed" not in said] == []
    (pack / "withheld.csv").unlink()
    assert "withheld.csv is missing" in performed_again(pack)[1]


@pytest.mark.parametrize(
    ("table", "column", "value", "where", "expected"),
    [
        ("properties", "oxidation_rate", "0.99", "fuel = 'diesel'", ("12 lines differ", "25 figures differ")),
        ("factors", "value", "884.4", "part = 'CO2'", ("24 lines differ", "co2_kg 51225.5367383")),
        (
            "lines",
            "quantity",
            "quantity + 0.000001",
            "month(period) = 3",
            ("4 lines differ", "3 delivered rows differ"),
        ),
        ("lines", "exact_quantity", "exact_quantity + 0.000000000001", "month(period) = 3", ("4 lines differ",)),
        ("lines", "co2_kg", "co2_kg + 0.000000000000000001", "month(period) = 3 and scope = 1", ("2 lines differ",)),
        ("shares", "share", "0.5", "true", ("48 lines differ", "75 figures differ")),
        ("delivered", "quantity", "704.789", "activity_type = 'grid_electricity'", ("1 delivered rows differ",)),
        ("figures", "co2e_t", "co2e_t + 0.001", "figure = 'category_emissions' and scope = 1", ("1 figures differ",)),
    ],
)
def test_a_figure_that_was_changed_and_hashed_again_differs(pack, table, column, value, where, expected) -> None:
    forge(pack, table, column, value, where)
    code, said = performed_again(pack)
    assert code == 1
    for words in expected:
        assert words in said


def test_shares_that_change_inside_a_month_and_closed_factors(edges: Company, tmp_path: Path) -> None:
    """30 % of a house until 15 March and 60 % after it: of 310 MWh of a month 150 are at the first and 160 at the other
    share. A supplier's factor may not be passed on: its quantity and value are left out, its emissions stay."""
    made = packing.write(Workspace.open(edges.root), 2024, tmp_path / "pack")
    of_year = "from emissions where year(period) = 2024"
    assert (made.lines, made.withheld) == (edges.value(f"select count(*) {of_year}"), 1)
    code, said = performed_again(made.folder)
    assert code == 0, said
    with duckdb.connect() as connection:
        rows = lambda sql: connection.execute(sql.format(data=made.folder / "data")).fetchall()  # noqa: E731
        parts = rows(
            "select parts.quantity from '{data}/line_parts.parquet' as parts inner join '{data}/lines.parquet'"
            " using (emission_id) where facility_id = 'moved' and scope2_method = 'location'"
            " order by parts.segment_start"
        )
        assert parts == [(Decimal(150),), (Decimal(160),)]
        closed = "factor_id = 'steamco'"
        assert rows(
            f"select quantity, factor_kgco2e_per_unit, co2e_kg from '{{data}}/lines.parquet' where {closed}"
        ) == [(None, None, 36 * Decimal("27.777777777778"))]  # GJ, at 100 kg per MWh
        assert rows(f"select count(*) from '{{data}}/factors.parquet' where {closed}") == [(0,)]
        ((value, unit, row),) = edges.rows(f"select value, unit, factor_row_id from factor_register where {closed}")
        hashed = hashlib.sha256(f"{row}|CO2|{value}|{unit}".encode()).hexdigest()
        assert (made.folder / "withheld.csv").read_text().splitlines()[1] == f"steamco,{row},CO2,Confidential,{hashed}"
        # The remark of a row is left out; its hash can be compared with the original.
        columns = {
            name for name, *_ in connection.execute(f"describe '{made.folder}/data/delivered.parquet'").fetchall()
        }
        assert not columns & set(packing.PERSONAL_COLUMNS)
        read = rows(
            "select withheld_sha256 from '{data}/delivered.parquet' where facility_id = 'moved' and quantity = 310"
        )
        assert read == [(hashlib.sha256(b"read by Ms Li\x1f\x1f").hexdigest(),)]


# --- sample ---------------------------------------------------------------------------------------------------------


def test_a_sample_is_drawn_filled_in_evaluated_and_kept(sangle: Company, helioledger: Callable, tmp_path: Path) -> None:
    """Scope 2 of the small example, 24 lines of which the interval takes all: 623.244 t / 60 = 10.387 t."""
    root, book = tmp_path / "sangle", tmp_path / "sample.xlsx"
    shutil.copytree(sangle.root, root, symlinks=True)
    terms = ["--year", "2019", "--scope", "2", "--confidence", "0.95", "--materiality", "0.05", "--seed", "2020"]
    drawn = helioledger("sample", "--workspace", root, *terms, "--output", book)
    assert drawn.returncode == 0, drawn.stderr
    assert re.search(r"2 location +12 +623\.244 +60 +10\.387 +12 +0 +0", drawn.stdout)
    unfinished = helioledger("sample", "--workspace", root, "--evaluate", book)
    assert unfinished.returncode == 2
    assert "12 item(s) of population 2 location have no verified figure" in unfinished.stderr

    filled = openpyxl.load_workbook(book)
    rows = filled.worksheets[0]
    names = [str(cell.value).split("\n")[-1] for cell in rows[3]]
    recorded, verified = names.index("recorded_t") + 1, names.index("verified_t") + 1
    for row in range(4, rows.max_row + 1):
        rows.cell(row, verified).value = rows.cell(row, recorded).value
    rows.cell(4, verified).value = str(Decimal(rows.cell(4, recorded).value) - 2)
    filled.save(book)
    judged = helioledger("sample", "--workspace", root, "--evaluate", book, "--keep")
    assert judged.returncode == 0, judged.stderr
    # All lines were examined: the misstatement is known, and nothing is projected.
    assert re.search(r"2 location +12 +1 +2\.000 +2\.000 +0\.000 +2\.000 +0\.000 .* 31\.162 +yes", judged.stdout)
    assert re.search(r"2 market +12 +0 +0\.000 +0\.000 +0\.000 +0\.000 +0\.000 .* 31\.162 +yes", judged.stdout)
    kept = (root / "reference" / "verification_samples.csv").read_text().splitlines()
    assert len(kept) == 1 + 24


def test_planted_errors_lie_below_the_limit_in_the_stated_share_of_seeds(ja_solar: Company) -> None:
    """Scope 1 of the base year; one line of six is overstated by a tenth to all of it. At 95 % the limit must hold
    in 950 of 1,000 seeds."""
    lines = ja_solar.rows(
        f"select cast(co2e_kg as double) from emissions where year(period) = 2023 and scope = 1 and co2e_kg > 0"
        f" order by {sampling.ORDER}"
    )
    lots = random.Random(2023)
    sizes = [kg for (kg,) in lines]
    taints = [lots.uniform(0.1, 1) if lots.random() < 1 / 6 else 0.0 for _ in sizes]
    truth = sum(size * taint for size, taint in zip(sizes, taints, strict=True))
    interval = sum(sizes) / sampling.sample_size(0.95, 0.05)
    certain = sum(size * taint for size, taint in zip(sizes, taints, strict=True) if size >= interval)
    rest = [(size, taint) for size, taint in zip(sizes, taints, strict=True) if size < interval]
    through = list(itertools.accumulate(size for size, _ in rest))
    factors = [sampling.confidence_factor(0.95, k) for k in range(70)]
    held = 0
    for seed in range(1_000):
        start = random.Random(seed).random() * interval
        points = (start + k * interval for k in range(int((through[-1] - start) // interval) + 1))
        found = sorted((rest[bisect.bisect_left(through, point)][1] for point in points), reverse=True)
        steps = (factors[k + 1] - factors[k] for k in range(len(found)))
        limit = factors[0] + sum(step * taint for step, taint in zip(steps, found, strict=False))
        held += certain + interval * limit >= truth
    assert held >= 950


# --- verification as data -------------------------------------------------------------------------------------------


def test_the_verified_figures_of_the_examples_are_what_is_calculated(sangle: Company, ja_solar: Company) -> None:
    for example, expected in (
        (sangle, [("1", "28.25", "28.248"), ("1;2", "651", "651.492"), ("2", "623.24", "623.244")]),
        (ja_solar, [("1", "109178", "109178.000"), ("1;2", "2871963", "2871963.000"), ("2", "2762785", "2762785.000"),
                    ("3", "24351855", "24351854.996")]),
    ):  # fmt: skip
        rows = example.rows("select scopes, verified_t, calculated_t, is_as_verified from verification order by scopes")
        assert [(s, v.normalize(), half_up(c, 3)) for s, v, c, _ in rows] == [
            (scopes, Decimal(verified).normalize(), Decimal(calculated)) for scopes, verified, calculated in expected
        ]
        assert all(is_as_verified for *_, is_as_verified in rows)
        assert example.value("select count(*) from findings where rule = 'verified_figure_differs'") == 0


# --- uncertainty ----------------------------------------------------------------------------------------------------


def test_what_lines_share_is_propagated_once(
    company: Company, copied: Callable[..., Path], dbt: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """Activity 5 % by invoice. 2001: twelve equal sites and one factor of 10 %: 10.1036 %, not 3.2275 %. 2002: one
    site, 11.1803 %. 2003: 100 t at 10 % and 300 t at 20 % of factors alone, by meters of class 0: 15.2069 %. 2004:
    28.25 t at 5 % and 5 % and 623.24 t at 2 % and 10 %: 9.7606 % of 651.49 t. 2024 is the base year: 100 t, then 80 t
    of the same factor: sqrt(2^2 + 4^2 + 5^2) = 6.7082 % of the base."""
    workspace = Workspace.open(copied(company.root, with_warehouse=True))
    lines = [(2001, f"site{i:02}", "invoice", "ten", 100) for i in range(12)]
    lines += [
        (2002, "one", "invoice", "ten", 100),
        (2003, "a", "measured", "ten", 100),
        (2003, "b", "measured", "twenty", 300),
        (2004, "fuel", "measured", "five", "28.25"),
        (2004, "power", "measured", "ten", "623.24"),
    ]
    lines += [(2024, "north", "invoice", "ten", 100), (2025, "north", "invoice", "ten", 80)]
    with warehouse.connect(workspace.work_database) as connection:
        warehouse.attach_marts(connection, workspace, read_only=False)
        connection.execute("create temp table template as from release.marts.emissions where scope = 1 limit 1")
        connection.execute("delete from release.marts.emissions")
        for number, (year, facility, quality, factor, tonnes) in enumerate(lines):
            connection.execute(
                "insert into release.marts.emissions select * replace (? as emission_id, make_date(?, 1, 1) as period,"
                " ? as facility_id, ? as data_quality, ? as factor_row_id, 'meter_test' as activity_type,"
                " ?::decimal(38, 18) as co2e_kg) from template",
                [str(number), year, facility, quality, factor, Decimal(tonnes) * 1000],
            )
        connection.execute("create temp table part as from release.marts.factor_register limit 1")
        for factor, share in (("five", "0.05"), ("ten", "0.1"), ("twenty", "0.2")):
            connection.execute(
                "insert into release.marts.factor_register select * replace (? as factor_row_id, ?::decimal(18, 12) as"
                " uncertainty_share) from part",
                [factor, share],
            )
        connection.execute("create temp table meter as from intermediate.int_meters limit 1")
        for facility, accuracy in (("a", "0"), ("b", "0"), ("fuel", "5"), ("power", "2.0 %")):
            connection.execute(
                "insert into intermediate.int_meters select * replace (? as facility_id, ? as meter_id, null as"
                " parent_meter_id, 'meter_test' as activity_type, ? as accuracy) from meter",
                [facility, facility, accuracy],
            )
    finished = dbt(workspace, "run", "--select", "int_line_sums", "uncertainty")
    assert finished.returncode == 0, finished.stdout
    with warehouse.connect(workspace.marts_database) as connection:
        found = dict(
            connection.execute(
                "select year, 100 * half_width_share from marts.uncertainty where scope = 1 and group_kind = 'total'"
            ).fetchall()
        )
        ((trend,),) = connection.execute(
            "select 100 * trend_half_width_share from marts.uncertainty"
            " where scope = 1 and group_kind = 'total' and year = 2025"
        ).fetchall()
        contributions = dict(
            connection.execute(
                "select group_kind, sum(contribution_share) from marts.uncertainty"
                " where scope = 1 and year = 2001 and contribution_share is not null group by all"
            ).fetchall()
        )
    assert found[2001] == pytest.approx(10.103630, abs=1e-6)
    assert found[2002] == pytest.approx(11.180340, abs=1e-6)
    assert found[2003] == pytest.approx(15.206906, abs=1e-6)
    assert found[2004] == pytest.approx(9.760647, abs=1e-6)
    assert trend == pytest.approx(math.sqrt(45), abs=1e-6)
    assert contributions == {
        "factor": pytest.approx(0.01 / 0.0102083333, abs=1e-6),
        "activity_data": pytest.approx(0.0025 / 12 / 0.0102083333, abs=1e-6),
    }


def test_a_simulation_with_a_fixed_seed_agrees_within_one_per_cent(ja_solar: Company, helioledger: Callable) -> None:
    """All scopes, and location-based Scope 2, of the base year: total, classes of source and facilities, each factor
    and each facility's readings drawn. What factors err alike adds up, and is more."""
    with duckdb.connect(str(ja_solar.database), read_only=True) as connection:
        connection.execute("set schema = 'marts'")
        for scope, method in ((2, "location"), (None, "market")):
            drawn = propagation.simulate(connection, 2023, scope, method, 40_000, 2023)
            assert {one.group_kind for one in drawn} == {"total", "source_class", "facility"}
            assert len(drawn) > 10
            total = drawn[0]
            assert total.simulated_t == pytest.approx(total.analytic_t, rel=0.01)
            assert total.upper_t - total.lower_t == pytest.approx(2 * total.analytic_t, rel=0.02)
            for one in drawn[1:]:
                # Products of two errors of a facility's few lines add a little that squares leave out.
                assert one.simulated_t == pytest.approx(one.analytic_t, rel=0.03), one
        alike = propagation.simulate(connection, 2023, 2, "location", 10_000, 2023, factor_correlation=1)[0]
        assert alike.simulated_t > 1.5 * alike.analytic_t
    asked = ("uncertainty", "--year", 2023, "--scope", 2, "--draws", 1000, "--seed", 5, "--workspace", ja_solar.root)
    said = helioledger(*asked)
    assert said.returncode == 0, said.stderr
    assert "Scope 2 market 2023, 1,000 draws, seed 5" in said.stdout
    assert said.stdout == helioledger(*asked).stdout
    assert helioledger("uncertainty", "--year", 1999, "--workspace", ja_solar.root).returncode == 2


# --- jobs -----------------------------------------------------------------------------------------------------------


def test_the_jobs_of_the_desk_pack_a_year_and_keep_a_sample(sangle: Company, copied, monkeypatch, tmp_path) -> None:
    import dagster as dg

    from orchestration.code_location import RunLock
    from orchestration.defs import verifying

    root = copied(sangle.root, with_warehouse=True)
    workspace = Workspace.open(root)
    for name, value in workspace.environment().items():
        monkeypatch.setenv(name, value)
    defs = dg.Definitions.merge(verifying.definitions(), dg.Definitions(resources={"run_lock": RunLock()}))

    def run(job: str, op: str, config: dict) -> dg.ExecuteInProcessResult:
        return defs.resolve_job_def(job).execute_in_process(
            run_config={"ops": {op: {"config": config}}}, instance=dg.DagsterInstance.ephemeral(), raise_on_error=False
        )

    assert run(verifying.PACK, "write_pack", {"year": 2019}).success
    (folder,) = workspace.packs.iterdir()
    assert folder.name == f"2019-{json.loads((workspace.published / 'release.json').read_text())['release_id']}"
    assert performed_again(folder)[0] == 0
    assert not run(verifying.PACK, "write_pack", {"year": 2019}).success, "the folder is not empty"
    assert not run(verifying.PACK, "write_pack", {"year": 1999, "output": str(tmp_path / "none")}).success

    with duckdb.connect(str(sangle.database), read_only=True) as connection:
        connection.execute("set schema = 'marts'")
        drawn = sampling.draw(connection, "r", 2019, [1], Decimal("0.95"), Decimal("0.05"), Decimal(0), "7")
    book = sampling.write_workbook(drawn, tmp_path / "sample.xlsx")
    assert run(verifying.KEEP, "keep_sample_rows", {"workbook": str(book)}).success
    kept = (workspace.reference / "verification_samples.csv").read_text().splitlines()
    assert len(kept) == 1 + len(drawn.items)
    assert not run(verifying.KEEP, "keep_sample_rows", {"workbook": str(workspace.organization_file)}).success
