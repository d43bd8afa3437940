"""A small company as its administrators would send it: three facilities, four months, good rows and bad.

What the inventory must be is worked by hand in test_company.py.
"""

from pathlib import Path

import xlsxwriter

ORGANIZATION = """\
name: Sunrise Modules Ltd.
name_zh: 日升组件有限公司
consolidation_approach: operational_control
gwp_set: AR5
base_year: 2024
currency: CNY
target_scope2_method: market
fuel_factor_set: cn_other_industry_2015
first_month: 2024-01
data_notice: test data
"""

FACILITIES = """\
facility_id,name,name_zh,base,country,grid_region,equity_share,operational_control,valid_from,valid_to,expected_activity_types
north,North plant,北厂,Shandong,CHN,CN-SD,1,true,,,grid_electricity
south,South plant,南厂,Yunnan,CHN,CN-YN,0.6,true,2024-02-16,,grid_electricity
lab,Seattle laboratory,,,USA,SEATTLE,0.4,false,,,
"""

METERS = """\
facility_id,meter_id,workshop,parent_meter_id
north,M0,,
north,M1,cells,M0
north,M2,modules,M0
"""

# SEATTLE has no parent: the search goes on to the country of the facility.
FACTORS = """\
factor_id,activity_type,stage,scope,ghg_protocol_category,scope2_method,geography,valid_from,valid_to,per_unit,co2_kg,ch4_kg,n2o_kg,co2e_kg,gwp_set,data_year,publication,source
sea_gas,natural_gas_stationary,direct,1,,,SEATTLE,2024-01-01,,therm,5.307,,,,,,Seattle benchmarking,City of Seattle
glass_old,solar_glass_own,direct,3,1,,WORLD,2024-01-01,2024-02-14,t,,,,1000,AR5,,Supplier list 2023,supplier
glass_new,solar_glass_own,direct,3,1,,WORLD,2024-02-15,,t,,,,1200,AR5,,Supplier list 2024,supplier
utility,grid_electricity,direct,2,,market,North Utility,2024-01-01,,kWh,0.2,,,,,,Utility rate,utility
tools,spend_tools,direct,3,1,,WORLD,2020-01-01,,EUR,,,,0.5,AR5,2019,Spend table in euros of 2019,table
rosin,rosin_stationary,direct,1,,,WORLD,2020-01-01,,t,2800,,,,,,Laboratory analysis,laboratory
advice,advice,direct,3,,,WORLD,2020-01-01,,h,,,,0.1,AR5,,Without a category,table
"""

ACTIVITY_TYPES = """\
activity_type,name_en,name_zh,source_class,method,canonical_unit,fuel
solar_glass_own,Own solar glass,自有光伏玻璃,purchased_goods,emission_factor,t,
mystery_powder,Mystery powder,神秘粉末,purchased_goods,emission_factor,kg,
spend_tools,Spend on tools,工具支出,purchased_goods,emission_factor,EUR,
rosin_stationary,Rosin,松香,stationary_combustion,fuel_combustion,t,rosin
advice,Advice,咨询,purchased_goods,emission_factor,h,
"""

TARGETS = """\
target_id,name_en,kind,scopes,base_year,target_year,reduction,pathway
near,Halve by 2034,absolute,1;2,2024,2034,0.5,linear
"""

LEDGER_HEADER = [
    "统计月份", "设施编号", "能源品种", "消耗量", "单位", "开始日期", "结束日期", "计量表编号", "供应商", "备注",
]  # fmt: skip


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def write_ledger(path: Path, rows: list[list[object]]) -> None:
    """An energy ledger with Chinese headers below a title, and a note below the rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet("能源台账")
        sheet.write(0, 0, "北厂能源台账")
        for number, row in enumerate([LEDGER_HEADER, *rows, ["注：以电表读数为准"]], start=1):
            for column, value in enumerate(row):
                if value is not None:
                    sheet.write(number, column, value)


def make_company(root: Path) -> Path:
    """Write the workspace; its landing folders are 2024-01 to 2024-04."""
    write(root / "organization.yml", ORGANIZATION)
    for name, text in {
        "facilities": FACILITIES,
        "meters": METERS,
        "emission_factors": FACTORS,
        "activity_types": ACTIVITY_TYPES,
        "targets": TARGETS,
    }.items():
        write(root / "reference" / f"{name}.csv", text)
    landing = root / "landing"
    # January: a workbook in Chinese; sub-meters; a row in litres; thousands separators as text.
    write_ledger(
        landing / "2024-01" / "north" / "energy_ledger.xlsx",
        [
            ["2024-01", "north", "外购电力", "1,000,000", "kWh", None, None, "M0", None, None],
            ["2024-01", "north", "外购电力", 600, "MWh", None, None, "M1", None, None],
            ["2024-01", "north", "外购电力", 300, "MWh", None, None, "M2", None, None],
            ["2024-01", "north", "diesel_mobile", 1000, "L", None, None, None, None, "forklifts"],
            ["2024-01", "north", "moon_light", 5, "kWh", None, None, None, None, "unknown type: rejected"],
        ],
    )
    write(
        landing / "2024-01" / "lab" / "energy_ledger.csv",
        "period,facility_id,activity_type,quantity,unit\n2024-01,lab,natural_gas_stationary,1000,therm\n",
    )
    # February: the same rows under another name (duplicates); an invoice for days without a ledger; half a month valid.
    write(
        landing / "2024-02" / "lab" / "energy_ledger-again.csv",
        "period,facility_id,activity_type,quantity,unit\n2024-01,lab,natural_gas_stationary,1000.0,therm\n",
    )
    write(
        landing / "2024-02" / "south" / "energy_ledger.csv",
        "period,facility_id,activity_type,quantity,unit,start_date,end_date,supplier\n"
        "2024-02,south,grid_electricity,290,MWh,,,North Utility\n",
    )
    write(
        landing / "2024-02" / "north" / "invoices.csv",
        "发票号码;开票日期;供应商;设施编号;活动类型;服务开始;服务结束;数量;单位;不含税金额;税额;价税合计;币种\n"
        "F1;2024-02-20;Grid;north;grid_electricity;2024-01-16;2024-02-15;310;MWh;100;13;113;CNY\n",
    )
    # March: purchases over a change of factor, refrigerant, freight by others, a type without factor, production.
    write(
        landing / "2024-03" / "group" / "procurement.csv",
        "document_number,line_number,posting_date,facility_id,supplier_id,activity_type,quantity,unit,net_amount,currency,"
        "supplier_factor_kgco2e_per_unit\n"
        "P1,1,2024-02-10,north,S1,solar_glass_own,10,t,,,\n"
        "P1,2,2024-02-20,north,S1,solar_glass_own,10,t,,,\n"
        "P2,1,2024-03-05,north,S2,solar_glass_own,2,t,,,500\n"
        "P3,1,2024-03-05,north,S3,mystery_powder,5,kg,,,\n"
        "P4,1,2024-03-05,nowhere,S3,solar_glass_own,5,t,,,\n"
        "P5,1,2024-03-05,north,S4,spend_tools,3,t,1000,EUR,\n",
    )
    write(
        landing / "2024-03" / "north" / "activity_log.csv",
        "record_id,start_date,end_date,facility_id,activity_type,quantity,unit,payer\n"
        "R1,2024-03-01,2024-03-31,north,fugitive_r410a,10,kg,\n"
        "R2,2024-03-01,2024-03-31,north,fugitive_hcfc_22,1,kg,\n"
        "R3,2024-02-15,2024-03-15,north,freight_road_hgv_average,3000,t.km,other\n"
        "R4,2024-03-01,2024-03-31,north,advice,20,h,\n",
    )
    write(
        landing / "2024-03" / "north" / "production.csv",
        "period,facility_id,workshop,product,quantity,unit\n2024-01,north,cells,M10,20,MW\n",
    )
    # April: a late quarterly row and the business metrics.
    write(
        landing / "2024-04" / "north" / "energy_ledger-gasoline.csv",
        "period,facility_id,activity_type,quantity,unit\n2024-Q1,north,motor_gasoline_mobile,1.0,t\n"
        "2024-03,north,rosin_stationary,2,t\n",
    )
    write(
        landing / "2024-04" / "group" / "business_metrics.csv",
        "period,metric,value,unit\n2024,revenue,1.5,10^8 CNY\n",
    )
    return root
