"""Illustrative monthly submissions of examples/ja-solar: the published inventory of 2023 taken apart into activities.

    python examples/generate_ja_solar.py --until 2026-10 [--out DIR]

Every quantity of 2023 is published tonnes / factor, spread over facilities and months; later years follow the indices
of illustration/years.csv. Published tonnes are read from reference/reported_inventories.csv and
reference/neutrality_statements.csv, factors from the workspace and the seeds, every assumption from illustration/.
All arithmetic is Decimal. A second run writes the same bytes, and leaves files alone that would not change.
"""

from __future__ import annotations

import argparse
import calendar
import csv
import hashlib
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal, getcontext
from functools import cached_property
from pathlib import Path
from typing import Any

import xlsxwriter

getcontext().prec = 50

EXAMPLES = Path(__file__).resolve().parent
WORKSPACE = EXAMPLES / "ja-solar"
SEEDS = EXAMPLES.parent / "seeds"

BASE_YEAR = 2023
LARGEST_RESIDUAL_T = Decimal("0.01")
ROOFTOP_FACILITY, ROOFTOP_FROM = "qujing_other", date(2023, 6, 1)
CERTIFICATE_FACILITY = "beijing_hq"  # buys one certificate batch for each calendar year
KWH, MWH = Decimal(1), Decimal(1000)  # electricity is counted in whole kWh
CENT = Decimal("0.01")
SCOPE_1_CLASSES = ("stationary_combustion", "mobile_combustion", "process", "fugitive")
NOTICE = "illustrative: disaggregated from published totals"

Row = dict[str, str]


def read_table(path: Path) -> list[Row]:
    """The rows of a CSV file; a file that is not there has none."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def number(text: str | None, default: str = "0") -> Decimal:
    return Decimal(text or default)


def plain(value: Decimal) -> str:
    """Without exponent and trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def rounded(value: Decimal, step: Decimal) -> Decimal:
    return (value / step).quantize(Decimal(1), ROUND_HALF_UP) * step


def apportion(total: Decimal, weights: Sequence[Decimal], step: Decimal) -> list[Decimal]:
    """Multiples of `step`, in proportion to the weights, whose sum is the total rounded to `step`."""
    whole = sum(weights)
    if not whole:
        return [Decimal(0) for _ in weights]
    parts, through, before = [], Decimal(0), Decimal(0)
    for weight in weights:
        through += weight
        after = rounded(total * through / whole, step)
        parts.append(after - before)
        before = after
    return parts


def ripple(name: str) -> Decimal:
    """0.98 to 1.02, from nothing but the name."""
    return 1 + Decimal(int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) % 401 - 200) / 10000


def months_until(until: str) -> list[tuple[int, int]]:
    year, month = int(until[:4]), int(until[5:])
    return [(y, m) for y in range(BASE_YEAR, year + 1) for m in range(1, 13) if (y, m) <= (year, month)]


def first_day(year: int, month: int) -> date:
    return date(year, month, 1)


def last_day(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


# --- factors: kilograms of CO2e per unit of a line ----------------------------------------------------------------


class Factors:
    """The factor search of the ledger in small: own tables before the seeds, the nearest geography first."""

    def __init__(self, workspace: Path) -> None:
        def both(name: str) -> list[Row]:
            own, shared = read_table(workspace / "reference" / f"{name}.csv"), read_table(SEEDS / f"{name}.csv")
            return [row | {"rank": "0"} for row in own] + [row | {"rank": "1"} for row in shared]

        organization = (workspace / "organization.yml").read_text(encoding="utf-8")
        self.gwp_set, self.fuel_set = (
            re.search(rf"^{key}: *(\S+)", organization, re.MULTILINE)[1] for key in ("gwp_set", "fuel_factor_set")
        )
        self.types = {row["activity_type"]: row for row in reversed(both("activity_types"))}
        self.units = {row["unit"]: row for row in reversed(both("units"))}
        self.parents = {row["geography"]: row["parent"] for row in reversed(both("geographies"))}
        self.facilities = {row["facility_id"]: row for row in read_table(workspace / "reference" / "facilities.csv")}
        self.factors: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in both("emission_factors"):
            self.factors[row["activity_type"], row.get("stage") or "direct"].append(row)
        self.fuels, self.densities = both("fuel_properties"), both("fuel_densities")
        self.process_parameters = both("process_gas_parameters")
        self.rates = {
            (row["currency"], row["per_currency"], row["year"]): row for row in reversed(both("exchange_rates"))
        }
        self.prices = {
            (row["currency"], row["year"]): number(row["value"])
            for row in reversed(both("price_indices"))
            if row["price_index"] == "cpi_u"
        }
        self.gwp = {row["gas"]: number(row["gwp100"]) for row in both("gwp") if row["gwp_set"] == self.gwp_set}
        self.kyoto = {row["gas"] for row in both("gwp") if row["kyoto_basket"] == "true"}
        blends = defaultdict(Decimal)
        for row in both("gas_blends"):
            if row["component"] in self.kyoto:
                blends[row["blend"]] += number(row["mass_share"]) * self.gwp[row["component"]]
        self.gwp |= blends
        self.kyoto |= set(blends)
        self._known: dict[tuple[Any, ...], dict[str, Decimal]] = {}
        self.gas_of = {re.sub("[^a-z0-9]", "_", gas.lower()): gas for gas in self.gwp}

    def geographies(self, facility_id: str) -> list[str]:
        facility = self.facilities[facility_id]
        chain = [facility_id]
        for start in (facility["grid_region"], facility["country"]):
            while start:
                chain.append(start)
                start = self.parents.get(start, "")
        return [*dict.fromkeys([*(one for one in chain if one != "WORLD"), "WORLD"])]

    def _nearest(self, rows: Iterable[Row], facility_id: str, on: date) -> Row | None:
        near = {geography: rank for rank, geography in enumerate(self.geographies(facility_id))}
        valid = [
            row
            for row in rows
            if row["geography"] in near and row["valid_from"] <= on.isoformat() <= (row.get("valid_to") or "9999-12-31")
        ]
        return min(valid, key=lambda row: (row["rank"], near[row["geography"]]), default=None)

    def base_units(self, unit: str) -> Decimal:
        return number(self.units[unit]["to_base"])

    def _per(self, value: str, unit: str) -> Decimal:
        """A quotient such as 43.33 GJ/t in base units (MJ/kg)."""
        above, below = unit.split("/")
        return number(value) * self.base_units(above) / self.base_units(below)

    def kg_per_unit(
        self, activity_type: str, unit: str, facility_id: str, on: date, process: str = ""
    ) -> dict[str, Decimal]:
        """Kilograms of CO2e per unit by target: a Scope 1 source class, `scope_2` (what no instrument serves, by the
        residual mix), a Scope 3 category, or `outside`."""
        key = (activity_type, unit, facility_id, on, process)
        if key not in self._known:
            self._known[key] = self._search(*key)
        return self._known[key]

    def _search(self, activity_type: str, unit: str, facility_id: str, on: date, process: str) -> dict[str, Decimal]:
        found: dict[str, Decimal] = defaultdict(Decimal)
        kind = self.types.get(activity_type, {}).get("method", "gas_release")
        for stage in ("direct", "upstream"):
            rows = self.factors.get((activity_type, stage), [])
            if kind == "electricity" and stage == "direct":
                rows = [row for row in rows if row["scope2_method"] in ("market", "")]
            row = self._nearest(rows, facility_id, on)
            if row is not None:
                found[self._target(row, activity_type)] += self._row_kg(row, activity_type, unit, facility_id, on)
            elif stage == "direct" and kind == "fuel_combustion":
                found[self.types[activity_type]["source_class"]] += self._combustion(
                    activity_type, unit, facility_id, on
                )
            elif stage == "direct" and kind == "gas_release":
                source_class, slug = activity_type.split("_", 1)
                gas = self.gas_of[slug]
                target = source_class if gas in self.kyoto else "outside"
                found[target] += self.base_units(unit) * (self._fed(gas, process) if process else self.gwp[gas])
        return dict(found)

    def _target(self, row: Row, activity_type: str) -> str:
        if row["scope"] == "1":
            return self.types[activity_type]["source_class"]
        return "scope_2" if row["scope"] == "2" else row["ghg_protocol_category"]

    def _row_kg(self, row: Row, activity_type: str, unit: str, facility_id: str, on: date) -> Decimal:
        gases = (
            ("co2_kg", Decimal(1)),
            ("ch4_kg", self.gwp["CH4"]),
            ("n2o_kg", self.gwp["N2O"]),
            ("co2e_kg", Decimal(1)),
        )
        per_unit = sum(number(row.get(name)) * gwp for name, gwp in gases)
        here, there = self.units[unit], self.units[row["per_unit"]]
        if here["dimension"] == there["dimension"]:
            scale = self.base_units(unit) / self.base_units(row["per_unit"])
        elif activity_type in self.types and self.types[activity_type]["fuel"]:
            scale = self._kg_of_fuel(activity_type, unit, facility_id, on) / self.base_units(row["per_unit"])
        else:
            scale = self.base_units(unit) / number(
                self.rates[here["dimension"], there["dimension"], str(on.year)]["rate"]
            )
        price_year = row.get("data_year") if there["dimension"] == "USD" else ""
        if price_year and ("USD", str(on.year)) in self.prices:
            scale *= self.prices["USD", price_year] / self.prices["USD", str(on.year)]
        return per_unit * scale

    def _kg_of_fuel(self, activity_type: str, unit: str, facility_id: str, on: date) -> Decimal:
        if self.units[unit]["dimension"] == "mass":
            return self.base_units(unit)
        fuel = self.types[activity_type]["fuel"]
        row = self._nearest((one for one in self.densities if one["fuel"] == fuel), facility_id, on)
        return self.base_units(unit) * self._per(row["density"], row["density_unit"])

    def _combustion(self, activity_type: str, unit: str, facility_id: str, on: date) -> Decimal:
        """NCV x carbon content x oxidation x 44/12, and CH4 and N2O of IPCC 2006."""
        kind = self.types[activity_type]
        use = "mobile" if "mobile" in kind["source_class"] else "stationary"
        fuels = [row for row in self.fuels if row["fuel"] == kind["fuel"] and row["use"] in (use, "")]
        row = self._nearest((one for one in fuels if one["factor_set"] == self.fuel_set), facility_id, on)
        ipcc = next(one for one in fuels if one["factor_set"] == "ipcc_2006")
        amount = self.base_units(unit)
        if self.units[unit]["dimension"] != self.units[row["ncv_unit"].split("/")[1]]["dimension"]:
            amount = self._kg_of_fuel(activity_type, unit, facility_id, on)
        megajoules = amount * self._per(row["ncv"], row["ncv_unit"])
        co2 = megajoules * number(row["carbon_content_tc_per_gj"]) * number(row["oxidation_rate"]) * 44 / 12
        others = number(ipcc["ch4_kg_per_tj"]) * self.gwp["CH4"] + number(ipcc["n2o_kg_per_tj"]) * self.gwp["N2O"]
        return co2 + megajoules * others / 1000000

    def _fed(self, gas: str, process: str) -> Decimal:
        """Kilograms of CO2e per kilogram fed to a process: Tier 2, abatement only where the workspace states it."""
        rows = [
            row
            for row in self.process_parameters
            if row["gas"] in (gas, "any")
            and row["process"] in (process, "any", "")
            and (row["rank"] == "0" or row["parameter"] not in ("abatement_share", "destruction"))
        ]
        rows.sort(key=lambda row: (row["rank"], row["process"] != process, row["gas"] != gas), reverse=True)
        values = {(row["parameter"], row["by_product"]): number(row["value"]) for row in rows}
        fed = 1 - values.get(("heel", ""), Decimal(0))
        left = 1 - values.get(("abatement_share", ""), Decimal(0)) * values.get(("destruction", ""), Decimal(0))
        formed = sum(value * self.gwp[name] for (parameter, name), value in values.items() if parameter == "by_product")
        return fed * ((1 - values["utilisation", ""]) * left * self.gwp[gas] + formed)


# --- the illustration ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Power:
    """The electricity of one facility in one month, in whole kWh. grid: all that was bought, green or not."""

    grid: Decimal
    onsite: Decimal
    trade: Decimal
    certificates: Decimal

    @property
    def residual(self) -> Decimal:
        return self.grid - self.trade - self.certificates


@dataclass
class Illustration:
    """What is published, what is assumed, and the quantities that follow from both."""

    workspace: Path

    def __post_init__(self) -> None:
        folder = self.workspace / "illustration"
        self.factors = Factors(self.workspace)
        self.bases = {row["facility_id"]: row for row in read_table(folder / "bases.csv")}
        self.lines = read_table(folder / "activities.csv")
        self.workshops = read_table(folder / "workshops.csv")
        self.seasons = {int(row["month"]): row for row in read_table(folder / "seasons.csv")}
        self.years = {int(row["year"]): row for row in read_table(folder / "years.csv")}
        self.parameters = {row["item"]: number(row["value"]) for row in read_table(folder / "parameters.csv")}
        self.statements = read_table(self.workspace / "reference" / "neutrality_statements.csv")
        self.published = self._published()
        self.scope_1 = self._scope_1_by_facility()

    def _published(self) -> dict[str, Decimal]:
        """Tonnes of the base year by target: Scope 1 source classes, `scope_1`, `scope_2`, Scope 3 categories."""
        published = {}
        for row in read_table(self.workspace / "reference" / "reported_inventories.csv"):
            if int(row["year"]) != BASE_YEAR or row["facility_id"] or row["iso_14064_category"]:
                continue
            detail = row["source_class"] or row["ghg_protocol_category"]
            published[detail or f"scope_{row['scope']}"] = number(row["co2e_t"])
        return published

    def statement(self, facility_id: str, column: str) -> Decimal | None:
        """A published figure of one facility in the base year."""
        for row in self.statements:
            if row["facility_id"] == facility_id and row["period_start"].startswith(str(BASE_YEAR)) and row[column]:
                return number(row[column])
        return None

    # --- spreading ---

    def index(self, trend: str, year: int) -> Decimal:
        return number(self.years[year][trend], "1")

    def month_weights(self, name: str, year: int, season: str, trend: str) -> list[Decimal]:
        """Season x days x growth inside the year x a ripple of the name."""
        following = year + 1 if year + 1 in self.years else year
        growth = self.index(trend, following) / self.index(trend, following - 1) - 1
        return [
            number(self.seasons[month][season])
            * calendar.monthrange(year, month)[1]
            * (1 + growth * (Decimal(month) - Decimal("6.5")) / 12)
            * ripple(f"{name}|{year}-{month:02d}")
            for month in range(1, 13)
        ]

    def weights(self, column: str) -> list[Decimal]:
        return [number(base[column]) for base in self.bases.values()]

    def _scope_1_by_facility(self) -> dict[str, list[Decimal]]:
        """Tonnes by source class and facility: fixed totals where published or assumed, the rest by weight."""
        columns = {source_class: source_class.split("_")[0] for source_class in SCOPE_1_CLASSES}
        fixed = {}
        for facility_id, base in self.bases.items():
            total = self.statement(facility_id, "scope_1_t") or number(base["scope_1_t"])
            if total:
                own = {source_class: number(base[column]) for source_class, column in columns.items()}
                fixed[facility_id] = {name: total * weight / sum(own.values()) for name, weight in own.items()}
        tonnes = {}
        for source_class, column in columns.items():
            rest = self.published[source_class] - sum(shares[source_class] for shares in fixed.values())
            open_weights = {one: number(base[column]) for one, base in self.bases.items() if one not in fixed}
            tonnes[source_class] = [
                fixed[one][source_class] if one in fixed else rest * open_weights[one] / sum(open_weights.values())
                for one in self.bases
            ]
        return tonnes

    # --- activities other than electricity ---

    def line_quantities(self, line: Row) -> dict[str, Decimal]:
        """Quantities of the base year by facility: tonnes of the line / factor."""
        target, step = line["target"], Decimal(1).scaleb(-int(line["decimals"]))
        shared = [number(one["share"]) for one in self.lines if one["target"] == target and one["share"]]
        share = number(line["share"]) or 1 - sum(shared)
        spread = line["spread"]
        if spread in self.bases:
            weights = [Decimal(int(one == spread)) for one in self.bases]
        else:
            weights = self.scope_1[target] if target in self.scope_1 else self.weights(spread)
        if line["quantity"]:
            total = number(line["quantity"])
        else:
            facility_id = next(one for one, weight in zip(self.bases, weights, strict=True) if weight)
            total = (
                self.published[target] * share * 1000 / self.line_kg(line, facility_id, date(BASE_YEAR, 1, 1))[target]
            )
        return dict(zip(self.bases, apportion(total, weights, step), strict=True))

    def line_kg(self, line: Row, facility_id: str, on: date) -> dict[str, Decimal]:
        if line["supplier_factor"]:
            return {line["target"]: number(line["supplier_factor"])}
        found = self.factors.kg_per_unit(line["activity_type"], line["unit"], facility_id, on, line["process"])
        # Transport that somebody else pays for is downstream.
        return {"9" if one == "4" and line["payer"] == "other" else one: kg for one, kg in found.items()}

    def activities(self, year: int) -> Iterator[tuple[Row, str, list[Decimal]]]:
        """Line, facility and the twelve quantities of a year."""
        for position, line in enumerate(self.lines):
            step = Decimal(1).scaleb(-int(line["decimals"]))
            for facility_id, quantity in self.quantities_2023[position].items():
                if not quantity:
                    continue
                name = f"{line['activity_type']}|{line['counterparty']}|{facility_id}"
                months = self.month_weights(name, year, line["season"], line["trend"])
                amounts = apportion(quantity * self.index(line["trend"], year), months, step)
                yield line, facility_id, amounts

    @cached_property
    def quantities_2023(self) -> list[dict[str, Decimal]]:
        return [self.line_quantities(line) for line in self.lines]

    # --- electricity ---

    @cached_property
    def residual_factor(self) -> Decimal:
        """Tonnes per kWh that no instrument serves, base year."""
        facility_id = next(iter(self.bases))
        return self.factors.kg_per_unit("grid_electricity", "kWh", facility_id, date(BASE_YEAR, 1, 1))["scope_2"] / 1000

    @cached_property
    def upstream_of_fuels(self) -> Decimal:
        """Tonnes of category 3 that the fuels of the base year take."""
        return sum(
            quantity * self.line_kg(line, one, date(BASE_YEAR, 1, 1)).get("3", Decimal(0)) / 1000
            for line, quantities in zip(self.lines, self.quantities_2023, strict=True)
            for one, quantity in quantities.items()
            if quantity
        )

    @cached_property
    def electricity_2023(self) -> dict[str, Decimal]:
        """kWh of the base year: residual from Scope 2, bought from category 3, consumed from the green share.

        What was generated on site is the difference between what was consumed and what was bought.
        """
        on = date(BASE_YEAR, 1, 1)
        upstream = self.factors.kg_per_unit("grid_electricity", "kWh", next(iter(self.bases)), on)["3"] / 1000
        residual = self.published["scope_2"] / self.residual_factor
        consumed = residual / (1 - self.parameters["green_electricity_share"])
        bought = (self.published["3"] - self.upstream_of_fuels) / upstream
        return {"residual": residual, "consumed": consumed, "bought": bought, "onsite": consumed - bought}

    def consumption_2023(self) -> dict[str, Decimal]:
        """kWh consumed by facility; where a total is published, it follows from its market-based Scope 2."""
        fixed = {
            one: self.fixed_residual(one) / (1 - number(base["green_share"]))
            for one, base in self.bases.items()
            if not base["electricity"]
        }
        rest = self.electricity_2023["consumed"] - sum(fixed.values())
        weights = self.weights("electricity")
        return {
            one: fixed.get(one, rest * weight / sum(weights)) for one, weight in zip(self.bases, weights, strict=True)
        }

    def fixed_residual(self, facility_id: str) -> Decimal:
        """kWh of the residual mix that a published total of Scope 1 and 2 leaves to the facility."""
        scope_1 = sum(
            quantities[facility_id] * kg / 1000
            for line, quantities in zip(self.lines, self.quantities_2023, strict=True)
            if quantities[facility_id]
            for target, kg in self.line_kg(line, facility_id, date(BASE_YEAR, 1, 1)).items()
            if target in SCOPE_1_CLASSES
        )
        return (self.statement(facility_id, "total_t") - scope_1) / self.residual_factor

    def onsite(self, year: int) -> dict[str, list[Decimal]]:
        """kWh generated and consumed on site, by facility and month."""
        rooftop = {year: self._rooftop(year), BASE_YEAR: self._rooftop(BASE_YEAR)}
        others = (self.electricity_2023["onsite"] - sum(rooftop[BASE_YEAR])) * self.index("onsite", year)
        totals = apportion(others, self.weights("onsite"), KWH)
        months = {
            one: apportion(total, self.month_weights(f"onsite|{one}", year, "sun", "onsite"), KWH)
            for one, total in zip(self.bases, totals, strict=True)
        }
        months[ROOFTOP_FACILITY] = [a + b for a, b in zip(months[ROOFTOP_FACILITY], rooftop[year], strict=True)]
        return months

    def _rooftop(self, year: int) -> list[Decimal]:
        capacity, hours = (self.parameters[f"qujing_rooftop_{name}"] for name in ("capacity", "full_load_hours"))
        sun = [number(self.seasons[month]["sun"]) * calendar.monthrange(year, month)[1] for month in range(1, 13)]
        months = apportion(capacity * hours * MWH, sun, KWH)
        return [kwh if first_day(year, month) >= ROOFTOP_FROM else Decimal(0) for month, kwh in enumerate(months, 1)]

    def electricity(self, year: int) -> dict[str, list[Power]]:
        """The electricity of a year, by facility and month."""
        index = self.index("electricity", year)
        consumed = {one: kwh * index for one, kwh in self.consumption_2023().items()}
        onsite = self.onsite(year)
        bought = self._bought(year, consumed, onsite)
        residual = self._residual(year, consumed, bought)
        return {one: self._months(year, one, bought[one], residual[one], onsite[one]) for one in self.bases}

    def _bought(self, year: int, consumed: dict[str, Decimal], onsite: dict[str, list[Decimal]]) -> dict[str, Decimal]:
        open_kwh = {one: consumed[one] - sum(onsite[one]) for one in self.bases}
        # Certificates are whole MWh, so what they serve alone is too.
        whole = rounded(open_kwh[CERTIFICATE_FACILITY], MWH)
        others = [one for one in self.bases if one != CERTIFICATE_FACILITY]
        total = self.electricity_2023["bought"] if year == BASE_YEAR else sum(open_kwh.values())
        bought = apportion(total - whole, [open_kwh[one] for one in others], KWH)
        return dict(zip(others, bought, strict=True)) | {CERTIFICATE_FACILITY: whole}

    def _residual(self, year: int, consumed: dict[str, Decimal], bought: dict[str, Decimal]) -> dict[str, Decimal]:
        """kWh that no instrument serves: the published figures first, the rest by what each facility leaves grey."""
        if year == BASE_YEAR:
            total = self.electricity_2023["residual"]
            fixed = {one: self.fixed_residual(one) for one, base in self.bases.items() if not base["electricity"]}
        else:
            total = sum(consumed.values()) * (1 - number(self.years[year]["green_share"]))
            fixed = {}
        fixed |= {one: Decimal(0) for one, base in self.bases.items() if number(base["green_share"]) == 1}
        fixed[ROOFTOP_FACILITY] = consumed[ROOFTOP_FACILITY] * (1 - number(self.bases[ROOFTOP_FACILITY]["green_share"]))
        grey = [
            Decimal(0) if one in fixed else kwh * (1 - number(self.bases[one]["green_share"]))
            for one, kwh in consumed.items()
        ]
        # The fixed ones are rounded first, so that the sum is still the total.
        whole = {one: rounded(kwh, KWH) for one, kwh in fixed.items()}
        rest = apportion(total - sum(whole.values()), grey, KWH)
        residual = {one: whole.get(one, kwh) for one, kwh in zip(consumed, rest, strict=True)}
        for one, kwh in residual.items():
            if not 0 <= kwh <= bought[one]:
                raise SystemExit(f"{one} {year}: {kwh} kWh without instruments of {bought[one]} kWh bought")
        return residual

    def _months(
        self, year: int, facility_id: str, bought: Decimal, residual: Decimal, onsite: list[Decimal]
    ) -> list[Power]:
        weights = self.month_weights(f"grid_electricity|{facility_id}", year, "production", "electricity")
        grid = apportion(bought, weights, KWH)
        without = apportion(residual, grid, KWH)
        share = self.parameters["certificate_share_of_instruments"]
        months = []
        for kwh, grey, sun in zip(grid, without, onsite, strict=True):
            served = kwh - grey
            certificates = (served * share / MWH).to_integral_value(ROUND_FLOOR) * MWH
            if facility_id == CERTIFICATE_FACILITY:
                certificates = served
            months.append(Power(kwh, sun, served - certificates, certificates))
        return months


# --- what the bases hand in ---------------------------------------------------------------------------------------

HEADERS_ZH = {
    "energy_ledger": {
        "period": "统计月份", "facility_id": "设施编号", "activity_type": "能源品种", "quantity": "消耗量",
        "unit": "单位", "meter_id": "计量表编号", "supplier": "供应商", "source_document": "凭证",
    },
    "activity_log": {
        "record_id": "记录编号", "start_date": "开始日期", "end_date": "结束日期", "facility_id": "设施编号",
        "activity_type": "活动类型", "quantity": "数量", "unit": "单位", "payer": "付款方", "process": "工序",
        "counterparty": "往来单位",
    },
    "invoices": {
        "invoice_number": "发票号码", "invoice_date": "开票日期", "supplier": "供应商", "facility_id": "设施编号",
        "activity_type": "能源品种", "service_start": "服务开始", "service_end": "服务结束", "quantity": "用量",
        "unit": "单位", "net_amount": "不含税金额", "tax_amount": "税额", "gross_amount": "价税合计",
        "currency": "币种", "meter_id": "计量表编号",
    },
    "production": {
        "period": "统计月份", "facility_id": "设施编号", "workshop": "车间", "product": "产品", "quantity": "产量",
        "unit": "单位",
    },
}  # fmt: skip
FEEDS_ZH = {"energy_ledger": "能源台账", "activity_log": "活动数据", "invoices": "发票", "production": "产量"}
UNITS_ZH = {"10^4 kWh": "万kWh", "10^4 Nm3": "万Nm3"}
GROUP_COLUMNS = {
    "procurement": (
        "document_number", "line_number", "posting_date", "facility_id", "supplier_id", "activity_type", "quantity",
        "unit", "net_amount", "currency", "supplier_factor_kgco2e_per_unit", "remark",
    ),
    "energy_instruments": (
        "instrument_id", "instrument_type", "vintage_start", "vintage_end", "country", "quantity", "unit",
        "claim_start", "claim_end", "retired_on", "facility_id", "factor_kgco2e_per_kwh", "tracking_id", "registry",
        "project", "beneficiary", "remark",
    ),
    "business_metrics": ("period", "metric", "value", "unit", "facility_id"),
}  # fmt: skip

Folder = tuple[int, int, str]  # year, month, submitter


@dataclass
class Submissions:
    """Rows by folder and feed, in canonical columns."""

    illustration: Illustration
    rows: dict[Folder, dict[str, list[Row]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))

    def submitter(self, facility_id: str) -> str:
        return self.illustration.factors.facilities[facility_id]["base"].lower().replace(" ", "_")

    def add(self, year: int, month: int, facility_id: str, feed: str, row: Row) -> None:
        submitter = "group" if feed in GROUP_COLUMNS else self.submitter(facility_id)
        self.rows[year, month, submitter][feed].append(row)

    def build(self, months: list[tuple[int, int]]) -> None:
        for year in sorted({year for year, _ in months}):
            wanted = [month for one, month in months if one == year]
            self._electricity(year, wanted)
            self._activities(year, wanted)
            self._production(year, wanted)
            self._metrics(year, wanted)
        self._credits(set(months))

    def _name(self, activity_type: str, facility_id: str) -> str:
        known = self.illustration.factors.types.get(activity_type)
        chinese = self.illustration.bases[facility_id]["language"] == "zh"
        return known["name_zh"] if chinese and known else activity_type

    def _unit(self, unit: str, facility_id: str) -> str:
        return UNITS_ZH.get(unit, unit) if self.illustration.bases[facility_id]["language"] == "zh" else unit

    def _period(self, year: int, month: int, facility_id: str) -> str:
        chinese = self.illustration.bases[facility_id]["language"] == "zh"
        return f"{year}年{month}月" if chinese else f"{year}-{month:02d}"

    def _energy(self, year: int, month: int, facility_id: str, kwh: Decimal, **more: str) -> None:
        unit = self.illustration.bases[facility_id]["electricity_unit"] or "kWh"
        quantity = kwh * self.illustration.factors.base_units("kWh") / self.illustration.factors.base_units(unit)
        row = {
            "period": self._period(year, month, facility_id), "facility_id": facility_id,
            "quantity": plain(quantity), "unit": self._unit(unit, facility_id),
        }  # fmt: skip
        self.add(year, month, facility_id, "energy_ledger", row | more)

    def _electricity(self, year: int, wanted: list[int]) -> None:
        for facility_id, months in self.illustration.electricity(year).items():
            own = (row for row in self.illustration.workshops if row["facility_id"] == facility_id)
            shops = [row for row in own if row["meter_id"]]
            name = self._name("grid_electricity", facility_id)
            for month in wanted:
                power = months[month - 1]
                document = f"EL-{year}{month:02d}"
                self._energy(
                    year, month, facility_id, power.grid,
                    activity_type=name, meter_id="E1", supplier="Grid company", source_document=document,
                )  # fmt: skip
                for shop in shops:
                    share = number(shop["electricity_share"]) * ripple(f"{shop['meter_id']}|{facility_id}|{document}")
                    part = rounded(power.grid * share, KWH)
                    self._energy(year, month, facility_id, part, activity_type=name, meter_id=shop["meter_id"])
                if power.onsite:
                    self._energy(
                        year, month, facility_id, power.onsite,
                        activity_type=self._name("onsite_renewable_electricity", facility_id), meter_id="PV1",
                        source_document=document,
                    )  # fmt: skip
                self._invoice(year, month, facility_id, power.grid)
                self._instruments(year, month, facility_id, power)
            if facility_id == CERTIFICATE_FACILITY and 12 in wanted:
                self._certificate_of_year(year, facility_id, sum(power.certificates for power in months))

    def _invoice(self, year: int, month: int, facility_id: str, kwh: Decimal) -> None:
        parameters = self.illustration.parameters
        document = f"{facility_id}|{year}-{month:02d}"
        # Two suppliers read their own meter: a few tenths of a percent beside the ledger.
        if facility_id in ("base_06", "base_10"):
            kwh = rounded(kwh * (1 + (ripple(f"meter|{document}") - 1) / 6), KWH)
        net = rounded(kwh * parameters["electricity_price"] * ripple(f"price|{document}"), CENT)
        tax = rounded(net * parameters["value_added_tax"], CENT)
        following = date(year + month // 12, month % 12 + 1, 5)
        row = {
            "invoice_number": f"EL{year}{month:02d}-{facility_id}", "invoice_date": following.isoformat(),
            "supplier": "Grid company", "facility_id": facility_id,
            "activity_type": self._name("grid_electricity", facility_id),
            "service_start": first_day(year, month).isoformat(), "service_end": last_day(year, month).isoformat(),
            "quantity": plain(kwh), "unit": "kWh", "net_amount": plain(net), "tax_amount": plain(tax),
            "gross_amount": plain(net + tax), "currency": "CNY", "meter_id": "E1",
        }  # fmt: skip
        self.add(year, month, facility_id, "invoices", row)

    def _instrument(
        self, kind: str, name: str, facility_id: str, kwh: Decimal, start: date, end: date, project: str
    ) -> Row:
        return {
            "instrument_id": name, "instrument_type": kind, "vintage_start": start.isoformat(),
            "vintage_end": end.isoformat(), "country": self.illustration.factors.facilities[facility_id]["country"],
            "quantity": plain(kwh / MWH), "unit": "MWh", "claim_start": start.isoformat(), "claim_end": end.isoformat(),
            "retired_on": end.isoformat() if kind == "gec" else "", "facility_id": facility_id,
            "factor_kgco2e_per_kwh": "0", "tracking_id": f"ILL-{name}", "registry": "illustrative registry",
            "project": project, "beneficiary": facility_id, "remark": NOTICE,
        }  # fmt: skip

    def _instruments(self, year: int, month: int, facility_id: str, power: Power) -> None:
        yunnan = self.illustration.factors.facilities[facility_id]["grid_region"] == "CN-YN"
        project = "Hydropower, Yunnan" if yunnan else "Wind and solar power"
        start, end = first_day(year, month), last_day(year, month)
        kinds = [("green_power_trade", "GPT", power.trade)]
        if facility_id != CERTIFICATE_FACILITY:
            kinds.append(("gec", "GEC", power.certificates))
        for kind, prefix, kwh in kinds:
            if kwh:
                name = f"{prefix}-{year}{month:02d}-{facility_id}"
                row = self._instrument(kind, name, facility_id, kwh, start, end, project)
                self.add(year, month, facility_id, "energy_instruments", row)

    def _certificate_of_year(self, year: int, facility_id: str, kwh: Decimal) -> None:
        start, end = date(year, 1, 1), date(year, 12, 31)
        row = self._instrument("gec", f"GEC-{year}-{facility_id}", facility_id, kwh, start, end, "Wind and solar power")
        self.add(year, 12, facility_id, "energy_instruments", row)

    def _activities(self, year: int, wanted: list[int]) -> None:
        count: dict[tuple[str, str, int], int] = defaultdict(int)
        for line, facility_id, amounts in self.illustration.activities(year):
            for month in wanted:
                quantity = amounts[month - 1]
                if not quantity:
                    continue
                count[line["feed"], facility_id, month] += 1
                number_of = count[line["feed"], facility_id, month]
                if line["feed"] == "energy_ledger":
                    self._fuel(year, month, facility_id, line, quantity)
                elif line["feed"] == "activity_log":
                    self._record(year, month, facility_id, line, quantity, number_of)
                else:
                    self._purchase(year, month, facility_id, line, quantity, number_of)

    def _fuel(self, year: int, month: int, facility_id: str, line: Row, quantity: Decimal) -> None:
        unit = line["unit"]
        if unit == "Nm3" and self.illustration.bases[facility_id]["electricity_unit"] == "10^4 kWh":
            unit, quantity = "10^4 Nm3", quantity / 10000
        row = {
            "period": self._period(year, month, facility_id), "facility_id": facility_id,
            "activity_type": self._name(line["activity_type"], facility_id), "quantity": plain(quantity),
            "unit": self._unit(unit, facility_id), "source_document": f"FU-{year}{month:02d}",
        }  # fmt: skip
        self.add(year, month, facility_id, "energy_ledger", row)

    def _record(self, year: int, month: int, facility_id: str, line: Row, quantity: Decimal, number_of: int) -> None:
        row = {
            "record_id": f"{facility_id}-{year}{month:02d}-{number_of:02d}",
            "start_date": first_day(year, month).isoformat(), "end_date": last_day(year, month).isoformat(),
            "facility_id": facility_id, "activity_type": self._name(line["activity_type"], facility_id),
            "quantity": plain(quantity), "unit": line["unit"], "payer": line["payer"], "process": line["process"],
            "counterparty": line["counterparty"],
        }  # fmt: skip
        self.add(year, month, facility_id, "activity_log", row)

    def _purchase(self, year: int, month: int, facility_id: str, line: Row, quantity: Decimal, number_of: int) -> None:
        is_spend = self.illustration.factors.units[line["unit"]]["dimension"] == line["unit"]
        row = {
            "document_number": f"PO-{year}{month:02d}-{facility_id}", "line_number": str(number_of * 10),
            "posting_date": date(year, month, 15).isoformat(), "facility_id": facility_id,
            "supplier_id": line["counterparty"], "activity_type": line["activity_type"],
            "supplier_factor_kgco2e_per_unit": line["supplier_factor"], "remark": "illustrative",
        }  # fmt: skip
        amount, unit = ("net_amount", "currency") if is_spend else ("quantity", "unit")
        row |= {amount: plain(quantity), unit: line["unit"]}
        self.add(year, month, facility_id, "procurement", row)

    def _production(self, year: int, wanted: list[int]) -> None:
        illustration = self.illustration
        step = Decimal("0.001")
        modules = [Decimal(0)] * 12
        for shop in illustration.workshops:
            facility_id = shop["facility_id"]
            weights = illustration.month_weights(f"{facility_id}|{shop['workshop']}", year, "production", "output")
            amounts = apportion(number(shop["mw_2023"]) * illustration.index("output", year), weights, step)
            if shop["product"] == "PV module":
                modules = [a + b for a, b in zip(modules, amounts, strict=True)]
            for month in wanted:
                row = {
                    "period": self._period(year, month, facility_id), "facility_id": facility_id,
                    "workshop": shop["workshop"], "product": shop["product"], "quantity": plain(amounts[month - 1]),
                    "unit": "MW",
                }  # fmt: skip
                self.add(year, month, facility_id, "production", row)
        for month in wanted:
            self._metric(year, month, "production_mw", modules[month - 1], "MW")

    def _metric(self, year: int, month: int, metric: str, value: Decimal, unit: str) -> None:
        row = {"period": f"{year}-{month:02d}", "metric": metric, "value": plain(value), "unit": unit}
        self.add(year, month, "", "business_metrics", row)

    def _metrics(self, year: int, wanted: list[int]) -> None:
        illustration = self.illustration
        tonnes = illustration.published["scope_1"] + illustration.published["scope_2"]
        revenue = rounded(tonnes / illustration.parameters["intensity_scope_1_and_2"], Decimal("0.0001"))
        weights = illustration.month_weights("revenue", year, "production", "revenue")
        months = apportion(revenue * illustration.index("revenue", year), weights, Decimal("0.0001"))
        headcount = rounded(illustration.parameters["headcount"] * illustration.index("staff", year), Decimal(1))
        for month in wanted:
            self._metric(year, month, "revenue", months[month - 1], "10^8 CNY")
            self._metric(year, month, "headcount", headcount, "person")

    def _credits(self, wanted: set[tuple[int, int]]) -> None:
        """Offsets of a carbon-neutral statement: as many units as its tonnes, in the month of the statement."""
        for row in self.illustration.statements:
            issued = row["issued_on"][:7]
            if not issued or "VCU" not in row["offset_units"] or (int(issued[:4]), int(issued[5:])) not in wanted:
                continue
            facility_id = row["facility_id"]
            name = f"VCU-{row['statement_id']}"
            credit = {
                "instrument_id": name, "instrument_type": "vcu",
                "vintage_start": "2021-01-01", "vintage_end": "2021-12-31",
                "country": self.illustration.factors.facilities[facility_id]["country"],
                "quantity": plain(number(row["scope_1_t"]).to_integral_value(ROUND_CEILING)), "unit": "tCO2e",
                "claim_start": row["period_start"], "claim_end": row["period_end"], "retired_on": row["issued_on"],
                "facility_id": facility_id, "tracking_id": f"ILL-{name}", "registry": row["offset_programme"],
                "beneficiary": facility_id, "remark": NOTICE,
            }  # fmt: skip
            self.add(int(issued[:4]), int(issued[5:]), facility_id, "energy_instruments", credit)


# --- files --------------------------------------------------------------------------------------------------------


def csv_bytes(columns: Sequence[str], titles: Sequence[str], rows: list[Row], encoding: str = "utf-8") -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(titles)
    writer.writerows([row.get(column, "") for column in columns] for row in rows)
    return text.getvalue().encode(encoding)


def xlsx_bytes(sheets: dict[str, tuple[Sequence[str], list[list[str]], set[int]]], title: str, as_text: bool) -> bytes:
    """A workbook of sheets: titles, rows, positions of numbers. Equal data are equal bytes: the date is fixed."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as workbook:
        workbook.set_properties({"created": datetime(2023, 1, 1), "comments": NOTICE})
        for name, (titles, rows, numbers) in sheets.items():
            sheet = workbook.add_worksheet(name)
            # The first sheet carries the title.
            top = 1 if title and name == next(iter(sheets)) else 0
            if top:
                sheet.write_string(0, 0, title)
            sheet.write_row(top, 0, titles)
            for at, row in enumerate(rows, top + 1):
                for position, cell in enumerate(row):
                    if not cell:
                        continue
                    if position in numbers and not as_text:
                        sheet.write_number(at, position, float(cell))
                    else:
                        sheet.write_string(at, position, f"{Decimal(cell):,f}" if position in numbers else cell)
    return buffer.getvalue()


NUMBERS = ("quantity", "net_amount", "tax_amount", "gross_amount")


def files(submissions: Submissions) -> Iterator[tuple[Path, bytes]]:
    """Path below landing/ and content of every file."""
    bases = submissions.illustration.bases
    styles = {submissions.submitter(one): base for one, base in reversed(bases.items())}
    for (year, month, submitter), feeds in sorted(submissions.rows.items()):
        folder = Path(f"{year}-{month:02d}") / submitter
        if submitter == "group":
            for feed, rows in feeds.items():
                yield folder / f"{feed}.csv", csv_bytes(GROUP_COLUMNS[feed], GROUP_COLUMNS[feed], rows)
            continue
        style = styles[submitter]
        chinese = style["language"] == "zh"
        sheets = {}
        for feed, rows in feeds.items():
            used = [column for column in HEADERS_ZH[feed] if any(row.get(column) for row in rows)]
            titles = [HEADERS_ZH[feed][column] for column in used] if chinese else used
            numbers = {position for position, column in enumerate(used) if column in NUMBERS}
            cells = [[row.get(column, "") for column in used] for row in rows]
            sheet = (titles, cells, numbers)
            if style["delivery"] == "files" and feed != "energy_ledger":
                # Chinese spreadsheets save CSV with a byte order mark.
                yield folder / f"{feed}.csv", csv_bytes(used, titles, rows, "utf-8-sig" if chinese else "utf-8")
            elif style["delivery"] == "files":
                yield folder / "energy_ledger.xlsx", xlsx_bytes({FEEDS_ZH[feed] if chinese else feed: sheet}, "", False)
            else:
                sheets[FEEDS_ZH[feed] if chinese else feed] = sheet
        if sheets:
            title = f"{year}年{month}月 温室气体数据填报" if submitter == "base_05" else ""
            # One base types its figures as text with thousands separators.
            yield folder / "monthly_report.xlsx", xlsx_bytes(sheets, title, submitter == "base_07")


def write_changed(root: Path, content: Iterable[tuple[Path, bytes]]) -> tuple[int, int]:
    """Files in all, and files written because they were missing or different."""
    count = written = 0
    for path, data in content:
        count += 1
        target = root / path
        if target.exists() and target.read_bytes() == data:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        written += 1
    return count, written


# --- the way back -------------------------------------------------------------------------------------------------


def returned(illustration: Illustration, year: int, months: Iterable[int]) -> dict[tuple[str, str], Decimal]:
    """Tonnes by target and facility that the quantities of a year give back; market-based in Scope 2."""
    tonnes: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    wanted = list(months)
    on = date(year, 1, 1)
    for line, facility_id, amounts in illustration.activities(year):
        quantity = sum(amounts[month - 1] for month in wanted)
        for target, kg in illustration.line_kg(line, facility_id, on).items():
            tonnes[target, facility_id] += quantity * kg / 1000
    for facility_id, powers in illustration.electricity(year).items():
        kg = illustration.factors.kg_per_unit("grid_electricity", "kWh", facility_id, on)
        for month in wanted:
            tonnes["scope_2", facility_id] += powers[month - 1].residual * kg["scope_2"] / 1000
            tonnes["3", facility_id] += powers[month - 1].grid * kg["3"] / 1000
    return tonnes


def check_base_year(illustration: Illustration) -> list[str]:
    """The published figures of the base year against what the quantities give back. Raises SystemExit beyond 0.01 t."""
    tonnes = returned(illustration, BASE_YEAR, range(1, 13))
    comparisons = []
    for target, published in illustration.published.items():
        if target in ("scope_1", "scope_3"):
            inside = [one for one in illustration.published if (one in SCOPE_1_CLASSES) == (target == "scope_1")]
            inside = [one for one in inside if not one.startswith("scope_")]
        else:
            inside = [target]
        comparisons.append((target, published, sum(kg for (one, _), kg in tonnes.items() if one in inside)))
    for facility_id in illustration.bases:
        for column, targets in (("scope_1_t", SCOPE_1_CLASSES), ("total_t", (*SCOPE_1_CLASSES, "scope_2"))):
            published = illustration.statement(facility_id, column)
            if published is not None:
                got = sum(tonnes[target, facility_id] for target in targets)
                comparisons.append((f"{facility_id} {column}", published, got))
    lines = []
    for name, published, got in comparisons:
        residual = got - published
        lines.append(f"{name:32} {published:>14,} {got:>18,.4f} {residual:>10.4f}")
        if abs(residual) > LARGEST_RESIDUAL_T:
            raise SystemExit(f"{name}: {got} t instead of {published} t")
    powers = [(one, power) for one, months in illustration.electricity(BASE_YEAR).items() for power in months]

    def green(names: Iterable[str]) -> Decimal:
        chosen = [power for one, power in powers if one in set(names)]
        return 1 - sum(power.residual for power in chosen) / sum(power.grid + power.onsite for power in chosen)

    qujing = [one for one in illustration.bases if one.startswith("qujing_")]
    lines.append(f"green share {green(illustration.bases):.6f}, of Qujing {green(qujing):.4f}")
    if abs(green(illustration.bases) - illustration.parameters["green_electricity_share"]) > Decimal("0.00001"):
        raise SystemExit("the green share does not come back")
    if green(qujing) <= illustration.parameters["qujing_clean_share_above"]:
        raise SystemExit("the clean share of Qujing is below what is published")
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--until", default="2026-10", metavar="YYYY-MM", help="last month written (default 2026-10)")
    parser.add_argument("--out", type=Path, default=WORKSPACE, metavar="DIR", help="workspace to write landing/ into")
    options = parser.parse_args(arguments)
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", options.until):
        parser.error(f"--until {options.until}: a month such as 2026-10 is expected")
    # A copy of the workspace speaks for itself.
    illustration = Illustration(options.out if (options.out / "illustration").is_dir() else WORKSPACE)
    months, years = months_until(options.until), illustration.years
    if not months or months[-1][0] not in years:
        parser.error(f"--until {options.until}: illustration/years.csv has {min(years)} to {max(years)}")
    for line in check_base_year(illustration):
        print(line)
    submissions = Submissions(illustration)
    submissions.build(months)
    count, written = write_changed(options.out / "landing", files(submissions))
    print(f"{count} files below {options.out / 'landing'}, {written} written. {NOTICE}")


if __name__ == "__main__":
    main()
