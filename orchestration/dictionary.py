"""The data dictionary: every published mart, its grain, columns, types and meaning, as a page that needs no dbt.

`python -m orchestration.dictionary` writes docs/marts.md from the dbt project; a test compares the two.
"""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from orchestration import scaffold, transformation
from orchestration.workspace import REPOSITORY, Workspace

PAGE = REPOSITORY / "docs" / "marts.md"
TYPES_ZH = {
    "string": "文本",
    "integer": "整数",
    "boolean": "是否",
    "date": "日期",
    "timestamp": "时间",
    "decimal": "小数",
    "double": "浮点数",
}
INTRODUCTION = """\
# The marts / 数据字典

Made by `python -m orchestration.dictionary` from the dbt project; a test compares the two. The same words stand as
comments in the published database: `select table_name, comment from duckdb_tables()`,
`select column_name, comment from duckdb_columns()`.
本页由 dbt 项目自动生成，并由测试比对；发布的数据库以注释形式带有同样的说明。

`warehouse/published/helioledger.duckdb` holds them in schema `marts`; beside it lies one Parquet file each. **Bold**
columns are never empty. Masses are kg or t CO2e as the name ends, exact decimals; shares are fractions. No two rows of
a mart agree in the columns of its key.
**粗体**列不为空；数量为精确小数，列名后缀为单位，份额以小数表示；主键列的组合不重复。

Of many rows (100,000 activity months or more) `emissions` is a view. What it reads stands in schema `enumerated`, where
columns of few values are enumerations; in `marts` they are text. A client older than DuckDB 1.2 that attaches the file
says `use` before it reads a view.
行数很多时，`emissions` 为视图，读取方式不变；其数据存放于 `enumerated`。"""


def render_marts(parsed: Path) -> str:
    """docs/marts.md, of a parsed dbt project."""
    nodes = transformation.manifest(parsed)["nodes"].values()
    marts = sorted(transformation.marts(parsed).items())
    rules = {
        node["attached_node"]: node["test_metadata"]["kwargs"]["rules"]
        for node in nodes
        if node["resource_type"] == "test" and (node.get("test_metadata") or {}).get("name") == "keeps_rules"
    }
    blocks = [
        INTRODUCTION,
        _table(["mart", "one row per"], [[f"[{name}](#{name})", _first(node["description"])] for name, node in marts]),
        *(block for name, node in marts for block in _mart(name, node, rules.get(node["unique_id"], []))),
    ]
    return "\n\n".join(blocks) + "\n"


def _mart(name: str, node: dict[str, Any], rules: Sequence[dict[str, Any]]) -> Iterator[str]:
    """A mart's section. rules: of its test, `{unique: columns}` and `{accepted_values: column, values}`."""
    yield f"## {name}"
    yield node["description"].strip()
    keys = [rule["unique"] for rule in rules if "unique" in rule]
    if keys:
        yield "Key / 主键: " + "; ".join(", ".join(f"`{column}`" for column in _listed(key)) for key in keys) + "."
    values = {rule["accepted_values"]: rule["values"] for rule in rules if "accepted_values" in rule}
    yield _table(
        ["column 列", "type 类型", "meaning 说明"],
        [
            [
                f"**{column['name']}**" if _is_required(column) else column["name"],
                _type(column["data_type"] or ""),
                " ".join([column["description"], *_values(values.get(column["name"], []))]),
            ]
            for column in node["columns"].values()
        ],
    )


def _listed(key: str | Sequence[str]) -> Sequence[str]:
    return [key] if isinstance(key, str) else key


def _values(values: Sequence[Any]) -> Iterator[str]:
    if values:
        yield f"Values / 取值: {', '.join(f'`{value}`' for value in values)}."


def _is_required(column: dict[str, Any]) -> bool:
    return any(constraint["type"] == "not_null" for constraint in column["constraints"])


def _type(name: str) -> str:
    chinese = TYPES_ZH.get(name.partition("(")[0].lower())
    return f"{name} {chinese}" if chinese else name


def _first(text: str) -> str:
    """What one row is, from a description that begins `One row per ...`."""
    sentence = " ".join(text.split()).partition(". ")[0].rstrip(".")
    return sentence.removeprefix("One row per ")


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(
        "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in line) + " |" for line in lines
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        scaffold.make_workspace(Path(folder))
        workspace = Workspace.open(folder).prepare()
        PAGE.write_text(render_marts(transformation.parsed_project(workspace)), encoding="utf-8")
    print(PAGE)


if __name__ == "__main__":
    main()
