"""Publication: the marts of the work file as a database and Parquet files that readers open.

A release is built aside and becomes the published one by the replacement of one symbolic link, so readers see the old
marts or the new ones, and those who hold the old file open keep reading it. A release is named by its content: the
same marts are the same release. The log of publications, which says when, is no part of that content: it is read when
the rest has been made, and so holds the publication that it is published with.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration import timeline, warehouse
from orchestration.limits import Limits
from orchestration.workspace import Workspace

WORK = "helioledger"
MARTS_SCHEMA = "marts"
DATABASE_FILE = "helioledger.duckdb"
MANIFEST_FILE = "release.json"
# The mart that is no part of the content.
LOG_MART = "publications"
LOG_FILE = f"{LOG_MART}.parquet"
KEPT_FORMER_RELEASES = 2
ROW_GROUP_ROWS = 122_880
# Rows of a mart are put in the order of all columns. The widest has a key, which the build has checked: an order that
# ends with it is as certain, and sorted at a fraction of their width. Lines that resemble each other stand together, so
# that the files are smaller, and a reader of one month or facility skips the rest.
ORDERED_BY = {"emissions": "period, facility_id, activity_type, stage, emission_id"}
# Higher levels take more time for files that are no smaller.
ZSTD_LEVEL = 1
# Tools with DuckDB 1.x open a file of this storage version.
STORAGE_VERSION = "v1.0.0"


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
    workspace: Workspace,
    inputs: dict[str, str],
    threads: int | None = None,
    descriptions: Mapping[str, Description] | None = None,
) -> Release:
    """Publish the marts as they stand in the work file. The caller holds the run lock and has had the checks pass.

    inputs: fingerprint of what the marts were computed from. descriptions: by mart, the comments of the database; other
    words for the same figures are no other release, and replace its database. threads: for the sorting; the result
    does not depend on it. Raises ValueError when there are no marts.
    """
    _remove_leftovers(workspace)
    building = workspace.releases / f".building-{os.getpid()}"
    building.mkdir(parents=True)
    try:
        marts = _export(workspace, building, threads, descriptions or {})
        hashes = {f"{mart}.parquet": _sha256(building / f"{mart}.parquet") for mart in sorted(marts)}
        digest = hashlib.sha256("".join(f"{n} {h}\n" for n, h in hashes.items()).encode()).hexdigest()
        release_id = digest[:16]
        with warehouse.open_work(workspace) as connection:
            timeline.log_publication(connection, workspace, release_id, inputs, digest)
        log = _export(workspace, building, threads, descriptions or {}, is_log=True)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)  # half a release may be what fills the disk
        raise
    dated = [DATABASE_FILE, *(f"{mart}.parquet" for mart in log)]
    manifest = {
        "release_id": release_id,
        "inputs": inputs,
        "rows": marts | log,
        "parquet_sha256": hashes,
        "descriptions": hashlib.sha256(repr(sorted((descriptions or {}).items())).encode()).hexdigest()[:16],
    }

    folder = workspace.releases / release_id
    is_new = _target(workspace) != folder
    made = {name: _sha256(building / name) for name in dated}
    sealed = seal_of(workspace, folder) or {}
    if _is_whole(folder, hashes, sealed.get(DATABASE_FILE)):
        # Before and while the files change, both the former and the new ones are what they should be.
        both = {name: [*sealed.get(name, []), value] for name, value in made.items()}
        _keep_seal(workspace, folder, {**sealed, **both}, manifest)
        is_same_log = all(made[name] in sealed.get(name, []) and (folder / name).is_file() for name in dated[1:])
        if not is_same_log or _manifest_of(folder).get("descriptions") != manifest["descriptions"]:
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
        _keep_seal(workspace, folder, {name: [value] for name, value in (made | hashes).items()}, manifest)
        os.rename(building, folder)
        is_new = True
    _write_manifest(folder, manifest)
    seal(workspace, folder)
    os.utime(folder)
    _sync(folder)
    _sync(workspace.releases)
    _point_published_at(workspace, folder)
    _remove_leftovers(workspace)
    return Release(release_id, folder, marts | log, is_new)


def _export(
    workspace: Workspace,
    building: Path,
    threads: int | None,
    descriptions: Mapping[str, Description],
    is_log: bool = False,
) -> dict[str, int]:
    """Write the release's database and Parquet files, or, when they are there, add the log; rows per mart."""
    rows = {}
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set preserve_insertion_order = true")
        Limits.of(workspace).apply(connection, workspace)
        if threads:
            connection.execute(f"set threads = {threads}")
        # Under the name that the views in it were made with.
        connection.execute(f"attach '{_quoted(workspace.work_database)}' as {WORK} (read_only)")
        marts = [
            name
            for (name,) in connection.execute(
                "select table_name from information_schema.tables where table_catalog = ? and table_schema = ?"
                " and (table_name = ?) = ? order by table_name",
                [WORK, MARTS_SCHEMA, LOG_MART, is_log],
            ).fetchall()
        ]
        if not marts and not is_log:
            raise ValueError("The work file holds no marts to publish.")
        connection.execute(
            f"attach '{_quoted(building / DATABASE_FILE)}' as release (storage_version '{STORAGE_VERSION}')"
        )
        connection.execute(f"create schema if not exists release.{MARTS_SCHEMA}")
        for mart in marts:
            connection.execute(
                f'create table release.{MARTS_SCHEMA}."{mart}" as from {WORK}.{MARTS_SCHEMA}."{mart}"'
                f" order by {ORDERED_BY.get(mart, 'all')}"
            )
            if mart in descriptions:
                _comment(connection, mart, descriptions[mart])
        # One thread writes row groups of a fixed size: equal rows give equal bytes.
        connection.execute("set threads = 1")
        for mart in marts:
            rows[mart] = connection.execute(
                f"copy (from release.{MARTS_SCHEMA}.\"{mart}\") to '{_quoted(building / f'{mart}.parquet')}'"
                f" (format parquet, compression zstd, compression_level {ZSTD_LEVEL}, row_group_size {ROW_GROUP_ROWS})"
            ).fetchone()[0]  # type: ignore[index]
        connection.execute("detach release")
    return rows


def _comment(connection: duckdb.DuckDBPyConnection, mart: str, description: "Description") -> None:
    """Describe a mart and its columns, so that the catalogue a reader sees explains itself.

    A description of a column that is not there is left out: the contracts of the marts are dbt's to enforce.
    """
    table = f'release.{MARTS_SCHEMA}."{mart}"'
    columns = {name for name, *_ in connection.execute(f"describe {table}").fetchall()}
    comments = [f"comment on table {table} is '{_quoted(description.text)}'"] if description.text else []
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
    text = _manifest_text(manifest)
    _write_seal(workspace, folder, {**files, MANIFEST_FILE: [*former, hashlib.sha256(text.encode()).hexdigest()]})


def _write_seal(workspace: Workspace, folder: Path, files: dict[str, list[str]]) -> None:
    workspace.seals.mkdir(exist_ok=True)
    part = workspace.seals / f".{folder.name}-{os.getpid()}"
    part.write_text(json.dumps(files, indent=1))
    _sync(part)
    os.replace(part, workspace.seals / f"{folder.name}.json")


def _is_whole(folder: Path, hashes: dict[str, str], database: list[str] | None) -> bool:
    """Whether a release folder has its database, of one of these hashes, and exactly these Parquet files."""
    if not database or not (folder / DATABASE_FILE).is_file() or _sha256(folder / DATABASE_FILE) not in database:
        return False
    return all((folder / file).is_file() and _sha256(folder / file) == value for file, value in hashes.items())


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
