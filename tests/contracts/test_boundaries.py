"""What may know of what: held against the source itself."""

from __future__ import annotations

import ast
import graphlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
CONTRACTS, ORCHESTRATION = REPOSITORY / "data_contracts", REPOSITORY / "orchestration"

# Each package of data_contracts imports only itself and those before it.
LAYERS = ("declarations", "readers", "answers", "judging")
STRANGERS = {"dagster", "dagster_dbt", "dbt", "duckdb", "orchestration"}

# What an amount of gas, its factor or its warming potential is called.
OF_EMISSIONS = re.compile(r"co2|ch4|n2o|gwp|emission|tonne|(?:^|_)kg(?:_|$)", re.IGNORECASE)
# Polars' own words for what an operator does.
ARITHMETIC = {"add", "sub", "mul", "truediv", "floordiv", "pow", "dot", "sum", "cum_sum", "product", "mean"}


def modules(*folders: Path) -> list[Path]:
    return sorted(file for folder in folders for file in folder.rglob("*.py"))


def imported(source: str) -> set[str]:
    """The modules that a source imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return found


def reckoned(source: str) -> Iterator[str]:
    """Arithmetic on what is named like an amount of gas or its factor."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.BinOp | ast.AugAssign):
            # Sets are united and texts filled with operators, too.
            if isinstance(node.op, ast.BitOr | ast.BitAnd | ast.Mod) or _is_text(node):
                continue
        elif not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ARITHMETIC):
            continue
        names = [_name(part) for part in ast.walk(node)]
        if any(OF_EMISSIONS.search(name) for name in names):
            yield f"line {node.lineno}: {ast.unparse(node)}"


def _is_text(node: ast.AST) -> bool:
    """Whether something that is put together is text: one of its parts is."""
    return any(
        isinstance(part, ast.JoinedStr)
        or (isinstance(part, ast.Constant) and isinstance(part.value, str))
        or (isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr == "join")
        or (isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add) and _is_text(part))
        for part in ast.iter_child_nodes(node)
    )


def _name(node: ast.AST) -> str:
    """What a variable, an attribute or a column is called."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
        return node.value
    return ""


@pytest.mark.parametrize("module", modules(CONTRACTS), ids=lambda path: path.relative_to(CONTRACTS).as_posix())
def test_contracts_know_nothing_of_what_runs_them(module: Path) -> None:
    names = imported(module.read_text(encoding="utf-8"))
    assert {name.partition(".")[0] for name in names} & STRANGERS == set()
    layer = module.relative_to(CONTRACTS).parts[0]
    if layer in LAYERS:
        above = LAYERS[LAYERS.index(layer) + 1 :]
        assert {name for name in names if name.startswith(tuple(f"data_contracts.{one}" for one in above))} == set()


@pytest.mark.parametrize(
    "module", modules(CONTRACTS, ORCHESTRATION), ids=lambda path: path.relative_to(REPOSITORY).as_posix()
)
def test_no_module_computes_a_tonne(module: Path) -> None:
    assert list(reckoned(module.read_text(encoding="utf-8"))) == []


def test_every_package_has_its_layer() -> None:
    assert sorted(folder.name for folder in CONTRACTS.iterdir() if (folder / "__init__.py").is_file()) == sorted(LAYERS)


@pytest.mark.parametrize(
    "source",
    [
        "total = quantity * row['co2_kg']",
        "total += emissions_t",
        "frame.with_columns(line=pl.col('quantity') * pl.col('ch4_kg') * 25)",
        "frame['co2e_t'].sum()",
        "frame.select(pl.col('quantity').mul(gwp))",
    ],
)
def test_the_rule_sees_a_tonne_computed(source: str) -> None:
    assert list(reckoned(source))


def test_the_rule_sees_a_stranger_imported() -> None:
    assert imported("def f():\n    import duckdb\n    from dbt.cli import main") == {
        "duckdb",
        "dbt.cli",
        "dbt.cli.main",
    }


def in_order(sources: dict[str, str]) -> list[str]:
    """Modules, each after those that it imports, wherever in it. Raises graphlib.CycleError."""
    return list(
        graphlib.TopologicalSorter(
            {
                # A package's face names what is in it.
                name: {other for other in imported(source) & sources.keys() if not other.startswith(f"{name}.")}
                for name, source in sources.items()
            }
        ).static_order()
    )


def test_no_module_imports_itself_by_way_of_others() -> None:
    sources = {
        ".".join(module.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__"): module.read_text(
            encoding="utf-8"
        )
        for module in modules(CONTRACTS, ORCHESTRATION)
    }
    order = in_order(sources)
    assert order.index("orchestration.failures") < order.index("orchestration.execution")
    with pytest.raises(graphlib.CycleError):
        in_order({"a": "import b", "b": "def late():\n    from c import d", "c": "import a"})
