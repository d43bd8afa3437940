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
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

KINDS = ("substance", "use", "event", "place", "form", "state", "change", "charge")
# The class to which everything belongs, even what no word says.
ANYTHING = "anything"
# What a name says with these has to be part of what is understood; other words may be left over. A state (recovered,
# nameplate) has to where something is known of it together with what is named.
DECISIVE = frozenset({"substance", "change"})
WORD_TABLES = ("name_words", "name_meanings", "name_answers", "name_characters")
LONGEST_NAME = 120
# The answer where a name says several things that do not go together, and where it says what was paid.
SEVERAL = "several"
AMOUNT = "bill_amount"
# What a name means that states a share in per cent which is no word.
STRENGTH = "strength"
# Brands of refrigerants, behind which their numbers stand alone: Klea 32, Solkane 507.
BRAND = "brand"
BRACKETED = re.compile(r" *[（(].*$")

# Around these a name has parts of its own: one without any known word is a remark.
PARTS = re.compile(r"[()\[\]{}<>【】「」《》,;:、。|/\\–—…+&\n]")
APART = re.compile(r"[\s_\-.'\"·#°*=~!?%^]")
# 0# and #0 are 0号.
GRADE = re.compile(r"([0-9])#|#([0-9]+)")
WITHIN_NUMBER = re.compile(r"(?<=[0-9]),(?=[0-9])")
DASH = re.compile(r" -+ ")
# ERP systems put what is named first and what kind of it behind a comma: pallets, wooden.
INVERTED = re.compile(r"([^,，、;()（）]+)[,，] *([^,，、;()（）]+)")
INITIALS = re.compile(r"\b([a-z])&([a-z])\b")
SHARE = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?%")
# What says of a charge that a price holds it or not: 含税, 不含基本电费, incl. VAT, tax excluded.
HOLDS = re.compile(
    "(?:^|[^包])(?:含|不含|未含|包含|包括|不包括|扣除|除|除去|计入|不计)$"
    "|^(?:incl|including|inclusive|includes|excl|excluding|exclusive|exclude|without|wo|plus|before|pre|after|net|less)$"
)
HELD = re.compile("^(?:前|后|在内|除外|incl|included|inclusive|excl|excluded|extra|exempt|free)$")
IDLE_BETWEEN = frozenset({"of", "any", "the", "all", "各项", "全部", "有"})
# What says that something is named for which the rest is used.
FOR = frozenset({"for", "用于", "供给", "用作"})
# What says that something else is in what was named before: grid MWh incl. solar.
WITHIN = re.compile("^(?:含|包含|包括|含有|incl|including|inclusive|includes)$")
# What is used, behind what uses it: 天然气锅炉房用电 is electricity.
TAKEN = re.compile("^(?:用电|用水|耗电|耗水)")
# What is demoted by it beside fuels and gases, and what makes electricity itself.
USERS = frozenset({"heat", "cooling", "compressed_air", "wastewater", "hotel", "water"})
USED = frozenset({"any_fuel", "any_gas", "any_ghg"})
MAKES = re.compile("发电")
# Charges of electricity, which are lines of its bill whatever stands beside them.
OF_ELECTRICITY = frozenset({"reactive_power", "power_factor_charge", "capacity_charge", "sums"})
BILLED = frozenset({"electricity", "electricity_bill", "grid_electricity", "money", "thing"})
# What turns the rest into its opposite, and codes of gases of their own.
BARS = re.compile(
    "非|未|不含|不包|不是|无关|除外|除了|扣除|^(?:no|non|not|except|excl|without)$"
    "|^r[0-9]|^(?:hfc|hcfc|cfc|hfo|hcfo|fc|pfc|hfe)(?:[0-9]|$)"
)
# Letters that stand in words as the plain ones do: German, Vietnamese and other European ones.
LATIN = frozenset(map(chr, (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))))
PLAIN = str.maketrans({"đ": "d", "ß": "ss", "ø": "o", "ł": "l", "ı": "i"})
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
# Chinese words with these at their end say what the next one is for.
MODIFIES = ("用", "的", "型", "式", "级")
# Numbers of grades, buildings, lines and months say nothing about what is used, and neither do the size of a bottle,
# a pressure or a voltage, or a place of the plant. Numbers of refrigerants do.
COUNTED = "号|期|栋|幢|楼|层|区|厂|线|组|班|部|年|月|日|季度|年度|月份|度"
MEASURES = (
    "kg|g|t|lbs?|l|ml|gal|m3|nm3|mm|cm|um|μm|nm|inch|wp|pcs|mpa|kpa|bar|psi|kv|v|kw|mw|w|kva|mva|kwh|mwh|gj|mj|hp|rt|ppm"
    "|吨|公斤|千克|升|千伏|千瓦"
)
PLACES = "车间|分厂|厂房|工厂|厂|站|房|楼|栋|仓|库|库房|仓库|区|区域|工段|工序|线|产线|公司|事业部|中心|基地|部门|科室"
NUMBERED = r"[a-z]{0,2}[0-9]{0,12}[a-z]?|[一二三四五六七八九十甲乙丙丁东南西北新老]{1,3}"
IDLE = re.compile(
    rf"^(?![a-z]{{2,}}$)(?!(?:r|fc)[0-9]{{2,}})(?:{NUMBERED})(?:{COUNTED})*$"
    rf"|^[0-9]n[0-9]?$|^[0-9]*(?:{MEASURES})$|^[\u4e00-\u9fff]{{0,4}}(?:{PLACES})$"
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
    """tags: what is meant together, of which one may be a class (`gas`: any gas); of_class: the class to which what
    has this one tag belongs."""

    tags: frozenset[str]
    types: tuple[str, ...]
    answer: str | None = None
    of_class: str | None = None


@dataclass(frozen=True)
class _Item:
    """A word of a part, or a stretch of it that no word covers; `apart`: something stands between it and the one
    before."""

    text: str
    word: Word | None
    apart: bool


@dataclass(frozen=True)
class _Part:
    """A part of a name."""

    items: tuple[_Item, ...]

    @property
    def words(self) -> list[Word]:
        return [item.word for item in self.items if item.word]

    @property
    def barred(self) -> bool:
        """Whether something unknown may turn the rest into its opposite, or is a gas of its own."""
        return any(not item.word and not IDLE.match(item.text) and BARS.search(item.text) for item in self.items)

    def unread(self, remark: bool) -> bool:
        """Whether something unknown may change what is named. What stands apart says where or what for, and so does
        what stands before a use; in a remark, all that is no substance does."""
        if remark and not any(word.kind in DECISIVE for word in self.words):
            return False
        return any(not item.word and self._changes(place) for place, item in enumerate(self.items))

    def _changes(self, place: int) -> bool:
        item = self.items[place]
        before = self.items[place - 1] if place else None
        after = self.items[place + 1] if place + 1 < len(self.items) else None
        if IDLE.match(item.text):
            return False
        if _script(item.text[-1]) == "latin":
            # English puts what is named last, and what kind of it is meant before.
            nearest = [
                next((one.word for one in way if one.word), None)
                for way in (self.items[:place][::-1], self.items[place:])
            ]
            nothing_named = not any(word.kind in DECISIVE for word in self.words)
            return nearest[1] is None or nothing_named or any(word and word.kind in DECISIVE for word in nearest)
        if (
            before
            and not item.apart
            and (not before.word or before.word.kind in DECISIVE or after is None or after.apart)
        ):
            return True
        if after and after.word and after.word.kind in DECISIVE and not after.apart:
            return not item.text.endswith(MODIFIES)
        return before is None and after is None


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
        for key, word in [*self._words.items()]:
            for bare in without_marks(key):
                self._words.setdefault(bare, word)
        self._longest = max(map(len, self._words), default=0)
        self._read: dict[str, Reading] = {}
        first: dict[frozenset[str], Meaning] = {}
        self._class_of: dict[str, str] = {}
        for meaning in meanings:
            first.setdefault(meaning.tags, meaning)
            if meaning.of_class:
                for tag in meaning.tags:
                    self._class_of.setdefault(tag, meaning.of_class)
        self._classes = {ANYTHING, *self._class_of.values()}
        # Meanings by one of their tags that is no class, so that few of them are compared.
        self._meanings: dict[str, list[Meaning]] = {}
        for meaning in first.values():
            self._meanings.setdefault(min(meaning.tags - self._classes), []).append(meaning)

    def key(self, text: str) -> str:
        """The form in which words are compared: width, case, script, white space and marks do not matter."""
        return APART.sub("", PARTS.sub("", self._folded(text)))

    def read(self, text: str) -> Reading:
        """What a name means; nothing where no substance of it is known."""
        if len(text) > LONGEST_NAME:
            return Reading()
        if text not in self._read:
            self._read[text] = self._in_either_order(text)
        return self._read[text]

    def _in_either_order(self, text: str) -> Reading:
        """What a name means as it stands, or turned round where that says more."""
        reading = self._reading(text)
        turned = INVERTED.fullmatch(text)
        if not turned or not turned[2].isascii() or len(reading.types) == 1:
            return reading
        other = self._reading(f"{turned[2]} {turned[1]}")
        if (other.types and set(other.types) < set(reading.types)) or not (reading.types or reading.answer):
            return other if other.types or other.answer else reading
        return reading

    def _reading(self, text: str) -> Reading:
        folded = INITIALS.sub(r"\1\2", DASH.sub(",", self._folded(text)))
        parts = [self._part(part) for part in PARTS.split(folded) if part.strip()]
        parts = [self._without_users(part) for part in _told_apart(parts)]
        words = [word for part in parts for word in part.words]
        tags = _tags_of(words)
        if any(self.key(share) not in self._words for share in SHARE.findall(self._folded(text))):
            tags |= {STRENGTH}
        # Behind what is understood, a part of which no word is known is a remark.
        named = next((place for place, part in enumerate(parts) if part.words), len(parts))
        if any(part.barred for part in parts) or _holds_another(parts):
            return Reading(similar=self._settle(words, tags, True).similar)
        unread = any(part.unread(place > named) for place, part in enumerate(parts) if part.words or place < named)
        charges = {tag for word in words if word.kind == "charge" for tag in word.tags}
        charge = self._answers[min(charges)] if charges else None
        if charge and charge.kind == "open":
            return Reading(answer=charge)
        if charge and not unread:
            return Reading(answer=charge if _only_charged(parts, charges) else self._answers[AMOUNT])
        return self._settle(words, tags, unread)

    def _without_users(self, part: _Part) -> _Part:
        """The part without the fuels and media by which is named what takes electricity or water."""
        items = list(part.items)
        head = max((place for place, item in enumerate(items) if TAKEN.match(item.text) and item.word), default=0)
        uses = max(
            (place for place, item in enumerate(items[:-1]) if item.text == "用" and _decides(items[place + 1])),
            default=0,
        )
        for place in range(max(head, uses) - 1, -1, -1):
            if (items[place + 1].apart and place >= uses) or MAKES.search(items[place].text):
                break
            tags = items[place].word.tags if items[place].word and _decides(items[place]) else frozenset()
            if tags and all(tag in USERS or self._class_of.get(tag) in USED for tag in tags):
                items[place] = _as_text(items[place])
        return _Part(tuple(items))

    def _settle(self, words: Sequence[Word], tags: frozenset[str], unread: bool) -> Reading:
        in_order = [*dict.fromkeys(tag for word in words for tag in sorted(word.tags)), STRENGTH]
        near = [meaning for tag in in_order if tag in tags for meaning in self._meanings.get(tag, ())]
        covered = {meaning.tags: self._covered(meaning, tags) for meaning in near}
        fitting = [meaning for meaning in near if covered[meaning.tags]]
        best = [one for one in fitting if not any(self._goes_before(other, one, covered) for other in fitting)]
        spoken_of = frozenset().union(*(one.tags for one in fitting if len(one.tags) > 1))
        required = _tags_of(words, *DECISIVE) | (_tags_of(words, "state") & spoken_of)
        # The name of a type and another word for it are one thing.
        whole = [one for one in best if required <= covered[one.tags].union(one.types)]
        types = _agreed([one.types for one in whole if one.types])
        answers = list(dict.fromkeys(one.answer for one in whole if one.answer))
        # What is said of anything holds for what no word says, too.
        unread = unread and not (len(whole) == 1 and ANYTHING in whole[0].tags)
        # What is asked about anyway may be asked about though a word is unknown.
        asked = len(types) > 1 or (len(answers) == 1 and not types and self._answers[answers[0]].kind == "open")
        if (unread and not (asked and required)) or not (types or answers):
            alone = [covered.get(frozenset({tag})) for tag in required]
            if not unread and len(alone) > 1 and all(alone) and required <= _tags_of(words, "substance"):
                named = [one.answer for one in near if len(one.tags) == 1 and one.tags <= required]
                uncounted = all(answer and self._answers[answer].kind == "not_counted" for answer in named)
                agreed = uncounted or (len(set(named)) == 1 and named[0])
                return Reading(answer=self._answers[named[0] if agreed else SEVERAL])
            similar = dict.fromkeys(code for one in best for code in one.types if one.tags & required)
            return Reading(similar=tuple(similar))
        if types:
            return Reading(types=types)
        return Reading(answer=self._answers[answers[0]]) if len(answers) == 1 else Reading()

    def _covered(self, meaning: Meaning, tags: frozenset[str]) -> frozenset[str]:
        """Those of the tags that a meaning speaks of, each as such or by its class; none where it does not fit."""
        found = tags & meaning.tags
        for one in (meaning.tags & self._classes) - tags:
            of_class = {tag for tag in tags if one in (ANYTHING, self._class_of.get(tag))}
            if not of_class and one != ANYTHING:
                return frozenset()
            found |= of_class
        return found if meaning.tags - self._classes <= tags else frozenset()

    def _goes_before(self, one: Meaning, other: Meaning, covered: Mapping[frozenset[str], frozenset[str]]) -> bool:
        """Whether a meaning says more of a name than another; of two that say as much, the one without a class, or
        with one that is not just anything."""
        if covered[one.tags] == covered[other.tags]:
            loose, looser = ((len(each.tags & self._classes), ANYTHING in each.tags) for each in (one, other))
            return loose < looser
        return covered[one.tags] > covered[other.tags]

    def _folded(self, text: str) -> str:
        text = unicodedata.normalize("NFKC", text).lower().translate(self._simplify)
        return GRADE.sub(r"\1\2号", WITHIN_NUMBER.sub("", text))

    def _part(self, text: str) -> _Part:
        """The words of one part: those that cover most of it, and of these the fewest."""
        letters, starts, gaps = [], [], []
        apart = True
        for letter in text:
            if APART.match(letter):
                apart = True
                continue
            script = _script(letter)
            starts.append(apart or script != _script(letters[-1]))
            gaps.append(apart)
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
        items: list[_Item] = []
        at, rest, rest_apart = 0, "", False
        while at <= length:
            step = -best[at][2] if at < length else 0
            if rest and (step or at == length or gaps[at] or (starts[at] and _script(letters[at]) == "latin")):
                items.append(_Item(rest, None, rest_apart))
                rest = ""
            if at == length:
                break
            if step:
                items.append(_Item(whole[at : at + step], self._word(whole[at : at + step]), gaps[at]))
            else:
                rest_apart = rest_apart if rest else gaps[at]
                rest += letters[at]
            at += step or 1
        for place, item in enumerate(items[1:], start=1):
            brand = items[place - 1].word
            if not item.word and brand and BRAND in brand.tags:
                items[place] = _Item(item.text, self._word(f"r{item.text}"), item.apart)
        return _Part(tuple(items))

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


def _told_apart(parts: Sequence[_Part]) -> list[_Part]:
    """The parts of a name without the words that say nothing of what was used: charges that a price holds or not, and
    what something is used for. They stay as text."""
    told = []
    named = False
    for part in parts:
        items = list(part.items)
        for place, item in enumerate(items):
            if item.word and item.word.kind == "charge":
                before = place - 1
                while before > 0 and items[before].text in IDLE_BETWEEN:
                    before -= 1
                after = place + 1
                if before >= 0 and HOLDS.search(items[before].text):
                    items[before : place + 1] = [_as_text(one) for one in items[before : place + 1]]
                elif after < len(items) and HELD.search(items[after].text):
                    items[place : after + 1] = [_as_text(one) for one in items[place : after + 1]]
        purpose = next((place for place, item in enumerate(items) if item.text in FOR), len(items))
        named = named or any(_decides(item) for item in items[:purpose])
        if named:
            items[purpose:] = [_as_text(item) if _decides(item) else item for item in items[purpose:]]
        told.append(_Part(tuple(items)))
    return told


def _holds_another(parts: Sequence[_Part]) -> bool:
    """Whether a name says that what it names holds something else, too: 市电（含光伏）, grid MWh incl. solar."""
    named: set[str] = set()
    spoken = False
    for part in parts:
        for place, item in enumerate(part.items):
            held = [one for one in part.items[place + 1 : place + 3] if _decides(one)]
            before = spoken if _script(item.text[0]) == "latin" else bool(named)
            if WITHIN.match(item.text) and before and held and not held[0].word.tags <= named:
                return True
            if _decides(item):
                named |= item.word.tags
            spoken = True
    return False


def _decides(item: _Item) -> bool:
    return item.word is not None and item.word.kind == "substance"


def _as_text(item: _Item) -> _Item:
    return _Item(item.text, Word("form", frozenset()), item.apart)


def _only_charged(parts: Sequence[_Part], charges: frozenset[str] | set[str]) -> bool:
    """Whether a charge is what a name is about: nothing else is named, only electricity on its bill is, or the charge
    is the head of what is (柴油泵维修费, diesel pump maintenance fee). Of 柴油 税费 the litres may be meant."""
    named = {tag for part in parts for word in part.words if word.kind in DECISIVE for tag in word.tags}
    if not named - BILLED or charges & OF_ELECTRICITY:
        return True
    for part in parts:
        last = max(
            (place for place, item in enumerate(part.items) if item.word and item.word.kind == "charge"), default=-1
        )
        for place, item in enumerate(part.items):
            if not item.word or item.word.kind not in DECISIVE or not item.word.tags - BILLED:
                continue
            between = part.items[place + 1 : last + 1]
            if place > last or any(one.apart and _script(one.text[0]) != "latin" for one in between):
                return False
    return True


def _tags_of(words: Iterable[Word], *kinds: str) -> frozenset[str]:
    """What the words of these kinds mean, of any where none is given."""
    return frozenset().union(*(word.tags for word in words if not kinds or word.kind in kinds))


def without_marks(key: str) -> list[str]:
    """How a word with letters of European languages or of Vietnamese is typed without its marks; ü also as ue."""
    if key.isascii() or any(_script(letter) != "latin" for letter in key):
        return []
    plain = "".join(one for one in unicodedata.normalize("NFD", key) if not unicodedata.combining(one))
    typed = {plain.translate(PLAIN), key.translate(UMLAUTS).translate(PLAIN)}
    # Shorter ones are words of other languages: than, may.
    return sorted(bare for bare in typed if len(bare) > 3)


def _script(letter: str) -> str:
    return "latin" if letter.isascii() or letter in LATIN else "other"


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
                row["class"] or None,
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
    def places(self) -> list[tuple[str, str]]:
        """Countries, provinces and grid regions in English and Chinese."""
        return [
            (BRACKETED.sub("", row["name_en"]), BRACKETED.sub("", row["name_zh"])) for row in self.rows("geographies")
        ]

    @cached_property
    def simplify(self) -> dict[int, str]:
        """What makes traditional characters simplified, for str.translate."""
        return {ord(row["traditional"]): row["simplified"] for row in self.rows("name_characters")}

    def bytes(self) -> bytes:
        return b"".join((self.seeds / f"{table}.csv").read_bytes() for table in WORD_TABLES)
