"""What a section of the report is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple


class Text(NamedTuple):
    """What is said, in both languages."""

    en: str
    zh: str


@dataclass(frozen=True)
class Query:
    """A query on the marts. Every part is SQL; `{year}` stands for the year of the report.

    mart: a mart, or a join of some. others: further marts that the query reads.
    """

    mart: str
    select: str
    where: str = ""
    group: str = ""
    order: str = ""
    others: tuple[str, ...] = ()

    def source(self, year: int) -> tuple[str, str]:
        """Mart and filter, as a footnote says them."""
        return self.mart.replace("{year}", str(year)), self.where.replace("{year}", str(year))

    def sql(self, year: int) -> str:
        """The whole query, as `helioledger query` takes it."""
        parts = [f"select {self.select} from {self.mart}"]
        parts += [f"where {self.where}"] if self.where else []
        parts += [f"group by {self.group}"] if self.group else []
        parts += [f"order by {self.order}"] if self.order else []
        return " ".join(" ".join(parts).replace("{year}", str(year)).split())


Kind = Literal[
    "text", "code", "tonnes", "number", "share", "integer", "year", "date", "month", "yes_no", "hash", "status", "unit",
    "facility", "activity_type", "target",
]  # fmt: skip
NUMBERS = frozenset({"tonnes", "number", "share", "integer"})


@dataclass(frozen=True)
class Column:
    """A column of a table, or a single figure.

    name: column of the query; zh: the one that has the same in Chinese. decimals: of a number, half up; of tonnes those
    of the report unless given. A share is printed in per cent. words: of a code. A facility, activity type or target is
    printed by its name. is_optional: left out of a table in which no row has it.
    """

    name: str
    title: Text
    kind: Kind = "text"
    zh: str | None = None
    decimals: int | None = None
    words: Mapping[str, Text] = field(default_factory=dict)
    signed: bool = False
    is_optional: bool = False

    @property
    def is_number(self) -> bool:
        return self.kind in NUMBERS


@dataclass(frozen=True)
class Table:
    """A table; with a picture, the table beside it. empty: what is printed where there is no row."""

    name: str
    title: Text
    query: Query
    columns: tuple[Column, ...]
    picture: str | None = None
    note: Text | None = None
    empty: Text | None = None
    is_wide: bool = False
    total: str | None = None  # the column whose row is a total where its value is NULL


@dataclass(frozen=True)
class Facts:
    """The only row of a query, one line per column."""

    name: str
    title: Text
    query: Query
    columns: tuple[Column, ...]
    note: Text | None = None


@dataclass(frozen=True)
class Figures:
    """Single figures side by side, each a query of its own."""

    name: str
    title: Text
    figures: tuple[tuple[Query, Column, Text], ...]  # the column's title is the label, the text the unit


Block = Table | Facts | Figures


@dataclass(frozen=True)
class Section:
    """name: anchor, as `framework_items.section` has it."""

    name: str
    title: Text
    blocks: tuple[Block, ...]
    lead: Text | None = None
