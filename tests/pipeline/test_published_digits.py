"""Every digit that somebody publishes counts: lines are what exact fractions of the printed factors come to."""

import csv
import random
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import duckdb
import pytest

# Fuels with an activity type of their own; all their properties are the workspace's.
FUELS = ("anthracite", "bituminous_coal", "diesel", "kerosene", "motor_gasoline")
UNITS = {"kg": Fraction(1, 1000), "t": Fraction(1), "lb": Fraction("0.45359237") / 1000}
TYPES = 12
HALF_A_DIGIT = Fraction(1, 2 * 10**12)


def write(path: Path, rows: list[dict]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)), restval="")
        writer.writeheader()
        writer.writerows(rows)


def digits(rng: random.Random, below: int, decimals: int) -> str:
    return f"{rng.randrange(below)}.{rng.randrange(10**decimals):0{decimals}}"


@pytest.fixture(scope="module")
def lines(
    tmp_path_factory: pytest.TempPathFactory,
    parsed_dbt_project: Callable[[Path], Path],
    publish: Callable[..., str],
) -> list[tuple[str, Fraction, Fraction, Fraction]]:
    """(activity type, quantity in t, kilograms of the emission lines, kilograms by fractions)."""
    rng = random.Random(20)
    root = tmp_path_factory.mktemp("digits")
    (root / "organization.yml").write_text(
        "name: Digits\nname_zh: 位数\nconsolidation_approach: operational_control\ngwp_set: AR6\nbase_year: 2024\n"
        "combustion_gases: co2\nfuel_factor_set: cn_other_industry_2015\ncurrency: CNY\n"
        "target_scope2_method: location\nresidual_mix_policy: grid_average\n",
        encoding="utf-8",
    )
    stamp = {
        "geography": "WORLD",
        "valid_from": "2000-01-01",
        "publication": "random",
        "source": "random",
        "licence": "none",
    }
    facility = {"facility_id": "f", "name": "f", "name_zh": "f", "base": "f", "legal_entity": "L", "country": "CHN"}
    shares = {"equity_share": 1, "operational_control": "true", "financial_control": "true", "valid_from": "2000-01-01"}
    write(root / "reference" / "facilities.csv", [facility | shares])
    methane, expected, factors, types, fuels, rows = digits(rng, 100, 12), {}, [], [], [], []
    for number in range(TYPES):
        name, unit = f"made_{number}", rng.choice(list(UNITS))
        parts = {"co2_kg": digits(rng, 90, 12), "ch4_kg": digits(rng, 1, 12)}
        quantity = digits(rng, 1000, 6)
        types.append({"activity_type": name, "name_en": name, "name_zh": name, "source_class": "process"})
        factors.append(
            {"factor_id": name, "activity_type": name, "stage": "direct", "scope": 1, "per_unit": unit} | parts | stamp
        )
        rows.append({"record_id": name, "activity_type": name, "quantity": quantity})
        kilograms = Fraction(parts["co2_kg"]) + Fraction(parts["ch4_kg"]) * Fraction(methane)
        expected[name] = (Fraction(quantity), kilograms / UNITS[unit])
    for fuel in FUELS:
        name, quantity = f"{fuel}_stationary", digits(rng, 1000, 6)
        ncv, carbon, oxidised = digits(rng, 50, 12), f"0.0{digits(rng, 1, 11)[2:]}", f"0.9{digits(rng, 1, 11)[2:]}"
        fuels.append(
            {"factor_set": "", "fuel": fuel, "ncv": ncv, "ncv_unit": "GJ/t", "carbon_content_tc_per_gj": carbon}
            | {"oxidation_rate": oxidised, "publication": "random", "source": "random"}
        )
        rows.append({"record_id": name, "activity_type": name, "quantity": quantity})
        per_tonne = Fraction(ncv) * Fraction(carbon) * Fraction(oxidised) * Fraction(44, 12) * 1000
        expected[name] = (Fraction(quantity), per_tonne)
    common = {"facility_id": "f", "unit": "t", "start_date": "2024-03-01", "end_date": "2024-03-31"}
    write(root / "landing" / "2024-03" / "f" / "activity_log.csv", [row | common for row in rows])
    write(
        root / "reference" / "activity_types.csv",
        [row | {"method": "emission_factor", "canonical_unit": "t"} for row in types],
    )
    write(root / "reference" / "emission_factors.csv", factors)
    write(root / "reference" / "fuel_properties.csv", fuels)
    gwp = {"gas_group": "ch4", "kyoto_basket": "true", "gwp_set": "AR6", "publication": "random", "source": "random"}
    write(root / "reference" / "gwp.csv", [{"gas": "CH4", "formula": "CH4", "gwp100": methane} | gwp])
    publish(parsed_dbt_project(root))
    with duckdb.connect(str(root / "warehouse" / "published" / "helioledger.duckdb"), read_only=True) as connection:
        found = connection.execute("select activity_type, sum(co2e_kg) from marts.emissions group by all").fetchall()
    kilograms = {name: Fraction(value) for name, value in found}
    return [(name, tonnes, kilograms.get(name, Fraction(0)), tonnes * per) for name, (tonnes, per) in expected.items()]


def test_lines_are_the_exact_products_of_what_was_printed(lines) -> None:
    """A factor has twelve decimals per unit of the line, and each of its gases is rounded once."""
    assert len(lines) == TYPES + len(FUELS)
    wrong = {
        name: (float(found), float(exact))
        for name, tonnes, found, exact in lines
        if abs(found - exact) > 3 * HALF_A_DIGIT * tonnes
    }
    assert wrong == {}
