"""The report as one HTML page that needs nothing else: no network, no script, the fonts of the system."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.reporting import pictures, words
from orchestration.reporting.blocks import Column, Facts, Figures, Table, Text
from orchestration.reporting.reading import NOTHING, Answer, BlockAnswer, Contents, decimals_of, printed, said

TEMPLATES = Path(__file__).with_name("templates")
# Letters of a cell that is not broken, and of one that is given room.
BRIEF, LONG = 10, 24
NOT_GIVEN = Text("Not given.", "未提供。")
UNPUBLISHED = Text("Not given: the marts have no {marts}.", "未提供：未发布数据集 {marts}。")


@dataclass(frozen=True)
class Cell:
    """What stands in a cell: (language, words), one or two, and what tells a reader of the page which figure it is."""

    words: list[tuple[str, str]]
    column: Column
    decimals: int | None = None
    status: str | None = None
    is_optional: bool = False
    link: str | None = None

    @property
    def shape(self) -> str | None:
        """How wide the cell is: a number and what is brief stand on one line, what is long asks for room."""
        longest = max(len(text) for _, text in self.words)
        if self.column.is_number:
            return "n"
        if self.column.kind == "hash":
            return "hash"
        return "brief" if longest <= BRIEF else "long" if longest >= LONG else None

    @property
    def is_nothing(self) -> bool:
        return self.words[0][1] == NOTHING


@dataclass(frozen=True)
class View:
    """A block as the template takes it."""

    kind: str
    name: str
    title: Text
    answers: tuple[Answer, ...]
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    figures: tuple[tuple[Answer, Column, Text, Cell], ...] = ()
    picture: str | None = None
    note: Text | None = None
    why_empty: Text | None = None
    is_wide: bool = False


def render(contents: Contents, language: str, release_id: str, version: str) -> str:
    """The page. language: `zh`, `en` or `both`."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.globals["said"] = lambda text: said(text, language)
    environment.globals["coded"] = _coded
    titles = {answered.section.name: answered.section.title for answered in contents.sections}
    sections = [
        (answered.section, [_view(block, contents, language, titles) for block in answered.blocks])
        for answered in contents.sections
    ]
    notice = contents.organization["data_notice"] and Text(
        contents.organization["data_notice"], contents.organization["data_notice_zh"]
    )
    return environment.get_template("report.html.j2").render(
        contents=contents,
        language=language,
        sections=sections,
        queries=[answer for _, views in sections for view in views for answer in view.answers],
        organization=Text(
            contents.organization["name"], contents.organization["name_zh"] or contents.organization["name"]
        ),
        notice=notice,
        release_id=release_id,
        version=version,
        style=(TEMPLATES / "report.css").read_text(encoding="utf-8"),
        Text=Text,
    )


def _coded(text: str) -> Any:
    """A text whose names of marts and commands, which stand between backticks, are shown as such."""
    from markupsafe import Markup, escape

    parts = [escape(part) for part in text.split("`")]
    if len(parts) % 2 == 0:  # a lone backtick is a letter
        return escape(text)
    return Markup("").join(Markup("<code>{}</code>").format(part) if at % 2 else part for at, part in enumerate(parts))


def _view(answered: BlockAnswer, contents: Contents, language: str, titles: Mapping[str, Text]) -> View:
    block = answered.block
    if isinstance(block, Figures):
        figures = tuple(
            (
                answer,
                column,
                unit,
                _cell(answer.rows[0] if answer.rows else {column.name: None}, column, contents, language),
            )
            for answer, (_, column, unit) in zip(answered.answers, block.figures, strict=True)
        )
        # A figure that there is not is said in its section.
        shown = tuple(figure for figure in figures if not figure[3].is_nothing)
        return View("figures", block.name, block.title, answered.answers, figures=shown)
    (answer,) = answered.answers
    rows = tuple(
        tuple(_cell(row, column, contents, language, titles) for column in block.columns) for row in answer.rows
    )
    picture = None
    if isinstance(block, Table) and block.picture and answer.rows:
        picture = pictures.draw(block, answer.rows, language, contents.tonnes_decimals)
    return View(
        "facts" if isinstance(block, Facts) else "table",
        block.name,
        block.title,
        answered.answers,
        block.columns,
        rows,
        picture=picture,
        note=block.note,
        why_empty=_why_empty(block, answer),
        is_wide=isinstance(block, Table) and block.is_wide,
    )


def _why_empty(block: Table | Facts, answer: Answer) -> Text | None:
    if answer.missing:
        marts = ", ".join(answer.missing)
        return Text(UNPUBLISHED.en.format(marts=marts), UNPUBLISHED.zh.format(marts=marts))
    if answer.rows:
        return None
    return getattr(block, "empty", None) or NOT_GIVEN


def _cell(
    row: Mapping[str, Any],
    column: Column,
    contents: Contents,
    language: str,
    titles: Mapping[str, Text] | None = None,
) -> Cell:
    return Cell(
        list(_words(row, column, contents, language, titles or {})),
        column,
        decimals_of(column, row[column.name], contents.tonnes_decimals) if column.is_number else None,
        str(row[column.name]) if column.kind == "status" else None,
        row.get("is_required") is False,
        str(row[column.name]) if column.name == "printed_in" else None,
    )


def _words(
    row: Mapping[str, Any], column: Column, contents: Contents, language: str, titles: Mapping[str, Text]
) -> Iterator[tuple[str, str]]:
    if column.name == "printed_in":
        yield from said(titles[row["printed_in"]], language)
        return
    languages = ("zh", "en") if language == "both" else (language,)
    texts = [printed(row, column, each, contents.tonnes_decimals) for each in languages]
    if len(set(texts)) == 1:
        yield languages[-1], texts[0]
    else:
        yield from zip(languages, texts, strict=True)


def missing_said(item: Mapping[str, Any]) -> str:
    """A missing item as the command line says it."""
    status = words.STATUSES["missing"]
    return f"{item['framework']} {item['item']} {item['name_en']} / {item['name_zh']}: {status.en} / {status.zh}"
