"""What a frame must be, as declared once: its columns, their types, and the checks that its rows keep.

A contract becomes a pandera schema (`Contract.schema`) where pandera judges by it. Pandera is imported then, because
that takes longer than to check a small file, and as where pandas is not installed: it takes pandas along wherever it
is, as it is with the library of the projection, which would cost another quarter of a second.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    import pandera.polars as pa


@dataclass(frozen=True)
class Check:
    """A check that reports breaches under a rule code. `holds` may read any column; null counts as kept."""

    rule: str
    holds: pl.Expr


@dataclass(frozen=True)
class ContractColumn:
    """A column of a contract: its type, whether it may be null, and the checks whose breaches are reported on it."""

    dtype: Any
    nullable: bool = True
    checks: tuple[Check, ...] = ()
    description: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Contract:
    """The columns of a frame, by name."""

    name: str
    columns: Mapping[str, ContractColumn]

    def schema(self) -> pa.DataFrameSchema:
        """The contract for pandera."""
        pa = pandera()
        return pa.DataFrameSchema(
            {
                name: pa.Column(
                    column.dtype,
                    nullable=column.nullable,
                    checks=[_pandera_check(pa, one) for one in column.checks],
                    description=column.description,
                    metadata=dict(column.metadata) or None,
                )
                for name, column in self.columns.items()
            },
            name=self.name,
        )


def _pandera_check(pa: ModuleType, one: Check) -> pa.Check:
    return pa.Check(lambda data: data.lazyframe.select(one.holds.alias("holds")), name=one.rule)


@cache
def pandera() -> ModuleType:
    """pandera for polars."""
    finder = _WithoutPandas()
    sys.meta_path.insert(0, finder)  # type: ignore[arg-type]
    try:
        import pandera.polars as pa

        # It imports Hypothesis, where it is installed, to make up data; nothing here makes any up.
        # With its first check it looks for pandas, and remembers that there is none.
        with _absent("hypothesis"):
            pa.DataFrameSchema({"a": pa.Column(int, pa.Check.ge(0))}).validate(pl.DataFrame({"a": [0]}))
    finally:
        sys.meta_path.remove(finder)  # type: ignore[arg-type]
    return pa


class _WithoutPandas:
    """A finder of modules that finds no pandas."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("No module named 'pandas'", name=name)


@contextlib.contextmanager
def _absent(module: str) -> Iterator[None]:
    """A module that nobody has imported yet counts as not installed."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None
    try:
        yield
    finally:
        del sys.modules[module]
