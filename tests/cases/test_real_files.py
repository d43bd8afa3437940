"""Public data files as they are published: buildings, a steel plant, facilities, power plants."""

from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal

import pytest

from .conftest import Replay
from .workspaces import EIA_FUELS, WASHINGTON_GASES, Row, number, published, register_year, slug

GJ_PER_MMBTU = Decimal("1.05505585262")


@pytest.fixture(scope="module")
def run(replay: Callable[[str], Replay]) -> Replay:
    return replay("AR5")


@pytest.mark.parametrize("row", published("seattle_2016_buildings"), ids=lambda row: row["OSEBuildingID"])
def test_building_in_seattle(row: Row, run: Replay) -> None:
    """Tonnes are published with two decimals; kBtu of electricity are kWh x 3.412, 42 parts in a million short."""
    parts = dict(
        run.rows(
            "select activity_type, sum(co2e_kg) * 0.001 from emissions where facility_id = ? and stage = 'direct'"
            " and coalesce(scope2_method, 'location') = 'location' group by all",
            f"seattle_{row['OSEBuildingID']}",
        )
    )
    tolerance = Decimal("0.0051") + Decimal("0.000043") * parts.get("grid_electricity", 0)
    assert abs(sum(parts.values()) - number(row["TotalGHGEmissions"])) <= tolerance


def test_quarter_hours_of_a_steel_plant(run: Replay) -> None:
    """Equal readings within a day differ by their time: no duplicates, nor read twice. The month is their sum."""
    rows = published("uci_steel_2018_01")
    usage = sum(number(row["Usage_kWh"]) for row in rows)
    assert run.rows(
        "select rows_in, rows_accepted, rows_duplicate from submissions where path like '%energy_ledger-steel.csv'"
    ) == [(len(rows), len(rows), 0)]
    assert not run.rows(
        "select * from findings where facility_id = 'uci_steel'"
        " and rule in ('coverage_overlap', 'same_key_other_content')"
    )
    assert run.rows(
        "select strftime(period, '%Y-%m'), sum(quantity), unit, sum(co2e_kg) from emissions"
        " where facility_id = 'uci_steel' and scope2_method = 'location' and stage = 'direct' group by all"
    ) == [("2018-01", usage * Decimal("0.001"), "MWh", usage * Decimal("0.4237"))]


@pytest.mark.parametrize("row", published("wa_facilities_2018"), ids=lambda row: row["Reporter"])
def test_facility_in_washington(row: Row, run: Replay) -> None:
    """Gases as reported; biogenic CO2 stands apart from the total, while the register adds it in."""
    ((co2, ch4, n2o, unspecified, co2e, biogenic, months),) = run.rows(
        "select sum(co2_kg), sum(ch4_kg_co2e), sum(n2o_kg_co2e), sum(co2e_unspecified_kg), sum(co2e_kg),"
        " sum(biogenic_co2_kg), count(distinct period) from emissions where facility_id = ?",
        f"wa_{slug(row['Reporter'])}",
    )
    assert months == 12
    assert co2 == number(row["Carbon Dioxide (MTCO2e)"]) * 1000
    assert abs(ch4 - number(row["Methane (MTCO2e)"]) * 1000) < Decimal("0.001")
    assert abs(n2o - number(row["Nitrous Oxide (MTCO2e)"]) * 1000) < Decimal("0.001")
    fluorinated = sum(number(row[gas]) for gas, kilograms in WASHINGTON_GASES.items() if "co2e_kg" in kilograms)
    assert unspecified == fluorinated * 1000
    assert biogenic == number(row["Biogenic Carbon Dioxide (MTCO2e)"]) * 1000
    rounding = Decimal("0.5") * (len(WASHINGTON_GASES) + 1)
    assert abs((co2e + biogenic) * Decimal("0.001") - number(row["Total Emissions (MTCO2e)"])) <= rounding


@pytest.mark.parametrize(
    "row", published("eia923_fuel_2014"), ids=lambda row: f"{row['Plant_ID']}-{row['Reported Fuel_Type_Code']}"
)
def test_fuel_of_a_power_plant(row: Row, run: Replay) -> None:
    """Mcf, barrels and short tons through the plant's own heat content: MMBtu as published, CO2 per MMBtu."""
    fuel, _, kilograms = EIA_FUELS[row["Reported Fuel_Type_Code"]]
    facility, mmbtu = f"eia_{row['Plant_ID']}_{fuel}", Decimal(row["Total_Fuel_Consumption_MMBtu"])
    gj = run.value("select sum(gj) from energy_consumption where facility_id = ?", facility)
    co2 = run.value("select sum(co2_kg) from emissions where facility_id = ? and stage = 'direct'", facility)
    assert abs(gj / (mmbtu * GJ_PER_MMBTU) - 1) < Decimal("1e-6")
    assert abs(co2 / (mmbtu * Decimal(kilograms)) - 1) < Decimal("1e-6")


# Net use that does not follow from the published purchases and sales.
NET_USE_RESIDUES = {"10186": Decimal("260336.33999999997")}


@pytest.mark.parametrize("row", published("eia923_electricity_2014"), ids=lambda row: row["Plant_ID"])
def test_electricity_of_a_power_plant(row: Row, run: Replay) -> None:
    """Bought less sold is the published net use; what is sold is not deducted from the inventory."""
    quantities = dict(
        run.rows(
            "select activity_type, sum(quantity) from emissions where facility_id = ? and scope2_method = 'location'"
            " and stage = 'direct' group by all",
            f"eia_{row['Plant_ID']}_power",
        )
    )
    bought, sold = quantities["grid_electricity"], quantities.get("exported_electricity", Decimal(0))
    assert bought == number(row["Incoming_MWh"])
    assert Decimal(row["Net_Use_MWh"]) - (bought - sold) == NET_USE_RESIDUES.get(row["Plant_ID"], 0)
    sums = run.rows(
        "select sum(co2e_kg) from emissions where facility_id = ? and scope2_method = 'location' and stage = 'direct'",
        f"eia_{row['Plant_ID']}_power",
    )
    assert sums == [(bought * Decimal("698.58"),)]


@pytest.fixture(scope="module")
def companies(replay: Callable[[str], Replay]) -> dict[tuple[str, int], dict[int, Decimal]]:
    """Tonnes by scope of every company of the register and year: the sums of its facilities."""
    sums: dict[tuple[str, int], dict[int, Decimal]] = defaultdict(dict)
    for company, year, scope, tonnes in replay("AR4").rows(
        "select base, cast(extract(year from period) as integer), scope, sum(co2e_t) from facility_emissions"
        " where facility_id like 'tw\\_%' escape '\\' and coalesce(scope2_method, 'location') = 'location' group by all"
    ):
        sums[company, year][scope] = tonnes
    return sums


@pytest.mark.parametrize("row", published("company_rollups"), ids=lambda row: row["case_id"])
def test_facilities_sum_to_their_company(row: Row, companies: dict[tuple[str, int], dict[int, Decimal]]) -> None:
    """To the last digit; seven companies publish more than the facilities that the register lists for them."""
    sums = companies[row["tax_id"], int(row["year"])]
    for scope in (1, 2):
        assert sums.get(scope, 0) == Decimal(row[f"facilities_scope_{scope}_t"])
    total = sum(sums.values())
    if row["rule_value"]:
        assert total == Decimal(row["rule_value"])
        assert Decimal(row["expected"]) - total > Decimal(row["tolerance"])
    else:
        assert abs(total - Decimal(row["expected"])) <= Decimal(row["tolerance"])


def test_the_register_sums_to_the_nation(companies: dict[tuple[str, int], dict[int, Decimal]]) -> None:
    """Every year's facilities against the totals that the register prints per facility (rounded to 0.01 t)."""
    printed: dict[int, list[Decimal]] = defaultdict(list)
    for row in published("taiwan_register"):
        printed[register_year(row)].append(number(row["合計排放量(公噸CO2e)"]))
    assert sorted(printed) == list(range(2015, 2025))
    for year, totals in printed.items():
        computed = sum(sum(scopes.values()) for (_, own_year), scopes in companies.items() if own_year == year)
        assert abs(computed - sum(totals)) <= Decimal("0.01") * len(totals)
