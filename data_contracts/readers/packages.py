"""What an .xlsx holds besides the text of its cells, learnt without trusting it.

A workbook says little about its size: a few kilobytes can unpack to gigabytes, and one cell in the last corner of a
sheet makes its reader ask for half a terabyte. So every part is unpacked here first, piece by piece, and measured on
the way; what the text form does not tell (hidden rows, merged cells, error cells, formulas nobody calculated) is found
in the same pass. Nothing is ever run, followed or written.
"""

from __future__ import annotations

import html
import io
import itertools
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from xml.etree import ElementTree

from data_contracts.readers.limits import (
    LARGEST_INDEX,
    LARGEST_PACKAGE,
    LARGEST_PART,
    LARGEST_ROW,
    LARGEST_TEXT,
    MOST_MARKS,
    MOST_SHEET_CELLS,
    SMALL_PACKAGE,
    TooLarge,
    Unreadable,
)

PIECE_BYTES = 1 << 20
LAST_ROW, LAST_COLUMN = 1 << 20, 1 << 14

# Cells past column Z or row 99,999: in most sheets there are none, and the rest need not be looked at one by one.
_NEAR_ROWS, _NEAR_COLUMNS = 99_999, 26
_FAR = rb"(?=[A-Z]{2}|[A-Z][0-9]{6})([A-Z]{1,3})([0-9]+)"
_FAR_CELL_PLAIN = re.compile(rb'<c r="' + _FAR)
_FAR_CELL = re.compile(rb"""\br=["']""" + _FAR)
_FILLED_CELL = re.compile(rb"""<(?:\w+:)?c\s(?:[^>]*?\s)?r=["']([A-Z]+)([0-9]+)["'](?:[^>]*[^/>])?>""")
_UNPLACED = re.compile(rb"<(?:\w+:)?c(?:/?>|\s(?![^>]*\br=))")
_HIDDEN_ROW = re.compile(rb"""<(?:\w+:)?row\b([^>]*\bhidden=["'](?:1|true)["'][^>]*)>""")
_ROW_NUMBER = re.compile(rb"""\br=["']([0-9]+)["']""")
_AT = re.compile(rb"""\br=["']([A-Z]+)([0-9]+)["']""")
_ERROR = re.compile(
    rb"""<(?:\w+:)?c\b([^>]*\bt=["']e["'][^>]*)>(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]*)</""", re.DOTALL
)
# A formula that a program wrote and nobody calculated has no value; the value of a calculated text may be empty.
_UNCALCULATED = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>([^<]*)</(?:\w+:)?f>)"
    rb"\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_IS_TEXT = re.compile(rb"""\bt=["']str["']""")
_SHARED_TEXTS = "xl/sharedstrings.xml"
_TEXT_BEGINS = re.compile(rb"<(?:\w+:)?si\b")
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*[^/>]|)>(.*?)</(?:\w+:)?c\s*>", re.DOTALL)
_HAS_TYPE = re.compile(rb"\bt\s*=")
_HOLDS_ITS_VALUE = re.compile(rb"""\bt\s*=\s*["'](?:n|str|b|e|d)["']""")
_HOLDS_TEXT = re.compile(rb"""\bt\s*=\s*["']inlineStr["']""")
_REFERENCE = re.compile(rb"<(?:\w+:)?v\b[^>]*>\s*([0-9]{1,10})\s*</")
_MERGED = re.compile(rb"""<(?:\w+:)?mergeCell\b[^>]*\bref=["']([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)["']""")

_STYLED_CELL = re.compile(rb"""<(?:\w+:)?c\b([^>]*\bs=["']([0-9]+)["'][^>]*)(?<!/)>""")
_IS_NO_NUMBER = re.compile(rb"""\bt=["'](?:s|str|inlineStr|b|e|d)["']""")
_STYLES = "xl/styles.xml"
_QUOTED = re.compile(r'"[^"]*"|[\\\\!_*].|\[[^\]]*\]')
_OF_TIMES = re.compile("(?i)[ymdhs]")
# Formats that every program knows by their number.
_PERCENT = {"9": "0%", "10": "0.00%"}

# What a workbook may carry along, by the parts it is kept in: English and Chinese name.
ACTIVE_PARTS = (
    (re.compile(r"(?i)vbaproject\.bin$|macrosheets/"), "macros", "宏"),
    (re.compile(r"(?i)xl/externallinks/"), "links to other workbooks", "外部链接"),
    (re.compile(r"(?i)xl/connections\.xml$|xl/querytables/"), "data connections", "数据连接"),
    (re.compile(r"(?i)xl/embeddings/|xl/activex/"), "embedded objects", "嵌入对象"),
)


@dataclass
class SheetFacts:
    """What the text of a sheet's cells does not tell. Rows and columns are 0-based, from the corner of the sheet.

    errors, formulas: (row, column, text) of error cells and of formulas without a value; merged: (first row, last row,
    first column, last column); hidden_rows: 1-based rows with cells; formats: (column, number format) -> how many
    numbers it shows otherwise than they are, and the first row of them.
    """

    errors: list[tuple[int, int, str]] = field(default_factory=list)
    formulas: list[tuple[int, int, str]] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    formats: dict[tuple[int, NumberFormat], tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class NumberFormat:
    """A number format by which a cell shows something else than its number. power: of ten by which it shows less;
    literal: the text it adds; is_money: whether it adds a currency."""

    code: str
    power: int = 0
    literal: str = ""
    is_money: bool = False

    @classmethod
    def of(cls, code: str) -> NumberFormat:
        bare, literal, moved, is_money = "", "", None, False
        at = 0
        section = re.match(r'(?:"[^"]*"|[\\!].|\[[^\]]*\]|[^;])*', code).group()
        while at < len(section):
            sign = section[at]
            if sign == '"':
                end = section.find('"', at + 1) if '"' in section[at + 1 :] else len(section)
                literal += section[at + 1 : end]
                at = end
            elif sign in "\\!" and at + 1 < len(section):
                at += 1
                if section[at] == "." and "." not in bare:
                    moved = len(bare)
                else:
                    literal += section[at]
            elif sign == "[":
                end = section.find("]", at) if "]" in section[at:] else len(section)
                inside = section[at + 1 : end]
                is_money |= inside.startswith("$") and inside[1:2] not in ("", "-")
                at = end
            elif sign in "_*":
                at += 1
            elif sign in "$€£¥￥":
                is_money = True
            else:
                bare += sign
            at += 1
        power = 3 * sum(len(found) for found in re.findall(r"(?<=[0#?.])(,+)(?![0#?,])", bare))
        if moved is not None:
            power += len(re.findall("[0#?]", bare[moved:]))
        power -= 2 * bare.count("%")
        return cls(code, power, literal.strip(), is_money or bool(re.search("[$€£¥￥]", literal)))

    @property
    def is_plain(self) -> bool:
        return not (self.power or self.literal or self.is_money)


class Package:
    """An .xlsx, opened and measured. Raises Unreadable."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        try:
            archive = zipfile.ZipFile(io.BytesIO(content))
        except zipfile.BadZipFile as error:
            raise Unreadable(f"not a whole workbook: {error}", f"工作簿不完整：{error}") from error
        self._parts = {part.filename: part for part in archive.infolist()}
        if len(self._parts) != len(archive.infolist()):
            raise Unreadable("it holds two parts of one name", "内部有重名的部分")
        if "xl/workbook.xml" not in self._parts:
            raise Unreadable("a ZIP archive, but not an .xlsx workbook", "是 ZIP 压缩包，但不是 .xlsx 工作簿")
        self._check_declared_sizes()
        self.carries = [(en, zh) for names, en, zh in ACTIVE_PARTS if any(map(names.search, self._parts))]
        self.hidden: set[str] = set()
        self.counts_from_1904 = False
        self._paths: dict[str, str] = {}
        self._read_index()
        sheets = set(self._paths.values())
        self._longest_text = 0
        for name in self._parts.keys() - sheets:
            pieces = self._pieces(name, LARGEST_PART)
            if name.lower() == _SHARED_TEXTS:
                self._shared_texts = name
                self._longest_text = _longest(pieces)
            for _ in pieces:
                pass

    def facts_of(self, sheet: str) -> SheetFacts:
        """Measure a sheet and find what its text does not tell. Raises TooLarge if it cannot be read safely."""
        facts = SheetFacts()
        path = self._paths.get(sheet, "")
        if path not in self._parts:
            return facts
        rows, columns = _NEAR_ROWS, _NEAR_COLUMNS
        formats = self._odd_formats
        tags = texts = 0
        for xml in self._rows(path):
            _note(xml, facts)
            if formats:
                _note_formats(xml, facts, formats)
            tags += xml.count(b"</")
            if b"inlineStr" in xml:
                texts += len(xml)
            if len(facts.errors) + len(facts.formulas) + len(facts.merged) > MOST_MARKS:
                raise TooLarge(
                    f"sheet '{sheet}' has more than {MOST_MARKS:,} merged cells, error values and open formulas",
                    f"工作表“{sheet}”的合并单元格、错误值和无结果公式超过 {MOST_MARKS:,} 个",
                )
            plain = _is_plain(xml)
            if places := (_FAR_CELL_PLAIN if plain else _FAR_CELL).findall(xml):
                rows = max(rows, max(int(row) for _, row in places))
                columns = max(columns, max(_column(letters) + 1 for letters in {one for one, _ in places}))
            if not plain and _UNPLACED.search(xml):
                rows, columns = LAST_ROW, LAST_COLUMN
        if texts + tags * self._longest_text > LARGEST_TEXT and (texts := self._texts(path)) > LARGEST_TEXT:
            raise TooLarge(
                f"the texts in sheet '{sheet}' come to {texts >> 20:,} MB, of at most {LARGEST_TEXT >> 20:,} MB",
                f"工作表“{sheet}”的文本共 {texts >> 20:,} MB，上限为 {LARGEST_TEXT >> 20:,} MB",
            )
        if rows * columns > MOST_SHEET_CELLS:
            rows, columns = self._extent(path)
        if rows * columns > MOST_SHEET_CELLS:
            raise TooLarge(
                f"the cells of sheet '{sheet}' reach to row {rows:,} and column {_letters(columns)}, more than "
                f"{MOST_SHEET_CELLS:,} cells",
                f"工作表“{sheet}”的单元格延伸到第 {rows:,} 行、{_letters(columns)} 列，"
                f"超过 {MOST_SHEET_CELLS:,} 个单元格",
            )
        return facts

    @cached_property
    def _odd_formats(self) -> dict[bytes, NumberFormat]:
        """The styles, by their number, that show another number, or more than one."""
        if _STYLES not in self._parts:
            return {}
        codes, styles = dict(_PERCENT), []
        try:
            root = self._xml(_STYLES)
        except (TooLarge, ElementTree.ParseError):
            return {}
        for element in root.iter():
            tag = element.tag.rpartition("}")[2]
            if tag == "numFmt":
                codes[element.get("numFmtId", "")] = element.get("formatCode", "")
            elif tag == "cellXfs":
                styles = [one.get("numFmtId", "0") for one in element]
        made = {
            number: NumberFormat.of(code)
            for number, code in codes.items()
            if not _OF_TIMES.search(_QUOTED.sub("", code))
        }
        return {
            str(at).encode(): made[number]
            for at, number in enumerate(styles)
            if number in made and not made[number].is_plain
        }

    def is_small(self) -> bool:
        """Whether a library that trusts what it opens, and holds every cell as an object, may open it."""
        area = sum(
            (bottom - top + 1) * (right - left + 1)
            for sheet in self._paths
            for top, bottom, left, right in self.facts_of(sheet).merged
        )
        left = SMALL_PACKAGE
        for name in self._parts:
            content = b"".join(self._pieces(name, SMALL_PACKAGE))
            left -= len(content)
            if left < 0 or b"<!DOCTYPE" in content or (name.endswith((".xml", ".rels")) and b"\0" in content[:64]):
                return False
        return area <= MOST_MARKS

    def _texts(self, path: str) -> int:
        """Bytes of the texts in the cells of a sheet, counted one by one and those that are shared as often as they
        are referred to; where that cannot be told, as the longest."""
        lengths: list[int] = []
        if self._longest_text:
            content = b"".join(self._pieces(self._shared_texts, LARGEST_PART))
            begins = [found.start() for found in _TEXT_BEGINS.finditer(content)]
            lengths = [end - begin for begin, end in itertools.pairwise([*begins, len(content)])]
        total = 0
        for xml in self._rows(path):
            for attributes, inside in _CELL.findall(xml):
                if _HOLDS_TEXT.search(attributes):
                    total += len(inside)
                elif _HAS_TYPE.search(attributes) and not _HOLDS_ITS_VALUE.search(attributes):
                    found = _REFERENCE.search(inside)
                    at = int(found[1]) if found else len(lengths)
                    total += lengths[at] if at < len(lengths) else self._longest_text
            if total > LARGEST_TEXT:
                break
        return total

    def _extent(self, path: str) -> tuple[int, int]:
        """The last row and column with a filled cell, counted one by one."""
        rows = columns = 0
        for xml in self._rows(path):
            places = _FILLED_CELL.findall(xml)
            rows = max(rows, max((int(row) for _, row in places), default=0))
            columns = max(columns, max((_column(letters) + 1 for letters in {one for one, _ in places}), default=0))
            if not _is_plain(xml) and _UNPLACED.search(xml):
                each = re.split(rb"<(?:\w+:)?row\b", xml)
                numbers = re.findall(rb"""<(?:\w+:)?row\b[^>]*?\br=["']([0-9]+)["']""", xml)
                rows = max(rows + len(each) - 1, *map(int, numbers), 0)
                columns = max(columns, max(len(re.findall(rb"<(?:\w+:)?c[\s/>]", one)) for one in each))
        return min(rows, LAST_ROW), min(columns, LAST_COLUMN)

    def _rows(self, path: str) -> Iterator[bytes]:
        """The XML of a sheet, cut where a row begins."""
        rest = b""
        for piece in self._pieces(path, LARGEST_PACKAGE):
            rest += piece
            if rest.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise Unreadable("its sheets are not in UTF-8", "工作表不是 UTF-8 编码")
            cut = max(rest.rfind(b"<row"), rest.rfind(b":row ", 0, -5))
            cut = rest.rfind(b"<", 0, cut + 1) if cut > 0 else cut
            if cut > 0:
                yield rest[:cut]
                rest = rest[cut:]
            elif len(rest) > LARGEST_ROW:
                raise TooLarge(
                    f"a single row is larger than {LARGEST_ROW >> 20} MB", f"单行超过 {LARGEST_ROW >> 20} MB"
                )
        yield rest

    def _check_declared_sizes(self) -> None:
        declared = sum(part.file_size for part in self._parts.values())
        if declared > LARGEST_PACKAGE:
            raise TooLarge(
                f"it unpacks to {declared >> 20:,} MB, of at most {LARGEST_PACKAGE >> 20:,} MB",
                f"解压后为 {declared >> 20:,} MB，上限为 {LARGEST_PACKAGE >> 20:,} MB",
            )

    def _read_index(self) -> None:
        targets = {
            relation.get("Id"): relation.get("Target", "") for relation in self._xml("xl/_rels/workbook.xml.rels")
        }
        for element in self._xml("xl/workbook.xml").iter():
            tag = element.tag.rpartition("}")[2]
            if tag == "workbookPr":
                self.counts_from_1904 = element.get("date1904") in ("1", "true")
            elif tag == "sheet":
                target = next(
                    (targets.get(value, "") for key, value in element.attrib.items() if key.endswith("}id")), ""
                )
                if element.get("state", "visible") != "visible":
                    self.hidden.add(element.get("name", ""))
                self._paths[element.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"

    def _xml(self, name: str) -> ElementTree.Element:
        if name not in self._parts:
            raise Unreadable(f"the workbook has no {name}", f"工作簿缺少 {name}")
        content = b"".join(self._pieces(name, LARGEST_INDEX))
        if b"<!DOCTYPE" in content:
            raise Unreadable("its XML declares a document type", "其 XML 含有文档类型声明")
        return ElementTree.fromstring(content)

    def _pieces(self, name: str, at_most: int) -> Iterator[bytes]:
        """The unpacked bytes of a part. The size it declares is an upper bound that is checked, not believed."""
        part = self._parts[name]
        header = part.header_offset
        lengths = self._content[header + 26 : header + 30]
        start = header + 30 + int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
        packed = memoryview(self._content)[start : start + part.compress_size]
        if part.flag_bits & 1 or part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Unreadable("its parts are encrypted or packed in an unusual way", "内部已加密或压缩方式异常")
        if part.file_size > at_most:
            raise TooLarge(
                f"{name} unpacks to {part.file_size >> 20:,} MB, of at most {at_most >> 20:,} MB",
                f"{name} 解压后为 {part.file_size >> 20:,} MB，上限为 {at_most >> 20:,} MB",
            )
        unpacked = 0
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        for begin in range(0, len(packed), PIECE_BYTES):
            rest = bytes(packed[begin : begin + PIECE_BYTES])
            while rest:
                if part.compress_type == zipfile.ZIP_STORED:
                    piece, rest = rest, b""
                else:
                    try:
                        piece = unpacker.decompress(rest, PIECE_BYTES * 4)
                    except zlib.error as error:
                        raise Unreadable(f"{name} is damaged: {error}", f"{name} 已损坏：{error}") from error
                    rest = unpacker.unconsumed_tail
                unpacked += len(piece)
                if unpacked > part.file_size:
                    raise TooLarge(f"{name} is larger than it declares", f"{name} 大于其声明的大小")
                yield piece
        yield unpacker.flush() if part.compress_type == zipfile.ZIP_DEFLATED else b""


def _longest(pieces: Iterator[bytes]) -> int:
    """At least the bytes of the longest shared text."""
    longest = open_text = 0
    for piece in pieces:
        begins = [found.start() for found in _TEXT_BEGINS.finditer(piece)]
        if not begins:
            open_text += len(piece)
            continue
        longest = max(longest, open_text + begins[0], *(end - begin for begin, end in itertools.pairwise(begins)))
        open_text = len(piece) - begins[-1]
    return max(longest, open_text)


def _note(xml: bytes, facts: SheetFacts) -> None:
    """Note what is found in a piece of a sheet."""
    if b"hidden=" in xml:
        facts.hidden_rows += [
            int(_ROW_NUMBER.search(attributes).group(1))
            for attributes in _HIDDEN_ROW.findall(xml)
            if _ROW_NUMBER.search(attributes) and not attributes.endswith(b"/")
        ]
    if b"<f" in xml or b":f" in xml:
        facts.formulas += [
            (*_position(attributes), "=" + html.unescape((formula or b"\xe2\x80\xa6").decode("utf-8", "replace")))
            for attributes, formula in _UNCALCULATED.findall(xml)
            if _AT.search(attributes) and not _IS_TEXT.search(attributes)
        ]
    if b't="e"' in xml or b"t='e'" in xml:
        facts.errors += [
            (*_position(attributes), value.decode("utf-8", "replace"))
            for attributes, value in _ERROR.findall(xml)
            if _AT.search(attributes)
        ]
    if b"mergeCell" in xml:
        facts.merged += [
            (int(top) - 1, int(bottom) - 1, _column(left), _column(right))
            for left, top, right, bottom in _MERGED.findall(xml)
        ]


def _note_formats(xml: bytes, facts: SheetFacts, formats: dict[bytes, NumberFormat]) -> None:
    for attributes, style in _STYLED_CELL.findall(xml):
        made = formats.get(style)
        if made is None or _IS_NO_NUMBER.search(attributes) or not _AT.search(attributes):
            continue
        row, column = _position(attributes)
        count, first = facts.formats.get((column, made), (0, row))
        facts.formats[column, made] = count + 1, min(first, row)


def _is_plain(xml: bytes) -> bool:
    """Whether every cell begins as most programs write it: with its place."""
    return xml.count(b'<c r="') == xml.count(b"<c ") and b"<c>" not in xml and b":c" not in xml


def _position(attributes: bytes) -> tuple[int, int]:
    column, row = _AT.search(attributes).groups()
    return int(row) - 1, _column(column)


def _column(letters: bytes) -> int:
    """The 0-based column of its letters."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _letters(number: int) -> str:
    """The letters of a column, 1-based."""
    letters = ""
    while number:
        number, letter = divmod(number - 1, 26)
        letters = chr(65 + letter) + letters
    return letters
