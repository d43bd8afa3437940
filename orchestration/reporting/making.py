"""A report into a folder: the page, its PDF, the workbook of data points, and what is missing of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration import __version__, release, warehouse
from orchestration.workspace import Workspace

if TYPE_CHECKING:
    from orchestration.reporting.reading import Contents


@dataclass(frozen=True)
class Made:
    """What was written. pdf: None where there is none, and why."""

    contents: Contents
    page: Path
    forms: Path
    pdf: Path | None
    why_no_pdf: str | None

    @property
    def year(self) -> int:
        return self.contents.year

    @property
    def missing(self) -> list[Mapping[str, Any]]:
        """Required items that are missing, as `report_items` has them."""
        return self.contents.missing_items


def make(
    workspace: Workspace,
    year: int | None,
    language: str,
    output: Path | None = None,
    on_wait: Callable[[str], None] | None = None,
) -> Made:
    """Write the report of a year, by default the latest that is known whole, of the published marts.

    output: by default warehouse/reports/YEAR. Raises reading.NotPublished, warehouse.WarehouseBusy, OSError.
    """
    from orchestration.reporting import forms, page, printing, reading
    from orchestration.reporting.sections import SECTIONS

    manifest = release.published_manifest(workspace)
    if manifest is None:
        raise reading.NotPublished(f"Nothing is published in {workspace.root} yet; `helioledger run` does.")
    with warehouse.connect(workspace.published_database, read_only=True, on_wait=on_wait) as marts:
        marts.execute("set schema = 'marts'")
        contents = reading.read(marts, SECTIONS, reading.chosen_year(marts, year))
        folder = output or workspace.reports / str(contents.year)
        folder.mkdir(parents=True, exist_ok=True)
        workbook = forms.write_workbook(marts, contents.year, folder / f"disclosures-{contents.year}.xlsx")
    text = page.render(contents, language, manifest["release_id"], __version__)
    written = folder / f"report-{contents.year}-{language}.html"
    pdf, why = written.with_suffix(".pdf"), None
    if pdf.is_file() and written.is_file() and written.read_text(encoding="utf-8") == text:
        return Made(contents, written, workbook, pdf, None)  # the same page is not printed again
    _replace(written, text)
    try:
        printing.print_pdf(written, pdf)
    except printing.NotPrinted as reason:
        pdf.unlink(missing_ok=True)  # that of another page
        pdf, why = None, str(reason)
    return Made(contents, written, workbook, pdf, why)


def _replace(file: Path, text: str) -> None:
    part = file.with_name(f".{file.name}-{os.getpid()}")
    part.write_text(text, encoding="utf-8")
    os.replace(part, file)
