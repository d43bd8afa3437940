"""The way of published lines, as a verifier walks it: the delivered cells, the conversions, each value of the factor,
and the product written out so that a calculator confirms it.

What is written out is the text of what SQL computed; nothing is computed here but unit ratios of a factor in numbers.
"""

from __future__ import annotations

import csv
import html
import re
import shutil
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.console import exact, json_text
from orchestration.workspace import Workspace

if TYPE_CHECKING:
    import duckdb

    from data_contracts.answers.delivered_rows import Cell

MOST_LINES = 2_000
LISTED_CELLS = 40
# What a line, a part of a factor and a cell are called, by column.
LABELS = {
    "emission_id": ("Line", "排放行"),
    "facility_id": ("Facility", "设施"),
    "period": ("Month", "月份"),
    "activity_type": ("Activity", "活动类型"),
    "stage": ("Stage", "阶段"),
    "scope": ("Scope", "范围"),
    "scope2_method": ("Scope 2 method", "范围二方法"),
    "market_basis": ("Market basis", "市场法依据"),
    "instrument_id": ("Instrument", "凭证"),
    "ghg_protocol_category": ("GHG Protocol category", "GHG Protocol 类别"),
    "iso_14064_category": ("ISO 14064 category", "ISO 14064 类别"),
    "boundary_route": ("Boundary route", "边界"),
    "activity_id": ("Activity id", "活动编号"),
    "feed": ("Feed", "数据表"),
    "submission_path": ("File", "文件"),
    "submission_sha256": ("SHA-256 of the file", "文件 SHA-256"),
    "submission_id": ("Submission", "提交编号"),
    "source_sheet": ("Sheet", "工作表"),
    "source_row": ("Row", "行"),
    "data_quality": ("Data quality", "数据质量"),
    "given_quantity": ("Quantity as delivered", "所交数量"),
    "given_unit": ("Unit as delivered", "所交单位"),
    "unit_bridge": ("Conversions", "换算"),
    "quantity": ("Quantity of the line", "本行数量"),
    "unit": ("Unit of the line", "本行单位"),
    "factor_id": ("Factor", "因子"),
    "factor_row_id": ("Factor row", "因子行"),
    "factor_table": ("Table of the factor", "因子表"),
    "factor_level": ("Found by", "匹配层级"),
    "factor_kgco2e_per_unit": ("kg CO2e per unit", "每单位 kg CO2e"),
    "factor_formula": ("Formula", "公式"),
    "publication": ("Publication", "出处"),
    "licence": ("Licence", "许可"),
    "gwp_set": ("GWP set", "GWP 来源"),
    "consolidation_share": ("Share of the organisation", "合并份额"),
    "co2e_kg": ("kg CO2e", "kg CO2e"),
}
SHOWN = tuple(
    column for column in LABELS if column not in ("factor_row_id", "submission_id", "activity_id", "factor_formula")
)
TEXTS = {
    "title": ("Trace of emission lines", "排放数据追溯"),
    "release": ("Publication", "发布"),
    "lines": ("lines", "行"),
    "sum": ("Sum of the lines", "各行合计"),
    "published": ("published in facility_emissions", "facility_emissions 所发布"),
    "cells": ("Delivered cells, as they stand in the file", "所交文件中的原始单元格"),
    "parts": ("Values of the factor", "因子各项数值"),
    "product": ("Product", "算式"),
    "in_numbers": ("Factor in numbers", "因子算式"),
    "siblings": ("All lines of this activity", "该活动的全部行"),
    "no_file": ("The archive no longer holds this file.", "归档中已无此文件。"),
    "estimate": (
        "An estimate: no file stands behind it. See the mart estimates.",
        "估算值，无对应文件，见 estimates。",
    ),
    "no_row": ("The row cannot be read again from the file.", "无法从文件中再次读出该行。"),
}


@dataclass(frozen=True)
class DeliveredRow:
    """A row of a file. archived: the file, None where the archive has lost it; cells: None where it cannot be read."""

    path: str
    sha256: str
    sheet: str
    row: int
    archived: Path | None
    cells: Sequence[Cell] | None

    @property
    def source(self) -> str | None:
        """Where `write` puts the file, in the folder of the trace."""
        return self.archived and f"sources/{self.sha256[:16]}-{Path(self.path).name}"

    def as_dict(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "sha256": self.sha256,
            "sheet": self.sheet,
            "row": self.row,
            "source": self.source,
            "cells": [{"title": cell.title, "column": cell.column, "text": cell.text} for cell in self.cells or ()],
        }


@dataclass(frozen=True)
class Trace:
    """One line. line: its row of `emission_trace`; parts: of its factor, rows of `factor_register`; siblings: how many
    lines its activity has with its stage, method and route, and their quantity in all; rows: the delivered row, and
    that of the instrument that serves the line."""

    line: Mapping[str, Any]
    parts: Sequence[Mapping[str, Any]]
    siblings: tuple[int, Decimal]
    rows: Sequence[DeliveredRow]
    in_numbers: str | None
    names: Mapping[str, tuple[str, str]]

    def shown(self, column: str, at: int | None = None) -> str:
        """A value as it is written out: an identity with its name, in one language or both."""
        value = _shown(self.line[column])
        if column not in self.names:
            return value
        names = self.names[column] if at is None else self.names[column][at : at + 1]
        return f"{' '.join(reversed(dict.fromkeys(names)))} ({value})"

    def as_dict(self) -> dict[str, Any]:
        return {
            **self.line,
            "factor_values": list(self.parts),
            "factor_in_numbers": self.in_numbers,
            "lines_of_activity": self.siblings[0],
            "quantity_of_activity": self.siblings[1],
            "delivered_rows": [row.as_dict() for row in self.rows],
        }


# What identities are called: identity, English and Chinese name.
NAMES = {
    "facility_id": "select facility_id, max_by(facility_name, valid_from), max_by(coalesce(facility_name_zh,"
    " facility_name), valid_from) from facilities group by facility_id having max(facility_name) is not null",
    "activity_type": "select activity_type, activity_name_en, activity_name_zh from activity_names",
}


def traces(
    workspace: Workspace,
    connection: duckdb.DuckDBPyConnection,
    condition: str,
    parameters: Sequence[Any],
    order: str = "period, facility_id, activity_type, stage, emission_id",
) -> list[Trace]:
    """The traces of the lines of `emission_trace` under an SQL condition. connection: on the published database, in
    schema marts."""
    lines = _rows(connection, f"select * from emission_trace where {condition} order by {order}", parameters)
    factor_rows = sorted({line["factor_row_id"] for line in lines if line["factor_row_id"]})
    parts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for part in _rows(
        connection,
        "select factor_row_id, part, value, unit, formula, geography, valid_from, valid_to, data_year, published_on,"
        " uncertainty_share, licence, publication, source from factor_register"
        " where list_contains(?, factor_row_id) order by part",
        [factor_rows],
    ):
        parts[part.pop("factor_row_id")].append(part)
    siblings = {
        tuple(key): (count, quantity)
        for *key, count, quantity in connection.execute(
            "select activity_id, stage, coalesce(scope2_method, ''), boundary_route, count(*), sum(quantity)"
            " from emissions where list_contains(?, activity_id) group by all",
            [sorted({line["activity_id"] for line in lines})],
        ).fetchall()
    }
    instruments = defaultdict(list)
    for instrument, *place in connection.execute(
        "select distinct allocation.instrument_id, path, sha256, coalesce(source_sheet, ''), source_row"
        " from instrument_allocation as allocation inner join submissions using (submission_id)"
        " where list_contains(?, allocation.instrument_id) order by all",
        [sorted({line["instrument_id"] for line in lines if line["instrument_id"]})],
    ).fetchall():
        instruments[instrument].append(tuple(place))
    places = {line["emission_id"]: [*_place(line), *instruments[line["instrument_id"]]] for line in lines}
    rows = _delivered(workspace, {place for of_line in places.values() for place in of_line})
    units = unit_sizes(workspace)
    names = {
        column: {identity: (en, zh) for identity, en, zh in connection.execute(query).fetchall()}
        for column, query in NAMES.items()
    }
    return [
        Trace(
            line,
            parts[line["factor_row_id"]],
            siblings[line["activity_id"], line["stage"], line["scope2_method"] or "", line["boundary_route"]],
            [rows[place] for place in places[line["emission_id"]]],
            factor_in_numbers(line, parts[line["factor_row_id"]], units),
            {column: known[line[column]] for column, known in names.items() if line[column] in known},
        )
        for line in lines
    ]


def _rows(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[Any]) -> list[dict[str, Any]]:
    cursor = connection.execute(sql, list(parameters))
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _place(line: Mapping[str, Any]) -> list[tuple[str, str, str, int]]:
    """Path, hash, sheet and row of a line's file; an estimate has none."""
    if not line["submission_sha256"]:
        return []
    return [(line["submission_path"], line["submission_sha256"], line["source_sheet"] or "", line["source_row"])]


def _delivered(
    workspace: Workspace, places: Iterable[tuple[str, str, str, int]]
) -> dict[tuple[str, str, str, int], DeliveredRow]:
    """The rows at these places; each file is read once."""
    from data_contracts.answers.delivered_rows import delivered_rows

    by_file = defaultdict(list)
    for path, sha256, sheet, row in places:
        by_file[path, sha256].append((sheet, row))
    found = {}
    for (path, sha256), wanted in by_file.items():
        file = workspace.archive / sha256
        archived = file if file.is_file() else None
        cells = delivered_rows(path, archived, wanted) if archived else {}
        for sheet, row in wanted:
            found[path, sha256, sheet, row] = DeliveredRow(path, sha256, sheet, row, archived, cells.get((sheet, row)))
    return found


# --- the factor in numbers ------------------------------------------------------------------------------------------


def unit_sizes(workspace: Workspace) -> dict[str, tuple[str, Decimal]]:
    """unit -> its dimension and how many base units of it one is; the workspace's own units before the shared ones.
    Energy by the gross calorific value of a fuel is a dimension of its own."""
    from data_contracts.declarations.vocabulary import SEEDS

    sizes = {}
    for file in (SEEDS / "units.csv", workspace.reference / "units.csv"):
        if file.is_file():
            with file.open(encoding="utf-8-sig", newline="") as text:
                for row in csv.DictReader(text):
                    dimension, size = row["dimension"], Decimal(row["to_base"])
                    if dimension == "energy":
                        sizes[f"{row['unit']} (net)"] = dimension, size
                        sizes[f"{row['unit']} (gross)"] = "gross_energy", size
                        if row.get("heating_value_basis") == "gross":
                            dimension = "gross_energy"
                    sizes[row["unit"]] = dimension, size
    return sizes


def factor_in_numbers(
    line: Mapping[str, Any], parts: Sequence[Mapping[str, Any]], units: Mapping[str, tuple[str, Decimal]]
) -> str | None:
    """The factor of a line as one calculation of numbers, such as `0.5703 × 1000`; None where there is nothing to
    calculate, as of a factor of the row or an instrument, or where a rounding on the way keeps it from being one.

    Its outcome, rounded half up at twelve decimals, is `factor_kgco2e_per_unit`.
    """
    values = {part["part"]: (exact(part["value"]), part["unit"]) for part in parts}
    formula = parts[0]["formula"] if parts else ""
    if not parts or line["scope"] is None or line["unit"] not in units:
        return None
    if line["factor_table"] == "gwp":
        return _gas_in_numbers(line, values, units)
    gases = [
        f"{values[gas][0]} × {values[f'GWP of {gas}'][0]}"
        for gas in ("CH4", "N2O")
        if gas in values and f"GWP of {gas}" in values
    ]
    if "net calorific value" in values:
        ratio = _energy_ratio(line, values, units)
        if ratio is None:
            return None
        made = [f"{gas} × 0.000001" for gas in gases]
        if not line["biogenic_co2_kg"]:
            burnt = [values[part][0] for part in ("carbon content", "CO2", "oxidation rate") if part in values]
            made.insert(0, " × ".join(burnt) + (" × 44 / 12" if "carbon content" in values else " × 0.000001"))
        return f"{ratio} × ({' + '.join(made)})" if made else None
    per_unit = next((unit.removeprefix("kg/") for _, unit in values.values() if unit.startswith("kg/")), None)
    if per_unit not in units:
        return None
    (dimension, size), (wanted, base) = units[line["unit"]], units[per_unit]
    ratio = [] if line["unit"] == per_unit else [f"{exact(size)} / {exact(base)}"]
    if money := _money(line["unit_bridge"], wanted):
        ratio = [" × ".join([exact(size), *money]) + f" / {exact(base)}"]
    elif dimension != wanted:
        density = _density(line["unit_bridge"], units)
        if density is None or {dimension, wanted} != {"volume", "mass"}:
            return None
        ratio = [f"{exact(size)} {'×' if wanted == 'mass' else '/'} {density} / {exact(base)}"]
    if "losses" in values:
        losses = values["losses"][0]
        ratio.append(f"{losses} / (1 - {losses})" if "(1 - losses)" in formula else losses)
    made = [*(values[part][0] for part in ("CO2", "CO2e") if part in values), *gases]
    if not made:
        return None
    total = made[0] if len(made) == 1 and " " not in made[0] else f"({' + '.join(made)})"
    numbers = " × ".join([*(f"({part})" if "/" in part else part for part in ratio), total])
    # Exchange rate times price index is rounded at fifteen decimals; of a large unit that can be seen.
    return None if money and not _is_factor(numbers, line) else numbers


def _is_factor(numbers: str, line: Mapping[str, Any]) -> bool:
    return _agree(calculated(numbers), line["factor_kgco2e_per_unit"])


def _agree(one: Decimal, other: Decimal) -> bool:
    """Whether two numbers are the same to twelve decimals."""
    return abs(one - other) <= Decimal(5).scaleb(-13)


def _energy_ratio(line: Mapping, values: Mapping[str, tuple[str, str]], units: Mapping) -> str | None:
    """MJ per unit of the line, as a calculation: what is burnt per unit times its calorific value."""
    ncv, ncv_unit = values["net calorific value"]
    of, _, per = ncv_unit.partition("/")
    dimension, size = units[line["unit"]]
    if dimension == "energy":
        return exact(size)
    if of not in units or per not in units:
        return None
    per_dimension, per_size = units[per]
    heat = f"{ncv} × {exact(units[of][1])} / {exact(per_size)}"
    if per_dimension == dimension:
        return f"{exact(size)} × ({heat})"
    density = _density(line["unit_bridge"], units)
    if density is None or (dimension, per_dimension) != ("volume", "mass"):
        return None
    return f"{exact(size)} × {density} × ({heat})"


MONEY = re.compile(r"exchange rate ([0-9.]+) (\S+)/\S+|prices \d+ to \d+ x ([0-9.]+)")


def _money(bridge: str | None, wanted: str) -> list[str]:
    """What brings an amount to the currency and prices of the factor: `2023 exchange rate 0.14 USD/CNY` and `prices
    2023 to 2022 x 0.96`."""
    found = MONEY.findall(bridge or "")
    return [rate or price for rate, currency, price in found if price or currency == wanted]


def _density(bridge: str | None, units: Mapping) -> str | None:
    """kg per m3 from `... density 0.845 kg/L ...`, as a calculation."""
    words = (bridge or "").replace(",", "").replace(";", "").split()
    if words.count("density") != 1:
        return None
    value, unit = words[words.index("density") + 1 : words.index("density") + 3]
    mass, _, volume = unit.partition("/")
    if mass not in units or volume not in units:
        return None
    return f"({value} × {exact(units[mass][1])} / {exact(units[volume][1])})"


def _gas_in_numbers(line: Mapping, values: Mapping[str, tuple[str, str]], units: Mapping) -> str | None:
    gwps = {name.removeprefix("GWP of "): value for name, (value, _) in values.items() if name.startswith("GWP of ")}
    shares = {
        name.removeprefix("share of "): value for name, (value, _) in values.items() if name.startswith("share of ")
    }
    if "kg" not in units:
        return None
    is_process = bool({"utilisation", "leak rate"} & set(values))
    if len([*gwps, *shares]) != len(values) and not is_process:
        return None
    dimension, size = units[line["unit"]]
    mass, base = units["kg"]
    if dimension != mass:
        return None
    ratio = f"{exact(size / base)} × " if line["unit"] != "kg" else ""
    if is_process:
        emitted = _process_in_numbers(line, {name: value for name, (value, _) in values.items()}, gwps)
        numbers = emitted and (f"{ratio}({emitted})" if ratio else emitted)
        return numbers if numbers and _is_factor(numbers, line) else None
    if not shares:
        return f"{ratio}{next(iter(gwps.values()))}" if len(gwps) == 1 else None
    return f"{ratio}({' + '.join(f'{share} × {gwps[gas]}' for gas, share in shares.items())})"


def _process_in_numbers(line: Mapping, values: Mapping[str, str], gwps: Mapping[str, str]) -> str | None:
    """What of a gas and of its by-products leaves a process, each times its potential."""
    _, gas, process = [*line["factor_id"].split(":"), "", ""][:3]
    by_products = {name.removeprefix("by product "): value for name, value in values.items() if "by product" in name}
    if not process or gas not in gwps or not set(by_products) <= set(gwps):
        return None
    if "utilisation" not in values:
        return f"{values['leak rate']} × {gwps[gas]}"
    heel, abated = f"(1 - {values.get('heel', '0')})", values.get("abatement share", "0")

    def escaping(destroyed: str) -> str:
        return "" if "0" in (abated, destroyed) else f" × (1 - {abated} × {destroyed})"

    emitted = [
        f"{heel} × (1 - {values['utilisation']}){escaping(values.get('destruction', '0'))} × {gwps[gas]}",
        *(
            f"{heel} × {formed}{escaping(values.get(f'destruction {name}', '0'))} × {gwps[name]}"
            for name, formed in sorted(by_products.items())
        ),
    ]
    return " + ".join(emitted)


def calculated(numbers: str) -> Decimal:
    """What a calculator makes of a factor in numbers."""
    import ast
    import operator

    operations = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}

    def value(node: ast.expr) -> Decimal:
        if isinstance(node, ast.BinOp):
            return operations[type(node.op)](value(node.left), value(node.right))
        return Decimal(ast.get_source_segment(text, node) or "")

    text = numbers.replace("×", "*")
    with localcontext() as context:
        context.prec = 60
        return value(ast.parse(text, mode="eval").body)


# --- as text, JSON and a page ---------------------------------------------------------------------------------------


def as_json(found: Sequence[Trace], head: Mapping[str, Any]) -> str:
    return json_text({**head, "lines": [trace.as_dict() for trace in found]}) + "\n"


def as_text(found: Sequence[Trace], head: Mapping[str, Any], language: str) -> str:
    at = 1 if language == "zh" else 0
    out = [_headline(head, len(found), at), ""]
    for trace in found:
        for column in SHOWN:
            if (value := trace.line[column]) is not None and value != "":
                out.append(f"{LABELS[column][at]}: {trace.shown(column, at)}")
        out.append(f"{TEXTS['cells'][at]}:")
        out += [f"  {line}" for line in _cell_lines(trace, at)]
        if trace.parts:
            out.append(f"{TEXTS['parts'][at]}:")
            out += [f"  {_part_line(part, at)}" for part in trace.parts]
        if trace.in_numbers:
            out.append(
                f"{TEXTS['in_numbers'][at]}: {trace.in_numbers} = {_shown(trace.line['factor_kgco2e_per_unit'])}"
            )
        out.append(_sibling_line(trace, at))
        out.append(f"{TEXTS['product'][at]}: {trace.line[('formula_en', 'formula_zh')[at]]}")
        out.append("")
    return "\n".join(out)


def _headline(head: Mapping[str, Any], lines: int, at: int) -> str:
    said = [f"{TEXTS['release'][at]} {head['release_id']}", f"{lines} {TEXTS['lines'][at]}"]
    if "sum_co2e_t" in head:
        said.append(f"{TEXTS['sum'][at]} {_shown(head['sum_co2e_t'])} t CO2e")
    if head.get("published_co2e_t") is not None:
        said.append(f"{TEXTS['published'][at]} {_shown(head['published_co2e_t'])} t CO2e")
    return "; ".join(said)


def _shown(value: Any) -> str:
    return exact(value) if isinstance(value, Decimal) else str(value)


def _cell_lines(trace: Trace, at: int) -> list[str]:
    if not trace.rows:
        return [TEXTS["estimate"][at]]
    lines = []
    for place in trace.rows:
        lines.append(_place_line(place))
        lines += [f"  {cell.title or ''}: {cell.text or ''}" for cell in (place.cells or ())[:LISTED_CELLS]]
        if not place.cells:
            lines.append("  " + TEXTS["no_row" if place.archived else "no_file"][at])
    return lines


def _place_line(place: DeliveredRow) -> str:
    return f"{place.path} {place.sheet} {place.row} (SHA-256 {place.sha256})"


# The values of a factor in Chinese, as the formula beside them has them.
PARTS = {
    "net calorific value": "低位发热量", "carbon content": "单位热值含碳量", "oxidation rate": "碳氧化率",
    "losses": "损耗率", "heel": "残余率", "utilisation": "利用率", "abatement share": "处理比例",
    "destruction": "去除率", "leak rate": "泄漏率", "by product": "副产物", "share of": "份额", "GWP of": "GWP",
    "biogenic CO2": "生物源 CO2",
}  # fmt: skip


def _part_name(part: str, at: int) -> str:
    known = next((name for name in PARTS if part.startswith(name)), None)
    return f"{PARTS[known]}{part.removeprefix(known)}" if known and at else part


def _part_line(part: Mapping[str, Any], at: int) -> str:
    unit = "" if part["unit"] == "1" else f" {part['unit']}"
    said = f"{_part_name(part['part'], at)} = {_shown(part['value'])}{unit}"
    return f"{said}  [{part['publication'] or part['source'] or '-'}]"


def _sibling_line(trace: Trace, at: int) -> str:
    count, quantity = trace.siblings
    return f"{TEXTS['siblings'][at]}: {count} {TEXTS['lines'][at]}, {_shown(quantity)} {trace.line['unit']}"


STYLE = (
    "body{font:14px/1.5 system-ui,'Noto Sans CJK SC','Microsoft YaHei',sans-serif;max-width:62rem;margin:2rem auto;"
    "padding:0 1rem;color:#111;overflow-wrap:anywhere}"
    "article{border-top:2px solid #111;margin:2rem 0;break-inside:avoid-page}"
    "table{border-collapse:collapse;width:100%;margin:.5rem 0}th,td{border:1px solid #bbb;padding:.2rem .5rem;"
    "text-align:left;vertical-align:top;overflow-wrap:anywhere}th{background:#f2f2f2;font-weight:600;width:34%}"
    "h2 small{font-weight:400}thead th{width:auto}code{font-size:13px;overflow-wrap:anywhere}"
    ".product{background:#f7f7e8;padding:.5rem;border-left:4px solid #111}small{color:#444}"
    "@media(max-width:560px){body{font-size:13px;padding:0 .6rem}"
    "h1{font-size:20px}h2{font-size:16px}th,td{padding:.15rem .3rem}}@media print{body{margin:0;max-width:none}}"
)


def as_html(found: Sequence[Trace], head: Mapping[str, Any], has_sources: bool = False) -> str:
    """A page in both languages that needs nothing beside it, and is as readable on paper."""
    title = " / ".join(reversed(TEXTS["title"]))
    body = [f"<h1>{title}</h1>", *(f"<p>{html.escape(_headline(head, len(found), at))}</p>" for at in (1, 0))]
    for notice in dict.fromkeys(filter(None, (head.get("data_notice_zh"), head.get("data_notice")))):
        body.append(f"<p><strong>{html.escape(notice)}</strong></p>")
    if len(found) > 1:
        index = (
            f'<tr><td><a href="#{trace.line["emission_id"]}">{trace.line["emission_id"]}</a></td>'
            + "".join(f"<td>{html.escape(trace.shown(column))}</td>" for column in _INDEX)
            + "</tr>"
            for trace in found
        )
        titles = "".join(f"<th>{_both(*LABELS[column])}</th>" for column in ("emission_id", *_INDEX))
        body.append(f"<table><thead><tr>{titles}</tr></thead><tbody>{''.join(index)}</tbody></table>")
    body += [_article(trace, has_sources) for trace in found]
    return (
        f'<!DOCTYPE html><html lang="zh"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{STYLE}</style></head>'
        f"<body>{''.join(body)}</body></html>\n"
    )


_INDEX = ("period", "facility_id", "activity_type", "scope", "co2e_kg")


def _both(en: str, zh: str) -> str:
    return html.escape(en if en == zh else f"{zh} {en}")


def _article(trace: Trace, has_sources: bool) -> str:
    line = trace.line
    rows = []
    for column in SHOWN:
        if (value := line[column]) is not None and value != "":
            said = html.escape(trace.shown(column))
            rows.append(f"<tr><th scope=row>{_both(*LABELS[column])}</th><td>{said}</td></tr>")
    cells = "".join(f"<p>{html.escape(TEXTS['estimate'][at])}</p>" for at in (1, 0)) if not trace.rows else ""
    for place in trace.rows:
        said = html.escape(_place_line(place))
        if has_sources and place.source:
            said = f'<a href="{html.escape(place.source)}">{said}</a>'
        cells += f"<p><small>{said}</small></p>"
        if place.cells:
            cells += "<table>" + "".join(map(_cell_row, place.cells[:LISTED_CELLS])) + "</table>"
        else:
            cells += f"<p>{_both(*TEXTS['no_row' if place.archived else 'no_file'])}</p>"
    parts = "".join(
        f"<tr><th scope=row>{_both(part['part'], _part_name(part['part'], 1))}</th>"
        f"<td>{html.escape(_shown(part['value']))}</td>"
        f"<td>{html.escape('' if part['unit'] == '1' else part['unit'])}</td>"
        f"<td>{html.escape(part['publication'] or '')}<br><small>{html.escape(part['source'] or '')}</small></td></tr>"
        for part in trace.parts
    )
    numbers = ""
    if trace.in_numbers:
        numbers = (
            f"<h3>{_both(*TEXTS['in_numbers'])}</h3><p class=product><code>{html.escape(trace.in_numbers)} ="
            f" {_shown(line['factor_kgco2e_per_unit'])}</code></p>"
        )
    heading = html.escape(", ".join(trace.shown(column) for column in ("activity_type", "facility_id", "period")))
    return (
        f'<article id="{line["emission_id"]}"><h2>{heading}<br><small>{line["emission_id"]}</small></h2>'
        f"<table>{''.join(rows)}</table>"
        f"<h3>{_both(*TEXTS['cells'])}</h3>{cells}"
        + (f"<h3>{_both(*TEXTS['parts'])}</h3><table>{parts}</table>" if parts else "")
        + numbers
        + f"<h3>{_both(*TEXTS['product'])}</h3><p>{html.escape(_sibling_line(trace, 1))}<br>"
        f"{html.escape(_sibling_line(trace, 0))}</p>"
        + "".join(
            f"<p class=product><code>{html.escape(line[column])}</code></p>" for column in ("formula_zh", "formula_en")
        )
        + "</article>"
    )


def _cell_row(cell: Cell) -> str:
    title = html.escape(cell.title or "")
    if cell.column and cell.column != cell.title:
        title += f"<br><small>{html.escape(cell.column)}</small>"
    return f"<tr><th scope=row>{title}</th><td>{html.escape(cell.text or '')}</td></tr>"


def write(found: Sequence[Trace], head: Mapping[str, Any], folder: Path) -> list[Path]:
    """trace.html, trace.json and the source files of the lines, each once, into a folder; the paths written."""
    sources = folder / "sources"
    sources.mkdir(parents=True, exist_ok=True)
    files = {row.source: row.archived for trace in found for row in trace.rows if row.source}
    for name, archived in sorted(files.items()):
        shutil.copyfile(archived, folder / name)
    written = [folder / name for name in sorted(files)]
    for name, text in (("trace.html", as_html(found, head, True)), ("trace.json", as_json(found, head))):
        (folder / name).write_text(text, encoding="utf-8")
        written.append(folder / name)
    return written
