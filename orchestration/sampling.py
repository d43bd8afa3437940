"""Monetary-unit sampling by tonnes: which lines a verifier examines, and what their errors say of the rest.

A population is the lines of one scope and year, and in Scope 2 of one method. Every tonne has the same chance: lines of
at least the interval are all taken, of the others one per interval from a start that the published seed gives. Lines of
zero and below stand apart. Statistics are floating point; tonnes are read and written as they are.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.workspace import Workspace

if TYPE_CHECKING:
    import duckdb

TABLE = "verification_samples.csv"
MOST_ITEMS = 50_000
# Of the lines of zero and below, which no tonne leads to.
LOOKED_AT = 25
STRATA = {"certain": "全部抽取", "sampled": "抽中", "zero_or_negative": "零或负值"}


class NotASample(Exception):
    """A file that is no workbook of `helioledger sample`, or whose cells cannot be read."""


# --- statistics -----------------------------------------------------------------------------------------------------


def gamma_probability(shape: float, x: float) -> float:
    """P(Gamma(shape, 1) <= x): the regularised lower incomplete gamma function, by its series or continued fraction
    (Abramowitz and Stegun 6.5.29, 6.5.31)."""
    if x <= 0:
        return 0.0
    scale = math.exp(-x + shape * math.log(x) - math.lgamma(shape))
    if x < shape + 1:
        term = total = 1 / shape
        divisor = shape
        while abs(term) > abs(total) * 1e-16:
            divisor += 1
            term *= x / divisor
            total += term
        return total * scale
    tiny = 1e-300
    b = x + 1 - shape
    c, d = 1 / tiny, 1 / b
    fraction = d
    for i in range(1, 10_000):
        a = -i * (i - shape)
        b += 2
        d = 1 / (a * d + b or tiny)
        c = b + a / c or tiny
        fraction *= d * c
        if abs(d * c - 1) < 1e-16:
            break
    return 1 - scale * fraction


def confidence_factor(confidence: float, overstatements: int) -> float:
    """Tonnes that the upper limit allows per interval, in intervals: P(Gamma(1 + overstatements, 1) <= F) = confidence;
    3.00, 4.74, 6.30 at 95 %."""
    return _root(lambda x: gamma_probability(1 + overstatements, x) - confidence, 0.0, 50.0 + 4 * overstatements)


def upper_deviation_rate(confidence: float, size: int, deviations: int) -> float:
    """The highest share of wrong items that so few in a sample are still likely from (binomial)."""
    if deviations >= size:
        return 1.0

    def surely_more(rate: float) -> float:
        few = sum(math.comb(size, k) * rate**k * (1 - rate) ** (size - k) for k in range(deviations + 1))
        return (1 - few) - confidence

    return _root(surely_more, 0.0, 1.0)


def _root(increasing: Any, low: float, high: float) -> float:
    for _ in range(200):
        middle = (low + high) / 2
        if increasing(middle) < 0:
            low = middle
        else:
            high = middle
    return high


def sample_size(confidence: float, materiality: float, expected: float = 0.0) -> int:
    """The smallest sample that holds the misstatement below `materiality` when there is a share `expected`.

    Both are shares of the population: P(Gamma(1 + n x expected, n) <= materiality) >= confidence. Raises ValueError
    where no sample of MOST_ITEMS does.
    """
    if not 0 < confidence < 1 or not 0 < materiality < 1 or not 0 <= expected < materiality:
        raise ValueError("0 < confidence < 1 and 0 <= expected < materiality < 1 are needed.")
    size = max(1, math.floor(-math.log(1 - confidence) / materiality) - 1)
    while gamma_probability(1 + size * expected, size * materiality) < confidence:
        size += 1
        if size > MOST_ITEMS:
            raise ValueError(f"More than {MOST_ITEMS:,} items would be needed; expect less or tolerate more.")
    return size


# --- drawing --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Population:
    """The lines of a scope (and Scope 2 method): how many, their tonnes above zero, and what is drawn of them."""

    scope: int
    scope2_method: str | None
    lines: int
    total_t: Decimal
    size: int
    interval_t: Decimal
    start_share: Decimal

    @property
    def name(self) -> str:
        return f"{self.scope} {self.scope2_method or ''}".strip()


@dataclass(frozen=True)
class Item:
    population: str
    stratum: str
    emission_id: str
    recorded_t: Decimal
    verified_t: Decimal | None = None
    remark: str = ""
    line: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Sample:
    sample_id: str
    release_id: str
    year: int
    confidence: Decimal
    materiality: Decimal
    expected: Decimal
    seed: str
    populations: Sequence[Population]
    items: Sequence[Item]


SHOWN = (
    "period", "facility_id", "activity_type", "submission_path", "submission_sha256", "source_sheet", "source_row",
    "given_quantity", "given_unit", "quantity", "unit", "factor_id", "factor_kgco2e_per_unit", "formula_zh",
)  # fmt: skip
# The order in which the tonnes of a population lie side by side.
ORDER = "period, facility_id, activity_type, stage, emission_id"


def draw(
    connection: duckdb.DuckDBPyConnection,
    release_id: str,
    year: int,
    scopes: Sequence[int],
    confidence: Decimal,
    materiality: Decimal,
    expected: Decimal,
    seed: str,
) -> Sample:
    """Draw the sample of a year. connection: on the published database, in schema marts. Raises ValueError."""
    size = sample_size(float(confidence), float(materiality), float(expected))
    populations, items = [], []
    for scope, method, lines, total in connection.execute(
        "select scope, scope2_method, count(*), cast(sum(co2e_kg) filter (co2e_kg > 0) * 0.001 as decimal(38, 21))"
        " from emissions where year(period) = ? and list_contains(?, scope) group by all order by all",
        [year, list(scopes)],
    ).fetchall():
        words = f"{seed}|{year}|{scope}|{method or ''}"
        start = Decimal(int(hashlib.sha256(words.encode()).hexdigest()[:12], 16)) / Decimal(16**12)
        (interval,) = connection.execute(
            "select cast(cast(cast(? as decimal(38, 21)) * 1000000000 as hugeint) // ? as decimal(28, 0))"
            " * 0.000000001",
            [total or 0, size],
        ).fetchone()
        population = Population(scope, method, lines, total or Decimal(0), size, interval, start)
        populations.append(population)
        if total:
            items += _select(connection, year, population)
    if not populations:
        raise ValueError(f"No line of scope {';'.join(map(str, scopes))} in {year} is published.")
    what = f"{release_id}|{year}|{';'.join(map(str, scopes))}|{confidence}|{materiality}|{expected}|{seed}"
    sample_id = f"{year}-{hashlib.sha256(what.encode()).hexdigest()[:10]}"
    return Sample(sample_id, release_id, year, confidence, materiality, expected, seed, populations, items)


# In whole milligrams, so that the order of the lines and nothing else decides.
SELECTION = f"""
    with lines as (
        select
            *,
            cast(co2e_kg * 1000000 as hugeint) as mg,
            cast(cast($interval_t as decimal(38, 9)) * 1000000000 as hugeint) as interval_mg
        from emissions
        where year(period) = $year and scope = $scope and scope2_method is not distinct from $method
    ),
    laid as (
        select
            *,
            sum(mg) over (order by {ORDER} rows unbounded preceding) as through_mg,
            cast(cast($start as decimal(19, 18)) * 1000000000000 as hugeint) * interval_mg // 1000000000000 as start_mg
        from lines where mg > 0 and mg < interval_mg
    ),
    picked as (
        select emission_id, 'certain' as stratum from lines where mg >= interval_mg and mg > 0
        union all
        -- A point lies every interval from the start on; whose tonnes it falls into is examined.
        select emission_id, 'sampled' from laid
        where (through_mg - start_mg + interval_mg - 1) // interval_mg
            > (through_mg - mg - start_mg + interval_mg - 1) // interval_mg
        union all
        select emission_id, 'zero_or_negative' from (
            select emission_id, row_number() over (order by mg, {ORDER}) as place from lines where mg <= 0
        ) where place <= {LOOKED_AT}
    )
    select picked.stratum, cast(trace.co2e_kg * 0.001 as decimal(38, 21)) as recorded_t, trace.*
    from picked inner join emission_trace as trace using (emission_id)
    order by picked.stratum, trace.period, trace.facility_id, trace.activity_type, trace.stage, emission_id
"""


def _select(connection: duckdb.DuckDBPyConnection, year: int, population: Population) -> list[Item]:
    cursor = connection.execute(
        SELECTION,
        {
            "year": year,
            "scope": population.scope,
            "method": population.scope2_method,
            "interval_t": population.interval_t,
            "start": population.start_share,
        },
    )
    names = [column[0] for column in cursor.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [
        Item(population.name, row["stratum"], row["emission_id"], row["recorded_t"], line={c: row[c] for c in SHOWN})
        for row in rows
    ]


# --- evaluation -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Evaluation:
    """What a population's items say. Tonnes; projected and limits are floating point.

    known: sum of the misstatements found (recorded minus verified), signed; upper_t: limit of the overstatement;
    lower_t: of the understatement.
    """

    population: str
    examined: int
    misstated: int
    known_t: float
    projected_over_t: float
    projected_under_t: float
    upper_t: float
    lower_t: float
    deviation_rate: float
    materiality_t: float

    @property
    def is_within(self) -> bool:
        return max(self.upper_t, self.lower_t) <= self.materiality_t


def evaluate(population: Population, items: Iterable[Item], confidence: float, materiality: float) -> Evaluation:
    """Projected misstatement and its limits. An item without a verified figure counts as not examined; raises
    ValueError when there is one."""
    items = list(items)
    if open_items := [item.emission_id for item in items if item.verified_t is None]:
        raise ValueError(f"{len(open_items)} item(s) of population {population.name} have no verified figure.")
    interval = float(population.interval_t)
    sides: dict[int, list[tuple[float, float]]] = {1: [], -1: []}
    for item in items:
        error = float(item.recorded_t - item.verified_t)
        if error:
            taint = None if item.stratum != "sampled" else abs(error) / float(item.recorded_t)
            sides[1 if error > 0 else -1].append((abs(error), taint))
    projected, limits = {}, {}
    sampled = sum(item.stratum == "sampled" for item in items)
    for side, errors in sides.items():
        as_is = sum(error for error, taint in errors if taint is None)
        taints = sorted((taint for _, taint in errors if taint is not None), reverse=True)
        projected[side] = as_is + sum(taint * interval for taint in taints)
        limits[side] = as_is + upper_limit(interval if sampled else 0.0, taints, confidence)
    misstated = sum(map(len, sides.values()))
    return Evaluation(
        population.name,
        len(items),
        misstated,
        sum(error for error, _ in sides[1]) - sum(error for error, _ in sides[-1]),
        projected[1],
        projected[-1],
        limits[1],
        limits[-1],
        upper_deviation_rate(confidence, len(items), misstated) if items else 1.0,
        materiality * float(population.total_t),
    )


def upper_limit(interval: float, taints: Sequence[float], confidence: float) -> float:
    """Basic precision and, of the taints in falling order, each by its increment of the confidence factor."""
    factors = [confidence_factor(confidence, k) for k in range(len(taints) + 1)]
    steps = (factors[k + 1] - factors[k] for k in range(len(taints)))
    return interval * (factors[0] + sum(step * taint for step, taint in zip(steps, taints, strict=True)))


# --- workbook -------------------------------------------------------------------------------------------------------

FILLED = ("verified_t", "remark")
COLUMNS = (
    ("population", "总体", 12), ("stratum", "层", 16), ("emission_id", "排放行", 22),
    ("recorded_t", "记录值 tCO2e", 20), ("verified_t", "核实值 tCO2e（请填写）", 20), ("remark", "说明（请填写）", 30),
    ("period", "月份", 12), ("facility_id", "设施", 14), ("activity_type", "活动类型", 22),
    ("submission_path", "文件", 36), ("submission_sha256", "文件 SHA-256", 20), ("source_sheet", "工作表", 12),
    ("source_row", "行", 6), ("given_quantity", "所交数量", 16), ("given_unit", "单位", 10),
    ("quantity", "本行数量", 16), ("unit", "单位", 8), ("factor_id", "因子", 26),
    ("factor_kgco2e_per_unit", "每单位 kg CO2e", 18), ("formula_zh", "算式", 60),
)  # fmt: skip
SHEET, FACTS = "样本 Sample", "参数 Parameters"
GUIDE = (
    "核查员：逐行核对原始文件，在黄色列填写核实值（吨 CO2e，无差异时填与记录值相同的数），"
    "然后运行 helioledger sample --evaluate 本文件。",
    "Verifier: walk each line back to its file and fill in the verified figure (t CO2e; the recorded one where nothing"
    " differs) in the yellow columns; then run helioledger sample --evaluate THIS-FILE.",
)


def write_workbook(sample: Sample, path: Path) -> Path:
    """The list as a workbook with columns to fill, and what it was drawn with."""
    import xlsxwriter

    from orchestration.console import exact

    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet, facts = book.add_worksheet(SHEET), book.add_worksheet(FACTS)
        head = book.add_format({"bold": True, "bg_color": "#D9E1F2", "border": 1, "text_wrap": True})
        fill = book.add_format({"bg_color": "#FFEB9C", "border": 1})
        names = [name for name, *_ in COLUMNS]
        printed = names.index("source_row")
        guide = book.add_format({"text_wrap": True, "valign": "top"})
        for at, text in enumerate(GUIDE):
            sheet.merge_range(at, 0, at, printed, text, guide)
            sheet.set_row(at, 32)
        sheet.set_row(len(GUIDE), 32)
        for at, (name, zh, width) in enumerate(COLUMNS):
            sheet.write_string(len(GUIDE), at, f"{zh}\n{name}", head)
            sheet.set_column(at, at, width)
        for row, item in enumerate(sample.items, start=len(GUIDE) + 1):
            values = {**item.line, "population": item.population, "stratum": item.stratum}
            values |= {"emission_id": item.emission_id, "recorded_t": item.recorded_t, "verified_t": item.verified_t}
            for at, (name, _, _) in enumerate(COLUMNS):
                value = values.get(name)
                text = "" if value is None else exact(value) if isinstance(value, Decimal) else str(value)
                # Text, because a workbook keeps fifteen digits of a number.
                sheet.write_string(row, at, text, fill) if name in FILLED else sheet.write_string(row, at, text)
        sheet.freeze_panes(len(GUIDE) + 1, 4)
        # To paper goes what is walked back and filled in; digits, factor and formula stand in the trace as well.
        sheet.print_area(0, 0, len(GUIDE) + len(sample.items), printed)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(len(GUIDE))
        for row, (name, value) in enumerate(_facts(sample)):
            facts.write_string(row, 0, name)
            facts.write_string(row, 1, value)
        facts.set_column(0, 1, 40)
    return path


def _facts(sample: Sample) -> list[tuple[str, str]]:
    facts = [(name, str(getattr(sample, name))) for name in ("sample_id", "release_id", "year", "confidence")]
    facts += [(name, str(getattr(sample, name))) for name in ("materiality", "expected", "seed")]
    for population in sample.populations:
        facts += [
            (f"{name} {population.name}", str(getattr(population, name)))
            for name in ("lines", "total_t", "size", "interval_t", "start_share")
        ]
    return facts


def read_workbook(path: Path) -> Sample:
    """A workbook of `write_workbook`, with what was filled in. Raises NotASample."""
    import openpyxl

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:
        raise NotASample(f"{path} cannot be read as a workbook: {error}") from None
    with contextlib.closing(book):
        if not {SHEET, FACTS} <= set(book.sheetnames):
            raise NotASample(f"{path} is no workbook of `helioledger sample`.")
        facts = {str(name): str(value) for name, value, *_ in book[FACTS].iter_rows(values_only=True) if name}
        rows = list(book[SHEET].iter_rows(values_only=True))
    names = [str(cell or "").split("\n")[-1] for cell in rows[len(GUIDE)]]
    items = []
    for number, row in enumerate(rows[len(GUIDE) + 1 :], start=len(GUIDE) + 2):
        cells = {name: "" if cell is None else str(cell).strip() for name, cell in zip(names, row, strict=False)}
        if cells.get("emission_id"):
            items.append(
                Item(
                    cells["population"],
                    cells["stratum"],
                    cells["emission_id"],
                    _number(cells["recorded_t"], number),
                    _number(cells["verified_t"], number) if cells.get("verified_t") else None,
                    cells.get("remark", ""),
                )
            )
    populations = []
    for name in (key.removeprefix("size ") for key in facts if key.startswith("size ")):
        scope, _, method = name.partition(" ")
        populations.append(
            Population(
                int(scope),
                method or None,
                int(facts[f"lines {name}"]),
                Decimal(facts[f"total_t {name}"]),
                int(facts[f"size {name}"]),
                Decimal(facts[f"interval_t {name}"]),
                Decimal(facts[f"start_share {name}"]),
            )
        )
    return Sample(
        facts["sample_id"], facts["release_id"], int(facts["year"]), Decimal(facts["confidence"]),
        Decimal(facts["materiality"]), Decimal(facts["expected"]), facts["seed"], populations, items,
    )  # fmt: skip


def _number(text: str, row: int) -> Decimal:
    try:
        number = Decimal(text.replace(",", "").replace("，", ""))
    except ArithmeticError:
        number = Decimal("nan")
    if not number.is_finite():
        raise NotASample(f"Row {row}: {text!r} is no number.")
    return number


# --- the reference table --------------------------------------------------------------------------------------------

TABLE_COLUMNS = (
    "sample_id", "year", "scope", "scope2_method", "stratum", "emission_id", "interval_t", "confidence", "materiality",
    "seed", "release_id", "recorded_t", "verified_t", "remark",
)  # fmt: skip


def keep(workspace: Workspace, sample: Sample) -> Path:
    """The sample over its former rows in reference/verification_samples.csv; the next run publishes it."""
    path = workspace.reference / TABLE
    rows: list[dict[str, str]] = []
    if path.is_file():
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["sample_id"] != sample.sample_id]
    populations = {population.name: population for population in sample.populations}
    for item in sample.items:
        population = populations[item.population]
        rows.append(
            {
                "sample_id": sample.sample_id,
                "year": str(sample.year),
                "scope": str(population.scope),
                "scope2_method": population.scope2_method or "",
                "stratum": item.stratum,
                "emission_id": item.emission_id,
                "interval_t": f"{population.interval_t:f}",
                "confidence": f"{sample.confidence:f}",
                "materiality": f"{sample.materiality:f}",
                "seed": sample.seed,
                "release_id": sample.release_id,
                "recorded_t": f"{item.recorded_t:.9f}",
                "verified_t": "" if item.verified_t is None else f"{item.verified_t:.9f}",
                "remark": item.remark,
            }
        )
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, TABLE_COLUMNS, lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path
