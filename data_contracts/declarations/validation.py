"""pandera on whole polars frames: named checks in, failure cases out.

Every check sits on one column, also a rule between columns: pandera turns the failures of frame-wide checks into Python
dicts row by row, which takes minutes where this takes seconds.

Pandera runs its checks one by one, and almost all of them hold. So all are first asked at once whether they do, in one
query; pandera then finds the failure cases of those that do not.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from functools import cache

import polars as pl
from pandera.config import ValidationDepth, config_context

from data_contracts.declarations.contracts import pa
from data_contracts.declarations.rules import RULES

HOLDS = "holds"
FAILURE_SCHEMA = {"index": pl.Int32, "column": pl.String, "rule": pl.String}


def check(rule: str, holds: pl.Expr) -> pa.Check:
    """A check that reports breaches under a rule code. `holds` may read any column; null counts as kept."""
    return pa.Check(lambda data: data.lazyframe.select(holds.alias("holds")), name=rule, statistics={HOLDS: holds})


def failures(schema: pa.DataFrameSchema, frame: pl.DataFrame, required: str = "required_cell") -> pl.DataFrame:
    """Everything the schema refuses: `index` (position in the frame), `column`, `rule`.

    `required` is the rule that nulls in required columns break. Raises AssertionError if the frame does not have the
    columns and types of the schema, which would be a mistake of this package and not of a sender.
    """
    broken = _broken(schema, frame)
    if not broken.columns:
        return pl.DataFrame(schema=FAILURE_SCHEMA)
    _register_backends()
    # Validation can be switched off by an environment variable; a ledger must not accept everything because of it.
    with config_context(validation_enabled=True, validation_depth=ValidationDepth.SCHEMA_AND_DATA):
        try:
            broken.validate(frame, lazy=True)
        except pa.errors.SchemaErrors as errors:
            cases = errors.failure_cases
        else:
            return pl.DataFrame(schema=FAILURE_SCHEMA)
    misfit = cases.filter(pl.col("index").is_null() | ~pl.col("check").is_in([*RULES, "not_nullable"]))
    if len(misfit):
        raise AssertionError(f"{schema.name} does not fit its frame: {misfit.row(0, named=True)}")
    return cases.select("index", "column", rule=pl.col("check").replace({"not_nullable": required}))


def _broken(schema: pa.DataFrameSchema, frame: pl.DataFrame) -> pa.DataFrameSchema:
    """Of a schema what does not hold on a frame: its columns that are absent, of another type or null where they may
    not be, and those with a check that some row breaks, with that check alone."""
    asked: list[pl.Expr] = []
    sound: dict[str, bool] = {}
    for name, column in schema.columns.items():
        sound[name] = name in frame.columns and column.dtype.type == frame.schema[name]
        if sound[name]:
            asked += [pl.col(name).null_count().eq(0).alias(f"{name} null")] if not column.nullable else []
            asked += [_holds(one).all().alias(f"{name} {at}") for at, one in enumerate(column.checks)]
    answers = frame.lazy().select(asked).collect().row(0, named=True) if asked else {}
    broken = {}
    for name, column in schema.columns.items():
        failed = [one for at, one in enumerate(column.checks) if not answers.get(f"{name} {at}", False)]
        if not sound[name] or failed or not answers.get(f"{name} null", True):
            broken[name] = pa.Column(column.dtype.type, nullable=column.nullable, checks=failed)
    return pa.DataFrameSchema(broken, name=schema.name)


def _holds(one: pa.Check) -> pl.Expr:
    """Whether a check holds, row by row; null counts as kept, as it does for pandera."""
    return one.statistics[HOLDS].fill_null(True)


@cache
def _register_backends() -> None:
    """Pandera imports Hypothesis, where it is installed, to make up data; nothing here makes any up, and it would take
    a fifth of a check."""
    with _absent("hypothesis"):
        pa.DataFrameSchema({}).validate(pl.DataFrame())


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
