"""Tables and numbers as the command line prints them: rich on a terminal, aligned plain text elsewhere."""

import csv
import json
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TextIO


def say(message: str = "") -> None:
    """A line for the user."""
    print(message, flush=True)


def complain(message: str) -> None:
    """A line on standard error."""
    print(message, file=sys.stderr, flush=True)


def exact(number: Decimal) -> str:
    """All digits of a decimal, without trailing zeros and exponent."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def rounded(number: Decimal | float | int | None, places: int = 3) -> str:
    """A number for reading: rounded half up, with thousands separators; a dash where it is unknown."""
    if number is None:
        return "-"
    step = Decimal(1).scaleb(-places)
    # Plus zero: what rounds to nothing has no sign.
    return f"{Decimal(str(number)).quantize(step, ROUND_HALF_UP) + 0:,}"


def percent(share: Decimal | None) -> str:
    return "-" if share is None else f"{rounded(share * 100, 1)} %"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return exact(value)
    if isinstance(value, bool):
        return str(value).lower()
    # Terminals act on control characters, and a line break would break the row.
    return "".join(character if character.isprintable() else " " for character in str(value))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], numeric: Sequence[str] = ()) -> None:
    """A table with a title; columns named in `numeric` are aligned to the right."""
    from rich.cells import cell_len

    cells = [[_cell(value) for value in row] for row in rows]
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.markup import escape
        from rich.table import Table

        table = Table(title=title or None, title_justify="left", title_style="bold")
        for column in columns:
            table.add_column(escape(column), justify="right" if column in numeric else "left")
        for row in cells:
            table.add_row(*(escape(cell) for cell in row))
        Console().print(table)
        return
    widths = [max([cell_len(column), *(cell_len(row[i]) for row in cells)]) for i, column in enumerate(columns)]
    if title:
        say(title)
    for row in [list(columns), ["-" * width for width in widths], *cells]:
        padded = [
            " " * (width - cell_len(cell)) + cell if column in numeric else cell + " " * (width - cell_len(cell))
            for cell, width, column in zip(row, widths, columns, strict=True)
        ]
        say("  " + "  ".join(padded).rstrip())
    say()


def write_csv(file: TextIO, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Rows as CSV; decimals with all their digits, NULL empty."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_csv_cell(value) for value in row] for row in rows)


def _csv_cell(value: Any) -> Any:
    if isinstance(value, Decimal):
        return exact(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | dict | tuple):
        return json_text(value)
    return value


def write_json(file: TextIO, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Rows as a JSON array of objects, one a line; decimals are numbers with all their digits."""
    file.write("[")
    separator = "\n"
    for row in rows:
        file.write(separator + json_text(dict(zip(columns, row, strict=True))))
        separator = ",\n"
    file.write("\n]\n" if separator == ",\n" else "]\n")


def json_text(value: Any) -> str:
    """JSON of a DuckDB value; json.dumps would refuse a Decimal or make a float of it."""
    if isinstance(value, Decimal):
        return exact(value) if value.is_finite() else "null"
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{json.dumps(str(k), ensure_ascii=False)}: {json_text(v)}" for k, v in value.items()) + "}"
        )
    if isinstance(value, list | tuple):
        return "[" + ", ".join(json_text(item) for item in value) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return "null"
    if value is None or isinstance(value, bool | int | float | str):
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(str(value), ensure_ascii=False)


def fetched(cursor: Any, size: int = 10_000) -> Iterator[tuple]:
    """The rows of an executed query, without holding them all."""
    while rows := cursor.fetchmany(size):
        yield from rows
