"""Workbooks for people: what is wrong with a file, marked in the sender's own cells, and templates to fill in.

Nothing in them is a live formula: every cell is written as a plain string.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from data_contracts.feeds import Column, Feed
from data_contracts.reading import (
    FINDINGS_SHEET,
    INSTRUCTIONS_SHEET,
    LISTS_SHEET,
    Grid,
    find_header,
    read_grids,
)
from data_contracts.vocabulary import Vocabulary

# Larger sheets are shown by their faulty rows only; a workbook of comments in every cell does not open.
ROWS_COPIED = 20_000
CELLS_MARKED = 5_000
FINDINGS_LISTED = 50_000
TEMPLATE_ROWS = 1_000
NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
SAFE = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
SOURCE_ROW_HEADER = "原行号\nsource row"


def write_feedback(path: Path, findings: pl.DataFrame, out: Path, name: str | None = None) -> Path:
    """A copy of a delivered file with its faulty cells marked and commented, after a sheet that lists the findings.

    `findings` are those of this file (columns of judging.FINDING_SCHEMA that matter: source_sheet, source_row,
    column_name, severity, messages). `name` is the delivered file name where `path` has another, as in an archive.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    grids, _ = read_grids(name or path.name, path)
    with xlsxwriter.Workbook(out, SAFE) as workbook:
        formats = {
            # Cells of text stay text when somebody edits them, whatever they begin with.
            name: workbook.add_format({"num_format": "@", **properties})
            for name, properties in {
                "title": {"bold": True, "bg_color": "#D9E1F2", "text_wrap": True, "valign": "top"},
                "error": {"bg_color": "#FFC7CE"},
                "warning": {"bg_color": "#FFEB9C"},
                "info": {"bg_color": "#DDEBF7"},
                "wrap": {"text_wrap": True, "valign": "top"},
                "plain": {},
            }.items()
        }
        _list_findings(workbook, formats, findings)
        for feed, grid in grids:
            about = findings.filter(pl.col("source_sheet").fill_null("") == grid.sheet)
            taken = {sheet.get_name().casefold() for sheet in workbook.worksheets()}
            sheet = workbook.add_worksheet(_sheet_name(grid.sheet or feed.zh, taken))
            _copy_grid(sheet, formats, feed, grid, about)
    return out


def _sheet_name(name: str, taken: Collection[str]) -> str:
    """A name Excel accepts and no other sheet has; the feed stays readable at its beginning."""
    name = NOT_IN_SHEET_NAMES.sub("_", name).strip("'")[:31] or "_"
    numbered = (name[: 31 - len(mark)] + mark for mark in (f"-{number}" for number in itertools.count(2)))
    return next(one for one in itertools.chain([name], numbered) if one.casefold() not in taken)


def _list_findings(workbook: xlsxwriter.Workbook, formats: dict[str, Any], findings: pl.DataFrame) -> None:
    sheet = workbook.add_worksheet(FINDINGS_SHEET)
    columns = {
        "severity": ("级别\nseverity", 10),
        "source_sheet": ("工作表\nsheet", 14),
        "source_row": ("行\nrow", 8),
        "column_name": ("列\ncolumn", 18),
        "source_value": ("内容\nvalue", 24),
        "message_zh": ("说明\nmessage (zh)", 60),
        "message_en": ("说明\nmessage (en)", 60),
        "rule": ("规则\nrule", 22),
    }
    order = pl.col("severity").replace_strict({"error": 0, "warning": 1, "info": 2}, default=3)
    listed = findings.sort(order, "source_sheet", "source_row", maintain_order=True).head(FINDINGS_LISTED)
    counts = dict(findings.group_by("severity").len().iter_rows())
    summary = ", ".join(f"{counts.get(name, 0)} {name}" for name in ("error", "warning", "info"))
    sheet.write_string(0, 0, f"检查结果 / Findings: {summary}", formats["title"])
    for position, (name, (title, width)) in enumerate(columns.items()):
        sheet.write_string(1, position, title, formats["title"])
        sheet.set_column(position, position, width)
        sheet.write_column(2, position, _strings(listed[name]), formats["wrap"])
    sheet.freeze_panes(2, 0)


def _copy_grid(sheet: Any, formats: dict[str, Any], feed: Feed, grid: Grid, findings: pl.DataFrame) -> None:
    found = find_header(feed, grid)
    at, header = found.last, found.titles
    cells = grid.cells
    rows = grid.rows
    if at < 0:
        # A file without a header row of its own gets one, so that what comes back can be read again.
        sheet.write_row(0, 0, list(header), formats["title"])
    shift = 1 if at < 0 else 0
    if len(cells) > ROWS_COPIED:
        faulty = findings.filter(pl.col("severity") != "info")["source_row"].drop_nulls().unique()
        kept = (
            pl.DataFrame({"row": rows})
            .with_row_index("at")
            .filter((pl.col("at") <= at) | pl.col("row").is_in(faulty.implode()))
            .head(ROWS_COPIED)
        )
        cells, rows = cells[kept["at"]], rows.gather(kept["at"])
        sheet.write_string(max(at, 0), cells.width, SOURCE_ROW_HEADER, formats["title"])
        sheet.write_column(at + 1 + shift, cells.width, _strings(rows[at + 1 :]), formats["plain"])
    for position in range(cells.width):
        sheet.write_column(shift, position, _strings(cells[str(position)]), formats["plain"])
    positions = {
        column: position
        for position, title in reversed(list(enumerate(header)))
        if title and (column := feed.match_header(title) or title)
    }
    place = pl.DataFrame({"source_row": rows, "at": pl.int_range(shift, len(rows) + shift, eager=True)})
    marks = (
        findings.filter(pl.col("severity") != "info")
        .join(place, on="source_row", how="inner", maintain_order="left")
        .with_columns(position=pl.col("column_name").replace_strict(positions, default=0, return_dtype=pl.Int64))
        .group_by("at", "position", maintain_order=True)
        .agg(
            pl.col("severity").sort().first(),
            pl.format("{}\n{}", "message_zh", "message_en").str.join("\n\n").alias("comment"),
        )
        .head(CELLS_MARKED)
    )
    # One call per marked cell is how the writer works; their number is bounded.
    for row, position, severity, comment in marks.iter_rows():
        value = cells[str(position)][row - shift] if position < cells.width else None
        sheet.write_string(row, position, value or "", formats[severity])
        sheet.write_comment(row, position, comment[:2000], {"x_scale": 3, "y_scale": 2})


def write_template(feed: Feed, vocabulary: Vocabulary, out: Path) -> Path:
    """An empty workbook for a feed: bilingual headers the reader accepts unchanged, drop-downs, and instructions with
    an example beside them on a sheet of their own."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(out, SAFE) as workbook:
        required = workbook.add_format({"bold": True, "bg_color": "#F8CBAD", "text_wrap": True, "valign": "top"})
        optional = workbook.add_format({"bg_color": "#E2EFDA", "text_wrap": True, "valign": "top"})
        text = workbook.add_format({"num_format": "@"})
        wrap = workbook.add_format({"text_wrap": True, "valign": "top"})
        sheet = workbook.add_worksheet(feed.zh)
        help_sheet = workbook.add_worksheet(INSTRUCTIONS_SHEET)
        lists = workbook.add_worksheet(LISTS_SHEET)
        for position, column in enumerate(feed.columns):
            sheet.write_string(0, position, column.bilingual_header, required if column.required else optional)
            # Identifiers and periods as text, so that Excel neither shortens nor re-dates them.
            sheet.set_column(position, position, 16, None if column.kind in ("number", "date") else text)
            choices = _choices(column, vocabulary)
            if choices:
                letter = xl_col_to_name(position)
                lists.write_string(0, position, column.bilingual_header, optional)
                lists.write_column(1, position, choices)
                source = f"='{LISTS_SHEET}'!${letter}$2:${letter}${len(choices) + 1}"
                sheet.data_validation(
                    1,
                    position,
                    TEMPLATE_ROWS,
                    position,
                    {
                        "validate": "list",
                        "source": source,
                        "error_type": "warning" if column.kind == "unit" else "stop",
                    },
                )
        sheet.freeze_panes(1, 0)
        _instructions(help_sheet, feed, {"title": required, "wrap": wrap})
    return out


def _instructions(sheet: Any, feed: Feed, formats: dict[str, Any]) -> None:
    sheet.write_string(0, 0, f"{feed.zh} / {feed.name} {feed.version}", formats["title"])
    sheet.write_string(1, 0, feed.description_zh)
    sheet.write_string(2, 0, feed.description)
    sheet.write_string(
        3,
        0,
        "示例列仅供参考，请勿在本表填写数据。The example column is for reading only; data goes on the first sheet.",
    )
    titles = ("列\ncolumn", "必填\nrequired", "说明", "description", "单位\nunit", "示例\nexample")
    columns = (
        [column.bilingual_header for column in feed.columns],
        ["是 yes" if column.required else "否 no" for column in feed.columns],
        [column.description_zh for column in feed.columns],
        [column.description for column in feed.columns],
        [column.unit or "" for column in feed.columns],
        [column.example for column in feed.columns],
    )
    for position, (title, values, width) in enumerate(zip(titles, columns, (24, 10, 36, 48, 14, 24), strict=True)):
        sheet.write_string(5, position, title, formats["title"])
        sheet.write_column(6, position, values, formats["wrap"])
        sheet.set_column(position, position, width)


def _choices(column: Column, vocabulary: Vocabulary) -> list[str]:
    match column.kind:
        case "facility":
            return vocabulary.facilities["facility_id"].to_list()
        case "activity_type":
            return vocabulary.activity_types["activity_type"].to_list()
        case "unit":
            return vocabulary.units.filter(pl.col("unit") != pl.col("dimension")).sort("position")["unit"].to_list()
        case "currency":
            currencies = vocabulary.units.filter(pl.col("unit") == pl.col("dimension"))["unit"].to_list()
            return sorted(currencies, key=lambda code: (code != "CNY", code))
        case "choice" | "name":
            return list(column.values)
        case _:
            return []


def _strings(values: pl.Series) -> list[str | None]:
    return values.cast(pl.String).to_list()
