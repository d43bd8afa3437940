"""Contracts on whole polars frames: named checks in, failure cases out.

Every check sits on one column, also a rule between columns: pandera turns the failures of frame-wide checks into Python
dicts row by row, which takes minutes where this takes seconds.

Pandera runs its checks one by one, and almost all of them hold. So all are first asked at once whether they do, in one
query; pandera then finds the failure cases of those that do not.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from data_contracts.declarations.contracts import Check, Contract, pandera
from data_contracts.declarations.rules import RULES

FAILURE_SCHEMA = {"index": pl.Int32, "column": pl.String, "rule": pl.String}


def failures(contract: Contract, frame: pl.DataFrame, required: str = "required_cell") -> pl.DataFrame:
    """Everything the contract refuses: `index` (position in the frame), `column`, `rule`.

    `required` is the rule that nulls in required columns break. Raises AssertionError if the frame does not have the
    columns and types of the contract, which would be a mistake of this package and not of a sender.
    """
    broken = _broken(contract, frame)
    if not broken.columns:
        return pl.DataFrame(schema=FAILURE_SCHEMA)
    pa = pandera()
    from pandera.config import ValidationDepth, config_context

    # Validation can be switched off by an environment variable; a ledger must not accept everything because of it.
    with config_context(validation_enabled=True, validation_depth=ValidationDepth.SCHEMA_AND_DATA):
        try:
            broken.schema().validate(frame, lazy=True)
        except pa.errors.SchemaErrors as errors:
            cases = errors.failure_cases
        else:
            return pl.DataFrame(schema=FAILURE_SCHEMA)
    misfit = cases.filter(pl.col("index").is_null() | ~pl.col("check").is_in([*RULES, "not_nullable"]))
    if len(misfit):
        raise AssertionError(f"{contract.name} does not fit its frame: {misfit.row(0, named=True)}")
    return cases.select("index", "column", rule=pl.col("check").replace({"not_nullable": required}))


def _broken(contract: Contract, frame: pl.DataFrame) -> Contract:
    """Of a contract what does not hold on a frame: its columns that are absent, of another type or null where they may
    not be, and those with a check that some row breaks, with that check alone."""
    asked: list[pl.Expr] = []
    sound: dict[str, bool] = {}
    for name, column in contract.columns.items():
        sound[name] = name in frame.columns and column.dtype == frame.schema[name]
        if sound[name]:
            asked += [pl.col(name).null_count().eq(0).alias(f"{name} null")] if not column.nullable else []
            asked += [_holds(one).all().alias(f"{name} {at}") for at, one in enumerate(column.checks)]
    answers = frame.lazy().select(asked).collect().row(0, named=True) if asked else {}
    broken = {}
    for name, column in contract.columns.items():
        failed = tuple(one for at, one in enumerate(column.checks) if not answers.get(f"{name} {at}", False))
        if not sound[name] or failed or not answers.get(f"{name} null", True):
            broken[name] = replace(column, checks=failed)
    return Contract(contract.name, broken)


def _holds(one: Check) -> pl.Expr:
    """Whether a check holds, row by row; null counts as kept, as it does for pandera."""
    return one.holds.fill_null(True)
