"""Numbers that cannot be told from the cell alone: 1.234 among decimal commas, $5 in an amount of some currency."""

from __future__ import annotations

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
AMBIGUOUS_COMMA = r"^[-+(]?\s?[1-9][0-9]{0,2},[0-9]{3}\s?[-)]?$"


def _written(decimal: str, group: str) -> str:
    """A number that can only have this decimal sign: by its groups, or because no group has so many digits."""
    grouped = _GROUPS % f"[{group} '’]"
    some = rf"{grouped}+{decimal}[0-9]+|{_GROUPS % group}{{2,}}"
    plain = rf"[0-9]*{decimal}(?:[0-9]{{1,2}}|[0-9]{{4,}})|[0-9]{{4,}}{decimal}[0-9]+|0[0-9]*{decimal}[0-9]+"
    return rf"^[-+(]?\s?(?:{some}|{plain})\s?[-)]?$"


DECIMAL_COMMA, DECIMAL_POINT = _written(",", r"\."), _written(r"\.", ",")


class Styles:
    """How the numbers of each column and sheet are written, learnt from all of its rows, whatever the pieces."""

    def __init__(self, feed: Feed) -> None:
        self._columns = [column.name for column in feed.columns if column.kind == "number"]
        self._seen: list[pl.DataFrame] = []

    def add(self, data: pl.DataFrame) -> None:
        """Rows with `sheet` and `separator`."""
        for name in self._columns:
            text = pl.col(name)
            seen = data.group_by("sheet").agg(
                ambiguous=text.str.contains(AMBIGUOUS).any(),
                comma=text.str.contains(DECIMAL_COMMA).any(),
                point=text.str.contains(DECIMAL_POINT).any(),
                marked=text.str.contains(AMBIGUOUS_TEXT).sum(),
                between=text.str.contains(AMBIGUOUS_POINT).sum(),
                signed=text.str.contains(SIGNED).sum(),
                separator=pl.col("separator").first(),
            )
            self._seen.append(seen.with_columns(column=pl.lit(name)))

    def decimal_commas(self) -> dict[str, pl.Series]:
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


def is_ambiguous(text: pl.Expr, sheets: pl.Series) -> pl.Expr:
    """Whether a cell of such a column is ambiguous."""
    pattern = (
        pl.when("serials")
        .then(text.str.contains(AMBIGUOUS_COMMA) | text.str.contains(AMBIGUOUS_TEXT))
        .when(pl.col("separator").is_in(["\t", "|"]))
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
