"""What a data engineer sees in the Dagster UI after a run over four months, one of them with a row that is refused."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from orchestration.workspace import script

from .conftest import Company

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHROMIUM_FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--no-first-run",
]  # fmt: skip
PATIENCE_SECONDS = 120
GROUPS = (
    "reference", "shared_reference", "effective_reference", "landing", "staging", "deliveries", "completeness",
    "activities", "coverage", "factors", "scope2", "boundary", "lines", "allocation", "metrics", "targets", "marts",
    "target_rules", "closes", "versions", "observations", "publication", "report",
)  # fmt: skip


@pytest.fixture(scope="module")
def chromium(need_program):
    path = need_program("Chromium", "chromium", "chromium-browser", "google-chrome")
    if not os.environ.get("CI"):
        pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    return path


@pytest.fixture(scope="module")
def root(company, copied):
    """A workspace that has been run; a copy, since the UI writes its history too."""
    return copied(company.root, with_warehouse=True)


@pytest.fixture(scope="module")
def server(chromium, root):
    """The address of its UI."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = root / "warehouse" / "ui.log"
    # A session of its own, so that all its processes end with it.
    with log.open("wb") as output:
        process = subprocess.Popen(
            [script("helioledger"), "ui", "--workspace", str(root), "--port", str(port)],
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/server_info", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        # As Ctrl+C does; should it not be enough, nothing may be left behind all the same.
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(timeout=60)
            left = session(process.pid)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert left == [], "Ctrl+C left processes behind"


def session(leader: int) -> list[str]:
    """The command lines of the processes of a session that are still there."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, _, of_session = stat.read_text().rpartition(")")[2].split()[:4]
            if int(of_session) == leader and state != "Z":
                found.append((stat.parent / "cmdline").read_text().replace("\0", " "))
    return found


def wait_for(address: str, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(f"The UI did not start:\n{log.read_text(errors='replace')}")


@pytest.fixture(scope="module")
def browser(chromium):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def context(server, browser):
    """One visitor of the UI, whose browser keeps the pages' scripts as they were read the first time."""
    viewport = {"width": 1600, "height": 1000}
    context = browser.new_context(base_url=server, viewport=viewport, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_SECONDS * 1000 / 2)
    context.set_default_navigation_timeout(PATIENCE_SECONDS * 1000 / 2)
    yield context
    context.close()


@pytest.fixture
def page(context, tmp_path):
    """A page of the UI; what it showed at the end is kept as a picture."""
    page = context.new_page()
    yield page
    page.screenshot(path=tmp_path / "page.png")
    page.close()


def test_the_graph_shows_every_group_from_landing_to_publication(page):
    page.goto("/asset-groups")
    for group in GROUPS:
        page.get_by_text(group, exact=True).first.wait_for()


def test_the_months_that_were_run_are_materialised_and_no_others(page):
    page.goto("/assets/raw/energy_ledger?view=partitions&partition=2024-01")
    page.get_by_text("Materialized (4)", exact=True).wait_for()
    page.get_by_text("Failed (0)", exact=True).wait_for()
    page.get_by_text("Materialized", exact=True).wait_for()
    page.get_by_text("monthly_inventory").first.wait_for()
    page.goto("/assets/raw/energy_ledger?view=partitions&partition=2024-05")
    page.get_by_text("No metadata entries").wait_for()
    assert page.get_by_text("Materialized", exact=True).count() == 0


def test_a_failed_contract_shows_its_counts_and_its_first_failures(page):
    page.goto("/assets/raw/energy_ledger?view=checks")
    page.get_by_text("Every delivered row of the selected months meets the feed's contract.").wait_for()
    page.get_by_text("Failed", exact=True).first.wait_for()
    counts = {}
    for name in ("rows_in", "rows_valid", "rows_rejected"):
        row = page.get_by_role("row").filter(has_text=name)
        counts[name] = int(row.inner_text().replace(name, ""))
    assert counts == {"rows_in": 10, "rows_valid": 9, "rows_rejected": 1}
    page.get_by_text("[Show Markdown]").click()
    failures = page.get_by_role("dialog").filter(has_text="first_failures")
    for said in ("2024-01/north/energy_ledger.xlsx", "activity_type", "moon_light"):
        failures.get_by_text(said).first.wait_for()


def test_a_contract_that_all_rows_meet_passes(page):
    page.goto("/assets/raw/invoices?view=checks")
    page.get_by_text("Passed", exact=True).first.wait_for()
    assert page.get_by_text("Failed", exact=True).count() == 0


def test_the_publication_says_what_it_holds(page):
    page.goto("/assets/publication")
    for said in ("release_id", "rows/emissions", "rows/scope12_trend", "landing_changes"):
        page.get_by_text(said, exact=True).first.wait_for()


def test_the_report_follows_the_publication(page):
    page.goto("/assets/annual_report")
    for said in ("report_after_publication", "report_of_the_year", "any_deps_updated", "publication"):
        page.get_by_text(said, exact=True).first.wait_for()
    page.goto("/jobs")
    for job in ("close_year", "re_performance_pack", "keep_sample"):
        page.get_by_text(job, exact=True).first.wait_for()


def finished(page, run: str) -> str:
    """How a run ended, as the UI's own interface tells it: a page that shows a run as it goes on costs more than it."""
    query = "query ($run: ID!) { runOrError(runId: $run) { ... on Run { status } } }"
    asked = {"query": query, "variables": {"run": run}}
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        status = page.request.post("/graphql", data=asked).json()["data"]["runOrError"]["status"]
        if status in ("SUCCESS", "FAILURE", "CANCELED"):
            return status
        time.sleep(0.5)
    raise AssertionError(f"run {run} is still {status}")


def test_a_year_is_closed_and_reopened_by_its_job(page, root):
    """The second waits in the queue for the first."""
    runs = []
    for action, reason in (("close", "annual report"), ("reopen", "late invoices")):
        page.goto("/jobs")
        page.get_by_role("link", name="close_year").first.click()
        page.get_by_role("button", name="Materialize all").click()
        # The launchpad comes with what has a default, and says what is missing.
        page.get_by_text("Missing required config entries").wait_for()
        config = json.dumps({"ops": {"closing": {"config": {"action": action, "year": 2024, "reason": reason}}}})
        page.evaluate(
            "text => [...document.querySelectorAll('.CodeMirror')].map(one => one.CodeMirror)"
            ".find(editor => editor.getValue().startsWith('ops')).setValue(text)",
            config,
        )
        page.get_by_text("No errors", exact=True).wait_for()
        page.locator('button:has-text("Materialize")').last.click()
        page.wait_for_url("**/runs/**")
        runs.append(urlsplit(page.url).path)
    page.goto("about:blank")
    for run in runs:
        assert finished(page, Path(run).name) == "SUCCESS"
        page.goto(run)
        page.get_by_text("Success", exact=True).first.wait_for()
        page.goto("about:blank")
    closed = Company(root).rows("select version, reason, reopened_reason from closed_inventories")
    assert closed == [(1, "annual report", "late invoices")]
