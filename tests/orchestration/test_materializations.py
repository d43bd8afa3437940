"""What the project's own materializations hold: tried on a project of a few models, by dbt itself."""

import json
import shutil

import duckdb
import pytest
import yaml

from orchestration import dbt_patches, transformation
from orchestration.workspace import DBT_PROJECT_DIR

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
    shutil.copy(DBT_PROJECT_DIR / "macros" / "materializations.sql", root / "macros")
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


def test_tables_of_one_kind_share_their_types_and_keep_their_texts():
    from dbt_common.clients import agate_helper

    dbt_patches.apply()
    for _ in range(2):
        table = agate_helper.table_from_data_flat([{"a": "005", "b": 5}], ["a", "b"])
        assert list(table.rows[0].values()) == ["005", 5]
    assert len(agate_helper.empty_table().rows) == 0
