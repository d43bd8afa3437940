# ruff: noqa: E501 (one defect per line reads better than one per ten)
"""Reference tables: good ones arrive typed; every defect is a problem that names file, row, column and remedy."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from data_contracts.declarations.problems import Problem, ReferenceProblems
from data_contracts.declarations.reference_tables import TABLES
from data_contracts.declarations.rules import RULES
from data_contracts.declarations.vocabulary import read_seed
from data_contracts.judging.reference import load_reference

FACTOR_HEADER = "factor_id,activity_type,stage,scope,geography,valid_from,valid_to,per_unit,co2_kg,ch4_kg,co2e_kg,publication,source"


def put(workspace: Path, table: str, text: str) -> None:
    (workspace / "reference" / f"{table}.csv").write_text(text, encoding="utf-8")


def problems_of(workspace: Path) -> list[Problem]:
    with pytest.raises(ReferenceProblems) as caught:
        load_reference(workspace)
    return caught.value.problems


def test_every_table_is_there_and_typed(workspace: Path) -> None:
    tables = load_reference(workspace)
    assert list(tables) == list(TABLES)
    for name, frame in tables.items():
        assert frame.schema == pl.Schema(TABLES[name].raw_schema()), name
    assert tables["meters"].is_empty()


def test_defaults_are_filled_in(workspace: Path) -> None:
    row = load_reference(workspace)["facilities"].row(0, named=True)
    assert (row["equity_share"], row["operational_control"], row["financial_control"]) == (Decimal(1), True, "true")
    assert row["source_row"] == 2
    put(workspace, "emission_factors", f"{FACTOR_HEADER}\nf,电力,,2,CHN,2024-01-01,,度,0,,,p,s\n")
    factor = load_reference(workspace)["emission_factors"].row(0, named=True)
    assert (factor["stage"], factor["activity_type"], factor["per_unit"]) == ("direct", "grid_electricity", "kWh")
    assert factor["co2_kg"] == 0
    assert factor["valid_from"] == date(2024, 1, 1)


def test_spreadsheet_habits_are_read(workspace: Path) -> None:
    text = '设施编号;名称;国家;股权比例;生效日期\nningjin;宁晋;CHN;"0.5";2024年1月1日\n\nyangzhou;扬州;CHN;１;\n'
    (workspace / "reference" / "facilities.csv").write_bytes(text.encode("gb18030"))
    frame = load_reference(workspace)["facilities"]
    assert frame["equity_share"].to_list() == [Decimal("0.5"), Decimal(1)]
    assert frame["valid_from"].to_list() == [date(2024, 1, 1), None]
    assert frame["source_row"].to_list() == [2, 4]


def test_ratios_become_canonical(workspace: Path) -> None:
    put(workspace, "fuel_properties", "fuel,ncv,ncv_unit\nnatural_gas,389.31,GJ/万Nm3\n")
    put(workspace, "fuel_densities", "fuel,density,density_unit\ndiesel,0.84,kg/升\n")
    tables = load_reference(workspace)
    assert tables["fuel_properties"]["ncv_unit"].to_list() == ["GJ/10^4 Nm3"]
    assert tables["fuel_densities"]["density_unit"].to_list() == ["kg/L"]


@pytest.mark.parametrize(
    "table",
    [
        "gwp",
        "gas_blends",
        "units",
        "geographies",
        "electricity_markets",
        "activity_types",
        "fuel_properties",
        "fuel_densities",
        "emission_factors",
    ],
)
def test_the_seeds_keep_the_contract_of_their_table(table: str, workspace: Path) -> None:
    seed = read_seed(table)
    seed.write_csv(workspace / "reference" / f"{table}.csv")
    assert len(load_reference(workspace)[table]) == len(seed)


# table, CSV text, rule, row, column, value
DEFECTS = [
    ("facilities", "facility_id,name\na,A\n", "missing_reference_column", 1, "country", None),
    ("facilities", "facility_id,name,country,colour\na,A,CHN,red\n", "unknown_reference_column", 1, "colour", "colour"),
    ("facilities", "facility_id,设施编号,name,country\na,a,A,CHN\n", "duplicate_column", 1, "facility_id", "'facility_id', '设施编号'"),
    ("facilities", "", "empty_file", None, None, "reference/facilities.csv"),
    ("facilities", "facility_id,name,country\n", "empty_file", None, None, "reference/facilities.csv"),
    ("facilities", "facility_id,name,country\na,,CHN\n", "required_reference_cell", 2, "name", None),
    ("facilities", "facility_id,name,country\na,A,CHN,x\n", "too_many_cells", 2, None, None),
    ("facilities", "facility_id,name,country\na,A,China\n", "not_a_country", 2, "country", "China"),
    ("facilities", "facility_id,name,country,equity_share\na,A,CHN,58.8\n", "value_out_of_range", 2, "equity_share", "58.8"),
    ("facilities", "facility_id,name,country,equity_share\na,A,CHN,58%\n", "not_a_number", 2, "equity_share", "58%"),
    ("facilities", "facility_id,name,country,operational_control\na,A,CHN,maybe\n", "not_a_boolean", 2, "operational_control", "maybe"),
    ("facilities", "facility_id,name,country,financial_control\na,A,CHN,half\n", "value_not_accepted", 2, "financial_control", "half"),
    ("facilities", "facility_id,name,country,valid_from\na,A,CHN,01/02/2024\n", "ambiguous_date", 2, "valid_from", "01/02/2024"),
    ("facilities", "facility_id,name,country,valid_from,valid_to\na,A,CHN,2024-01-01,2023-01-01\n", "validity_ends_before_it_starts", 2, "valid_to", "2023-01-01"),
    ("facilities", "facility_id,name,country,valid_from,valid_to\na,A,CHN,,2023-12-31\na,B,CHN,2023-12-31,\n", "overlapping_validity", 3, "facility_id", "a"),
    ("facilities", "facility_id,name,country,expected_activity_types\na,A,CHN,电力;不明物\n", "unknown_activity_type", 2, "expected_activity_types", "不明物"),
    ("meters", "facility_id,meter_id\nqujing,E1\n", "unknown_facility", 2, "facility_id", "qujing"),
    ("meters", "facility_id,meter_id\nningjin,E1\nningjin,E1\n", "duplicate_key", 3, "facility_id, meter_id", "ningjin / E1"),
    ("meters", "facility_id,meter_id,activity_type\nningjin,E1,柴油\n", "ambiguous_activity_type", 2, "activity_type", "柴油"),
    ("meters", "facility_id,meter_id,parent_meter_id\nyangzhou,E1,\nningjin,E2,E1\n", "parent_not_found", 3, "parent_meter_id", "E1"),
    ("activity_types", "activity_type,source_class,method,canonical_unit\nx,y,magic,kg\n", "value_not_accepted", 2, "method", "magic"),
    ("activity_types", "activity_type,source_class,method,canonical_unit\nx,y,emission_factor,kgs2\n", "unknown_unit", 2, "canonical_unit", "kgs2"),
    ("activity_types", "activity_type,source_class,method,canonical_unit\nx,y,fuel_combustion,t\n", "incomplete_values", 2, "fuel", "fuel_combustion"),
    ("activity_types", "activity_type,source_class,method,canonical_unit,gas\nx,y,gas_release,kg,XX\n", "not_in_reference", 2, "gas", "XX"),
    ("emission_factors", f"{FACTOR_HEADER}\nf,steel,,3,CHN,2024-01-01,,kg,1,,,p,s\n", "unknown_activity_type", 2, "activity_type", "steel"),
    ("emission_factors", f"{FACTOR_HEADER}\nf,grid_electricity,,2,CHN,2024-01-01,,kwH,1,,,p,s\n", "unknown_unit", 2, "per_unit", "kwH"),
    ("emission_factors", f"{FACTOR_HEADER}\nf,grid_electricity,,4,CHN,2024-01-01,,kWh,1,,,p,s\n", "value_not_accepted", 2, "scope", "4"),
    ("emission_factors", f"{FACTOR_HEADER}\nf,grid_electricity,sideways,2,CHN,2024-01-01,,kWh,1,,,p,s\n", "value_not_accepted", 2, "stage", "sideways"),
    ("emission_factors", f"{FACTOR_HEADER}\nf,grid_electricity,,2,CHN,2024-01-01,,kWh,,,,p,s\n", "factor_without_value", 2, "co2_kg", "f"),
    ("emission_factors", f"{FACTOR_HEADER}\nf,grid_electricity,,2,CHN,2024-01-01,,kWh,,1,2,p,s\n", "factor_sum_and_gases", 2, "co2e_kg", "f"),
    ("emission_factors", f"{FACTOR_HEADER}\nf,grid_electricity,,2,CHN,2024-01-01,,kWh,-1,,,p,s\n", "value_out_of_range", 2, "co2_kg", "-1"),
    ("emission_factors", f"{FACTOR_HEADER}\nf,grid_electricity,,2,CHN,2024-01-01,,kWh,1e17,,,p,s\n", "number_out_of_range", 2, "co2_kg", "1e17"),
    ("emission_factors", f"{FACTOR_HEADER}\nf,grid_electricity,,2,CHN,2024-13-01,,kWh,1,,,p,s\n", "not_a_date", 2, "valid_from", "2024-13-01"),
    ("emission_factors", f"{FACTOR_HEADER}\nf,grid_electricity,,2,CHN,0024-01-01,,kWh,1,,,p,s\n", "date_out_of_range", 2, "valid_from", "0024-01-01"),
    ("fuel_properties", "fuel,ncv\ndiesel,42.6\n", "incomplete_values", 2, "ncv_unit", "42.6"),
    ("fuel_properties", "fuel,ncv,ncv_unit\ndiesel,42.6,GJ/kWh\n", "unit_ratio", 2, "ncv_unit", "GJ/kWh"),
    ("fuel_properties", "fuel,oxidation_rate\ndiesel,98\n", "value_out_of_range", 2, "oxidation_rate", "98"),
    ("fuel_densities", "fuel,density,density_unit\ndiesel,0.84,L/kg\n", "unit_ratio", 2, "density_unit", "L/kg"),
    ("fuel_densities", "fuel,density,density_unit\ndiesel,0,kg/L\n", "value_out_of_range", 2, "density", "0"),
    ("gwp", "gwp_set,gas,gwp100,gas_group,kyoto_basket\nAR5,X,1,noble,true\n", "value_not_accepted", 2, "gas_group", "noble"),
    ("gas_blends", "blend,component,mass_share\nB,HFC-32,0.5\nB,HFC-999,0.5\n", "not_in_reference", 3, "component", "HFC-999"),
    ("gas_blends", "blend,component,mass_share\nB,HFC-32,0.5\nB,HFC-125,0.4\n", "blend_shares_sum", 2, "mass_share", "B"),
    ("units", "unit,dimension,to_base\nbag,mass,0\n", "value_out_of_range", 2, "to_base", "0"),
    ("geographies", "geography,parent\nA,B\n", "not_in_reference", 2, "parent", "B"),
    ("targets", "target_id,kind,scopes,base_year,target_year,reduction\nT,absolute,1;4,2023,2034,0.5\n", "value_not_accepted", 2, "scopes", "1;4"),
    ("targets", "target_id,kind,scopes,base_year,target_year,reduction\nT,absolute,1;2,2023,2034,-0.5\n", "value_out_of_range", 2, "reduction", "-0.5"),
    ("targets", "target_id,kind,scopes,base_year,target_year,reduction\nT,absolute,1;2,2023,2020,0.5\n", "target_before_base_year", 2, "target_year", "2020"),
    ("targets", "target_id,kind,scopes,base_year,target_year,reduction,pathway\nT,absolute,1;2,2023,2050,1,compound\n", "compound_to_zero", 2, "reduction", "1"),
    ("targets", "target_id,kind,scopes,base_year,target_year,reduction\nT,absolute,1;2,2023.5,2034,0.5\n", "not_a_whole_number", 2, "base_year", "2023.5"),
    ("targets", "target_id,kind,scopes,base_year,target_year,reduction\nT,intensity,3,2023,2034,0.5\n", "incomplete_values", 2, "denominator", "intensity"),
    ("reported_inventories", "year,scope,co2e_t\n2023,1,5\n2023,1,6\n", "duplicate_key", 3, None, None),
    ("reported_inventories", "year,scope,ghg_protocol_category,co2e_t\n2023,3,16,5\n", "value_out_of_range", 2, "ghg_protocol_category", "16"),
    ("base_year_events", "event_id,kind,facility_id\nE,takeover,\n", "value_not_accepted", 2, "kind", "takeover"),
    ("data_quality_assessments", "activity_type,technology,time\ngrid_electricity,1,6\n", "value_out_of_range", 2, "time", "6"),
    ("data_quality_assessments", "activity_type,factor_class\ngrid_electricity,guessed\n", "value_not_accepted", 2, "factor_class", "guessed"),
    ("data_quality_assessments", "activity_type,activity_data_class,factor_class\ngrid_electricity,own_estimate,national\n", "incomplete_values", 2, "calibration_class", "national"),
    ("data_quality_assessments", "activity_type,facility_id\ngrid_electricity,ningjin\n", "assessment_without_value", 2, "activity_type", "grid_electricity"),
    ("emission_factor", "a\n1\n", "unknown_reference_table", None, None, "emission_factor.csv"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("table", "text", "rule", "row", "column", "value"), DEFECTS, ids=lambda value: str(value)[:30]
)
def test_one_defect(
    table: str, text: str, rule: str, row: int | None, column: str | None, value: str | None, workspace: Path
) -> None:
    put(workspace, table, text)
    problems = problems_of(workspace)
    matching = [problem for problem in problems if problem.rule == rule]
    assert [problem.row for problem in matching] == [row], [str(problem) for problem in problems]
    problem = matching[0]
    assert problem.file == f"reference/{table}.csv"
    if column is not None:
        assert problem.column == column
    if value is not None:
        assert problem.value == value
        assert value in problem.message_en
        assert value in problem.message_zh
    assert "{" not in problem.message_en + problem.message_zh
    assert str(problem) in str(ReferenceProblems([problem]))


def test_missing_facilities(workspace: Path) -> None:
    (workspace / "reference" / "facilities.csv").unlink()
    problem = problems_of(workspace)[0]
    assert (problem.rule, problem.value) == ("missing_file", "reference/facilities.csv")


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("emission_factors.xlsx", "emission_factors"),
        ("Emission Factors (1).XLS", "emission_factors"),
        ("emission_factor.parquet", "emission_factors"),
        ("meters.tsv", "meters"),
        ("~$emission_factors.xlsx", None),
        ("grid factors of the ministry.xlsx", None),
        ("emission_factors.pdf", None),
    ],
)
def test_a_table_that_is_no_csv_blocks(name: str, table: str | None, workspace: Path) -> None:
    (workspace / "reference" / name).write_bytes(b"x")
    if table is None:
        assert load_reference(workspace)
        return
    (problem,) = problems_of(workspace)
    assert (problem.rule, problem.file, problem.value) == ("reference_table_not_csv", f"reference/{name}", name)
    for message in (problem.message_en, problem.message_zh):
        assert name in message
        assert f"{table}.csv" in message


def test_empty_surplus_cells_are_nothing(workspace: Path) -> None:
    put(workspace, "facilities", "facility_id,name,country\nningjin,Ningjin plant,CHN,,\n")
    assert len(load_reference(workspace)["facilities"]) == 1


def test_two_factors_for_one_key_name_both(workspace: Path) -> None:
    put(
        workspace,
        "emission_factors",
        f"{FACTOR_HEADER}\n"
        "old,grid_electricity,,2,CHN,2023-01-01,2023-12-31,kWh,1,,,p,s\n"
        "new,电力,direct,2,CHN,2024-01-01,,kWh,1,,,p,s\n"
        "newer,grid_electricity,direct,2,CHN,2025-01-01,,kWh,1,,,p,s\n"
        "other,grid_electricity,direct,2,VNM,2025-01-01,,kWh,1,,,p,s\n"
        "upstream,grid_electricity,upstream,3,CHN,2025-01-01,,kWh,1,,,p,s\n",
    )
    (problem,) = problems_of(workspace)
    assert problem.rule == "overlapping_validity"
    assert "new (row 3)" in problem.message_en
    assert "newer (row 4)" in problem.message_en


def test_an_empty_stage_is_the_direct_one_and_no_geography_the_world(workspace: Path) -> None:
    put(
        workspace,
        "emission_factors",
        f"{FACTOR_HEADER}\n"
        "one,grid_electricity,,2,CHN,2024-01-01,,kWh,1,,,p,s\n"
        "two,grid_electricity,direct,2,CHN,2024-01-01,,kWh,1.25,,,p,s\n",
    )
    put(
        workspace,
        "fuel_densities",
        "fuel,geography,density,density_unit,publication,source\ndiesel,,0.84,kg/L,p,s\ndiesel,WORLD,0.85,kg/L,p,s\n",
    )
    factors, densities = problems_of(workspace)
    assert {factors.rule, densities.rule} == {"overlapping_validity"}
    assert "one (row 2)" in factors.message_en
    assert "two (row 3)" in factors.message_en
    assert "(row 2)" in densities.message_en
    assert "(row 3)" in densities.message_en


def test_parent_cycles(workspace: Path) -> None:
    put(
        workspace,
        "meters",
        "facility_id,meter_id,parent_meter_id\nningjin,A,B\nningjin,B,A\nningjin,C,A\nningjin,D,D\n",
    )
    problems = problems_of(workspace)
    assert [(problem.rule, problem.row, problem.value) for problem in problems] == [
        ("parent_cycle", 2, "A"),
        ("parent_cycle", 3, "B"),
        ("parent_cycle", 5, "D"),
    ]


def test_a_parent_is_the_meter_that_is_meant(workspace: Path) -> None:
    rows = "ningjin,E-01,\nningjin,3号表,e 01\nningjin,S,Meter 03\n"
    put(workspace, "meters", f"facility_id,meter_id,parent_meter_id\n{rows}")
    load_reference(workspace)
    put(
        workspace,
        "meters",
        f"facility_id,meter_id,parent_meter_id\n{rows}ningjin,T,E-02\nningjin,A-1,b 1\nningjin,B-1,a1\n",
    )
    problems = problems_of(workspace)
    assert [(problem.rule, problem.row, problem.value) for problem in problems] == [
        ("parent_not_found", 5, "E-02"),
        ("parent_cycle", 6, "A-1"),
        ("parent_cycle", 7, "B-1"),
    ]


def test_long_meter_chains_are_no_cycle(workspace: Path) -> None:
    rows = "".join(f"ningjin,M{n},{f'M{n - 1}' if n else ''}\n" for n in range(40))
    put(workspace, "meters", f"facility_id,meter_id,parent_meter_id\n{rows}")
    assert len(load_reference(workspace)["meters"]) == 40


def test_a_geography_may_not_lead_back_to_itself(workspace: Path) -> None:
    put(workspace, "geographies", "geography,parent\nWORLD,CHN\n")
    assert [problem.rule for problem in problems_of(workspace)] == ["parent_cycle"]


def test_all_problems_come_at_once(workspace: Path) -> None:
    put(workspace, "facilities", "facility_id,name,country,equity_share\na,,China,2\n")
    put(workspace, "meters", "facility_id,meter_id\nqujing,E1\n")
    rules = {problem.rule for problem in problems_of(workspace)}
    assert rules == {"required_reference_cell", "not_a_country", "value_out_of_range", "unknown_facility"}


def test_rules_of_the_tables_have_messages() -> None:
    for table in TABLES.values():
        assert {rule.code for rule in table.rules} <= set(RULES)
