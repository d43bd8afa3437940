"""Rows that sum up others: what they say, and where they may say it."""

from __future__ import annotations

import polars as pl

from data_contracts.declarations.feeds import Column, Feed
from data_contracts.declarations.vocabulary import Vocabulary, name_key
from data_contracts.readers.delivered_files import FIRST_CELL
from data_contracts.readers.distinct import repeats

TOTAL_LABEL = "total_label"

_SUMS = "合计|总计|小计|共计|累计|总和|汇总|求和"
# In the languages of other plants; nothing else begins with them.
_SUMS_ABROAD = (
    r"zwischensummen?|gesamt(?:summe|ergebnis)?|[a-z]{0,10}summe|sumas?|somme|sous-?total|subtotale?|totale|totalgeneral|total(?:es)?"
    r"|tổngcộng|cộng|tổng|итого|всего|합계|소계|총계|[小合総]?計|σ|ttl"
)
_BEHIND = r"(?:数|值)?(?:[(\[].{0,12}[)\]])?:?"
# White space is left out and case is folded before these are compared.
WORDS_ZH = rf"^.{{0,12}}(?:{_SUMS}){_BEHIND}$|^(?:月|年|季|总)?(?:平均|均值)(?:数|值)?:?$"
WORDS_EN = (
    r"^(?:sub|grand|overall|annual)?-?totals?(?:[^a-z].{0,30}|for.{0,30}|usage|consumption)?$"
    rf"|^(?:sum|average|mean)(?:[^a-z].{{0,30}})?$|^(?:{_SUMS_ABROAD})(?:[^\w].{{0,30}}|[0-9]{{4}})?:?$"
)
# Nothing but the word, the time it is about, and a unit in brackets.
_MONTHS = "(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)|january|february|march|april|june|july|august"
_TIMES_EN = rf"{_MONTHS}|september|october|november|december|monthly|quarterly|yearly|ytd|h[12]|q[1-4]"
_TIMES_ZH = "[一二三四五六七八九十年月日季至到第本当全总]|季度|年度|月度|半年|上半|下半"
_DIGITS = r"[0-9]{1,4}|[-~/.]"
_YEAR = r"(?:-?(?:19|20)[0-9]{2}(?:[-/.年][0-9]{1,2}月?)?年?)?"
ONLY_WORDS = (
    rf"^(?:{_DIGITS}|{_TIMES_ZH})*(?:{_SUMS}){_BEHIND}$"
    rf"|^(?:{_DIGITS}|{_TIMES_EN})*(?:sub|grand|overall|annual)?-?(?:totals?|sum){_YEAR}(?:[(\[].{{0,12}}[)\]])?:?$"
    rf"|^(?:{_SUMS_ABROAD}){_YEAR}:?$"
)

# What every one of these holds, in any width.
HINT = (
    r"(?i)[计均汇]|[总求]\s*和|[tｔ]\s*[oｏ]\s*[tｔ]|[sｓ]\s*[uｕ]\s*[mｍ]|[aａ]\s*[vｖ]\s*[eｅ]|[mｍ]\s*[eｅ]\s*[aａ]"
    r"|gesamt|som|tổng|cộng|итого|всего|계|計|Σ|ttl"
)

# Free text that no row of data fills with a total word, and optional numbers and names that some may.
PARTS = ("workshop", "product", "metric")
NAMES = ("meter_id", "supplier")


def total_labels(feed: Feed, frame: pl.DataFrame, vocabulary: Vocabulary) -> pl.Series:
    """The label of each row that sums up others, null for the others.

    Where a period, a day or an activity type must stand, a total word is no data, and neither is it in a facility,
    workshop, product or metric that nobody knows. A number of a record or the name of a supplier may well be one
    (Total-001, Total); there, and in a column that is not read, it counts if little else says what the row is about.
    """
    keys = [column for column in feed.required if column.kind not in ("number", "unit", "currency", "choice")]
    weak = [c.name for c in feed.columns if c.kind == "text" and (c in keys or c.name in NAMES) and c.name not in PARTS]
    labels = [_label(column, vocabulary) for column in feed.columns if _is_certain(column)]
    leads = pl.col("facility_id").is_null() & _says(FIRST_CELL, f"{WORDS_ZH}|{WORDS_EN}|{ONLY_WORDS}")
    in_weak = [pl.col(FIRST_CELL).eq_missing(pl.col(name)) for name in weak]
    for name, is_first in zip(weak, in_weak, strict=True):
        others = [column.name for column in keys if column.name != name]
        labels.append(pl.when((_says(name, ONLY_WORDS) | (leads & is_first)) & _mostly_empty(others)).then(name))
    elsewhere = _mostly_empty([column.name for column in keys]) | _says(FIRST_CELL, WORDS_ZH)
    # A metric is any text, of which only the word alone is a total.
    own = [pl.col(FIRST_CELL).eq_missing(pl.col(name)) for name in ("metric",) if name in feed.by_name]
    labels.append(pl.when(leads & ~pl.any_horizontal(pl.lit(False), *in_weak, *own) & elsewhere).then(FIRST_CELL))
    # Almost no cell holds a total word, and looking closely takes time.
    looked_at = [FIRST_CELL, *weak, *(column.name for column in feed.columns if _is_certain(column))]
    nothing = pl.Series(TOTAL_LABEL, [None], dtype=pl.String).new_from_index(0, len(frame))
    if not (hinting := [name for name in looked_at if _has_hint(frame[name])]):
        return nothing
    hints = frame.select(pl.any_horizontal(pl.col(hinting).str.contains(HINT).fill_null(False))).to_series()
    close = frame.filter(hints)
    found = close.select(pl.coalesce(*labels, _of_meters(feed, close, frame))).to_series()
    return nothing.scatter(hints.arg_true(), found)


def _has_hint(text: pl.Series) -> bool:
    return bool((text.unique() if repeats(text) else text).str.contains(HINT).any())


def _of_meters(feed: Feed, close: pl.DataFrame, frame: pl.DataFrame) -> pl.Expr:
    """The label of rows whose meter is a total word, beside rows of other meters that say the same otherwise: the
    energy would count twice. A meter alone of its kind may be named like that."""
    alike = ["sheet", "period", "facility_id", "activity_type"]
    if not {"meter_id", *alike[1:]} <= set(feed.by_name):
        return pl.lit(None, dtype=pl.String)
    said = _says("meter_id", ONLY_WORDS)
    named = close.filter(said)
    others = frame.join(named, on=alike, how="semi") if len(named) else named
    summed = named.join(others.filter(pl.col("meter_id").is_not_null() & ~said), on=alike, how="semi")
    return pl.when(pl.col("row").is_in(summed["row"].implode())).then("meter_id")


def _is_certain(column: Column) -> bool:
    return column.kind in ("period", "facility", "activity_type") or column.name in PARTS or _is_day(column)


def _is_day(column: Column) -> bool:
    return column.kind == "date" and column.required


def _label(column: Column, vocabulary: Vocabulary) -> pl.Expr:
    """The cell of a column whose total words are no data, unless it is a name that somebody gave."""
    known = [*column.values, *(one for others in column.values.values() for one in others)]
    names = pl.Series("name", known, dtype=pl.String)
    words = ONLY_WORDS if column.name in PARTS else f"{WORDS_ZH}|{ONLY_WORDS}"
    if column.kind == "facility":
        facilities = [vocabulary.facilities[name] for name in ("facility_id", "name", "name_zh")]
        names = pl.concat([facility.alias("name") for facility in facilities])
    elif column.kind == "activity_type":
        names = vocabulary.activity_names["key"].alias("name")
    if column.kind not in ("facility", "name", "text"):
        words = f"{words}|{WORDS_EN}"
    keys = names.drop_nulls().to_frame().select(name_key(pl.col("name"))).to_series().unique()
    said = _says(column.name, words) & ~name_key(pl.col(column.name)).is_in(keys.implode())
    return pl.when(said).then(column.name)


def _says(name: str, words: str) -> pl.Expr:
    text = pl.col(name).str.normalize("NFKC").str.to_lowercase().str.replace_all(r"\s", "")
    return text.str.contains(words).fill_null(False)


def _mostly_empty(names: list[str]) -> pl.Expr:
    filled = pl.sum_horizontal(pl.lit(0), *(pl.col(name).is_not_null() for name in names))
    return filled * 2 <= len(names)
