"""Titles of a table to the columns of a feed: which header stands for which column, and which only seems to.

A word beside the name can make a column another figure: 用电量（去年同期）, Quantity (ordered). Such a column is never
read for the one it is named like.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from data_contracts.declarations.feeds import Column, Feed, header_key

# Words beside the name of a quantity or an amount that make it another one: of another time, not yet true, a part, a
# rate, or of another kind.
OTHER_FIGURE = re.compile(
    r"去年|上年|上一年|前年|同期|上月|上期|上季|同比|环比|增减|增长|差异|累计|累积|计划|预算|目标|定额|预测|预计|订购|订货"
    r"|无功|视在|需量|平均|峰(?!值)|谷|尖|平段|单价|节约|节能量"
    r"|\b(?:cumulative|accumulated|running total|ytd|year[- ]to[- ]date|last (?:year|month)|previous|prior|same period"
    r"|yoy|plan(?:ned)?|budget(?:ed)?|targets?|forecast|ordered|reactive|apparent|demand|(?:on-|off-)?peak|valley"
    r"|average|avg|unit price)\b"
)
WITH_TAX = re.compile(r"(?<![不未])含税|价税|\b(?:incl\w*\.?|with)\s*(?:of\s*)?(?:vat|tax|gst)\b|\bgross\b")
WITHOUT_TAX = re.compile(r"[不未]含税|未税|\b(?:excl\w*\.?|without|before)\s*(?:of\s*)?(?:vat|tax|gst)\b|\bnet\b")

# A header that is money where a currency or a price stands beside it, and a quantity where none does.
AMOUNT = frozenset({"amount", "amounts", "totalamount"})
OF_MONEY = re.compile(r"currency|币种|货币|币别|price|\bcost\b|单价|电价|费用|tariff")


# A year and a month in columns of their own.
YEARS, MONTHS = frozenset({"年", "年份", "年度", "year"}), frozenset({"月", "月份", "month"})

# A meter that counts a part: its readings, and by what their difference is multiplied.
_READING = r"(?:示数|示值|读数|表底|表码|reading|index)"
READING_BEFORE = re.compile(rf"(?:上|期初|起|previous|prior|opening|start).*{_READING}|起码|起度")
READING_AFTER = re.compile(rf"(?:本|期末|止|present|current|closing|end).*{_READING}|止码|止度")
MULTIPLIER = re.compile(r"倍率|倍数|乘率|multiplier|\bmultiple\b|\bct ratio\b|meter factor")


@dataclass(frozen=True)
class Headings:
    """columns: column -> where its headers stand; units: what the header of a number says beside its name; others:
    (position, column, the word that makes it another figure); unknown: positions of titles that stand for nothing;
    month: where the month of the period stands, if that of `period` holds its year alone."""

    columns: dict[str, list[int]] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    others: list[tuple[int, str, str]] = field(default_factory=list)
    unknown: list[int] = field(default_factory=list)
    month: int | None = None

    @property
    def positions(self) -> dict[str, int]:
        """Column -> where its first header stands."""
        return {column: found[0] for column, found in self.columns.items()}

    @property
    def missing_but_similar(self) -> list[tuple[int, str, str]]:
        """Those of `others` whose column no other header stands for."""
        return [one for one in self.others if one[1] not in self.columns]


def read_headings(feed: Feed, titles: Sequence[str | None]) -> Headings:
    """What the titles of a table stand for."""
    year, month = _year_and_month(feed, titles)
    found = Headings(month=month)
    if year is not None:
        found.columns["period"] = [year]
    weak: list[int] = []
    for position, title in enumerate(titles):
        if not title or position in (year, month):
            continue
        name, beside = feed.split_header(title)
        if name is None:
            found.unknown.append(position)
            continue
        column = feed.by_name[name]
        if header_key(title) in feed.own_headers:
            found.columns.setdefault(name, []).append(position)
            continue
        if name == feed.measured and header_key(title) in AMOUNT:
            weak.append(position)
            continue
        if beside and (word := _other_figure(column, beside)):
            if name == "net_amount" and WITH_TAX.search(_plain(beside)) and "gross_amount" in feed.by_name:
                found.columns.setdefault("gross_amount", []).append(position)
            else:
                found.others.append((position, name, word))
            continue
        found.columns.setdefault(name, []).append(position)
        if beside and column.kind == "number":
            found.units[name] = beside
    for position in weak:
        _place_amount(feed, titles, position, found)
    return found


def _year_and_month(feed: Feed, titles: Sequence[str | None]) -> tuple[int | None, int | None]:
    """Where a year and its month stand, if they have columns of their own."""
    keys = [header_key(title) if title else "" for title in titles]
    years = [position for position, key in enumerate(keys) if key in YEARS]
    months = [position for position, key in enumerate(keys) if key in MONTHS]
    if "period" in feed.by_name and len(years) == len(months) == 1:
        return years[0], months[0]
    return None, None


def find_title(titles: Sequence[str | None], pattern: re.Pattern[str]) -> int | None:
    """Where the first title stands that a pattern fits."""
    return next((at for at, title in enumerate(titles) if title and pattern.search(_plain(title))), None)


def _place_amount(feed: Feed, titles: Sequence[str | None], position: int, found: Headings) -> None:
    money = next((title for title in titles if title and OF_MONEY.search(_plain(title))), None)
    if feed.measured not in found.columns and money is None:
        found.columns[feed.measured] = [position]
    elif "net_amount" in feed.by_name and "net_amount" not in found.columns:
        found.columns["net_amount"] = [position]
    elif feed.measured in found.columns:
        found.unknown.append(position)
    else:
        found.others.append((position, feed.measured, money or ""))


def _other_figure(column: Column, beside: str) -> str | None:
    """The word beside a name that makes it another figure."""
    if column.kind != "number" or column.unit not in ("unit", "currency"):
        return None
    text = _plain(beside)
    patterns = [OTHER_FIGURE]
    if column.unit == "currency":
        patterns += [WITHOUT_TAX if column.name == "gross_amount" else WITH_TAX] * (column.name != "tax_amount")
    return next((word.group() for pattern in patterns if (word := pattern.search(text))), None)


def says_another_figure(text: str | None) -> bool:
    """Whether a title below another one makes it another figure."""
    return bool(text) and bool(OTHER_FIGURE.search(_plain(text)))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
