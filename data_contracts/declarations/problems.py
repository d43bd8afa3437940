"""Problems of settings and reference tables: unlike findings on delivered rows, they stop a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from data_contracts.declarations.rules import RULES, fill


@dataclass(frozen=True)
class Problem:
    """One problem: where it stands, which rule it breaks, and both messages.

    `row` is the 1-based row of the file (None: the whole file), `column` the column or settings key.
    """

    file: str
    sheet: str
    row: int | None
    column: str | None
    rule: str
    value: str | None
    message_en: str
    message_zh: str

    @classmethod
    def of(
        cls,
        rule: str,
        file: str,
        *,
        row: int | None = None,
        column: str | None = None,
        value: object = None,
        sheet: str = "",
        **details: object,
    ) -> Problem:
        """A problem whose messages are those of the rule, filled with the value and the details."""
        text = None if value is None else str(value)
        values = {**details, "value": text, "column": column}
        found = RULES[rule]
        return cls(file, sheet, row, column, rule, text, fill(found.en, values), fill(found.zh, values))

    def __str__(self) -> str:
        place = self.file
        if self.row is not None:
            place += f", row {self.row}"
        if self.column is not None:
            place += f", {self.column}"
        return f"{place}: {self.message_en} [{self.rule}]\n    {self.message_zh}"


class ReferenceProblems(Exception):
    """Settings or reference tables cannot be used; `problems` lists everything that is wrong, at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__(str(self))

    def __str__(self) -> str:
        count = len(self.problems)
        title = f"{count} problem{'s' if count != 1 else ''} in organization.yml or the reference tables"
        return "\n".join([title, *(f"  {problem}" for problem in self.problems)])
