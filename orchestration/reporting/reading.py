"""From the marts to what is printed: queries are run as they stand, figures rounded half up, once, here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING, Any

from orchestration.reporting import words
from orchestration.reporting.blocks import Block, Column, Figures, Query, Section, Text

if TYPE_CHECKING:
    import duckdb

NOTHING = "–"
MINUS = "−"
# A company below it prints tonnes with two decimals, as Chinese reports of small enterprises do, others whole tonnes.
SMALL_TOTAL_T = 10_000
# A mart's figure has up to 38 digits, more than the default context keeps.
DIGITS = Context(prec=60)
# Identity, English and Chinese name of what tables name by its identity; the latest name counts.
NAMES = {
    "facility": Query(
        "facilities", "facility_id, max_by(facility_name, valid_from), max_by(facility_name_zh, valid_from)",
        group="facility_id",
    ),
    "activity_type": Query("activity_names", "activity_type, activity_name_en, activity_name_zh"),
    "target": Query("target_progress", "target_id, max(name_en), max(name_zh)", group="target_id"),
}  # fmt: skip


class NotPublished(Exception):
    """There is no whole year to report, or not this one."""


@dataclass(frozen=True)
class Answer:
    """A query, the number of its footnote, and its rows. missing: marts it needs that are not published."""

    number: int
    query: Query
    sql: str
    rows: tuple[Mapping[str, Any], ...]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class BlockAnswer:
    block: Block
    answers: tuple[Answer, ...]  # one; of Figures one per figure


@dataclass(frozen=True)
class SectionAnswer:
    section: Section
    blocks: tuple[BlockAnswer, ...]


@dataclass(frozen=True)
class Contents:
    """All that a report of a year prints. tonnes_decimals: of tonnes that have no decimals of their own."""

    year: int
    sections: tuple[SectionAnswer, ...]
    tonnes_decimals: int
    organization: Mapping[str, Any]

    @property
    def missing_items(self) -> list[Mapping[str, Any]]:
        """Required items of the frameworks that are missing."""
        items = next(
            block.answers[0]
            for section in self.sections
            if section.section.name == "items"
            for block in section.blocks
            if block.block.name == "items"
        )
        return [row for row in items.rows if row["status"] == "missing" and row["is_required"]]


def whole_years(marts: duckdb.DuckDBPyConnection) -> list[int]:
    """The years whose Scope 1 + 2 is known whole."""
    rows = marts.execute("select year from headline where scope = '1+2' and is_whole_year order by year").fetchall()
    return [year for (year,) in rows]


def chosen_year(marts: duckdb.DuckDBPyConnection, year: int | None) -> int:
    """`year`, or the latest that is known whole. Raises NotPublished when it is not."""
    years = whole_years(marts)
    if not years:
        raise NotPublished("No year is known whole yet: Scope 1 and 2 need twelve months of data or a reported figure.")
    if year is None:
        return years[-1]
    if year not in years:
        raise NotPublished(
            f"Scope 1 and 2 of {year} are not known whole; a report can be made of {', '.join(map(str, years))}."
        )
    return year


def read(marts: duckdb.DuckDBPyConnection, sections: Iterable[Section], year: int) -> Contents:
    """Ask the marts everything that the sections print. marts: a connection whose schema is `marts`."""
    published = {
        name
        for (name,) in marts.execute(
            "select table_name from information_schema.tables where table_schema = current_schema()"
        ).fetchall()
    }
    names = {
        kind: {
            row[0]: Text(row[1] or row[0], row[2] or row[1] or row[0])
            for row in marts.execute(query.sql(year)).fetchall()
        }
        for kind, query in NAMES.items()
        if query.mart in published
    }
    number = 0

    def ask(query: Query) -> Answer:
        nonlocal number
        number += 1
        sql = query.sql(year)
        missing = tuple(mart for mart in query.others or (query.mart,) if mart not in published)
        return Answer(number, query, sql, () if missing else tuple(_rows(marts, sql)), missing)

    answered = []
    for section in sections:
        blocks = []
        for block in section.blocks:
            queries = [figure[0] for figure in block.figures] if isinstance(block, Figures) else [block.query]
            answers = tuple(map(ask, queries))
            blocks.append(BlockAnswer(_as_printed(block, answers, names), answers))
        answered.append(SectionAnswer(section, tuple(blocks)))
    total = marts.execute("select co2e_t from headline where scope = '1+2' and year = ?", [year]).fetchone()
    (organization,) = _rows(marts, "select * from organization")
    return Contents(year, tuple(answered), tonnes_decimals(total and total[0]), organization)


def tonnes_decimals(total: Decimal | None) -> int:
    """Decimals of tonnes in the report of a company of so many: none, two, or of less than a tonne three digits."""
    size = abs(total or Decimal(0))
    if size >= SMALL_TOTAL_T:
        return 0
    return 2 - size.adjusted() if 0 < size < 1 else 2


def _as_printed(block: Block, answers: Sequence[Answer], names: Mapping[str, Mapping[Any, Text]]) -> Block:
    """A block whose columns know the names of what they name, without optional ones that no row has."""
    if isinstance(block, Figures):
        return block
    (answer,) = answers
    columns = tuple(
        replace(column, kind="code", words=names[column.kind]) if column.kind in names else column
        for column in block.columns
        if not column.is_optional or any(row[column.name] is not None for row in answer.rows)
    )
    return replace(block, columns=columns)


def _rows(marts: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    import duckdb

    try:
        cursor = marts.execute(sql)
    except duckdb.BinderException as error:
        raise NotPublished(
            "What is published was made by another version of HelioLedger; `helioledger run` publishes it again."
            f" ({str(error).splitlines()[0]})"
        ) from None
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def decimals_of(column: Column, value: Any, tonnes_decimals: int) -> int:
    """Decimals that a number of the column is printed with: those of the column, and for a quantity, price or factor
    that would be printed as nothing as many as show two of its digits."""
    decimals = column.decimals
    if decimals is None:
        decimals = {"tonnes": tonnes_decimals, "integer": 0}.get(column.kind, 2)
    number = Decimal(str(value or 0))
    if column.kind == "number" and number and abs(number) < Decimal(5).scaleb(-decimals - 1):
        return 1 - number.adjusted()
    return decimals


def printed_number(value: Any, column: Column, tonnes_decimals: int) -> str:
    """A number as it is printed: rounded half up, with separators of thousands; a share in per cent."""
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    if column.kind == "share":
        number = DIGITS.multiply(number, Decimal(100))
    places = Decimal(1).scaleb(-decimals_of(column, value, tonnes_decimals))
    rounded = number.quantize(places, ROUND_HALF_UP, DIGITS)
    text = f"{abs(rounded):,f}" + (" %" if column.kind == "share" else "")
    if rounded < 0:
        return MINUS + text
    return ("+" if column.signed and rounded > 0 else "") + text


def printed(row: Mapping[str, Any], column: Column, language: str, tonnes_decimals: int) -> str:
    """A cell in one language."""
    value = row[column.name]
    if language == "zh" and column.zh and row[column.zh] is not None:
        value = row[column.zh]
    if value is None:
        return NOTHING
    if column.is_number:
        return printed_number(value, column, tonnes_decimals)
    if column.kind == "yes_no":
        return getattr(words.YES_NO[bool(value)], language)
    if column.kind in ("code", "status"):
        if value in column.words or ";" not in str(value):
            return _word(column, value, language)
        return {"en": ", ", "zh": "、"}[language].join(_word(column, code, language) for code in str(value).split(";"))
    if column.kind == "unit":
        return words.unit(str(value), language)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _word(column: Column, code: Any, language: str) -> str:
    known = column.words.get(code)
    return getattr(known, language) if known else str(code)


def said(text: Text, language: str) -> Sequence[tuple[str, str]]:
    """(language, words) of a text: one, or both where the report has both and they differ."""
    if language == "both":
        return [("zh", text.zh), ("en", text.en)] if text.zh != text.en else [("en", text.en)]
    return [(language, getattr(text, language))]
