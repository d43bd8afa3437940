"""What cannot be told from the cell alone: 1.234 among decimal commas, 04/05/2024 among days and months, $5 in an
amount of some currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from data_contracts.declarations.feeds import Feed
from data_contracts.declarations.vocabulary import Vocabulary
from data_contracts.readers.delivered_files import TEXT_MARK

_GROUPS = r"[0-9]{1,3}(?:%s[0-9]{3})"
# One group of three digits behind a comma or a point: thousands here, decimals there.
AMBIGUOUS = r"^[-+(]?\s?[1-9][0-9]{0,2}[.,][0-9]{3}\s?[-)]?$"
# Between tabs and bars a comma stays what it is elsewhere.
AMBIGUOUS_POINT = r"^[-+(]?\s?[1-9][0-9]{0,2}\.[0-9]{3}\s?[-)]?$"
# In workbooks a point comes from a typed number, unless the cell is marked as text.
AMBIGUOUS_TEXT = rf"^{TEXT_MARK}[-+(]?\s?[1-9][0-9]{{0,2}}\.[0-9]{{3}}\s?[-)]?$"
# A number written with any sign between its digits.
SIGNED = r"[0-9][., '’]+[0-9]"
# What a sheet with a column that can be read in two ways has at least one of: a comma, two points, a text.
TELLING = rf"[,{TEXT_MARK}]|\.[^.]*\."
AMBIGUOUS_COMMA = r"^[-+(]?\s?[1-9][0-9]{0,2},[0-9]{3}\s?[-)]?$"


def _written(decimal: str, group: str) -> str:
    """A number that can only have this decimal sign: by its groups, or because no group has so many digits."""
    grouped = _GROUPS % f"[{group} '’]"
    some = rf"{grouped}+{decimal}[0-9]+|{_GROUPS % group}{{2,}}"
    plain = rf"[0-9]*{decimal}(?:[0-9]{{1,2}}|[0-9]{{4,}})|[0-9]{{4,}}{decimal}[0-9]+|0[0-9]*{decimal}[0-9]+"
    return rf"^[-+(]?\s?(?:{some}|{plain})\s?[-)]?$"


DECIMAL_COMMA = _written(",", r"\.")
# Lakhs and crores, which stand beside a point.
INDIAN = r"^[-+(]?\s?[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}(?:\.[0-9]*)?\s?[-)]?$"
DECIMAL_POINT = _written(r"\.", ",") + "|" + INDIAN
# Where commas do not separate the cells, they may separate the decimals.
COMMA_SEPARATORS = (";", "\t", "|")
# Three decimals and no fewer, as business software prints quantities.
THREE_DECIMALS = r",[0-9]{3}\s?[-)]?$"
# Dates that can only be read with the day, or only with the month, first.
DAY_FIRST = r"^(?:1[3-9]|2[0-9]|3[01])[-/.](?:0?[1-9]|1[0-2])[-/.][0-9]{4}"
MONTH_FIRST = r"^(?:0?[1-9]|1[0-2])[-/.](?:1[3-9]|2[0-9]|3[01])[-/.][0-9]{4}"
YEAR_LAST = r"^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})"
DOTTED = r"^[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}"


@dataclass(frozen=True)
class Written:
    """How sheets are written, by their positions. unclear: column -> where a number such as 1.234 can mean two things;
    decimal_commas: where decimals stand behind a comma; three_decimals: column -> where of these they are always three;
    day_first, month_first: the order of dates that do not tell it themselves."""

    unclear: Mapping[str, pl.Series]
    decimal_commas: pl.Series
    three_decimals: Mapping[str, pl.Series]
    day_first: pl.Series
    month_first: pl.Series

    def with_points(self, column: str, text: pl.Series, sheet: pl.Series) -> pl.Series:
        """Numbers with a decimal comma as the same numbers with a decimal point."""
        if not sheet.is_in(self.decimal_commas.implode()).any():
            return text
        cell, none = pl.col("text"), pl.Series([], dtype=pl.UInt32)
        always = pl.col("sheet").is_in(self.three_decimals.get(column, none).implode())
        swapped = cell.str.contains(DECIMAL_COMMA) | (always & cell.str.contains(AMBIGUOUS_COMMA))
        return pl.DataFrame({"text": text, "sheet": sheet}).select(
            pl.when(pl.col("sheet").is_in(self.decimal_commas.implode()) & swapped)
            .then(cell.str.replace_all(r"[. '’]([0-9])", "$1").str.replace(",", "."))
            .otherwise(cell)
        )["text"]

    def orders(self, sheet: pl.Series) -> bool:
        """Whether one of the sheets tells the order of dates."""
        return sheet.is_in(pl.concat([self.day_first, self.month_first]).implode()).any()

    def year_first(self, text: pl.Series, sheet: pl.Series) -> pl.Series:
        """Dates that end with their year, in the order of their sheet, as dates that begin with it."""
        if not self.orders(sheet):
            return text
        cell = pl.col("text")
        return pl.DataFrame({"text": text, "sheet": sheet}).select(
            pl.when(pl.col("sheet").is_in(self.day_first.implode()))
            .then(cell.str.replace(YEAR_LAST, "$3-$2-$1"))
            .when(pl.col("sheet").is_in(self.month_first.implode()))
            .then(cell.str.replace(YEAR_LAST, "$3-$1-$2"))
            .otherwise(cell)
        )["text"]


class Styles:
    """How the numbers and dates of each column and sheet are written, learnt from all of its rows, whatever the
    pieces."""

    def __init__(self, feed: Feed, in_pieces: bool) -> None:
        self._in_pieces = in_pieces
        self._columns = [column.name for column in feed.columns if column.kind == "number"]
        self._dates = [column.name for column in feed.columns if column.kind == "date"]
        self._seen: list[pl.DataFrame] = []
        self._ordered: list[pl.DataFrame] = []

    def add(self, data: pl.DataFrame) -> None:
        """Rows with `sheet` and `separator`."""
        # Without any of these signs, or a separator that leaves the comma free, every point is decimal.
        is_open = self._in_pieces or data["separator"].is_in(COMMA_SEPARATORS).any()
        for name in self._columns:
            if not is_open and not data[name].str.contains(TELLING).any():
                continue
            text = pl.col(name)
            seen = data.group_by("sheet").agg(
                ambiguous=text.str.contains(AMBIGUOUS).any(),
                comma=text.str.contains(DECIMAL_COMMA).any(),
                point=text.str.contains(DECIMAL_POINT).any(),
                marked=text.str.contains(AMBIGUOUS_TEXT).sum(),
                between=text.str.contains(AMBIGUOUS_POINT).sum(),
                signed=text.str.contains(SIGNED).sum(),
                three=(text.str.contains(THREE_DECIMALS) | text.is_null()).all(),
                separator=pl.col("separator").first(),
            )
            self._seen.append(seen.with_columns(column=pl.lit(name)))
        for name in self._dates:
            text = pl.col(name)
            ordered = (
                data.select("sheet", name)
                .unique()
                .group_by("sheet")
                .agg(
                    day=text.str.contains(DAY_FIRST).any(),
                    month=text.str.contains(MONTH_FIRST).any(),
                    dotted=text.str.contains(DOTTED).any(),
                )
            )
            self._ordered.append(ordered)

    def written(self) -> Written:
        """What all rows say."""
        sheets = {"sheet": pl.UInt32, "comma": pl.Boolean, "point": pl.Boolean, "three": pl.Boolean}
        seen = pl.concat(self._seen) if self._seen else pl.DataFrame(schema=sheets | {"separator": pl.String})
        commas = (
            seen.group_by("sheet")
            .agg(pl.col("comma", "point").any(), pl.col("separator").first())
            .filter(pl.col("comma") & ~pl.col("point") & pl.col("separator").is_in(COMMA_SEPARATORS))["sheet"]
        )
        three = (
            seen.filter(pl.col("sheet").is_in(commas.implode()))
            .group_by("column", "sheet")
            .agg(pl.col("three").all())
            .filter("three")
            if len(commas)
            else pl.DataFrame(schema={"column": pl.String, "sheet": pl.UInt32})
        )
        order = {"sheet": pl.UInt32, "day": pl.Boolean, "month": pl.Boolean, "dotted": pl.Boolean}
        ordered = pl.concat(self._ordered) if self._ordered else pl.DataFrame(schema=order)
        # Where decimals stand behind a comma, dates with points begin with the day.
        local = pl.col("dotted") & pl.col("sheet").is_in(commas.implode())
        ordered = ordered.group_by("sheet").agg(pl.col("day", "month", "dotted").any())
        day = ordered.filter((pl.col("day") | local) & ~pl.col("month"))["sheet"]
        month = ordered.filter(pl.col("month") & ~pl.col("day") & ~local)["sheet"]
        by_column = {name: rows["sheet"] for (name,), rows in three.partition_by("column", as_dict=True).items()}
        return Written(self._unclear(), commas, by_column, day, month)

    def _unclear(self) -> dict[str, pl.Series]:
        """Column -> the sheets in which a number such as 1.234 or 1,234 can mean two things, because others of the
        column have a decimal comma, or because the file is separated by semicolons, as where commas are decimal, and
        nothing else says otherwise. Between tabs or bars, and in text cells of a workbook, several such
        numbers are unclear where no number of the column is written in another way."""
        if not self._seen:
            return {}
        styles = (
            pl.concat(self._seen)
            .group_by("column", "sheet")
            .agg(
                pl.col("ambiguous", "comma", "point").any(),
                pl.col("marked", "between", "signed").sum(),
                pl.col("separator").first(),
            )
        )
        separator = pl.col("separator").fill_null("")
        between_tabs = separator.is_in(["\t", "|"]) & (pl.col("between") > 1) & (pl.col("between") == pl.col("signed"))
        in_texts = (pl.col("marked") > 1) & (pl.col("marked") == pl.col("signed"))
        semicolons = (separator == ";") & ~pl.col("point")
        commas = styles.filter((pl.col("ambiguous") & (pl.col("comma") | semicolons)) | between_tabs | in_texts)
        return {name: rows["sheet"] for (name,), rows in commas.partition_by("column", as_dict=True).items()}


def is_ambiguous(column: str, written: Written) -> pl.Expr:
    """Whether a cell of a column is ambiguous."""
    text, none = pl.col(column), pl.Series([], dtype=pl.UInt32)
    sheets, three = written.unclear.get(column, none), written.three_decimals.get(column, none)
    pattern = (
        pl.when("serials")
        .then(text.str.contains(AMBIGUOUS_COMMA) | text.str.contains(AMBIGUOUS_TEXT))
        .when(pl.col("separator").is_in(["\t", "|"]) & ~pl.col("sheet").is_in(written.decimal_commas.implode()))
        .then(text.str.contains(AMBIGUOUS_POINT))
        .when(pl.col("sheet").is_in(three.implode()))
        .then(text.str.contains(AMBIGUOUS_POINT))
        .otherwise(text.str.contains(AMBIGUOUS))
    )
    return (pl.col("sheet").is_in(sheets.implode()) & pattern).fill_null(False)


# --- amounts with a sign ------------------------------------------------------------------------------------------

_SIGN = r"(?:[A-Z]{1,2}[$¥£]|[$€£¥￥]|元|[A-Z]{3})"
_BEFORE = rf"^([-+(]?)\s?({_SIGN})\s?([-(]?[0-9.].*)$"
_BEHIND = rf"^(.*[0-9.)-])\s?({_SIGN})$"
# Signs that several currencies share, by what their English names end with.
SHARED = {"$": "Dollar|Peso", "£": "Pound", "¥": "Yuan|Yen", "￥": "Yuan|Yen"}


def split_sign(text: pl.Series) -> tuple[pl.Series, pl.Series] | None:
    """Amounts without their currency sign, and the signs; None where there are none."""
    if not text.str.contains(r"[$€£¥￥元A-Z]").any():
        return None
    cell = pl.col("text")
    parts = pl.DataFrame({"text": text}).select(
        text=pl.coalesce(
            pl.concat_str(cell.str.extract(_BEFORE, 1), cell.str.extract(_BEFORE, 3)),
            cell.str.extract(_BEHIND, 1),
            cell,
        ),
        sign=pl.coalesce(cell.str.extract(_BEFORE, 2), cell.str.extract(_BEHIND, 2)),
    )
    return parts["text"], parts["sign"]


def check_signs(feed: Feed, typed: pl.DataFrame, vocabulary: Vocabulary) -> pl.DataFrame:
    """A fault where the sign of an amount is not that of the row's currency, or the row gives none."""
    for column in feed.columns:
        sign, fault = f"{column.name}__sign", f"{column.name}__fault"
        if sign not in typed.columns:
            continue
        named = vocabulary.units.filter(pl.col("unit").is_in(vocabulary.currencies["code"].implode()))
        shared = [
            named.filter(pl.col("name_en").str.contains(rf"(?:{names})$")).select(sign=pl.lit(text), code="unit")
            for text, names in SHARED.items()
        ]
        signs = typed.select(sign=sign).drop_nulls().unique()["sign"]
        own = pl.DataFrame({"sign": signs, "code": vocabulary.resolve_currency(signs)["value"]})
        known = pl.concat([*shared, own.drop_nulls()]).with_columns(fits=pl.lit(True))
        fits = typed.select(sign=sign, code="currency").join(
            known.unique(), on=["sign", "code"], how="left", maintain_order="left"
        )["fits"]
        wrong = pl.col(sign).is_not_null() & pl.col(fault).is_null() & fits.is_null()
        typed = typed.with_columns(pl.when(wrong).then(pl.lit("currency_sign")).otherwise(fault).alias(fault))
    return typed


# --- reference tables ---------------------------------------------------------------------------------------------


def unclear_points(text: pl.Series, separator: str | None) -> pl.Series:
    """The cells of a column of a table that can be read as two numbers, as in a delivery (`Styles`)."""
    if separator == ";" and not text.str.contains(DECIMAL_POINT).any():
        return text.str.contains(AMBIGUOUS).fill_null(False)
    between = text.str.contains(AMBIGUOUS_POINT).fill_null(False)
    if separator in ("\t", "|") and between.sum() == text.str.contains(SIGNED).sum() > 1:
        return between
    return pl.Series([False]).new_from_index(0, len(text))
