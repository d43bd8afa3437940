"""The report's page as a PDF, printed by a Chromium that is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
NONE_INSTALLED = (
    f"No PDF was made: none of {', '.join(BROWSERS)} is installed. Install Chromium, or print the page from a browser."
)
SECONDS = 180


class NotPrinted(Exception):
    """There is no browser, or it failed."""


def browser() -> str | None:
    """The path of the first Chromium that is installed."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def print_pdf(page: Path, target: Path) -> None:
    """Print a page of this machine into a PDF. Raises NotPrinted."""
    chromium = browser()
    if chromium is None:
        raise NotPrinted(NONE_INSTALLED)
    with tempfile.TemporaryDirectory(prefix="helioledger-print-") as profile:
        made = Path(profile) / "report.pdf"
        command = [
            chromium, "--headless", "--disable-gpu", "--no-first-run", f"--user-data-dir={profile}/profile",
            "--disable-extensions", "--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND",
            "--no-pdf-header-footer", "--generate-pdf-document-outline", f"--print-to-pdf={made}",
            # The page is our own and has no script; a browser of root has no sandbox to offer.
            *(["--no-sandbox"] if os.geteuid() == 0 else []),
            page.resolve().as_uri(),
        ]  # fmt: skip
        try:
            finished = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NotPrinted(f"No PDF was made: {error}") from None
        if finished.returncode or not made.is_file():
            last = (finished.stderr.strip().splitlines() or ["it wrote nothing"])[-1]
            raise NotPrinted(f"No PDF was made: {Path(chromium).name} failed. {last}")
        shutil.move(made, target)
