"""Bytes of a CSV to cells: UTF-8, UTF-16 or GB18030; comma, semicolon, tab or bar; quoted line breaks; ragged rows.

The text is read in blocks of lines, so that besides the bytes and the cells only one block is in memory at a time.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl

from data_contracts.readers.limits import MOST_TABLE_CELLS, TooLarge, Unreadable

SEPARATORS = (",", ";", "\t", "|")
HEADER_SEARCHED_ROWS = 60
WIDEST = 512
BLOCK_BYTES = 16 << 20
BLOCK_RECORDS = 50_000


LONGEST_EXAMPLE = 20


@dataclass(frozen=True)
class Table:
    """cells: String columns 0, 1, …; widths: the number of cells each record was written with; assumed: some text that
    is no ASCII, where GB18030 was assumed because it is no UTF-8."""

    cells: pl.DataFrame
    widths: pl.Series
    separator: str
    assumed: str | None


def read_table(content: bytes, is_header: Callable[[str], bool]) -> Table:
    """The cells of a text file. Raises Unreadable.

    `is_header` recognises header texts; the separator is the one under which most of them appear.
    """
    text, encoding = _as_utf8(content)
    assumed = None
    if encoding == "gb18030" and (found := re.search(rb"[^\x00-\x7f]", text)):
        around = text[max(found.start() - LONGEST_EXAMPLE, 0) : found.start() + 4 * LONGEST_EXAMPLE]
        cells = re.split(r'[\n,;\t|"]', around.decode("utf-8", "replace"))
        assumed = next(cell for cell in cells if not cell.isascii())[: 2 * LONGEST_EXAMPLE].strip()
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    separator = _separator(text, is_header)
    found = _split_lines(text, separator)
    cells, widths = found if found is not None else _split_records(text, separator)
    return Table(cells, widths, separator, assumed)


def clean(cells: pl.DataFrame) -> pl.DataFrame:
    """Cells without white space and invisible marks around them, null where nothing is left."""
    text = pl.all().str.strip_chars().str.strip_chars("\ufeff\u200b")
    return cells.with_columns(text).with_columns(pl.when(pl.all() != "").then(pl.all()))


def _as_utf8(content: bytes) -> tuple[bytes, str]:
    """The text in UTF-8, and the encoding it was in."""
    sample = content[:4096]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\x00" in sample:
        # Separators and digits have their zero byte second in little-endian text, first in big-endian; and there are
        # many of them.
        first, second = sample[::2].count(0), sample[1::2].count(0)
        if max(first, second) < 10 * min(first, second) or max(first, second) * 20 < len(sample):
            raise _incomplete()
        encodings = ["utf-16-le" if second > first else "utf-16-be"]
    else:
        encodings = ["utf-8", "gb18030"]
    for encoding in encodings:
        try:
            text = _converted(content, encoding)
        except UnicodeDecodeError:
            continue
        if b"\x00" in text:
            raise _incomplete()
        if re.search(rb"[\x01-\x08\x0e-\x1b]", text[:4096]):
            break
        return text, encoding
    raise Unreadable("not text in UTF-8, UTF-16 or GB18030", "不是 UTF-8、UTF-16 或 GB18030 编码的文本")


def _incomplete() -> Unreadable:
    return Unreadable(
        "it contains NUL bytes, as a file does that was not copied completely", "含有 NUL 字节，可能未复制完整"
    )


def _converted(content: bytes, encoding: str) -> bytes:
    """The same text in UTF-8 without byte order mark; checked, and not copied, if it is that already."""
    decoder = codecs.getincrementaldecoder(encoding)()
    blocks = []
    for begin in range(0, len(content), BLOCK_BYTES):
        block = decoder.decode(content[begin : begin + BLOCK_BYTES], final=begin + BLOCK_BYTES >= len(content))
        if encoding != "utf-8":
            blocks.append(block.encode("utf-8", "surrogatepass"))
    text = b"".join(blocks) if encoding != "utf-8" else content
    return text.removeprefix(codecs.BOM_UTF8)


def _separator(text: bytes, is_header: Callable[[str], bool]) -> str:
    start = io.StringIO(text[: 1 << 20].decode("utf-8", errors="ignore"))
    sample = list(itertools.islice(start, HEADER_SEARCHED_ROWS))

    def score(separator: str) -> tuple[int, int]:
        rows = list(csv.reader(sample, delimiter=separator))
        return (
            max((sum(is_header(cell) for cell in row) for row in rows), default=0),
            max((len(row) for row in rows), default=0),
        )

    try:
        return max(SEPARATORS, key=score)
    except csv.Error as error:
        raise Unreadable(f"not a table of text: {error}", f"不是文本表格：{error}") from error


def _split_lines(text: bytes, separator: str) -> tuple[pl.DataFrame, pl.Series] | None:
    """Cells and widths, where every line is a record of well-formed cells; None otherwise."""
    if b"\x1f" in text:
        return None
    mark = re.escape(separator)
    cells, widths = _Collected(), []
    for block in _blocks(text):
        lines = _parse_csv(block, "\x1f", None, 1)["0"]
        quoted = b'"' in block
        bare = lines
        if quoted:
            cell = rf'(?:[^"{separator}]*|"(?:[^"]|"")*")'
            if not lines.str.contains(rf"^{cell}(?:{mark}{cell})*$").all():
                return None
            bare = lines.str.replace_all(r'"[^"]*"', "")
        widths.append(bare.str.count_matches(separator, literal=True) + 1)
        width = min(int(widths[-1].max() or 0), WIDEST)
        cells.reserve(len(lines), width)
        cells.add(_parse_csv(block, separator, '"' if quoted else None, width))
        if cells.rows != sum(map(len, widths)):
            return None
    return cells.frame(), pl.concat(widths) if widths else pl.Series([], dtype=pl.UInt32)


def _blocks(text: bytes) -> Iterator[bytes]:
    """The text in pieces that end with a line."""
    begin = 0
    while begin < len(text):
        end = text.find(b"\n", begin + BLOCK_BYTES) + 1 or len(text)
        yield text[begin:end]
        begin = end


def _parse_csv(block: bytes, separator: str, quote: str | None, width: int) -> pl.DataFrame:
    schema = {str(position): pl.String for position in range(max(width, 1))}
    if not block.strip(b"\n"):
        return pl.DataFrame({name: [None] * len(block) for name in schema}, schema=schema)
    return pl.read_csv(
        block,
        has_header=False,
        separator=separator,
        quote_char=quote,
        schema=schema,
        missing_columns="insert",
        truncate_ragged_lines=True,
        empty_string_is_null=False,
    )


def _split_records(text: bytes, separator: str) -> tuple[pl.DataFrame, pl.Series]:
    """Cells and widths of records that span lines or hold stray quotation marks."""
    lines = io.TextIOWrapper(io.BytesIO(text), encoding="utf-8", errors="surrogatepass", newline="")
    records = csv.reader(lines, delimiter=separator, strict=True)
    csv.field_size_limit(max(csv.field_size_limit(), 1 << 24))
    cells, widths = _Collected(), []
    try:
        while block := list(itertools.islice(records, BLOCK_RECORDS)):
            widths.append(pl.Series(map(len, block), dtype=pl.UInt32))
            columns = list(itertools.islice(itertools.zip_longest(*block), WIDEST)) or [[None] * len(block)]
            cells.reserve(len(block), len(columns))
            cells.add(pl.DataFrame([pl.Series(str(at), values, pl.String) for at, values in enumerate(columns)]))
    except csv.Error as error:
        line = records.line_num
        raise Unreadable(
            f"a quotation mark before line {line} is not closed: {error}", f"第 {line} 行之前的引号未闭合：{error}"
        ) from error
    return cells.frame(), pl.concat(widths) if widths else pl.Series([], dtype=pl.UInt32)


class _Collected:
    """Cleaned blocks of cells, of which there may not be too many."""

    def __init__(self) -> None:
        self._frames: list[pl.DataFrame] = []
        self.rows = self.width = 0

    def reserve(self, rows: int, width: int) -> None:
        self.width = max(self.width, width)
        if (self.rows + rows) * self.width > MOST_TABLE_CELLS:
            raise TooLarge(
                f"more than {MOST_TABLE_CELLS:,} cells in {self.width} columns",
                f"共 {self.width} 列，单元格超过 {MOST_TABLE_CELLS:,} 个",
            )

    def add(self, cells: pl.DataFrame) -> None:
        self._frames.append(clean(cells))
        self.rows += len(cells)

    def frame(self) -> pl.DataFrame:
        if not self._frames:
            return pl.DataFrame(schema={"0": pl.String})
        return pl.concat(self._frames, how="diagonal")
