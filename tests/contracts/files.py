"""Files no library writes: workbooks part by part, old .xls workbooks, archives that lie about their size."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'


def row_xml(number: int, cells: Sequence[str | None], attributes: str = "") -> str:
    written = "".join(cell(f"{chr(65 + at)}{number}", text) for at, text in enumerate(cells) if text)
    return f'<row r="{number}"{attributes}>{written}</row>'


def raw_xlsx(
    path: Path, rows: str, sheet: str = "能源台账", after: str = "", parts: Mapping[str, bytes | str] | None = None
) -> Path:
    """A workbook of one sheet whose rows are given as XML. `after`: XML behind them; `parts`: further parts."""
    relations = f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{OFFICE}/'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{CONTENT_TYPE}.sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{CONTENT_TYPE}.worksheet+xml"/></Types>',
        )
        archive.writestr("_rels/.rels", relations + 'officeDocument" Target="xl/workbook.xml"/></Relationships>')
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{SPREADSHEET}" xmlns:r="{OFFICE}"><sheets>'
            f'<sheet name={quoteattr(sheet)} sheetId="1" r:id="rId1"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels", relations + 'worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
        )
        archive.writestr(
            "xl/worksheets/sheet1.xml",
            f'<worksheet xmlns="{SPREADSHEET}"><sheetData>{rows}</sheetData>{after}</worksheet>',
        )
        for name, content in (parts or {}).items():
            archive.writestr(name, content)
    return path


def declare_size(path: Path, part: str, size: int) -> Path:
    """Make an archive say that one of its parts unpacks to `size` bytes."""
    content = bytearray(path.read_bytes())
    at = content.index(b"PK\x01\x02")
    while content[at + 46 : at + 46 + len(part.encode())] != part.encode():
        at = content.index(b"PK\x01\x02", at + 4)
    struct.pack_into("<I", content, at + 24, size)
    path.write_bytes(content)
    return path


def write_xls(path: Path, sheets: Mapping[str, Sequence[Sequence[object]]], hidden: Sequence[str] = ()) -> Path:
    """An Excel 97 workbook: text, numbers, and error values (as Exception)."""
    bodies = [_xls_sheet(rows) for rows in sheets.values()]
    index = _xls_index(sheets, [0] * len(bodies), hidden)
    starts, position = [], len(index)
    for body in bodies:
        starts.append(position)
        position += len(body)
    stream = _xls_index(sheets, starts, hidden) + b"".join(bodies)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_compound_file("Workbook", stream.ljust(4096, b"\0")))
    return path


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _xls_index(sheets: Mapping[str, object], starts: Sequence[int], hidden: Sequence[str]) -> bytes:
    entries = b"".join(
        _record(0x85, struct.pack("<IBBBB", start, name in hidden, 0, len(name), 1) + name.encode("utf-16-le"))
        for name, start in zip(sheets, starts, strict=True)
    )
    return _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0)) + entries + _record(0x0A, b"")


def _xls_sheet(rows: Sequence[Sequence[object]]) -> bytes:
    records = io.BytesIO()
    records.write(_record(0x809, struct.pack("<HHHHII", 0x600, 16, 0, 0, 0, 0)))
    for row, cells in enumerate(rows):
        for column, value in enumerate(cells):
            place = struct.pack("<HHH", row, column, 0)
            if isinstance(value, Exception):
                records.write(_record(0x205, place + b"\x07\x01"))
            elif isinstance(value, int | float):
                records.write(_record(0x203, place + struct.pack("<d", value)))
            elif value:
                text = str(value)
                records.write(_record(0x204, place + struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")))
    records.write(_record(0x0A, b""))
    return records.getvalue()


def _compound_file(name: str, stream: bytes) -> bytes:
    """A compound file of one stream: a header, sectors of sector chains, one of names, then the stream."""
    end, free, chains = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
    count = -(-len(stream) // 512)
    tables = -(-(count + 2) // 127)
    links = [*[chains] * tables, end, *range(tables + 2, tables + count + 1), end]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, tables, tables, 0, 4096, end, 0, end, 0)
    header += b"".join(struct.pack("<I", at if at < tables else free) for at in range(109))

    def entry(title: str, kind: int, child: int, start: int, size: int) -> bytes:
        encoded = (title + "\0").encode("utf-16-le")
        tree = struct.pack("<BBIII", kind, 1, free, free, child)
        return (
            encoded.ljust(64, b"\0")
            + struct.pack("<H", len(encoded))
            + tree
            + bytes(36)
            + struct.pack("<IQ", start, size)
        )

    names = entry("Root Entry", 5, 1, end, 0) + entry(name, 2, free, tables + 1, len(stream))
    table = b"".join(struct.pack("<I", link) for link in links).ljust(tables * 512, b"\xff")
    return header + table + names.ljust(512, b"\0") + stream.ljust(count * 512, b"\0")
