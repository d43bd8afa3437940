"""What the ledger must not lose, in files beside the archive: versions, judgements and sound rows as taken in, what was
known when, publications and closed years.

The work database can be made again from them (`helioledger recover`), and is checked against the digests they hold by
every run. A batch is a folder of warehouse/journal/: Parquet files of the raw tables and their manifest. It stands
before the database commits: what was taken in is in the journal, whenever a run is killed.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from orchestration import warehouse
from orchestration.workspace import Workspace

MANIFEST_FILE = "manifest.json"
CURRENT_FILE = "current.json"
BATCH = re.compile(r"[0-9]{6}")
# The key of a raw table's rows that the journal keeps: a version's row comes before it is judged.
KEYS = {
    "submission_versions": "submission_id",
    "loads": "load_id",
    "load_sheets": "load_id",
    "intake_findings": "load_id",
    **dict.fromkeys(warehouse.FEED_TABLES, "load_id"),
    "input_states": "state_id",
    "input_changes": "state_id",
    "publications": "publication_id",
    "published_events": "publication_id",
    **dict.fromkeys(warehouse.CLOSED_TABLES, "close_id"),
}
# Rows and digest of a load (or version) in a table, by its id.
Digests = dict[str, tuple[int, str]]


def sha256_of(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def write_whole(file: Path, content: Any) -> None:
    """A JSON file that is there whole or not at all."""
    part = file.with_name(f".{file.name}-{os.getpid()}")
    with part.open("w", encoding="utf-8") as text:
        json.dump(content, text, ensure_ascii=False)
        text.flush()
        os.fsync(text.fileno())
    os.replace(part, file)


@dataclass(frozen=True)
class Batch:
    """What one transaction of a run took in. Raises OSError or ValueError where its manifest cannot be read."""

    folder: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        return json.loads((self.folder / MANIFEST_FILE).read_bytes())

    @property
    def tables(self) -> dict[str, dict[str, Any]]:
        """Raw table -> columns, sha256 of its file, and digests."""
        return self.manifest["tables"]

    def file(self, table: str) -> Path:
        return self.folder / f"{table}.parquet"

    def digests(self, table: str) -> Digests:
        return {key: (rows, digest) for key, (rows, digest) in self.tables[table]["digests"].items()}

    def ids(self, table: str) -> set[str]:
        return set(self.tables[table]["digests"]) if table in self.tables else set()


def batches(workspace: Workspace) -> list[Batch]:
    """In the order in which they were taken in."""
    if not workspace.journal.is_dir():
        return []
    return [
        Batch(entry)
        for entry in sorted(workspace.journal.iterdir())
        if BATCH.fullmatch(entry.name) and (entry / MANIFEST_FILE).is_file()
    ]


def digests(connection: duckdb.DuckDBPyConnection, source: str, key: str, columns: Collection[str]) -> Digests:
    """Of the rows of a table or file, whatever their order. DuckDB's hash is quick, not cryptographic, and one of its
    version (`rehash`)."""
    listed = ", ".join(f'"{column}"' for column in columns)
    rows = connection.execute(
        f"select {key}, count(*), cast(sum(cast(hash({listed}) as hugeint)) as varchar) from {source} group by {key}"
    ).fetchall()
    return {identity: (count, digest) for identity, count, digest in rows}


def last_rows(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """The place of the last row of each table that the journal keeps. What is added later stands behind it, also while
    its transaction is open: rows of no other place need be looked at to keep what is added."""
    found = " union all ".join(f"select '{table}', coalesce(max(rowid), -1) from raw.{table}" for table in KEYS)
    return dict(connection.execute(found).fetchall())


def append(connection: duckdb.DuckDBPyConnection, workspace: Workspace, before: Mapping[str, int]) -> Path:
    """Keep the rows that an open transaction has added; before: what `last_rows` said when it had not. The folder of
    the batch, which the caller removes should the transaction fail."""
    workspace.journal.mkdir(exist_ok=True)
    for leftover in workspace.journal.glob(".*"):
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    former = batches(workspace)
    aside = workspace.journal / f".writing-{os.getpid()}"
    aside.mkdir()
    tables: dict[str, Any] = {}
    for table, last in last_rows(connection).items():
        if last == before[table]:
            continue
        added = f"(select * from raw.{table} where rowid > {before[table]})"
        columns = list(warehouse.RAW_TABLES[table])
        found = digests(connection, added, KEYS[table], columns)
        file = aside / f"{table}.parquet"
        path = str(file).replace("'", "''")
        connection.execute(f"copy {added} to '{path}' (format parquet, compression zstd)")
        tables[table] = {"columns": columns, "sha256": sha256_of(file), "digests": found}
    write_whole(aside / MANIFEST_FILE, {"duckdb": duckdb.__version__, "tables": tables})
    folder = workspace.journal / f"{int(former[-1].folder.name) + 1 if former else 1:06}"
    os.rename(aside, folder)
    return folder


def recorder(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> Callable[[], Path]:
    """Keeps what is added from now on; for warehouse.append_load."""
    before = last_rows(connection)
    return lambda: append(connection, workspace, before)


def add(connection: duckdb.DuckDBPyConnection, workspace: Workspace, insert: Callable[[], Any]) -> None:
    """Have `insert` add rows and keep them, in one transaction."""
    recorded = None
    record = recorder(connection, workspace)
    try:
        with warehouse.transaction(connection):
            insert()
            recorded = record()
    except BaseException:
        if recorded:
            shutil.rmtree(recorded, ignore_errors=True)
        raise
    keep_current(connection, workspace)


def adopt(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> bool:
    """Make the journal of a warehouse that was begun without one. Whether it did."""
    if batches(workspace):
        return False
    if all(last < 0 for last in last_rows(connection).values()):
        return False
    append(connection, workspace, dict.fromkeys(KEYS, -1))
    keep_current(connection, workspace)
    return True


def keep_current(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> None:
    """Keep which version of each file counts: of those that vanish or cannot be read, nothing else tells."""
    rows = connection.execute(
        "select path, submission_id, load_id from raw.current_submissions order by all"
    ).fetchall()
    workspace.journal.mkdir(exist_ok=True)
    number = len(batches(workspace))
    if (number, rows) != _current(workspace):
        write_whole(workspace.journal / CURRENT_FILE, {"batches": number, "current": rows})


def _current(workspace: Workspace) -> tuple[int, list[tuple[str, str, str]]]:
    """How many batches there must be at least, and the submissions that count."""
    try:
        kept = json.loads((workspace.journal / CURRENT_FILE).read_bytes())
        return kept["batches"], [tuple(row) for row in kept["current"]]
    except (OSError, ValueError, KeyError, TypeError):
        return 0, []


def missing_batches(workspace: Workspace) -> list[Path]:
    """Folders of batches that are not there, or without a manifest; they are numbered from 1 on."""
    present = {batch.folder.name for batch in batches(workspace)}
    last = max([_current(workspace)[0], *map(int, present)])
    return [workspace.journal / f"{n:06}" for n in range(1, last + 1) if f"{n:06}" not in present]


def restore(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> int:
    """Fill empty raw tables from the journal; the number of loads."""
    seen: dict[str, set[str]] = {table: set() for table in KEYS}
    with warehouse.transaction(connection):
        for batch in batches(workspace):
            put_in(connection, batch, seen)
        for row in _current(workspace)[1]:
            connection.execute("insert into raw.current_submissions values (?, ?, ?)", row)
    return len(seen["loads"])


def put_in(connection: duckdb.DuckDBPyConnection, batch: Batch, seen: dict[str, set[str]]) -> None:
    """Add a batch's rows to the raw tables but for those of the ids seen, which grow."""
    for table in batch.tables:
        path = str(batch.file(table)).replace("'", "''")
        connection.execute("set variable journaled = ?::varchar[]", [sorted(seen[table])])
        connection.execute(
            f"insert into raw.{table} by name select * from '{path}'"
            f" where {KEYS[table]} not in (select unnest(getvariable('journaled')))"
        )
        seen[table] |= batch.ids(table)


def rehash(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> None:
    """After another version of DuckDB, which may hash otherwise: digests anew, from files that are as they were."""
    for batch in batches(workspace):
        if batch.manifest["duckdb"] == duckdb.__version__:
            continue
        for table, kept in batch.tables.items():
            if sha256_of(batch.file(table)) != kept["sha256"]:
                return  # the check of the files says so
            path = str(batch.file(table)).replace("'", "''")
            kept["digests"] = digests(connection, f"'{path}'", KEYS[table], kept["columns"])
        write_whole(batch.folder / MANIFEST_FILE, {"duckdb": duckdb.__version__, "tables": batch.tables})


def expected(workspace: Workspace) -> Iterator[tuple[str, tuple[str, ...], Digests]]:
    """(raw table, columns, digests) that the journal holds; columns that a later version adds came after a digest."""
    together: dict[tuple[str, tuple[str, ...]], Digests] = {}
    for batch in batches(workspace):
        for table, kept in batch.tables.items():
            together.setdefault((table, tuple(kept["columns"])), {}).update(batch.digests(table))
    for (table, columns), found in together.items():
        yield table, columns, found
