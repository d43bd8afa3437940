"""Whole runs that Spark computes, from files to publication, beside the same of DuckDB."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration import spark
from orchestration.engines import EngineUnavailable
from orchestration.workspace import Workspace

from .conftest import Company

pytestmark = [pytest.mark.slow, pytest.mark.spark]


@pytest.fixture(scope="module")
def need_spark() -> None:
    """Skips without Java and the extra `spark`; `make test-spark`, which installs the extra, fails instead."""
    try:
        spark.require("local")
    except EngineUnavailable as missing:
        reason = str(missing).splitlines()[0]
        (pytest.fail if "HELIOLEDGER_SPARK_IS_TESTED" in os.environ else pytest.skip)(reason)


@pytest.fixture(scope="module")
def in_spark(need_spark: None, edges: Company, copied: Callable[..., Path], publish: Callable[..., str]) -> Company:
    """The company of rules that meet, computed by Spark from its files."""
    root = copied(edges.root)
    with (root / "organization.yml").open("a", encoding="utf-8") as file:
        file.write("\nspark_master: local[2]\n")
    return Company(root, publish(root, "--engine", "spark"))


def marts(company: Company) -> dict[str, str]:
    return json.loads((company.database.parent / "release.json").read_text())["parquet_sha256"]


def test_every_mart_is_the_same_bytes(edges: Company, in_spark: Company) -> None:
    assert "computing in Spark (local[2]) and checking" in in_spark.output
    expected, found = marts(edges), marts(in_spark)
    assert [mart for mart in expected if found.get(mart) != expected[mart]] == []
    assert len(expected) == len(found) > 30


def test_nothing_of_spark_is_left_in_the_workspace(in_spark: Company) -> None:
    assert not Workspace(in_spark.root).spark.exists()
    assert [file for file in in_spark.root.rglob("*") if file.name in ("metastore_db", "derby.log")] == []
