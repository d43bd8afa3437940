"""Product footprints as suppliers and customers exchange them: the fields of the PACT technical specification 3.0.3.

Source: github.com/wbcsd/data-exchange-protocol at cf4ebed, spec/v3/openapi.yaml.
"""

from __future__ import annotations

from typing import NamedTuple

SPECIFICATION = "3.0.3"


class Field(NamedTuple):
    """A field: whether it is required, and its kind: `string`, `text` (not empty), `list`, `boolean`, `uri`, `decimal`
    (`>0`, `>=0`, `<=0`: with that bound), or the object that it holds."""

    name: str
    is_required: bool
    kind: str


def _fields(declared: str) -> tuple[Field, ...]:
    """Of names, each with `!` where it is required and `:kind` where it is no string."""
    made = []
    for word in declared.split():
        name, _, kind = word.partition(":")
        made.append(Field(name.rstrip("!"), name.endswith("!"), kind or "string"))
    return tuple(made)


OBJECTS = {
    name: _fields(declared)
    for name, declared in {
        "ProductFootprint": "id! specVersion! precedingPfIds:list created! status! validityPeriodStart"
        " validityPeriodEnd companyName!:text companyIds!:list productDescription! productIds!:list"
        " productClassifications:list productNameCompany!:text comment pcf!:CarbonFootprint"
        " extensions:list",
        "CarbonFootprint": "declaredUnitOfMeasurement! declaredUnitAmount!:>0 productMassPerDeclaredUnit!:decimal"
        " referencePeriodStart! referencePeriodEnd! geographyRegionOrSubregion geographyCountry"
        " geographyCountrySubdivision boundaryProcessesDescription pcfExcludingBiogenicUptake!:decimal"
        " pcfIncludingBiogenicUptake!:decimal fossilCarbonContent!:>=0 biogenicCarbonContent:>=0"
        " recycledCarbonContent:>=0 fossilGhgEmissions!:>=0 landUseChangeGhgEmissions:>=0"
        " landCarbonLeakage:>=0 landManagementFossilGhgEmissions:>=0"
        " landManagementBiogenicCO2Emissions:>=0 landManagementBiogenicCO2Removals:<=0"
        " biogenicCO2Uptake:<=0 biogenicNonCO2Emissions:>=0 landAreaOccupation:>=0"
        " aircraftGhgEmissions:>=0 packagingEmissionsIncluded:boolean packagingGhgEmissions:>=0"
        " packagingBiogenicCarbonContent:>=0 outboundLogisticsGhgEmissions:>=0"
        " ccsTechnologicalCO2CaptureIncluded:boolean ccsTechnologicalCO2Capture:<=0"
        " technologicalCO2CaptureOrigin technologicalCO2Removals:<=0 ccuCarbonContent:>=0"
        " ccuCalculationApproach ccuCreditCertification:uri ipccCharacterizationFactors!:list"
        " crossSectoralStandards!:list productOrSectorSpecificRules:list"
        " exemptedEmissionsPercent!:decimal exemptedEmissionsDescription allocationRulesDescription"
        " secondaryEmissionFactorSources:list primaryDataShare:decimal dqi:DataQualityIndicators"
        " verification:Verification",
        "DataQualityIndicators": "technologicalDQR!:decimal geographicalDQR!:decimal temporalDQR!:decimal",
        "Verification": "coverage providerName completedAt standardName comments",
    }.items()
}

ACCEPTED = {
    "status": (
        "Active",
        "Deprecated",
    ),
    "declaredUnitOfMeasurement": (
        "liter",
        "kilogram",
        "cubic meter",
        "kilowatt hour",
        "megajoule",
        "ton kilometer",
        "square meter",
        "piece",
        "hour",
        "megabit second",
    ),
    "geographyRegionOrSubregion": (
        "Africa",
        "Americas",
        "Asia",
        "Europe",
        "Oceania",
        "Australia and New Zealand",
        "Central Asia",
        "Eastern Asia",
        "Eastern Europe",
        "Latin America and the Caribbean",
        "Melanesia",
        "Micronesia",
        "Northern Africa",
        "Northern America",
        "Northern Europe",
        "Polynesia",
        "South-eastern Asia",
        "Southern Asia",
        "Southern Europe",
        "Sub-Saharan Africa",
        "Western Asia",
        "Western Europe",
    ),
    "ccuCalculationApproach": (
        "Cut-off",
        "Credit",
    ),
    "coverage": (
        "PCF calculation model",
        "PCF program",
        "product level",
    ),
}

# Units in which a footprint may be declared -> the units of `seeds/units.csv`; others have no factor to become.
FACTOR_UNITS = {
    "kilogram": "kg",
    "liter": "L",
    "cubic meter": "m3",
    "kilowatt hour": "kWh",
    "megajoule": "MJ",
    "ton kilometer": "t.km",
    "piece": "unit",
}
