"""Whether the tests notice: small changes of the models and seeds, and how many of them a unit test fails for.

    python benchmarks/mutation.py --workspace WORKSPACE [--share 0.2] [--seed 2024] [--models int_pathways ...]
        [--survivors FILE]

WORKSPACE has been run, so that dbt finds the columns of its inputs there. Every place of a model where a plausible
slip is made (a comparison, and/or, +/-, a constant, min/max, a coalesced default, a join, a test for null) is marked
with a comment, dbt renders the unit tests of the marked models once, and each mutant is the rendered query of its tests
with that place changed: a fraction of a second each, without parsing anything again. A mutant that no longer is a query
is not counted, nor is what changes nothing: the 1 of a count, the length of a table of numbers, limits of seven digits
and more that keep a product within a decimal. What stands inside a macro call is no place of the model: macros are
shared, and are held against the plain way by tests of their own (`tests/orchestration/test_macros.py`). Models without
unit tests are named; invariants and whole runs hold them. Cells of seeds are changed by a tenth and held against
`tests/contracts/seed_values.csv`.
"""

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import polars as pl

from orchestration.dbt_functions import Plugin
from orchestration.workspace import DBT_PROJECT_DIR, SEEDS_DIR, Workspace, script
from tests.contracts.seed_values import KEYS, PINNED, seed_rows

TOKEN = re.compile(
    r"(?P<skip>\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}|--[^\n]*|'(?:[^']|'')*'|\"[^\"]*\""
    r"|decimal\(\d+, *\d+\)|\d+e-?\d+|select 1\b|then 1 end(?=\))|range\(0, \d+\)|(?<![\w.])\d{7,}|<<|>>)"
    r"|(?P<site>left join|is not null|is null|not exists|not in|coalesce(?=\()|(?:min|max|least|greatest)(?=\()"
    r"|\b(?:and|or|between|exists|distinct|desc|true|false)\b|<>|<=|>=|\|\||[<>=+-]|(?<![\w.])\d+(?:\.\d+)?(?![\w.]))"
    r"|(?P<word>\w+)",
    re.DOTALL,
)
SWAPS = {
    "left join": "inner join", "is not null": "is null", "is null": "is not null",
    "not exists": "exists", "exists": "not exists", "not in": "in", "min": "max", "max": "min", "least": "greatest",
    "greatest": "least", "and": "or", "or": "and", "distinct": "", "desc": "asc", "true": "false", "false": "true",
    "<>": "=", "<=": "<", ">=": ">", "<": "<=", ">": ">=", "=": "<>", "+": "-", "-": "+",
    "0": "1", "1": "0",
}  # fmt: skip


@dataclass
class Site:
    """A place of a model that can be changed. number marks it in the rendered SQL."""

    number: int
    line: int
    token: str

    @property
    def mark(self) -> str:
        return f"/*m{self.number}*/"

    def describe(self) -> str:
        other = "without its default" if self.token == "coalesce" else self.other()
        return f"line {self.line}: {self.token} -> {other}"

    def other(self) -> str:
        if self.token in SWAPS:
            return SWAPS[self.token]
        return str(int(self.token) + 1) if self.token.isdigit() else str(float(self.token) * 2)

    def change(self, sql: str) -> str:
        """The rendered SQL with every occurrence of the place changed."""
        before = self.mark + self.token
        if self.token != "coalesce":
            return sql.replace(before, f" {self.other()} ")
        while (start := sql.find(before)) >= 0:
            first, end = _arguments(sql, start + len(before))
            sql = f"{sql[:start]}({first}){sql[end:]}"
        return sql


@dataclass
class Model:
    """A model with its places, and its rendered unit tests."""

    path: Path
    sites: list[Site] = field(default_factory=list)
    tests: list[str] = field(default_factory=list)

    @property
    def area(self) -> str:
        return self.path.parent.name


def _arguments(sql: str, start: int) -> tuple[str, int]:
    """The first argument of a call whose bracket opens at start, and where the call ends."""
    depth, first = 0, None
    quoted = False
    for position in range(start, len(sql)):
        character = sql[position]
        quoted ^= character == "'"
        if quoted:
            continue
        depth += (character == "(") - (character == ")")
        if depth == 1 and character == "," and first is None:
            first = sql[start + 1 : position]
        if depth == 0:
            return first or sql[start + 1 : position], position + 1
    raise ValueError("a bracket is not closed")


def mark(sql: str, numbers: Iterator[int]) -> tuple[str, list[Site]]:
    """A model with a comment before each place, and the places."""
    sites, marked, done, in_between = [], [], 0, False
    for found in TOKEN.finditer(sql):
        token = found["site"]
        if token == "between":
            in_between = True
        elif token == "and" and in_between:
            in_between = False
        elif token and token != "||":
            site = Site(next(numbers), sql.count("\n", 0, found.start()) + 1, token)
            sites.append(site)
            marked += [sql[done : found.start()], site.mark]
            done = found.start()
    return "".join([*marked, sql[done:]]), sites


def render(workspace: Workspace, names: set[str], folder: Path) -> list[Model]:
    """The models with a unit test each, marked and rendered by dbt."""
    project = shutil.copytree(DBT_PROJECT_DIR, folder / "dbt_project", ignore=shutil.ignore_patterns("target", "logs"))
    shutil.copytree(SEEDS_DIR, folder / "seeds")
    numbers, models = iter(range(1, 10**9)), {}
    for path in sorted((project / "models").rglob("*.sql")):
        if names and path.stem not in names:
            continue
        marked, sites = mark(path.read_text(encoding="utf-8"), numbers)
        path.write_text(marked, encoding="utf-8")
        models[path.stem] = Model(path.relative_to(project / "models"), sites)
    selected = [f"{name},test_type:unit" for name in names] or ["test_type:unit"]
    finished = subprocess.run(
        [script("dbt"), "--no-use-colors", "test", "--project-dir", project, "--profiles-dir", project, "--target-path",
         folder / "target", "--log-path", folder / "logs", "--select", *selected],
        env={**os.environ, **workspace.environment()}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if finished.returncode:
        sys.exit(f"The unit tests do not pass before anything is changed:\n{finished.stdout[-3000:]}")
    for path in sorted((folder / "target" / "run").rglob("*.sql")):
        described = next(part for part in path.parts if part.endswith(".yml"))
        models[described.removesuffix(".yml")].tests.append(path.read_text(encoding="utf-8"))
    return list(models.values())


def passes(connection: duckdb.DuckDBPyConnection, test: str) -> bool:
    """Whether the actual rows of a rendered unit test are the expected ones."""
    sides: dict[str, Counter] = {"actual": Counter(), "expected": Counter()}
    for *cells, side in connection.execute(test).fetchall():
        sides[side][tuple(cells)] += 1
    return sides["actual"] == sides["expected"]


def is_killed(connection: duckdb.DuckDBPyConnection, model: Model, site: Site) -> bool | None:
    """Whether a unit test fails; None where the change leaves no query."""
    touched = [test for test in model.tests if site.mark in test]
    try:
        return any(not passes(connection, site.change(test)) for test in touched)
    except (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException, ValueError):
        return None
    except duckdb.Error:
        return True  # a conversion or an overflow: dbt stops there


def seed_cells(share: Callable[[], bool]) -> tuple[int, int]:
    """Numbers of the seeds that were changed by a tenth, and those whose row is then not the reviewed one."""
    reviewed = set(pl.read_csv(PINNED, infer_schema=False).select("seed", "row", "sha256").iter_rows())
    changed = noticed = 0
    for name in KEYS:
        seed = pl.read_csv(SEEDS_DIR / f"{name}.csv", infer_schema=False)
        for column in seed.columns:
            values = seed[column].to_list()
            for position, value in enumerate(values):
                if not re.fullmatch(r"-?\d+(\.\d+)?", value or "") or not share():
                    continue
                other = f"{float(value) * 1.1 or 0.1:.12g}"
                row = seed[position].with_columns(pl.lit(other).alias(column))
                (now,) = seed_rows(name, row)
                changed += 1
                noticed += (now["seed"], now["row"], now["sha256"]) not in reviewed
    return changed, noticed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workspace", required=True, help="a workspace that has been run")
    parser.add_argument("--share", type=float, default=0.2, help="of the places and cells that are tried (0 to 1)")
    parser.add_argument("--seed", type=int, default=2024, help="of the random choice: another one, other places")
    parser.add_argument("--models", nargs="*", default=[], help="these only")
    parser.add_argument("--survivors", type=Path, help="where what no test noticed is listed")
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)

    def tried() -> bool:
        return chance.random() < arguments.share

    scores: dict[str, Counter] = {}
    survivors, without = [], []
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'; set threads = 1")
        workspace = Workspace.open(arguments.workspace)
        models = render(workspace, set(arguments.models), Path(folder))
        # The inputs of a unit test have the columns of the tables that they stand for. dbt has written there by now.
        for database in (workspace.work_database, workspace.marts_database):
            connection.execute(f"attach '{database}' as {database.stem} (read_only)")
        connection.execute(f"use {workspace.work_database.stem}")
        Plugin("functions", {}).configure_connection(connection)
        for model in models:
            if not model.tests:
                without.append(f"{model.path} ({len(model.sites)})")
                continue
            if not all(passes(connection, test) for test in model.tests):
                sys.exit(f"{model.path}: its unit tests do not pass before anything is changed.")
            score = scores.setdefault(model.area, Counter())
            for site in model.sites:
                killed = is_killed(connection, model, site) if tried() else None
                if killed is not None:
                    score.update(mutants=1, killed=killed)
                if killed is False:
                    survivors.append(f"{model.path} {site.describe()}")
    for area, score in sorted(scores.items()):
        print(f"{area:15}{score['killed']:6} of {score['mutants']:5} {score['killed'] / max(score['mutants'], 1):7.0%}")
    total = sum(scores.values(), Counter())
    print(f"{'models':15}{total['killed']:6} of {total['mutants']:5} {total['killed'] / max(total['mutants'], 1):7.0%}")
    if not arguments.models:
        changed, noticed = seed_cells(tried)
        print(f"{'seeds':15}{noticed:6} of {changed:5} {noticed / max(changed, 1):7.0%}")
        print("Without a unit test (places):", ", ".join(without))
    if arguments.survivors:
        arguments.survivors.write_text("\n".join(survivors) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
