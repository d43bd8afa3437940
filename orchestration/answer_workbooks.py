"""Workbooks that ask and are answered: written with a guide and bilingual headers on top, read back by these headers,
and their answers put over the rows of a reference table."""

from __future__ import annotations

import contextlib
import csv
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import openpyxl
import xlsxwriter

# What a cell looks like: plain, wrapped, a question, a likely question.
LOOKS = {
    "plain": {},
    "wrapped": {"text_wrap": True, "valign": "top"},
    "question": {"bg_color": "#FFEB9C", "valign": "top"},
    "likely": {"bg_color": "#FFC7CE", "valign": "top"},
}
# Of a drop-down, as a workbook may hold it.
LONGEST_LIST = 255
# A header stands within the first rows of its sheet; somebody may have put lines above or taken some away.
HEADER_WITHIN = 20

Cell = str | int | float | Decimal | None


class NotAnswers(Exception):
    """Answers that mean nothing."""


class OtherFile(NotAnswers):
    """A file in which nobody answers."""


@dataclass(frozen=True)
class Row:
    """The cells of a row with how each looks, and the choices of some by their position."""

    cells: Sequence[Cell]
    looks: Sequence[str]
    choices: tuple[int, Sequence[str]] | None = None


@dataclass(frozen=True)
class Form:
    """What a workbook asks in. columns: code, Chinese title, width; frozen: how many of them stay in view."""

    sheet: str
    guide: Sequence[str]
    columns: Sequence[tuple[str, str, int]]
    frozen: int

    @property
    def header_row(self) -> int:
        """Its row, from 0, as it is written."""
        return len(self.guide)

    def write(self, rows: Iterable[Row], path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as workbook:
            sheet = workbook.add_worksheet(self.sheet)
            head = workbook.add_format({"bold": True, "bg_color": "#D9E1F2", "border": 1, "text_wrap": True})
            looks = {name: workbook.add_format(properties) for name, properties in LOOKS.items()}
            for line, text in enumerate(self.guide):
                sheet.merge_range(line, 0, line, len(self.columns) - 1, text, looks["wrapped"])
                sheet.set_row(line, 32)
            sheet.set_row(self.header_row, 32)
            for position, (name, zh, width) in enumerate(self.columns):
                sheet.write_string(self.header_row, position, f"{zh}\n{name}", head)
                sheet.set_column(position, position, width)
            for line, row in enumerate(rows, start=self.header_row + 1):
                if "wrapped" in row.looks:
                    sheet.set_row(line, 15 * self._lines(row))
                for position, (value, look) in enumerate(zip(row.cells, row.looks, strict=True)):
                    if value is None:
                        sheet.write_blank(line, position, None, looks[look])
                    elif isinstance(value, str):
                        sheet.write_string(line, position, value, looks[look])
                    else:
                        sheet.write_number(line, position, value, looks[look])
                if row.choices and row.choices[1] and len(",".join(row.choices[1])) <= LONGEST_LIST:
                    choice = {"validate": "list", "source": list(row.choices[1]), "error_type": "warning"}
                    sheet.data_validation(line, row.choices[0], line, row.choices[0], choice)
            sheet.set_landscape()
            sheet.set_paper(9)
            sheet.fit_to_pages(1, 0)
            sheet.repeat_rows(self.header_row)
            sheet.freeze_panes(self.header_row + 1, self.frozen)
            sheet.autofilter(self.header_row, 0, self.header_row, len(self.columns) - 1)
        return path

    def _lines(self, row: Row) -> int:
        # Chinese letters are as wide as two others.
        widths = [len(str(value or "").encode("gb18030")) for value in row.cells]
        return max(taken // (width - 4) + 1 for taken, (*_, width) in zip(widths, self.columns, strict=True))


def read_sheet(path: Path, needed: Collection[str], what: str) -> list[dict[str, str]]:
    """The rows below the header that names all of `needed`, by the last lines of its titles, on whichever sheet it is.

    Raises OtherFile, saying that the file is not `what`, where no sheet has such a header.
    """
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:
        raise OtherFile(f"{path} cannot be read as a workbook: {error}") from None
    with contextlib.closing(book):
        for sheet in book.worksheets:
            rows = sheet.iter_rows(values_only=True)
            for _, cells in zip(range(HEADER_WITHIN), rows, strict=False):
                names = [str(cell or "").split("\n")[-1].strip() for cell in cells]
                if set(needed) <= set(names):
                    return [
                        {
                            name: str(cell).strip()
                            for name, cell in zip(names, row, strict=False)
                            if name and cell is not None
                        }
                        for row in rows
                    ]
    raise OtherFile(f"{path} is no {what}.")


def keep(
    table: Path, columns: Sequence[str], rows: Iterable[dict[str, str]], key: Callable[[dict[str, str]], object]
) -> int:
    """Answers over the rows that a reference table has, each by its key; what they leave empty stays. Returns how many
    rows it holds then."""
    former: list[dict[str, str]] = []
    named = list(columns)
    if table.is_file():
        with table.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            former = list(reader)
            named = list(dict.fromkeys((*columns, *(reader.fieldnames or ()))))
    kept: dict[object, dict[str, str]] = {}
    for row in (*former, *rows):
        before = kept.get(key(row), {})
        kept[key(row)] = {name: row.get(name) or before.get(name, "") for name in named}
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, named, lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept.values())
    return len(kept)
