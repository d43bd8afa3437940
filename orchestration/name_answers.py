"""The names of files that have no single activity type: as a workbook to answer in, and the answers back into
reference/activity_aliases.csv, so that each is asked about once. A feedback workbook is answered in its own list."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from data_contracts.answers.feedback_contents import ASK_FOR_NAMES
from data_contracts.declarations.vocabulary import Vocabulary, name_key
from orchestration.answer_workbooks import Form, NotAnswers, OtherFile, Row, keep, read_sheet
from orchestration.workspace import Workspace

FORM = Form(
    sheet="名称 names",
    guide=(
        "请在“对应的活动类型”列填写代码或名称，不对应任何类型的留空。"
        "填好后运行 helioledger names --answers 本文件，以后自动采用。",
        "Write the code or name of the activity type; leave empty what is none. Then run helioledger names --answers "
        "THIS-FILE: from then on the names are understood.",
    ),
    columns=(
        ("name", "文件中的名称", 36),
        ("activity_type", "对应的活动类型", 34),
        ("choices", "可选类型", 60),
        ("question_zh", "问题", 60),
        ("question_en", "question", 60),
    ),
    frozen=1,
)
LOOKS = ("wrapped", "question", "wrapped", "wrapped", "wrapped")
ALIAS_COLUMNS = ("name", "activity_type")
FORM_COLUMNS = ("name", "activity_type", "choices")
TABLE = "activity_aliases.csv"
# The columns of a list of findings that answer: what stood in the file, what is meant, and which rule asked.
IN_FEEDBACK = ("value", "answer", "rule")


def questions(findings: pl.DataFrame, vocabulary: Vocabulary) -> list[tuple[str | None, ...]]:
    """The rows of the workbook, one per name that the findings of intake ask about, with the types that fit or are
    likely."""
    asked = findings.filter(pl.col("rule").is_in(ASK_FOR_NAMES)).unique(
        "source_value", keep="first", maintain_order=True
    )
    said = vocabulary.resolve_activity_type(asked["source_value"])
    rows = []
    for name, zh, en, candidates, hint in zip(
        *asked.select("source_value", "message_zh", "message_en").iter_columns(),
        said["candidates"],
        said["hint_en"],
        strict=True,
    ):
        choices = candidates or (hint or "").removeprefix(" Did you mean ").removesuffix("?") or None
        rows.append((name, None, choices, zh, en))
    return rows


def write_workbook(rows: Iterable[tuple[str | None, ...]], path: Path) -> Path:
    """The names as a workbook, each with a drop-down of its choices."""
    return FORM.write((Row(row, LOOKS, (1, row[2].split(", ")) if row[2] else None) for row in rows), path)


def answers_in(path: Path, vocabulary: Vocabulary) -> list[dict[str, str]]:
    """The answers of a workbook, or of those in a folder that are answered, such as the feedback that came back into
    landing. Raises NotAnswers where there is none at all."""
    if not path.is_dir():
        return read_answers(path, vocabulary)
    answers: list[dict[str, str]] = []
    for file in sorted(path.rglob("*.xlsx")):
        with contextlib.suppress(OtherFile):
            answers += read_answers(file, vocabulary)
    return _agreed(path, answers)


def read_answers(path: Path, vocabulary: Vocabulary) -> list[dict[str, str]]:
    """The answered rows of a workbook of names or of feedback, as rows of activity_aliases.csv with codes.

    Raises NotAnswers for any other file, and where an answer is no activity type.
    """
    try:
        rows = read_sheet(path, FORM_COLUMNS, "workbook of `helioledger names`")
        said = [(row.get("name"), row.get("activity_type")) for row in rows]
    except OtherFile:
        rows = read_sheet(path, IN_FEEDBACK, "workbook of `helioledger names`, and no feedback workbook")
        said = [(row.get("value"), row.get("answer")) for row in rows if row.get("rule") in ASK_FOR_NAMES]
    schema = dict.fromkeys(ALIAS_COLUMNS, pl.String)
    answered = pl.DataFrame([one for one in said if all(one)], schema=schema, orient="row")
    known = vocabulary.activity_names.select("key", "code").drop_nulls()
    answered = answered.with_columns(key=name_key(pl.col("activity_type"))).join(
        known, on="key", how="left", maintain_order="left"
    )
    if wrong := answered.filter(pl.col("code").is_null())["activity_type"].to_list():
        raise NotAnswers(f"{path}: no activity type is called {', '.join(wrong)}. Nothing was changed.")
    return _agreed(path, answered.select("name", activity_type="code").to_dicts())


def _agreed(path: Path, answers: list[dict[str, str]]) -> list[dict[str, str]]:
    """Each answer once. Raises NotAnswers where a name has two."""
    codes: dict[str, str] = {}
    for row in answers:
        if codes.setdefault(row["name"], row["activity_type"]) != row["activity_type"]:
            raise NotAnswers(f"{path}: {row['name']} is answered in two ways. Nothing was changed.")
    return [{"name": name, "activity_type": code} for name, code in codes.items()]


def keep_answers(workspace: Workspace, answers: Iterable[dict[str, str]]) -> tuple[Path, int]:
    """Answers over the rows that reference/activity_aliases.csv has; the table and how many rows it holds then."""
    table = workspace.root / "reference" / TABLE
    return table, keep(table, ALIAS_COLUMNS, answers, lambda row: row["name"])
