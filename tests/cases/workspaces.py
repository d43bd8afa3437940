"""Published rows to workspaces: the tables under published/ written in the form the product reads.

Nothing here knows a single case. A row brings its inputs; whatever it leaves out (a type, a facility, dates) is given
to it, so that every case has a type or a facility of its own and can be found again in the marts.
"""

import csv
import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

PUBLISHED = Path(__file__).parent / "published"
SEEDS = Path(__file__).parents[2] / "seeds"
SUBMITTER = "2024-01/cases"

# The GWP set, the consolidation approach and the end of a period are settings of an organisation: three of them.
SETTINGS = {
    "AR4": {"consolidation_approach": "financial_control", "period_end": "exclusive"},
    "AR5": {"consolidation_approach": "operational_control", "combustion_gases": "co2_ch4_n2o"},
    "AR6": {"consolidation_approach": "equity_share", "base_year": 1990},
}
APPROACHES = {"financial_control": "FC", "operational_control": "OC", "equity_share": "EQ"}

Row = dict[str, str]


@cache
def published(name: str) -> list[Row]:
    """The rows of one table of published cases."""
    return _read(PUBLISHED / f"{name}.csv")


@cache
def seed(name: str) -> list[Row]:
    return _read(SEEDS / f"{name}.csv")


def slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def number(text: str) -> Decimal:
    """A cell of a published file, which may carry thousands separators; EIA writes a point where there is nothing."""
    return Decimal(text.replace(",", "").strip().removesuffix(".") or 0)


@dataclass
class Workspace:
    """A workspace that is being written: its settings, its reference tables, its submissions.

    `places` says where a case stands: the path and the row of its submission.
    """

    settings: dict[str, object]
    tables: dict[str, list[dict[str, object]]] = field(default_factory=lambda: defaultdict(list))
    submissions: dict[str, list[dict[str, object]]] = field(default_factory=lambda: defaultdict(list))
    places: dict[str, tuple[str, int]] = field(default_factory=dict)

    def add(self, table: str, **row: object) -> None:
        """A reference row, once."""
        if row not in self.tables[table]:
            self.tables[table].append(row)

    def facility(self, facility_id: str, **more: object) -> str:
        if not any(row["facility_id"] == facility_id for row in self.tables["facilities"]):
            self.add("facilities", **{"facility_id": facility_id, "name": facility_id, "country": "USA"} | more)
        return facility_id

    def activity_type(self, code: str, unit: str, method: str = "emission_factor", **more: object) -> str:
        row = {"activity_type": code, "source_class": "published_case", "method": method, "canonical_unit": unit}
        self.add("activity_types", **row, **more)
        return code

    def factor(self, code: str, geography: str, per_unit: str, **values: object) -> None:
        """A factor of the case, valid for all time in one geography."""
        row = {"factor_id": f"{code}@{geography}", "activity_type": code, "geography": geography, "per_unit": per_unit}
        row |= {"stage": "direct", "valid_from": "1990-01-01", "publication": "published case", "source": "published/"}
        self.tables["emission_factors"].append(row | {name: value for name, value in values.items() if value != ""})

    def deliver(self, case: str, submission: str, **row: object) -> None:
        """A row of a submission; `submission` is the feed, or feed-something."""
        rows = self.submissions[submission]
        rows.append(row)
        # The header is row 1.
        self.places[case] = (f"{SUBMITTER}/{submission}.csv", len(rows) + 1)

    def ledger(self, case: str, where: str, code: str, quantity: object, unit: str, period: object = "2024-01") -> None:
        """A row of an energy ledger; `where` is the facility."""
        row = {"period": period, "facility_id": where, "activity_type": code, "quantity": quantity, "unit": unit}
        self.deliver(case, "energy_ledger", **row)

    def log(self, case: str, where: str, code: str, quantity: object, unit: str, **more: object) -> None:
        """A row of an activity log, in January 2024 unless it says otherwise."""
        row = {"record_id": case, "start_date": "2024-01-01", "end_date": "2024-01-31", "facility_id": where}
        row |= {"activity_type": code, "quantity": quantity, "unit": unit}
        self.deliver(case, "activity_log", **row | {name: value for name, value in more.items() if value})

    def write(self, root: Path) -> Path:
        root.mkdir(parents=True)
        settings = "".join(f"{key}: {value}\n" for key, value in self.settings.items())
        (root / "organization.yml").write_text(settings, encoding="utf-8")
        for table, rows in self.tables.items():
            _write(root / "reference" / f"{table}.csv", rows)
        for submission, rows in self.submissions.items():
            _write(root / "landing" / SUBMITTER / f"{submission}.csv", rows)
        return root


def _read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def build(run: str) -> Workspace:
    """The workspace of one run: AR4, AR5 or AR6."""
    settings = {"name": f"Published cases, {run}", "gwp_set": run, "base_year": 2024, "currency": "USD"}
    settings |= {"target_scope2_method": "location", "first_month": "2024-01"}
    workspace = Workspace(settings | SETTINGS[run])
    add_shared_inputs(workspace)
    add_lines(workspace, run)
    add_blends(workspace, run)
    add_conversions(workspace, run)
    add_prorating(workspace, run)
    add_consolidation(workspace)
    if run == "AR4":
        add_defra(workspace)
        add_targets(workspace)
        add_register(workspace)
    if run == "AR5":
        add_fuels(workspace)
        add_certificates(workspace)
        add_refused_rows(workspace)
        add_spikes(workspace)
        add_seattle(workspace)
        add_steel(workspace)
        add_washington(workspace)
        add_power_plants(workspace)
    if run == "AR6":
        add_inventories(workspace)
        add_data_quality(workspace)
    return workspace


# --- activities and factors -------------------------------------------------------------------------------------------

FACTOR_VALUES = (
    "scope", "co2_kg", "ch4_kg", "n2o_kg", "co2e_kg", "gwp_set", "biogenic_co2_kg", "loss_share",
)  # fmt: skip


def activity_of(row: Row) -> str:
    """Rows that speak of one activity (two gases, two stages) name it."""
    return row["activity"] or row["case_id"]


def merged(rows: list[Row]) -> list[Row]:
    """Rows that speak of one activity and stage (two gases of one factor) as one row."""
    activities: dict[tuple[str, str], Row] = {}
    for row in rows:
        known = activities.setdefault((activity_of(row), row["stage"]), dict.fromkeys(row, ""))
        known |= {name: value for name, value in row.items() if value and not known[name]}
    return list(activities.values())


def add_lines(workspace: Workspace, run: str) -> None:
    """Quantities with the factors that price them.

    A case has an activity type of its own unless it speaks of one that everybody has; then a facility of its own.
    """
    first: dict[str, Row] = {}
    for row in merged([row for row in published("factor_lines") if row["run"] == run and not row["sum_of"]]):
        known = first.setdefault(activity_of(row), row)
        name = slug(activity_of(known))
        code = known["activity_type"] or f"case_{name}"
        where = workspace.facility(known["facility"] or (f"at_{name}" if known["activity_type"] else "cases"))
        if row["per_unit"]:
            values = {value: row[value] for value in FACTOR_VALUES}
            values |= {"ghg_protocol_category": row["category"], "stage": row["stage"] or "direct"}
            workspace.factor(code, where, row["per_unit"], **values)
        if known is row:
            if not row["activity_type"]:
                workspace.activity_type(code, "USD" if row["unit"].endswith("USD") else row["unit"])
            _deliver_line(workspace, row, code, where)


def _deliver_line(workspace: Workspace, row: Row, code: str, where: str) -> None:
    case, quantity, unit = activity_of(row), row["quantity"], row["unit"]
    if row["feed"] == "energy_ledger":
        workspace.ledger(case, where, code, quantity, unit)
    elif row["feed"] == "procurement":
        bought = {"net_amount": quantity, "currency": unit} if unit == "USD" else {"quantity": quantity, "unit": unit}
        document = {
            "document_number": case,
            "line_number": "1",
            "posting_date": "2024-01-15",
            "supplier_id": "supplier",
        }
        own = {"supplier_factor_kgco2e_per_unit": row["row_factor"]}
        workspace.deliver(case, "procurement", **document, facility_id=where, activity_type=code, **bought, **own)
    else:
        dates = {"start_date": row["start_date"], "end_date": row["end_date"]}
        workspace.log(case, where, code, quantity, unit, **dates, factor_kgco2e_per_unit=row["row_factor"])


def add_shared_inputs(workspace: Workspace) -> None:
    """Units, heat contents, densities and types that cases bring along."""
    for table in ("units", "fuel_properties", "fuel_densities"):
        for row in published(f"own_{table}"):
            workspace.add(table, **row)
            if "geography" in row:
                workspace.facility(row["geography"])
    workspace.activity_type("released_co2", "t", "direct", gas="CO2")
    workspace.activity_type("diesel_by_mass", "kg", "fuel_combustion", fuel="diesel")
    workspace.activity_type("fuel_without_density", "L")


def add_fuels(workspace: Workspace) -> None:
    """Chinese derivations: net calorific value x oxidation x factor, one fuel per facility."""
    per_tj = {"CO2": "co2_kg_per_tj", "CH4": "ch4_kg_per_tj", "N2O": "n2o_kg_per_tj"}
    fuels: dict[str, list[Row]] = defaultdict(list)
    for row in published("fuel_derivations"):
        fuels[row["fuel"]].append(row)
    for fuel, rows in fuels.items():
        properties = {name: rows[0][name] for name in ("fuel", "ncv", "ncv_unit", "oxidation_rate", "source")}
        where = workspace.facility(f"cn_{fuel}", country="CHN")
        gases = {per_tj[row["gas"]]: row["kg_per_tj"] for row in rows}
        workspace.add("fuel_properties", **properties, **gases, geography=where)
        unit = rows[0]["ncv_unit"].split("/")[1]
        code = workspace.activity_type(f"case_burnt_{fuel}", unit, "fuel_combustion", fuel=fuel)
        workspace.ledger(f"fuel:{fuel}", where, code, 1, unit)


def add_blends(workspace: Workspace, run: str) -> None:
    """Blends by their composition; a component that the set does not know brings the value the table prints."""
    known = {row["gas"] for row in seed("gwp") if row["gwp_set"] == run}
    for row in published("blends"):
        if row["run"] != run:
            continue
        for part in filter(None, row["composition"].split(";")):
            component, share = part.split("=")
            workspace.add("gas_blends", blend=row["blend"], component=component, mass_share=share)
        for part in filter(None, row["component_gwps"].split(";")):
            gas, gwp = part.split("=")
            if gas not in known:
                values = {"gwp100": gwp, "gas_group": "other", "kyoto_basket": "false"}
                workspace.add("gwp", gwp_set=run, gas=gas, **values)
        where = workspace.facility(f"at_{slug(row['case_id'])}")
        workspace.log(row["case_id"], where, f"fugitive_{slug(row['blend'])}", row["quantity"], row["unit"])


@cache
def unit_sizes() -> dict[str, Decimal]:
    """How many base units of its dimension a unit is, by code and by alias."""
    sizes: dict[str, Decimal] = {}
    for row in [*seed("units"), *published("own_units")]:
        for spelling in (row["unit"], *row.get("aliases", "").split(";")):
            sizes.setdefault(spelling, Decimal(row["to_base"]))
    return sizes


def add_conversions(workspace: Workspace, run: str) -> None:
    """A type per case, measured in the unit that is converted, with one kilogram per unit of the result."""
    sizes = unit_sizes()
    for row in published("unit_conversions"):
        if row["gwp_set"] != run:
            continue
        case, given, result = row["case_id"], row["product_unit"], row["to_unit"]
        where = workspace.facility(f"at_{slug(case)}")
        code = f"fugitive_{slug(row['gas'])}" if row["gas"] else f"case_{slug(case)}"
        if not row["gas"]:
            # A factor stays below 10^6 kg per unit: larger units are counted in the smaller one.
            workspace.activity_type(code, given if sizes[given] < 1_000_000 * sizes[result] else result)
            workspace.factor(code, where, result, scope=3, ghg_protocol_category=1, co2_kg=1)
        workspace.log(case, where, code, row["value"], given)


def add_defra(workspace: Workspace) -> None:
    """Factors that a table gives by gas, methane and nitrous oxide as CO2e in AR4."""
    categories = {
        "Transmission": 3,
        "UK electricity T&D": 3,
        "Freighting": 4,
        "Business travel": 6,
        "Managed assets": 8,
    }
    for row in published("defra_2020_by_gas"):
        where = workspace.facility(f"at_{slug(row['case_id'])}", country="GBR")
        code = workspace.activity_type(f"case_{slug(row['case_id'])}", row["unit"])
        category = next((number for name, number in categories.items() if row["name"].startswith(name)), "")
        kilograms = {
            "co2_kg": row["kg_co2"],
            "ch4_kg": round(number(row["kg_ch4_as_co2e"]) / 25, 12),
            "n2o_kg": round(number(row["kg_n2o_as_co2e"]) / 298, 12),
        }
        workspace.factor(code, where, row["unit"], scope=row["scope"], ghg_protocol_category=category, **kilograms)
        workspace.log(row["case_id"], where, code, 1, row["unit"])


def add_certificates(workspace: Workspace) -> None:
    """GERA-MB: 1,000,000 kWh, certificates for 600,000 at zero, the residual mix of 0.45 on the rest."""
    where = workspace.facility("gera", grid_region="GERA")
    # The example states no grid average; the location-based figure is no part of it.
    for method, kilograms in (("location", "0.4"), ("market", "0.45")):
        workspace.factor("grid_electricity", "GERA", "kWh", co2e_kg=kilograms, scope=2, scope2_method=method)
    workspace.ledger("gera", where, "grid_electricity", 1_000_000, "kWh", period=2024)
    generated = {
        "vintage_start": "2024-01-01",
        "vintage_end": "2024-12-31",
        "country": "USA",
        "retired_on": "2025-01-15",
    }
    claimed = {"claim_start": "2024-01-01", "claim_end": "2024-12-31", "facility_id": where}
    certificate = {"instrument_id": "GERA-1", "instrument_type": "rec", "factor_kgco2e_per_kwh": 0}
    certificate |= {"quantity": 600, "unit": "MWh"}
    workspace.deliver("gera:certificate", "energy_instruments", **certificate, **generated, **claimed)


# --- boundaries in time and ownership ---------------------------------------------------------------------------------


def add_prorating(workspace: Workspace, run: str) -> None:
    """Records that cover days; a window in which they count is the validity of a facility."""
    for row in published("prorating"):
        if row["run"] != run or row["sum_of"]:
            continue
        case = row["case_id"]
        where = workspace.facility(f"at_{slug(case)}", valid_from=row["valid_from"], valid_to=row["valid_to"])
        code = workspace.activity_type(f"case_{slug(case)}", "kWh")
        workspace.factor(code, where, "kWh", scope=1, co2_kg=row["factor"])
        dates = {"start_date": row["start_date"], "end_date": row["end_date"]}
        workspace.log(case, where, code, row["quantity"], "kWh", **dates)


def add_consolidation(workspace: Workspace) -> None:
    """Entities that emit a tonne each; the organisation's approach decides what it answers for."""
    approach = APPROACHES[str(workspace.settings["consolidation_approach"])]
    for row in published("consolidation"):
        if row["approach"] == approach:
            control = {name: row[name] for name in ("equity_share", "operational_control", "financial_control")}
            where = workspace.facility(f"entity_{slug(row['case_id'])}", **control)
            workspace.ledger(row["case_id"], where, "released_co2", 1, "t")


# --- rows that are refused, months that stand out ---------------------------------------------------------------------


def add_refused_rows(workspace: Workspace) -> None:
    for row in published("refused_rows"):
        cells = (row[name] for name in ("facility_id", "activity_type", "quantity", "unit", "period"))
        workspace.ledger(row["case_id"], *cells)


def add_spikes(workspace: Workspace) -> None:
    """A month after the months of its history, one facility per case."""
    code = workspace.activity_type("case_metered", "kWh")
    workspace.factor(code, "WORLD", "kWh", scope=1, co2_kg=1)
    for row in published("spikes"):
        where = workspace.facility(f"at_{slug(row['case_id'])}")
        months = [*filter(None, row["history"].split(";")), row["value"]]
        for month, quantity in enumerate(months, start=1):
            workspace.ledger(row["case_id"], where, code, quantity, "kWh", period=f"2023-{month:02d}")


# --- real files -------------------------------------------------------------------------------------------------------


def add_seattle(workspace: Workspace) -> None:
    """Buildings of Seattle under the city's own factors; every other building in kBtu."""
    electricity = Decimal("52.44") * Decimal("0.45359237")
    workspace.factor("grid_electricity", "SEATTLE", "MWh", scope=2, co2e_kg=electricity)
    workspace.factor("natural_gas_stationary", "SEATTLE", "therm", scope=1, co2e_kg="5.311")
    workspace.factor("purchased_heat", "SEATTLE", "kBtu", scope=2, co2e_kg="0.077188")
    in_meter_units = {
        "grid_electricity": ("Electricity(kWh)", "kWh"),
        "natural_gas_stationary": ("NaturalGas(therms)", "therms"),
        "purchased_heat": ("SteamUse(kBtu)", "kBtu"),
    }
    in_kbtu = in_meter_units | {
        "grid_electricity": ("Electricity(kBtu)", "kBtu"),
        "natural_gas_stationary": ("NaturalGas(kBtu)", "kBtu"),
    }
    for position, row in enumerate(published("seattle_2016_buildings")):
        where = workspace.facility(f"seattle_{row['OSEBuildingID']}", grid_region="SEATTLE")
        for code, (column, unit) in (in_kbtu if position % 2 else in_meter_units).items():
            if number(row[column]):
                workspace.ledger(f"{where}:{code}", where, code, row[column], unit, period=row["DataYear"])


def add_steel(workspace: Workspace) -> None:
    """A month of quarter hours of a steel plant: equal readings of one day differ by their time stamp."""
    where = workspace.facility("uci_steel", country="KOR")
    # tCO2 per MWh of the whole year in the file: 220.83 t of 521,199.76 kWh.
    workspace.factor("grid_electricity", where, "kWh", scope=2, co2_kg="0.4237")
    for row in published("uci_steel_2018_01"):
        moment = datetime.strptime(row["date"], "%d/%m/%Y %H:%M")
        covered = {"period": f"{moment:%Y-%m}", "start_date": moment, "end_date": moment, "meter_id": "E1"}
        reading = {"activity_type": "grid_electricity", "quantity": row["Usage_kWh"], "unit": "kWh"}
        workspace.deliver(f"uci:{row['date']}", "energy_ledger-steel", facility_id=where, **reading, **covered)


# Kilograms per tonne of CO2e by gas; AR5 is the set of the run.
WASHINGTON_GASES = {
    "Carbon Dioxide (MTCO2e)": {"co2_kg": 1000},
    "Methane (MTCO2e)": {"ch4_kg": round(Decimal(1000) / 28, 12)},
    "Nitrous Oxide (MTCO2e)": {"n2o_kg": round(Decimal(1000) / 265, 12)},
    "HFCs (MTCO2e)": {"co2e_kg": 1000},
    "PFCs (MTCO2e)": {"co2e_kg": 1000},
    "Sulfur Hexafluoride (MTCO2e)": {"co2e_kg": 1000},
    "Fluorinated - Other (MTCO2e)": {"co2e_kg": 1000},
    "Biogenic Carbon Dioxide (MTCO2e)": {"biogenic_co2_kg": 1000},
}


def add_washington(workspace: Workspace) -> None:
    """Facilities that report tonnes of CO2e by gas."""
    workspace.add("geographies", geography="US-WA", parent="USA", name_en="Washington")
    types = {gas: workspace.activity_type(f"case_washington_{slug(gas)}", "t") for gas in WASHINGTON_GASES}
    for gas, kilograms in WASHINGTON_GASES.items():
        workspace.factor(types[gas], "US-WA", "t", scope=1, **kilograms)
    for row in published("wa_facilities_2018"):
        where = workspace.facility(f"wa_{slug(row['Reporter'])}", name=row["Reporter"], grid_region="US-WA")
        year = {"start_date": f"{row['Year']}-01-01", "end_date": f"{row['Year']}-12-31"}
        for gas, code in types.items():
            if number(row[gas]):
                workspace.log(f"{where}:{gas}", where, code, row[gas], "t", **year)


REGISTER_COLUMNS = {1: "直接排放量(公噸CO2e)", 2: "能源間接排放量(公噸CO2e)"}


def register_year(row: Row) -> int:
    """The register counts the years of the Republic of China."""
    return int(row["年度"]) + 1911


def register_company(row: Row) -> str:
    """The company's tax number, of eight digits, which the register writes with a tab before it or without its zero."""
    return row["事業統編"].strip().zfill(8)


def add_register(workspace: Workspace) -> None:
    """The facilities of a national register as bases of their companies; tonnes of CO2e per scope and year."""
    for scope in REGISTER_COLUMNS:
        code = workspace.activity_type(f"registered_scope_{scope}", "t")
        workspace.factor(code, "TWN", "t", scope=scope, co2e_kg=1000)
    facilities: dict[str, dict[str, object]] = {}
    for row in published("taiwan_register"):
        company, year = register_company(row), register_year(row)
        where = f"tw_{row['管制編號']}_{company}"
        facilities[where] = {"facility_id": where, "name": row["事業名稱"], "country": "TWN", "base": company}
        span = {"start_date": f"{year}-01-01", "end_date": f"{year + 1}-01-01", "facility_id": where}
        for scope, column in REGISTER_COLUMNS.items():
            if row[column].strip():
                record = {"record_id": f"{where}:{year}:{scope}", "activity_type": f"registered_scope_{scope}"}
                tonnes = {"quantity": row[column], "unit": "t"}
                workspace.deliver(record["record_id"], "activity_log-register", **record, **tonnes, **span)
    workspace.tables["facilities"] += facilities.values()


# kg CO2 per MMBtu: 40 CFR part 98, table C-1.
EIA_FUELS = {
    "NG": ("natural_gas", "mcf", "53.06"),
    "DFO": ("diesel", "bbl", "73.96"),
    "BIT": ("bituminous_coal", "short ton", "93.28"),
}
EIA_SOLD = ("Retail_Sales_MWh", "Sales_for_Resale_MWh", "Tolling_Agreements_MWh", "Outgoing_MWh")


def add_power_plants(workspace: Workspace) -> None:
    """Plants of form EIA-923: fuel in physical units with the plant's own heat content, electricity bought and sold."""
    for row in published("eia923_fuel_2014"):
        fuel, unit, kilograms = EIA_FUELS[row["Reported Fuel_Type_Code"]]
        where = workspace.facility(f"eia_{row['Plant_ID']}_{fuel}")
        quantity = row["Total_Fuel_Consumption_Quantity"]
        content = round(Decimal(row["Total_Fuel_Consumption_MMBtu"]) / Decimal(quantity), 9)
        workspace.add("fuel_properties", fuel=fuel, ncv=content, ncv_unit=f"MMBtu/{unit}", geography=where)
        code = f"{fuel}_stationary"
        workspace.factor(code, where, "MMBtu", scope=1, co2_kg=kilograms)
        workspace.ledger(f"{where}:fuel", where, code, quantity, row["Physical_Unit_Label"], period=row["YEAR"])
    for row in published("eia923_electricity_2014"):
        where = workspace.facility(f"eia_{row['Plant_ID']}_power")
        workspace.factor("grid_electricity", where, "MWh", scope=2, co2_kg="698.58")
        sold = sum(number(row[column]) for column in EIA_SOLD)
        for code, quantity in (("grid_electricity", number(row["Incoming_MWh"])), ("exported_electricity", sold)):
            if quantity:
                workspace.ledger(f"{where}:{code}", where, code, quantity, "MWh", period=row["YEAR"])


# --- published inventories --------------------------------------------------------------------------------------------

FIRST_YEAR = 1990


def report_years() -> dict[str, int]:
    """A workspace reports for one organisation: every published report gets a year of its own."""
    names = sorted({row["report"] for row in published("inventories")})
    return {name: FIRST_YEAR + position for position, name in enumerate(names)}


def change_years(row: Row) -> tuple[int, int]:
    """The years of a change: the report named and the one before it, or a company's first and last."""
    years = report_years()
    if row["report"] in years:
        return years[row["report"]] - 1, years[row["report"]]
    own = [year for name, year in years.items() if name.startswith(f"{row['report']}-")]
    return min(own), max(own)


def add_inventories(workspace: Workspace) -> None:
    """Reports with their metrics; a change between two years is a target from one to the other."""
    years = report_years()
    for row in published("inventories"):
        if row["facility_id"]:
            workspace.facility(row["facility_id"], country="TWN")
        kept = {name: value for name, value in row.items() if name not in ("report", "published_year", "source")}
        document = f"{row['report']} ({row['published_year']})"
        workspace.tables["reported_inventories"].append({"year": years[row["report"]], **kept, "document": document})
    for row in published("inventory_metrics"):
        metric = {"metric": row["metric"], "value": row["value"], "unit": row["unit"]}
        case = f"{row['report']}:{row['metric']}"
        workspace.deliver(case, "business_metrics", period=years[row["report"]], **metric)
    kinds = {
        "reduction_percent": {"kind": "absolute"},
        "intensity_change_percent": {"kind": "intensity", "denominator": "revenue"},
    }
    for row in published("inventory_cases"):
        if row["measure"] in kinds:
            first, last = change_years(row)
            span = {"scopes": "1;2", "base_year": first, "target_year": last, "reduction": "0.01"}
            workspace.add("targets", target_id=row["case_id"], **kinds[row["measure"]], **span)
    for row in published("avoided_emissions"):
        stated = ("year", "capacity_mw", "full_load_hours", "baseline_factor_kg_per_kwh", "co2e_t", "qualifier")
        workspace.add("avoided_emissions", **{name: row[name] for name in stated}, document=row["case_id"])


def add_data_quality(workspace: Workspace) -> None:
    """Sources with the classes of their data; each emits one tonne, since the template prints no emissions."""
    where = workspace.facility("steel_plant", country="CHN")
    for row in published("data_quality_scores"):
        code = workspace.activity_type(f"case_{slug(row['case_id'])}", "t")
        workspace.factor(code, where, "t", scope=1, co2e_kg=1000)
        workspace.log(row["case_id"], where, code, 1, "t")
        classes = ("activity_data_class", "factor_class", "calibration_class")
        workspace.add("data_quality_assessments", activity_type=code, **{name: row[name] for name in classes})


def add_targets(workspace: Workspace) -> None:
    """Pathways from a base year that is reported."""
    for row in published("targets"):
        kept = {name: row[name] for name in ("scopes", "base_year", "target_year", "reduction", "pathway")}
        workspace.add("targets", target_id=row["target"], kind="absolute", **kept)
        for scope, method in ((1, ""), (2, "location")):
            base = {"year": row["base_year"], "scope": scope, "scope2_method": method}
            if row[f"base_scope_{scope}_t"]:
                workspace.add("reported_inventories", **base, co2e_t=row[f"base_scope_{scope}_t"])
