"""The dbt project as a run needs it: the nodes that runs build and check, with the SQL that dbt compiled for them.

What the templates say follows from the project and its seeds alone, so it is rendered once for each state of them, by
the first whole build, and kept beside the parsed project. Of the rest of the manifest (the tests of the project, unit
tests, macros that only templates call, the files that it was parsed from) a run reads nothing.
"""

import re
from collections.abc import Iterable, Set
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

COMPILED_FILE = "compiled.msgpack"
# The tag of tests that prove the project, not a run's data (dbt_project.yml).
PROJECT_TAG = "project"
ADAPTER_PREFIXES = ("duckdb__", "default__")
# Macros that dbt's Python calls by name.
CALLED_MACROS = frozenset(
    {
        "check_schema_exists",
        "create_schema",
        "drop_relation",
        "drop_schema",
        "generate_alias_name",
        "generate_database_name",
        "generate_schema_name",
        "get_columns_in_relation",
        "information_schema_name",
        "list_relations_without_caching",
        "list_schemas",
        "rename_relation",
        "truncate_relation",
    }
)
TEMPLATE = re.compile(r"[{][{%#]|[#}%][}]")
WORD = re.compile(r"\w+")


def compiled_project(manifest: "Manifest") -> bytes:
    """What is kept of the manifest of a whole build that has ended."""
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumaro_encoder

    nodes = {name: node for name, node in manifest.nodes.items() if PROJECT_TAG not in node.tags}
    for node in nodes.values():
        _put_compiled(node)
    reduced = Manifest(
        nodes=nodes,
        sources=manifest.sources,
        groups=manifest.groups,
        selectors=manifest.selectors,
        metadata=manifest.metadata,
        macros={
            macro.unique_id: macro
            for name in called_macros(nodes.values(), manifest)
            for macro in manifest.get_macros_by_name()[name]
        },
    )
    return reduced.to_msgpack(extended_mashumaro_encoder)


def load(file: Path) -> "Manifest":
    """A manifest as dbt or `compiled_project` wrote it."""
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    return Manifest.from_msgpack(file.read_bytes(), decoder=extended_mashumuro_decoder)


def _put_compiled(node: Any) -> None:
    """Have a node's SQL in place of its template. It stays a template where the SQL could be taken for one."""
    code = getattr(node, "compiled_code", None)
    if not code or TEMPLATE.search(code):
        return
    node.raw_code, node.compiled_code, node.compiled = code, None, False
    node.depends_on.macros = []
    if metadata := getattr(node, "test_metadata", None):
        metadata.kwargs = {}  # the arguments of a generic test, which its SQL holds


def called_macros(nodes: Iterable[Any], manifest: "Manifest", called: Set[str] = CALLED_MACROS) -> set[str]:
    """The names of all macros that templates of the nodes, their materializations or dbt may call: every word of a
    macro that is a macro's name counts as a call, so that none is missed. called: those that dbt calls by name."""
    named = manifest.get_macros_by_name()
    found: set[str] = set()
    waiting = called & named.keys()
    for node in nodes:
        waiting |= {macro.rsplit(".", 1)[-1] for macro in node.depends_on.macros if macro in manifest.macros}
        kind = node.get_materialization()
        ours, common = (f"materialization_{kind}_{adapter}" for adapter in ("duckdb", "default"))
        waiting |= {ours if ours in named else common} & named.keys()
    while waiting:
        name = waiting.pop()
        found.add(name)
        words = {name}.union(*(WORD.findall(macro.macro_sql) for macro in named[name]))
        called = {f"{prefix}{word}" for prefix in ("", *ADAPTER_PREFIXES) for word in words}
        waiting |= (called & named.keys()) - found
    return found
