"""Product footprints by the PACT specification 3.0.3: its own examples, and the one that breaks its own sum."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from data_contracts.declarations.footprints import OBJECTS
from data_contracts.judging.footprints import problems

# Declared unit and amount, mass, fossil emissions, uptake, without and with uptake.
# Source: github.com/wbcsd/data-exchange-protocol at cf4ebed, spec/v3/examples/example-1.json to example-4.json.
PUBLISHED = {
    "example-1": ("kilogram", "1", "1", "0.35", "-1.61", "0.384", "-1.23"),
    "example-2": ("liter", "12", "9.468", "4.78", "-19.36", "5.14", "-14.22"),
    "example-3": ("piece", "1", "25", "77", "0.0", "77.0", "77.0"),
    "example-4": ("kilogram", "1", "1", "0.17", "-0.37", "0.42", "0.05"),
}
# Issue 148 of the same repository: an example of the specification whose figures do not add up.
BREAKS_ITS_SUM = ("liter", "1", "0.879", "1.5", "-1.5", "1.85", "1.63")


def record(
    unit: str, amount: str, mass: str, fossil: str, uptake: str, excluding: str, including: str
) -> dict[str, Any]:
    return {
        "id": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
        "specVersion": "3.0.3",
        "created": "2025-01-01T00:00:00Z",
        "status": "Active",
        "companyName": "Glass works",
        "companyIds": ["urn:example:company:1"],
        "productDescription": "Solar glass",
        "productIds": ["urn:example:product:1"],
        "productNameCompany": "Glass 2.0 mm",
        "pcf": {
            "declaredUnitOfMeasurement": unit,
            "declaredUnitAmount": amount,
            "productMassPerDeclaredUnit": mass,
            "referencePeriodStart": "2024-01-01T00:00:00Z",
            "referencePeriodEnd": "2025-01-01T00:00:00Z",
            "pcfExcludingBiogenicUptake": excluding,
            "pcfIncludingBiogenicUptake": including,
            "fossilCarbonContent": "0",
            "fossilGhgEmissions": fossil,
            "biogenicCO2Uptake": uptake,
            "ipccCharacterizationFactors": ["AR6"],
            "crossSectoralStandards": ["ISO14067"],
            "exemptedEmissionsPercent": "1.5",
        },
    }


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_examples_are_sound(name: str) -> None:
    assert problems(record(*PUBLISHED[name])) == []


def test_an_example_that_breaks_its_own_sum_is_refused() -> None:
    (said,) = problems(record(*BREAKS_ITS_SUM))
    assert said.startswith("pcf.pcfIncludingBiogenicUptake: 1.63 is not")


def test_the_digits_that_are_printed_decide() -> None:
    """-1.226 prints as -1.23; -1.24 is another figure."""
    sound = record(*PUBLISHED["example-1"])
    sound["pcf"]["pcfIncludingBiogenicUptake"] = "-1.24"
    assert len(problems(sound)) == 1


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("status", "Draft", "status: 'Draft' is none of Active, Deprecated"),
        ("companyName", " ", "companyName: ' ' is no text"),
        ("companyIds", [], "companyIds: not a list with an entry"),
        ("companyIds", "urn:x", "companyIds: not a list"),
        ("pcf.declaredUnitOfMeasurement", "kilowatt", "pcf.declaredUnitOfMeasurement: 'kilowatt' is none of"),
        ("pcf.declaredUnitAmount", "0", "pcf.declaredUnitAmount: 0 is not >0"),
        ("pcf.declaredUnitAmount", 1, "pcf.declaredUnitAmount: 1 is no decimal written as a text"),
        ("pcf.fossilGhgEmissions", "-1", "pcf.fossilGhgEmissions: -1 is not >=0"),
        ("pcf.fossilGhgEmissions", "1e3", "pcf.fossilGhgEmissions: '1e3' is no decimal"),
        ("pcf.biogenicCO2Uptake", "0.5", "pcf.biogenicCO2Uptake: 0.5 is not <=0"),
        ("pcf.packagingEmissionsIncluded", "yes", "pcf.packagingEmissionsIncluded: neither true nor false"),
        ("pcf.ccuCreditCertification", "none", "pcf.ccuCreditCertification: 'none' is no URI"),
        ("pcf.dqi", {"technologicalDQR": "1"}, "pcf.dqi.geographicalDQR: required and missing"),
        ("pcf.kilowatts", "1", "pcf.kilowatts: no field of CarbonFootprint"),
        ("pcf", "none", "pcf.: not an object"),
    ],
)
def test_what_breaks_the_specification_is_said(path: str, value: Any, said: str) -> None:
    broken = record(*PUBLISHED["example-3"])
    *parents, last = path.split(".")
    target = broken
    for parent in parents:
        target = target[parent]
    target[last] = value
    assert any(problem.startswith(said) for problem in problems(broken)), problems(broken)


@pytest.mark.parametrize("name", [field.name for field in OBJECTS["ProductFootprint"] if field.is_required])
def test_a_required_field_that_is_missing_is_said(name: str) -> None:
    broken = copy.deepcopy(record(*PUBLISHED["example-3"]))
    del broken[name]
    assert problems(broken) == [f"{name}: required and missing / 必填项缺失"]
