"""What was read otherwise than it is written: 1,234.5, 2024年3月, 万kWh. One finding per sheet keeps the record.

Names of activity types and choices are no normalisation: their Chinese, English and coded forms are all as good. What
names were understood as that were read by words stands in a finding of its own.
"""

from __future__ import annotations

import polars as pl

from data_contracts.answers.findings import FOUND, findings_on
from data_contracts.declarations.feeds import Column, Feed, plain_number
from data_contracts.readers.distinct import dates_as_text

KINDS = ("number", "date", "period", "facility", "unit", "currency")
PLAIN_NUMBER = r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$"
LONGEST_EXAMPLE = 30
NAMES_LISTED = 40
READ = "activity_type__by_words"
# What a bottle of the row holds, which its quantities were multiplied by.
FILL = "unit__fill"
_FILLED = pl.col(FILL).is_not_null()


class Normalised:
    """Counts, per sheet and column, the cells of valid rows that were read otherwise than written."""

    def __init__(self, feed: Feed) -> None:
        self._columns = [column for column in feed.columns if column.kind in KINDS]
        self._counted: list[pl.DataFrame] = []
        self._names: list[pl.DataFrame] = []

    def add(self, valid: pl.DataFrame) -> None:
        if FILL not in valid.columns:
            valid = valid.with_columns(pl.lit(None, dtype=pl.String).alias(FILL))
        days = [column.name for column in self._columns if column.kind == "date"]
        plain = valid.with_columns(dates_as_text(valid[name]) for name in days)
        differ = plain.select(_differs(column).any().alias(column.name) for column in self._columns).row(0, named=True)
        self._counted += [_changed(column, valid) for column in self._columns if differ[column.name]]
        if READ in valid.columns and valid[READ].any():
            read = valid.filter(READ).group_by("sheet", "activity_type__text", "activity_type", maintain_order=True)
            self._names.append(read.agg(cells=pl.len()))

    def names(self) -> pl.DataFrame:
        """What the names of each sheet were understood as that were read by words."""
        if not self._names:
            return pl.DataFrame(schema=FOUND)
        by = ["sheet", "activity_type__text", "activity_type"]
        counted = pl.concat(self._names).group_by(by, maintain_order=True).agg(pl.col("cells").sum())
        name = pl.col("activity_type__text").str.slice(0, LONGEST_EXAMPLE)
        said = pl.format("'{}' → {} ({})", name, "activity_type", "cells")
        more = pl.when(pl.len() > NAMES_LISTED).then(pl.lit("; …")).otherwise(pl.lit(""))
        sheets = (
            counted.group_by("sheet", maintain_order=True)
            .agg(said.head(NAMES_LISTED).str.join("; ").alias("value"), more=more)
            .with_columns(
                pl.concat_str("value", "more"),
                row=pl.lit(None, dtype=pl.UInt32),
                source_row=pl.lit(None, dtype=pl.Int32),
            )
        )
        return findings_on(sheets, "names_read", None, value="value", shorten=False)

    def found(self) -> pl.DataFrame:
        if not self._counted:
            return pl.DataFrame(schema=FOUND)
        per_column = (
            pl.concat(self._counted)
            .group_by("sheet", "column", maintain_order=True)
            .agg(pl.col("cells").sum(), pl.col("text", "value").first())
        )
        example = [pl.col(name).str.slice(0, LONGEST_EXAMPLE) for name in ("text", "value")]
        said = pl.format("{}: {} ('{}' → {})", "column", "cells", *example)
        sheets = (
            per_column.group_by("sheet", maintain_order=True)
            .agg(said.str.join("; ").alias("value"))
            .with_columns(row=pl.lit(None, dtype=pl.UInt32), source_row=pl.lit(None, dtype=pl.Int32))
        )
        return findings_on(sheets, "read_otherwise", None, value="value", shorten=False)


def _differs(column: Column) -> pl.Expr:
    text = pl.col(f"{column.name}__text")
    if column.kind == "number":
        return ~text.str.contains(PLAIN_NUMBER) | (_FILLED if column.unit == "unit" else False)
    return text != pl.col(column.name).cast(pl.String)


def _changed(column: Column, valid: pl.DataFrame) -> pl.DataFrame:
    text, value = pl.col(f"{column.name}__text"), pl.col(column.name)
    value = plain_number(value) if column.kind == "number" else value.cast(pl.String)
    return (
        valid.filter(_differs(column))
        .group_by("sheet", maintain_order=True)
        .agg(cells=pl.len(), text=text.first(), value=value.first())
        .with_columns(column=pl.lit(column.name))
    )
