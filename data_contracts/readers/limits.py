"""What a file may cost to read, and how a file that costs more, or is not what it says, is refused."""

from __future__ import annotations

# Bytes of a delivered file. It is held in memory once, and never more than a few times over in parts.
LARGEST_FILE = 1 << 30

# Cells of a text file or Parquet table, and of the rectangle around the cells of a worksheet.
MOST_TABLE_CELLS = 1 << 26
MOST_SHEET_CELLS = 1 << 25

# Cells of sheets that are kept while others are looked at.
MOST_KEPT_CELLS = 1 << 22

# Bytes of a workbook, unpacked: of all that is read, of one part other than a sheet, of its table of contents, of one
# row.
LARGEST_PACKAGE = 1 << 30
LARGEST_PART = 256 << 20
LARGEST_INDEX = 16 << 20
LARGEST_ROW = 64 << 20

# Bytes of text in the cells of a worksheet or Parquet table. A few kilobytes can stand for gigabytes of it, for a text
# is kept once and referred to by many cells.
LARGEST_TEXT = 512 << 20

# Bytes of a workbook, unpacked, that is copied with its formats into a feedback workbook.
SMALL_PACKAGE = 16 << 20

# Merged cells, error cells and formulas without a value of one sheet.
MOST_MARKS = 1 << 20

LONGEST_REASON = 200


class Unreadable(Exception):
    """The bytes are not the file its name promises; the message is the reason, in both languages."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en, zh)
        self.en, self.zh = en, zh

    def __str__(self) -> str:
        return self.en


class TooLarge(Unreadable):
    """Reading would not stay within its bounds; the message says which."""


def reasons(error: BaseException) -> dict[str, str]:
    """Why a file was not read, as the details of a message; what a library says is quoted, shortened."""
    if isinstance(error, Unreadable):
        return {"reason_en": error.en, "reason_zh": error.zh}
    said = " ".join(str(error).split())[:LONGEST_REASON] or type(error).__name__
    return {"reason_en": f"its reader says: {said}", "reason_zh": f"读取程序报告：{said}"}
