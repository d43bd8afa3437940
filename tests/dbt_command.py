"""dbt on a workspace that has been run, with the project as it was parsed there, and unit tests at half of their cost.

The command line of dbt parses the project anew for each warehouse. And of what it does for a unit test, most it does
again for the next one of the same model: here once, in place of six functions of dbt-core 1.11 and dbt-duckdb 1.11,
which `spare` names, and with those macros alone that a test may call. The tests, and what they find, are dbt's own.
"""

import ast
import gc
import re
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

from orchestration import compiled, transformation
from orchestration.workspace import Workspace

# What dbt makes of the rows of a fixture: a template that holds them all, as Python writes them.
FIXTURE = re.compile(r"\{\{ get_fixture_sql\((?P<rows>\[.*\]), None\) \}\}", re.DOTALL)
ROWS_IN_FIXTURE = "{{ get_fixture_sql(rows_of_fixture, None) }}"
CALLED_BY_UNIT_TESTS = frozenset({"get_fixture_sql", "materialization_unit_duckdb"})
# Up to where a query's own common table expressions begin.
WITH = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*with\b(?:\s+recursive\b)?", re.IGNORECASE | re.DOTALL)


def spare() -> None:
    """Have dbt parse no SQL to find its first word, compile each template once and none for the rows of a fixture, ask
    once for the columns of a table and for the types of a model, and write down no compiled SQL."""
    from dbt import compilation
    from dbt.adapters.duckdb.impl import DuckDBAdapter
    from dbt_common.clients.jinja import MacroFuzzEnvironment
    from dbt_common.events.contextvars import get_node_info

    compile_template = MacroFuzzEnvironment.compile
    from_string = MacroFuzzEnvironment.from_string
    ask_columns = DuckDBAdapter.get_columns_in_relation
    execute = DuckDBAdapter.execute
    templates: dict[tuple[type, str], Any] = {}
    columns: dict[str, list[Any]] = {}
    types: dict[str, Any] = {}
    reading = threading.Lock()

    def inject_ctes(sql: str, ctes: list[Any]) -> str:
        if not ctes:
            return sql
        injected = ", ".join(cte.sql for cte in ctes)
        if found := WITH.match(sql):
            return f"{found[0]} {injected}, {sql[found.end() :]}"
        return f"with {injected} {sql}"

    def compile_once(self: Any, source: Any, *arguments: Any, **named: Any) -> Any:
        if arguments or named or not isinstance(source, str):
            return compile_template(self, source, *arguments, **named)
        key = type(self), source
        if key not in templates:
            templates[key] = compile_template(self, source)
        return templates[key]

    def with_rows(self: Any, source: Any, globals: Any = None, *arguments: Any, **named: Any) -> Any:
        if found := FIXTURE.fullmatch(source):
            with reading:  # of which Python 3.11 allows one thread at a time
                rows = ast.literal_eval(found["rows"])
            source, globals = ROWS_IN_FIXTURE, {**globals, "rows_of_fixture": rows}
        return from_string(self, source, globals, *arguments, **named)

    def ask_once(self: Any, relation: Any) -> list[Any]:
        name = str(relation)
        if name not in columns:
            columns[name] = ask_columns(self, relation)
        return columns[name]

    def describe_once(self: Any, sql: str, *arguments: Any, **named: Any) -> Any:
        kind, _, model, *_ = get_node_info().get("unique_id", "..").split(".")
        if kind != "unit_test" or not sql.lstrip().startswith("describe "):
            return execute(self, sql, *arguments, **named)
        if model not in types:
            types[model] = execute(self, sql, *arguments, **named)
        return types[model]

    def leave_unwritten(self: Any, node: Any, split_suffix: str | None = None) -> Any:
        return node

    compilation.inject_ctes_into_sql = inject_ctes
    compilation.Compiler._write_node = leave_unwritten
    MacroFuzzEnvironment.compile = compile_once
    MacroFuzzEnvironment.from_string = with_rows
    DuckDBAdapter.get_columns_in_relation = ask_once
    DuckDBAdapter.execute = describe_once


def with_called_macros(project: Any) -> Any:
    """The project without the macros that neither a node nor a unit test calls: dbt gives each of them to every one of
    the nodes that it renders."""
    words = {word for node in project.nodes.values() for word in compiled.WORD.findall(node.raw_code)}
    by_name = words | compiled.CALLED_MACROS | CALLED_BY_UNIT_TESTS
    called = compiled.called_macros(project.nodes.values(), project, by_name)
    return replace(project, macros={key: macro for key, macro in project.macros.items() if macro.name in called})


def main() -> int:
    """WORKSPACE, then a command of dbt, as a run calls it; its results go to where a build of a run puts them."""
    gc.set_threshold(5_000_000, 50, 100)  # as a run has it
    root, command, *arguments = sys.argv[1:]
    workspace = Workspace.open(Path(root))
    parsed = compiled.load(transformation.parsed_project(workspace) / transformation.PARSE_FILE)
    project = with_called_macros(parsed)
    if command == "test":
        spare()
    # What reads a table that a test has found broken is skipped.
    flags = ["--no-use-fast-test-edges", "--no-write-json"]
    finished = transformation._invoke(workspace, [*flags, command, *arguments], workspace.dbt_build, manifest=project)
    if finished.exception:
        raise finished.exception
    finished.result.write(str(workspace.dbt_build / transformation.RUN_RESULTS_FILE))
    return 0 if finished.success else 1
