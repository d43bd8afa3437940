"""The texts of findings stand in one table, and the observations in SQL raise what it says."""

import re

from data_contracts.declarations.vocabulary import read_seed
from orchestration.workspace import DBT_PROJECT_DIR

OBSERVATIONS = DBT_PROJECT_DIR / "models" / "intermediate" / "observations"
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def raised() -> list[tuple[set[str], set[str]]]:
    """Per select that fills texts: the quoted words in it, and the placeholders that it has values for."""
    found = []
    for model in OBSERVATIONS.glob("int_*_observations.sql"):
        whole = model.read_text(encoding="utf-8")
        for select in re.split(r"\bunion all\b", whole):
            for values in re.findall(r"finding_values\(\{(.*?)\}\)", select, re.DOTALL):
                words = set(re.findall(r"'(\w+)'", select.replace(values, "")))
                if "failures.failure as rule" in select:
                    words |= failures()
                if "unusual.rule" in select:
                    words |= set(re.findall(r"'(unusual_\w+)'", whole))
                found.append((words, set(re.findall(r"'(\w+)':", values))))
    return found


def failures() -> set[str]:
    """Why a line is not computed: each reason is the rule of its finding."""
    rooms = DBT_PROJECT_DIR / "models" / "intermediate"
    (tests,) = rooms.rglob("int_effective_factors.yml")
    (lines,) = rooms.rglob("int_line_factors.sql")
    accepted = tests.read_text(encoding="utf-8").split("accepted_values:")[1].split("- name:")[0]
    return {
        *re.findall(r"- (\w+)$", accepted, re.MULTILINE),
        *re.findall(r"then '(leased_\w+)'", lines.read_text("utf-8")),
    }


def test_an_observation_brings_a_value_for_every_placeholder_of_its_texts() -> None:
    selects = raised()
    rules = read_seed("finding_rules").filter(raised_by="calculation")
    assert len(rules) > 80
    for rule in rules.iter_rows(named=True):
        values = [filled for words, filled in selects if rule["rule"] in words]
        assert values, f"no observation raises {rule['rule']}"
        asked = {*PLACEHOLDER.findall(rule["text_en"]), *PLACEHOLDER.findall(rule["text_zh"])}
        assert any(asked <= filled for filled in values), (rule["rule"], rule["variant"], asked, values)


def test_every_rule_that_an_observation_raises_has_its_texts() -> None:
    known = set(read_seed("finding_rules")["rule"])
    named = set()
    for model in OBSERVATIONS.glob("int_*_observations.sql"):
        sql = model.read_text(encoding="utf-8")
        named |= set(re.findall(r"'(\w+)' as rule", sql))
        for select in re.findall(r"union all\s+select\s+((?:(?!\bfrom\b).)*?)finding_values", sql, re.DOTALL):
            first = re.match(r"(?:activities\.)?(?:activity_id, )?'(\w+)'", select)
            named |= {first[1]} if first else set()
    assert len(named) > 40
    assert named | failures() <= known
