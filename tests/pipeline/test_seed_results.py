"""Worked results from the seeds alone: a company that brings no factor, no density, no rate and no index of its own.

Each figure is written out as its publication computes it, number by number, so that a seed that says something else
gives another one.
"""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import pytest

from .company import write
from .conftest import Company

ORGANIZATION = """\
name: Seeds Ltd.
consolidation_approach: operational_control
target_scope2_method: location
gwp_set: AR5
fuel_factor_set: cn_other_industry_2015
currency: CNY
base_year: 2024
first_month: 2024-05
"""
FACILITIES = """\
facility_id,name,country,grid_region
wuxi,Wuxi,CHN,CN-JS
lhasa,Lhasa,CHN,CN-XZ
anywhere,Somewhere in China,CHN,
berlin,Berlin,DEU,
"""
# JA Solar, ESG report 2023: Scopes 1 and 2, of which the report makes 3,521.45 t per 10^8 CNY of revenue.
REPORTED = """\
year,scope,scope2_method,co2e_t
2023,1,,109178
2023,2,location,2762785
"""


class Result(NamedTuple):
    """A delivered row, and the kilograms of CO2e (location-based) that follow from what was published."""

    table: str
    facility_id: str
    activity_type: str
    quantity: str
    unit: str
    kilograms: Fraction | float
    process: str = ""


def carbon(quantity: str, ncv: str, carbon_content: str, oxidation: str) -> Fraction:
    """FC x NCV x CC x OF x 44/12 of the Chinese guidelines, in kilograms; FC in the unit of NCV, in thousands of GJ."""
    parts = (quantity, ncv, carbon_content, oxidation)
    product = Fraction(44, 12) * 1000
    for part in parts:
        product *= Fraction(part)
    return product


RESULTS = [
    # Grid factors of 2022 (MEE and NBS, in force for 2024): Jiangsu, and the country where no province is known.
    Result("emission_factors", "wuxi", "grid_electricity", "1000", "MWh", Fraction("597800")),
    Result("emission_factors", "anywhere", "grid_electricity", "1000", "MWh", Fraction("536600")),
    # Verification report of Sangle 2019, table 3-14: 5.4431 and 22.8053 t.
    Result("fuel_properties", "wuxi", "motor_gasoline_mobile", "1.789", "t", carbon("1.789", "44.8", "0.0189", "0.98")),
    Result("fuel_properties", "wuxi", "diesel_stationary", "7.251", "t", carbon("7.251", "43.33", "0.0202", "0.98")),
    Result(
        "fuel_properties", "wuxi", "bituminous_coal_stationary", "1", "t", carbon("1", "23.204", "0.02618", "0.93")
    ),
    # 1,000 L x 0.775 kg/L (GB 17930-2016).
    Result(
        "fuel_densities", "anywhere", "motor_gasoline_mobile", "1000", "L", carbon("0.775", "44.80", "0.0189", "0.98")
    ),
    # 10^4 scf x 0.026791 Nm3.
    Result(
        "units", "wuxi", "natural_gas_stationary", "10000", "scf", carbon("0.026791", "389.31", "0.0153", "0.99")
    ),
    Result("gwp", "wuxi", "fugitive_hfc_227ea", "2", "kg", Fraction(2 * 3350)),
    # R-404A: 44 % HFC-125, 52 % HFC-143a, 4 % HFC-134a (3170, 4800, 1300 in AR5).
    Result(
        "gas_blends", "wuxi", "fugitive_r404a", "1", "kg",
        Fraction("0.44") * 3170 + Fraction("0.52") * 4800 + Fraction("0.04") * 1300,
    ),
    # NDRC guideline for electronic equipment: (1 - 0.1) x (1 - 0.8) of the SF6 fed.
    Result("process_gas_parameters", "wuxi", "process_sf6", "10", "kg", Fraction("0.18") * 235000, "any"),
    # US EPA per USD of 2022; CNY of 2024 at 7.196647, prices 292.655 / 313.689.
    Result(
        "exchange_rates", "wuxi", "spend_adhesives", "1000000", "CNY",
        1000000 / Fraction("7.196647") * Fraction("292.655") / Fraction("313.689") * Fraction("0.531"),
    ),
    # The same factor on dollars of 2024: the consumer prices alone.
    Result(
        "price_indices", "lhasa", "spend_adhesives", "1000", "USD",
        1000 * Fraction("292.655") / Fraction("313.689") * Fraction("0.531"),
    ),
]  # fmt: skip
# tce of a delivered quantity (GB/T 2589), by carrier.
STANDARD_COAL = [
    ("anywhere", "electricity", Fraction("1.229") * 100),
    ("wuxi", "diesel", Fraction("1.4571") * Fraction("7.251")),
    ("wuxi", "natural_gas", Fraction("13.3") * Fraction("0.026791")),
]


def deliveries() -> dict[str, str]:
    """The files of the month, by name."""
    ledger = "period,facility_id,activity_type,quantity,unit\n"
    log = "record_id,start_date,end_date,facility_id,activity_type,quantity,unit,process\n"
    purchases = "document_number,line_number,posting_date,facility_id,supplier_id,activity_type,quantity,unit,"
    purchases += "net_amount,currency\n"
    for number, row in enumerate(RESULTS, start=1):
        if row.activity_type.startswith("spend"):
            purchases += (
                f"P{number},1,2024-05-15,{row.facility_id},S,{row.activity_type},1,t,{row.quantity},{row.unit}\n"
            )
        elif row.activity_type.startswith(("fugitive", "process")):
            log += (
                f"R{number},2024-05-01,2024-05-31,{row.facility_id},{row.activity_type},{row.quantity},{row.unit},"
                f"{row.process}\n"
            )
        else:
            ledger += f"2024-05,{row.facility_id},{row.activity_type},{row.quantity},{row.unit}\n"
    # The announcement of 2024 has no factor of Xizang.
    ledger += "2024-05,lhasa,grid_electricity,100,MWh\n2024-05,berlin,grid_electricity,100,MWh\n"
    certificates = "instrument_id,instrument_type,vintage_start,vintage_end,country,quantity,unit,claim_start,"
    certificates += "claim_end,retired_on\n"
    for name, kind, country, quantity in (("GO-1", "go", "NOR", 60), ("REC-1", "rec", "USA", 40)):
        certificates += f"{name},{kind},2024-01-01,2024-12-31,{country},{quantity},MWh,2024-05-01,2024-05-31,"
        certificates += "2024-06-30\n"
    metrics = "period,metric,value,unit\n"
    for month in range(1, 13):
        metrics += f"2023-{month:02},revenue,{'67.5626' if month == 12 else 68},10^8 CNY\n"
        metrics += f"2023-{month:02},headcount,{1000 + month % 2},persons\n"
    return {
        "energy_ledger.csv": ledger,
        "activity_log.csv": log,
        "procurement.csv": purchases,
        "energy_instruments.csv": certificates,
        "business_metrics.csv": metrics,
    }


@pytest.fixture(scope="module")
def results(
    made_once: Callable[[str, Callable[[Path], object]], Path],
    parsed_dbt_project: Callable[[Path], Path],
    publish: Callable[..., str],
) -> Company:
    def make(root: Path) -> None:
        write(root / "organization.yml", ORGANIZATION)
        write(root / "reference" / "facilities.csv", FACILITIES)
        write(root / "reference" / "reported_inventories.csv", REPORTED)
        for name, text in deliveries().items():
            write(root / "landing" / "2024-05" / "all" / name, text)
        publish(parsed_dbt_project(root))

    return Company(made_once("seeds_alone", make))


@pytest.mark.parametrize("row", RESULTS, ids=[f"{row.table}-{row.facility_id}-{row.activity_type}" for row in RESULTS])
def test_result_of_the_seeds(row: Result, results: Company) -> None:
    # To a tenth of a milligram per kilogram: bridges have fifteen decimals.
    (kilograms, own) = results.rows(
        "select sum(co2e_kg), count(case when factor_table = 'own' then 1 end) from emissions where stage = 'direct'"
        " and activity_type = ? and facility_id = ? and coalesce(scope2_method, 'location') = 'location'",
        row.activity_type,
        row.facility_id,
    )[0]
    assert kilograms is not None
    assert abs(Fraction(kilograms) / Fraction(row.kilograms) - 1) < Fraction(1, 10**7)
    assert own == 0


@pytest.mark.parametrize(("facility_id", "carrier", "tce"), STANDARD_COAL)
def test_standard_coal_of_the_seeds(facility_id: str, carrier: str, tce: Fraction, results: Company) -> None:
    found = results.value(
        "select sum(tce) from energy_consumption where facility_id = ? and carrier = ?", facility_id, carrier
    )
    assert abs(Fraction(found) / tce - 1) < Fraction(1, 10**7)


def test_what_a_publication_leaves_out_has_no_figure(results: Company) -> None:
    """factor_exclusions: neither the factor of the region nor that of the country serves Xizang; its row is told so."""
    assert (
        results.rows("select stage, sum(co2e_kg) from emissions where facility_id = 'lhasa' and scope = 2 group by 1")
        == []
    )
    (found,) = results.rows(
        "select rule, source_value from findings where facility_id = 'lhasa' and rule = 'no_factor'"
    )
    assert found == ("no_factor", "grid_electricity")


def test_a_place_lies_in_its_region_and_a_category_in_its_iso_category(results: Company) -> None:
    """geographies: Jiangsu lies in China, whose electricity emits 0.6205 - 0.5306 kg per kWh before the power plant
    (MEE 2025 No. 3 and No. 47); ghg_protocol_categories: that is category 3, in ISO 14064-1 category 4."""
    upstream = results.rows(
        "select ghg_protocol_category, iso_14064_category, sum(co2e_kg) from emissions"
        " where facility_id = 'wuxi' and activity_type = 'grid_electricity' and stage = 'upstream' group by all"
    )
    assert upstream == [(3, 4, 1000000 * (Decimal("0.6205") - Decimal("0.5306")))]


def test_a_certificate_serves_the_market_that_its_country_shares(results: Company) -> None:
    """electricity_markets (domains of the Association of Issuing Bodies): a Norwegian guarantee serves Germany, whose
    grid emits 0.363 kg per kWh (UBA, 2024), an American certificate does not."""
    served = "select instrument_id, allocated, surplus from instrument_allocation where purchased > 0 order by all"
    assert results.rows(served) == [("GO-1", Decimal(60), Decimal(0)), ("REC-1", Decimal(0), Decimal(40))]
    kilograms = "select scope2_method, sum(co2e_kg) from emissions where facility_id = 'berlin' and scope = 2"
    found = sorted(results.rows(f"{kilograms} group by 1"))
    assert found == [("location", Decimal(36300)), ("market", Decimal(14520))]


def test_months_of_revenue_are_summed_and_those_of_a_headcount_averaged(results: Company) -> None:
    """metrics: twelve months of revenue are the 815.5626 x 10^8 CNY of the report, 3,521.45 t for each; six months of
    1,001 and six of 1,000 employees (184 and 181 days) are 1,000.504110 in the mean."""
    found = results.rows(
        "select denominator, denominator_value, round(value, 2) from intensity"
        " where year = 2023 and numerator = 'scope_1_and_2' and basis = 'reported' order by 1"
    )
    assert found == [
        ("headcount", Decimal("1000.504110"), Decimal("2870.52")),
        ("revenue", Decimal("815.5626"), Decimal("3521.45")),
    ]


def test_a_source_stands_where_the_catalogue_has_it(results: Company) -> None:
    """source_catalogue (ISO 14064-1, annex B, category 1): HFC-227ea is what puts out fires, R-404A what cools, SF6 fed
    to a process a process gas; what nobody sent is still to be answered."""
    found = results.rows(
        "select emission_source, status, iso_14064_category, activity_types, co2e_t from source_list"
        " where facility_id = 'wuxi' and year = 2024 and emission_source in"
        " ('fire_suppression', 'refrigerants', 'process_gases', 'sf6_equipment') order by 1"
    )
    assert [row[:4] for row in found] == [
        ("fire_suppression", "present", 1, "fugitive_hfc_227ea"),
        ("process_gases", "present", 1, "process_sf6"),
        ("refrigerants", "present", 1, "fugitive_r404a"),
        ("sf6_equipment", "not_answered", 1, None),
    ]
    assert [row[4] for row in found] == [Decimal("6.7"), Decimal("42.3"), Decimal("3.9428"), None]
