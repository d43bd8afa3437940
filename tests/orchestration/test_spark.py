"""Spark as an engine: what it needs and says when it lacks it, what its session holds, and its known pitfalls."""

import os
import random
import re
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from test_macros import Macros

from orchestration import spark, spark_statements, transformation, warehouse
from orchestration.engines import DEFAULT_MASTER, Engine, EngineUnavailable
from orchestration.rules import Rules
from orchestration.workspace import DBT_PROJECT_DIR, REPOSITORY, SEEDS_DIR, Workspace

MASTER = "local[2]"


# What needs no Spark.


@pytest.mark.parametrize(
    ("written", "environment", "asked", "name", "master"),
    [
        ("", {}, None, "duckdb", DEFAULT_MASTER),
        ("engine: spark\nspark_master: local[3]\n", {}, None, "spark", "local[3]"),
        ("engine: spark\n", {"HELIOLEDGER_ENGINE": "duckdb"}, None, "duckdb", DEFAULT_MASTER),
        ("engine: spark\n", {"HELIOLEDGER_ENGINE": "spark"}, "duckdb", "duckdb", DEFAULT_MASTER),
        ("spark_master: local[3]\n", {"HELIOLEDGER_SPARK_MASTER": "spark://h:1"}, "spark", "spark", "spark://h:1"),
    ],
)
def test_engine_is_what_is_asked_for_then_of_the_environment_then_of_the_settings(
    workspace, monkeypatch, written, environment, asked, name, master
):
    with workspace.organization_file.open("a") as file:
        file.write("\n" + written)
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    engine = Engine.of(workspace, asked)
    assert (engine.name, engine.master) == (name, master)


def test_settings_of_spark_are_texts_as_spark_writes_them(workspace):
    with workspace.organization_file.open("a") as file:
        file.write("\nspark_settings: {spark.executor.cores: 2, spark.eventLog.enabled: true}\n")
    assert Engine.of(workspace).settings == {"spark.executor.cores": "2", "spark.eventLog.enabled": "true"}


def test_engine_that_is_none_is_refused(workspace):
    with pytest.raises(EngineUnavailable, match="duckdb and spark"):
        Engine.of(workspace, "hadoop")


def test_run_with_an_engine_that_is_none_is_wrong_use(workspace, helioledger):
    finished = helioledger("run", "--engine", "hadoop", "--workspace", workspace.root)
    assert finished.returncode == 2
    assert "There is no engine 'hadoop'" in finished.stderr


def test_missing_package_is_said_with_what_to_install(monkeypatch):
    monkeypatch.setattr(spark, "PACKAGES", ("pyspark_that_is_not_there",))
    with pytest.raises(EngineUnavailable, match=r"pyspark_that_is_not_there.*pip install -r requirements-spark\.lock"):
        spark.require(MASTER)


def test_missing_java_is_said_with_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(spark, "PACKAGES", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(EngineUnavailable, match=r"no java is on PATH.*openjdk-17"):
        spark.require(MASTER)


@pytest.mark.parametrize("said", ['openjdk version "11.0.2" 2019-01-15', 'java version "1.8.0_292"', "no version"])
def test_old_java_is_named(monkeypatch, tmp_path, said):
    program = tmp_path / "bin" / "java"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho '{said}' >&2\n")
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setattr(spark, "PACKAGES", ())
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(EngineUnavailable, match="needs Java 17 or later") as stop:
        spark.require(MASTER)
    assert str(program) in str(stop.value)
    assert said in str(stop.value)


def test_master_that_does_not_answer_is_named(monkeypatch, tmp_path):
    program = tmp_path / "bin" / "java"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'openjdk version \"17.0.1\" 2021-10-19' >&2\n")
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setattr(spark, "PACKAGES", ())
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    spark.require(MASTER)
    with pytest.raises(EngineUnavailable, match=r"No Spark master answers at spark://127\.0\.0\.1:1 \(.*refused"):
        spark.require("spark://127.0.0.1:1")


def test_what_digits_depend_on_cannot_be_set_and_few_rows_are_not_compiled_for(workspace, tmp_path):
    wanted = {"spark.sql.ansi.enabled": "false", "spark.driver.memory": "8g", "spark.sql.codegen.wholeStage": "true"}
    compiled = "spark.sql.codegen.factoryMode"

    def chosen(rows: int, master: str = MASTER, **more: str) -> dict[str, str]:
        tables = [
            spark.Table("seeds", "units", tmp_path, None, 10**9),
            spark.Table("raw", "procurement", tmp_path, None, rows - 1),
            spark.Table("raw", "waste", tmp_path, None, 1),
        ]
        return spark.settings(workspace, Engine("spark", master, more), tables)

    few, many = chosen(spark.FEW_ROWS - 1), chosen(spark.FEW_ROWS)
    assert few[compiled] == "NO_CODEGEN"
    assert compiled not in many
    assert few["spark.driver.extraJavaOptions"] != many["spark.driver.extraJavaOptions"]
    assert "spark.sql.shuffle.partitions" not in chosen(spark.FEW_ROWS, "spark://h:7077")
    asked = chosen(10, **wanted)
    assert asked == few | wanted | {"spark.sql.ansi.enabled": "true"}


def test_default_lock_and_spark_lock_agree_and_spark_is_in_its_own_only():
    def versions(name: str) -> dict[str, str]:
        lines = (REPOSITORY / name).read_text().splitlines()
        pinned = [line.split(";")[0].rstrip(" \\").split("==") for line in lines if "==" in line and line[0] != " "]
        return {package: version.strip() for package, version in pinned}

    default, with_spark = versions("requirements.lock"), versions("requirements-spark.lock")
    assert default.items() <= with_spark.items()
    assert set(with_spark) - set(default) == {"dbt-spark", "py4j", "pyspark", "sqlparams"}


def test_no_text_in_a_model_holds_a_quote():
    """Doubled in a text, it is one quote for DuckDB and two for Spark: `chr(39)` is one for both."""
    found = [
        f"{file.name}: {line.strip()}"
        for file in sorted((DBT_PROJECT_DIR / "models").rglob("*.sql"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if re.search(r"\w''\w|'''", line)
    ]
    assert found == []


# A query in parts.

LONG = (
    '/* {"app": "dbt", "node_id": "model.helioledger.sums"} */\n'
    "create table marts.sums using parquet as\n-- with a comment, (\nwith\n\n"
    "one as (select 'a, b as (' as text, v from marts.facts where v > (select min(v) from marts.facts)),\n"
    + "".join(
        f"s{n} as (select a.v from {p} as a join {p} on a.v = {p}.v),\n" for n, p in enumerate(["one", "s0", "s1"])
    )
    + "s3 as (select a.v from s2 as a join s2 as b on a.v = b.v)\n\nselect s3.v from s3 as c join s3 on c.v = s3.v"
)


def test_short_query_stays_one_statement():
    short = "create table marts.m using parquet as\nwith a as (select 1 as v) select * from a join a as b on a.v = b.v"
    assert spark_statements.statements(short, "scratch") == [short]
    assert spark_statements.statements("drop table x", "scratch") == ["drop table x"]


def test_steps_of_a_query_are_told_apart_in_spite_of_texts_and_comments():
    found = spark_statements.steps(LONG.split(" as", 1)[1])
    assert [step.name for step in found] == ["one", "s0", "s1", "s2", "s3", ""]
    assert found[0].read == ("marts.facts", "marts.facts")
    assert found[-1].read == ("s3", "s3")


def test_long_query_makes_what_it_repeats_first_and_says_the_same():
    """32 times the two tables of the first step, written out: the parts give the rows of the whole."""
    parts = spark_statements.statements(LONG, "scratch")
    assert 1 < len(parts) <= 4
    with duckdb.connect() as connection:
        connection.execute("create schema marts; create schema scratch; create table marts.facts as select 7 as v")
        connection.execute("insert into marts.facts values (8), (9), (null)")
        for part in parts:
            connection.execute(part.replace(" using parquet", ""))
        made = connection.execute("from marts.sums order by all").fetchall()
        assert made == connection.execute(f"from ({LONG.split(' as', 1)[1]}) order by all").fetchall()
        assert made == [(8,), (9,)]


def test_recursive_step_of_a_long_query_stays_recursive():
    count = "counted as (select 1 as n union all select n + 1 from counted where n < 3)"
    joined = "counted as c" + "".join(f" join counted as c{n} on c.n = c{n}.n" for n in range(30))
    parts = spark_statements.statements(
        f"create table marts.m using parquet as with recursive {count} select c.n from {joined}", "scratch"
    )
    assert len(parts) == 2
    assert parts[0].startswith("create table scratch.marts__m__counted using parquet as\nwith recursive counted as (")
    with duckdb.connect() as connection:
        connection.execute("create schema marts; create schema scratch")
        for part in parts:
            connection.execute(part.replace(" using parquet", ""))
        assert connection.execute("from marts.m order by n").fetchall() == [(1,), (2,), (3,)]


# What needs Spark.


@pytest.fixture(scope="module")
def need_spark() -> None:
    """Skips without Java and the extra `spark`; `make test-spark`, which installs the extra, fails instead."""
    try:
        spark.require(MASTER)
    except EngineUnavailable as missing:
        reason = str(missing).splitlines()[0]
        (pytest.fail if "HELIOLEDGER_SPARK_IS_TESTED" in os.environ else pytest.skip)(reason)


# Before there is a session of the tests: a process has one, and each build opens its own.


@pytest.mark.spark
def test_a_month_that_is_empty_now_leaves_no_rows_and_some_models_alone_can_be_built(
    need_spark, workspace, deliver, ingest, parsed_dbt_project
):
    """Spark's own way of writing over what a query returns keeps the partitions that it does not return. The models
    that are not built are read as DuckDB made them."""
    parsed_dbt_project(workspace.root)
    deliver("2024-01/PLANT-1/energy_ledger.csv", "100")
    second = deliver("2024-02/PLANT-1/energy_ledger.csv", "200")
    rules = Rules.load(workspace)
    with warehouse.open_work(workspace) as connection:
        warehouse.create_raw_tables(connection)
        warehouse.replace_reference(connection, rules.reference, rules.settings, {})
    for engine, selected, expected in (
        ("duckdb", ["+stg_energy_ledger"], {"2024-01", "2024-02"}),
        ("spark", ["stg_energy_ledger"], {"2024-01", "2024-02"}),
        ("spark", ["stg_current_submissions", "stg_energy_ledger"], {"2024-01"}),
    ):
        if expected == {"2024-01"}:
            second.unlink()
        ingest(confirm=True)
        results = [
            result["data"]["node_info"]["node_name"]
            for result in transformation.build(
                workspace, ["--select", *selected, "--exclude", "resource_type:unit_test resource_type:test"],
                engine=Engine(engine, MASTER),
            )
        ]  # fmt: skip
        assert set(selected) - {"+stg_energy_ledger"} <= set(results)
        with warehouse.open_work(workspace) as connection:
            found = connection.execute("select distinct period from staging.stg_energy_ledger").fetchall()
        assert {period for (period,) in found} == expected
    assert not workspace.spark.exists()


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace whose tables hold what texts, decimals and dates can hold, and all seeds."""
    root = tmp_path_factory.mktemp("spark") / "company"
    root.mkdir()
    (root / "organization.yml").write_text("name: Company\n")
    workspace = Workspace(root).prepare()
    with warehouse.open_work(workspace) as connection:
        connection.execute("create schema raw; create schema seeds")
        connection.execute(
            """create table raw.cells as select * from (values
                ('O''Neil', '', '"a" \\d \\\\ 表3', 12345678901234567890.123456789012345678, date '1900-02-28',
                 timestamp '2024-03-31 02:30:00.123456', 9223372036854775807, true, 0.1::double),
                (null, null, 'line
break', -0.000000000000000001, date '9999-12-30', null, null, null, null)
            ) as t(quoted, empty, odd, d, day, moment, n, b, f)"""
        )
        connection.execute("alter table raw.cells alter d type decimal(38, 18)")
        for seed in sorted(SEEDS_DIR.glob("*.csv")):
            connection.execute(
                f"create table seeds.{seed.stem} as from read_csv('{seed}', all_varchar = true, header = true)"
            )
    return workspace


@pytest.fixture(scope="module")
def session(need_spark: None, raw: Workspace) -> Iterator[Any]:
    """One session for the module: Java starts once."""
    with warehouse.open_work(raw) as connection:
        names = [("raw", "cells"), *(("seeds", seed.stem) for seed in SEEDS_DIR.glob("*.csv"))]
        tables = spark.export(connection, raw, [(None, schema, name) for schema, name in names])
    with spark.session(raw, Engine("spark", MASTER), tables) as opened:
        yield opened


@pytest.fixture
def execute(session: Any) -> Callable[[str], list[tuple]]:
    """A statement as dbt runs it: through the credentials and the cursor of its adapter."""
    from dbt.adapters.spark.connections import SparkCredentials
    from dbt.adapters.spark.session import Connection

    from orchestration import dbt_patches

    dbt_patches.apply_to_spark()
    credentials = SparkCredentials(method="session", schema="main", host="here", database=None)

    def run(sql: str) -> list[tuple]:
        cursor = Connection(server_side_parameters=credentials.server_side_parameters).cursor()
        cursor.execute(sql)
        return [tuple(row) for row in cursor.fetchall()]

    return run


@pytest.mark.spark
@pytest.mark.parametrize(
    "expression",
    ["cast('abc' as int)", "cast(2147483647 as int) + cast(1 as int)", "cast(123456.789 as decimal(5, 2))",
     "cast(99999999999999999999 as decimal(38, 18)) * cast(2 as decimal(38, 18))", "1 / 0"],
)  # fmt: skip
def test_what_does_not_fit_is_an_error_and_never_null(execute, expression):
    """dbt's adapter turns these rules off before each statement."""
    with pytest.raises(Exception, match=r"CAST_INVALID_INPUT|OVERFLOW|OUT_OF_RANGE|DIVIDE_BY_ZERO"):
        execute(f"select {expression}")


@pytest.mark.spark
def test_cells_reach_spark_as_they_are(raw, execute):
    """Quotes, the empty text beside NULL, backslashes, 38 digits, days far off, microseconds."""
    with warehouse.open_work(raw) as connection:
        expected = connection.execute("from raw.cells order by d").fetchall()
    found = execute("select * from raw.cells order by d")
    assert found == expected
    assert found[1][:2] == ("O'Neil", "")
    assert found[1][3] == Decimal("12345678901234567890.123456789012345678")
    assert execute("select '\\d'") == [("\\d",)]


@pytest.mark.spark
def test_seeds_reach_spark_as_they_are(raw, execute):
    """dbt's adapter would take them through floats and quotes; here DuckDB reads them."""
    with warehouse.open_work(raw) as connection:
        for seed in sorted(SEEDS_DIR.glob("*.csv")):
            expected = connection.execute(f"from seeds.{seed.stem}").fetchall()
            assert sorted(execute(f"select * from seeds.{seed.stem}"), key=str) == sorted(expected, key=str), seed.stem


@pytest.fixture
def both(session: Any, raw: Workspace, tmp_path: Path) -> Callable[..., list[tuple]]:
    """The rows on which the engines differ in what a macro of decimals.sql says of the rows of a query of DuckDB's."""

    def compare(rows: str, macro: str, *arguments: object) -> list[tuple]:
        file, duck = tmp_path / "numbers.parquet", Macros("decimals.sql")
        with duckdb.connect() as connection:
            connection.execute(f"copy ({rows}) to '{file}' (format parquet)")
            said = getattr(Macros("decimals.sql", engine="spark"), macro)(*arguments)
            made = tmp_path / "made"
            session.sql(f"select *, {said} as said from parquet.`{file}`").write.parquet(str(made))
            return connection.execute(
                f"select *, {getattr(duck, macro)(*arguments)} as expected from '{made}/*.parquet'"
                " where said is distinct from expected"
            ).fetchall()

    return compare


@pytest.mark.spark
def test_quotients_are_the_same_to_the_last_digit(both):
    """Ratios of whole numbers and of decimals, and numbers so large that both engines keep what a double holds."""
    rows = """
        select cast(n as decimal(38, 18)) as n, cast(d as decimal(38, 18)) as d
        from (select (hash(i) % 1000000007) / 997.0 as n, (hash(i + 1) % 9973)::double as d from range(3000) t(i)
            union all select 1e14 * (i + 1) / 7, i % 11 from range(600) t(i)
            union all select pow(10, i), pow(10, -j) from range(14, 18) t(i), range(3) u(j))
    """
    assert both(rows, "exact_quotient", "n", "d") == []


@pytest.mark.spark
def test_shares_of_a_quantity_are_the_same_and_round_ties_up(both):
    rows = """
        select cast(q as decimal(19, 6)) as q, part, whole
        from (select ((hash(i) % 2000000000001)::bigint - 1000000000000) * 0.000001 as q, i % 366 as part, 366 as whole
            from range(3000) t(i)
            union all select i * 0.000001, 1, 2 from range(-20, 20) t(i)
            union all select 9999999999999.999999, 123456, 133590)
    """
    assert both(rows, "cumulative_share", "q", "part", "whole") == []


@pytest.mark.spark
def test_shares_of_a_rest_are_the_same(both):
    rests = """
        select cast(q as decimal(18, 18)) as q, part, whole
        from (select ((hash(i) % 1000001)::bigint - 500000) * 0.000000000000999983 as q, i % 366 as part, 366 as whole
            from range(3000) t(i)
            union all select i * 0.000000000000000001, 1, 2 from range(-20, 20) t(i))
    """
    assert both(rests, "cumulative_share", "q", "part", "whole", 18) == []


@pytest.mark.spark
def test_products_with_a_rest_are_the_same(both):
    rows = """
        select
            cast((hash(i) % 1999999999) * 0.000001 as decimal(19, 6)) as q,
            cast(case when i % 3 = 0 then 0 else ((hash(i + 1) % 1000001)::bigint - 500000) * 0.000000000000999983 end
                as decimal(18, 18)) as rest,
            cast((hash(i + 2) % 999999999999) * 0.000000123457 as decimal(18, 12)) as factor,
            case when i % 2 = 0 then 1 else 1000000 end as units
        from range(3000) t(i)
    """
    assert both(rows, "line_product", "q", "rest", "factor", "units") == []


@pytest.mark.spark
def test_certificates_are_allocated_alike(session, tmp_path):
    """The lists of one engine against the recursion of the other, on 60 pools made up: open and closed cells with and
    without a supplier's factor, claims that overlap, more and fewer certificates than demand."""
    chance = random.Random(20240331)
    cells, supply = [], []
    for pool in range(60):
        for cell in range(chance.randint(1, 14)):
            day = date(2024, chance.randint(1, 12), 1)
            cells.append(
                (
                    f"p{pool}",
                    f"f{cell}",
                    day,
                    day,
                    chance.random() < 0.3,
                    Decimal(chance.randrange(0, 10**10, 7)) / 10**6,
                )
            )
        for turn in range(chance.randint(0, 6)):
            first = chance.randint(1, 12)
            claim = date(2024, first, 1), date(2024, chance.randint(first, 12), 28)
            amount = Decimal(chance.randrange(0, 2 * 10**10, 3)) / 10**6
            supply.append((f"p{pool}", f"a{pool}-{turn}", f"i{turn % 3}", *claim, amount))
    given = {
        "cells": (cells, "pool, facility_id, period, factor_date, has_supplier_factor, open_mwh"),
        "supply": (supply, "pool, activity_id, instrument_id, claim_start, claim_end, available_mwh"),
    }
    asked = "select pool, activity_id, facility_id, period, factor_date, has_supplier_factor, allocated_mwh"
    asked += " from turns_supply where activity_id is not null and allocated_mwh > 0"
    said = {
        engine: Macros("decimals.sql", "instruments.sql", engine=engine).waterfall_step("cells", "supply")
        for engine in ("default", "spark")
    }
    with duckdb.connect() as connection:
        for name, (rows, columns) in given.items():
            frame = pl.DataFrame(rows, schema=columns.split(", "), orient="row")
            connection.register("frame", warehouse.Frame(frame))
            amount = columns.split(", ")[-1]
            connection.execute(
                f"create table {name} as select * replace (cast({amount} as decimal(19, 6)) as {amount}) from frame"
            )
            connection.execute(f"copy {name} to '{tmp_path / name}.parquet' (format parquet)")
            connection.unregister("frame")
        expected = connection.execute(f"with recursive {said['default']} {asked}").fetchall()
    for name in given:
        session.read.parquet(str(tmp_path / f"{name}.parquet")).createOrReplaceTempView(name)
    found = [tuple(row) for row in session.sql(f"with {said['spark']} {asked}").collect()]
    assert sorted(found) == sorted(expected)
    assert len(expected) > 300


@pytest.mark.spark
def test_java_that_dies_hides_no_error_and_the_next_build_has_another(need_spark, tmp_path):
    code = (
        "import sys; from pathlib import Path; from orchestration import spark;"
        "from orchestration.engines import Engine; from orchestration.workspace import Workspace;"
        f"given = Workspace(Path(sys.argv[1])), Engine('spark', '{MASTER}'), []\n"
        "try:\n"
        "    with spark.session(*given):\n"
        "        from pyspark import SparkContext; SparkContext._gateway.proc.kill()\n"
        "        raise ValueError('what failed')\n"
        "except ValueError as error: print(error)\n"
        "with spark.session(*given) as next: print(next.sql('select 7').collect()[0][0])"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "company")], cwd=tmp_path, capture_output=True, text=True
    )
    assert finished.stdout.splitlines() == ["what failed", "7"], finished.stderr[-2000:]


@pytest.mark.spark
def test_another_build_may_run_at_the_same_time_and_nothing_is_left_where_one_stands(session, tmp_path):
    """A metastore on disk would be one build's alone. The other build here ends its Java with it."""
    code = (
        "from pathlib import Path; from orchestration import spark; from orchestration.engines import Engine;"
        "from orchestration.workspace import Workspace; import sys;"
        "workspace = Workspace(Path(sys.argv[1]));"
        f"engine = Engine('spark', '{MASTER}');\n"
        "with spark.session(workspace, engine, []) as other:\n"
        "    print(other.sql('select probability_below(1D, 1D, 2D)').collect()[0][0])\n"
        "from pyspark import SparkContext; print(SparkContext._gateway)"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "company")], cwd=tmp_path, capture_output=True, text=True
    )
    assert finished.stdout.split() == ["0.5", "None"], finished.stderr[-2000:]
    assert [file.name for file in tmp_path.rglob("*") if file.name in ("metastore_db", "derby.log")] == []
    assert not (tmp_path / "spark-warehouse").exists()
    assert session.sql("select 1").collect()[0][0] == 1
