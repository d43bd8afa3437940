"""Macros that take a shorter way where it gives the same, against the plain way, on numbers made up."""

import random
from pathlib import Path
from types import SimpleNamespace

import duckdb
import jinja2
import polars as pl
import pytest

from data_contracts.declarations.vocabulary import meter_key
from orchestration import warehouse
from orchestration.workspace import DBT_PROJECT_DIR

TIES = ("0.0000005", "-0.0000005", "0.0000015", "12.3456785", "-99999999999.9999995", "0.00000049", "0")


class Macros:
    """The macros of some files of the dbt project, as an engine gets them: DuckDB those called default."""

    def __init__(self, *files: str, engine: str = "default"):
        source = "".join((Path(DBT_PROJECT_DIR) / "macros" / file).read_text(encoding="utf-8") for file in files)
        adapter = SimpleNamespace(dispatch=lambda name, package: getattr(self._module, f"{engine}__{name}"))
        environment = jinja2.Environment(autoescape=False, extensions=["jinja2.ext.do"])
        environment.globals.update({"adapter": adapter, "return": lambda value: value})
        self._module = environment.from_string(source).make_module()

    def __getattr__(self, name: str):
        return lambda *arguments, **named: str(getattr(self._module, name)(*arguments, **named))


def numbers(places: int, digits: int, count: int = 4000) -> list[str]:
    """Decimals of up to `digits` digits before the point, many of them short, and the ones that round either way."""
    chance = random.Random(20240331)
    made = [
        f"{chance.choice(['', '-'])}{chance.randrange(10 ** chance.randint(1, digits))}"
        f".{chance.randrange(10 ** chance.randint(1, places)):0{places}}"
        for _ in range(count)
    ]
    return [*made, *TIES]


@pytest.mark.parametrize("off", [0.0, 1e-9, 3e-7, 1.0, 1e30])
def test_a_decimal_narrowed_by_an_estimate_is_the_decimal_cast_whatever_the_estimate_is(off):
    given = numbers(places=18, digits=11)
    narrowed = Macros("decimals.sql").narrowed("exact", "estimate", 19, 6)
    with duckdb.connect() as connection:
        connection.execute(
            "create table numbers as select cast(text as decimal(38, 18)) as exact,"
            " cast(text as double) + ? as estimate from (select unnest(?) as text)",
            [off, given],
        )
        wrong = connection.execute(
            f"select exact, estimate, {narrowed} from numbers"
            f" where {narrowed} is distinct from cast(exact as decimal(19, 6))"
        ).fetchall()
        ((without,),) = connection.execute(
            f"select {narrowed} from (select cast(1.5 as decimal(38, 18)) as exact, cast(null as double) as estimate)"
        ).fetchall()
    assert wrong == []
    assert str(without) == "1.500000"


def test_an_identity_is_the_same_whether_a_quantity_fits_64_bits_or_not():
    given = [*numbers(places=9, digits=13), "9223372036.854775807", "9223372036.854775808", "-9999999999999.999999999"]
    macros = Macros("identity.sql")
    short = macros.content_id(["'feed'", "quantity", "unit"], ["quantity"])
    plain = macros.content_id(["'feed'", "quantity", "unit"])
    with duckdb.connect() as connection:
        connection.execute(
            "create table cells as select cast(text as decimal(22, 9)) as quantity, '12' as unit from"
            " (select unnest(?) as text) union all select null, null",
            [given],
        )
        wrong = connection.execute(f"select quantity from cells where {short} is distinct from {plain}").fetchall()
        ((told,),) = connection.execute(
            f"select {plain} = substr(md5('feed' || chr(31) || '1.500000000' || chr(31) || chr(30)), 1, 20)"
            " from (select cast(1.5 as decimal(22, 9)) as quantity, cast(null as varchar) as unit)"
        ).fetchall()
    assert wrong == []
    assert told


def test_the_quantities_of_feeds_are_the_decimal_columns_of_the_raw_tables():
    """A column of text among them would change the identity of its rows: 12 and 12.000000000 are two texts."""
    source = (Path(DBT_PROJECT_DIR) / "macros" / "staged_feed.sql").read_text(encoding="utf-8")
    listed: list[list[str]] = []
    environment = jinja2.Environment(autoescape=False, extensions=["jinja2.ext.do"])
    environment.globals.update({"return": lambda value: listed.append(value) or ""})
    environment.from_string(source).make_module().quantities_of_feeds()
    for columns in warehouse.FEED_TABLES.values():
        decimals = {column for column, kind in columns.items() if kind == warehouse.QUANTITY}
        assert decimals == set(listed[0]) & set(columns)


def test_meters_are_told_apart_alike_by_the_contracts_and_the_models():
    given = [
        "E-01",
        "e 01",
        "E_1",
        "E.1",
        "e1",
        "3号表",
        "Meter 03",
        "No.3",
        "#3",
        "３号表",
        "'0042",
        "电表 7",
        "7#",
        "S 02",
    ]
    given += ["№ 3", "Meter A", "meter-a", "Kiln-B", "kiln b", "1-1", "11", "1-1A", "12.00"]
    given += ["M-1-A", "总表", "Zähler Nr. 12", "12.0", "", "E１０", "kWh-meter 1.8.0", "a#1/b-2"]
    key = Macros("identity.sql").meter_key("name")
    with duckdb.connect() as connection:
        rows = connection.execute(f"select {key} from (select unnest(?) as name)", [given]).fetchall()
    contracts = pl.DataFrame({"name": given}).select(meter_key(pl.col("name"))).to_series().to_list()
    assert [found or "" for (found,) in rows] == contracts
    assert len(set(contracts[:5])) == 2
    assert len(set(contracts[5:10])) == 1
    assert contracts[14:23] == ["3", "a", "a", "kilnb", "kilnb", "1-1", "11", "1-1a", "12"]
