"""Publication: the marts of the latest build as a database and Parquet files that readers open.

A release is built aside and becomes the published one by the replacement of one symbolic link, so readers see the old
marts or the new ones, and those who hold the old file open keep reading it. A release is named by its content: the
same marts are the same release. The log of publications, which says when, is no part of that content: it is read when
the rest has been made, and so holds the publication that it is published with.
"""

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration import timeline, warehouse
from orchestration.limits import Limits
from orchestration.workspace import Workspace

WORK = "helioledger"
MARTS_SCHEMA = "marts"
# Of marts of many rows: the tables "MART YEAR" that they are stored in, where the mart is a view of them in which
# enumerations are text (dbt_project/macros/years.sql).
STORED_SCHEMA = "enumerated"
DATABASE_FILE = "helioledger.duckdb"
MANIFEST_FILE = "release.json"
# The mart that is no part of the content.
LOG_MART = "publications"
LOG_MODEL = "intermediate.int_publications"
KEPT_FORMER_RELEASES = 2
ROW_GROUP_ROWS = 122_880
# Higher levels take more time for files that are no smaller.
ZSTD_LEVEL = 1
# A column of more values than this in a row group is written as it is: to look for a dictionary of it takes an eighth
# of the time of writing, and makes the file no smaller.
DICTIONARY_VALUES = 1000


@dataclass(frozen=True)
class Description:
    """What a mart says of itself and of each of its columns."""

    text: str
    columns: Mapping[str, str]


@dataclass(frozen=True)
class Release:
    """A published release. marts: rows per mart; is_new: its content was not the published one before."""

    release_id: str
    folder: Path
    marts: dict[str, int]
    is_new: bool


def published_manifest(workspace: Workspace) -> dict | None:
    """release.json of the published release, or None when nothing whole is published."""
    manifest = _manifest_of(workspace.published)
    files = [MANIFEST_FILE, DATABASE_FILE, *manifest.get("parquet_sha256", {})]
    return manifest if manifest and all((workspace.published / file).is_file() for file in files) else None


def _manifest_of(folder: Path) -> dict:
    """release.json of a release's folder; empty when there is none that can be read."""
    try:
        return json.loads((folder / MANIFEST_FILE).read_text())
    except (OSError, ValueError):
        return {}


def published_at(workspace: Workspace) -> datetime | None:
    """When the published release was last found to be what the inputs give; None when nothing whole is published."""
    if published_manifest(workspace) is None:
        return None
    return datetime.fromtimestamp(workspace.published.stat().st_mtime, tz=UTC)


def confirm(workspace: Workspace) -> None:
    """Record that the published release is what the inputs give today."""
    os.utime(workspace.published)


def publish(
    workspace: Workspace, inputs: dict[str, str], descriptions: Mapping[str, Description] | None = None
) -> Release:
    """Publish the marts as the latest build made them. The caller holds the run lock and has had the checks pass.

    inputs: fingerprint of what the marts were computed from. descriptions: by mart, the comments of the database; other
    words for the same figures are no other release, and replace its database. Raises ValueError without marts.
    """
    _remove_leftovers(workspace)
    building = workspace.releases / f".building-{os.getpid()}"
    building.mkdir(parents=True)
    try:
        marts, views = _export(workspace, building, descriptions or {})
        hashes = {f"{mart}.parquet": _sha256(building / f"{mart}.parquet") for mart in sorted(marts)}
        digest = hashlib.sha256("".join(f"{n} {h}\n" for n, h in hashes.items()).encode()).hexdigest()
        release_id = digest[:16]
        with warehouse.open_work(workspace) as connection:
            timeline.log_publication(connection, workspace, release_id, inputs, digest)
        log = _export_log(workspace, building)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)  # half a release may be what fills the disk
        raise
    manifest = {
        "release_id": release_id,
        "inputs": inputs,
        "rows": marts | log,
        "parquet_sha256": hashes,
        # Of all that the database says beside the figures.
        "descriptions": hashlib.sha256(repr([sorted((descriptions or {}).items()), views]).encode()).hexdigest()[:16],
    }

    folder = workspace.releases / release_id
    is_new = _target(workspace) != folder
    # What a release of the same content may have otherwise: its words, and the log.
    dated = {name: _sha256(building / name) for name in (DATABASE_FILE, *(f"{mart}.parquet" for mart in log))}
    files = {name: [value] for name, value in hashes.items()}
    sealed = seal_of(workspace, folder) or {}
    if standing := _whole_database(folder, hashes, sealed.get(DATABASE_FILE, [])):
        # Before and while the files change, both the former and the new ones are what they should be.
        both = {name: [*sealed.get(name, []), value] for name, value in dated.items()}
        _keep_seal(workspace, folder, {**files, **both}, manifest)
        is_same = _manifest_of(folder).get("descriptions") == manifest["descriptions"] and all(
            (folder / name).is_file() and _sha256(folder / name) == value
            for name, value in dated.items()
            if name != DATABASE_FILE
        )
        if is_same:
            dated[DATABASE_FILE] = standing
        else:
            for name in dated:
                (building / name).chmod(0o444)
                _sync(building / name)
                os.replace(building / name, folder / name)
        shutil.rmtree(building)
    else:
        for file in building.iterdir():
            file.chmod(0o444)
            _sync(file)
        if folder.exists():
            os.rename(folder, workspace.releases / f".damaged-{os.getpid()}")
        _keep_seal(workspace, folder, {**files, **{name: [value] for name, value in dated.items()}}, manifest)
        os.rename(building, folder)
        is_new = True
    _write_manifest(folder, manifest)
    files |= {name: [value] for name, value in dated.items()}
    _write_seal(workspace, folder, {**files, MANIFEST_FILE: [_hash_of(manifest)]})
    os.utime(folder)
    _sync(folder)
    _sync(workspace.releases)
    _point_published_at(workspace, folder)
    _remove_leftovers(workspace)
    return Release(release_id, folder, marts | log, is_new)


@contextlib.contextmanager
def _opened(workspace: Workspace, building: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the database that is being built attached as `release`. One thread writes row groups of a fixed
    size, in the order in which the rows stand: equal rows give equal bytes."""
    with duckdb.connect() as connection:
        Limits.of(workspace).apply(connection, workspace)
        connection.execute("set TimeZone = 'UTC'; set preserve_insertion_order = true; set threads = 1")
        connection.execute(f"attach '{_quoted(building / DATABASE_FILE)}' as release")
        yield connection
        connection.execute("detach release")


def _export(
    workspace: Workspace, building: Path, descriptions: Mapping[str, Description]
) -> tuple[dict[str, int], dict[str, str]]:
    """Write the release's database, and the Parquet files of all marts but the log: rows per mart, and the statements
    of the views, which are in the database only."""
    database = building / DATABASE_FILE
    for suffix in ("", ".wal"):  # a build that was killed leaves what it had not moved into the file yet
        if (part := workspace.marts_database.with_name(workspace.marts_database.name + suffix)).is_file():
            shutil.copyfile(part, database.with_name(database.name + suffix))
    if not database.is_file():
        raise ValueError("There are no marts to publish.")
    rows = {}
    with _opened(workspace, building) as connection:
        tables = connection.execute(
            "select split_part(table_name, ' ', 1) as mart, schema_name, list(table_name order by table_name)"
            " from duckdb_tables() where database_name = 'release' and schema_name in (?, ?) group by all order by all",
            [MARTS_SCHEMA, STORED_SCHEMA],
        ).fetchall()
        if not tables:
            raise ValueError("There are no marts to publish.")
        # One for a thousand comments: each would wait for the disk.
        connection.begin()
        for mart, schema, stored in tables:
            for table in stored if mart in descriptions else ():
                _comment(connection, "table", table, descriptions[mart], schema)
            if mart != LOG_MART:
                rows[mart] = _write_parquet(connection, building, mart, _rows_of(connection, schema, stored))
        # A view reads the tables beside it, whatever the file is called and wherever a reader attaches it.
        views = _views(connection)
        for view in views:
            connection.execute(f'select * from release.{MARTS_SCHEMA}."{view}" limit 0')
            if view in descriptions:
                _comment(connection, "view", view, descriptions[view])
        connection.commit()
    return rows, views


def _export_log(workspace: Workspace, building: Path) -> dict[str, int]:
    """Bring the log of publications up to the one that is being made; its rows, by its name."""
    log = f"release.{MARTS_SCHEMA}.{LOG_MART}"
    with _opened(workspace, building) as connection:
        if not connection.execute(
            "select 1 from duckdb_tables() where database_name = 'release' and table_name = ?", [LOG_MART]
        ).fetchone():
            return {}
        # Under the name that the views in it were made with.
        connection.execute(f"attach '{_quoted(workspace.work_database)}' as {WORK} (read_only)")
        connection.execute(f"delete from {log}")
        connection.execute(f"insert into {log} by name from {WORK}.{LOG_MODEL} order by all")
        return {LOG_MART: _write_parquet(connection, building, LOG_MART, f"from {log}")}


def _rows_of(connection: duckdb.DuckDBPyConnection, schema: str, tables: list[str]) -> str:
    """A query of the rows of one table, or of the years of one mart, the earliest first. Each year has enumerations of
    its own: they become those of all years, which Parquet takes at two thirds of the cost of text."""
    types: dict[str, set[str]] = {}
    for table in tables if schema == STORED_SCHEMA else ():
        for column, type_, *_ in connection.execute(f'describe release.{schema}."{table}"').fetchall():
            # Of a column that is empty in one year nothing is to be told apart from others.
            query = f'select count("{column}") from release.{schema}."{table}"'
            if type_ != "VARCHAR" or connection.execute(query).fetchone() != (0,):
                types.setdefault(column, set()).add(type_)
    casts = []
    for column, found in types.items():
        if not any(type_.startswith("ENUM") for type_ in found):
            continue
        whole = "varchar"
        if "VARCHAR" not in found:
            ranges = ", ".join(f"enum_range(null::{type_})" for type_ in sorted(found))
            connection.execute(
                f'create or replace temp type "{tables[0]} {column}" as enum'
                f" (select distinct unnest(flatten([{ranges}])) as value order by value)"
            )
            whole = f'"{tables[0]} {column}"'
        casts.append(f'cast("{column}" as {whole}) as "{column}"')
    replaced = f" replace ({', '.join(casts)})" if casts else ""
    return " union all ".join(f'select *{replaced} from release.{schema}."{table}"' for table in tables)


def _write_parquet(connection: duckdb.DuckDBPyConnection, building: Path, mart: str, rows: str) -> int:
    """The number of rows written. An enumeration is text in the file."""
    return connection.execute(
        f"copy ({rows}) to '{_quoted(building / f'{mart}.parquet')}'"
        f" (format parquet, compression zstd, compression_level {ZSTD_LEVEL}, row_group_size {ROW_GROUP_ROWS},"
        f" dictionary_size_limit {DICTIONARY_VALUES})"
    ).fetchone()[0]  # type: ignore[index]


def _views(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Marts that are views, by name: the statement that makes them, which names no database."""
    return dict(
        connection.execute(
            "select view_name, sql from duckdb_views() where schema_name = ? and not internal order by view_name",
            [MARTS_SCHEMA],
        ).fetchall()
    )


def _comment(
    connection: duckdb.DuckDBPyConnection,
    kind: str,
    mart: str,
    description: "Description",
    schema: str = MARTS_SCHEMA,
) -> None:
    """Describe a mart and its columns, so that the catalogue a reader sees explains itself.

    A description of a column that is not there is left out: the contracts of the marts are dbt's to enforce.
    """
    table = f'release.{schema}."{mart}"'
    columns = {name for name, *_ in connection.execute(f"describe {table}").fetchall()}
    comments = [f"comment on {kind} {table} is '{_quoted(description.text)}'"] if description.text else []
    comments += [
        f"comment on column {table}.\"{column}\" is '{_quoted(text)}'"
        for column, text in description.columns.items()
        if text and column in columns
    ]
    if comments:
        connection.execute("; ".join(comments))


def _quoted(text: Path | str) -> str:
    return str(text).replace("'", "''")


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def published_folder(workspace: Workspace) -> Path | None:
    """The folder of the published release, whole or not."""
    return _target(workspace)


def seal_of(workspace: Workspace, folder: Path) -> dict[str, list[str]] | None:
    """File -> the hashes that it may have, of a release; None when it was published without a seal."""
    try:
        return json.loads((workspace.seals / f"{folder.name}.json").read_bytes())
    except (OSError, ValueError):
        return None


def seal(workspace: Workspace, folder: Path) -> dict[str, list[str]]:
    """Keep the hashes of a release's files as they are now."""
    files = [file for file in sorted(folder.iterdir()) if not file.name.startswith(".")]
    hashes = {file.name: [_sha256(file)] for file in files}
    _write_seal(workspace, folder, hashes)
    return hashes


def _keep_seal(workspace: Workspace, folder: Path, files: dict[str, list[str]], manifest: dict) -> None:
    """Seal a release whose manifest is about to be written: the former one is right until then."""
    former = (seal_of(workspace, folder) or {}).get(MANIFEST_FILE, [])
    _write_seal(workspace, folder, {**files, MANIFEST_FILE: [*former, _hash_of(manifest)]})


def _write_seal(workspace: Workspace, folder: Path, files: dict[str, list[str]]) -> None:
    workspace.seals.mkdir(exist_ok=True)
    part = workspace.seals / f".{folder.name}-{os.getpid()}"
    part.write_text(json.dumps(files, indent=1))
    _sync(part)
    os.replace(part, workspace.seals / f"{folder.name}.json")


def _whole_database(folder: Path, hashes: dict[str, str], sealed: list[str]) -> str | None:
    """The hash of a release's database, when it is one of the sealed ones and the Parquet files are exactly these."""
    if not (folder / DATABASE_FILE).is_file() or (found := _sha256(folder / DATABASE_FILE)) not in sealed:
        return None
    return (
        found if all((folder / f).is_file() and _sha256(folder / f) == value for f, value in hashes.items()) else None
    )


def _hash_of(manifest: dict) -> str:
    return hashlib.sha256(_manifest_text(manifest).encode()).hexdigest()


def _manifest_text(manifest: dict) -> str:
    return json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"


def _write_manifest(folder: Path, manifest: dict) -> None:
    text = _manifest_text(manifest)
    target = folder / MANIFEST_FILE
    if target.is_file() and target.read_text() == text:
        return
    temporary = folder / f".{MANIFEST_FILE}"
    temporary.write_text(text)
    _sync(temporary)
    os.replace(temporary, target)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _target(workspace: Workspace) -> Path | None:
    if not workspace.published.is_symlink():
        return None
    return workspace.warehouse / os.readlink(workspace.published)


def _point_published_at(workspace: Workspace, folder: Path) -> None:
    if _target(workspace) == folder:
        return
    link = workspace.warehouse / f".published-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(folder.relative_to(workspace.warehouse), target_is_directory=True)
    os.replace(link, workspace.published)
    _sync(workspace.warehouse)


def _remove_leftovers(workspace: Workspace) -> None:
    """Half-built releases of killed runs, and releases older than the ones that are kept."""
    for leftover in workspace.warehouse.glob(".published-*"):
        leftover.unlink(missing_ok=True)
    if not workspace.releases.is_dir():
        return
    published = _target(workspace)
    former = []
    for folder in workspace.releases.iterdir():
        if folder.name.startswith("."):
            shutil.rmtree(folder, ignore_errors=True)
        elif folder != published:
            former.append(folder)
    former.sort(key=lambda folder: folder.stat().st_mtime_ns, reverse=True)
    for folder in former[KEPT_FORMER_RELEASES:]:
        shutil.rmtree(folder, ignore_errors=True)
        (workspace.seals / f"{folder.name}.json").unlink(missing_ok=True)
