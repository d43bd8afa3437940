"""No result depends on the order of rows or on the names of files and of who sent them."""

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
# What was delivered, and the log of when it was published.
EXEMPT = frozenset({"submissions", "publications"})


def shuffle_rows(path: Path, rng: random.Random) -> None:
    with path.open(newline="", encoding="utf-8-sig") as file:
        header, *rows = csv.reader(file)
    rng.shuffle(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


@pytest.fixture(scope="module")
def two_companies(edges, copied, publish) -> tuple[Path, Path]:
    """The company of edges.py, which has factors, gases, processes, rates, meters, certificates and output of its own,
    and its copy with other names of submitters and files, each feed in two, and every table in another order."""
    rng = random.Random(5)
    root = copied(edges.root)
    for path in sorted((root / "reference").glob("*.csv")):
        shuffle_rows(path, rng)
    for month in sorted(path for path in (root / "landing").iterdir() if path.is_dir()):
        for number, submitter in enumerate(sorted(month.iterdir(), key=lambda path: path.name, reverse=True)):
            renamed = submitter.rename(month / f"renamed-{number}")
            for path in sorted(renamed.glob("*.csv")):
                shuffle_rows(path, rng)
                header, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
                for part, place in enumerate((renamed, month / f"another-{number}")):
                    place.mkdir(exist_ok=True)
                    name = f"{path.name.split('.')[0].split('-')[0]}-{rng.randrange(1000)}.csv"
                    (place / name).write_text("".join([header, *rows[part::2]]), encoding="utf-8")
                path.unlink()
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
                f"select count(*) from (select {kept} from one.marts.{mart}"
                f" except all select {kept} from two.marts.{mart})"
            ).fetchone()
            if count:
                differing[mart] = count
    assert differing == {}
