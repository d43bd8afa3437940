"""No result depends on the order of rows or on the names of files and of who sent them, nor on who sends which row."""

import csv
import random
from pathlib import Path

import duckdb
import pytest

# What says where a row came from, and when: these may differ.
SOURCES = frozenset(
    {"path", "landing_path", "submission_id", "superseded_by", "load_id", "source_sheet", "source_row", "received_at"}
    | {
        "file_hash",
        "content_hash",
        "sha256",
        "submitter",
        "submission_path",
        "submission_sha256",
        "finding_id",
        "factor_source_row",
        "message_en",
        "message_zh",
    }
    | {"archive_path", "size_bytes", "file_name"}
)
# What was delivered, file by file, and the log of when it was published.
EXEMPT = frozenset({"submissions", "evidence_list", "publications"})
# One per file, with the number of its cells or rows, on the first of them.
OF_FILES = {"findings": "rule not in ('read_otherwise', 'factor_not_applied')"}


def read_rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.reader(file))


def write_rows(path: Path, header: list[str], rows: list[list[str]]) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


@pytest.fixture(scope="module")
def two_companies(edges, copied, publish) -> tuple[Path, Path]:
    """The company of edges.py, with factors, gases, rates, meters, certificates and output of its own, and files that
    say the same twice, and its copy: each file's rows are sent by two submitters, under other names, and every table is
    in another order."""
    rng = random.Random(5)
    root = copied(edges.root)
    for path in sorted((root / "reference").glob("*.csv")):
        header, *rows = read_rows(path)
        write_rows(path, header, rng.sample(rows, len(rows)))
    for path in sorted((root / "landing").rglob("*.csv")):
        header, *rows = read_rows(path)
        path.unlink()
        feed, rows = path.name.split(".")[0].split("-")[0], rng.sample(rows, len(rows))
        for half in range(min(2, len(rows))):
            sent = path.parents[1] / f"sender-{rng.randrange(1000)}" / f"{feed}-{rng.randrange(1000)}.csv"
            write_rows(sent, header, rows[half::2])
    publish(root)
    return edges.root, root


def test_marts_are_equal_but_for_where_rows_came_from(two_companies: tuple[Path, Path]) -> None:
    with duckdb.connect() as connection:
        for name, root in zip(("one", "two"), two_companies, strict=True):
            path = root / "warehouse" / "published" / "helioledger.duckdb"
            connection.execute(f"attach '{path}' as {name} (read_only)")
        columns = connection.execute(
            "select table_name, column_name from information_schema.columns"
            " where table_catalog = 'one' and table_schema = 'marts' order by all"
        ).fetchall()
        differing = {}
        for mart in {table for table, _ in columns} - EXEMPT:
            kept = ", ".join(f'"{column}"' for table, column in columns if table == mart and column not in SOURCES)
            (count,) = connection.execute(
                f"select count(*) from (select {kept} from one.marts.{mart} where {OF_FILES.get(mart, True)}"
                f" except all select {kept} from two.marts.{mart})"
            ).fetchone()
            if count:
                differing[mart] = count
    assert differing == {}
