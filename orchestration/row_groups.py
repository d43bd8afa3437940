"""A large Parquet file of which the parts of unchanged years are taken over from the former one, byte for byte.

Each year is written by itself, and the file is what they hold one behind the other, with one footer: row groups never
span years. What a part was made of stands in the footer, so that the next file knows which parts it may take. The bytes
follow from the rows alone, whatever was taken over. Parquet's footer is a Thrift structure in compact protocol; the
fields that are changed here are those of parquet.thrift in Apache Parquet's format 2.
"""

import contextlib
import json
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

MAGIC = b"PAR1"
PARTS_KEY = b"helioledger.parts"
COPIED_AT_ONCE = 1 << 22
# Types of the compact protocol.
TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)
# Fields of FileMetaData, KeyValue, RowGroup, ColumnChunk and ColumnMetaData.
SCHEMA, NUM_ROWS, ROW_GROUPS, KEY_VALUES = 2, 3, 4, 5
KEY, VALUE = 1, 2
COLUMNS, FILE_OFFSET, ORDINAL = 1, 5, 7
CHUNK_OFFSETS = (2, 4, 6)
META_DATA = 3
META_OFFSETS = (9, 10, 11, 14)


class NotAsExpected(Exception):
    """A file that is no Parquet file, or was not written in parts."""


@dataclass(frozen=True)
class Part:
    """Rows that are written together. digest: of the rows and of how they are written."""

    name: str
    digest: str


@dataclass(frozen=True)
class _Written:
    """The pages of a part in a file, from `start` on, and its row groups; `shift`: of the offsets in them, to 0."""

    file: Path
    start: int
    length: int
    row_groups: list[dict[int, tuple[int, Any]]]
    shift: int


def write(target: Path, parts: Sequence[Part], make: Callable[[Part, Path], None], former: Path | None) -> list[str]:
    """Write a file of parts, in their order; the names of those that were made by `make`, the others are in `former`.

    make: writes one part as a file of its own, all with the same columns. A former file that cannot be read, or has
    others, is as none. Raises NotAsExpected.
    """
    taken, footers = {}, []
    if former is not None:
        with contextlib.suppress(NotAsExpected, OSError):
            taken = _parts_of(former)
        if any((part.name, part.digest) in taken for part in parts):
            footers.append(read_footer(former)[0])
    made, written = [], []
    pieces = []
    try:
        for part in parts:
            if (part.name, part.digest) in taken:
                written.append(taken[part.name, part.digest])
                continue
            piece = target.with_name(f".{target.name}-{len(pieces)}")
            pieces.append(piece)
            make(part, piece)
            made.append(part.name)
            footer, start_of_footer = read_footer(piece)
            footers.append(footer)
            row_groups = footer.get(ROW_GROUPS, (LIST, (STRUCT, [])))[1][1]
            written.append(_Written(piece, len(MAGIC), start_of_footer - len(MAGIC), row_groups, len(MAGIC)))
        if any(footer[SCHEMA] != footers[-1][SCHEMA] for footer in footers):
            if len(made) == len(parts):
                raise NotAsExpected(f"The parts of {target.name} have different columns.")
            return write(target, parts, make, None)
        _join(target, parts, written, footers[-1])
    finally:
        for piece in pieces:
            piece.unlink(missing_ok=True)
    return made


def _join(target: Path, parts: Sequence[Part], written: Sequence[_Written], footer: dict[int, tuple[int, Any]]) -> None:
    row_groups, told, rows = [], [], 0
    with target.open("wb") as file:
        file.write(MAGIC)
        for part, one in zip(parts, written, strict=True):
            at = file.tell()
            _copy(one, file)
            for row_group in one.row_groups:
                _move(row_group, at - one.shift)
                if ORDINAL in row_group:
                    row_group[ORDINAL] = (I16, len(row_groups))
                row_groups.append(row_group)
                rows += row_group[3][1]
            told.append([part.name, part.digest, one.length, len(one.row_groups)])
        footer[NUM_ROWS] = (I64, rows)
        footer[ROW_GROUPS] = (LIST, (STRUCT, row_groups))
        others = [pair for pair in footer.get(KEY_VALUES, (LIST, (STRUCT, [])))[1][1] if pair[KEY][1] != PARTS_KEY]
        said = {KEY: (BINARY, PARTS_KEY), VALUE: (BINARY, json.dumps(told, separators=(",", ":")).encode())}
        footer[KEY_VALUES] = (LIST, (STRUCT, [*others, said]))
        packed = bytearray()
        _pack_struct(footer, packed)
        file.write(packed)
        file.write(struct.pack("<I", len(packed)) + MAGIC)


def _copy(part: _Written, target: BinaryIO) -> None:
    with part.file.open("rb") as file:
        file.seek(part.start)
        left = part.length
        while left:
            block = file.read(min(left, COPIED_AT_ONCE))
            if not block:
                raise NotAsExpected(f"{part.file} ends early.")
            target.write(block)
            left -= len(block)


def _move(row_group: dict[int, tuple[int, Any]], by: int) -> None:
    """Have the offsets of a row group speak of another place. One of 0 says nothing."""

    def move(fields: dict[int, tuple[int, Any]], names: Sequence[int]) -> None:
        for name in names:
            if name in fields and fields[name][1]:
                kind, value = fields[name]
                fields[name] = (kind, value + by)

    move(row_group, [FILE_OFFSET])
    for chunk in row_group[COLUMNS][1][1]:
        move(chunk, CHUNK_OFFSETS)
        move(chunk[META_DATA][1], META_OFFSETS)


def _parts_of(file: Path) -> dict[tuple[str, str], _Written]:
    """The parts of a file that was written by `write`, by name and digest."""
    footer, start_of_footer = read_footer(file)
    row_groups = footer[ROW_GROUPS][1][1]
    told = [pair[VALUE][1] for pair in footer.get(KEY_VALUES, (LIST, (STRUCT, [])))[1][1] if pair[KEY][1] == PARTS_KEY]
    if len(told) != 1:
        raise NotAsExpected(f"{file} was not written in parts.")
    found, at, groups = {}, len(MAGIC), 0
    for name, digest, length, count in json.loads(told[0]):
        found[name, digest] = _Written(file, at, length, row_groups[groups : groups + count], at)
        at, groups = at + length, groups + count
    if at != start_of_footer or groups != len(row_groups):
        raise NotAsExpected(f"{file} does not hold the parts that it names.")
    return found


def read_footer(file: Path) -> tuple[dict[int, tuple[int, Any]], int]:
    """FileMetaData by field, each its type and value, and where it begins."""
    with file.open("rb") as content:
        size = content.seek(0, 2)
        content.seek(max(size - 8, 0))
        end = content.read()
        if len(end) != 8 or end[4:] != MAGIC:
            raise NotAsExpected(f"{file} is no Parquet file.")
        (length,) = struct.unpack("<I", end[:4])
        start = size - 8 - length
        if start < len(MAGIC):
            raise NotAsExpected(f"{file} is no Parquet file.")
        content.seek(start)
        packed = content.read(length)
    try:
        return _Reader(packed).struct(), start
    except (IndexError, KeyError) as error:
        raise NotAsExpected(f"The footer of {file} cannot be read.") from error


class _Reader:
    def __init__(self, packed: bytes) -> None:
        self.packed, self.at = packed, 0

    def varint(self) -> int:
        value, shift = 0, 0
        while True:
            byte = self.packed[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def integer(self) -> int:
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def value(self, kind: int) -> Any:
        if kind in (I16, I32, I64):
            return self.integer()
        if kind == BINARY:
            length = self.varint()
            self.at += length
            return self.packed[self.at - length : self.at]
        if kind == STRUCT:
            return self.struct()
        if kind in (LIST, SET):
            head = self.packed[self.at]
            self.at += 1
            count = head >> 4 if head < 0xF0 else self.varint()
            inner = head & 0x0F
            return inner, [self.value(inner) for _ in range(count)]
        if kind in (TRUE, FALSE, BYTE):  # a byte of its own only in a list
            self.at += 1
            return self.packed[self.at - 1]
        if kind == DOUBLE:
            self.at += 8
            return self.packed[self.at - 8 : self.at]
        raise KeyError(kind)

    def struct(self) -> dict[int, tuple[int, Any]]:
        fields, name = {}, 0
        while head := self.packed[self.at]:
            self.at += 1
            kind = head & 0x0F
            name = name + (head >> 4) if head >> 4 else self.integer()
            fields[name] = (kind, None if kind in (TRUE, FALSE) else self.value(kind))
        self.at += 1
        return fields


def _varint(value: int) -> Iterator[int]:
    while value > 0x7F:
        yield value & 0x7F | 0x80
        value >>= 7
    yield value


def _integer(value: int) -> Iterator[int]:
    return _varint(value << 1 if value >= 0 else (-value << 1) - 1)


def _pack(kind: int, value: Any, into: bytearray) -> None:
    if kind in (I16, I32, I64):
        into.extend(_integer(value))
    elif kind == BINARY:
        into.extend(_varint(len(value)))
        into.extend(value)
    elif kind == STRUCT:
        _pack_struct(value, into)
    elif kind in (LIST, SET):
        inner, values = value
        into.extend([len(values) << 4 | inner] if len(values) < 15 else [0xF0 | inner, *_varint(len(values))])
        for one in values:
            _pack(inner, one, into)
    elif kind == DOUBLE:
        into.extend(value)
    else:
        into.append(value)


def _pack_struct(fields: dict[int, tuple[int, Any]], into: bytearray) -> None:
    former = 0
    for name in sorted(fields):
        kind, value = fields[name]
        if 0 < name - former < 16:
            into.append((name - former) << 4 | kind)
        else:
            into.append(kind)
            into.extend(_integer(name))
        if kind not in (TRUE, FALSE):
            _pack(kind, value, into)
        former = name
    into.append(0)
