"""Every rule a cell, row, sheet, file or reference table can break, with the message its author reads.

They stand in seeds/finding_rules.csv beside those of the calculation. A message names the value and the column and says
what to do. Placeholders in braces are filled per finding: `{column}` and `{value}` always, the others by the code that
raises the rule. Both languages use the same ones.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

Severity = Literal["error", "warning", "info"]
PLACEHOLDER = re.compile(r"\{(\w+)\}")
LONGEST_VALUE = 80
# What the product itself says in a message; cut in the middle, it would name the wrong choices.
OWN_WORDS = frozenset(
    {"accepted", "candidates", "hint_en", "hint_zh", "reason_en", "reason_zh", "remedy_en", "remedy_zh"}
)
TABLE = Path(__file__).resolve().parents[2] / "seeds" / "finding_rules.csv"


@dataclass(frozen=True)
class Rule:
    """One rule: its code, how grave a breach is, and the message in both languages. A rule whose message differs from
    case to case has a variant for each special one."""

    code: str
    severity: Severity
    en: str
    zh: str
    variant: str = ""


def read_rules(table: Path = TABLE) -> dict[tuple[str, str], Rule]:
    """The rules of deliveries, settings and reference tables, by code and variant, in the order of the table.

    Raises ValueError for a row that is no rule: no text, another severity, other placeholders in Chinese than in
    English, or one that stands there already.
    """
    rules: dict[tuple[str, str], Rule] = {}
    with table.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["raised_by"] != "intake":
                continue
            rule = Rule(row["rule"], row["severity"], row["text_en"], row["text_zh"], row["variant"])
            key = rule.code, rule.variant
            english, chinese = (
                {re.sub("_(en|zh)$", "", name) for name in PLACEHOLDER.findall(text)} for text in (rule.en, rule.zh)
            )
            if key in rules or not (rule.en and rule.zh) or english != chinese:
                raise ValueError(f"{table.name}: {rule.code} {rule.variant} stands twice, or its texts do not match.")
            if rule.severity not in get_args(Severity):
                raise ValueError(f"{table.name}: {rule.code} has the severity {rule.severity!r}.")
            rules[key] = rule
    return rules


VARIANTS = read_rules()
RULES = {code: rule for (code, variant), rule in VARIANTS.items() if not variant}


def fill(template: str, values: Mapping[str, object]) -> str:
    """The template with its placeholders filled; one that is None becomes empty. Raises KeyError for one that is not
    given."""
    return PLACEHOLDER.sub(lambda match: _shorten(values[match.group(1)]), template)


def _shorten(value: object) -> str:
    return "" if value is None else str(value)
