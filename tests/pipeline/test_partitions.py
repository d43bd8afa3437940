"""Partitions of the tables that are kept by partition: made again one by one they hold what the whole table held."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration import compiled, transformation, warehouse
from orchestration.workspace import Workspace

from .conftest import Company

CHANCE = random.Random(5)


@pytest.mark.parametrize("house", ["edges", "ja_solar"])
def test_a_partition_is_made_of_what_its_model_says_and_nothing_else(
    house: str, request: pytest.FixtureRequest, copied: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each table the rows of a third of its partitions are lost, and made again from the inputs of these alone,
    which must give the same rows: in a company of rules that meet, and in fourteen months of a large one."""
    company: Company = request.getfixturevalue(house)
    monkeypatch.setenv("HELIOLEDGER_ROWS_WORTH_KEEPING", "1")
    workspace = Workspace.open(copied(company.root, with_warehouse=True))
    project = transformation.manifest(transformation.parsed_project(workspace))
    partitioned = {
        node["name"]: (node["relation_name"], node["config"]["meta"]["partitions"])
        for node in project["nodes"].values()
        if node["config"].get("meta", {}).get("partitions") and "enumerated" not in node["config"]["meta"]
    }
    models = ["--select", *partitioned, "--resource-type", "model"]

    def build() -> dict[str, str]:
        results = transformation.build(workspace, models, keeps=True)
        return {one["data"]["node_info"]["node_name"]: one["data"]["status"] for one in results}

    def contents() -> dict[str, list[tuple[str]]]:
        with warehouse.open_work(workspace) as connection:
            warehouse.attach_marts(connection, workspace)
            return {
                name: sorted(connection.execute(f"select one::varchar from {relation} as one").fetchall())
                for name, (relation, _) in partitioned.items()
            }

    build()
    whole = contents()
    lost = 0
    with warehouse.open_work(workspace) as connection:
        for relation, partitions in partitioned.values():
            month = f"coalesce(date_trunc('month', {partitions['month']})::date, date '0001-01-01')"
            facility = f"coalesce({partitions['facility']}, '')"
            found = connection.execute(f"select distinct {month}, {facility} from {relation} order by all").fetchall()
            for partition in CHANCE.sample(found, len(found) // 3):
                connection.execute(f"delete from {relation} where {month} = ? and {facility} = ?", partition)
                lost += 1
    told = build()
    assert contents() == whole
    assert lost > 20
    by_partition = [name for name, status in told.items() if status.startswith("MADE")]
    assert len(by_partition) >= 4, told
    assert set(build().values()) <= {"KEPT", "OK"}


def test_a_return_leaves_the_activities_of_other_months_standing(
    edges: Company, copied: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Goods of May, taken back in July at their factor: of all activities July's of that facility are made."""
    monkeypatch.setenv("HELIOLEDGER_ROWS_WORTH_KEEPING", "1")
    workspace = Workspace.open(copied(edges.root, with_warehouse=True))
    models = ["stg_procurement", "int_corrections", "int_measured_activities"]

    def build() -> dict[str, str]:
        results = transformation.build(workspace, ["--select", *models, "--resource-type", "model"], keeps=True)
        return {one["data"]["node_info"]["node_name"]: one["data"]["status"] for one in results}

    def deliver(month: str, **more: object) -> None:
        # A row of the only purchase there is, changed.
        with warehouse.open_work(workspace) as connection:
            changes = ", ".join(f"{value!r} as {column}" for column, value in more.items()).replace("None", "null")
            connection.execute(
                f"insert into raw.procurement by name select * replace ({changes}, date '{month}-07' as posting_date,"
                f" date '{month}-07' as coverage_start, date '{month}-07' as coverage_end)"
                " from raw.procurement where source_row = 2"
            )

    goods = {"activity_type": "advice", "unit": "h", "net_amount": None, "currency": None}
    deliver("2024-05", source_row=3, quantity=10, supplier_factor_kgco2e_per_unit=3, document_number="P2", **goods)
    build()
    deliver("2024-07", source_row=4, quantity=-4, document_number="P3", **goods)
    told = build()
    assert all(told[name].startswith("MADE 1 OF ") for name in ("stg_procurement", "int_measured_activities")), told
    with warehouse.open_work(workspace) as connection:
        assert connection.execute(
            "select quantity, own_factor from intermediate.int_measured_activities"
            " where quantity < 0 and feed = 'procurement'"
        ).fetchall() == [(-4, 3)]


@pytest.mark.parametrize("house", ["edges", "ja_solar"])
def test_lines_of_a_year_are_made_of_what_they_say_and_nothing_else(
    house: str, request: pytest.FixtureRequest, copied: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the tables that lines are made of some rows are lost, of one year where the rows have their months: the lines
    are those of a build from nothing, and where other years stood, nothing of them had changed. Of the company of rules
    that meet one table at a time; of the large one all that have months at once, and then all
    that have none."""
    company: Company = request.getfixturevalue(house)
    monkeypatch.setenv("HELIOLEDGER_ROWS_WORTH_KEEPING", "1")
    workspace = Workspace.open(copied(company.root, with_warehouse=True))
    project = compiled.load(transformation.parsed_project(workspace) / compiled.COMPILED_FILE)
    transformation.tell_kept_tables(project, keeps=True)
    (node,) = (node for node in project.nodes.values() if node.name == "emissions")
    order = node.config.meta["ordered_by"]
    of_month = {one["name"]: one.get("month") for one in node.config.meta["reads"]["partitioned"]}
    months = {name: of_month.get(name.split(".")[-1]) for name in sorted(node.config.meta["reads"]["tables"])}
    parts = [[name for name in months if bool(months[name]) is has_months] for has_months in (True, False)]
    each = [[name] for name in months]

    def build() -> str:
        results = transformation.build(workspace, ["--select", "emissions", "--resource-type", "model"], keeps=True)
        (made,) = (one["data"]["status"] for one in results)
        return made

    told, changed = [build()], 0
    with warehouse.open_work(workspace) as connection:
        # What they hold is looked at, as no build has written it down here.
        connection.execute("drop table if exists partitions.int_activity_segments")
    before = None
    for lacking in each if house == "edges" else parts:
        year = None
        with warehouse.open_work(workspace) as connection:
            for name in lacking:
                table = name.partition(".")[2]
                lost = f"hash(rowid, '{house}') % 2 = 0"
                if month := months[name]:
                    years = connection.execute(f"select distinct year({month}) from {table} order by all").fetchall()
                    year = year or CHANCE.choice(years or [(0,)])[0]
                    lost += f" and year({month}) = {year}"
                connection.execute(f'create or replace table "lost {name}" as select * from {table} where {lost}')
                connection.execute(f"delete from {table} where {lost}")
        told.append(build())
        with warehouse.open_work(workspace) as connection:
            warehouse.attach_marts(connection, workspace)
            connection.execute("set preserve_insertion_order = true")
            made = connection.execute("describe release.marts.emissions").fetchall()
            columns = ", ".join(f"{column}::{kind} as {column}" for column, kind, *_ in made)
            # A line as one text: thousands of them as values of Python would take longer than the build.
            read = "select line::varchar from (select {} from {}) as line"
            found = connection.execute(read.format(columns, "release.marts.emissions")).fetchall()
            by_query = f"(from ({node.raw_code}) order by {order})"
            assert found == connection.execute(read.format(columns, by_query)).fetchall(), lacking
            for name in lacking:
                connection.execute(f'insert into {name.partition(".")[2]} from "lost {name}"')
        changed += before is not None and found != before
        before = found
    assert changed > (6 if house == "edges" else 0), told
    assert any(made.startswith("MADE 1 OF") for made in told), told
