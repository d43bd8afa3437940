"""The rules and their messages, which stand in one table for the calculation and the contracts alike."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest

from data_contracts.answers.findings import fill_expression
from data_contracts.declarations import feeds, reference_tables
from data_contracts.declarations.feeds import FEEDS
from data_contracts.declarations.reference_tables import TABLES
from data_contracts.declarations.rules import RULES, TABLE, VARIANTS, fill, read_rules

SOUND = {
    "rule": "r",
    "variant": "",
    "raised_by": "intake",
    "severity": "error",
    "text_en": "{a_en} {b}",
    "text_zh": "{b}{a_zh}",
}


def test_the_rules_are_those_of_the_table() -> None:
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["raised_by"] == "intake"]
    assert [(rule.code, rule.variant, rule.severity, rule.en, rule.zh) for rule in VARIANTS.values()] == [
        (row["rule"], row["variant"], row["severity"], row["text_en"], row["text_zh"]) for row in rows
    ]
    assert len(RULES) > 90


def test_every_rule_that_a_contract_declares_is_in_the_table() -> None:
    declared = {
        rule for faults in (feeds.FAULTS, reference_tables.FAULTS) for rules in faults.values() for rule in rules
    }
    declared |= {rule.code for feed in FEEDS.values() for rule in feed.rules}
    declared |= {rule.code for table in TABLES.values() for rule in table.rules}
    declared |= {column.formula_rule for feed in FEEDS.values() for column in feed.columns}
    assert len(declared) > 30
    assert declared <= set(RULES)


@pytest.mark.parametrize(
    "wrong",
    [{"severity": "fatal"}, {"text_en": ""}, {"text_zh": ""}, {"text_zh": "{b}"}, {"text_en": "{a_en} {b} {c}"}],
    ids=str,
)
def test_a_row_that_is_no_rule_is_refused(wrong: dict[str, str], tmp_path: Path) -> None:
    def written(*rows: dict[str, str]) -> Path:
        with (tmp_path / "rules.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, SOUND)
            writer.writeheader()
            writer.writerows(rows)
        return tmp_path / "rules.csv"

    assert list(read_rules(written(SOUND, SOUND | {"variant": "v"}))) == [("r", ""), ("r", "v")]
    with pytest.raises(ValueError, match=r"rules\.csv: r"):
        read_rules(written(SOUND | wrong))
    with pytest.raises(ValueError, match="stands twice"):
        read_rules(written(SOUND, SOUND))


def test_a_placeholder_that_nobody_fills_is_an_error() -> None:
    assert fill("{a}/{b}", {"a": "{b}", "b": None}) == "{b}/"
    with pytest.raises(KeyError, match="b"):
        fill("{a}/{b}", {"a": 1})
    frame = pl.DataFrame({"a": ["x", None]})
    assert frame.select(fill_expression("{a}/{b}", {"b": "y"}, ["a"])).to_series().to_list() == ["x/y", "/y"]
    with pytest.raises(KeyError, match="b"):
        fill_expression("{a}/{b}", {}, ["a"])
