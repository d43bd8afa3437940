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
# The units that a row or a factor may speak of, by the unit of the line: how many of it each is.
UNITS = {
    "t": {
        "mg": Fraction(1, 10**9),
        "g": Fraction(1, 10**6),
        "kg": Fraction(1, 1000),
        "t": Fraction(1),
        "kt": Fraction(1000),
        "lb": Fraction("0.45359237") / 1000,
    },
    "MWh": {
        "kWh": Fraction(1, 1000),
        "MWh": Fraction(1),
        "GWh": Fraction(1000),
        "万千瓦时": Fraction(10),
        "GJ": Fraction(10, 36),
        "MJ": Fraction(1, 3600),
    },
    "m3": {
        "mL": Fraction(1, 10**6),
        "L": Fraction(1, 1000),
        "m3": Fraction(1),
        "US gal": Fraction("0.003785411784"),
        "bbl": Fraction("0.158987294928"),
    },
}
TYPES = 36
HALF_A_DIGIT = Fraction(1, 2 * 10**12)
LAST_PLACE = Fraction(1, 10**18)


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
) -> dict[str, tuple[Fraction, Fraction, Fraction, Fraction]]:
    """Of each activity type: its quantity in the unit of its line and its factor, by fractions; quantity and kilograms
    of its emission lines."""
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
        name, of_line = f"made_{number}", list(UNITS)[number % len(UNITS)]
        sizes = UNITS[of_line]
        # A factor of a million kilograms and more per unit of the line is refused.
        given, per = rng.choice(list(sizes)), rng.choice([unit for unit, size in sizes.items() if size * 999999 > 200])
        parts = {"co2_kg": digits(rng, 90, 12), "ch4_kg": digits(rng, 1, 12)}
        quantity = digits(rng, 1000, 9)
        types.append(
            {"activity_type": name, "name_en": name, "name_zh": name, "source_class": "process"}
            | {"method": "emission_factor", "canonical_unit": of_line}
        )
        factors.append(
            {"factor_id": name, "activity_type": name, "stage": "direct", "scope": 1, "per_unit": per} | parts | stamp
        )
        # Half of the rows are of a month, half of three: their parts are to come to the whole.
        days = {"start_date": "2024-03-01", "end_date": rng.choice(["2024-03-31", "2024-05-07"])}
        rows.append({"record_id": name, "activity_type": name, "quantity": quantity, "unit": given} | days)
        kilograms = Fraction(parts["co2_kg"]) + Fraction(parts["ch4_kg"]) * Fraction(methane)
        expected[name] = (Fraction(quantity) * sizes[given], kilograms / sizes[per])
    for fuel in FUELS:
        name, quantity = f"{fuel}_stationary", digits(rng, 1000, 9)
        ncv, carbon, oxidised = digits(rng, 50, 12), f"0.0{digits(rng, 1, 11)[2:]}", f"0.9{digits(rng, 1, 11)[2:]}"
        fuels.append(
            {"factor_set": "", "fuel": fuel, "ncv": ncv, "ncv_unit": "GJ/t", "carbon_content_tc_per_gj": carbon}
            | {"oxidation_rate": oxidised, "publication": "random", "source": "random"}
        )
        row = {"record_id": name, "activity_type": name, "quantity": quantity, "unit": "kg"}
        rows.append(row | {"start_date": "2024-03-01", "end_date": "2024-03-31"})
        per_tonne = Fraction(ncv) * Fraction(carbon) * Fraction(oxidised) * Fraction(44, 12) * 1000
        expected[name] = (Fraction(quantity) / 1000, per_tonne)
    write(root / "landing" / "2024-05" / "f" / "activity_log.csv", [row | {"facility_id": "f"} for row in rows])
    write(root / "reference" / "activity_types.csv", types)
    write(root / "reference" / "emission_factors.csv", factors)
    write(root / "reference" / "fuel_properties.csv", fuels)
    gwp = {"gas_group": "ch4", "kyoto_basket": "true", "gwp_set": "AR6", "publication": "random", "source": "random"}
    write(root / "reference" / "gwp.csv", [{"gas": "CH4", "formula": "CH4", "gwp100": methane} | gwp])
    publish(parsed_dbt_project(root))
    with duckdb.connect(str(root / "warehouse" / "published" / "helioledger.duckdb"), read_only=True) as connection:
        found = connection.execute(
            "select activity_type, sum(exact_quantity), sum(co2e_kg) from marts.emissions group by all"
        ).fetchall()
    return {name: (*expected[name], Fraction(quantity), Fraction(kilograms)) for name, quantity, kilograms in found}


def test_lines_are_the_exact_products_of_what_was_printed(lines) -> None:
    """A factor has twelve decimals per unit of the line, and each of its gases is rounded once; a quantity keeps every
    digit that was delivered, in whichever unit."""
    assert len(lines) == TYPES + len(FUELS)
    wrong = {
        name: (float(found), float(quantity * per_unit))
        for name, (quantity, per_unit, _, found) in lines.items()
        if abs(found - quantity * per_unit) > 3 * HALF_A_DIGIT * quantity + 4 * LAST_PLACE
    }
    assert wrong == {}


def test_quantities_keep_every_digit(lines) -> None:
    """12.345678 g are 0.000012345678 t; GJ in MWh have no end, and the eighteen digits of a decimal."""
    wrong = {
        name: (float(found), float(quantity))
        for name, (quantity, _, found, _) in lines.items()
        if abs(found - quantity) > LAST_PLACE * max(1, quantity)
    }
    assert wrong == {}
