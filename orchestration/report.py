"""What the command line prints after a run: the published figures, or what stopped the run."""

import contextlib
from collections.abc import Iterator

import duckdb

from orchestration import warehouse
from orchestration.console import percent, print_table, rounded, say
from orchestration.execution import Outcome
from orchestration.transformation import FailedNode, failed_nodes
from orchestration.workspace import Workspace

LISTED_SUBMISSIONS = 20
SEVERITY_ORDER = "case severity when 'error' then 0 when 'warning' then 1 else 2 end"


@contextlib.contextmanager
def _published(workspace: Workspace) -> Iterator[duckdb.DuckDBPyConnection]:
    with warehouse.connect(workspace.published_database, read_only=True) as connection:
        connection.execute("set schema = 'marts'")
        yield connection


def print_publication(workspace: Workspace, data_notice: str | None) -> None:
    """The figures of the published release, and where it is."""
    with _published(workspace) as marts:
        present = {row[0] for row in marts.execute("select table_name from duckdb_tables()").fetchall()}
        if data_notice:
            say(f"\nNote: {data_notice}")
        say()
        for mart, section in SECTIONS.items():
            if mart in present:
                section(marts)
    if any(workspace.feedback.glob("*/*/*.xlsx")):
        say(f"Feedback workbooks for the senders of refused rows: {workspace.feedback}")
    say(f"Published: {workspace.published_database}")
    say(
        f'Query it:  helioledger query --workspace {workspace.root} "select year, facility_id, sum(co2e_t) as co2e_t'
        ' from inventory group by all order by all"'
    )


def _print_submissions(marts: duckdb.DuckDBPyConnection) -> None:
    current = "status not in ('withdrawn', 'superseded')"
    counts = "sum(rows_in), sum(rows_accepted), sum(rows_rejected), sum(rows_duplicate)"
    number, *sums = marts.execute(f"select count(*), {counts} from submissions where {current}").fetchall()[0]
    listed = marts.execute(
        "select path, status, rows_in, rows_accepted, rows_rejected, rows_duplicate from submissions"
        f" where {current} order by rows_rejected > 0 or rows_in = 0 desc, path limit {LISTED_SUBMISSIONS}"
    ).fetchall()
    if number > len(listed):
        listed.append((f"... and {number - len(listed)} more", *[""] * 5))
    listed.append((f"all {number} submissions", "", *(value or 0 for value in sums)))
    columns = ["submission", "status", "rows in", "accepted", "rejected", "duplicate"]
    print_table("Submissions (rows in = accepted + rejected + duplicate)", columns, listed, columns[2:])


def _print_findings(marts: duckdb.DuckDBPyConnection) -> None:
    rows = marts.execute(
        "select severity, rule, count(*) from findings group by severity, rule"
        f" order by {SEVERITY_ORDER}, count(*) desc, rule"
    ).fetchall()
    if rows:
        print_table("Findings", ["severity", "rule", "count"], rows, ["count"])
    else:
        say("Findings: none.\n")


def _print_headline(marts: duckdb.DuckDBPyConnection) -> None:
    """The figure that counts, per year and scope; a year that is not known whole has none."""
    rows = marts.execute(
        "select year, 'Scope ' || scope, co2e_t, basis, difference_t, months_covered, is_whole_year from headline"
        " where co2e_t is not null or calculated_co2e_t is not null order by year, scope"
    ).fetchall()
    if rows:
        columns = ["year", "scope", "t CO2e", "basis", "reported - calculated", "months", "whole year"]
        print_table(
            "The figure of each year (Scope 2 in target_scope2_method; choose a scope, never add them)",
            columns,
            [
                (year, scope, rounded(tonnes), basis or "-", rounded(difference), months, _yes_or_no(whole))
                for year, scope, tonnes, basis, difference, months, whole in rows
            ],
            [columns[2], *columns[4:6]],
        )


def _print_tonnes(marts: duckdb.DuckDBPyConnection) -> None:
    rows = marts.execute(
        "select year, basis, 'Scope ' || scope, scope2_method, sum(co2e_t) from scope_emissions"
        " where scope is not null group by all order by 1, 2, 3, 4"
    ).fetchall()
    if rows:
        columns = ["year", "basis", "scope", "method", "t CO2e"]
        print_table(
            "Emissions (the two Scope 2 methods are alternatives, never a sum; reported and calculated likewise)",
            columns,
            [(*row[:-1], rounded(row[-1])) for row in rows],
            columns[-1:],
        )
    else:
        say("Emissions: nothing to report yet.\n")


def _print_comparison(marts: duckdb.DuckDBPyConnection) -> None:
    """The latest year that is both calculated and published, line by line."""
    rows = marts.execute(
        "select year, name_en, calculated, reported, difference, unit from inventory_comparison"
        " where year = (select max(year) from inventory_comparison)"
        " order by line_order, try_cast(item as integer), item"
    ).fetchall()
    if rows:
        columns = ["figure", "calculated", "reported", "difference", "unit"]
        print_table(
            f"The inventory of {rows[0][0]} beside the reported one",
            columns,
            [(name, *(rounded(figure) for figure in figures), unit) for _, name, *figures, unit in rows],
            columns[1:4],
        )


def _print_trend(marts: duckdb.DuckDBPyConnection) -> None:
    rows = marts.execute(
        "select year, basis, months_covered, actual_co2e_t, pathway_co2e_t, gap_t, change_from_base, on_track"
        " from scope12_trend where grain = 'year' order by year"
    ).fetchall()
    if rows:
        columns = ["year", "basis", "months", "actual t", "pathway t", "gap t", "change from base", "on track"]
        print_table(
            "Scope 1+2 trend",
            columns,
            [
                (*row[:3], *(rounded(tonnes) for tonnes in row[3:6]), percent(row[6]), _yes_or_no(row[7]))
                for row in rows
            ],
            columns[2:7],
        )


def _yes_or_no(value: bool | None) -> str:
    return "-" if value is None else ("yes" if value else "no")


SECTIONS = {
    "submissions": _print_submissions,
    "findings": _print_findings,
    "headline": _print_headline,
    "scope_emissions": _print_tonnes,
    "inventory_comparison": _print_comparison,
    "scope12_trend": _print_trend,
}


def print_stop(workspace: Workspace, outcome: Outcome) -> None:
    """What stopped a run, with the rows a check found, and what that means for readers."""
    steps = {step.name: step.message for step in outcome.stopped}
    nodes = failed_nodes(workspace) if "inventory" in steps else []
    if nodes:
        for node in nodes:
            _print_failed_node(node)
    else:
        for name, message in steps.items():
            say(f"Stopped at {name}:\n{message}\n")
    print_untouched(workspace)
    say(f"Log: {outcome.log}")


def _print_failed_node(node: FailedNode) -> None:
    if node.kind == "test":
        say(f"Stopped by the check {node.name}: {node.message}")
    else:
        say(f"Stopped at the {node.kind} {node.name} ({node.file}):\n{node.message}")
    if node.rows:
        print_table("", node.columns, node.rows)
    say()


def print_untouched(workspace: Workspace) -> None:
    if workspace.published_database.is_file():
        say(f"Nothing was published; the last publication is untouched: {workspace.published_database}")
    else:
        say("Nothing was published.")
