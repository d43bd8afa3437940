"""A workspace in which every numeric column of every feed, and of the reference tables, holds numbers at the edge of
what the contracts accept: each on a facility of its own, so that what one does to the others shows."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Literal

from data_contracts.declarations.reference_tables import LARGEST_TONNES, TABLES

from .company import write

LARGEST = ("9999999999999", "9999999999998.999999999", "999999999999", "99999999999")
SMALLEST = ("0.000000001", "0")

ORGANIZATION = """\
name: Edge Ltd.
consolidation_approach: operational_control
gwp_set: AR5
base_year: 2023
currency: CNY
target_scope2_method: market
fuel_factor_set: cn_other_industry_2015
combustion_gases: co2_ch4_n2o
first_month: 2023-01
estimate_warn: 1
estimate_block: 1
"""

# Feed -> a sound row of each kind, as column -> value; {f} is the facility, {n} a number of the row.
ROWS: dict[str, list[dict[str, str]]] = {
    "energy_ledger": [
        {
            "period": "2024-03", "facility_id": "{f}", "activity_type": kind, "quantity": "10", "unit": unit,
            "opening_stock": "1", "received": "10", "closing_stock": "1", **more,
        }
        for kind, unit, more in (
            ("grid_electricity", "MWh", {}),
            ("exported_electricity", "MWh", {}),
            ("purchased_heat", "GJ", {}),
            ("purchased_heat", "t", {"temperature_c": "150", "enthalpy_kj_per_kg": "2777"}),
            ("diesel_mobile", "L", {}),
            ("natural_gas_stationary", "Nm3", {}),
            ("anthracite_stationary", "t", {}),
        )
    ],
    "invoices": [
        {
            "invoice_number": "I{n}", "invoice_date": "2024-03-31", "supplier": "Grid", "facility_id": "{f}",
            "activity_type": kind,
            "service_start": "2024-03-01", "service_end": "2024-03-31", "quantity": "10", "unit": unit,
            "net_amount": "100", "tax_amount": "0", "gross_amount": "", "currency": "CNY",
        }
        for kind, unit in (("grid_electricity", "MWh"), ("natural_gas_stationary", "Nm3"))
    ],
    "procurement": [
        {
            "document_number": "P{n}", "line_number": "1", "posting_date": "2024-03-05", "facility_id": "{f}",
            "supplier_id": "S", "activity_type": kind, "quantity": "10", "unit": "t", "net_amount": "100",
            "currency": "CNY", "supplier_factor_kgco2e_per_unit": "2", "transport_mode": mode,
            "transport_distance_km": "100", "transported_mass_t": "10",
        }
        for kind, mode in (("glass", ""), ("glass", "freight_road_hgv_average"), ("spend", ""))
    ],
    "activity_log": [
        {
            "record_id": "R{n}", "start_date": "2024-02-15", "end_date": "2024-03-20", "facility_id": "{f}",
            "activity_type": kind, "quantity": "10", "unit": unit, "factor_kgco2e_per_unit": factor,
        }
        for kind, unit, factor in (
            ("fugitive_r410a", "kg", ""),
            ("process_nf3", "kg", ""),
            ("freight_road_hgv_average", "t.km", ""),
            ("glass", "t", "5"),
        )
    ],
    "production": [
        {"period": "2024-03", "facility_id": "{f}", "workshop": "W", "product": "M", "quantity": "10", "unit": "MW"}
    ],
    "energy_instruments": [
        {
            "instrument_id": "G{n}", "instrument_type": "GEC", "vintage_start": "2024-01-01",
            "vintage_end": "2024-12-31", "country": "CHN", "quantity": "10", "unit": "MWh",
            "claim_start": "2024-01-01", "claim_end": "2024-12-31", "facility_id": "{f}",
            "factor_kgco2e_per_kwh": "0",
        }
    ],
    "business_metrics": [
        {"period": "2024", "metric": metric, "value": "10", "unit": unit, "facility_id": "{f}"}
        for metric, unit in (("revenue", "CNY"), ("headcount", "人"), ("comprehensive_energy", "tce"))
    ],
}  # fmt: skip
NUMERIC = {
    "energy_ledger": ("quantity", "opening_stock", "received", "closing_stock", "temperature_c", "enthalpy_kj_per_kg"),
    "invoices": ("quantity", "net_amount", "tax_amount"),
    "procurement": (
        "quantity", "net_amount", "supplier_factor_kgco2e_per_unit", "transport_distance_km", "transported_mass_t",
    ),
    "activity_log": ("quantity", "factor_kgco2e_per_unit"),
    "production": ("quantity",),
    "energy_instruments": ("quantity", "factor_kgco2e_per_kwh"),
    "business_metrics": ("value",),
}  # fmt: skip

ACTIVITY_TYPES = """\
activity_type,name_en,name_zh,source_class,method,canonical_unit,fuel
glass,Glass,玻璃,purchased_goods,emission_factor,t,
spend,Spend,支出,purchased_goods,emission_factor,CNY,
"""
FACTORS = """\
factor_id,activity_type,stage,scope,ghg_protocol_category,geography,valid_from,per_unit,co2_kg,co2e_kg,gwp_set,publication,source
glass,glass,direct,3,1,WORLD,2020-01-01,t,{factor},,,made up,made up
spend,spend,direct,3,1,WORLD,2020-01-01,CNY,,{factor},AR5,made up,made up
"""


def rows(feed: str, values: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """Each sound row of a feed, and the same with each value in each numeric column it fills."""
    for kind, row in enumerate(ROWS[feed]):
        yield {"kind": str(kind), **row}
        for column in NUMERIC[feed]:
            if row.get(column):
                for value in values:
                    yield {"kind": str(kind), **row, column: value}


def make_extremes(root: Path, values: tuple[str, ...] = (*LARGEST, *SMALLEST), factor: str = "100") -> Path:
    """Write the workspace. Every row is on a facility of its own, and once more on one that has them all."""
    facilities = ["facility_id,name,country,expected_activity_types", "ALL,All of them,CHN,grid_electricity"]
    for feed in ROWS:
        columns = list(dict.fromkeys(column for row in ROWS[feed] for column in row))
        lines = [",".join(columns)]
        for number, row in enumerate(rows(feed, values)):
            own = f"{feed.replace('_', '')}{number}"
            facilities.append(f"{own},{own},CHN,grid_electricity")
            for copy, facility in enumerate((own, "ALL")):
                filled = {key: value.format(f=facility, n=f"{number}-{copy}") for key, value in row.items()}
                lines.append(",".join(filled.get(column, "") for column in columns))
        write(root / "landing" / "2024-03" / "EDGE" / f"{feed}.csv", "\n".join(lines) + "\n")
    write(root / "organization.yml", ORGANIZATION)
    write(root / "reference" / "facilities.csv", "\n".join(facilities) + "\n")
    write(root / "reference" / "activity_types.csv", ACTIVITY_TYPES)
    write(root / "reference" / "emission_factors.csv", FACTORS.format(factor=factor))
    return root


# Reference table -> its header and rows, in which {x} is the number, and {s} a share.
REFERENCE = {
    "targets": """\
target_id,name_en,kind,scopes,denominator,base_year,target_year,reduction,pathway
near,Near,absolute,1;2,,2023,2030,{s},linear
far,Far,absolute,1;2,,2023,2040,0.9,compound
three,Scope 3,absolute,3,,2023,2030,{s},linear
per,Per revenue,intensity,1;2,revenue,2023,2030,{s},linear
""",
    "reported_inventories": """\
year,scope,scope2_method,ghg_protocol_category,iso_14064_category,facility_id,co2e_t,document
2022,1,,,,,{x},made up
2022,2,location,,,,{x},made up
2022,2,market,,,,{x},made up
2022,3,,,,,{x},made up
2022,3,,1,,,{x},made up
2023,1,,,,,{base},made up
2023,2,location,,,,{base},made up
2023,2,market,,,,{base},made up
2023,3,,,,,{base},made up
2024,1,,,,,{x},made up
""",
    "base_year_events": """\
event_id,kind,facility_id,effective_on,delta_base_co2e_t,document
bought,acquisition,ALL,2024-02-01,{x},made up
sold,divestiture,ALL,2024-03-01,-{x},made up
""",
    "exchange_rates": "currency,per_currency,year,rate,publication,source\nCNY,USD,2024,{x},made up,made up\n",
    "price_indices": """\
price_index,currency,year,value,base_year,publication,source
cpi,CNY,2020,{x},2022,made up,made up
cpi,CNY,2024,1,2022,made up,made up
""",
    "fuel_densities": "fuel,density,density_unit,geography,valid_from,publication,source\n"
    "diesel,{x},kg/L,CHN,1990-01-01,made up,made up\n",
    "fuel_properties": """\
factor_set,fuel,ncv,ncv_unit,carbon_content_tc_per_gj,oxidation_rate,ch4_kg_per_tj,n2o_kg_per_tj,geography,valid_from,publication,source
cn_other_industry_2015,diesel,{x},GJ/t,{x},{s},{x},{x},CHN,1990-01-01,made up,made up
cn_other_industry_2015,anthracite,{x},GJ/t,{x},{s},{x},{x},CHN,1990-01-01,made up,made up
""",
    "avoided_emissions": """\
year,co2e_t,basis,capacity_mw,full_load_hours,baseline_factor_kg_per_kwh,baseline_source,assumption_en,assumption_zh,document
2024,,lifetime,{x},{x},{x},made up,made up,虚构,made up
""",
}


def make_extreme_reference(root: Path, edge: Literal["largest", "smallest"], base: str = "") -> Path:
    """The same feeds with ordinary numbers, and reference tables that hold the largest or smallest number that each of
    their columns takes; base: what was reported for the base year, in t."""

    def number(table: str, column: str) -> str:
        declared = next(one for one in TABLES[table].columns if one.name == column)
        assert declared.at_most, f"{table}.{column} takes a number of any size"
        smallest = Decimal(declared.above or 0) + Decimal("0.000000000001")
        return declared.at_most if edge == "largest" else f"{smallest:f}"

    factor, share = number("emission_factors", "co2_kg"), number("facilities", "equity_share")
    make_extremes(root, ("1000000",), factor=factor)
    for table, text in REFERENCE.items():
        header, *lines = text.splitlines()
        cells = [
            [
                cell.replace("{x}", number(table, column)) if "{x}" in cell else cell.replace("{s}", share)
                for column, cell in zip(header.split(","), line.split(","), strict=True)
            ]
            for line in lines
        ]
        filled = "\n".join([header, *(",".join(line) for line in cells)]) + "\n"
        write(root / "reference" / f"{table}.csv", filled.replace("{base}", base or LARGEST_TONNES))
    facilities = (root / "reference" / "facilities.csv").read_text().splitlines()
    lines = [f"{facilities[0]},equity_share", *(f"{line},{share}" for line in facilities[1:])]
    write(root / "reference" / "facilities.csv", "\n".join(lines) + "\n")
    settings = (root / "organization.yml").read_text().replace("operational_control", "equity_share")
    write(root / "organization.yml", settings)
    return root
