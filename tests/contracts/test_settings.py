"""organization.yml."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from data_contracts.declarations.problems import Problem, ReferenceProblems
from data_contracts.declarations.settings import load_organization
from data_contracts.declarations.vocabulary import Vocabulary
from data_contracts.judging.heating_values import heating_value_bases

from .conftest import ORGANIZATION


def problems_of(workspace: Path, text: str) -> list[Problem]:
    (workspace / "organization.yml").write_text(text, encoding="utf-8")
    with pytest.raises(ReferenceProblems) as caught:
        load_organization(workspace)
    return caught.value.problems


def test_defaults(workspace: Path) -> None:
    organization = load_organization(workspace)
    assert organization.name_zh == organization.name
    assert organization.combustion_gases == "co2"
    assert organization.significance_threshold == Decimal("0.05")
    assert organization.acceptance == "rows"
    assert organization.period_end == "inclusive"
    assert (organization.schedule_day, organization.schedule_hour) == (5, 6)
    assert organization.time_zone == "Asia/Shanghai"
    assert organization.reconciliation_tolerance == {}
    assert organization.estimation_methods == []


def test_first_month(workspace: Path) -> None:
    assert load_organization(workspace).first_month == "2023-01"
    for folder in ("2024-03", "2024-02", "notes", "2024-13"):
        (workspace / "landing" / folder).mkdir(parents=True)
    assert load_organization(workspace).first_month == "2024-02"
    (workspace / "organization.yml").write_text(ORGANIZATION + 'first_month: "2022-07"\n', encoding="utf-8")
    assert load_organization(workspace).first_month == "2022-07"


def test_fractions_are_exact(workspace: Path) -> None:
    text = ORGANIZATION + "materiality: 0.02\nreconciliation_tolerance:\n  grid_electricity: 0.015\n"
    (workspace / "organization.yml").write_text(text, encoding="utf-8")
    organization = load_organization(workspace)
    assert organization.materiality == Decimal("0.02")
    assert organization.reconciliation_tolerance == {"grid_electricity": Decimal("0.015")}


@pytest.mark.parametrize(
    "key", ["name", "consolidation_approach", "gwp_set", "base_year", "currency", "target_scope2_method"]
)
def test_missing_key_is_named(key: str, workspace: Path) -> None:
    lines = [line for line in ORGANIZATION.splitlines() if not line.startswith(f"{key}:")]
    (problem,) = problems_of(workspace, "\n".join(lines))
    assert (problem.rule, problem.column) == ("missing_key", key)
    assert key in problem.message_en
    assert key in problem.message_zh


@pytest.mark.parametrize(
    ("written", "read"), [("3GB", "3GB"), ("3.5 gib", "3.5gib"), ("800MB", "800MB"), ("'500 MB'", "500MB")]
)
def test_memory_limit_is_an_amount_with_its_unit(workspace: Path, written: str, read: str) -> None:
    (workspace / "organization.yml").write_text(ORGANIZATION + f"memory_limit: {written}\nthreads: 3\n")
    loaded = load_organization(workspace)
    assert (loaded.memory_limit, loaded.threads) == (read, 3)


def test_too_little_memory_is_refused_with_the_least(workspace: Path) -> None:
    (problem,) = problems_of(workspace, ORGANIZATION + "memory_limit: 0.4GB\n")
    assert (problem.rule, problem.column) == ("invalid_setting", "memory_limit")
    assert "500MB" in problem.message_en


def test_unknown_key_is_named(workspace: Path) -> None:
    (problem,) = problems_of(workspace, ORGANIZATION + "base_yaer: 2023\n")
    assert (problem.rule, problem.column) == ("unknown_key", "base_yaer")
    assert "base_year" in problem.message_en


def test_alerts(workspace: Path) -> None:
    assert load_organization(workspace).alerts.email is None
    alerts = (
        "alerts:\n  webhook: {url_variable: CARBON_WEBHOOK, format: feishu}\n  email:\n    server: mail.example.com\n"
        "    sender: ledger@example.com\n    recipients: [carbon@example.com]\n"
    )
    (workspace / "organization.yml").write_text(ORGANIZATION + alerts, encoding="utf-8")
    loaded = load_organization(workspace).alerts
    assert (loaded.webhook.url_variable, loaded.webhook.format) == ("CARBON_WEBHOOK", "feishu")
    assert (loaded.email.port, loaded.email.security) == (587, "starttls")
    assert loaded.email.recipients == ["carbon@example.com"]


def test_an_unknown_key_of_the_alerts_hears_the_accepted_ones(workspace: Path) -> None:
    (problem,) = problems_of(workspace, ORGANIZATION + "alerts:\n  webhook: {url_variable: A, colour: red}\n")
    assert (problem.rule, problem.column) == ("unknown_key", "alerts.webhook.colour")
    assert "url_variable, format" in problem.message_en
    (problem,) = problems_of(workspace, ORGANIZATION + "alerts: {sms: '123'}\n")
    assert "webhook, email" in problem.message_en


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("gwp_set: AR7", "gwp_set"),
        ("base_year: next", "base_year"),
        ("currency: yuan", "currency"),
        ("materiality: 5", "materiality"),
        ("schedule_day: 31", "schedule_day"),
        ("schedule_hour: 24", "schedule_hour"),
        ("publication_grace_days: 0", "publication_grace_days"),
        ("history_days: 0", "history_days"),
        ("memory_limit: lots", "memory_limit"),
        ("memory_limit: 400MB", "memory_limit"),
        ("memory_limit: 4", "memory_limit"),
        ("threads: 0", "threads"),
        ("threads: many", "threads"),
        ("alerts: loud", "alerts"),
        ("alerts: {webhook: {url_variable: 'https://example.com/secret'}}", "alerts.webhook.url_variable"),
        ("alerts: {email: {server: a, sender: a@b, recipients: []}}", "alerts.email.recipients"),
        ("alerts: {email: {server: a, sender: 'a', recipients: [a@b]}}", "alerts.email.sender"),
        ("first_month: 2024-3", "first_month"),
        ("time_zone: Mars/Olympus", "time_zone"),
        ("acceptance: some", "acceptance"),
        ("reconciliation_tolerance: {grid_electricity: 2}", "reconciliation_tolerance.grid_electricity"),
        ("estimate_block: lots", "estimate_block"),
        ("estimation_methods: interpolation", "estimation_methods"),
        ("estimation_methods:", "estimation_methods"),
        ("estimation_methods: [interpolation, interpolation]", "estimation_methods"),
        ("estimation_methods: [interpolation, guess]", "estimation_methods.1"),
    ],
)
def test_value_that_is_not_accepted(line: str, column: str, workspace: Path) -> None:
    key = line.partition(":")[0]
    others = [other for other in ORGANIZATION.splitlines() if not other.startswith(f"{key}:")]
    (problem,) = problems_of(workspace, "\n".join([*others, line]))
    assert (problem.rule, problem.column) == ("invalid_setting", column)


@pytest.mark.parametrize("value", ["guess", "[guess]", "[interpolation, interpolation]"])
def test_accepted_estimation_methods_are_named(value: str, workspace: Path) -> None:
    (problem,) = problems_of(workspace, f"{ORGANIZATION}estimation_methods: {value}\n")
    for text in (problem.message_en, problem.message_zh):
        assert "estimation_methods" in text
        for method in ("interpolation", "prior_year_scaled_by_output", "conservative_neighbour"):
            assert method in text


def test_estimation_methods_keep_their_order(workspace: Path) -> None:
    text = f"{ORGANIZATION}estimation_methods:\n  - conservative_neighbour\n  - interpolation\n"
    (workspace / "organization.yml").write_text(text, encoding="utf-8")
    assert load_organization(workspace).estimation_methods == ["conservative_neighbour", "interpolation"]


def test_all_problems_come_at_once(workspace: Path) -> None:
    problems = problems_of(workspace, "name: A\ngwp_set: AR9\nfoo: 1\n")
    assert {problem.column for problem in problems} == {
        "consolidation_approach", "gwp_set", "base_year", "currency", "target_scope2_method", "foo",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "name: [", "name: A\nname: B\n", "[" * 5000])
def test_no_mapping(text: str, workspace: Path) -> None:
    assert [problem.rule for problem in problems_of(workspace, text)] == ["not_yaml"]


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ReferenceProblems, match=r"organization\.yml is missing"):
        load_organization(tmp_path)


@pytest.mark.parametrize(
    ("value", "rows"),
    [
        ("gross", [(None, None, "gross")]),
        ("{natural_gas: gross}", [("natural_gas", None, "gross")]),
        ("{natural_gas: {KWH: gross, 吉焦: net}}", [("natural_gas", "kWh", "gross"), ("natural_gas", "GJ", "net")]),
        ("{kWh: gross}", [(None, "kWh", "gross")]),
        ("[{fuel: diesel_mobile, unit: GJ, basis: net}]", [("diesel_mobile", "GJ", "net")]),
    ],
)
def test_heating_value_basis(value: str, rows: list[tuple], workspace: Path) -> None:
    with (workspace / "organization.yml").open("a", encoding="utf-8") as settings:
        settings.write(f"heating_value_basis: {value}\n")
    bases = heating_value_bases(load_organization(workspace), Vocabulary.build({}))
    assert [tuple(row.values()) for row in bases] == rows


@pytest.mark.parametrize(
    "value",
    ["upper", "{natural_gas: upper}", "[{fuel: natural_gas}]", "{gas of the town: net}", "{natural_gas: {t: net}}"],
)
def test_a_heating_value_basis_of_nothing(value: str, workspace: Path) -> None:
    with (workspace / "organization.yml").open("a", encoding="utf-8") as settings:
        settings.write(f"heating_value_basis: {value}\n")
    with pytest.raises(ReferenceProblems) as raised:
        heating_value_bases(load_organization(workspace), Vocabulary.build({}))
    assert "heating_value_basis" in str(raised.value)


def test_an_own_text_stands_in_both_languages(workspace: Path) -> None:
    text = (
        ORGANIZATION
        + "responsible_person: Energy team\ndirect_removals:\n  en: None\n  zh: 无\nemissions_trading: {zh: 无}\n"
    )
    (workspace / "organization.yml").write_text(text.replace("en: None", "en: 'None.'"), encoding="utf-8")
    organization = load_organization(workspace)
    assert organization.model_dump()["responsible_person"] == {"en": "Energy team", "zh": "Energy team"}
    assert organization.model_dump()["direct_removals"] == {"en": "None.", "zh": "无"}
    assert organization.model_dump()["emissions_trading"] == {"en": None, "zh": "无"}
    assert organization.conformity_statement is None


@pytest.mark.parametrize(
    ("line", "rule", "column"),
    [
        ("direct_removals: {de: Keine}", "unknown_key", "direct_removals.de"),
        ("direct_removals: {en: ''}", "invalid_setting", "direct_removals.en"),
        ("direct_removals: {}", "invalid_setting", "direct_removals"),
        ("direct_removals: 3", "invalid_setting", "direct_removals"),
    ],
)
def test_an_own_text_is_a_text(line: str, rule: str, column: str, workspace: Path) -> None:
    (problem,) = problems_of(workspace, f"{ORGANIZATION}{line}\n")
    assert (problem.rule, problem.column) == (rule, column)
