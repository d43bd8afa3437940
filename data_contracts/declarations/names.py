"""Names read by words: what a plant writes for what it burns, fills, buys and throws away, in any order.

A name holds substances (柴油, SF6, R-410A), uses (叉车, etch), events (补充, top-up), places (食堂) and forms (管道).
seeds/name_words.csv says what each word means, seeds/name_meanings.csv which activity types follow from what is meant
together, and seeds/name_answers.csv what is answered where none does. A name that can mean several types is asked
about with exactly these; a name with a word that nobody knows is not read, but hinted at.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

KINDS = ("substance", "use", "event", "place", "form", "change", "charge")
# What a name says with these has to be part of what is understood; other words may be left over.
DECISIVE = frozenset({"substance", "change"})
WORD_TABLES = ("name_words", "name_meanings", "name_answers", "name_characters")
LONGEST_NAME = 120

# Around these a name has parts of its own: one without any known word is a remark.
PARTS = re.compile(r"[()\[\]{}<>【】「」《》,;:、。|/\\–—…+&\n]")
APART = re.compile(r"[\s_\-.'\"·#°*=~!?%^]")
# 0# and #0 are 0号.
GRADE = re.compile(r"([0-9])#|#([0-9]+)")
WITHIN_NUMBER = re.compile(r"(?<=[0-9]),(?=[0-9])")
# Numbers of grades, buildings, lines and months say nothing about what is used.
COUNTED = "号|期|栋|幢|楼|层|区|厂|线|组|班|部|年|月|日|季度|年度|月份|度"
IDLE = re.compile(
    r"^(?![a-z]{2,}$)(?:[a-z]{0,2}[0-9]{0,5}[a-z]?|[一二三四五六七八九十甲乙丙丁东南西北新老]{1,3})" rf"(?:{COUNTED})*$"
)


@dataclass(frozen=True)
class Answer:
    """Why a name is no activity type: `not_counted` (it is no source), `open` (something has to be said first)."""

    answer: str
    kind: str
    reason_en: str
    reason_zh: str


@dataclass(frozen=True)
class Reading:
    """What a name was understood as. `types`: the activity types that fit, of which one is the answer; `answer`:
    what is answered instead; `similar`: types of the same substances, where not every word is known."""

    types: tuple[str, ...] = ()
    answer: Answer | None = None
    similar: tuple[str, ...] = ()


@dataclass(frozen=True)
class Word:
    kind: str
    tags: frozenset[str]


@dataclass(frozen=True)
class Meaning:
    tags: frozenset[str]
    types: tuple[str, ...]
    answer: str | None = None


@dataclass
class _Part:
    """A part of a name: what its words mean, and the stretches that no word covers."""

    words: list[Word] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)

    @property
    def unread(self) -> bool:
        return any(not IDLE.match(text) for text in self.rest)


class NameReader:
    """Reads names with the words of the seeds and those that the catalogue brings along.

    words: the spelling of a word to its kind and tags; meanings: which types follow from which tags. Those given go
    before what the catalogue derives.
    """

    def __init__(
        self, words: Mapping[str, Word], meanings: Iterable[Meaning], answers: Mapping[str, Answer], simplify: dict
    ) -> None:
        self._simplify = simplify
        self._answers = answers
        self._words: dict[str, Word] = {}
        for spelling, word in words.items():
            self._words.setdefault(self.key(spelling), word)
        self._words.pop("", None)
        self._longest = max(map(len, self._words), default=0)
        self._read: dict[str, Reading] = {}
        self._meanings: dict[frozenset[str], Meaning] = {}
        for meaning in meanings:
            self._meanings.setdefault(meaning.tags, meaning)

    def key(self, text: str) -> str:
        """The form in which words are compared: width, case, script, white space and marks do not matter."""
        return APART.sub("", PARTS.sub("", self._folded(text)))

    def read(self, text: str) -> Reading:
        """What a name means; nothing where no substance of it is known."""
        if len(text) > LONGEST_NAME:
            return Reading()
        if text not in self._read:
            self._read[text] = self._reading(text)
        return self._read[text]

    def _reading(self, text: str) -> Reading:
        parts = [self._part(part) for part in PARTS.split(self._folded(text)) if part.strip()]
        words = [word for part in parts for word in part.words]
        tags = frozenset().union(*(word.tags for word in words))
        required = frozenset().union(*(word.tags for word in words if word.kind in DECISIVE))
        # Behind what is understood, a part of which no word is known is a remark.
        named = next((place for place, part in enumerate(parts) if part.words), len(parts))
        unread = any(part.unread for place, part in enumerate(parts) if part.words or place < named)
        charges = {tag for word in words if word.kind == "charge" for tag in word.tags}
        if charges and not unread:
            return Reading(answer=self._answers[min(charges)])
        return self._settle(tags, required, unread)

    def _settle(self, tags: frozenset[str], required: frozenset[str], unread: bool) -> Reading:
        fitting = [meaning for meaning in self._meanings.values() if meaning.tags <= tags]
        best = [one for one in fitting if not any(one.tags < other.tags for other in fitting)]
        whole = [one for one in best if required <= one.tags]
        types = _agreed([one.types for one in whole if one.types])
        answers = list(dict.fromkeys(one.answer for one in whole if one.answer))
        if unread or not (types or answers):
            near = dict.fromkeys(code for one in best for code in one.types if one.tags & required)
            return Reading(similar=tuple(near))
        if types:
            return Reading(types=types)
        return Reading(answer=self._answers[answers[0]]) if len(answers) == 1 else Reading()

    def _folded(self, text: str) -> str:
        text = unicodedata.normalize("NFKC", text).lower().translate(self._simplify)
        return GRADE.sub(r"\1\2号", WITHIN_NUMBER.sub("", text))

    def _part(self, text: str) -> _Part:
        """The words of one part: those that cover most of it, and of these the fewest."""
        letters, starts = [], []
        apart = True
        for letter in text:
            if APART.match(letter):
                apart = True
                continue
            script = _script(letter)
            starts.append(apart or script != _script(letters[-1]))
            letters.append(letter)
            apart = False
        whole = "".join(letters)
        length = len(whole)
        # best[i]: letters uncovered and words used from i on, with the word that begins there.
        best: list[tuple[int, int, int]] = [(0, 0, 0)] * (length + 1)
        for at in range(length - 1, -1, -1):
            uncovered, used, _ = best[at + 1]
            choice = (uncovered + 1, used, 0)
            for size in range(min(self._longest, length - at), 0, -1):
                end = self._end(whole, starts, at, size)
                if end:
                    uncovered, used, _ = best[end]
                    choice = min(choice, (uncovered, used + 1, -(end - at)))
            best[at] = choice
        part = _Part()
        at, rest = 0, ""
        while at < length:
            step = -best[at][2]
            if step:
                part.words.append(self._word(whole[at : at + step]))
            if step or (starts[at] and _script(letters[at]) == "latin"):
                part.rest.append(rest)
                rest = ""
            rest += "" if step else letters[at]
            at += step or 1
        part.rest.append(rest)
        part.rest = [text for text in part.rest if text]
        return part

    def _end(self, whole: str, starts: Sequence[bool], at: int, size: int) -> int:
        """Where a word that begins at `at` ends, 0 if none does: Latin ones stand alone."""
        end = at + size
        if not self._word(whole[at:end]):
            return 0
        begins = starts[at] or _script(whole[at]) != "latin"
        ends = end == len(whole) or starts[end] or _script(whole[end - 1]) != "latin"
        return end if begins and ends else 0

    def _word(self, key: str) -> Word | None:
        word = self._words.get(key)
        if word is None and key.isascii() and key.endswith("s") and len(key) > 3:
            word = self._words.get(key[:-1])
        return word


def _script(letter: str) -> str:
    return "latin" if letter.isascii() else "other"


def _agreed(lists: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The types on which all agree, else all of them."""
    if not lists:
        return ()
    common = [code for code in lists[0] if all(code in other for other in lists[1:])]
    return tuple(common) or tuple(dict.fromkeys(code for codes in lists for code in codes))


@dataclass(frozen=True)
class WordTables:
    """The word seeds as they stand in a folder; read when the first name needs them."""

    seeds: Path

    def rows(self, table: str) -> list[dict[str, str]]:
        with (self.seeds / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    @cached_property
    def words(self) -> dict[str, Word]:
        return {
            row["word"]: Word(row["kind"], frozenset(filter(None, row["meaning"].split("+"))))
            for row in self.rows("name_words")
        }

    @cached_property
    def meanings(self) -> list[Meaning]:
        return [
            Meaning(
                frozenset(row["meaning"].split("+")),
                tuple(filter(None, row["activity_types"].split(";"))),
                row["answer"] or None,
            )
            for row in self.rows("name_meanings")
        ]

    @cached_property
    def answers(self) -> dict[str, Answer]:
        return {
            row["answer"]: Answer(row["answer"], row["kind"], row["reason_en"], row["reason_zh"])
            for row in self.rows("name_answers")
        }

    @cached_property
    def simplify(self) -> dict[int, str]:
        """What makes traditional characters simplified, for str.translate."""
        return {ord(row["traditional"]): row["simplified"] for row in self.rows("name_characters")}

    def bytes(self) -> bytes:
        return b"".join((self.seeds / f"{table}.csv").read_bytes() for table in WORD_TABLES)
