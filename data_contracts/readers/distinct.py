"""A column by its distinct texts: what is to be said of a text is worked out once, however often it stands there."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

SAMPLE = 1_000
# Fewer dates are written one by one.
FEW_DATES = 2_000


def repeats(text: pl.Series) -> bool:
    """Whether few texts stand in a column, as its first rows show it."""
    return text.head(SAMPLE).n_unique() * 2 <= SAMPLE


@dataclass(frozen=True)
class Distinct:
    """text: the column; values: the different texts; at: of each row the position of its text among them (UInt32), null
    where it is empty."""

    text: pl.Series
    values: pl.Series
    at: pl.Series

    @classmethod
    def of(cls, text: pl.Series) -> Distinct:
        # Categories of its own, which live as long as the series: the codes of shared ones would not be positions.
        kind = pl.Categorical(pl.Categories.random())
        coded = text.cast(kind)
        at = coded.to_physical()
        count = at.max()
        codes = pl.int_range(0 if count is None else count + 1, dtype=pl.UInt32, eager=True)
        return cls(text, codes.cat.to(kind).cast(pl.String), at)

    def spread(self, said: pl.DataFrame) -> pl.DataFrame:
        """What is said of the values (a row for each), for each row. Mostly some columns say nothing, and one the value
        itself: these need not be looked up."""
        nothing = pl.Series([None]).new_from_index(0, len(self.text))
        found = {
            column.name: nothing.cast(column.dtype).alias(column.name)
            if column.null_count() == len(column)
            else self.text.alias(column.name)
            for column in said.iter_columns()
            if column.null_count() == len(column) or column.equals(self.values, check_dtypes=True)
        }
        looked_up = said.select(pl.exclude(list(found)).gather(self.at)) if len(found) < said.width else pl.DataFrame()
        return pl.DataFrame([found[name] if name in found else looked_up[name] for name in said.columns])


def dates_as_text(days: pl.Series) -> pl.Series:
    """Dates as YYYY-MM-DD, each day between the first and the last written once."""
    if len(days) < FEW_DATES:
        return days.cast(pl.String)
    numbers = days.to_physical()
    first, last = numbers.min(), numbers.max()
    if first is None or last - first > len(days):
        return days.cast(pl.String)
    written = pl.int_range(first, last + 1, dtype=pl.Int32, eager=True).cast(pl.Date).cast(pl.String)
    return written.gather(numbers - first).alias(days.name)
