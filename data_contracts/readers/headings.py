"""Titles of a table to the columns of a feed: which header stands for which column, and which only seems to.

A word beside the name can make a column another figure: 用电量（去年同期）, Quantity (ordered). Such a column is never
read for the one it is named like.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from data_contracts.declarations.characters import simplified_characters
from data_contracts.declarations.feeds import Column, Feed, header_key

# Words beside the name of a quantity or an amount that make it another one: of another time, not yet true, a part, a
# rate, or of another kind; in simplified Chinese, English and the languages of other plants.
OTHER_FIGURE = re.compile(
    r"去年|上年|上一年|前年|同期|上月|上期|上季|同比|环比|增减|增长|差异|累计|累积|年初至今|滚动|计划|计画|预算|目标|定额|预测|预计|订购|订货"
    r"|订单|已订|未交|剩余|结存|库存|产能|无功|视在|需量|平均|峰(?!值)|谷|尖|平段|^平时?$|单价|节约|节能量|上网|外供|外售|基准年|折标准?煤|当量值|等价值"
    r"|反向|倍率前|未乘|截至|[0-9]+ ?月? ?[-~–至] ?[0-9]+ ?月|期[初末]|预估|批复|本年(?!度?实)"
    r"|\b(?:cum(?:ul\w*)?|accumulated|acumulad\w*|running total|rolling|trailing|ytd|year[- ]to[- ]date"
    r"|(?:last|prev(?:ious)?|prior) (?:year|month|period)|previous|prior|ly|py|vorjahr\w*|vormonat\w*|same period|yoy"
    r"|année précédente|año anterior|plan(?:ned)?|budget(?:ed)?|targets?|soll|zielwert|forecast|prognose|prévu"
    r"|baseline|base year|ordered|on order|open|outstanding|capacity|installed|reactive|apparent|demand"
    r"|[km]?va(?:rh?|h)?|blindarbeit|(?:on-|off-)?peak|valley|average|avg|unit price|export(?:ed)?|fed[- ]in|feed-in"
    r"|eingespeist|einspeisung|to date|[mq]td|ttm|n-1|approved|contracted|remaining|inventory|stock|on hand"
    r"|back-?order(?:ed)?|returned|reserved|in transit|scrap(?:ped)?|bestand|vorrat|offen|bestellt|objectif|cible"
    r"|prévision|commandé|objetivo|meta|previsto|orçado|pedido|existencias)\b"
    r"|전년|전월|누계|누적|계획|목표|예산|예상|재고|평균|前月|予算|予測|見込|在庫"
    r"|mục tiêu|tồn kho|dự toán|kumul|cumul|lu[ỹy] kế|lũy kế|kế hoạch|cùng kỳ|năm trước|tháng trước|dự (?:kiến|báo)"
)
# Of a quantity also: what was paid for it, a tax on it, a part of the day, a limit, an extreme, a rate per something,
# what was lost or settled afterwards, and the emissions of it.
OTHER_THAN_QUANTITY = re.compile(
    r"费|成本|金额|税|夜间|白天|日间|限额|额定|核定|可研|设计|理论|差额|差值|均值|[年月日]均|最[大小高低]|(?<!含)(?:线损|变损|损耗)|退补|追补"
    r"|单耗|单位产品|每吨|强度|面积|人数|排放|碳排|二氧化碳|示数|示值|读数|表底|表码|等价|占比|比例"
    r"|\b(?:costs?|charges?|fees?|vat|tax(?:es)?|gst|iva|tva|mwst|ust|kosten|coût|coste|day(?:time)?|night(?:time)?|nacht"
    r"|theoretical|design(?:ed)?|rated|nominal|quota|limit|normali[sz]ed|weather|bereinigt|max(?:imum)?|min(?:imum)?"
    r"|(?<!incl )(?<!incl\. )(?<!including )loss(?:es)?|adjustments?|diff(?:erence)?|delta|prev|specific|intensity|per"
    r"|co2e?|emissions?|durchschnitt|mittelwert|promedio|moyenne|chi phí|trung bình)\b"
)
# Both ways of writing a tax: what stands in front or behind of its name.
_TAX = r"(?:\d+(?:[.,]\d+)?\s*%\s*)?(?:vat|tax(?:es)?|gst|iva|tva|mwst|ust|steuer)\b"
WITH_TAX = re.compile(
    r"(?<![不未])含[^不未]{0,6}税|价税|税后|\b(?:incl\w*|inkl\w*|with|plus|after)\b\.?\s*(?:of\s*)?"
    + _TAX
    + r"|\b(?:vat|tax|gst|iva|tva|mwst|ust)\W*(?:incl|inkl)\w*|\bgross\b|\bbrutto\b|\bttc\b"
)
WITHOUT_TAX = re.compile(
    r"[不未]含[^含]{0,6}税|未税|税前|\b(?:excl\w*|exkl\w*|without|before|zzgl|ohne)\b\.?\s*(?:of\s*)?"
    + _TAX
    + r"|\b(?:vat|tax|gst|iva|tva|mwst|ust)\W*(?:excl|exkl)\w*|\bnet\b|\bnetto\b|\bht\b"
)

# A header that is money where a currency, a price or a tax stands beside it, and a quantity where none does.
AMOUNT = frozenset({"amount", "amounts", "totalamount", "invoiceamount", "billamount"})
_CURRENCIES = (
    r"usd|eur|cny|rmb|gbp|jpy|vnd|vnđ|inr|krw|thb|myr|sgd|hkd|twd|aud|cad|chf|brl|mxn|idr|php|try|pln|czk|huf"
    r"|rs|rm|rp|rupees?|ringgit|rupiah|đồng|yuan|yen|baht|pesos?|reais|dollars?|euros?|lakhs?|crores?"
)
OF_MONEY = re.compile(
    r"currency|curr\.?(?![a-z])|\bccy\b|währung|币种|货币|币别|price|\bcosts?\b|charges?\b|单价|电价|费用|tariff|税"
    r"|\b(?:vat|tax|gst|mwst|ust|iva|tva)\b|[$€£¥元₹₩₫฿₱₺]|\b(?:" + _CURRENCIES + r")\b"
)


# Words in front of the name of a quantity that leave it what it is: of the month itself, measured, or of all parts. The
# plain name counts before them, and they in this order.
STILL_THE_FIGURE = (
    r"(?:本月|当月|本期|当期|月度|this month's|monthly)",
    r"(?:实际|actual|metered)",
    r"(?:总|合计|total)",
)

# A year and a month in columns of their own.
YEARS, MONTHS = frozenset({"年", "年份", "年度", "year"}), frozenset({"月", "月份", "month"})

# A year beside a name: 用电量（2022年）, kWh, FY2023.
_YEAR = re.compile(r"(?:(?<![a-z])[fc]y\s*)?(?<!\d)((?:19|20)\d\d)(?!\d)\s*(?:年度?)?")

# A meter that counts a part: its readings, and by what their difference is multiplied.
_READING = r"(?:示数|示值|读数|表底|表码|reading|index|zählerstand|chỉ số)"
READING_BEFORE = re.compile(
    rf"(?:上|期初|起|previous|prior|opening|start|alter|anfang).*{_READING}|{_READING}.*(?:alt|anfang|cũ|đầu)|起码|起度"
)
READING_AFTER = re.compile(
    rf"(?:本|期末|止|present|current|closing|end|neuer).*{_READING}|{_READING}.*(?:neu|ende|mới|cuối)|止码|止度"
)
MULTIPLIER = re.compile(
    r"倍率|倍数|乘率|变比|互感器|multiplier|\bmultiple\b|\b(?:ct|pt|vt)[ /-]*ratio\b"
    r"|\b(?:meter|multiplying) (?:factor|constant)|wandler(?:faktor|verhältnis)|hệ số nhân"
)
# What says beside a multiplier that the quantities hold it.
APPLIED = re.compile(r"已[乘计]|applied|included|berücksichtigt|eingerechnet|đã nhân", re.IGNORECASE)


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
    qualified: dict[int, int] = {}
    for position, title in enumerate(titles):
        if not title or position in (year, month):
            continue
        name, beside = feed.split_header(title)
        if name is None:
            rank = _still_the_figure(feed, title)
            if rank is None:
                found.unknown.append(position)
            else:
                qualified[position] = rank
            continue
        column = feed.by_name[name]
        if header_key(title) in feed.own_headers:
            found.columns.setdefault(name, []).append(position)
            continue
        if name == feed.measured and _is_amount(title, beside):
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
    for position in sorted(qualified, key=qualified.__getitem__):
        if feed.measured in found.columns:
            found.unknown.append(position)
            continue
        found.columns[feed.measured] = [position]
        if beside := feed.split_header(_without_qualifier(titles[position]))[1]:
            found.units[feed.measured] = beside
    for position in weak:
        _place_amount(feed, titles, position, found)
    return found


def is_year(text: str | None) -> bool:
    """Whether a title says no more than a year."""
    return bool(text) and bool(_YEAR.fullmatch(_plain(text).strip()))


def of_their_years(feed: Feed, headings: Headings, titles: Sequence[str | None], dates: Collection[str]) -> Headings:
    """The headings without quantities of other years than those of the rows: 用电量（2022年） in a sheet of 2023.

    dates: what the rows say of their time, as it is written.
    """
    said = [(at, feed.split_header(titles[at] or "")[1]) for at in headings.columns.get(feed.measured, [])]
    named = {at: set(_YEAR.findall(_plain(beside))) for at, beside in said if beside}
    if not any(named.values()):
        return headings
    years = {year for date in dates for year in _YEAR.findall(_plain(date)[:7].replace("-", " "))}
    others = [at for at, found in named.items() if found and years and not found & years]
    kept = [at for at, _ in said if at not in others]
    columns = {name: kept if name == feed.measured else at for name, at in headings.columns.items()}
    units = {name: unit for name, unit in headings.units.items() if name != feed.measured}
    rest = next((beside for at, beside in said if beside and at in kept), "")
    if rest := _YEAR.sub("", unicodedata.normalize("NFKC", rest)).strip(" ,;，；-/·"):
        units[feed.measured] = rest
    found = [(at, feed.measured, ", ".join(sorted(named[at]))) for at in others]
    return replace(
        headings,
        columns={name: at for name, at in columns.items() if at},
        units=units,
        others=[*headings.others, *found],
    )


def _without_qualifier(title: str) -> str:
    plain = unicodedata.normalize("NFKC", title).strip()
    behind = re.match(rf"(?:(?:{'|'.join(STILL_THE_FIGURE)})\s*)+", _plain(plain))
    return plain[behind.end() :] if behind else plain


def _still_the_figure(feed: Feed, title: str) -> int | None:
    """Which of STILL_THE_FIGURE stands in front of the name of the quantity, if one does and nothing else is said."""
    rest = _without_qualifier(title)
    rank = next((at for at, words in enumerate(STILL_THE_FIGURE) if re.match(rf"\s*{words}", _plain(title))), None)
    if rank is None or not rest:
        return None
    name, beside = feed.split_header(rest)
    if name != feed.measured or header_key(rest) in AMOUNT or (beside and _other_figure(feed.by_name[name], beside)):
        return None
    return rank


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
    if column.unit == "unit" and column.name != "value":
        patterns.append(OTHER_THAN_QUANTITY)
    if column.unit == "currency" or column.name == "value":
        patterns += [WITHOUT_TAX if column.name == "gross_amount" else WITH_TAX] * (column.name != "tax_amount")
    return next((word.group() for pattern in patterns if (word := pattern.search(text))), None)


def says_another_figure(text: str | None) -> bool:
    """Whether a title below another one makes it another figure."""
    return bool(text) and bool(OTHER_FIGURE.search(_plain(text)))


def _is_amount(title: str, beside: str | None) -> bool:
    """Whether a title of a quantity says no more than Amount, or that it is one of money."""
    if not beside:
        return header_key(title) in AMOUNT
    alone = header_key(title.replace(beside, "").strip(" ()（）[]［］【】/／,，"))
    return alone in AMOUNT and bool(OF_MONEY.search(_plain(beside)))


def _plain(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return plain if plain.isascii() else plain.translate(simplified_characters())
