"""Partitions of the tables that are kept by partition: made again one by one they hold what the whole table held."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration import transformation, warehouse
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

    def contents() -> dict[str, list[tuple]]:
        with warehouse.open_work(workspace) as connection:
            warehouse.attach_marts(connection, workspace)
            return {
                name: sorted(connection.execute(f"from {relation}").fetchall(), key=repr)
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
