"""A query of many common table expressions as several statements, for Spark.

Spark writes a common table expression out wherever it is named: one that names another twice, which names a third
twice, is planned four times, and a model of thirty such steps for minutes. Here those that a long query would repeat
most are made once, as tables of their own, and the query reads them.
"""

import re
from dataclasses import dataclass

# So many tables may a query read, all that it repeats written out, before some of it is made first.
MOST_TABLES = 8
# In a text a backslash keeps the next character from ending it.
NOT_CODE = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^'\\]|\\.|'')*'|`[^`]*`", re.DOTALL)
# dbt's comment stands before it.
CREATE = re.compile(
    r"\s*(?:/\*.*?\*/\s*)?create\s+table\s+(?P<table>[\w.]+)\s+using\s+parquet\s+as\b", re.IGNORECASE | re.DOTALL
)
WITH = re.compile(r"\s*with(\s+recursive)?\b", re.IGNORECASE)
NAMED = re.compile(r"\s*(?P<name>\w+)\s+as\s*(?:materialized\s*)?\(", re.IGNORECASE)
READ = re.compile(r"\b(?P<verb>from|join)\s+(?P<name>[\w.]+)(?P<alias>\s+as\b)?", re.IGNORECASE)


@dataclass(frozen=True)
class Step:
    """A common table expression, or the query that follows them. read: the tables that it names, each as often."""

    name: str
    body: str
    read: tuple[str, ...]

    @property
    def is_recursive(self) -> bool:
        return self.name in self.read


def masked(sql: str) -> str:
    """The SQL with blanks in place of comments and of what is quoted, character by character."""
    return NOT_CODE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), sql)


def steps(sql: str) -> list[Step]:
    """The common table expressions of a query in order, and the query itself, which has no name."""
    code = masked(sql)
    found, place = [], 0
    if opened := WITH.match(code):
        place = opened.end()
        while named := NAMED.match(code, place):
            end = _closing(code, named.end())
            found.append(_step(named["name"], sql[named.end() : end]))
            place = end + 1
            rest = code[place:].lstrip()
            place = len(code) - len(rest)
            if not rest.startswith(","):
                break
            place += 1
    return [*found, _step("", sql[place:])]


def _step(name: str, body: str) -> Step:
    return Step(name, body, tuple(found["name"] for found in READ.finditer(masked(body))))


def _closing(code: str, place: int) -> int:
    """Where the parenthesis closes that was opened before a place."""
    depth = 1
    while depth:
        depth += {"(": 1, ")": -1}.get(code[place], 0)
        place += 1
    return place - 1


def made_first(found: list[Step]) -> set[str]:
    """The names of those steps that a query too long is to read as tables: those that it would repeat most."""
    chosen: set[str] = set()
    while True:
        # Tables read by a step with all that it writes out, and how often the query writes out each.
        tables: dict[str, int] = {}
        for step in found:
            read = [1 if name in chosen else tables.get(name, 1) for name in step.read if name != step.name]
            # A recursion is computed step by step wherever it is named.
            tables[step.name] = max(sum(read), 1) + (MOST_TABLES if step.is_recursive else 0)
        worst = ("", 0)
        for target in [step for step in found if step.name in chosen or not step.name]:
            if tables[target.name] <= MOST_TABLES:
                continue
            times = {target.name: 1}
            for step in reversed(found[: found.index(target) + 1]):
                for name in step.read if step.name == target.name or step.name not in chosen else ():
                    times[name] = times.get(name, 0) + (times.get(step.name, 0) if name != step.name else 0)
            for step in found:
                repeated = (times.get(step.name, 0) - 1) * tables[step.name]
                if step.name and step.name not in chosen and repeated > worst[1]:
                    worst = (step.name, repeated)
        if not worst[0]:
            return chosen
        chosen.add(worst[0])


def statements(sql: str, scratch: str) -> list[str]:
    """The statements that make a table of a query: one where it is short, else its shared steps before it.

    scratch: schema of the tables of the steps, which are named after the table.
    """
    created = CREATE.match(sql)
    if not created:
        return [sql]
    found = steps(sql[created.end() :])
    chosen = made_first(found)
    if not chosen:
        return [sql]
    tables = {name: f"{scratch}.{created['table'].replace('.', '__')}__{name}" for name in chosen}
    made = [
        f"create table {tables[step.name]} using parquet as\n{_query(step, found, tables)}"
        for step in found
        if step.name in chosen
    ]
    return [*made, f"{created[0]}\n{_query(found[-1], found, tables)}"]


def _query(step: Step, found: list[Step], tables: dict[str, str]) -> str:
    """What a step says, with the steps before it that it reads and that are no tables."""
    needed, waiting = {step.name}, [step]
    while waiting:
        for name in waiting.pop().read:
            if name not in needed and name not in tables:
                needed.add(name)
                waiting += [one for one in found if one.name == name]
    before = [one for one in found if one.name in needed and one.name != step.name]
    if step.is_recursive:
        before.append(step)
    recursive = " recursive" if any(one.is_recursive for one in before) else ""
    listed = ",\n".join(f"{one.name} as ({_reading(one, tables)})" for one in before)
    query = f"select * from {step.name}" if step.is_recursive else _reading(step, tables)
    return f"with{recursive} {listed}\n{query}" if before else query


def _reading(step: Step, tables: dict[str, str]) -> str:
    """The body of a step, which reads tables where steps have become such."""
    parts: list[str] = []
    place = 0
    for found in READ.finditer(masked(step.body)):
        name = found["name"]
        if name in tables and name != step.name:
            alias = "" if found["alias"] else f" as {name}"
            parts += [step.body[place : found.start("name")], tables[name], alias]
            place = found.end("name")
    return "".join([*parts, step.body[place:]])
