"""What belongs where, held against the manifest of the dbt project; pages and snapshots that tell what there is."""

import ast
import re
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from asset_graph import SNAPSHOT, render

from data_contracts.declarations.feeds import FEEDS, Feed
from orchestration import dictionary, transformation
from orchestration.definitions import defs
from orchestration.workspace import Workspace


@pytest.fixture(scope="module")
def parsed(parsed_dbt_project, tmp_path_factory) -> Path:
    """The dbt project, parsed."""
    root = parsed_dbt_project(tmp_path_factory.mktemp("parsed"))
    return transformation.parsed_project(Workspace(root))


@pytest.fixture(scope="module")
def nodes(parsed) -> dict[str, Any]:
    return transformation.manifest(parsed)["nodes"]


def test_seeds_are_made_anew_by_every_build(nodes):
    """A warehouse of an earlier version has its seeds as tables: one that lacks a column would stop the next run."""
    seeds = [node for node in nodes.values() if node["resource_type"] == "seed"]
    assert seeds
    assert all(seed["config"]["full_refresh"] for seed in seeds)


# --- pages and pictures of what there is ------------------------------------------------------------------------


def test_the_asset_graph_is_the_one_in_the_snapshot(workspace, parsed_dbt_project):
    """After a change that is meant: PYTHONPATH=. python tests/orchestration/asset_graph.py"""
    parsed_dbt_project(workspace.root)
    workspace.prepare()
    assert render(defs().get_repository_def()) == SNAPSHOT.read_text(encoding="utf-8")


def test_a_rename_a_dependency_and_a_check_show_in_the_snapshot():
    @dg.asset(group_name="landing", check_specs=[dg.AssetCheckSpec("contract", asset="ledger")])
    def ledger():
        yield dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=True)])

    @dg.asset(group_name="marts", deps=["ledger"])
    def emissions() -> None: ...

    text = render(dg.Definitions(assets=[ledger, emissions]).get_repository_def())
    assert text == "group landing\n  ledger\n    check contract\ngroup marts\n  emissions\n    < ledger\n"


def test_the_data_dictionary_is_that_of_the_marts(parsed):
    """After a change: python -m orchestration.dictionary"""
    assert dictionary.PAGE.read_text(encoding="utf-8") == dictionary.render_marts(parsed)


def test_the_data_dictionary_explains_every_column(parsed):
    page = dictionary.render_marts(parsed)
    for name, mart in transformation.marts(parsed).items():
        assert f"\n## {name}\n" in page
        assert re.search(rf"\n## {name}\n(?:(?!\n## ).)*\nKey / 主键: `", page, re.DOTALL), f"{name} has no key"
        for column in mart["columns"].values():
            assert column["description"].strip(), f"{name}.{column['name']}"
            assert re.search(rf"^\| (\*\*)?{column['name']}(\*\*)? \|", page, re.MULTILINE)


# --- layers of the dbt project ----------------------------------------------------------------------------------


def below_the_line(nodes: dict[str, Any]) -> list[str]:
    """`mart < parent` for every mart that reads staging, a seed or a source."""
    found = []
    for node in nodes.values():
        if node["resource_type"] != "model" or node["fqn"][1] != "marts":
            continue
        for parent in node["depends_on"]["nodes"]:
            kind, *_, name = parent.split(".")
            if kind != "model" or nodes[parent]["fqn"][1] == "staging":
                found.append(f"{node['name']} < {kind}.{name}")
    return sorted(found)


def test_marts_read_no_staging_seed_or_source(nodes):
    assert below_the_line(nodes) == []


def test_a_mart_that_reads_staging_a_seed_or_a_source_is_found():
    def model(name: str, layer: str, *parents: str) -> dict[str, Any]:
        return {
            "name": name,
            "resource_type": "model",
            "fqn": ["helioledger", layer, name],
            "depends_on": {"nodes": list(parents)},
        }

    nodes = {
        "model.h.stg_invoices": model("stg_invoices", "staging"),
        "model.h.int_lines": model("int_lines", "intermediate", "model.h.stg_invoices"),
        "model.h.good": model("good", "marts", "model.h.int_lines", "model.h.bad"),
        "model.h.bad": model("bad", "marts", "model.h.stg_invoices", "seed.h.units", "source.h.raw.meters"),
    }
    assert below_the_line(nodes) == ["bad < model.stg_invoices", "bad < seed.units", "bad < source.meters"]


def columns_told_apart(sql: str) -> list[str]:
    """The canonical columns that a staging model of a feed lists; duplicates are rows equal in all of them."""
    listed = re.search(r"staged_feed\('\w+', (\[.*?\])\)", sql, re.DOTALL)
    return ast.literal_eval(listed[1]) if listed else []


@pytest.mark.parametrize("feed", FEEDS.values(), ids=lambda feed: feed.name)
def test_staging_lists_the_columns_of_the_contract(feed: Feed, nodes):
    model = nodes[f"model.helioledger.stg_{feed.name}"]
    columns = [column.name for column in feed.columns]
    assert columns_told_apart(model["raw_code"]) == columns
    assert [column for column in model["columns"] if column in columns] == columns


def test_a_column_that_staging_forgets_is_found():
    assert columns_told_apart("{{ staged_feed('production', [\n 'period', 'unit'\n]) }}") == ["period", "unit"]
    assert columns_told_apart("select * from production") == []
