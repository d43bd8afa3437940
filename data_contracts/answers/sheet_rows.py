"""Rows of sheets as they stand in an .xlsx, written into a workbook that has everything else.

XlsxWriter makes the workbook: its sheets, formats, widths, comments. Of cells it looks at each in a dozen calls, which
is most of what an answer to thousands of faulty rows would cost; so the cells themselves are written here.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from data_contracts.answers.feedback_contents import writable

# Answers are read once; more would take longer than all else, for a tenth less.
COMPRESSION = 2
WRITTEN_TOGETHER = 1 << 20
LOOKS_ESCAPED = re.compile(r"_x[0-9A-Fa-f]{4}_")


@dataclass
class Rows:
    """The rows of one sheet. kept: how many of the workbook's own rows stay on top; height, width: up to the last cell;
    lines: what `row_xml` made of the rows, in order; links: the cells that lead to another (ref, target), filled as the
    lines are made."""

    kept: int
    height: int
    width: int
    lines: Iterable[str]
    links: list[tuple[str, str]] = field(default_factory=list)


def row_xml(at: int, cells: Iterable[str]) -> str:
    """A row (from 0) of cells."""
    return f'<row r="{at + 1}">{"".join(cells)}</row>'


def text_anywhere(style: int, text: str) -> str:
    """A cell with a text, from the end of its address on."""
    return f'" s="{style}" t="inlineStr"><is><t xml:space="preserve">{_escaped(text)}</t></is></c>'


def number_anywhere(style: int, number: int | str) -> str:
    return f'" s="{style}"><v>{number}</v></c>'


def blank_anywhere(style: int) -> str:
    return f'" s="{style}"/>'


def columns(width: int) -> list[str]:
    """Their names: A, B, …"""
    return [xl_col_to_name(position) for position in range(width)]


def _escaped(text: str) -> str:
    text = writable(text)
    if text.isalnum():
        return text
    if "_x" in text:
        text = LOOKS_ESCAPED.sub(lambda found: "_x005F" + found.group(), text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("\r", "_x000D_")


def styles_of(workbook: IO[bytes], sheet: int, row: int) -> list[int]:
    """The formats of the cells of a row (from 0) of a sheet (from 0), as its rows name them."""
    with zipfile.ZipFile(workbook) as package:
        text = package.read(_part(sheet)).decode()
    found = re.search(rf'<row r="{row + 1}"[^>]*>(.*?)</row>', text, re.DOTALL)
    cells = re.findall(r"<c ([^>]*)>", found.group(1)) if found else []
    return [int(re.search(r'\bs="(\d+)"', cell).group(1)) if 's="' in cell else 0 for cell in cells]


def write_rows(workbook: IO[bytes], out: Path, sheets: Iterable[Rows]) -> None:
    """The workbook with the rows of its sheets, in their order, to `out`."""
    parts = {_part(at): rows for at, rows in enumerate(sheets)}
    with zipfile.ZipFile(workbook) as package, _zip(out) as written:
        for info in package.infolist():
            content = package.read(info)
            if info.filename not in parts:
                written.writestr(info, content, zipfile.ZIP_DEFLATED, COMPRESSION)
                continue
            # By its name: an entry that is handed over is compressed as zlib does it by default.
            with written.open(info.filename, "w", force_zip64=True) as file:
                for text in _together(_sheet_xml(content.decode(), parts[info.filename])):
                    file.write(text.encode("utf-8"))


def _zip(out: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION)


def _part(sheet: int) -> str:
    return f"xl/worksheets/sheet{sheet + 1}.xml"


def _sheet_xml(text: str, rows: Rows) -> Iterator[str]:
    before, own, after = re.fullmatch(r"(.*?)<sheetData(?:/>|>(.*?)</sheetData>)(.*)", text, re.DOTALL).groups()
    last = xl_rowcol_to_cell(max(rows.height - 1, 0), max(rows.width - 1, 0))
    yield re.sub(r'<dimension ref="[^"]*"/>', f'<dimension ref="A1:{last}"/>', before)
    yield "<sheetData>"
    yield from _rows_on_top(own or "", rows.kept)
    yield from rows.lines
    yield "</sheetData>"
    if rows.links:
        quoted = ((ref, _escaped(to).replace('"', "&quot;")) for ref, to in rows.links)
        links = "".join(f'<hyperlink ref="{ref}" location="{to}" display="{ref}"/>' for ref, to in quoted)
        after = after.replace("<pageMargins", f"<hyperlinks>{links}</hyperlinks><pageMargins", 1)
    yield after


def _rows_on_top(own: str, kept: int) -> Iterator[str]:
    for found in re.finditer(r'<row r="(\d+)"[^>]*?(?:/>|>.*?</row>)', own, re.DOTALL):
        if int(found.group(1)) <= kept:
            yield found.group()


def _together(texts: Iterable[str]) -> Iterator[str]:
    """The same, joined to pieces of some size."""
    some, size = [], 0
    for text in texts:
        some.append(text)
        size += len(text)
        if size >= WRITTEN_TOGETHER:
            yield "".join(some)
            some, size = [], 0
    yield "".join(some)
