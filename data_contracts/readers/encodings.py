"""In which encoding a text is that is no Unicode: what its headers show, else what makes words of its letters.

Spreadsheets save their CSV in the encoding of the country that they are set to. Of a text whose headers prove none, one
is taken where nearly all letters become such as people there write, and none where they do so in none: a name in wrong
letters would be another supplier, or another plant. Detectors for prose need more than the few letters of a cell: of 63
names of plants and suppliers under English headers charset-normalizer 3.5 took 29 as they were written, and this 48.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

from data_contracts.readers.limits import Unreadable

# In this order where nothing tells them apart.
NAMES = {
    "gb18030": ("GB18030 (Chinese)", "GB18030（中文）"),
    "euc_jp": ("EUC-JP (Japanese)", "EUC-JP（日文）"),
    "cp950": ("Big5 (Traditional Chinese)", "Big5（繁体中文）"),
    "cp932": ("Shift-JIS (Japanese)", "Shift-JIS（日文）"),
    "cp949": ("EUC-KR (Korean)", "EUC-KR（韩文）"),
    "cp1252": ("Windows-1252 (West European)", "Windows-1252（西欧）"),
    "cp1258": ("Windows-1258 (Vietnamese)", "Windows-1258（越南文）"),
}
WITH_PAIRS = ("gb18030", "euc_jp", "cp950", "cp932", "cp949")
SAMPLE_BYTES = 1 << 16
# The part of the letters that have to become what people write.
ENOUGH = 0.85
# Of so many syllables Chinese text would show one that is no Korean.
PROVES_KOREAN = 8
# Pairs of bytes, by the first and the second, that hold what is written every day: signs and kana, and characters of
# the first level of a standard (GB 2312, Big5, JIS X 0208, KS X 1001). Those of the second count half.
COMMON = {
    "gb18030": (((0xA1, 0xA3), 0xA1), ((0xB0, 0xD7), 0xA1)),
    "euc_jp": (((0xA1, 0xA5), 0xA1), ((0xB0, 0xCF), 0xA1)),
    "cp950": (((0xA1, 0xA3), 0x40), ((0xA4, 0xC6), 0x40)),
    "cp932": (((0x81, 0x83), 0x40), ((0x88, 0x98), 0x40)),
    "cp949": (((0xA1, 0xA9), 0xA1), ((0xB0, 0xC8), 0xA1)),
}
RARER = {
    "gb18030": ((0xD8, 0xF7), 0xA1),
    "euc_jp": ((0xD0, 0xF4), 0xA1),
    "cp950": ((0xC9, 0xF9), 0x40),
    "cp932": ((0x99, 0xEA), 0x40),
    "cp949": ((0x81, 0xC6), 0x41),
}
WEST_EUROPEAN = frozenset("äöüßéèêëàâáåãçîïíìôóòõûúùœæøñÄÖÜÉÈÊËÀÂÁÅÃÇÎÏÍÌÔÓÒÕÛÚÙŒÆØÑ")
# Vowels with a mark, a tone or both, and đ.
VIETNAMESE = re.compile("[aeiouyAEIOUY][\u0300-\u0303\u0306\u0309\u031b\u0323]{1,3}|[đĐ]")
# What stands at a side of letters and digits: m², 25 °C, 100 €, marks of a quotation, and what stands between letters.
SIGNS = frozenset("²³°µ€£§±·½¼®©–—‘“”„«»…\u00a0")
BETWEEN = frozenset("’–\u00a0")
# The bytes of letters that only one of the two writes for themselves: đ Đ ư Ư.
ONLY_VIETNAMESE = re.compile(rb"[\xd0\xdd\xf0\xfd]")
NOT_IN_BOTH = re.compile(rb"[\xc3\xcc\xd0\xd2\xd5\xdd\xde\xe3\xec\xf0\xf2\xf5\xfd\xfe]")


def encoding_of(content: bytes, is_header: Callable[[str], bool], header_rows: int) -> str:
    """The encoding of a text that is neither UTF-8 nor UTF-16. Raises Unreadable where nothing tells it."""
    sample = content[:SAMPLE_BYTES]
    if len(content) > SAMPLE_BYTES:
        sample = sample[: sample.rfind(b"\n") + 1] or sample
    texts = {name: text for name in NAMES if (text := _decoded(sample, name)) is not None}
    headers = {name: _headers(text, is_header, header_rows) for name, text in texts.items()}
    if best := max(headers.values(), default=0):
        return next(name for name in headers if headers[name] == best)
    shares = {name: _share(sample, text, name) for name, text in texts.items()}
    best = max(shares.values(), default=0)
    if best < ENOUGH:
        raise Unreadable(
            "not text in UTF-8 or UTF-16, and neither its headers nor its letters show which other encoding it is in",
            "不是 UTF-8 或 UTF-16 编码的文本，且表头与文字均无法表明为何种编码",
        )
    found = next(name for name in shares if shares[name] == best)
    if found == "gb18030" and shares.get("cp949") == 1 and len(re.findall("[가-힣]", texts["cp949"])) >= PROVES_KOREAN:
        return "cp949"
    if found in ("cp1252", "cp1258") and NOT_IN_BOTH.search(sample):
        if ONLY_VIETNAMESE.search(sample) and shares.get("cp1258", 0) >= ENOUGH:
            return "cp1258"
        if shares.get("cp1258", 0) >= ENOUGH:
            raise Unreadable(
                "not text in UTF-8 or UTF-16; its letters can be Windows-1252 (West European) or Windows-1258 "
                "(Vietnamese)",
                "不是 UTF-8 或 UTF-16 编码的文本，其文字可能是 Windows-1252（西欧）或 Windows-1258（越南文）",
            )
    return found


def _decoded(sample: bytes, name: str) -> str | None:
    try:
        return sample.decode(name)
    except UnicodeDecodeError as error:
        # A letter may be cut at the end of the sample.
        return sample[: error.start].decode(name) if error.start > len(sample) - 4 and len(sample) > 4096 else None


def _headers(text: str, is_header: Callable[[str], bool], header_rows: int) -> int:
    """How many headers that are no ASCII are known, in the row that holds most of them."""
    rows = ({cell.strip(' "') for cell in re.split(r"[,;\t|]", line)} for line in text.splitlines()[:header_rows])
    return max((sum(not cell.isascii() and is_header(cell) for cell in row) for row in rows), default=0)


def _share(sample: bytes, text: str, name: str) -> float:
    """The part of the letters that are no ASCII which people write."""
    weights = [*(_of_pairs(sample, name) if name in WITH_PAIRS else _of_letters(text, name))]
    return sum(weights) / len(weights) if weights else 0


def _of_pairs(sample: bytes, name: str) -> Iterator[float]:
    at = 0
    while at < len(sample):
        first = sample[at]
        if first < 0x80:
            at += 1
            continue
        if name == "cp932" and 0xA0 < first < 0xE0:
            # A kana of half the width.
            yield 0.3
            at += 1
            continue
        second = sample[at + 1] if at + 1 < len(sample) else 0
        if sample[at - 1 : at].isalpha() and sample[at + 2 : at + 3].isalpha():
            # Between two Latin letters stands a Latin letter.
            yield 0
        elif any(low <= first <= high and second >= trail for (low, high), trail in COMMON[name]):
            yield 1
        else:
            (low, high), trail = RARER[name]
            yield 0.5 if low <= first <= high and second >= trail else 0
        at += 2


def _of_letters(text: str, name: str) -> Iterator[float]:
    """Letters stand beside others, of which not all have marks."""
    text = unicodedata.normalize("NFC", text)
    for at, letter in enumerate(text):
        if letter.isascii():
            continue
        before, after = text[max(at - 1, 0) : at], text[at + 1 : at + 2]
        if letter in BETWEEN or letter in SIGNS:
            is_within = before.isalpha() and after.isalpha() and letter not in BETWEEN
            yield float((before + after).isascii() and not is_within)
        elif (
            letter in WEST_EUROPEAN if name == "cp1252" else VIETNAMESE.fullmatch(unicodedata.normalize("NFD", letter))
        ):
            near = text[max(at - 2, 0) : at] + text[at + 1 : at + 3]
            yield float(any(one.isascii() and one.isalpha() for one in near))
        else:
            yield 0
