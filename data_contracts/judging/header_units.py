"""Units in headers: 用电量（万kWh） gives the rows below it their unit, and must not contradict them."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

import polars as pl

from data_contracts.answers.findings import FOUND, findings_on
from data_contracts.declarations.feeds import Column, Feed
from data_contracts.declarations.vocabulary import GROSS, GROSS_ALONE, NET, NET_ALONE, Vocabulary

# Of a factor (kgCO2e/kWh) the mass of gas is what must be right.
OF_GAS = r"(?i)\s*CO2.*$"
CURRENCY = "^[A-Z]{3}$"


@dataclass(frozen=True)
class HeaderUnits:
    """What the headers of the sheets of one feed say beside the names of number columns.

    said: sheet, column, header, and, where it is a unit, its code, dimension, size (to_base) and whether it says a
    calorific value; energy: the spellings of units of energy that say none.
    """

    feed: Feed
    said: pl.DataFrame
    own: pl.DataFrame
    energy: pl.Series
    _filled: list[tuple[Column, pl.DataFrame]] = field(default_factory=list)

    @classmethod
    def build(cls, feed: Feed, headers: pl.DataFrame, vocabulary: Vocabulary) -> HeaderUnits:
        nothing = dict.fromkeys(("column", "header", "dimension", "code", "size"), pl.String)
        if headers.is_empty():
            own = pl.DataFrame(schema={"column": pl.String, "unit": pl.String, "own": pl.String})
            none = pl.Series([], dtype=pl.String)
            return cls(feed, pl.DataFrame(schema={"sheet": pl.UInt32, **nothing, "is_by_value": pl.Boolean}), own, none)
        sizes = vocabulary.units.select(code="unit", size="to_base")
        unit = pl.col("header").str.replace(OF_GAS, "")
        answers = vocabulary.resolve_unit(headers.select(unit).to_series()).select("dimension", code="value")
        said = pl.concat([headers, answers], how="horizontal")
        said = said.with_columns(is_by_value=pl.col("code").str.contains(r" \((?:gross|net)\)$").fill_null(False))
        fixed = pl.DataFrame(
            {
                "column": [column.name for column in feed.columns if column.unit],
                "unit": [re.sub(OF_GAS, "", column.unit) for column in feed.columns if column.unit],
            },
            schema={"column": pl.String, "unit": pl.String},
        )
        expected = vocabulary.resolve_unit(fixed["unit"])["value"]
        own = fixed.with_columns(own=expected).filter(~pl.col("unit").is_in(["unit", "currency"]))
        codes = vocabulary.units.filter(pl.col("dimension") == "energy")["unit"]
        energy = vocabulary.unit_names.filter(pl.col("code").is_in(codes.implode()))["key"]
        return cls(feed, said.join(sizes, on="code", how="left", maintain_order="left"), own, energy)

    def fill(self, data: pl.DataFrame, with_units: Collection[int]) -> pl.DataFrame:
        """The rows with the unit or currency of a header where their own cell is empty. with_units: the sheets of which
        some row has a unit of its own."""
        if self.said.is_empty():
            return data
        for column in self.feed.columns:
            said = self.said.filter(pl.col("column") == column.name)
            if said.is_empty() or column.unit not in ("unit", "currency"):
                continue
            target = column.unit
            if target == "unit" and column.name != self.feed.measured:
                continue
            if target == "unit":
                data = self._with_calorific_value(data, said)
            # A word that is no unit counts only where nothing else could; then it is refused as a unit.
            empty = pl.col(target).is_null()
            usable = pl.col("dimension").is_not_null() | ~pl.col("sheet").is_in(list(with_units))
            supplied = pl.col("header")
            if target == "currency":
                usable, supplied = pl.col("dimension").str.contains(CURRENCY).fill_null(False), pl.col("dimension")
            joined = data.join(said.drop("column"), on="sheet", how="left", maintain_order="left")
            fills = pl.col("header").is_not_null() & empty & pl.col(column.name).is_not_null() & usable
            joined = joined.with_columns(fills=fills).with_columns(
                pl.when("fills").then(supplied).otherwise(target).alias(target)
            )
            self._filled.append(
                (column, joined.filter("fills").group_by("sheet", "header", maintain_order=True).len("rows"))
            )
            data = joined.select(data.columns)
        return data

    def _with_calorific_value(self, data: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
        """The rows with the calorific value that their header speaks of (gross CV, kWh Hs) behind their unit of energy,
        where they do not say it themselves."""
        header = pl.col("header")
        basis = (
            pl.when(header.str.contains(GROSS_ALONE) | header.str.contains(GROSS))
            .then(pl.lit(" (gross)"))
            .when(header.str.contains(NET_ALONE) | header.str.contains(NET))
            .then(pl.lit(" (net)"))
        )
        # A bare `gross` or `net` is one of mass or money as well: it counts only behind a unit of energy.
        said = said.filter(header.str.contains(GROSS_ALONE) | header.str.contains(NET_ALONE) | pl.col("is_by_value"))
        said = said.select("sheet", basis=basis).drop_nulls()
        if said.is_empty():
            return data
        units = pl.col("unit").is_in(self.energy.implode())
        joined = data.join(said, on="sheet", how="left", maintain_order="left")
        return joined.with_columns(
            pl.when(units & pl.col("basis").is_not_null())
            .then(pl.concat_str("unit", "basis"))
            .otherwise("unit")
            .alias("unit")
        ).select(data.columns)

    def filled(self) -> pl.DataFrame:
        """A finding per sheet and column whose header has filled cells."""
        found = [pl.DataFrame(schema=FOUND)]
        for column in self.feed.columns:
            counted = [rows for known, rows in self._filled if known == column]
            if counted:
                rows = pl.concat(counted).group_by("sheet", "header", maintain_order=True).agg(pl.col("rows").sum())
                rows = rows.with_columns(row=pl.lit(None, dtype=pl.UInt32), source_row=pl.lit(None, dtype=pl.Int32))
                found.append(findings_on(rows, "unit_from_header", column, value="header", columns=("rows",)))
        return pl.concat(found)

    def apply(self, typed: pl.DataFrame) -> pl.DataFrame:
        """Typed rows with amounts multiplied by what their header says (万元), and a fault where header and row, or
        header and column, speak of different units."""
        for name in self.said["column"].unique(maintain_order=True):
            column = self.feed.by_name[name]
            said = self.said.filter((pl.col("column") == name) & pl.col("code").is_not_null())
            if said.is_empty():
                continue
            facts = typed.select("sheet").join(
                said.select("sheet", "header", "code", "dimension", "size"),
                on="sheet",
                how="left",
                maintain_order="left",
            )
            value, fault = pl.col(name), pl.col(f"{name}__fault")
            match column.unit:
                case "unit":
                    expected, needs = pl.col("code"), pl.col("unit")
                case "currency":
                    is_money = pl.col("dimension").str.contains(CURRENCY) & pl.col("size").str.contains("^[0-9]+$")
                    expected, needs = pl.when(is_money).then("dimension").otherwise("code"), pl.col("currency")
                    factor = pl.when(is_money).then("size").otherwise(pl.lit("1"))
                    scaled = value.cast(pl.Decimal(38, 9)) * factor.cast(pl.Decimal(18, 0))
                    fits = scaled.abs() < pl.lit("9" * 13).cast(pl.Decimal(38, 9))
                    fault = pl.when(value.is_not_null() & ~fits).then(pl.lit("number_out_of_range")).otherwise(fault)
                    value = pl.when(fits).then(scaled).cast(column.dtype)
                case _:
                    own = self.own.filter(pl.col("column") == name)["own"].to_list()[:1]
                    expected, needs = pl.col("code"), pl.lit(own[0] if own else None, dtype=pl.String)
            conflict = pl.col(name).is_not_null() & (expected != needs).fill_null(False)
            typed = (
                pl.concat([typed, facts.drop("sheet")], how="horizontal")
                .with_columns(
                    value.alias(name),
                    pl.when(conflict).then(pl.lit("header_unit_conflict")).otherwise(fault).alias(f"{name}__fault"),
                    pl.col("header").alias(f"{name}__header"),
                    needs.alias(f"{name}__expected"),
                )
                .drop("header", "code", "dimension", "size")
            )
        return typed

    def scaled(self) -> pl.DataFrame:
        """A finding for each column of amounts that was multiplied."""
        found = [pl.DataFrame(schema=FOUND)]
        if self.said.is_empty():
            return found[0]
        for column in self.feed.columns:
            if column.unit == "currency":
                said = self.said.filter(
                    (pl.col("column") == column.name)
                    & pl.col("dimension").str.contains(CURRENCY)
                    & (pl.col("size") != "1")
                ).with_columns(
                    row=pl.lit(None, dtype=pl.UInt32), source_row=pl.lit(None, dtype=pl.Int32), factor="size"
                )
                found.append(findings_on(said, "scaled_by_header", column, value="header", columns=("factor",)))
        return pl.concat(found)
