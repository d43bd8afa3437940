"""What was known when: every version of settings, reference tables and submissions, and of the product, with the time
from which it counted.

A state is what changed between two takings-in; the bytes of all files are in archive/, by hash. Before the first state,
which a ledger that is older than this history begins with, the times at which files were received tell what was known.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime

import duckdb

from orchestration import __version__, inputs, journal, landing, warehouse
from orchestration.workspace import Workspace

FILES = ("settings", "reference")
PRODUCT = "product"


class NothingKnown(Exception):
    """At that moment nothing was known yet, or its bytes are lost."""


def now() -> datetime:
    """UTC, as the tables hold it."""
    return datetime.now(UTC).replace(tzinfo=None)


def present(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> dict[tuple[str, str], str]:
    """(kind, path) -> sha256 of what counts now, the files of settings and reference put into archive/."""
    found = {(PRODUCT, name): version for name, version in product().items()}
    settings = [workspace.organization_file] if workspace.organization_file.is_file() else []
    for kind, files in (("settings", settings), ("reference", inputs.files_below(workspace.reference))):
        for file in files:
            found[kind, file.relative_to(workspace.root).as_posix()] = landing.archive(file, workspace.archive)[0]
    rows = connection.execute(
        "select c.path, v.sha256 from raw.current_submissions c join raw.submission_versions v using (submission_id)"
    ).fetchall()
    return found | {("submission", path): sha256 for path, sha256 in rows}


def product() -> dict[str, str]:
    """What computes: its version, and the hashes of its shared tables and of its models."""
    return {"helioledger": __version__, "seeds": inputs.seeds_hash(), "dbt_project": inputs.dbt_project_hash()}


def known(
    connection: duckdb.DuckDBPyConnection, state_id: str | None = None, relation: str = "raw.input_changes"
) -> dict[tuple[str, str], str]:
    """(kind, path) -> sha256 as of a state; None: the latest."""
    rows = connection.execute(
        f"select kind, path, arg_max(coalesce(sha256, ''), state_id) from {relation}"
        " where ? is null or state_id <= ? group by kind, path",
        [state_id, state_id],
    ).fetchall()
    return {(kind, path): sha256 for kind, path, sha256 in rows if sha256}


def latest_state(connection: duckdb.DuckDBPyConnection) -> str | None:
    ((state_id,),) = connection.execute("select max(state_id) from raw.input_states").fetchall()
    return state_id


def record(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> str | None:
    """Keep what has changed since the latest state; the state of now. The caller holds the run lock."""
    before, after = known(connection), present(connection, workspace)
    changes = [(kind, path, sha) for (kind, path), sha in sorted(after.items()) if before.get((kind, path)) != sha]
    changes += [(kind, path, None) for kind, path in sorted(set(before) - set(after))]
    former = latest_state(connection)
    if not changes:
        return former
    state_id = f"{int(former or 0) + 1:06}"

    def insert() -> None:
        connection.execute("insert into raw.input_states values (?, ?)", [state_id, now()])
        connection.execute(
            "insert into raw.input_changes select ?, unnest(?::varchar[]), unnest(?::varchar[]), unnest(?::varchar[])",
            [state_id, *(list(column) for column in zip(*changes, strict=True))],
        )

    journal.add(connection, workspace, {"state_id": [state_id]}, insert)
    return state_id


def log_publication(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    release_id: str,
    fingerprint: Mapping[str, str],
    digest: str,
) -> None:
    """Add a publication to the log unless the latest one says the same."""
    warehouse.create_raw_tables(connection)
    former = connection.execute(
        "select publication_id, digest from raw.publications order by published_at desc, publication_id limit 1"
    ).fetchone()
    previous_id, previous_digest = former or (None, None)
    if previous_digest == digest:
        return
    publication_id = hashlib.sha256(f"{previous_id or ''}\0{digest}".encode()).hexdigest()[:16]
    row = [publication_id, now(), latest_state(connection), release_id, json.dumps(fingerprint, sort_keys=True), digest]

    def insert() -> None:
        connection.execute(
            "insert into raw.publications values (?, ?, ?, ?, ?, ?, ?, ?)", [*row, previous_id, previous_digest]
        )

    journal.add(connection, workspace, {"publication_id": [publication_id]}, insert)
