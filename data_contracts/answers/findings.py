"""Findings on rows: their messages, and how many of them are listed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import polars as pl

from data_contracts.declarations.feeds import Column, Feed
from data_contracts.declarations.rules import LONGEST_VALUE, OWN_WORDS, PLACEHOLDER, RULES, fill
from data_contracts.readers.delivered_files import SOURCE_ROW

# Findings listed per rule, column and sheet; more are counted.
FINDINGS_LISTED = 10_000

FINDING_SCHEMA: dict[str, pl.DataType] = {
    "load_id": pl.String(),
    "submission_id": pl.String(),
    "feed": pl.String(),
    "source_sheet": pl.String(),
    "source_row": pl.Int32(),
    "column_name": pl.String(),
    "source_value": pl.String(),
    "rule": pl.String(),
    "severity": pl.String(),
    "facility_id": pl.String(),
    "period": pl.Date(),
    "message_en": pl.String(),
    "message_zh": pl.String(),
}

# The same before it is known where the rows come from: `row` and `sheet` as in the frame of the feed.
FOUND = {
    name: dtype
    for name, dtype in FINDING_SCHEMA.items()
    if name not in ("load_id", "submission_id", "feed", "source_sheet")
} | {"row": pl.UInt32(), "sheet": pl.UInt32()}


def findings_on(
    rows: pl.DataFrame,
    rule: str,
    column: Column | None,
    *,
    value: str | None = None,
    constants: Mapping[str, str] | None = None,
    columns: Sequence[str] = (),
    shorten: bool = True,
) -> pl.DataFrame:
    """Findings on rows that carry `row`, `sheet`, `source_row`. `columns`: frame columns the message is filled from,
    `value` besides, from the column of that argument unless it is one of them;
    `shorten`: whether long ones are cut."""
    if rows.is_empty():
        return pl.DataFrame(schema=FOUND)
    fixed = {**(constants or {})}
    known = RULES[rule]
    # A feed may have a column of that name.
    if value is not None and "value" not in columns:
        rows = rows.with_columns(value=pl.col(value))
    fillable = {*columns, "value"} & set(rows.columns)
    return rows.select(
        pl.col(SOURCE_ROW).alias("source_row"),
        column_name=pl.lit(column.name if column else None, dtype=pl.String),
        source_value=pl.col(value) if value else pl.lit(None, dtype=pl.String),
        rule=pl.lit(rule),
        severity=pl.lit(known.severity),
        facility_id=pl.col("facility_id") if "coverage_start" in rows.columns else pl.lit(None, dtype=pl.String),
        period=pl.col("coverage_start").dt.month_start()
        if "coverage_start" in rows.columns
        else pl.lit(None, dtype=pl.Date),
        message_en=fill_expression(known.en, fixed | {"column": column.label_en if column else ""}, fillable, shorten),
        message_zh=fill_expression(known.zh, fixed | {"column": column.label_zh if column else ""}, fillable, shorten),
        row="row",
        sheet="sheet",
    ).select(pl.col(name).cast(dtype) for name, dtype in FOUND.items())


def fill_expression(
    template: str, constants: Mapping[str, str], columns: Collection[str], shorten: bool = True
) -> pl.Expr:
    """The template as a polars expression: `constants` are literal, `columns` are read from the frame; what senders
    wrote is cut where `shorten` says so. Raises KeyError for a placeholder that neither fills."""
    parts: list[pl.Expr] = []
    position = 0
    for match in PLACEHOLDER.finditer(template):
        parts.append(pl.lit(template[position : match.start()]))
        name = match.group(1)
        if name in columns:
            text = pl.col(name).cast(pl.String)
            shortened = pl.concat_str(text.str.slice(0, LONGEST_VALUE), pl.lit("…"))
            cut = text.str.len_chars() > LONGEST_VALUE if shorten and name not in OWN_WORDS else pl.lit(False)
            parts.append(pl.when(cut).then(shortened).otherwise(text).fill_null(""))
        else:
            parts.append(pl.lit(constants[name] or ""))
        position = match.end()
    parts.append(pl.lit(template[position:]))
    return pl.concat_str(parts)


class Listing:
    """The findings on the rows of a feed: those that are listed, and how many more there are per rule and sheet."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._frames: list[pl.DataFrame] = [pl.DataFrame(schema=FOUND)]
        self._seen: dict[tuple[str, str | None, int], int] = {}
        self._listed: dict[tuple[str, str | None, int], int] = {}

    def take(self, rule: str, column: Column | None, rows: pl.DataFrame) -> pl.DataFrame:
        """Those of the rows that are to be listed: the first of a sheet, and of the rest one per facility and month,
        so that no gap loses its cause. The others are counted."""
        if rows.is_empty():
            return rows
        name = column.name if column else None
        counts = dict(rows.group_by("sheet").len().iter_rows())
        full = {sheet: self._seen.get((rule, name, sheet), 0) for sheet in counts}
        for sheet, count in counts.items():
            self._seen[rule, name, sheet] = full[sheet] + count
        if all(full[sheet] + count <= FINDINGS_LISTED for sheet, count in counts.items()):
            listed = rows
        else:
            before = pl.col("sheet").replace_strict(full, return_dtype=pl.Int64)
            ranked = rows.with_columns(rank=before + pl.int_range(pl.len()).over("sheet"))
            first = pl.col("rank") < FINDINGS_LISTED
            month = [pl.col("facility_id"), pl.col("coverage_start").dt.month_start()]
            kept = first
            if "coverage_start" in rows.columns:
                kept = first | pl.struct("sheet", first, *month).is_first_distinct()
            listed = ranked.filter(kept).drop("rank")
        for sheet, count in listed.group_by("sheet").len().iter_rows():
            self._listed[rule, name, sheet] = self._listed.get((rule, name, sheet), 0) + count
        return listed

    def add(self, found: pl.DataFrame) -> None:
        self._frames.append(found)

    def found(self) -> list[pl.DataFrame]:
        """Everything listed, and a finding for each rule that has more."""
        more = [
            (rule, self._feed.by_name[column] if column else None, sheet, count, self._listed[rule, column, sheet])
            for (rule, column, sheet), count in self._seen.items()
            if count > self._listed.get((rule, column, sheet), 0)
        ]
        return [*self._frames, *(_further(*one) for one in more)]


def _further(rule: str, column: Column | None, sheet: int, count: int, listed: int) -> pl.DataFrame:
    known = RULES["further_findings"]
    values = {"value": rule, "rows": f"{count - listed:,}", "listed": f"{listed:,}"}
    values |= {
        "where_en": f" in {column.label_en}" if column else "",
        "where_zh": f"（{column.label_zh}）" if column else "",
    }
    found = {
        "column_name": column.name if column else None,
        "source_value": rule,
        "rule": known.code,
        "severity": RULES[rule].severity,
        "message_en": fill(known.en, values),
        "message_zh": fill(known.zh, values),
        "sheet": sheet,
    }
    return pl.DataFrame([found], schema=FOUND)
