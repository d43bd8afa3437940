"""Names read by words: what plants write, in any order, width, case and script."""

from __future__ import annotations

import csv
import itertools
import re
import unicodedata
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_contracts.answers.templates import choices_of
from data_contracts.declarations.feeds import FEEDS
from data_contracts.declarations.names import ANYTHING, BRAND, KINDS, SEVERAL, Word, WordTables, without_marks
from data_contracts.declarations.problems import ReferenceProblems
from data_contracts.declarations.reference_tables import TABLES
from data_contracts.declarations.vocabulary import SEEDS, Vocabulary, read_seed
from data_contracts.judging.judgement import Judgement
from data_contracts.judging.reference import load_reference

from .conftest import context_of, counts, errors, write_feed

TABLE = Path(__file__).with_name("names.csv")
VOCABULARY = Vocabulary.build({})
WORDS = read_seed("name_words")


def answers(names: Sequence[str], vocabulary: Vocabulary = VOCABULARY) -> list[str]:
    """Of each name a type, several joined by `;`, or the answer that is given instead."""
    written = pl.Series(names)
    codes = {one.reason_en: code for code, one in vocabulary.word_tables.answers.items()}
    none = vocabulary.no_activities(written)["reason_en"]
    said = []
    for row, reason in zip(vocabulary.resolve_activity_type(written).iter_rows(named=True), none, strict=True):
        if row["fault"] == "activity_type_open":
            said.append(f"no activity: {codes[reason]}" if reason else f"open: {codes[row['reason_en']]}")
        elif row["fault"] == "ambiguous_activity_type":
            said.append(";".join(sorted(row["candidates"].split(", "))))
        else:
            said.append(row["value"] or "unknown")
    return said


def answer(name: str, vocabulary: Vocabulary = VOCABULARY) -> str:
    return answers([name], vocabulary)[0]


def outcomes() -> list[tuple[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [(row["written"], row["outcome"]) for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def answered() -> dict[str, str]:
    """All names of the table, read as a column, as those of a delivered file are."""
    names = [name for name, _ in outcomes()]
    return dict(zip(names, answers(names), strict=True))


@pytest.mark.parametrize(("name", "outcome"), outcomes())
def test_what_a_name_means(name: str, outcome: str, answered: dict[str, str]) -> None:
    assert answered[name] == outcome


FUELS = {
    "柴油": "diesel",
    "gasoline": "motor_gasoline",
    "LPG": "lpg",
    "液化天然气": "lng",
    "natural gas": "natural_gas",
}
USES = {"叉车": "mobile", "truck": "mobile", "公务车": "mobile", "锅炉": "stationary", "canteen": "stationary"}
GASES = {"SF6": "sf6", "R410A": "r410a", "二氟甲烷": "hfc_32", "HFC-134a": "hfc_134a", "六氟化硫": "sf6"}
RELEASES = {"leak": "fugitive", "空调": "fugitive", "etch": "process", "PECVD": "process", "断路器": "fugitive"}
IDLE = ["", "1号", "2#", "采购", "purchased", "(二期)", "月度"]


def full_width(text: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)


@settings(deadline=None, max_examples=150)
@given(
    pair=st.one_of(
        st.tuples(st.sampled_from(sorted(FUELS)), st.sampled_from(sorted(USES))),
        st.tuples(st.sampled_from(sorted(set(GASES) - {"R410A"})), st.sampled_from(sorted(RELEASES))),
    ),
    idle=st.sampled_from(IDLE),
    order=st.sampled_from(list(itertools.permutations(range(3)))),
    change=st.sampled_from([str, str.upper, str.lower, full_width, lambda text: unicodedata.normalize("NFD", text)]),
    between=st.sampled_from([" ", "  ", " - ", "_", "\u3000"]),
)
def test_order_case_and_width_do_not_matter(pair, idle, order, change, between) -> None:
    first, second = pair
    expected = f"{FUELS[first]}_{USES[second]}" if first in FUELS else f"{RELEASES[second]}_{GASES[first]}"
    words = [first, second, idle]
    assert answer(change(between.join(words[place] for place in order if words[place]))) == expected


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=40), st.sampled_from(["柴油", "SF6", "天然气", "氢气", "grid electricity"]))
def test_any_text_is_read_without_failing(text: str, word: str) -> None:
    for name in (text, f"{word}{text}", f"{text} {word}"):
        assert answer(name)


def test_no_word_means_two_things() -> None:
    """Words are compared without white space, hyphens, width and script: none stands there twice."""
    reader = VOCABULARY.reader
    keys = [reader.key(word) for word in WORDS["word"]]
    assert [word for word, key in zip(WORDS["word"], keys, strict=True) if keys.count(key) > 1] == []
    assert "" not in keys


def test_every_word_can_be_understood() -> None:
    """What a word means is a fuel, a gas, an activity type or stands in name_meanings; every answer is used."""
    meanings, answers = read_seed("name_meanings"), read_seed("name_answers")
    tags = set(meanings["meaning"].str.split("+").explode())
    types = VOCABULARY.activity_types
    known = tags | set(types["fuel"].drop_nulls()) | set(VOCABULARY.gases["gas"]) | set(types["activity_type"])
    charges = set(WORDS.filter(kind="charge")["meaning"])
    # A class that a meaning speaks of has members.
    classes = {*meanings["class"].drop_nulls(), "any_fuel", "any_ghg", ANYTHING}
    assert {tag for tag in tags if tag.startswith("any")} <= classes | {f"any_{one}" for one in types["source_class"]}
    # What changes a substance into something without a type of its own leaves the name unread.
    known |= {*WORDS.filter(kind="change")["meaning"], BRAND}
    assert set(WORDS["kind"]) == set(KINDS)
    assert (
        set(WORDS["meaning"].drop_nulls().str.split("+").explode()) - known - {"process", "release", "topup"} == charges
    )
    assert set(meanings["activity_types"].drop_nulls().str.split(";").explode()) <= set(types["activity_type"])
    assert set(meanings["answer"].drop_nulls()) | charges | {SEVERAL} == set(answers["answer"])
    assert meanings.select(pl.col("activity_types").is_null() != pl.col("answer").is_null()).to_series().all()


def test_every_gas_has_a_name_in_both_languages() -> None:
    words = WORDS.with_columns(pl.col("meaning").str.split("+")).explode("meaning")
    for gas in read_seed("gwp")["gas"].unique():
        if gas == "R290":  # R-290 is propane that cools.
            continue
        languages = set(words.filter(pl.col("meaning") == gas)["language"])
        assert {"zh", "en"} <= languages, gas


def test_the_names_of_gases_lead_to_their_types() -> None:
    gases = set(VOCABULARY.gases["gas"])
    for word, meaning in WORDS.select("word", "meaning").drop_nulls().iter_rows():
        if meaning in gases and meaning not in ("R600a",):
            codes = set(answer(word).split(";"))
            slug = "".join(letter if letter.isalnum() else "_" for letter in meaning.lower())
            assert codes <= {f"fugitive_{slug}", f"process_{slug}"}, word


def test_suggestions_come_from_meaning() -> None:
    names = ["SF6 等离子体光谱法", "Argon/CO2 widget", "自赖水"]
    hints = VOCABULARY.resolve_activity_type(pl.Series(names))["hint_en"].to_list()
    assert hints == [
        " Did you mean process_sf6?",
        " Did you mean argon, fugitive_co2, process_co2?",
        " Did you mean tap_water?",
    ]


def test_the_facility_in_a_name_says_nothing_about_the_activity(workspace: Path) -> None:
    vocabulary = Vocabulary.build(load_reference(workspace))
    facility = vocabulary.facilities["facility_id"][-1]
    assert answer(f"叉车柴油 {facility}") == "unknown"
    assert answer(f"叉车柴油 {facility}", vocabulary) == "diesel_mobile"


def test_own_types_join_the_question(workspace: Path) -> None:
    (workspace / "reference" / "activity_types.csv").write_text(
        "activity_type,source_class,method,canonical_unit,fuel\nkiln_diesel,stationary_combustion,fuel_combustion,t,diesel\n",
        encoding="utf-8",
    )
    assert answer("柴油 锅炉", Vocabulary.build(load_reference(workspace))) == "diesel_stationary;kiln_diesel"


ALIASES = (
    "name,activity_type\n柴油,diesel_stationary\n厂内油品,柴油（移动源）\nGrid electricity,diesel_mobile\n"
    "grid_electricity,diesel_mobile\n"
)


def test_an_answer_of_the_workspace_is_kept(workspace: Path) -> None:
    (workspace / "reference" / "activity_aliases.csv").write_text(ALIASES, encoding="utf-8")
    vocabulary = Vocabulary.build(load_reference(workspace))
    names = ["柴油", "厂内油品", "柴油 叉车", "Grid electricity", "grid_electricity"]
    # A code always means itself.
    assert [answer(name, vocabulary) for name in names] == [
        "diesel_stationary", "diesel_mobile", "diesel_mobile", "grid_electricity", "grid_electricity",
    ]  # fmt: skip


def test_an_answer_changes_what_a_file_is_judged_by(workspace: Path) -> None:
    before = context_of(workspace).context_hash
    (workspace / "reference" / "activity_aliases.csv").write_text(ALIASES, encoding="utf-8")
    assert context_of(workspace).context_hash != before
    assert "activity_aliases" in TABLES


def test_a_word_needs_no_code(tmp_path: Path) -> None:
    for seed in SEEDS.glob("*.csv"):
        (tmp_path / seed.name).write_bytes(seed.read_bytes())
    assert answer("绞龙机 柴油") == "diesel_mobile;diesel_stationary"
    with (tmp_path / "name_words.csv").open("a", encoding="utf-8") as file:
        file.write("绞龙机,zh,use,stationary,test\n")
    assert answer("绞龙机 柴油", Vocabulary.build({}, tmp_path)) == "diesel_stationary"
    assert WordTables(tmp_path).words["绞龙机"] == Word("use", frozenset({"stationary"}))


def rules(judgement: Judgement) -> list[tuple[int, str, str]]:
    found = judgement.findings.filter(pl.col("rule") != "duplicate_row")
    return [tuple(row) for row in found.select("source_row", "rule", "source_value").iter_rows()]


def test_what_is_no_activity_is_left_out_and_said_why(judged: Callable[..., Judgement], tmp_path: Path) -> None:
    path = write_feed(
        tmp_path / "energy_ledger.csv",
        "energy_ledger",
        {},
        # Whatever else is wrong with such a row does not matter.
        {"activity_type": "无功电量", "unit": "kvarh", "facility_id": "nowhere"},
        {"activity_type": "力率调整电费", "unit": "元"},
        {"activity_type": "SiH4", "unit": "kg"},
        {"activity_type": "变损电量", "meter_id": "E2"},
    )
    found = judged(path)
    assert rules(found) == [
        (3, "no_activity", "无功电量"),
        (4, "no_activity", "力率调整电费"),
        (5, "no_activity", "SiH4"),
        (6, "activity_type_open", "变损电量"),
    ]
    assert counts(found) == (2, 1)
    (_, _, silane, losses) = found.findings["message_en"]
    assert silane.startswith("'SiH4' is no activity, and its row was left out: Silane and chlorosilanes")
    assert "then write grid_electricity" in losses
    assert "reference/activity_aliases.csv" in losses


def test_a_total_without_the_rows_that_it_adds_up_is_not_left_out_quietly(
    judged: Callable[..., Judgement], tmp_path: Path
) -> None:
    total = {"activity_type": "合计用电量"}
    found = judged(write_feed(tmp_path / "energy_ledger-total.csv", "energy_ledger", total, total | {"quantity": "2"}))
    alone = found.findings.filter(pl.col("rule") == "nothing_counts")
    assert alone.select("severity", "source_row").rows() == [("warning", 2)]
    beside = judged(write_feed(tmp_path / "energy_ledger-both.csv", "energy_ledger", total, {}))
    assert rules(beside) == [(2, "no_activity", "合计用电量")]


def test_a_purchase_is_never_left_out(judged: Callable[..., Judgement], tmp_path: Path) -> None:
    """What is no source in use is a purchased good all the same."""
    found = judged(write_feed(tmp_path / "procurement.csv", "procurement", {"activity_type": "硅烷"}))
    assert rules(found) == [(2, "activity_type_open", "硅烷")]
    assert counts(found) == (1, 1)


def test_names_with_the_units_of_their_bills(judged: Callable[..., Judgement], tmp_path: Path) -> None:
    named = [
        ("自来水", "t", "tap_water"), ("AdBlue", "L", "urea_solution_use"), ("车用尿素", "kg", "urea_solution_use"),
        ("R32 top-up", "kg", "fugitive_hfc_32"), ("丙烷", "kg", "propane_combustion"), ("氮气", "Nm3", "nitrogen"),
        ("district cooling", "GJ", "purchased_cooling"), ("充电桩", "kWh", "grid_electricity"),
        ("生物质颗粒", "t", "wood_waste_stationary"), ("hotel night", "室夜", "hotel_night"),
    ]  # fmt: skip
    changes = [{"activity_type": name, "unit": unit, "quantity": "1"} for name, unit, _ in named]
    found = judged(write_feed(tmp_path / "energy_ledger.csv", "energy_ledger", *changes))
    assert errors(found).is_empty()
    (read,) = found.findings.filter(rule="names_read")["message_en"]
    assert "'AdBlue' → urea_solution_use (1); '车用尿素' → urea_solution_use (1); 'R32 top-up' → " in read
    # These two are names of the catalogue.
    assert "自来水" not in read
    assert "hotel night" not in read
    assert found.rows["energy_ledger"]["activity_type"].to_list() == [code for _, _, code in named]


BOTTLES = [
    ("食堂 液化气", "瓶(15kg)", "3", ("kg", Decimal(45))),
    ("食堂 液化气", "50公斤瓶", "2", ("kg", Decimal(100))),
    ("乙炔", "cylinder 5.5 kg", "4", ("kg", Decimal(22))),
    ("AdBlue", "10L/桶", "7", ("L", Decimal(70))),
    ("氮气", "瓶(6Nm3)", "1.5", ("Nm3", Decimal(9))),
    ("LPG 50公斤瓶 食堂", "瓶", "3", ("kg", Decimal(150))),
    ("propane", "12.5kg bottles", "0.5", ("kg", Decimal("6.25"))),
    # The litres of a cylinder are its size.
    ("乙炔", "40L瓶", "2", None),
    ("乙炔 40L瓶", "瓶", "2", None),
    ("丙烷", "瓶", "2", None),
]


def test_bottles_count_by_what_they_hold(judged: Callable[..., Judgement], tmp_path: Path) -> None:
    changes = [{"activity_type": name, "unit": unit, "quantity": text} for name, unit, text, _ in BOTTLES]
    found = judged(write_feed(tmp_path / "energy_ledger.csv", "energy_ledger", *changes))
    rows = found.rows["energy_ledger"].select("unit", "quantity").rows()
    assert rows == [held for *_, held in BOTTLES if held]
    asked = [(row, rule) for row, rule, _ in rules(found) if rule == "fill_not_stated"]
    assert asked == [(row, "fill_not_stated") for row, (*_, held) in enumerate(BOTTLES, start=2) if not held]


def test_a_factor_per_bottle_does_not_meet_its_kilograms(judged: Callable[..., Judgement], tmp_path: Path) -> None:
    change = {"activity_type": "丙烷", "unit": "瓶(15kg)", "quantity": "1", "factor_kgco2e_per_unit": "45"}
    found = judged(write_feed(tmp_path / "activity_log.csv", "activity_log", change))
    assert errors(found)["rule"].to_list() == ["fill_not_stated"]


def test_steam_by_mass_asks_for_its_state(judged: Callable[..., Judgement], tmp_path: Path) -> None:
    found = judged(
        write_feed(tmp_path / "energy_ledger.csv", "energy_ledger", {"activity_type": "外购蒸汽", "unit": "t"})
    )
    assert errors(found)["rule"].to_list() == ["unit_not_connected"]
    assert "temperature_c / enthalpy_kj_per_kg" in errors(found)["message_en"][0]


def test_templates_offer_the_names_of_the_workspace(workspace: Path) -> None:
    (workspace / "reference" / "activity_aliases.csv").write_text(ALIASES, encoding="utf-8")
    vocabulary = Vocabulary.build(load_reference(workspace))
    feed = FEEDS["energy_ledger"]
    offered = choices_of(feed.by_name["activity_type"], vocabulary, [], feed)
    assert offered[:2] == ["柴油", "厂内油品"]
    assert len(offered) == len(set(offered)) == len(vocabulary.aliases) + len(vocabulary.activity_types)


def test_an_answer_that_names_no_type_is_refused(workspace: Path) -> None:
    (workspace / "reference" / "activity_aliases.csv").write_text("name,activity_type\n油,柴油\n", encoding="utf-8")
    with pytest.raises(ReferenceProblems) as refused:
        load_reference(workspace)
    assert [problem.rule for problem in refused.value.problems] == ["ambiguous_activity_type"]


def test_a_type_counts_in_one_source_of_the_catalogue() -> None:
    catalogue = read_seed("source_catalogue")
    found: dict[str, list[str]] = {}
    for source, patterns in catalogue.select("emission_source", "activity_types").iter_rows():
        for pattern in patterns.split(";"):
            fits = re.compile(re.escape(pattern).replace("%", ".*")).fullmatch
            matched = [code for code in VOCABULARY.activity_types["activity_type"] if fits(code)]
            assert matched, f"{source}: {pattern}"
            for code in matched:
                found.setdefault(code, []).append(source)
    assert {code: sources for code, sources in found.items() if len(set(sources)) > 1} == {}
    direct = VOCABULARY.activity_types.filter(
        pl.col("source_class").is_in(["stationary_combustion", "mobile_combustion", "fugitive", "process"])
        & ~pl.col("activity_type").str.contains("^process_|^fugitive_(ch4|n2o|nf3)")
    )
    assert set(direct["activity_type"]) - set(found) == set()


MARKS = {
    "Dieselkraftstoff für Notstromaggregat": "Dieselkraftstoff fuer Notstromaggregat",
    "Heizöl EL": "Heizol EL",
    "energía eléctrica": "ENERGIA ELECTRICA",
    "điện năng phản kháng": "dien nang phan khang",
    "gás GLP empilhadeira": "gas GLP empilhadeira",
}


@pytest.mark.parametrize(("marked", "bare"), MARKS.items())
def test_names_typed_without_their_marks(marked: str, bare: str) -> None:
    assert answer(marked) == answer(bare) != "unknown"


def test_no_word_is_typed_like_another() -> None:
    """A word without its marks means what it means with them, or a word that is written so."""
    reader = VOCABULARY.reader
    meant = {reader.key(word): (kind, tags) for word, kind, tags in WORDS.select("word", "kind", "meaning").iter_rows()}
    typed: dict[str, set] = {}
    for key, what in meant.items():
        for bare in without_marks(key):
            if bare not in meant:
                typed.setdefault(bare, set()).add(what)
    assert {bare: whats for bare, whats in typed.items() if len(whats) > 1} == {}


def test_what_is_named_first_and_described_behind_a_comma() -> None:
    """Material texts of ERP systems."""
    assert answer("pallets, wooden") == answer("wooden pallets") == "wood_pallets"
    assert answer("oil, fuel") == answer("fuel oil")
    assert answer("diesel, forklift") == "diesel_mobile"
    assert answer("diesel, except forklift") == "unknown"


def test_the_number_behind_a_brand_is_that_of_a_refrigerant() -> None:
    assert answer("Klea 32") == answer("Klea R32") == "fugitive_hfc_32"
    assert answer("Solkane 507") == "fugitive_r507a"
    # A number that no refrigerant has, and one that is no brand's.
    assert answer("Klea 999") == "open: which_gas"
    assert answer("chiller 32") == "open: which_gas"
