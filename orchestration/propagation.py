"""How errors that lines share reach their sums: a simulation with a fixed seed beside the mart `uncertainty`.

The mart adds squares (IPCC 2006, volume 1, chapter 3, approach 1); here every shared quantity is drawn many times and
each line multiplied out (approach 2; JCGM 101). Statistics are floating point.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import duckdb
    import numpy as np

# Half widths are of 95 % intervals of a normal distribution, as IPCC states them.
NORMAL_95 = 1.959963984540054
ROWS_AT_ONCE = 1_000
# What is drawn, in the order in which it is shown.
SIMULATED_KINDS = ("total", "source_class", "facility")
Shape = Literal["normal", "rectangular"]

# What a line shares with others, by the names that the mart gives it.
LINES = """
    select
        coalesce(
            factor_row_id, case when factor_table = 'instrument' then factor_id end,
            factor_table || ':' || facility_id || ':' || activity_type
        ) as factor,
        facility_id || ':' || activity_type || ':' || data_quality as activity_data,
        facility_id, source_class, cast(sum(co2e_kg) as double) * 0.001 as t
    from emissions
    where year(period) = $year and scope is not null and coalesce(scope = $scope, true)
        and (scope2_method is null or scope2_method = $method)
    group by all having sum(co2e_kg) <> 0
    order by all
"""


@dataclass(frozen=True)
class Quantity:
    """What is known of an input: its value and standard uncertainty, and the shape of the distribution behind it."""

    value: float
    standard: float
    shape: Shape = "normal"


@dataclass(frozen=True)
class Simulated:
    """A group of the mart `uncertainty`: its tonnes, the half width there and here (1.96 standard deviations), and the
    interval in which 95 % of the draws lie."""

    group_kind: str
    group_id: str
    co2e_t: float
    analytic_t: float
    simulated_t: float
    lower_t: float
    upper_t: float


def draws(
    quantities: Sequence[Quantity], count: int, seed: int, correlation: np.ndarray | None = None
) -> Iterator[np.ndarray]:
    """Draws of the quantities, a column each, in pieces of rows. correlation: matrix of normal quantities; raises
    ValueError where it is none, or where another shape is correlated."""
    import numpy as np

    values = np.array([quantity.value for quantity in quantities])
    spread = np.array([quantity.standard for quantity in quantities])
    is_rectangular = np.array([quantity.shape == "rectangular" for quantity in quantities], dtype=bool)
    mixed = None
    if correlation is not None:
        if is_rectangular.any():
            raise ValueError("Only normal quantities can be drawn correlated.")
        sizes, directions = np.linalg.eigh(correlation)
        if sizes.min() < -1e-9:
            raise ValueError("The correlations contradict each other: no quantities have them together.")
        mixed = directions * np.sqrt(np.clip(sizes, 0, None))
    lots = np.random.default_rng(seed)
    for first in range(0, count, ROWS_AT_ONCE):
        rows = lots.standard_normal((min(ROWS_AT_ONCE, count - first), len(quantities)))
        if is_rectangular.any():
            wide = lots.uniform(-math.sqrt(3), math.sqrt(3), rows.shape)
            rows = np.where(is_rectangular, wide, rows)
        yield values + spread * (rows if mixed is None else rows @ mixed.T)


def simulate(
    connection: duckdb.DuckDBPyConnection,
    year: int,
    scope: int | None,
    scope2_method: str | None,
    count: int,
    seed: int,
    shape: Shape = "normal",
    factor_correlation: float = 0.0,
) -> list[Simulated]:
    """The total, facilities and source classes of a year and scope (None: all), drawn. connection: on the published
    database, in schema marts. Raises ValueError where there is nothing to draw."""
    import numpy as np

    asked = {"year": year, "scope": scope, "method": scope2_method}
    lines = connection.execute(LINES, asked).fetchall()
    analytic = connection.execute(
        "select group_kind, group_id, cast(co2e_t as double), half_width_t, half_width_share from uncertainty"
        " where year = $year and scope is not distinct from $scope and scope2_method is not distinct from $method"
        " order by group_kind, group_id",
        asked,
    ).fetchall()
    if not lines or not analytic:
        raise ValueError(f"The mart uncertainty has nothing of {year} that was asked for.")
    shares = {(kind, name): share or 0.0 for kind, name, _, _, share in analytic}
    kinds = ("factor", "activity_data")
    names = [(kind, name) for at, kind in enumerate(kinds) for name in sorted({line[at] for line in lines})]
    if unknown := [name for name in names if name not in shares]:
        raise ValueError(f"The mart uncertainty says nothing of {unknown[0][1]}.")
    spread = NORMAL_95 if shape == "normal" else 0.95 * math.sqrt(3)
    column = {name: at for at, name in enumerate(names)}
    factor, data = (np.array([column[kind, line[at]] for line in lines], dtype=int) for at, kind in enumerate(kinds))
    weights = np.array([line[4] for line in lines])
    correlation = None
    if factor_correlation:
        is_factor = np.array([kind == "factor" for kind, _ in names])
        correlation = np.where(np.outer(is_factor, is_factor), factor_correlation, 0.0)
        np.fill_diagonal(correlation, 1.0)
    shown = [row for row in analytic if row[0] in SIMULATED_KINDS and row[2]]
    members = np.array(
        [
            [kind == "total" or line[2 if kind == "facility" else 3] == name for kind, name, *_ in shown]
            for line in lines
        ],
        dtype=float,
    )
    drawn = np.vstack(
        [
            (weights * off[:, factor] * off[:, data]) @ members
            for off in draws([Quantity(1.0, shares[name] / spread, shape) for name in names], count, seed, correlation)
        ]
    )
    lower, upper = np.quantile(drawn, [0.025, 0.975], axis=0)
    deviations = drawn.std(axis=0, ddof=1)
    found = [
        Simulated(kind, name, t, half, NORMAL_95 * deviations[at], lower[at], upper[at])
        for at, (kind, name, t, half, _) in enumerate(shown)
    ]
    return sorted(found, key=lambda one: (SIMULATED_KINDS.index(one.group_kind), -abs(one.co2e_t)))
