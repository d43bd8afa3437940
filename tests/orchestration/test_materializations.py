"""What the project's own materializations hold: tried on a project of a few models, by dbt itself."""

import json
import random
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date

import duckdb
import pytest
import yaml

from orchestration import dbt_patches, transformation
from orchestration.workspace import DBT_PROJECT_DIR

MACROS = ("materializations.sql", "partitions.sql", "years.sql")
CONTRACT = {"n": "integer", "text": "string", "t": "decimal(38,18)"}
GOOD = "select 1::integer as n, 'a' as text, 2::decimal(38,18) as t"
# Model -> its SQL; what dbt says of those that break their contract.
MODELS = {
    "good": GOOD,
    "in_other_order": "select 2::decimal(38,18) as t, 'a' as text, 1::integer as n",
    "good_view": GOOD,
    "other_type": GOOD.replace("1::integer", "1::bigint"),
    "other_scale": GOOD.replace("38,18", "38,17"),
    "one_more_view": GOOD + ", 1 as more",
    "one_less_view": GOOD.replace("'a' as text, ", ""),
    "with_null": GOOD.replace("'a'", "null::varchar") + " union all " + GOOD,
}
BROKEN = {
    "other_type": "Only by contract: n INTEGER; only in the model: n BIGINT",
    "other_scale": "Only by contract: t DECIMAL(38,18); only in the model: t DECIMAL(38,17)",
    "one_more_view": "only in the model: more INTEGER",
    "one_less_view": "Only by contract: text VARCHAR",
    "with_null": "with_null.text is not_null by contract and holds 1 NULL(s)",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Message of each node by name, and the database."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    dbt_patches.apply()
    root = tmp_path_factory.mktemp("dbt")
    for folder in ("models", "macros", "tests"):
        (root / folder).mkdir()
    for file in MACROS:
        shutil.copy(DBT_PROJECT_DIR / "macros" / file, root / "macros")
    output = {"type": "duckdb", "path": str(root / "small.duckdb"), "disable_transactions": True}
    files = {
        "dbt_project.yml": {"name": "small", "version": "1.0", "config-version": 2, "profile": "small"},
        "profiles.yml": {"small": {"target": "small", "outputs": {"small": output}}},
        "models/all.yml": {
            "models": [
                {
                    "name": name,
                    "config": {
                        "materialized": "view" if name.endswith("view") else "table",
                        "contract": {"enforced": True},
                    },
                    "columns": [
                        {"name": column, "data_type": type_}
                        | ({} if name.endswith("view") else {"constraints": [{"type": "not_null"}]})
                        for column, type_ in CONTRACT.items()
                    ],
                }
                for name in MODELS
            ]
        },
    }
    for name, content in files.items():
        (root / name).write_text(yaml.safe_dump(content))
    for name, sql in MODELS.items():
        (root / "models" / f"{name}.sql").write_text(sql)
    (root / "models" / "hooked.sql").write_text(
        "{{ config(materialized='table', post_hook='select 1') }} select 1 as n"
    )
    (root / "tests" / "finds_one.sql").write_text("select * from {{ ref('good') }}")
    (root / "tests" / "finds_none.sql").write_text("select * from {{ ref('good') }} where n <> 1")
    finished = dbtRunner().invoke(
        ["--quiet", "build", "--project-dir", str(root), "--profiles-dir", str(root), "--log-path", str(root / "logs")]
    )
    DuckDBConnectionManager.close_all_connections()
    return {result.node.name: (result.status, result.message) for result in finished.result.results}, root


def test_contracts_are_held_by_name_type_and_null(built):
    results, root = built
    for name in MODELS:
        status, message = results[name]
        if name in BROKEN:
            assert status == "error", (name, message)
            assert BROKEN[name] in " ".join(message.split())
        else:
            assert status == "success", (name, message)
    with duckdb.connect(str(root / "small.duckdb"), read_only=True) as connection:
        assert connection.execute("from in_other_order").fetchall() == connection.execute("from good").fetchall()
        kinds = dict(connection.execute("select table_name, table_type from information_schema.tables").fetchall())
    assert (kinds["good"], kinds["good_view"]) == ("BASE TABLE", "VIEW")


def test_a_test_counts_what_it_finds(built):
    results, _ = built
    assert results["finds_none"][0] == "pass"
    assert results["finds_one"] == ("fail", "Got 1 result, configured to fail if != 0")


def test_a_hook_stops_its_model_rather_than_being_passed_over(built):
    status, message = built[0]["hooked"]
    assert status == "error"
    assert "run no hooks" in message


def test_a_model_that_has_become_a_view_or_a_table_finds_its_place_free(tmp_path):
    nodes = {
        name: {"schema": "main", "name": name, "config": {"materialized": kind}}
        for name, kind in (("now_view", "view"), ("now_table", "table"), ("still_table", "table"))
    }
    (tmp_path / transformation.MANIFEST_FILE).write_text(json.dumps({"nodes": nodes}))
    with duckdb.connect() as connection:
        connection.execute("create table now_view as select 1; create view now_table as select 1 as n")
        connection.execute("create table still_table as select 1; create table of_others as select 1")
        transformation.make_way(connection, tmp_path)
        left = connection.execute("select table_name from information_schema.tables order by all").fetchall()
    assert left == [("of_others",), ("still_table",)]


def test_an_event_is_filled_when_it_is_read():
    from dbt_common.events.base_types import EventLevel, msg_from_base_event
    from dbt_common.events.types import Note

    dbt_patches.apply()
    said = Note(msg="said")
    assert "pb_msg" not in said.__dict__
    assert (said.message(), said.to_dict()["msg"]) == ("said", "said")
    assert msg_from_base_event(Note(msg="at once"), EventLevel.INFO).data.msg == "at once"


def test_a_class_that_dbt_writes_and_reads_is_compiled_when_it_is_called():
    dbt_patches.before_import()
    from dbt_common.dataclass_schema import dbtClassMixin
    from mashumaro.mixins.dict import DataClassDictMixin

    @dataclass
    class Inner(dbtClassMixin):
        day: date

    @dataclass
    class Outer(dbtClassMixin):
        inner: Inner
        many: list[Inner] = field(default_factory=list)
        missing: str | None = None

    @dataclass
    class Further(Outer):
        more: int = 1

    @dataclass
    class Plain(DataClassDictMixin):
        day: date

    assert "first_call" in repr(Outer.__dict__["to_dict"])
    day = Inner(date(2024, 2, 29))
    written = {"inner": {"day": "2024-02-29"}, "many": [{"day": "2024-02-29"}] * 2}
    for one in (Further(day, [day, day], more=2), Outer(day, [day, day])):
        more = {"more": 2} if isinstance(one, Further) else {}
        for _ in range(2):
            assert one.to_dict(omit_none=True) == written | more
            assert one.to_dict() == written | {"missing": None} | more
            assert type(one).from_dict(one.to_dict()) == one
            assert type(one).from_msgpack(one.to_msgpack()) == one
    assert "first_call" not in repr(Outer.__dict__["to_dict"])
    assert Plain.from_dict({"day": "2024-02-29"}).to_dict() == {"day": "2024-02-29"}


def test_tables_of_one_kind_share_their_types_and_keep_their_texts():
    from dbt_common.clients import agate_helper

    dbt_patches.apply()
    for _ in range(2):
        table = agate_helper.table_from_data_flat([{"a": "005", "b": 5}], ["a", "b"])
        assert list(table.rows[0].values()) == ["005", 5]
    assert len(agate_helper.empty_table().rows) == 0


def test_what_is_not_valid_is_refused_but_where_it_was_validated_before():
    dbt_patches.apply()
    from dbt.contracts.project import Project
    from dbt_common.dataclass_schema import ValidationError

    wrong = {"name": "house", "model-paths": 1}
    with pytest.raises(ValidationError, match="1 is not"):
        Project.validate(wrong)
    dbt_patches.IS_VALIDATED.set()
    try:
        Project.validate(wrong)
        with ThreadPoolExecutor() as threads:  # as dbt asks for the schemas
            threads.submit(Project.validate, wrong).result()
    finally:
        dbt_patches.IS_VALIDATED.clear()
    with pytest.raises(ValidationError, match="1 is not"):
        Project.validate(wrong)


def test_a_macro_is_the_one_of_the_project_before_those_of_others():
    from dbt.context.macros import MacroNamespace

    dbt_patches.apply()
    ours, theirs, others = {"one": 1, "two": 2}, {"two": 3, "three": 4}, {"three": 5, "four": 6}
    found = MacroNamespace(ours, {"one": 0}, others, {"package": theirs})
    assert dict(found) == {"one": 0, "two": 2, "package": theirs, "dbt": others, "three": 5, "four": 6}
    assert "five" not in found
    with pytest.raises(KeyError):
        found["five"]


def test_a_cycle_of_models_is_still_found():
    from dbt.compilation import Linker

    dbt_patches.apply()
    linker = Linker()
    linker.dependency("b", "a")
    linker.dependency("c", "b")
    assert linker.find_cycles() is None
    linker.dependency("a", "c")
    assert linker.find_cycles().count(" --> ") == 2


def test_a_flag_of_an_adapter_names_the_module_that_has_it():
    from dbt_common.behavior_flags import Behavior

    dbt_patches.apply()
    flags = Behavior([{"name": "new", "default": False, "description": "..."}], {})
    assert flags.new._behavior_change_event.to_dict()["flag_source"] == __name__


LINES = (
    "select n, a.day, md5(n::varchar) as id, kind, nothing, note from {{ source('raw', 'a') }} as a"
    " left join {{ source('raw', 'b') }} as b on a.n % (select count(*) from {{ source('raw', 'b') }}) = b.place"
)
FEW = ["b", "A", None, "it's", "é", "a", "", "z{{ 1 }}", "B\\", "nul\0l"]


BY_YEAR = {
    "identities": ["id"],
    # Of numbers of which no two are equal DuckDB would not come to it.
    "in_runs": ["n"],
    "enumerated": ["kind", "nothing", "note"],
    "in_parts_of": "raw.a",
    "parted_by": "day",
    "ordered_by": "day, kind, n",
}


def test_many_rows_are_stored_by_year_in_enumerations_and_read_as_text_in_their_order(tmp_path):
    """Through a first build, a value that is new, one that is gone, and so few rows that the table is a plain one."""
    models = {"lines": LINES, "sums": "select kind, count(*) as rows from {{ ref('lines') }} group by kind"}
    database, build = housed(tmp_path, models, {"lines": BY_YEAR}, "ab")
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema raw; create table raw.a (n bigint, day date)")
        connection.execute("create table raw.b (place bigint, kind varchar, nothing varchar, note varchar)")
    for few, rows in ((FEW, 100_000), ([*FEW, "aa", "Z"], 100_000), (FEW[1:], 100_000), (FEW, 99_999), (FEW, 100_001)):
        with duckdb.connect(str(database)) as connection:
            connection.execute("delete from raw.b; delete from raw.a")
            # 300 days of which the first 60 lie in another year.
            connection.execute(
                "insert into raw.a select n, date '2020-11-02' + (n % 300)::int from range(?) r(n)", [rows]
            )
            for place, value in enumerate(few):
                # A text with a zero character can be no value of an enumeration: its column stays text.
                kind = value if value is None or "\0" not in value else "nul"
                connection.execute("insert into raw.b values (?, ?, null, ?)", [place, kind, value])
            query = LINES.replace("{{ source('raw', '", "raw.").replace("') }}", "")
            expected = connection.execute(f"from ({query}) order by day, kind, n").fetchall()
            sums = connection.execute(f"select kind, count(*) from ({query}) group by kind order by kind").fetchall()
        build()
        with duckdb.connect(str(database), read_only=True) as connection:
            assert connection.execute("from lines").fetchall() == expected
            assert connection.execute("from sums order by kind").fetchall() == sums
            types = dict(connection.execute("select column_name, column_type from (describe lines)").fetchall())
            texts = dict.fromkeys(("id", "kind", "nothing", "note"), "VARCHAR")
            assert types == {"n": "BIGINT", "day": "DATE"} | texts
            assert dict(connection.execute("select column_name, column_type from (describe sums)").fetchall()) == {
                "kind": "VARCHAR",
                "rows": "BIGINT",
            }
            stored = connection.execute(
                "select table_name, column_name, data_type from duckdb_columns() where schema_name = 'enumerated'"
            ).fetchall()
            kind = connection.execute("select table_type from information_schema.tables where table_name = 'lines'")
            is_view = kind.fetchall()
            if rows < 100_000:
                assert (is_view, stored) == ([("BASE TABLE",)], [])
                continue
            values = sorted({("nul" if "\0" in value else value) for value in few if value is not None}, key=str.encode)
            listed = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
            assert is_view == [("VIEW",)]
            assert {name: dict(row[1:] for row in stored if row[0] == name) for name, *_ in stored} == {
                f"lines {year}": types | {"kind": f"ENUM({listed})"} for year in (2020, 2021)
            }
            written = connection.execute(
                "select column_name, compression from pragma_storage_info('enumerated.\"lines 2021\"')"
                " where segment_type <> 'VALIDITY' and column_name in ('id', 'n', 'kind') group by all order by all"
            ).fetchall()
            assert written == [("id", "Uncompressed"), ("kind", "RLE"), ("n", "RLE")]


def test_years_stand_exactly_where_making_them_would_change_nothing(tmp_path, monkeypatch):
    """Through random histories: after each change the rows stand in the order of a build from nothing, no other years
    were made than those of which something has changed, and each has the types that a build from nothing gives it."""
    monkeypatch.setenv("HELIOLEDGER_ROWS_WORTH_KEEPING", "1")
    chance = random.Random(11)
    lines = (
        "select a.n, a.day, md5(concat_ws(' ', a.n, a.day)) as id, b.kind, b.nothing, settings.x as note"
        " from {{ ref('seen_view') }} as a cross join {{ source('raw', 'settings') }} as settings"
    )
    models = {
        "seen_view": "select a.*, b.* exclude (place) from {{ source('raw', 'a') }} as a"
        " inner join {{ source('raw', 'b') }} as b on a.n = b.place",
        "lines": lines.replace("b.", "a."),
        "sums": "select kind, note, count(*) as rows from {{ ref('lines') }} group by all",
    }
    metas = {
        "lines": BY_YEAR
        | {
            "is_kept": True,
            "partitions": {
                "month": "day",
                "through": ["seen_view"],
                "inputs": {
                    # What `b` says of a kind reaches the years of its rows alone.
                    "a": {"month": "day", "joined": {"b": {"n": "place"}}},
                    "settings": {"columns": ["x"]},
                },
            },
        }
    }
    database, build = housed(tmp_path, models, metas, ("a", "b", "settings"))
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "create schema raw; create table raw.settings as select 'x' as x, 1 as other;"
            "create table raw.b as select n as place, 'kind ' || n as kind, null::varchar as nothing"
            " from range(5) r(n);"
            "create table raw.a as select n % 5 as n, date '2019-06-01' + (n * 17)::int as day from range(100) r(n)"
        )
    day = "date '2019-06-01' + (? * 17)::int"
    changes = {
        "nothing": "select ?",
        "one more": f"insert into raw.a select 4, {day}",
        "one less": f"delete from raw.a where day = {day}",
        "one changed": f"update raw.a set n = (n + 1) % 5 where day = {day}",
        "one later": "insert into raw.a select 3, max(day) + 50 + ? * 0 from raw.a",
        "a kind": "update raw.b set kind = kind || '!' where place = ? % 5",
        "the setting": "update raw.settings set x = x || (? % 2)",
        "another setting": "update raw.settings set other = other + ?",
        "the order": "create or replace table raw.a as select * from raw.a order by hash(n + ?), day",
    }
    former, stood, remade = {}, 0, 0
    for step in range(14):
        change = chance.choice(list(changes)) if step else "nothing"
        with duckdb.connect(str(database)) as connection:
            connection.execute(changes[change], [chance.randrange(100)])
        told = build()["lines"]
        with duckdb.connect(str(database)) as connection:
            years = connection.execute(
                "select year(day), list((n, day, id, kind, note)) from lines group by all"
            ).fetchall()
            found = connection.execute("from lines").fetchall()
            assert found == connection.execute("from lines order by day, kind, n").fetchall(), (step, change)
            now = dict(years)
            stored = "select table_name, column_name, data_type from duckdb_columns() where schema_name = 'enumerated'"
            types = sorted(connection.execute(stored).fetchall())
        made = {year for year in now if now[year] != former.get(year)}
        assert told == (f"MADE {len(made)} OF {len(now)} YEARS" if made else "KEPT"), (step, change)
        former, stood, remade = now, stood + len(now) - len(made), remade + len(made)
        if step == 7:
            assert build(is_rebuilt=True)["lines"] == f"MADE {len(now)} OF {len(now)} YEARS"
            with duckdb.connect(str(database)) as connection:
                assert connection.execute("from lines").fetchall() == found
                assert sorted(connection.execute(stored).fetchall()) == types
    assert min(stood, remade) > 10, (stood, remade)
    # Of so few rows they are one table where nothing is kept; then no year is known.
    assert build(keeps=False)["lines"] == "OK"
    with duckdb.connect(str(database)) as connection:
        assert connection.execute("from lines").fetchall() == found
    assert build()["lines"] == f"MADE {len(now)} OF {len(now)} YEARS"
    assert build()["lines"] == "KEPT"


# Tables of a small house, each the SQL that makes it: `grouped` reads a view, `narrowed` only what it says of a group,
# and `plain` is never kept. What they are made of is in raw.
HOUSE = {
    "seen_view": "select n, k from {{ source('raw', 'b') }} where k > 0",
    "grouped": "select a.k, count(*) as rows, sum(a.n) as n, max(b.n) as most"
    " from {{ source('raw', 'a') }} as a left join {{ ref('seen_view') }} as b on a.k = b.k group by a.k",
    "narrowed": "select k, most > 2 as is_much from {{ ref('grouped') }}",
    "joined": "select narrowed.*, c.text from {{ ref('narrowed') }} as narrowed"
    " cross join {{ source('raw', 'c') }} as c",
    "plain": "select * from {{ ref('joined') }}",
}
KEPT = ("grouped", "narrowed", "joined")


def housed(root, models, metas, sources):
    """The database of a house of models, and what builds it, its tables told what they are made of: message by name."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner
    from dbt_common.events import event_manager_client

    from orchestration.dbt_events import HeardEvents

    dbt_patches.apply()
    for folder in ("models", "macros"):
        (root / folder).mkdir()
    for file in MACROS:
        shutil.copy(DBT_PROJECT_DIR / "macros" / file, root / "macros")
    output = {"type": "duckdb", "path": str(root / "house.duckdb"), "disable_transactions": True}
    configured = [
        {
            "name": name,
            "config": {"materialized": "view" if name.endswith("view") else "table", "meta": metas.get(name, {})},
        }
        for name in models
    ]
    raw = {"name": "raw", "tables": [{"name": name} for name in sources]}
    files = {
        "dbt_project.yml": {"name": "house", "version": "1.0", "config-version": 2, "profile": "house"},
        "profiles.yml": {"house": {"target": "house", "outputs": {"house": output}}},
        "models/all.yml": {"models": configured, "sources": [raw]},
    }
    for name, content in files.items():
        (root / name).write_text(yaml.safe_dump(content))
    for name, sql in models.items():
        (root / "models" / f"{name}.sql").write_text(sql)
    placed = ["--project-dir", str(root), "--profiles-dir", str(root), "--log-path", str(root / "logs")]
    quiet = ["--quiet", "--log-level-file", "none", "--no-write-json"]
    project = dbtRunner().invoke([*quiet, "parse", *placed]).result

    def build(keeps=True, is_rebuilt=False):
        transformation.tell_kept_tables(project, keeps, is_rebuilt)
        try:
            # As a run has it: no event is made that nobody hears.
            event_manager_client.ctx_set_event_manager(HeardEvents(frozenset()))
            finished = dbtRunner(manifest=project).invoke([*quiet, "build", *placed])
        finally:
            DuckDBConnectionManager.close_all_connections()
        assert finished.success, [result.message for result in finished.result.results]
        return {result.node.name: result.message for result in finished.result.results}

    return root / "house.duckdb", build


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """Its database, and what builds it: the names of the tables left standing."""
    metas = {name: {"is_kept": name in KEPT, "identities": ["k"]} for name in HOUSE}
    database, build = housed(tmp_path_factory.mktemp("house"), HOUSE, metas, "abc")
    return database, lambda **told: {name for name, message in build(**told).items() if message == "KEPT"}


def test_a_table_stands_exactly_where_making_it_would_change_nothing(house, monkeypatch):
    """Through random histories of what it is made of: the tables are those of a build from nothing, and each stands
    where its inputs, and then its rows, are what they were, whatever has happened further up."""
    database, build = house
    monkeypatch.setenv("HELIOLEDGER_ROWS_WORTH_KEEPING", "1")
    chance = random.Random(3)
    inputs_of = {"grouped": ("a", "seen_view"), "narrowed": ("grouped",), "joined": ("narrowed", "c")}
    reference = "; ".join(
        f"create or replace temp table {name}_ as "
        + sql.replace("{{ source('raw', '", "raw.").replace("{{ ref('", "").replace("') }}", "_").replace("a_", "a")
        for name, sql in HOUSE.items()
    )
    for table in "abc":
        reference = reference.replace(f"raw.{table}_", f"raw.{table}")

    def rows(connection, names):
        return {name: sorted(connection.execute(f"from {name}").fetchall(), key=repr) for name in names}

    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "create schema raw; create table raw.a as select n, n % 3 as k from range(9) as r(n);"
            "create table raw.b as select n, n % 3 as k from range(4) as r(n); create table raw.c as select 'x' as text"
        )
    changes = [
        "insert into raw.a select 7, 1",
        "delete from raw.a where rowid = (select max(rowid) from raw.a)",
        "insert into raw.b select 1, 0",  # which the view does not show
        "insert into raw.b select 1, 2",  # which is not the most of its group
        "insert into raw.b select 9, 1",
        "update raw.c set text = case text when 'x' then 'y' else 'x' end",
        "create or replace table raw.a as select * from raw.a order by hash(n), n, k",
        "update grouped set n = n + 1",
        "delete from joined",
        "select 1",
        "select 2",
    ]
    former, known, stood = {}, {}, 0
    for step in range(14):
        change = chance.choice(changes) if step else "select 0"
        with duckdb.connect(str(database)) as connection:
            connection.execute(change)
            spoiled = {name for name in KEPT if step and rows(connection, [name])[name] != former[name]}
        kept = build()
        with duckdb.connect(str(database)) as connection:
            connection.execute(reference)
            expected = rows(connection, [f"{name}_" for name in HOUSE])
            former = rows(connection, HOUSE)
            raws = rows(connection, ["raw.a", "raw.b", "raw.c"])
        assert {f"{name}_": found for name, found in former.items()} == expected, (step, change)
        told = {name: former.get(name) or raws[f"raw.{name}"] for name in ("a", "c", "grouped", "narrowed")}
        told["seen_view"] = raws["raw.b"]  # a view is known by what it reads
        now = {name: [told[one] for one in inputs_of[name]] for name in KEPT}
        assert kept == {name for name in KEPT if known.get(name) == now[name] and name not in spoiled}, (step, change)
        known, stood = now, stood + len(kept)
    assert 10 < stood < 39
    assert build(is_rebuilt=True) == set()
    assert build() == set(KEPT)
    # What one build was told is no word to the next.
    assert build(keeps=False) == set()
    assert build() == set()


def test_few_rows_are_made_anew(house):
    database, build = house
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema if not exists raw; create table if not exists raw.a as select 1 as n, 1 as k")
        connection.execute("create table if not exists raw.b as select 1 as n, 1 as k")
        connection.execute("create table if not exists raw.c as select 'x' as text")
    assert build() == build() == set()


# `monthly` has rows of months and plants, from rows of days and of spans of days, rates of plants, and a setting;
# `yearly` is no partition of it, `by_month` one by month alone.
PARTED = {
    "spans_view": "select * from {{ source('raw', 'spans') }} where n <> 0",
    "monthly": """
        with counted as (
            select date_trunc('month', day)::date as month, plant, n from {{ source('raw', 'days') }}
            union all
            select
                unnest(generate_series(date_trunc('month', first), date_trunc('month', last), interval 1 month))::date,
                plant, n
            from {{ ref('spans_view') }}
        )
        select counted.month, counted.plant, counted.n * coalesce(rates.rate, 1) * settings.x as n,
            row_number() over (partition by counted.month, counted.plant order by counted.n) as place
        from counted
        left join {{ source('raw', 'rates') }} as rates on counted.plant = rates.plant
        cross join {{ source('raw', 'settings') }} as settings
    """,
    "by_month": "select month, sum(n) as n, count(distinct plant) as plants from {{ ref('monthly') }} group by month",
    "least": "select month, plant, min(n) as n from {{ ref('monthly') }} group by month, plant",
    "yearly": "select year(month) as year, sum(n) as n from {{ ref('by_month') }} group by all",
}
PARTITIONS = {
    "monthly": {
        "is_kept": True,
        "identities": ["plant"],
        "ordered_by": "month, plant, n, place",
        "partitions": {
            "month": "month",
            "facility": "plant",
            "inputs": {
                "days": {"month": "day", "facility": "plant"},
                "spans_view": {"month": ["first", "last"], "facility": "plant"},
                "rates": {"facility": "plant"},
            },
        },
    },
    "by_month": {"is_kept": True, "partitions": {"month": "month", "inputs": {"monthly": {"month": "month"}}}},
    "least": {
        "is_kept": True,
        "partitions": {
            "month": "month",
            "facility": "plant",
            "inputs": {"monthly": {"month": "month", "facility": "plant"}},
        },
    },
    "yearly": {"is_kept": True},
}


@pytest.fixture(scope="module")
def parted(tmp_path_factory):
    return housed(tmp_path_factory.mktemp("parted"), PARTED, PARTITIONS, ("days", "spans", "rates", "settings"))


def test_partitions_stand_exactly_where_making_them_would_change_nothing(parted, monkeypatch):
    """Through random histories: after each change the tables are those of a build from nothing, and no other partitions
    were made than those of which a row has changed, or that were altered by hand."""
    database, build = parted
    monkeypatch.setenv("HELIOLEDGER_ROWS_WORTH_KEEPING", "1")
    chance = random.Random(7)
    reference = "; ".join(
        f"create or replace temp view {name}_ as " + re.sub(r"{{ source\('raw', '(\w+)'\) }}", r"raw.\1", sql)
        for name, sql in PARTED.items()
    )
    reference = re.sub(r"{{ ref\('(\w+)'\) }}", r"\1_", reference)
    plants = [None, "it's", "A", "B", "C"]
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "create schema raw; create table raw.settings as select 1 as x;"
            "create table raw.rates (plant text, rate int);"
            "create table raw.days (day date, plant text, n int);"
            'create table raw.spans ("first" date, "last" date, plant text, n int)'
        )
        for month in range(24):
            for plant in plants:
                connection.execute(
                    "insert into raw.days values (date '2023-01-09' + to_months(?), ?, ?)", [month, plant, month]
                )

    # Change -> the partitions that it reaches: month (None: all) and plant.
    def changes():
        plant, month, n = chance.choice(plants), chance.randrange(24), chance.randrange(1, 90)
        day = f"(date '2023-01-09' + to_months({month}))"
        of_plant = "plant is null" if plant is None else f"plant = '{plant.replace(chr(39), chr(39) * 2)}'"
        name = "null" if plant is None else f"'{plant.replace(chr(39), chr(39) * 2)}'"
        return [
            f"insert into raw.days values ({day}, {name}, {n})",
            f"insert into raw.days values ({day} + to_months(24), {name}, {n})",
            f"delete from raw.days where day = {day} and {of_plant}",
            f"insert into raw.spans values ({day}, {day} + to_months({n % 4}), {name}, {n})",
            # Which the view does not show.
            f"insert into raw.spans values ({day}, {day} + to_months({n % 4}), {name}, 0)",
            f"update raw.spans set n = n + 1 where {of_plant}",
            f"delete from raw.rates where {of_plant}",
            f"insert into raw.rates select {name}, {n} where not exists (select 1 from raw.rates where {of_plant})",
            f"update monthly set n = n + 1 where {of_plant} and month = date_trunc('month', {day})",
            f"delete from monthly where {of_plant} and month = date_trunc('month', {day})",
            "insert into monthly values (date '1999-01-01', 'Z', 1, 1)",
            "update raw.settings set x = x % 3 + 1",
            "create or replace table raw.days as select * from raw.days order by hash(day, plant, n)",
            "drop table partitions.monthly",
            "drop table monthly",
        ]

    def rows(connection, name):
        return sorted(connection.execute(f"from {name}").fetchall(), key=repr)

    def by_partition(connection):
        found = {}
        for month, plant, *others in rows(connection, "monthly_"):
            found.setdefault((month, plant or ""), []).append(others)
        return found

    former, partly, kept = {}, 0, 0
    for step in range(20):
        kind = chance.randrange(15)
        change = changes()[kind] if step else "select 1"
        with duckdb.connect(str(database)) as connection:
            connection.execute(change)
        told = build()
        with duckdb.connect(str(database)) as connection:
            connection.execute(reference)
            for name in PARTED:
                assert rows(connection, name) == rows(connection, f"{name}_"), (step, change, name)
            now = by_partition(connection)
        if made := re.fullmatch(r"MADE (\d+) OF \d+ PARTITIONS", told["monthly"]):
            partly += 1
            if kind < 8:  # each change of an input here changes rows, of the plants and months that it names alone
                changed = [key for key in {*now, *former} if now.get(key) != former.get(key)]
                assert len(changed) <= int(made[1]) <= 26, (step, change)
        kept += told["monthly"] == "KEPT"
        former = now
    assert partly > 5
    assert kept > 1
    assert build(is_rebuilt=True)["monthly"] not in ("KEPT", "")
    assert build()["monthly"] == build()["by_month"] == "KEPT"
    with duckdb.connect(str(database)) as connection:
        connection.execute("insert into raw.days values (date '2024-11-09', 'B', 5)")
    told = build()
    assert all(told[name].startswith("MADE 1 OF ") for name in ("monthly", "by_month", "least"))
    assert told["yearly"] not in ("KEPT", "")
    # A build of few rows knows nothing of partitions, and the next one does not believe what was known before.
    with duckdb.connect(str(database)) as connection:
        connection.execute("update raw.settings set x = x + 1")
    monkeypatch.setenv("HELIOLEDGER_ROWS_WORTH_KEEPING", "100000")
    assert "KEPT" not in build().values()
    monkeypatch.setenv("HELIOLEDGER_ROWS_WORTH_KEEPING", "1")
    assert "KEPT" not in build().values()
    assert all(build()[name] == "KEPT" for name in PARTITIONS)


def test_a_row_in_a_partition_that_no_input_knows_has_the_table_made_whole(tmp_path, monkeypatch):
    monkeypatch.setenv("HELIOLEDGER_ROWS_WORTH_KEEPING", "1")
    models = {"moved": "select (day + interval 31 day)::date as day, n from {{ source('raw', 'days') }}"}
    metas = {"moved": {"is_kept": True, "partitions": {"month": "day", "inputs": {"days": {"month": "day"}}}}}
    database, build = housed(tmp_path, models, metas, ["days"])
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "create schema raw; create table raw.days as"
            " select (date '2023-01-09' + to_months(n::int))::date as day, n from range(9) as r(n)"
        )
    assert "KEPT" not in (build()["moved"], build()["moved"])


def test_rows_of_an_input_without_a_joined_one_count_too(tmp_path, monkeypatch):
    """What instruments serve is known where nothing is known of the instrument any more."""
    monkeypatch.setenv("HELIOLEDGER_ROWS_WORTH_KEEPING", "1")
    models = {
        "served": "select day, n, rate from {{ source('raw', 'slices') }} left join {{ source('raw', 'instruments') }}"
        " using (instrument)"
    }
    inputs = {"slices": {"month": "day", "joined": {"instruments": "instrument"}}}
    metas = {"served": {"is_kept": True, "partitions": {"month": "day", "inputs": inputs}}}
    database, build = housed(tmp_path, models, metas, ["slices", "instruments"])

    def changed(sql: str) -> tuple[str, list[tuple]]:
        with duckdb.connect(str(database)) as connection:
            connection.execute(sql)
        told = build()["served"]
        with duckdb.connect(str(database)) as connection:
            return told, connection.execute("select n, rate from served order by all").fetchall()

    changed(
        "create schema raw;"
        "create table raw.instruments as select n::int as instrument, 5 as rate from range(4) as r(n);"
        "create table raw.slices as select (date '2023-01-09' + to_months(instrument))::date as day, instrument as n,"
        " instrument from raw.instruments"
    )
    of_one = "MADE 1 OF 4 PARTITIONS"
    assert changed("delete from raw.instruments where instrument = 0") == (of_one, [(0, None), (1, 5), (2, 5), (3, 5)])
    assert changed("update raw.slices set n = 9 where instrument = 0") == (of_one, [(1, 5), (2, 5), (3, 5), (9, None)])
    assert changed("delete from raw.slices where instrument = 0")[1] == [(1, 5), (2, 5), (3, 5)]


def test_an_input_that_is_not_read_is_told(tmp_path):
    metas = {"one": {"is_kept": True, "partitions": {"month": "day", "inputs": {"two": {"month": "day"}}}}}
    _, build = housed(tmp_path, {"one": "select current_date as day"}, metas, ["days"])
    with pytest.raises(transformation.DbtProjectError, match="one does not read two"):
        build()
