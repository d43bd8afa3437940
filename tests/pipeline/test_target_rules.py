"""Each published reading of a target rule, and its neighbour in one input: one verdict turns, and no other."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest

from .conftest import Company

RULES = "int_target_rule_checks"
# A company of category A whose targets keep every rule that there is.
KEPT = {
    "reduction": "1", "years_from_submission": "5", "target_year": "2032", "base_year_age": "3", "coverage": "1",
    "scope12_coverage": "1", "scope3_coverage": "1", "scope3_share_of_total": "0.3", "scope3_targets": "1",
    "largest_uncovered_share": "0.01", "joins_scopes_1_and_2": "0", "is_intensity": "0", "is_location_based": "1",
    "scope_1_t": "109178", "scope_2_t": "2762785", "scope2_growth": "0.1", "high_income_country": "1",
    "turnover_eur": "500000000", "balance_sheet_eur": "30000000", "staff": "2000", "scope12_t": "20000",
    "claim_year": "2028", "highest_generator_kg_per_kwh": "0.02", "new_contracts": "1", "oldest_generator_years": "10",
    "largest_pool_gwh": "20", "hourly_share": "0.95", "pending_scope_change": "0", "pending_category_crossings": "0",
    "is_assured": "1",
}  # fmt: skip
NOT_KNOWN: dict[str, str | None] = dict.fromkeys(
    ("turnover_eur", "balance_sheet_eur", "staff", "scope12_t", "high_income_country")
)
CONTRACTION = "contraction_by_net_zero_year"


class Turn(NamedTuple):
    """given: what differs from KEPT (None: not known); turned: of it, the one input that is changed; turns: rule -> its
    verdicts before and after."""

    name: str
    scopes: str
    given: dict[str, str | None]
    turned: dict[str, str | None]
    turns: dict[str, tuple[str, str]]
    kind: str = "absolute"
    years: tuple[int, int] = (2027, 2032)


def category(name: str, given: dict[str, str | None], turned: dict[str, str | None], *verdicts: str) -> Turn:
    return Turn(name, "1", {**NOT_KNOWN, **given}, turned, {"v2_category_a": (verdicts[0], verdicts[1])})


def share(name: str, given: dict[str, str | None], turned: dict[str, str | None], rule: str, *verdicts: str) -> Turn:
    turns = {rule: (verdicts[0], verdicts[1])} if verdicts else {rule: ("yes", "no")}
    return Turn(name, "2", given, turned, turns, kind="low_carbon_share")


def contraction(name: str, scopes: str, years: tuple[int, int], enough: str, less: str) -> Turn:
    return Turn(name, scopes, {"reduction": enough}, {"reduction": less}, {CONTRACTION: ("yes", "no")}, years=years)


SMALL = {"turnover_eur": "449999999", "staff": "999", "high_income_country": "0"}
TURNS = [
    category("1,000 staff in any country; 999 and an unknown turnover decide nothing", {"staff": "1000"},
             {"staff": "999"}, "yes", "cannot_determine"),
    category("just below both: one more of the staff", SMALL, {"staff": "1000"}, "no", "yes"),
    category("just below both: one more euro", SMALL, {"turnover_eur": "450000000"}, "no", "yes"),
    category("10,000 t in a high-income country", {"high_income_country": "1", "scope12_t": "10000", "staff": "249",
             "turnover_eur": "50000000", "balance_sheet_eur": "0"}, {"scope12_t": "9999.999999"}, "yes", "no"),
    category("10,000 t hold in a high-income country only", {**SMALL, "staff": "0", "scope12_t": "10000",
             "balance_sheet_eur": "0"},
             {"high_income_country": "1"}, "no", "yes"),
    category("one of three", {"high_income_country": "1", "balance_sheet_eur": "25000000", "turnover_eur": "0",
             "staff": "249", "scope12_t": "0"}, {"staff": "250"}, "no", "yes"),
    category("another of three", {"high_income_country": "1", "balance_sheet_eur": "24999999", "staff": "0",
             "turnover_eur": "50000000", "scope12_t": "0"}, {"balance_sheet_eur": "25000000"}, "no", "yes"),
    contraction("the floor binds: 5 x 4.2 %", "1", (2025, 2030), "0.21", "0.209999"),
    contraction("the slope to net zero binds: 5 / 10", "1", (2040, 2045), "0.5", "0.499999"),
    contraction("all of it", "1", (2025, 2050), "1", "0.999999"),
    contraction("Scope 2 before 2040: 5 / 15", "2", (2025, 2030), "0.333334", "0.333333"),
    contraction("Scope 1 of the example: 46.2 %", "1", (2023, 2034), "0.462", "0.461999"),
    contraction("Scope 2 of the example: 11 / 17", "2", (2023, 2034), "0.647059", "0.647058"),
    contraction("both by their tonnes", "1;2", (2023, 2034), "0.640024", "0.640023"),
    Turn("no span asks for nothing, a year of Scope 2 does", "2", {"reduction": "0", "years_from_submission": "5"},
         {"reduction": "-0.000001"}, {CONTRACTION: ("yes", "no")}, years=(2030, 2030)),
    Turn("Scopes 1 and 2 in one target", "1;2", {}, {"joins_scopes_1_and_2": "1"}, {"v2_scopes_apart": ("yes", "no")}),
    Turn("a Scope 2 intensity", "2", {}, {"is_intensity": "1"}, {"v2_scope2_form": ("yes", "no")}, kind="intensity"),
    Turn("Scope 3 per product", "3", {}, {"is_intensity": "1"}, {"v2_scope3_intensity": ("yes", "no")},
         kind="intensity"),
    Turn("absolute Scope 2 by the market", "2", {}, {"is_location_based": "0"},
         {"v2_scope2_location_based": ("yes", "no")}),
    share("growth above 20 %", {"scope2_growth": "0.2"}, {"scope2_growth": "0.200000000001"}, "v2_scope2_growth"),
    Turn("a category of exactly 5 %", "3", {"largest_uncovered_share": "0.049999999999"},
         {"largest_uncovered_share": "0.05"}, {"v2_scope3_categories": ("yes", "no")}),
    Turn("a scope that changed by 5 %", "1", {"pending_scope_change": "0.049999999999"},
         {"pending_scope_change": "0.05"}, {"v2_recalculation": ("yes", "no")}),
    Turn("a category that crossed", "3", {}, {"pending_category_crossings": "1"}, {"v2_recalculation": ("yes", "no")}),
    share("a generator of 0.049 kg/kWh in 2030", {"claim_year": "2030", "highest_generator_kg_per_kwh": "0.048"},
          {"highest_generator_kg_per_kwh": "0.049"}, "v2_low_carbon_generator"),
    share("0.030 kg/kWh from 2035", {"claim_year": "2034", "highest_generator_kg_per_kwh": "0.030"},
          {"claim_year": "2035"}, "v2_low_carbon_generator"),
    share("0.024 kg/kWh in 2035", {"claim_year": "2035", "highest_generator_kg_per_kwh": "0.024"},
          {"highest_generator_kg_per_kwh": "0.025"}, "v2_low_carbon_generator"),
    share("a contract that is kept", {"highest_generator_kg_per_kwh": "0.049", "new_contracts": "0"},
          {"new_contracts": "1"}, "v2_low_carbon_generator"),
    share("a generator of more than 15 years", {"oldest_generator_years": "15"},
          {"oldest_generator_years": "15.002688172043"}, "v2_generator_age"),
    share("a pool of 10 GWh", {"hourly_share": "0.4", "largest_pool_gwh": "9.999999"}, {"largest_pool_gwh": "10"},
          "v2_hourly_share"),
    share("50 % before 2030", {"hourly_share": "0.5"}, {"hourly_share": "0.499999"}, "v2_hourly_share"),
    share("75 % from 2030", {"hourly_share": "0.6", "claim_year": "2029"}, {"claim_year": "2030"}, "v2_hourly_share"),
    share("75 %", {"hourly_share": "0.75", "claim_year": "2034"}, {"hourly_share": "0.749999"}, "v2_hourly_share"),
    share("90 % from 2035", {"hourly_share": "0.75", "claim_year": "2034"}, {"claim_year": "2035"}, "v2_hourly_share"),
    share("90 %", {"hourly_share": "0.9", "claim_year": "2035"}, {"hourly_share": "0.899999"}, "v2_hourly_share"),
    # What is asked of category A alone turns with the category.
    Turn("the hour is asked of category A", "2", {"hourly_share": "0.4", "turnover_eur": "0", "scope12_t": "0",
         "balance_sheet_eur": "0", "staff": "1000"}, {"staff": "999"},
         {"v2_category_a": ("yes", "no"), "v2_hourly_share": ("no", "yes")}, kind="low_carbon_share"),
    Turn("growth is asked of category A", "2", {"scope2_growth": "0.21", "turnover_eur": "0", "scope12_t": "0",
         "balance_sheet_eur": "0", "staff": "1000"}, {"staff": "999"},
         {"v2_category_a": ("yes", "no"), "v2_scope2_growth": ("no", "yes")}, kind="low_carbon_share"),
]  # fmt: skip


@pytest.fixture(scope="module")
def verdicts(company: Company, copied: Callable[..., Path]) -> dict[str, dict[str, str]]:
    """Target -> rule -> verdict, of every case before and after its turn, by the view and the rules of a run."""
    targets, facts = [], []
    for turn in TURNS:
        for side, changed in (("before", {}), ("after", turn.turned)):
            target = f"{turn.name}: {side}"
            inputs = {**KEPT, **turn.given, **changed}
            targets.append((target, turn.kind, turn.scopes, *turn.years, Decimal(inputs["reduction"] or 0)))
            facts += [(target, fact, value and Decimal(value)) for fact, value in inputs.items()]
    database = copied(company.root, with_warehouse=True) / "warehouse" / "helioledger.duckdb"
    with duckdb.connect(str(database)) as connection:
        for model in ("int_targets", "int_target_facts"):
            connection.execute(f"create table of_cases as from intermediate.{model} limit 0")
            ((kind,),) = connection.execute(
                "select table_type from information_schema.tables where table_schema = 'intermediate'"
                " and table_name = ?",
                [model],
            ).fetchall()
            connection.execute(f"drop {'view' if kind == 'VIEW' else 'table'} intermediate.{model}")
            connection.execute(f"create table intermediate.{model} as from of_cases; drop table of_cases")
        connection.executemany(
            "insert into intermediate.int_targets by name select ? as target_id, ? as kind, ? as scopes,"
            " ? as base_year, ? as target_year, ? as reduction, 'near' as effective_term, date '2027-06-01' as"
            " submitted_on",
            targets,
        )
        connection.executemany(
            "insert into intermediate.int_target_facts by name select ? as target_id, ? as fact, ? as value", facts
        )
        rows = connection.execute(f"select target_id, rule_id, verdict from intermediate.{RULES}").fetchall()
    found: dict[str, dict[str, str]] = {}
    for target, rule, verdict in rows:
        found.setdefault(target, {})[rule] = verdict
    return found


@pytest.mark.parametrize("turn", TURNS, ids=lambda turn: turn.name)
def test_one_input_turns_one_verdict(verdicts: dict[str, dict[str, str]], turn: Turn):
    before, after = verdicts[f"{turn.name}: before"], verdicts[f"{turn.name}: after"]
    assert before.keys() == after.keys()
    turned = {rule: (before[rule], after[rule]) for rule in before if before[rule] != after[rule]}
    assert turned == turn.turns
