"""The names of files that have no single activity type: as a workbook to answer in, and the answers back into
reference/activity_aliases.csv, so that each is asked about once."""

from __future__ import annotations

import contextlib
import csv
from collections.abc import Iterable
from pathlib import Path

import openpyxl
import polars as pl
import xlsxwriter

from data_contracts.declarations.vocabulary import Vocabulary, name_key
from orchestration.workspace import Workspace

ASKED = ("unknown_activity_type", "ambiguous_activity_type", "activity_type_open")
COLUMNS = (
    ("name", "文件中的名称", 36),
    ("activity_type", "对应的活动类型", 34),
    ("choices", "可选类型", 60),
    ("question_zh", "问题", 60),
    ("question_en", "question", 60),
)
ALIAS_COLUMNS = ("name", "activity_type")
TABLE = "activity_aliases.csv"
GUIDE = (
    "请在“对应的活动类型”列填写代码或名称，不对应任何类型的留空。"
    "填好后运行 helioledger names --answers 本文件，以后自动采用。",
    "Write the code or name of the activity type; leave empty what is none. Then run helioledger names --answers "
    "THIS-FILE: from then on the names are understood.",
)
HEADER_ROW = len(GUIDE)
# Of a drop-down, as a workbook may hold it.
LONGEST_LIST = 255


class NotAnswers(Exception):
    """A file that is no workbook of `helioledger names`, or answers that name no activity type."""


def questions(findings: pl.DataFrame, vocabulary: Vocabulary) -> list[tuple[str | None, ...]]:
    """The rows of the workbook, one per name that the findings of intake ask about, with the types that fit or are
    likely."""
    asked = findings.filter(pl.col("rule").is_in(ASKED)).unique("source_value", keep="first", maintain_order=True)
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
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as workbook:
        sheet = workbook.add_worksheet("名称 names")
        head = workbook.add_format({"bold": True, "bg_color": "#D9E1F2", "border": 1, "text_wrap": True})
        wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
        answer = workbook.add_format({"bg_color": "#FFEB9C", "valign": "top"})
        plain_text = workbook.add_format({"text_wrap": True, "valign": "top"})
        for line, text in enumerate(GUIDE):
            sheet.merge_range(line, 0, line, len(COLUMNS) - 1, text, plain_text)
            sheet.set_row(line, 32)
        sheet.set_row(HEADER_ROW, 32)
        for position, (name, zh, width) in enumerate(COLUMNS):
            sheet.write_string(HEADER_ROW, position, f"{zh}\n{name}", head)
            sheet.set_column(position, position, width)
        for line, row in enumerate(rows, start=HEADER_ROW + 1):
            # Chinese letters are as wide as two others.
            widths = [len((text or "").encode("gb18030")) for text in row]
            lines = max(taken // (width - 4) + 1 for taken, (*_, width) in zip(widths, COLUMNS, strict=True))
            sheet.set_row(line, 15 * lines)
            for position, text in enumerate(row):
                looks = answer if COLUMNS[position][0] == "activity_type" else wrapped
                if text is None:
                    sheet.write_blank(line, position, None, looks)
                else:
                    sheet.write_string(line, position, text, looks)
            choices = (row[2] or "").split(", ")
            if choices[0] and len(",".join(choices)) <= LONGEST_LIST:
                choice = {"validate": "list", "source": choices, "error_type": "warning"}
                sheet.data_validation(line, 1, line, 1, choice)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(HEADER_ROW)
        sheet.freeze_panes(HEADER_ROW + 1, 1)
    return path


def read_answers(path: Path, vocabulary: Vocabulary) -> list[dict[str, str]]:
    """The answered rows, as rows of activity_aliases.csv with codes.

    Raises NotAnswers for any other file, and where an answer is no activity type.
    """
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:
        raise NotAnswers(f"{path} cannot be read as a workbook: {error}") from None
    with contextlib.closing(book):
        rows = list(book.worksheets[0].iter_rows(values_only=True))
    names = [str(cell or "").split("\n")[-1].strip() for cell in (rows[HEADER_ROW] if len(rows) > HEADER_ROW else ())]
    if not set(ALIAS_COLUMNS) <= set(names):
        raise NotAnswers(f"{path} is no workbook of `helioledger names`.")
    at = [names.index(column) for column in ALIAS_COLUMNS]
    said = [[str(row[place] or "").strip() for place in at] for row in rows[HEADER_ROW + 1 :] if len(row) > max(at)]
    schema = dict.fromkeys(ALIAS_COLUMNS, pl.String)
    answered = pl.DataFrame([row for row in said if all(row)], schema=schema, orient="row")
    known = vocabulary.activity_names.select("key", "code").drop_nulls()
    answered = answered.with_columns(key=name_key(pl.col("activity_type"))).join(
        known, on="key", how="left", maintain_order="left"
    )
    if wrong := answered.filter(pl.col("code").is_null())["activity_type"].to_list():
        raise NotAnswers(f"{path}: no activity type is called {', '.join(wrong)}. Nothing was changed.")
    return answered.select("name", activity_type="code").to_dicts()


def keep_answers(workspace: Workspace, answers: Iterable[dict[str, str]]) -> tuple[Path, int]:
    """Answers over the rows that reference/activity_aliases.csv has; the table and how many rows it holds then."""
    path = workspace.root / "reference" / TABLE
    rows: list[dict[str, str]] = []
    if path.is_file():
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    kept = {row["name"]: row for row in (*rows, *answers)}
    with path.open("w", encoding="utf-8", newline="") as file:
        columns = dict.fromkeys((*ALIAS_COLUMNS, *(rows[0] if rows else ())))
        writer = csv.DictWriter(file, list(columns), lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept.values())
    return path, len(kept)
