"""Every file of the corpus has exactly the findings and the row accounting that it must have."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from data_contracts.declarations.rules import RULES
from data_contracts.judging.judgement import Context, Judgement

from .conftest import counts, errors
from .corpus import ALL, BUILT, PLACED, Case, judge_all, place_all, render


@pytest.fixture(scope="session")
def outcomes(shared_context: Context, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Judgement]:
    """What comes of each file, all of them in one run."""
    return judge_all(shared_context, tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="session")
def placed(shared_context: Context, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, str]]]:
    """The findings on each file of a landing folder."""
    return place_all(shared_context, tmp_path_factory.mktemp("placed"))


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_file_has_its_findings_and_no_others(case: Case, outcomes: dict[str, Judgement]) -> None:
    result = outcomes[case.name]
    assert set(result.findings["rule"]) == set(case.rules)
    assert counts(result) == case.rows
    assert sum(map(len, result.rows.values())) == case.rows[0] - case.rows[1]
    # Whatever is refused is refused by an error, and names what it is about.
    refused = case.rows[1] > 0 or any(RULES[rule].severity == "error" for rule in case.rules)
    assert refused != errors(result).is_empty()
    for message in (*result.findings["message_en"], *result.findings["message_zh"]):
        assert message
        assert "{" not in message


def test_every_rule_on_deliveries_is_shown(outcomes: dict[str, Judgement]) -> None:
    shown = {rule for case in ALL for rule in case.rules}
    about_reference = list(RULES)[list(RULES).index("missing_file") :]
    shown |= {rule for placed in PLACED for rule in placed.rules}
    assert set(RULES) - shown - set(about_reference) == set()


def test_the_other_files_of_the_month_go_through(outcomes: dict[str, Judgement]) -> None:
    rows_in, rejected = (sum(case.rows[part] for case in ALL) for part in (0, 1))
    valid = sum(len(rows) for result in outcomes.values() for rows in result.rows.values())
    assert 0 < valid == rows_in - rejected


def test_file_in_landing_has_its_findings_and_no_others(placed: dict[str, list[dict[str, str]]]) -> None:
    assert {path: tuple(finding["rule"] for finding in found) for path, found in placed.items()} == {
        case.path: case.rules for case in PLACED
    }


def test_page_is_what_the_product_says(outcomes: dict[str, Judgement], placed: dict[str, list[dict[str, str]]]) -> None:
    """After a change: python -m tests.contracts.corpus"""
    page = Path(__file__).resolve().parents[2] / BUILT
    assert page.read_text(encoding="utf-8") == render(outcomes, placed)


def test_pages_name_every_message_in_both_languages(outcomes: dict[str, Judgement]) -> None:
    for result in outcomes.values():
        chinese = result.findings["message_zh"].str.contains(r"[\x{4e00}-\x{9fff}]")
        assert chinese.all()
        assert result.findings.filter(pl.col("message_en") == "").is_empty()
