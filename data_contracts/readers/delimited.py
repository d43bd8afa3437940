"""Bytes of a CSV to cells: Unicode or the encoding of a country; comma, semicolon, tab or bar; quoted line breaks;
ragged rows.

The text is read in blocks of lines, so that besides the bytes and the cells only one block is in memory at a time. A
text too long for its cells to be held at once gives them block by block, as often as they are asked for.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from data_contracts.readers.distinct import Distinct, repeats
from data_contracts.readers.encodings import NAMES, encoding_of
from data_contracts.readers.limits import MOST_TABLE_CELLS, TooLarge, Unreadable

SEPARATORS = (",", ";", "\t", "|")
HEADER_SEARCHED_ROWS = 60
WIDEST = 512
BLOCK_BYTES = 16 << 20
BLOCK_RECORDS = 50_000
LONGEST_EXAMPLE = 20
# Rows of a long table, and those that show whether the texts of its columns repeat themselves.
LONG = 5_000


@dataclass(frozen=True)
class Assumed:
    """An encoding of a country, and some text that is no ASCII as it was read by it."""

    encoding: str
    example: str


@dataclass(frozen=True)
class Table:
    """cells: String columns 0, 1, …; widths: the number of cells each record was written with; assumed: some text that
    is no ASCII, where its encoding was assumed because it is no Unicode; is_open: whether the last line has no end."""

    cells: pl.DataFrame
    widths: pl.Series
    separator: str
    assumed: Assumed | None
    is_open: bool = False


@dataclass(frozen=True)
class Text:
    """A text file in UTF-8, its lines ended by one character. is_regular: whether every line is a record of well-formed
    cells."""

    text: bytes
    separator: str
    assumed: Assumed | None
    is_regular: bool

    def blocks(self) -> Iterator[tuple[pl.DataFrame, pl.Series]]:
        """Cells and widths, some lines at a time. Raises Unreadable."""
        yield from _lines(self.text, self.separator) if self.is_regular else _records(self.text, self.separator)


def read_table(content: bytes, is_header: Callable[[str], bool]) -> Table:
    """The cells of a text file. Raises Unreadable.

    `is_header` recognises header texts; the separator is the one under which most of them appear.
    """
    text, separator, assumed = _opened(content, is_header)
    try:
        cells, widths = _collected(_lines(text, separator))
    except _Irregular:
        cells, widths = _collected(_records(text, separator))
    return Table(cells, widths, separator, assumed, not text.endswith(b"\n"))


def open_text(content: bytes, is_header: Callable[[str], bool]) -> Text:
    """The same, for a text that is read block by block."""
    text, separator, assumed = _opened(content, is_header)
    try:
        for _ in _lines(text, separator):
            pass
    except _Irregular:
        return Text(text, separator, assumed, is_regular=False)
    return Text(text, separator, assumed, is_regular=True)


def _opened(content: bytes, is_header: Callable[[str], bool]) -> tuple[bytes, str, Assumed | None]:
    """The text in UTF-8, its separator, and what of it is read by assumption."""
    text, encoding = _as_utf8(content, is_header)
    assumed = None
    if encoding in NAMES and (found := re.search(rb"[^\x00-\x7f]", text)):
        around = text[max(found.start() - LONGEST_EXAMPLE, 0) : found.start() + 4 * LONGEST_EXAMPLE]
        cells = re.split(r'[\n,;\t|"]', around.decode("utf-8", "replace"))
        example = next(cell for cell in cells if not cell.isascii())[: 2 * LONGEST_EXAMPLE].strip()
        assumed = Assumed(encoding, example)
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return text, _separator(text, is_header), assumed


def clean(cells: pl.DataFrame) -> pl.DataFrame:
    """Cells without white space and invisible marks around them, null where nothing is left; lines that are drawn
    with dashes are nothing. Of a long column in which few texts stand, each is cleaned once."""
    if len(cells) < LONG:
        return _clean(cells)
    return pl.DataFrame([_cleaned(column) for column in cells.iter_columns()])


def _cleaned(text: pl.Series) -> pl.Series:
    if not repeats(text):
        return text if _is_clean(text) else _clean(text.to_frame()).to_series()
    distinct = Distinct.of(text)
    return distinct.spread(_clean(distinct.values.to_frame(text.name))).to_series()


def _is_clean(text: pl.Series) -> bool:
    """Whether a column is plain ASCII with nothing to leave out."""
    size = text.str.len_bytes().sum()
    if not size == text.str.strip_chars().str.len_bytes().sum() == text.str.len_chars().sum():
        return False
    return not ((text == "") | text.str.starts_with("-----")).any()


def _clean(cells: pl.DataFrame) -> pl.DataFrame:
    cells = cells.with_columns(pl.all().str.strip_chars().str.strip_chars("\ufeff\u200b"))
    dashed = pl.all().str.starts_with("-----")
    is_nothing = pl.all() == ""
    if any(found.any() for found in cells.select(dashed).iter_columns()):
        is_nothing |= dashed & pl.all().str.contains("^-+$")
    return cells.with_columns(pl.when(~is_nothing).then(pl.all()))


def _as_utf8(content: bytes, is_header: Callable[[str], bool]) -> tuple[bytes, str]:
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
        encodings = ["utf-8", ""]
    for encoding in encodings:
        try:
            encoding = encoding or encoding_of(content, is_header, HEADER_SEARCHED_ROWS)
            text = _converted(content, encoding)
        except UnicodeDecodeError:
            continue
        if b"\x00" in text:
            raise _incomplete()
        if re.search(rb"[\x01-\x08\x0e-\x1b]", text[:4096]):
            break
        return text, encoding
    raise Unreadable("not text in UTF-8, UTF-16, GB18030 or Big5", "不是 UTF-8、UTF-16、GB18030 或 Big5 编码的文本")


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


class _Irregular(Exception):
    """Some line is no record of well-formed cells."""


def _lines(text: bytes, separator: str) -> Iterator[tuple[pl.DataFrame, pl.Series]]:
    """Cells and widths of a text whose every line is a record. Raises _Irregular, TooLarge."""
    if b"\x1f" in text:
        raise _Irregular
    mark = re.escape(separator)
    for block in _blocks(text):
        lines = _parse_csv(block, "\x1f", None, 1)["0"]
        quoted = b'"' in block
        bare = lines
        if quoted:
            cell = rf'(?:[^"{separator}]*|"(?:[^"]|"")*")'
            if not lines.str.contains(rf"^{cell}(?:{mark}{cell})*$").all():
                raise _Irregular
            bare = lines.str.replace_all(r'"[^"]*"', "")
        widths = bare.str.count_matches(separator, literal=True) + 1
        width = min(int(widths.max() or 0), WIDEST)
        _check_size(len(lines), width)
        cells = _parse_csv(block, separator, '"' if quoted else None, width)
        if len(cells) != len(widths):
            raise _Irregular
        yield clean(cells), widths


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


def _records(text: bytes, separator: str) -> Iterator[tuple[pl.DataFrame, pl.Series]]:
    """Cells and widths of records that span lines or hold stray quotation marks. Raises Unreadable."""
    lines = io.TextIOWrapper(io.BytesIO(text), encoding="utf-8", errors="surrogatepass", newline="")
    records = csv.reader(lines, delimiter=separator, strict=True)
    csv.field_size_limit(max(csv.field_size_limit(), 1 << 24))
    try:
        while block := list(itertools.islice(records, BLOCK_RECORDS)):
            columns = list(itertools.islice(itertools.zip_longest(*block), WIDEST)) or [[None] * len(block)]
            _check_size(len(block), len(columns))
            cells = pl.DataFrame([pl.Series(str(at), values, pl.String) for at, values in enumerate(columns)])
            yield clean(cells), pl.Series(map(len, block), dtype=pl.UInt32)
    except csv.Error as error:
        line = records.line_num
        raise Unreadable(
            f"a quotation mark before line {line} is not closed: {error}", f"第 {line} 行之前的引号未闭合：{error}"
        ) from error


def _check_size(rows: int, width: int) -> None:
    if rows * width > MOST_TABLE_CELLS:
        raise TooLarge(
            f"more than {MOST_TABLE_CELLS:,} cells in {width} columns",
            f"共 {width} 列，单元格超过 {MOST_TABLE_CELLS:,} 个",
        )


def _collected(blocks: Iterable[tuple[pl.DataFrame, pl.Series]]) -> tuple[pl.DataFrame, pl.Series]:
    """All cells and widths, of which there may not be too many."""
    frames, widths, rows, width = [], [], 0, 0
    for cells, of_records in blocks:
        rows, width = rows + len(cells), max(width, cells.width)
        _check_size(rows, width)
        frames.append(cells)
        widths.append(of_records)
    if not frames:
        return pl.DataFrame(schema={"0": pl.String}), pl.Series([], dtype=pl.UInt32)
    return pl.concat(frames, how="diagonal"), pl.concat(widths)
