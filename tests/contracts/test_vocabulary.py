"""Names to codes, and units to activity types."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from data_contracts.declarations.vocabulary import Vocabulary, read_seed
from data_contracts.judging.judgement import Context
from data_contracts.judging.reference import load_reference

from .conftest import context_of


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary.build({})


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("grid_electricity", "grid_electricity"),
        ("Grid  Electricity", "grid_electricity"),
        ("grid-electricity", "grid_electricity"),
        ("外购电力", "grid_electricity"),
        ("grid_electricity 外购电力", "grid_electricity"),
        ("diesel_mobile Diesel, mobile", "diesel_mobile"),
        ("柴油(移动源)", "diesel_mobile"),
        ("Diesel, mobile", "diesel_mobile"),
        ("ｄｉｅｓｅｌ＿ｍｏｂｉｌｅ", "diesel_mobile"),
        ("fugitive R-410A", "fugitive_r410a"),
        ("逸散 HFC-134a", "fugitive_hfc_134a"),
        ("Process NF3", "process_nf3"),
        ("process_pfc_14", "process_pfc_14"),
        ("fugitive_hcfc_22", "fugitive_hcfc_22"),
    ],
)
def test_activity_type(name: str, code: str, vocabulary: Vocabulary) -> None:
    assert vocabulary.resolve_activity_type(pl.Series([name])).row(0, named=True)["value"] == code


@pytest.mark.parametrize(
    ("name", "candidates"),
    [
        ("柴油", "diesel_mobile, diesel_stationary"),
        ("Diesel", "diesel_mobile, diesel_stationary"),
        ("天然气", "natural_gas_mobile, natural_gas_stationary"),
        ("HFC-32", "fugitive_hfc_32, process_hfc_32"),
    ],
)
def test_bare_name_is_ambiguous(name: str, candidates: str, vocabulary: Vocabulary) -> None:
    row = vocabulary.resolve_activity_type(pl.Series([name])).row(0, named=True)
    assert (row["value"], row["fault"], row["candidates"]) == (None, "ambiguous_activity_type", candidates)


FACILITIES = pl.DataFrame(
    {
        "facility_id": ["NJ-1", "NJ-2", "qj"],
        "name": ["Ningjin plant", "Ningjin office", "Qujing plant"],
        "name_zh": ["宁晋基地", "宁晋基地", None],
    }
)


@pytest.mark.parametrize(
    ("text", "facility", "hint"),
    [
        ("NJ-1", "NJ-1", None),
        ("nj-1", "NJ-1", None),
        ("NJ-1 宁晋基地", "NJ-1", None),
        ("nj-2 ningjin office", "NJ-2", None),
        # A name is not enough, and never guessed at, even where only one facility has it.
        ("Qujing plant", None, " Did you mean qj?"),
        ("宁晋基地", None, " Did you mean NJ-1, NJ-2?"),
        ("曲靖", None, None),
        ("NJ-1 Qujing plant", None, " Did you mean qj?"),
        ("Qujin plant", None, " Did you mean qj?"),
    ],
)
def test_facility(text: str, facility: str | None, hint: str | None) -> None:
    answer = Vocabulary.build({"facilities": FACILITIES}).resolve_facility(pl.Series([text])).row(0, named=True)
    assert (answer["value"], answer["hint_en"]) == (facility, hint)
    assert answer["fault"] == (None if facility else "unknown_facility")


def test_a_misspelt_activity_type_is_hinted_at(vocabulary: Vocabulary) -> None:
    answers = vocabulary.resolve_activity_type(pl.Series(["natrual gas", "grid_electrcity", "月光"]))
    assert answers["hint_en"].to_list() == [
        " Did you mean natural_gas_mobile, natural_gas_stationary?",
        " Did you mean grid_electricity?",
        None,
    ]
    assert answers["fault"].to_list() == ["unknown_activity_type"] * 3


def test_no_name_of_a_seed_is_lost(vocabulary: Vocabulary) -> None:
    for column in ("activity_type", "name_en", "name_zh"):
        names = vocabulary.activity_types.select(code="activity_type", name=column).drop_nulls()
        assert vocabulary.resolve_activity_type(names["name"])["value"].to_list() == names["code"].to_list()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("kWh", "kWh"), ("度", "kWh"), ("万 kWh", "10^4 kWh"), ("1e4Nm3", "10^4 Nm3"), ("万Nm3", "10^4 Nm3"),
        ("ｋＷｈ", "kWh"),
        ("tkm", "t.km"), ("t·km", "t.km"), ("pkm", "p.km"), ("吨", "t"), ("立方米", "m3"), ("m³", "m3"), ("元", "CNY"),
        ("亿元", "10^8 CNY"), ("人", "person"), ("USD", "USD"), ("MMBtu", "MMBtu"), ("tce", "tce"),
        ("吨CO2e", "tCO2e"), ("吨二氧化碳当量", "tCO2e"), ("公噸CO2e", "tCO2e"), ("公吨CO2e", "tCO2e"),
        ("公斤CO2e", "kgCO2e"), ("千克CO2e", "kgCO2e"), ("万吨CO2e", "10^4 tCO2e"),
    ],
)  # fmt: skip
def test_unit(text: str, code: str, vocabulary: Vocabulary) -> None:
    assert vocabulary.resolve_unit(pl.Series([text])).row(0, named=True)["value"] == code


def test_unit_case_matters(vocabulary: Vocabulary) -> None:
    row = vocabulary.resolve_unit(pl.Series(["tj"])).row(0, named=True)
    assert (row["value"], row["fault"], row["hint_en"]) == (None, "unknown_unit", " Did you mean TJ?")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("gallon", " Did you mean US gal, imp gal?"),
        # A multiple of what was written would be wrong by that factor.
        ("goe", None),
        ("瓦小时", None),
        ("克油当量", None),
        ("gkm", None),
    ],
)
def test_hint_to_a_unit(text: str, hint: str | None, vocabulary: Vocabulary) -> None:
    assert vocabulary.resolve_unit(pl.Series([text]))["hint_en"].to_list() == [hint]


def test_every_unit_and_alias_of_the_seed_is_known(vocabulary: Vocabulary) -> None:
    seed = read_seed("units")
    names = pl.concat(
        [
            seed.select(name="unit", code="unit"),
            seed.select(name=pl.col("aliases").str.split(";"), code="unit").explode("name"),
        ]
    ).drop_nulls()
    assert vocabulary.resolve_unit(names["name"])["value"].to_list() == names["code"].to_list()


def accepted(vocabulary: Vocabulary, activity_type: str) -> set[str]:
    rows = vocabulary.acceptance.filter((pl.col("activity_type") == activity_type) & ~pl.col("enthalpy_only"))
    return set(rows["dimension"])


@pytest.mark.parametrize(
    ("activity_type", "dimensions"),
    [
        ("grid_electricity", {"energy"}),
        ("diesel_mobile", {"mass", "volume", "energy"}),
        ("natural_gas_stationary", {"normal_volume", "volume", "mass", "energy"}),
        ("purchased_heat", {"energy"}),
        ("fugitive_sf6", {"mass"}),
    ],
)
def test_accepted_dimensions(activity_type: str, dimensions: set[str], vocabulary: Vocabulary) -> None:
    assert accepted(vocabulary, activity_type) == dimensions


def test_own_factors_and_types_open_dimensions(workspace: Path) -> None:
    before = Vocabulary.build(load_reference(workspace))
    assert accepted(before, "solar_glass") == {"mass"}
    (workspace / "reference" / "emission_factors.csv").write_text(
        "factor_id,activity_type,geography,valid_from,per_unit,co2e_kg,publication,source\n"
        "g,光伏玻璃,CHN,2024-01-01,m2,8,p,s\n",
        encoding="utf-8",
    )
    after = Vocabulary.build(load_reference(workspace))
    assert accepted(after, "solar_glass") == {"mass", "area"}
    assert accepted(after, "office_services") == {"CNY"}


def test_own_rows_replace_the_seeds(workspace: Path) -> None:
    (workspace / "reference" / "units.csv").write_text(
        "unit,dimension,to_base,aliases\nbag,mass,25,袋\n", encoding="utf-8"
    )
    vocabulary = Vocabulary.build(load_reference(workspace))
    assert vocabulary.resolve_unit(pl.Series(["袋"]))["dimension"].to_list() == ["mass"]


def test_context_hash_is_stable_and_follows_what_matters(workspace: Path) -> None:
    first: Context = context_of(workspace)
    assert first.context_hash == context_of(workspace).context_hash
    assert len(first.context_hash) == 16
    organization = workspace / "organization.yml"
    text = organization.read_text(encoding="utf-8")
    organization.write_text(text + "data_notice: illustrative\n", encoding="utf-8")
    assert context_of(workspace).context_hash == first.context_hash
    organization.write_text(text + "period_end: exclusive\n", encoding="utf-8")
    assert context_of(workspace).context_hash != first.context_hash
    organization.write_text(text, encoding="utf-8")
    facilities = workspace / "reference" / "facilities.csv"
    facilities.write_text(facilities.read_text(encoding="utf-8") + "qujing,Qujing,CHN\n", encoding="utf-8")
    assert context_of(workspace).context_hash != first.context_hash


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("R32", "fugitive_hfc_32"),
        ("逸散 R32", "fugitive_hfc_32"),
        ("制冷剂 R-134a", "fugitive_hfc_134a"),
        ("制冷剂R410A", "fugitive_r410a"),
        ("r-134a", "fugitive_hfc_134a"),
        ("fugitive_r22", "fugitive_hcfc_22"),
        ("R410A", "fugitive_r410a"),
        ("R-290", "fugitive_r290"),
    ],
)
def test_a_refrigerant_number_is_what_leaks(name: str, code: str) -> None:
    resolved = Vocabulary.build({}).resolve_activity_type(pl.Series([name]))
    assert resolved["value"].to_list() == [code]


def test_the_methane_of_sewage_is_not_fossil() -> None:
    types = read_seed("activity_types").filter(pl.col("activity_type").str.contains("^(septic|wastewater_cod)_"))
    assert len(types) == 4
    assert types["gas"].unique().to_list() == ["CH4_nonfossil"]


def test_an_own_gas_in_another_spelling_is_the_known_one(vocabulary: Vocabulary) -> None:
    """Also by a formula that one gas alone has; CH4 is that of three. One that nobody knows is new."""
    gwp = {"gwp_set": "AR5", "gwp100": "1", "gas_group": "hfcs", "kyoto_basket": "true"}
    own = Vocabulary.build(
        {
            "gwp": pl.DataFrame([gwp | {"gas": gas} for gas in ("R-404 A", "hfc 134A", "CF4", "CH4", "Newgas")]),
            "gas_blends": pl.DataFrame([{"blend": "r407 a", "component": "HFC-32", "mass_share": "1"}]),
        }
    )
    assert sorted(set(own.gases["gas"]) - set(vocabulary.gases["gas"])) == ["Newgas"]
    types = set(own.activity_types["activity_type"]) - set(vocabulary.activity_types["activity_type"])
    assert types == {"fugitive_newgas", "process_newgas"}
