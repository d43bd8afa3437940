"""Whole runs, built once per session: the shipped examples, and a small company of three facilities and four months."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@dataclass(frozen=True)
class Company:
    """A workspace that has been run."""

    root: Path
    output: str

    @property
    def database(self) -> Path:
        return self.root / "warehouse" / "published" / "helioledger.duckdb"

    def rows(self, sql: str, *parameters: Any) -> list[tuple]:
        """The rows of a query on the published marts."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            connection.execute("set schema = 'marts'")
            return connection.execute(sql, list(parameters)).fetchall()

    def value(self, sql: str, *parameters: Any) -> Any:
        """The only value of a query on the published marts."""
        ((value,),) = self.rows(sql, *parameters)
        return value


def helioledger(*arguments: object, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    finished = subprocess.run(
        [str(Path(sys.executable).with_name("helioledger")), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    if check and finished.returncode != 0:
        raise AssertionError(f"exit {finished.returncode}\n{finished.stdout}\n{finished.stderr}")
    return finished


def half_up(number: Decimal, places: int) -> Decimal:
    """Rounded as a report prints it."""
    return Decimal(number).quantize(Decimal(1).scaleb(-places), "ROUND_HALF_UP")


@pytest.fixture(scope="session")
def copied(
    parsed_dbt_project: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Path], Path]:
    """A fresh copy of a workspace, without what earlier runs made."""

    def copy(workspace: Path) -> Path:
        root = tmp_path_factory.mktemp("workspace") / workspace.name
        shutil.copytree(workspace, root, ignore=shutil.ignore_patterns("warehouse"))
        return parsed_dbt_project(root)

    return copy


@pytest.fixture(scope="session")
def sangle(copied: Callable[[Path], Path]) -> Company:
    root = copied(EXAMPLES / "sangle-2019")
    return Company(root, helioledger("run", "--workspace", root).stdout)


@pytest.fixture(scope="session")
def ja_solar(copied: Callable[[Path], Path]) -> Company:
    """The base year and two months more; the generator writes the same files whatever the last month is."""
    root = copied(EXAMPLES / "ja-solar")
    shutil.rmtree(root / "landing", ignore_errors=True)
    generator = [sys.executable, str(EXAMPLES / "generate_ja_solar.py"), "--until", "2024-02", "--out", str(root)]
    subprocess.run(generator, check=True, capture_output=True)
    return Company(root, helioledger("run", "--workspace", root).stdout)
